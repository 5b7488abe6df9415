"""Many accounts: each in a row, the gravest and nearest first; what may be added up is.

Buffers are not: what one account could lose does not save another. An account that cannot be read
or judged is UNKNOWN and keeps its row, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from marginline.core.account.account import Account
from marginline.core.assessment.assessment import Assessment, PoolAssessment
from marginline.core.assessment.standard_pool import requirement
from marginline.core.distance.band import WATCH_DISTANCE
from marginline.core.distance.standing import STANDING
from marginline.core.findings import AbsentError, Status
from marginline.core.measures import Measure
from marginline.core.nouns import dataclass
from marginline.core.numbers import ZERO, exactly
from marginline.errors import InputError
from marginline.risk.inputs import wrong
from marginline.risk.many.exposure import CoinExposure, coin_of, exposure_by_coin, usd_by_asset
from marginline.risk.many.gravity import ENDLESS, away, worst_pool
from marginline.risk.stress.scenarios import Scenario
from marginline.risk.stress.stress import on_day
from marginline.venues import folders
from marginline.venues.resolve.resolver import Resolver

WHY_NO_BUFFERS = "buffers are not added up: what one account may lose does not save another"


@dataclass(frozen=True, slots=True)
class Entry:
    """One account as it was found: judged, or (without an assessment) why it could not be."""

    name: str
    source: str
    account: Account | None = None
    assessment: Assessment | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One account of the table. `pool` decides its status, amounts are in USD.

    None, all of them, where the status is unknown; an amount also where it alone is not known.

    `lacks` says why it is not in the totals. `after`: its status under the shock, None without one;
    `after_problem`: why the shock could not be applied.
    """

    entry: Entry
    status: Status
    pool: PoolAssessment | None
    equity: Decimal | None
    requirement: Decimal | None
    unrealized: Decimal | None
    notional: Decimal | None
    lacks: str = ""
    after: Status | None = None
    after_problem: str = ""

    @property
    def fell(self) -> bool:
        """Whether the shock leaves it in a graver status."""
        return self.after is not None and self.after.rank > self.status.rank


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums in USD over the accounts of which all parts are known; `of` of them are in it.

    None where there is no such account: absent is not zero.
    """

    of: int
    equity: Decimal | None
    requirement: Decimal | None
    unrealized: Decimal | None
    notional: Decimal | None


@dataclass(frozen=True, slots=True)
class Many:
    """The table, its totals, the exposure by coin, and the shock that was asked for."""

    rows: tuple[Row, ...]
    totals: Totals
    exposure: tuple[CoinExposure, ...]
    shock: Scenario | None

    @property
    def status(self) -> Status:
        """The gravest status of any account, under the shock too."""
        return Status.worst(
            [row.status for row in self.rows] + [r.after for r in self.rows if r.after]
        )

    def counts(self) -> dict[Status, int]:
        """Accounts by status, now."""
        return {status: sum(row.status is status for row in self.rows) for status in Status}

    @property
    def fell(self) -> tuple[Row, ...]:
        """Accounts that the shock leaves in a graver status, the gravest first."""
        fell = (row for row in self.rows if row.fell)
        return tuple(sorted(fell, key=lambda row: -(row.after or row.status).rank))


@exactly
def look_over(
    entries: Iterable[Entry],
    shock: Scenario | None = None,
    *,
    watch_distance: Decimal = WATCH_DISTANCE,
) -> Many:
    """The accounts together, under a shock of all of them where one is given."""
    listed = tuple(entries)
    judged = [(e.account, e.assessment) for e in listed if e.account and e.assessment]
    rates = usd_by_asset(judged)
    rows = sorted((_row(entry, rates, shock, watch_distance) for entry in listed), key=_order)
    whole = [row for row in rows if not row.lacks]
    totals = Totals(
        len(whole),
        *(
            sum((getattr(row, name) for row in whole), ZERO) if whole else None
            for name in ("equity", "requirement", "unrealized", "notional")
        ),
    )
    return Many(tuple(rows), totals, exposure_by_coin(judged, rates), shock)


def _order(row: Row) -> tuple[int, Decimal, str]:
    """Gravest first, then nearest, then by name."""
    near = ENDLESS if row.pool is None else away(row.pool)
    return -row.status.rank, near, row.entry.name


def _row(entry: Entry, rates: Mapping[str, Decimal], shock: Scenario | None, watch: Decimal) -> Row:
    if entry.assessment is None or entry.account is None:
        after = None if shock is None else Status.UNKNOWN
        return Row(entry, Status.UNKNOWN, None, None, None, None, None, entry.problem, after)
    assessment = entry.assessment
    sums, lacks = _sums(assessment, rates)
    after, problem = _under(entry.account, shock, watch)
    if assessment.status is Status.UNKNOWN:  # a ratio of the part that is told reads as safe
        return Row(entry, Status.UNKNOWN, None, None, None, None, None, lacks, after, problem)
    return Row(
        entry, assessment.status, worst_pool(assessment), *sums, lacks, after, problem
    )  # fmt: skip


def _under(account: Account, shock: Scenario | None, watch: Decimal) -> tuple[Status | None, str]:
    if shock is None:
        return None, ""
    try:
        return on_day(account, shock, watch_distance=watch).status, ""
    except InputError as error:
        return Status.UNKNOWN, str(error)


# -- sums ----------------------------------------------------------------------------------------

_MEASURES = (Measure.EQUITY, None, Measure.UNREALIZED_PNL, Measure.GROSS_NOTIONAL)
_Sums = tuple[Decimal | None, Decimal | None, Decimal | None, Decimal | None]


def _sums(assessment: Assessment, rates: Mapping[str, Decimal]) -> tuple[_Sums, str]:
    """Equity, requirement, P&L and notional in USD; and what is missing for the totals."""
    found: list[Decimal | None] = [ZERO] * len(_MEASURES)
    lacks = ""
    for pool in assessment.pools:
        if pool.status is None:
            continue
        rate = rates.get(coin_of(pool.asset))
        for place, measure in enumerate(_MEASURES):
            part, before = _part(pool, measure), found[place]
            if part is None or (rate is None and part):
                name = "requirement" if measure is None else measure.value
                missing = f"{pool.id}: its {name} is not known"
                lacks = lacks or (missing if part is None else f"no rate of {pool.asset} in USD")
                found[place] = None
            elif before is not None:
                found[place] = before + part * (rate or ZERO)
    if assessment.status is Status.UNKNOWN:
        lacks = lacks or "its status is unknown"
    equity, needed, unrealized, notional = found
    return (equity, needed, unrealized, notional), lacks


def _part(pool: PoolAssessment, measure: Measure | None) -> Decimal | None:
    if measure is not None:
        return pool.measures.get(measure)
    try:
        return requirement(pool.figures)
    except AbsentError:
        return ZERO if pool.figures.pool.requires_nothing else None


# -- shocks --------------------------------------------------------------------------------------


def joint_shock(
    moves: Mapping[str, Decimal], rest: Decimal | None, accounts: Sequence[Account]
) -> Scenario:
    """One move of prices for all accounts: a coin with all its instruments, on every venue.

    Args:
        moves: by coin (BTC), symbol (BTCUSDT means its coin) or stablecoin (USDT).
        rest: of every other coin; None: they stand.
        accounts: that it will be applied to.

    Raises:
        InputError: a coin that no account holds or trades, or a fall of 100 % or more.
    """
    named = {coin_of(name): move for name, move in moves.items()}
    coins = _coins(accounts)
    found: dict[str, Decimal] = {}
    dollars: dict[str, Decimal] = {}
    for name, move in (*named.items(), ("all", rest)):
        if move is not None and move <= -1:
            raise wrong("shock", name, "a price cannot fall by 100 % or more", "-20% or -0.2")
    for name, move in named.items():
        if name in STANDING:
            dollars[name] = move
            continue
        coin = name if name in coins.values() else coins.get(name)
        if coin is None:
            there = ", ".join(sorted(set(coins.values()))[:12])
            text = "no account holds or trades this coin"
            raise wrong("shock", name, text, f"there is: {there}")
        found[coin] = move
    both = {alias: found[coin] for alias, coin in _ALIASES.items() if coin in found}
    told = [f"{name} {move * 100:+f} %" for name, move in named.items()]
    told += [] if rest is None else [f"every {'other ' if told else ''}coin {rest * 100:+f} %"]
    words = ", ".join(told)
    return Scenario("shock", words, coins={**found, **both}, rest=rest or ZERO, dollars=dollars)


_ALIASES = {"XBT": "BTC"}


def _coins(accounts: Sequence[Account]) -> dict[str, str]:
    """The coin of every symbol and asset that an account knows a price of."""
    found: dict[str, str] = {}
    for account in accounts:
        look = Resolver(account, folders()[account.venue])
        for symbol in account.market.mark:
            instrument = look.known(symbol)
            if instrument is not None and instrument.base not in (None, *STANDING):
                found[symbol] = coin_of(str(instrument.base))
        for asset in (*account.market.asset_rate, *(wallet.asset for wallet in account.wallets)):
            if asset not in STANDING:
                found[coin_of(asset)] = coin_of(asset)
    return found

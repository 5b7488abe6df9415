"""Bitget's own figures set beside ours, and the sums that they should obey among themselves.

Of a margin coin `accountEquity` spans the cross pool and the isolated positions; `available`,
`locked`, `crossedMargin` and `crossedRiskRate` are of the cross pool. `marginRatio` of a crossed
position is that of its pool.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from marginline.core.account.account import Account, Position
from marginline.core.assessment.assessment import Assessment
from marginline.core.findings import missing
from marginline.core.measures import Measure as M
from marginline.core.numbers import ZERO
from marginline.core.pool.exposure import Figure
from marginline.core.pool.pool import Kind
from marginline.venues.bitget.page.lines import (
    CLASSIC_WORDS,
    NAME,
    TABLES,
    UNIFIED_WORDS,
    UNION_WORDS,
    WORDS,
)
from marginline.venues.compare.claiming import Beside, Pools, Printed, room_of_price
from marginline.venues.compare.comparing import (
    ACCOUNT,
    EIGHT_DECIMALS,
    Claim,
    Identity,
    Said,
    amounts,
    at_most,
    last_digit,
    money_tolerance,
    part,
    pnl_to,
    printed,
    rows,
    said_of,
    sum_of_parts,
)
from marginline.venues.compare.lines import AnyLine, Unit

Amounts = Mapping[str, Decimal]
_PRICES = ("openPriceAvg", "avgPrice", "markPrice")
_TENTH_PER_MILLE = Decimal("0.0001")
_FOUR_BASIS_POINTS = Decimal("0.0004")
_RATIO_SLACK = Decimal("1E-12")
_OF_MODE = {"single": CLASSIC_WORDS, "union": UNION_WORDS}

__all__ = ["NAME", "TABLES", "WORDS", "claims", "identities"]


def claims(account: Account, assessment: Assessment) -> Iterator[Claim]:
    """Every figure that Bitget printed, with ours."""
    raw = said_of(account)
    words = _OF_MODE.get(account.mode or "", UNIFIED_WORDS)
    beside = _Beside(account, assessment, words, lambda _: EIGHT_DECIMALS, _RATIO_SLACK, "")
    accounts = part(raw, "accounts")
    yield from beside.positions(part(raw, "positions"))
    if account.mode == "single":
        yield from beside.assets(accounts, EIGHT_DECIMALS)
    elif account.mode == "union":
        for coin in accounts:
            yield from beside.joint(part(accounts, coin), EIGHT_DECIMALS)
    else:
        totals = part(part(raw, "assets"), "totals")
        yield from beside.joint(totals, EIGHT_DECIMALS, ACCOUNT)
        yield from beside.total_equity(totals)


class _Beside(Beside):
    """Where Bitget cuts: eight decimals of what it sums, prices at the digits they are told."""

    def room(self, it: Printed) -> Decimal:
        """Of a liquidation price also what cut inputs move it by."""
        unit = it.word.unit
        if unit in (Unit.END, Unit.LEVEL):
            digit = max(last_digit(it.said, it.word.word), EIGHT_DECIMALS)
            if unit is Unit.LEVEL:
                return digit
            return max(digit, room_of_price(it, max(it.theirs, ZERO) or None))
        return self.ratio_step if unit is Unit.RATIO else money_tolerance([it.position])

    def slack_of_pools(self, pools: Pools, _step: Decimal, _said: Said, /) -> Decimal:
        """Eight decimals of each position and each coin."""
        inside = [position for pool in pools for position in pool.figures.positions]
        legs = sum(len(pool.figures.pool.legs) for pool in pools)
        return money_tolerance(inside) + (1 + legs) * EIGHT_DECIMALS

    def place(self, asset: str, _word: AnyLine, _pools: Pools, /) -> str:
        """Figures of all pools of a coin stand at the coin."""
        return asset

    def total_equity(self, totals: Said) -> Iterator[Claim]:
        """The equity of all coins in USD, where no pool holds them together."""
        joint = any(pool.kind == Kind.ACCOUNT for pool in self.assessment.pools)
        theirs = printed(totals, "accountEquity")
        if theirs is not None and not joint:
            found = self.assessment.measures.get(M.EQUITY)
            figure: Figure = missing("the equity is not known") if found is None else found
            ours = self.as_told(M.EQUITY, figure)
            yield Claim(ACCOUNT, "accountEquity", M.EQUITY, theirs, ours, 4 * EIGHT_DECIMALS)


# -- the sums of its own figures ---------------------------------------------------------------


def identities(account: Account) -> Iterator[Identity]:
    """Every identity that the answers tell enough to check.

    Where one is broken the answer contradicts itself: the sample was made by hand, or its parts are
    of different moments.
    """
    raw = said_of(account)
    held = {position.key: position for position in account.positions}
    for key, said in rows(part(raw, "positions")):
        if key in held:
            yield from _of_position(account, held[key], said)
    for coin, said in rows(part(raw, "accounts")):
        yield from _of_coin(coin, said)
    yield from _of_unified(part(raw, "assets"))
    for key, said in rows(part(raw, "adl_rank")):
        if "rank" in said and "adlRank" in said:
            text = "rank = 1 - adlRank: the deprecated field runs the other way"
            labels = ("rank", "adlRank")
            yield Identity(key, text, said["rank"], 1 - said["adlRank"], labels)


# -- positions ---------------------------------------------------------------------------------


def _of_position(account: Account, position: Position, said: Amounts) -> Iterator[Identity]:
    parts = ("available", "locked" if "locked" in said else "frozen")
    yield from sum_of_parts(position.key, said, "total", parts, tolerance=EIGHT_DECIMALS)
    yield from _pnl(account, position, said)
    yield from _return(position, said)
    yield from _break_even(account, position, said)


def _pnl(account: Account, position: Position, said: Amounts) -> Iterator[Identity]:
    label = next((n for n in ("unrealizedPL", "unrealisedPnl") if n in said), None)
    mark, entry = said.get("markPrice"), position.entry_price
    instrument = account.instruments.get(position.instrument)
    if label is None or not mark or not entry or instrument is None:
        return
    size = position.size * instrument.contract_size
    right = pnl_to(instrument, position.size, entry, mark)
    text = f"{label} is the P&L from the average entry price to markPrice"
    slack = (1 + 2 * abs(size)) * EIGHT_DECIMALS
    slack += sum((_rounded(said, name) for name in _PRICES), ZERO) * abs(size)
    at_the_mark = (label, "markPrice", "positionBalance", "profitRate")  # all made at one mark
    yield Identity(position.key, text, said[label], right, at_the_mark, slack)


def _rounded(said: Amounts, name: str) -> Decimal:
    """How far a printed price may be from the one that was reckoned with: a unit of its digits."""
    return min(last_digit(said, name), said.get(name, ZERO) * _TENTH_PER_MILLE)


def _return(position: Position, said: Amounts) -> Iterator[Identity]:
    balance = said.get("positionBalance")
    if balance and "profitRate" in said and "unrealisedPnl" in said:
        text = "profitRate = unrealisedPnl / positionBalance"
        right = said["unrealisedPnl"] / balance
        labels = ("profitRate", "unrealisedPnl", "positionBalance")
        yield Identity(position.key, text, said["profitRate"], right, labels)


def _break_even(account: Account, position: Position, said: Amounts) -> Iterator[Identity]:
    """The break-even price lies as far from the entry as fees and funding paid, within any fee."""
    price, entry = said.get("breakEvenPrice"), position.entry_price
    instrument = account.instruments.get(position.instrument)
    if not price or not entry or instrument is None or instrument.payoff == "inverse":
        return
    if position.fees is None or position.funding is None:
        return
    side = 1 if position.size > 0 else -1
    before_fee = entry - (position.fees + position.funding) / position.size
    middle = before_fee * (1 + side * _FOUR_BASIS_POINTS)
    text = "breakEvenPrice = (entry - (fees + funding) / size) / (1 - side * taker fee up to 0.1 %)"
    slack = before_fee * Decimal("0.0007")
    yield Identity(position.key, text, price, middle, ("breakEvenPrice",), slack)


# -- accounts ----------------------------------------------------------------------------------


def _of_coin(coin: str, said: Amounts) -> Iterator[Identity]:
    yield from at_most(coin, said, "available", "accountEquity")
    if coin == "USDT" and {"usdtEquity", "accountEquity"} <= said.keys():
        labels, text = ("usdtEquity", "accountEquity"), "usdtEquity = accountEquity of USDT"
        yield Identity(coin, text, said["usdtEquity"], said["accountEquity"], labels)
    yield from at_most(coin, said, "maxTransferOut", "available")


def _of_unified(said: Said) -> Iterator[Identity]:
    totals, coins = amounts(part(said, "totals")), dict(rows(part(said, "coins")))
    step_of_equity, step_of_pnl = (
        last_digit(part(said, "totals"), label) for label in ("accountEquity", "unrealisedPnl")
    )
    equity = totals.get("accountEquity")
    values = [coin.get("usdValue") for coin in coins.values()]
    if equity is not None and coins and None not in values:
        right = sum((value for value in values if value is not None), ZERO)
        text = "accountEquity is the sum of usdValue"
        slack = step_of_equity + len(values) * EIGHT_DECIMALS
        yield Identity(ACCOUNT, text, equity, right, ("accountEquity", "usdValue"), slack)
    note = " (after collateral ratios)"
    yield from at_most(ACCOUNT, totals, "effEquity", "accountEquity", note)
    if totals.get("effEquity") and "mmr" in totals and "mgnRatio" in totals:
        right = totals["mmr"] / totals["effEquity"]
        text, words = "mgnRatio = mmr / effEquity", ("mgnRatio", "mmr", "effEquity")
        yield Identity(ACCOUNT, text, totals["mgnRatio"], right, words)
    yield from _sum_of_pnl(totals, coins, step_of_pnl)


def _sum_of_pnl(totals: Amounts, coins: Mapping[str, Amounts], step: Decimal) -> Iterator[Identity]:
    """A coin's equity less its balance is its unrealized P&L; in USD they sum to the total."""
    pnl = totals.get("unrealisedPnl")
    needed = {"equity", "balance", "usdValue"}
    if pnl is None or not coins or any(not needed <= said.keys() for said in coins.values()):
        return
    right = slack = ZERO
    for said in coins.values():
        rate = said["usdValue"] / said["equity"] if said["equity"] else ZERO
        booked = said["balance"] + said.get("locked", ZERO) - said.get("debt", ZERO)
        right += (said["equity"] - booked) * rate
        slack += (1 + rate) * EIGHT_DECIMALS
    text = "unrealisedPnl is the sum of (equity - balance - locked + debt) in USD"
    labels = ("unrealisedPnl", "equity", "balance")
    yield Identity(ACCOUNT, text, pnl, right, labels, slack + step)

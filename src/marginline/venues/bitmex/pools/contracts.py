"""One BitMEX position by itself: risk limit, margin, fees reserved for its close, prices.

Both margin rates rise by one base maintenance rate with every step of value:
`steps = max(0, ceil((value at the mark - base) / step))`,
`maintenance = base maintenance * (1 + steps)`, `initial = base initial + steps * base maintenance`.

How a position's margin is made was reverse-engineered from one live payload, all of whose fields
the rules reproduce. Amounts are in whole coins; the venue counts in XBt (1e-8 XBT) and USDt
(1e-6 USDT).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache, wraps

from marginline import formulas
from marginline.core.account.account import Instrument, Position
from marginline.core.assessment import standard_position as standard
from marginline.core.assessment.figures import PositionFigures
from marginline.core.findings import Code, Gap, missing, not_applicable
from marginline.core.measures import Measure as M
from marginline.core.nouns import dataclass
from marginline.core.numbers import ONE, ZERO, Direction, to_step
from marginline.core.pool.exposure import (
    Basis,
    Exposure,
    Figure,
    InitialTerm,
    MaintenanceTerm,
    figured,
    need,
)
from marginline.core.pool.schedules import Rounding, TierSchedule
from marginline.errors import DocumentError, Problem
from marginline.venues.resolve import packaged
from marginline.venues.resolve.resolver import Resolver

# -- risk limits ----------------------------------------------------------------------------------


FOLDER = "bitmex"
MOST_ROWS = 1000
_NAMES = ("base", "step", "initial_rate", "maintenance_rate")


@dataclass(frozen=True, slots=True)
class RiskLimit:
    """Base and step of the value at the mark in the settle asset, and the two base rates."""

    base: Decimal
    step: Decimal
    initial_rate: Decimal
    maintenance_rate: Decimal

    def rates(self, steps: int) -> tuple[Decimal, Decimal]:
        """Initial and maintenance rate after so many steps."""
        added = steps * self.maintenance_rate
        return self.initial_rate + added, self.maintenance_rate + added

    @lru_cache(maxsize=64)  # noqa: B019 - a frozen value of four numbers
    def schedule(self, source: str) -> TierSchedule:
        """The steps as tiers of the whole position: they go on beyond a rate of 100 %.

        After `MOST_ROWS` the table ends, with its cap, so that a value beyond it is noted.
        """
        first = 0 if self.base else 1  # without a base the first step begins at once
        initial, maintenance = zip(*map(self.rates, range(first, MOST_ROWS)), strict=True)
        floors = (ZERO, *(self.base + n * self.step for n in range(first, MOST_ROWS - 1)))
        return TierSchedule(
            keyed_by="notional",
            kind="whole",
            floors=floors,
            rates=maintenance,
            deductions=(ZERO,) * len(floors),
            initial_rates=initial,
            max_leverages=tuple(ONE / rate for rate in initial),
            cap=floors[-1] + self.step,
            source=source,
        )


def schedule_of(resolver: Resolver, symbol: str) -> TierSchedule | Gap:
    """Margin rates of a symbol: the file's risk limit, the file's tiers, the packaged limit."""
    account = resolver.account
    limits = account.parameters.venue.get("risk_limits")
    given = limits.get(symbol) if isinstance(limits, Mapping) else None
    where = f"parameters.venue.risk_limits.{symbol}"
    if given is not None:
        return _read(given, where).schedule("account file")
    tiers = account.parameters.tiers.get(symbol)
    if tiers is not None:
        return resolver.schedule(symbol, tiers)
    found = packaged.in_force(FOLDER, "risk_limits", account.venue, symbol, account.as_of)
    if found is None:
        return missing(f"the risk limit of {symbol} is not given; give {where}")
    source = f"{found.source}, from {found.effective_from}"
    text = f"the risk limit of {symbol} is a packaged one: {source}"
    resolver.note(Code.PACKAGED_PARAMETER, where, text)
    return RiskLimit(**{name: found.number(name) for name in _NAMES}).schedule(source)


def _read(given: object, where: str) -> RiskLimit:
    """A risk limit from the account file.

    Raises:
        DocumentError: a part is missing or cannot be meant.
    """
    parts = given if isinstance(given, Mapping) else {}
    problems = [
        Problem(f"{where}.{name}", str(parts.get(name, "")), "must be a number", "write all four")
        for name in _NAMES
        if not isinstance(parts.get(name), Decimal)
    ]
    problems += [
        Problem(f"{where}.{name}", "", "is no part of a risk limit", f"known: {', '.join(_NAMES)}")
        for name in parts
        if name not in _NAMES
    ]
    if not problems:
        problems = [
            Problem(f"{where}.{name}", str(parts[name]), "must be greater than 0", "")
            for name in _NAMES[1:]
            if parts[name] <= 0
        ]
        if (base := parts["base"]) < 0:
            problems.append(Problem(f"{where}.base", str(base), "must not be negative", ""))
    if problems:
        raise DocumentError(problems)
    return RiskLimit(**parts)


# -- one position ---------------------------------------------------------------------------------


SETTLE_STEPS = {"XBT": Decimal("1E-8"), "USDT": Decimal("1E-6")}
INITIAL = "posInit"
COMMISSION = "posComm"
TAKER = "taker"
FUNDING = "funding part"

_TWICE = 2  # the fee of opening and of closing, both at the bankruptcy price


def exposure_of(resolver: Resolver, position: Position) -> Exposure:
    """A position: charged on its entry value, its risk step chosen by its value at the mark."""
    symbol = position.instrument
    schedule = schedule_of(resolver, symbol)
    step = settle_step(resolver, symbol)
    rate = resolver.initial_rate(position, schedule)
    bare = resolver.exposure(position, MaintenanceTerm(schedule), InitialTerm(rate))
    leverage, taker = resolver.leverage(symbol, position), resolver.fee(symbol, TAKER)
    funding = funding_part(bare)
    commission = commission_of(bare, leverage, _first_rate(schedule, rate), taker, step)
    rounding = None if step is None else Rounding(step, Direction.UP)
    _notes(resolver, bare, step)
    return replace(
        bare,
        maintenance=MaintenanceTerm(
            schedule,
            Basis.ENTRY,
            fee_constant=commission,
            fee_rate=funding,
            keyed_at=Basis.MARK,
        ),
        initial=InitialTerm(rate, Basis.ENTRY, rounding=rounding),
        own={
            INITIAL: initial_margin(bare, leverage, rate, step),
            COMMISSION: commission,
            TAKER: taker,
            FUNDING: funding,
        },
    )


@figured
def entry_value(exposure: Exposure) -> Figure:
    """Unsigned value at the entry price."""
    return exposure.notional_at(need(exposure.entry_price))


# -- the parts ---------------------------------------------------------------------------------


def settle_step(resolver: Resolver, symbol: str) -> Decimal | None:
    """The smallest amount of the settle asset: as given, else that of XBT or USDT."""
    given = resolver.instrument(symbol).settle_step
    return given if given is not None else SETTLE_STEPS.get(resolver.settle(symbol))


@figured
def initial_margin(
    exposure: Exposure, leverage: Decimal | None, rate: Figure, step: Decimal | None
) -> Figure:
    """posInit: entry value / leverage (without one, * the least initial rate), up to the step.

    Divided, not multiplied by a rounded 1 / leverage: an error in the last digit would be rounded
    up to a whole step.
    """
    value = need(entry_value(exposure))
    if leverage is not None:
        margin = formulas.initial_margin(value, leverage)
    else:
        margin = formulas.initial_margin_at_rate(value, need(rate))
    return margin if step is None else to_step(margin, step, Direction.UP)


@figured
def commission_of(
    exposure: Exposure,
    leverage: Decimal | None,
    rate: Figure,
    taker: Figure,
    step: Decimal | None,
) -> Figure:
    """posComm: twice the taker fee on the value at the position's own bankruptcy price.

    That price is the one of the initial margin alone.
    """
    margin = need(initial_margin(exposure, leverage, rate, step))
    price = bankruptcy_price(exposure, margin)
    value = exposure.notional_at(price) if price > 0 else ZERO
    return formulas.fee(value, _TWICE * need(taker))


def _first_rate(schedule: TierSchedule | Gap, rate: Figure) -> Figure:
    """The first step's initial rate: a fee made by it (no leverage) does not move with the mark."""
    first = None if isinstance(schedule, Gap) else schedule.initial_rates[0]
    return rate if first is None else first


def bankruptcy_price(exposure: Exposure, cash: Decimal) -> Decimal:
    """Where the loss has eaten the cash, on the tick towards entry; <= 0 where there is none."""
    of = formulas.bankruptcy_price_inverse if exposure.inverse else formulas.bankruptcy_price_linear
    price = of(exposure.size, exposure.unit, need(exposure.entry_price), cash)
    return towards_entry(price, exposure) if price > 0 else price


def towards_entry(price: Decimal, exposure: Exposure) -> Decimal:
    """The price on the tick: a long's up, a short's down; as it is where no tick is known."""
    tick = exposure.instrument.tick_size
    if tick is None:
        return price
    return to_step(price, tick, Direction.UP if exposure.size > 0 else Direction.DOWN) or price


def funding_part(exposure: Exposure) -> Figure:
    """The next funding payment as a fraction of the value, if the position has to pay it."""
    rate = exposure.funding_rate
    if isinstance(rate, Gap):
        return ZERO if exposure.instrument.expires_at is not None else rate
    return formulas.positive_part(rate if exposure.size > 0 else -rate)


def _notes(resolver: Resolver, exposure: Exposure, step: Decimal | None) -> None:
    key, where = exposure.key, f"instruments.{exposure.instrument.symbol}"
    if exposure.instrument.tick_size is None:
        text = f"tick_size is not known; give {where}.tick_size: prices are not on the tick"
        for measure in (M.LIQUIDATION_PRICE, M.BANKRUPTCY_PRICE):
            resolver.note(Code.APPROXIMATE, key, text, measure)
    if step is None:
        text = f"settle_step is not known; give {where}.settle_step: amounts are not rounded up"
        resolver.note(Code.APPROXIMATE, key, text, M.INITIAL_MARGIN)


# -- prices ---------------------------------------------------------------------------------------


def printed_initial(position: PositionFigures) -> Figure:
    """posInit, up to the smallest amount of the settle asset."""
    return position.exposure.own[INITIAL]


def on_tick(price: Callable[[PositionFigures], Figure]) -> Callable[[PositionFigures], Figure]:
    """The standard price of a position, on the tick towards entry."""

    @wraps(price)
    def found(position: PositionFigures) -> Figure:
        return towards_entry(need(price(position)), position.exposure)

    return found


def bankruptcy_price_isolated(position: PositionFigures) -> Figure:
    """Where the position's margin, its reserved fees left out, is used up."""
    exposure = position.exposure
    cash = position.pool[M.WALLET_BALANCE] - need(exposure.own[COMMISSION])
    price = bankruptcy_price(exposure, cash)
    return price if price > 0 else not_applicable("no price uses up the margin of this position")


def break_even_price(position: PositionFigures) -> Figure:
    """Where the P&L pays back the fees so far, up to the next tick."""
    price, tick = need(standard.break_even_price(position)), position.exposure.instrument.tick_size
    return price if tick is None else to_step(price, tick, Direction.UP)


def adl_score(position: PositionFigures) -> Figure:
    """P&L in per cent times effective leverage (divided by it if a loss).

    Values are BitMEX's: signed, and of an inverse contract `-size / price`.
    """
    exposure = position.exposure
    prices = (need(exposure.mark), need(exposure.entry_price), position[M.BANKRUPTCY_PRICE])
    mark, entry, bankrupt = (
        signed_value(exposure.instrument, exposure.size, price) for price in prices
    )
    if mark <= bankrupt:
        return not_applicable("the mark is beyond the bankruptcy price: there is no leverage left")
    return formulas.adl_score_bitmex(mark, entry, bankrupt)


def signed_value(contract: Instrument, size: Decimal, price: Decimal) -> Decimal:
    """Value as BitMEX signs it: of an inverse long it is negative."""
    if contract.payoff == "inverse":
        return -formulas.value_inverse(size, contract.contract_size, price)
    return formulas.value_linear(size, contract.multiplier or contract.contract_size, price)

"""One BitMEX position by itself: entry value, initial margin, the fees reserved for its close.

Rules reverse-engineered from one live payload, all of whose fields they reproduce. Amounts are in
whole coins; the venue counts in XBt (1e-8 XBT) and USDt (1e-6 USDT).
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from marginline import formulas
from marginline.core.account.account import Instrument, Position
from marginline.core.findings import Code, Finding, Gap
from marginline.core.measures import Measure
from marginline.core.numbers import ZERO, Direction, to_step
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
from marginline.venues.bitmex.pools.risk_limits import schedule_of
from marginline.venues.resolve.resolver import Resolver

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
    value = exposure.notional_at(need(exposure.entry_price))
    margin = (
        formulas.initial_margin(value, leverage)
        if leverage is not None
        else formulas.initial_margin_at_rate(value, need(rate))
    )
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
    instrument: Instrument = exposure.instrument
    where = f"instruments.{instrument.symbol}"
    if instrument.tick_size is None:
        text = f"tick_size is not known; give {where}.tick_size: prices are not on the tick"
        for measure in (Measure.LIQUIDATION_PRICE, Measure.BANKRUPTCY_PRICE):
            resolver.findings.append(Finding(Code.APPROXIMATE, exposure.key, text, measure))
    if step is None:
        text = f"settle_step is not known; give {where}.settle_step: amounts are not rounded up"
        resolver.findings.append(
            Finding(Code.APPROXIMATE, exposure.key, text, Measure.INITIAL_MARGIN)
        )

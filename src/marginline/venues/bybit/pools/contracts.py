"""One Bybit position by itself: closing fee, bankruptcy price, its terms in a pool, its prices.

The closing fee is part of initial and of maintenance margin. It is the taker fee of a close at the
isolated bankruptcy price, which depends on entry and leverage alone, not on the mark. Prices are on
the tick.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from marginline import formulas
from marginline.core.account.account import Instrument, Position
from marginline.core.assessment import standard_position as standard
from marginline.core.assessment.figures import PositionFigures
from marginline.core.findings import AbsentError, Code, Gap, missing, not_applicable
from marginline.core.measures import Measure as M
from marginline.core.numbers import ONE, ZERO, Direction, to_step, to_text
from marginline.core.pool.exposure import (
    Basis,
    Exposure,
    Figure,
    InitialTerm,
    MaintenanceTerm,
    figured,
    need,
)
from marginline.core.solver.safe_range import SafeRange, safe_range
from marginline.core.solver.standing import Standing
from marginline.venues.resolve.lacks import not_given
from marginline.venues.resolve.resolver import Resolver

PRINTED = Decimal("0.00000001")  # amounts are printed at 8 digits
BANKRUPTCY_PRICE = "bankruptcy_price"
LIQUIDATION_MARGIN = "liquidation_margin"
TAKER = "taker"
REALIZED = "realized"

_NO_PRICE = not_applicable("no price brings the margin of this position to zero")


def exposure_of(
    resolver: Resolver,
    position: Position,
    *,
    basis: Basis,
    initial_basis: Basis,
    extra_notional: Figure = ZERO,
    rate: Figure = ONE,
) -> Exposure:
    """A position: tiers at `basis`, margin at leverage at `initial_basis`, closing fee in both."""
    schedule = resolver.tiers(position.instrument)
    initial_rate = resolver.initial_rate(position, schedule)
    fee = closing_fee(resolver, position, initial_rate)
    maintenance = MaintenanceTerm(schedule, basis, fee_constant=fee, extra_notional=extra_notional)
    initial = InitialTerm(initial_rate, initial_basis, fee_constant=fee)
    return _exposure(resolver, position, maintenance, initial, rate)


def unscheduled(resolver: Resolver, position: Position, gap: Gap, *, rate: Figure) -> Exposure:
    """A position whose margin is not its own (portfolio margin): P&L alone."""
    return _exposure(resolver, position, MaintenanceTerm(gap), InitialTerm(gap), rate)


def _exposure(
    resolver: Resolver,
    position: Position,
    maintenance: MaintenanceTerm,
    initial: InitialTerm,
    rate: Figure,
) -> Exposure:
    """With what Bybit's own rules read beside the terms: taker fee, what is realized already."""
    flows = [position.realized_pnl, position.funding, position.fees]
    given = [flow for flow in flows if flow is not None]
    realized: Figure = sum(given, ZERO) if given else _nothing_realized(position)
    own = {TAKER: resolver.fee(position.instrument, TAKER), REALIZED: realized}
    return resolver.exposure(
        position, maintenance, initial, value_rate=rate, requirement_rate=rate, own=own
    )


def _nothing_realized(position: Position) -> Gap:
    text = f"what {position.key} has realized is not given; give realized_pnl (with fees, funding)"
    return missing(text)


def uncharged(exposure: Exposure) -> Exposure:
    """The covered leg of a hedge pair: no tier's rate is charged on it, its closing fee stays."""
    term = exposure.maintenance
    if isinstance(term.schedule, Gap):
        return exposure
    none = tuple(ZERO for _ in term.schedule.rates)
    schedule = replace(term.schedule, rates=none, deductions=none)
    return replace(exposure, maintenance=replace(term, schedule=schedule))


def side_of(row: Position | Exposure) -> int:
    """1 long, -1 short."""
    return 1 if row.size > 0 else -1


@figured
def closing_fee(resolver: Resolver, position: Position, initial_rate: Figure) -> Figure:
    """Taker fee of closing at the isolated bankruptcy price, in the settle asset."""
    if position.entry_price is None:
        raise AbsentError(not_given("entry price", position.key, "entry_price"))
    leverage = ONE / need(initial_rate)
    return fee_at_bankruptcy(
        resolver.instrument(position.instrument),
        abs(position.size),
        position.entry_price,
        leverage=leverage,
        taker=need(resolver.fee(position.instrument, TAKER)),
        side=side_of(position),
    )


def fee_at_bankruptcy(
    instrument: Instrument,
    size: Decimal,
    entry: Decimal,
    *,
    leverage: Decimal,
    taker: Decimal,
    side: int,
) -> Decimal:
    """`q * E * (1 - side / L) * f`, inverse `Q / E * (1 + side / L) * f`, in the settle asset."""
    inverse = instrument.payoff == "inverse"
    linear = formulas.close_fee_at_bankruptcy_linear
    charge = formulas.close_fee_at_bankruptcy_inverse if inverse else linear
    return charge(size, instrument.contract_size, entry, leverage, taker, side)


# -- isolated ----------------------------------------------------------------------------------


def with_isolated(
    resolver: Resolver, position: Position, exposure: Exposure, *, grossed: bool
) -> Exposure:
    """An isolated position with its own bankruptcy price and the margin of its liquidation price.

    Margin added by hand moves the bankruptcy price and so the closing fee held for it; since
    2025-09-02 (`grossed`) the venue's formulas divide it by (1 -/+ taker fee).
    """
    own: dict[str, Figure]
    try:
        value = exposure.notional_at(need(exposure.entry_price))
        initial = formulas.initial_margin_at_rate(value, need(exposure.initial.rate))
        added = _added_margin(resolver, position, exposure, initial)
        if grossed:
            # at bankruptcy it moves the value down for a linear long, up for a short and inverse
            side = -side_of(exposure) if exposure.inverse else side_of(exposure)
            added /= ONE - side * need(exposure.own[TAKER])
        margin = initial + need(exposure.initial.fee_constant) + added
        price = price_without(exposure, initial + added)
        own = {LIQUIDATION_MARGIN: margin, BANKRUPTCY_PRICE: price}
    except AbsentError as absent:
        own = dict.fromkeys((LIQUIDATION_MARGIN, BANKRUPTCY_PRICE), absent.gap)
    return replace(exposure, own={**exposure.own, **own})


def price_without(exposure: Exposure, cash: Decimal) -> Figure:
    """Where the loss of one position has eaten the cash behind it.

    Without added margin `E * (1 - side / L)`, inverse `E * L / (L + side)`.
    """
    linear = formulas.bankruptcy_price_linear
    price_at = formulas.bankruptcy_price_inverse if exposure.inverse else linear
    price = price_at(exposure.size, exposure.unit, need(exposure.entry_price), cash)
    return price if price > 0 else _NO_PRICE


def _added_margin(
    resolver: Resolver, position: Position, exposure: Exposure, initial: Decimal
) -> Decimal:
    """What the position's margin holds beyond initial margin and closing fee.

    The file's `extra_margin` (or none) where the two agree at the venue's 8 digits; else what is
    really there.
    """
    if position.isolated_margin is None:
        raise AbsentError(not_given("isolated margin", position.key, "isolated_margin"))
    found = position.isolated_margin - initial - need(exposure.initial.fee_constant)
    given = position.extra_margin
    if abs(found - (given or ZERO)) <= PRINTED:
        return given or ZERO
    if given is not None:
        text = (
            f"isolated_margin less initial margin and closing fee is {to_text(found)}, extra_margin"
            f" says {to_text(given)}; the former is used (funding is taken from it, too)"
        )
        resolver.note(Code.APPROXIMATE, position.key, text)
    return found


# -- prices ---------------------------------------------------------------------------------------


LEAST_FEE = Decimal("0.00055")  # the break-even price reckons with at least this taker fee
UP, DOWN = Direction.UP, Direction.DOWN


def to_tick(price: Decimal, exposure: Exposure, direction: Direction) -> Decimal:
    """The price on the instrument's tick; as it is where the tick is not known."""
    tick = exposure.instrument.tick_size
    return price if tick is None else to_step(price, tick, direction) or price


# -- liquidation -------------------------------------------------------------------------------


def health_range(position: PositionFigures) -> SafeRange:
    """Prices at which the pool stands."""
    return position.pool.safe_range(position.exposure.instrument.symbol)


def printed_range(position: PositionFigures) -> SafeRange:
    """Prices between which Bybit says an isolated position stands: added margin less its fee."""
    margin = need(position.exposure.own[LIQUIDATION_MARGIN])
    pool = position.pool.pool
    legs = tuple(replace(leg, balance=margin) for leg in pool.legs)
    return safe_range(Standing(replace(pool, legs=legs)), position.exposure.instrument.symbol)


def liquidation_price_below(position: PositionFigures) -> Figure:
    """Lower end of the safe range, up to the tick."""
    found = health_range(position).below
    if found is None:
        return standard.liquidation_price_below(position)
    return to_tick(found, position.exposure, UP)


def liquidation_price_above(position: PositionFigures) -> Figure:
    """Upper end of the safe range, down to the tick."""
    found = health_range(position).above
    if found is None:
        return standard.liquidation_price_above(position)
    return to_tick(found, position.exposure, DOWN)


def liquidation_price(position: PositionFigures) -> Figure:
    """The end on the side that hurts, on the tick."""
    return _price(position, health_range(position))


def printed_price(position: PositionFigures) -> Figure:
    """The isolated formula's own price, on the tick."""
    return _price(position, printed_range(position))


def _price(position: PositionFigures, found: SafeRange) -> Figure:
    if found.price is None:
        return standard.liquidation_price(position)
    return to_tick(found.price, position.exposure, UP if found.price == found.below else DOWN)


# -- bankruptcy, break-even, rank --------------------------------------------------------------


def bankruptcy_price(position: PositionFigures) -> Figure:
    """Where the pool's margin balance is zero; a long's up to the tick, a short's down."""
    return _on_tick(standard.bankruptcy_price(position), position.exposure)


def own_bankruptcy_price(position: PositionFigures) -> Figure:
    """The position's own bankruptcy price; a long's up to the tick, a short's down."""
    return _on_tick(position.exposure.own[BANKRUPTCY_PRICE], position.exposure)


def _on_tick(price: Figure, exposure: Exposure) -> Decimal:
    return to_tick(need(price), exposure, UP if exposure.size > 0 else DOWN)


def break_even_price(position: PositionFigures) -> Figure:
    """Closing price that pays back what is realized, with the taker fee of closing.

    `(E q - realized) / (q - |q| max(f, 0.00055))`, inverse `(Q + |Q| f) / (Q / E + realized)`.
    """
    exposure = position.exposure
    entry, size = need(exposure.entry_price), exposure.size * exposure.unit
    realized = need(exposure.own[REALIZED])
    rate = formulas.larger(need(exposure.own[TAKER]), LEAST_FEE)
    if exposure.inverse:
        coins = size / entry + realized
        price = ZERO if coins == 0 else (size + abs(size) * rate) / coins
    else:
        price = (size * entry - realized) / (size - abs(size) * rate)
    if price <= 0:
        return not_applicable("no closing price pays back what this position has lost already")
    return price


def adl_score(position: PositionFigures) -> Figure:
    """Leveraged return: profit over entry value, times effective leverage.

    Isolated: over the position margin; cross: by the pool's margin balance.
    """
    exposure = position.exposure
    entry_value = exposure.notional_at(need(exposure.entry_price))
    gain = position[M.UNREALIZED_PNL] / entry_value
    if not position.isolated:
        return formulas.adl_score_leveraged_return(gain, position[M.EFFECTIVE_LEVERAGE])
    margin = position.pool[M.WALLET_BALANCE]
    if margin <= 0:
        return not_applicable("the position has no margin of its own left")
    return formulas.adl_score_leveraged_return(gain, entry_value / margin)

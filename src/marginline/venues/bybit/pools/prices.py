"""Prices that Bybit's own rules make, on the tick; break-even price and rank for deleveraging."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from marginline import formulas
from marginline.core.assessment import standard_position as standard
from marginline.core.assessment.figures import PositionFigures
from marginline.core.findings import not_applicable
from marginline.core.measures import Measure as M
from marginline.core.numbers import ZERO, Direction, to_step
from marginline.core.pool.exposure import Exposure, Figure, need
from marginline.core.solver.safe_range import SafeRange, safe_range
from marginline.core.solver.standing import Standing
from marginline.venues.bybit.pools.contracts import (
    BANKRUPTCY_PRICE,
    LIQUIDATION_MARGIN,
    REALIZED,
    TAKER,
)

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

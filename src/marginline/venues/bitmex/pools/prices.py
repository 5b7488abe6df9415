"""Prices that BitMEX's own rules make, on the tick towards entry; its ADL score."""

from __future__ import annotations

from decimal import Decimal

from marginline import formulas
from marginline.core.assessment import standard_position as standard
from marginline.core.assessment.figures import PositionFigures
from marginline.core.findings import not_applicable
from marginline.core.measures import Measure as M
from marginline.core.numbers import Direction, to_step
from marginline.core.pool.exposure import Exposure, Figure, need
from marginline.venues.bitmex.pools import contracts
from marginline.venues.bitmex.pools.contracts import COMMISSION, INITIAL, towards_entry


def initial_margin(position: PositionFigures) -> Figure:
    """posInit, up to the smallest amount of the settle asset."""
    return position.exposure.own[INITIAL]


def liquidation_price_below(position: PositionFigures) -> Figure:
    """Lower end of the safe range, on the tick towards entry."""
    return _on_tick(standard.liquidation_price_below(position), position.exposure)


def liquidation_price_above(position: PositionFigures) -> Figure:
    """Upper end of the safe range, on the tick towards entry."""
    return _on_tick(standard.liquidation_price_above(position), position.exposure)


def liquidation_price(position: PositionFigures) -> Figure:
    """The end on the side that hurts, on the tick towards entry."""
    return _on_tick(standard.liquidation_price(position), position.exposure)


def bankruptcy_price_isolated(position: PositionFigures) -> Figure:
    """Where the position's margin, its reserved fees left out, is used up."""
    exposure = position.exposure
    cash = position.pool[M.WALLET_BALANCE] - need(exposure.own[COMMISSION])
    price = contracts.bankruptcy_price(exposure, cash)
    return price if price > 0 else not_applicable("no price uses up the margin of this position")


def bankruptcy_price_cross(position: PositionFigures) -> Figure:
    """Where the margin balance of the pool is zero, on the tick towards entry."""
    return _on_tick(standard.bankruptcy_price(position), position.exposure)


def _on_tick(price: Figure, exposure: Exposure) -> Decimal:
    return towards_entry(need(price), exposure)


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
    mark, entry, bankrupt = (_value(exposure, price) for price in prices)
    if mark <= bankrupt:
        return not_applicable("the mark is beyond the bankruptcy price: there is no leverage left")
    return formulas.adl_score_bitmex(mark, entry, bankrupt)


def _value(exposure: Exposure, price: Decimal) -> Decimal:
    if exposure.inverse:
        return -formulas.value_inverse(exposure.size, exposure.unit, price)
    return formulas.value_linear(exposure.size, exposure.unit, price)

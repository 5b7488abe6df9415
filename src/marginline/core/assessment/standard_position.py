"""The measures of a position by their own definition, for any pool in normal form."""

from __future__ import annotations

from decimal import Decimal

from marginline import formulas
from marginline.core.assessment.figures import PositionFigures
from marginline.core.assessment.standard_pool import leverage_of
from marginline.core.findings import Gap, not_applicable
from marginline.core.measures import Measure as M
from marginline.core.pool import terms
from marginline.core.pool.exposure import Figure, need


def notional(position: PositionFigures) -> Figure:
    """Value at the mark."""
    return position.exposure.notional_at(need(position.exposure.mark))


def position_pnl(position: PositionFigures) -> Figure:
    """What closing at the mark would add."""
    return position.exposure.pnl_at(need(position.exposure.mark))


def position_initial(position: PositionFigures) -> Figure:
    """Initial margin of the position alone."""
    return terms.initial_amount(position.exposure)


def position_maintenance(position: PositionFigures) -> Figure:
    """Maintenance margin of the position alone."""
    return position.maintenance()


def position_closing_fee(position: PositionFigures) -> Figure:
    """What the trigger adds for this position."""
    return terms.closing_fee_amount(position.exposure)


def tier(position: PositionFigures) -> Figure:
    """Number of the row reached, from 1."""
    return Decimal(position.row() + 1)


def maintenance_rate(position: PositionFigures) -> Figure:
    """Rate of the row reached."""
    return terms.schedule_of(position.exposure).rates[position.row()]


_SHARED = not_applicable("a cross position shares its pool's figure")


def position_margin_balance(position: PositionFigures) -> Figure:
    """An isolated position's own margin balance."""
    return position.pool[M.MARGIN_BALANCE] if position.isolated else _SHARED


def position_margin_ratio(position: PositionFigures) -> Figure:
    """An isolated position's own ratio."""
    return position.pool[M.MARGIN_RATIO] if position.isolated else _SHARED


def position_leverage(position: PositionFigures) -> Figure:
    """Notional over the margin balance of the pool it is in."""
    value = position[M.NOTIONAL] * need(position.exposure.value_rate)
    return leverage_of(value, position.pool[M.MARGIN_BALANCE])


def liquidation_price_below(position: PositionFigures) -> Figure:
    """Lower end of the safe range."""
    found = position.pool.safe_range(position.exposure.instrument.symbol)
    return found.below if found.below is not None else _open(position, "below", empty=found.empty)


def liquidation_price_above(position: PositionFigures) -> Figure:
    """Upper end of the safe range."""
    found = position.pool.safe_range(position.exposure.instrument.symbol)
    return found.above if found.above is not None else _open(position, "above", empty=found.empty)


def liquidation_price(position: PositionFigures) -> Figure:
    """The end on the side that hurts."""
    found = position.pool.safe_range(position.exposure.instrument.symbol)
    return (
        found.price
        if found.price is not None
        else _open(position, "on either side", empty=found.empty)
    )


def _open(position: PositionFigures, side: str, *, empty: bool) -> Gap:
    symbol = position.exposure.instrument.symbol
    if empty:
        return not_applicable(f"no price of {symbol} alone would save this pool")
    if position.exposure.inverse and position.exposure.size < 0 and side == "on either side":
        return not_applicable(
            f"this inverse short cannot be liquidated by {symbol} alone: its loss is bounded and"
            " the collateral covers it"
        )
    return not_applicable(f"no price of {symbol} alone {side} liquidates this pool")


def bankruptcy_price(position: PositionFigures) -> Figure:
    """Where the pool's margin balance is zero."""
    symbol = position.exposure.instrument.symbol
    found = position.pool.safe_range(symbol, bankruptcy=True)
    if found.price is None:
        return not_applicable(f"no price of {symbol} alone brings the margin balance to zero")
    return found.price


def break_even_price(position: PositionFigures) -> Figure:
    """Where the P&L pays back the fees already paid."""
    exposure = position.exposure
    entry, fees = need(exposure.entry_price), need(exposure.fees)
    of = formulas.break_even_inverse if exposure.inverse else formulas.break_even_linear
    price = of(entry, exposure.size, exposure.unit, fees)
    return price if price > 0 else not_applicable("no price of this contract pays back the fees")


def return_on_margin(position: PositionFigures) -> Figure:
    """Unrealized P&L over initial margin."""
    margin = position[M.INITIAL_MARGIN]
    if margin <= 0:
        return not_applicable("the position has no initial margin")
    return position[M.UNREALIZED_PNL] / margin


def funding_next(position: PositionFigures) -> Figure:
    """Cash flow of the next funding at today's mark."""
    exposure = position.exposure
    rate = need(exposure.funding_rate)
    value = position[M.NOTIONAL] if exposure.size > 0 else -position[M.NOTIONAL]
    return formulas.funding_payment(value, rate)

"""Stops placed where they cannot work: beyond the price at which the venue liquidates first."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from marginline.core.account.account import Account, Order
from marginline.core.assessment.assessment import Assessment
from marginline.core.assessment.figures import PositionFigures
from marginline.core.findings import Code, Finding
from marginline.core.measures import Measure
from marginline.core.numbers import exactly, to_text
from marginline.core.pool.exposure import known


@exactly
def check_stops(account: Account, assessment: Assessment) -> tuple[Finding, ...]:
    """A finding for every stop order that the liquidation of its position would come before.

    A long's stop at or below the lower liquidation price of its pool, a short's at or above the
    upper one. Stops that reduce nothing are left alone, and positions without such a price.
    """
    return tuple(_findings(account, assessment))


def _findings(account: Account, assessment: Assessment) -> Iterator[Finding]:
    for number, order in enumerate(account.orders):
        if order.kind != "stop":
            continue
        for position in _reduced(order, assessment):
            if order.price is None:
                text = f"orders[{number}] is a stop without a price; give it"
                yield Finding(Code.MISSING_DATA, position.exposure.key, text)
                continue
            beyond = stop_beyond(position, order.price)
            if beyond is not None:
                text = _sentence(f"orders[{number}]", order.price, position, beyond)
                yield Finding(Code.STOP_BEYOND_LIQUIDATION, position.exposure.key, text)


def _reduced(order: Order, assessment: Assessment) -> Iterator[PositionFigures]:
    """The open positions that the order would reduce."""
    for pool in assessment.pools:
        for position in pool.figures.positions if pool.status is not None else ():
            exposure = position.exposure
            same = exposure.instrument.symbol == order.instrument
            leg = order.position_side in ("both", exposure.side)
            if same and leg and (exposure.size > 0) == (order.side == "sell"):
                yield position


def liquidation_end(position: PositionFigures) -> Decimal | None:
    """The liquidation price on the side that hurts this position itself, if there is one."""
    long = position.exposure.size > 0
    end = Measure.LIQUIDATION_PRICE_BELOW if long else Measure.LIQUIDATION_PRICE_ABOVE
    return known(position.figure(end))


def stop_beyond(position: PositionFigures, stop: Decimal) -> Decimal | None:
    """The liquidation price, where it is reached before or with the stop, else None."""
    end = liquidation_end(position)
    if end is None:
        return None
    reached = stop <= end if position.exposure.size > 0 else stop >= end
    return end if reached else None


def _sentence(name: str, stop: Decimal, position: PositionFigures, end: Decimal) -> str:
    return (
        f"{name}, the stop of {position.exposure.key} at {to_text(stop)}, comes too late:"
        f" its pool is liquidated at {to_text(end)}"
    )

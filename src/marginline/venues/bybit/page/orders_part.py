"""How the maintenance margin of a symbol divides between its position and its resting orders."""

from __future__ import annotations

from decimal import Decimal

from marginline import formulas
from marginline.core.assessment.figures import PositionFigures
from marginline.core.numbers import ZERO
from marginline.core.pool import terms
from marginline.core.pool.exposure import Figure, need


def position_only(position: PositionFigures) -> Figure:
    """Maintenance margin of the position without its symbol's orders, closing fee included."""
    return terms.maintenance_amount(position.exposure) - orders_part(position)


def orders_part(position: PositionFigures) -> Decimal:
    """What the larger order side adds to the maintenance margin of a symbol, in its settle."""
    exposure = position.exposure
    extra = need(exposure.maintenance.extra_notional)
    if not extra:
        return ZERO
    schedule, value = terms.schedule_of(exposure), terms.charged_value(exposure)
    own = value - extra
    low, high = schedule.row(own), schedule.row(value)
    return formulas.tier_requirement(
        value, schedule.rates[high], schedule.deductions[high]
    ) - formulas.tier_requirement(own, schedule.rates[low], schedule.deductions[low])

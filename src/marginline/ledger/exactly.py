"""Sums that lose nothing: enough digits for any log, and an error where they would not be."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Context, Decimal, DivisionByZero, FloatOperation, Inexact, InvalidOperation

from marginline.core.numbers import ZERO

SUMS = Context(prec=400, traps=[Inexact, InvalidOperation, DivisionByZero, FloatOperation])
"""Adds, subtracts and multiplies without rounding; `Inexact` would be raised, never passed over."""


def total(amounts: Iterable[Decimal]) -> Decimal:
    """The exact sum, whatever the caller's own context."""
    add, found = SUMS.add, ZERO
    for amount in amounts:
        found = add(found, amount)
    return found


def less(amount: Decimal, other: Decimal) -> Decimal:
    """The exact difference `amount - other`."""
    return SUMS.subtract(amount, other)

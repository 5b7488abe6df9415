"""Exact numbers: the one Decimal context, numbers from text, text from numbers.

Every public entry point runs inside `exact()`, so that a caller's own decimal context neither
changes our results nor is changed by us.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import (
    ROUND_CEILING,
    ROUND_FLOOR,
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    FloatOperation,
    InvalidOperation,
    localcontext,
)
from enum import StrEnum
from typing import ParamSpec, TypeVar

PRECISION = 34
CONTEXT = Context(
    prec=PRECISION,
    rounding=ROUND_HALF_EVEN,
    traps=[InvalidOperation, DivisionByZero, FloatOperation],
)

ZERO = Decimal(0)
ONE = Decimal(1)

P = ParamSpec("P")
R = TypeVar("R")


@contextmanager
def exact() -> Iterator[None]:
    """Work at 34 digits, half-even, with floats and invalid operations trapped."""
    with localcontext(CONTEXT):
        yield


def exactly(function: Callable[P, R]) -> Callable[P, R]:
    """Run the whole of a public function inside `exact()`."""

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        with localcontext(CONTEXT):
            return function(*args, **kwargs)

    return wrapper


def to_text(number: Decimal) -> str:
    """The number as plain digits: no exponent, no trailing zeros, never "-0".

    `Decimal("1E+3")` is "1000", `Decimal("0.5000")` is "0.5".
    """
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def text_or_none(number: Decimal | None) -> str | None:
    """As `to_text`; None stays None, which a document states as null."""
    return None if number is None else to_text(number)


class Direction(StrEnum):
    """Which way a venue rounds to its step."""

    UP = "up"
    DOWN = "down"


def to_step(number: Decimal, step: Decimal, direction: Direction) -> Decimal:
    """The multiple of `step` at or next to `number`, upwards (ceiling) or downwards (floor)."""
    rounding = ROUND_CEILING if direction is Direction.UP else ROUND_FLOOR
    return (number / step).to_integral_value(rounding=rounding) * step

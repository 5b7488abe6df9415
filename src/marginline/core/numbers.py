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
from typing import ParamSpec, Self, TypeVar

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


class Quotient(Decimal):
    """A rate that is a division, such as 1 / leverage: what it multiplies is divided, once.

    Rounded to 34 digits first, 1 / 3 makes 300 / 3 = 99.99...; an order that fits exactly would be
    refused. So `amount * Quotient(1, 3)` is `amount / 3`, and `1 / Quotient(1, 3)` is 3.
    """

    __slots__ = ("by", "over")
    over: Decimal
    by: Decimal

    def __new__(cls, over: Decimal, by: Decimal) -> Self:
        """`over / by`."""
        self = super().__new__(cls, over / by)
        self.over, self.by = over, by
        return self

    def __mul__(self, other: Decimal | int) -> Decimal:
        """The other divided: exact where the division is."""
        return (Decimal(other) if isinstance(other, int) else other) * self.over / self.by

    __rmul__ = __mul__

    def __rtruediv__(self, other: Decimal | int) -> Decimal:
        """The other over it: multiplied by the divisor."""
        return other * self.by / self.over

    def __reduce__(self) -> tuple[type[Quotient], tuple[Decimal, Decimal]]:  # type: ignore[override]
        """Copies and pickles keep both parts."""
        return Quotient, (self.over, self.by)


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


def is_digits(text: str) -> bool:
    """Whether a text is a whole number in ASCII digits; Python reads those of every script."""
    return text.isascii() and text.isdecimal()

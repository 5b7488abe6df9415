"""Polynomials of degree two in one parameter: what a pool's health is between two tier edges."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from marginline.core.numbers import ZERO


class Curve(NamedTuple):
    """`constant + linear * t + square * t * t`, exact coefficients."""

    constant: Decimal
    linear: Decimal = ZERO
    square: Decimal = ZERO

    def at(self, t: Decimal) -> Decimal:
        """Value at `t`."""
        return self.constant + (self.linear + self.square * t) * t

    def plus(self, other: Curve) -> Curve:
        """Sum of two curves."""
        return Curve(
            self.constant + other.constant,
            self.linear + other.linear,
            self.square + other.square,
        )

    def minus(self, other: Curve) -> Curve:
        """This curve less another."""
        return Curve(
            self.constant - other.constant,
            self.linear - other.linear,
            self.square - other.square,
        )

    def shifted(self, amount: Decimal) -> Curve:
        """The curve with a number added."""
        return Curve(self.constant + amount, self.linear, self.square)

    def times(self, factor: Decimal) -> Curve:
        """The curve scaled by a number."""
        return Curve(self.constant * factor, self.linear * factor, self.square * factor)

    def by(self, other: Curve) -> Curve:
        """Product of two straight curves."""
        assert not self.square and not other.square, "a product of degree above two"
        return Curve(
            self.constant * other.constant,
            self.constant * other.linear + self.linear * other.constant,
            self.linear * other.linear,
        )

    def moves(self) -> bool:
        """Whether it depends on `t` at all."""
        return bool(self.linear or self.square)

    def crossings(self, level: Decimal = ZERO) -> tuple[Decimal, ...]:
        """Every `t` at which the curve equals `level`, ascending; none for a flat curve."""
        constant = self.constant - level
        if not self.square:
            return (-constant / self.linear,) if self.linear else ()
        discriminant = self.linear * self.linear - 4 * self.square * constant
        if discriminant < 0:
            return ()
        # The form that does not subtract near-equal numbers: Vieta gives the second root.
        root = discriminant.sqrt()
        half = -(self.linear + (root if self.linear >= 0 else -root)) / 2
        first = half / self.square
        second = constant / half if half else first
        return tuple(sorted({first, second}))


FLAT = Curve(ZERO)

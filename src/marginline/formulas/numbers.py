"""Choosing among numbers: the builtins `min` and `max`, spelled so that kernels compile them."""

from __future__ import annotations

from marginline.formulas._formula import Number, formula


@formula(unit="as given", source="glossary:arithmetic", sign="0")
def zero_of(number: Number) -> Number:
    """Zero, in the same kind of number: `Decimal` gives `Decimal`, `float` gives `float`.

    A literal 0 would leave a formula as an `int` among decimals. Of an infinite or undefined
    float it is undefined (NaN), so that a broken number stays visible.
    """
    return abs(number) * 0


@formula(unit="as given", source="glossary:arithmetic")
def larger(a: Number, b: Number) -> Number:
    """The larger of two numbers."""
    if a > b:
        return a
    return b


@formula(unit="as given", source="glossary:arithmetic")
def smaller(a: Number, b: Number) -> Number:
    """The smaller of two numbers."""
    if a < b:
        return a
    return b


@formula(unit="as given", source="glossary:arithmetic", sign=">= 0")
def positive_part(x: Number) -> Number:
    """What is above zero: `max(x, 0)`."""
    if x > 0:
        return x
    return zero_of(x)


@formula(unit="as given", source="glossary:arithmetic", sign="<= 0")
def negative_part(x: Number) -> Number:
    """What is below zero, with its sign: `min(x, 0)`."""
    if x < 0:
        return x
    return zero_of(x)


@formula(unit="as given", source="glossary:arithmetic")
def clamp(x: Number, low: Number, high: Number) -> Number:
    """The number, kept between two bounds: `max(low, min(x, high))`.

    Args:
        x: the number.
        low: lower bound, at or below `high`.
        high: upper bound.
    """
    return larger(low, smaller(x, high))


@formula(unit="as given", source="glossary:arithmetic")
def median_of_three(a: Number, b: Number, c: Number) -> Number:
    """The middle one of three numbers."""
    return larger(smaller(a, b), smaller(larger(a, b), c))

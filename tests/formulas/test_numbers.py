"""Choosing among numbers."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given

from marginline.formulas import (
    clamp,
    larger,
    median_of_three,
    negative_part,
    positive_part,
    smaller,
    zero_of,
)
from tests.formulas.draw import amounts

D = Decimal


@given(a=amounts, b=amounts)
def test_larger_and_smaller_are_max_and_min(a: Fraction, b: Fraction) -> None:
    assert (smaller(a, b), larger(a, b)) == (min(a, b), max(a, b))


@given(x=amounts)
def test_positive_and_negative_part_add_up_to_the_number(x: Fraction) -> None:
    assert positive_part(x) == max(x, 0)
    assert negative_part(x) == min(x, 0)
    assert positive_part(x) + negative_part(x) == x


@given(x=amounts, a=amounts, b=amounts)
def test_clamp_is_the_nearest_number_between_the_bounds(
    x: Fraction, a: Fraction, b: Fraction
) -> None:
    low, high = min(a, b), max(a, b)
    assert clamp(x, low, high) == sorted([low, x, high])[1]


@given(a=amounts, b=amounts, c=amounts)
def test_median_is_the_middle_in_any_order(a: Fraction, b: Fraction, c: Fraction) -> None:
    middle = sorted([a, b, c])[1]
    assert {median_of_three(*order) for order in permutations([a, b, c])} == {middle}


@pytest.mark.parametrize("zero", [D(0), Fraction(0), 0.0], ids=lambda zero: type(zero).__name__)
def test_zero_is_of_the_kind_that_came_in(zero: D) -> None:
    for x in (zero - 2, zero, zero + 2):
        for result in (zero_of(x), positive_part(-abs(x)), negative_part(abs(x))):
            assert type(result) is type(zero)
            assert result == zero


def test_zero_has_no_sign() -> None:
    assert math.copysign(1, positive_part(-2.0)) == 1
    assert math.copysign(1, zero_of(-2.0)) == 1
    assert not zero_of(D(-2)).is_signed()


def test_a_broken_float_stays_visible() -> None:
    assert math.isnan(zero_of(math.inf))
    assert math.isnan(positive_part(math.nan))

"""Polynomials of degree two: arithmetic, and where they cross a level."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marginline.core.numbers import exact
from marginline.core.polynomial import FLAT, Curve

COEFFICIENTS = st.integers(-1000, 1000).map(D)


def curve(constant: str, linear: str = "0", square: str = "0") -> Curve:
    return Curve(D(constant), D(linear), D(square))


@given(
    a=st.tuples(COEFFICIENTS, COEFFICIENTS, COEFFICIENTS),
    b=st.tuples(COEFFICIENTS, COEFFICIENTS, COEFFICIENTS),
    t=COEFFICIENTS,
)
def test_arithmetic_is_that_of_the_values(a: tuple[D, D, D], b: tuple[D, D, D], t: D) -> None:
    one, other = Curve(*a), Curve(*b)
    assert one.plus(other).at(t) == one.at(t) + other.at(t)
    assert one.minus(other).at(t) == one.at(t) - other.at(t)
    assert one.times(D(3)).at(t) == one.at(t) * 3
    assert one.shifted(D(7)).at(t) == one.at(t) + 7
    straight, line = Curve(*a[:2]), Curve(*b[:2])
    assert straight.by(line).at(t) == straight.at(t) * line.at(t)


CROSSINGS = [
    pytest.param(curve("5"), "0", [], id="a flat curve crosses nothing"),
    pytest.param(FLAT, "0", [], id="not even where it lies on the level"),
    pytest.param(curve("-6", "2"), "0", ["3"], id="a line"),
    pytest.param(curve("-6", "2"), "4", ["5"], id="a line at another level"),
    pytest.param(curve("6", "-5", "1"), "0", ["2", "3"], id="two roots, ascending"),
    pytest.param(curve("-6", "5", "-1"), "0", ["2", "3"], id="the same, upside down"),
    pytest.param(curve("4", "-4", "1"), "0", ["2"], id="a root that only touches, once"),
    pytest.param(curve("1", "0", "1"), "0", [], id="no real root"),
    pytest.param(curve("1", "0", "1"), "2", ["-1", "1"], id="a level above its bottom"),
    pytest.param(curve("0", "0", "1"), "0", ["0"], id="the origin"),
    pytest.param(curve("0", "3", "1"), "0", ["-3", "0"], id="one root at 0"),
    pytest.param(curve("12", "-10", "2"), "0", ["2", "3"], id="a square that is not 1"),
    pytest.param(curve("-12", "-2", "2"), "0", ["-2", "3"], id="roots of both signs"),
]


@pytest.mark.parametrize(("found", "level", "roots"), CROSSINGS)
def test_crossings(found: Curve, level: str, roots: list[str]) -> None:
    with exact():
        assert found.crossings(D(level)) == tuple(D(root) for root in roots)


def test_roots_far_apart_keep_their_digits() -> None:
    """The formula of the school book subtracts near-equal numbers and loses the small one."""
    for linear in ("-7000000000000", "7000000000000"):
        with exact():
            of = curve("1", linear, "1")
            roots = of.crossings()
            assert len(roots) == 2
            small, large = sorted(roots, key=abs)
            assert abs(of.at(small)) < D("1e-30")
            assert abs(small * large - 1) < D("1e-30")


def test_movement() -> None:
    assert not curve("5").moves()
    assert curve("5", "1").moves()
    assert curve("5", "0", "1").moves()


def test_degree_stays_at_two() -> None:
    with pytest.raises(AssertionError):
        curve("0", "0", "1").by(curve("0", "1"))
    with pytest.raises(AssertionError):
        curve("0", "1").by(curve("0", "0", "1"))

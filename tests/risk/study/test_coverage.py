"""Coverage tests: Kupiec's ratio and Basel's zones as published, the binomial against scipy."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marginline.risk.study.coverage import at_most, coverage_of, kupiec, zone


@pytest.mark.parametrize(
    ("exceeded", "expected"),
    [(0, "green"), (4, "green"), (5, "yellow"), (9, "yellow"), (10, "red"), (15, "red")],
)
def test_basels_zones_of_a_year_at_one_per_cent(exceeded: int, expected: str) -> None:
    assert zone(0.01, 250, exceeded) == expected


@pytest.mark.parametrize(
    ("exceeded", "chance"),
    # Basel Committee 1996, table 2: cumulative probability of 250 periods at 99 %.
    [(0, 0.0811), (1, 0.2858), (2, 0.5432), (3, 0.7581), (4, 0.8922), (5, 0.9588), (9, 0.9997)],
)
def test_the_chance_of_at_most_so_many_is_as_published(exceeded: int, chance: float) -> None:
    assert at_most(0.01, 250, exceeded) == pytest.approx(chance, abs=5e-5)


def test_kupiecs_ratio_is_by_its_formula_and_zero_where_the_promise_holds_exactly() -> None:
    expected = -2 * math.log(0.99**245 * 0.01**5 / (0.98**245 * 0.02**5))
    assert kupiec(0.01, 250, 5) == pytest.approx(expected, rel=1e-9)
    assert kupiec(0.02, 250, 5) == pytest.approx(0, abs=1e-9)
    assert kupiec(0.01, 250, 0) == pytest.approx(-2 * 250 * math.log(0.99), rel=1e-9)
    assert coverage_of(0.99, 250, 5).p_value == pytest.approx(0.1615, abs=1e-3)


@given(st.floats(0.001, 0.2), st.integers(1, 2_000), st.integers(0, 2_000))
def test_the_binomial_is_that_of_scipy(rate: float, trials: int, count: int) -> None:
    stats = pytest.importorskip("scipy.stats")
    count = min(count, trials)
    assert at_most(rate, trials, count) == pytest.approx(
        float(stats.binom.cdf(count, trials, rate)), rel=1e-7, abs=1e-12
    )

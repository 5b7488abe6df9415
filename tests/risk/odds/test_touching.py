"""First passage in closed form: published values, limits, and a simulation of our own."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marginline.risk.odds.touching import (
    drift_of_price,
    gap_of_price,
    log_normal_below,
    seen_in_steps,
    touch_chance,
    touch_ever,
    touch_time,
)

A_DAY = 1 / 365
GAPS = st.floats(0.001, 3)
DRIFTS = st.floats(-2, 2)
SCATTERS = st.floats(0.05, 3)
TIMES = st.floats(0.001, 2)


@pytest.mark.parametrize(
    ("line", "days", "chance"),
    [
        # A long at ten times leverage and 0.5 % maintenance, volatility 60 % a year.
        pytest.param(0.9045, 1, 0.00146, id="ten times, a day"),
        pytest.param(0.9045, 7, 0.239, id="ten times, a week"),
    ],
)
def test_a_long_touches_its_line_as_often_as_published(
    line: float, days: float, chance: float
) -> None:
    drift = drift_of_price(0, 0.6, below=True)
    found = touch_chance(gap_of_price(1, line), drift, 0.6, days * A_DAY)
    assert found == pytest.approx(chance, rel=0.005)


def test_funding_eats_a_cushion_as_often_as_published() -> None:
    a_day = 0.6 * math.sqrt(A_DAY)
    assert touch_chance(0.08, -0.003, a_day, 7) == pytest.approx(0.42, abs=0.005)


def test_without_a_drift_it_is_twice_the_chance_to_end_beyond() -> None:
    assert touch_chance(1, 0, 1, 1) == pytest.approx(math.erfc(1 / math.sqrt(2)), rel=1e-12)


def test_the_logarithm_stays_exact_where_the_chance_itself_is_too_small_for_a_float() -> None:
    # Abramowitz and Stegun 26.2.12, to its fifth term.
    assert log_normal_below(-40) == pytest.approx(-804.6084420137538, rel=1e-12)
    assert log_normal_below(-20.0) == pytest.approx(log_normal_below(-19.999999999), rel=1e-8)
    assert log_normal_below(0) == pytest.approx(math.log(0.5))


@pytest.mark.parametrize(
    ("question", "chance"),
    [
        pytest.param((0, 1, 1, 1), 1, id="on the line"),
        pytest.param((-1, 1, 1, 1), 1, id="beyond the line"),
        pytest.param((1, 0, 0, 1), 0, id="nothing moves"),
        pytest.param((1, -2, 0, 1), 1, id="it drifts there in time"),
        pytest.param((1, -2, 0, 0.4), 0, id="it drifts there, but later"),
        pytest.param((1, 0, 1, 0), 0, id="no time"),
        pytest.param((1, 0, 1e-300, 1), 0, id="hardly any scatter"),
        pytest.param((1e-300, 0, 1, 1), 1, id="hardly any gap"),
        pytest.param((math.inf, 0, 1, 1), 0, id="a line that is never met"),
    ],
)
def test_edges_are_certain(question: tuple[float, float, float, float], chance: float) -> None:
    assert touch_chance(*question) == chance


@given(GAPS, DRIFTS, SCATTERS, TIMES)
def test_a_chance_is_a_chance_and_grows_with_time(
    gap: float, drift: float, scatter: float, time: float
) -> None:
    sooner, later = (touch_chance(gap, drift, scatter, t) for t in (time, 2 * time))
    assert 0 <= sooner <= later * (1 + 1e-12) <= touch_ever(gap, drift, scatter) * (1 + 1e-9)


@given(GAPS, st.floats(0, 2), SCATTERS, TIMES)
def test_a_wider_gap_and_a_calmer_market_are_never_worse(
    gap: float, drift: float, scatter: float, time: float
) -> None:
    here = touch_chance(gap, drift, scatter, time)
    assert touch_chance(1.1 * gap, drift, scatter, time) <= here * (1 + 1e-12)
    assert touch_chance(gap, drift, scatter * 0.9, time) <= here * (1 + 1e-12)


@given(GAPS, DRIFTS, SCATTERS, st.floats(0.05, 0.95))
def test_the_time_of_a_chance_gives_that_chance_back(
    gap: float, drift: float, scatter: float, chance: float
) -> None:
    time = touch_time(gap, drift, scatter, chance)
    if time is None:
        assert touch_ever(gap, drift, scatter) <= chance * (1 + 1e-6)
    else:
        assert touch_chance(gap, drift, scatter, time) == pytest.approx(chance, rel=1e-6)


@pytest.mark.parametrize("drift", [-0.5, 0.0, 0.4])
def test_a_simulation_agrees_within_four_standard_errors(drift: float) -> None:
    paths, steps, gap = 20_000, 200, 0.7
    random = np.random.default_rng(11)
    moved = np.cumsum(
        drift / steps + random.normal(0, math.sqrt(1 / steps), (paths, steps)), axis=1
    )
    seen = float(np.mean(np.min(moved, axis=1) <= -gap))
    chance = touch_chance(seen_in_steps(gap, 1, 1 / steps), drift, 1, 1)
    assert abs(seen - chance) < 4 * math.sqrt(chance * (1 - chance) / paths)


@pytest.mark.parametrize("gap", [0.001, 0.02, 0.1, 0.5, 2.0])
@pytest.mark.parametrize("drift", [-1.5, -0.1, 0.0, 0.3, 2.0])
@pytest.mark.parametrize("scatter", [0.05, 0.6, 2.0])
@pytest.mark.parametrize("time", [1 / 8760, 1 / 365, 0.25])
def test_the_closed_form_is_that_of_the_books_to_the_ninth_digit(
    gap: float, drift: float, scatter: float, time: float
) -> None:
    """Both terms written out with another library's normal distribution, in log space."""
    log_ndtr = pytest.importorskip("scipy.special").log_ndtr
    root = scatter * math.sqrt(time)
    first = float(log_ndtr((-gap - drift * time) / root))
    second = -2 * drift * gap / scatter**2 + float(log_ndtr((-gap + drift * time) / root))
    expected = float(np.exp(np.logaddexp(first, second)))
    found = touch_chance(gap, drift, scatter, time)
    assert found == pytest.approx(min(expected, 1.0), rel=1e-9, abs=1e-300)

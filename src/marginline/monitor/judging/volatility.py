"""One standard deviation of a day's joint move, and the odds that the line is touched.

From the hourly marks that were recorded, by the venue's own hours; below 7 days of them nothing
is said. The joint move of an account is the mean of its instruments' returns, weighted by notional.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from marginline.core.numbers import to_text
from marginline.monitor.judging.hourly import NONE, HourlyMarks
from marginline.monitor.state import Edge, Judgement, PoolDistance
from marginline.monitor.wire import Odds, Reason, Sigma
from marginline.risk.odds.touching import drift_of_price, gap_of_price, touch_chance

HOUR_MS = 3_600_000
KEPT = 720
"""Hourly marks kept of an instrument: 30 days."""
LEAST = 168
"""Hourly returns below which nothing is said: 7 days."""
TOLD_IN_DAYS = 48
METHOD = "closed form: geometric Brownian motion, no trend of price, both ends"


def noted(before: HourlyMarks, at: int, mark: Decimal) -> HourlyMarks:
    """The hourly marks with this one, where it is the first of its hour."""
    hour = at // HOUR_MS
    if before and hour <= before[-1][0]:
        return before
    return before.followed_by(hour, float(mark), KEPT)


def sigma_of(judged: Judgement, hourly: Mapping[str, HourlyMarks]) -> Sigma | None:
    """σ of a day's joint move of the worst pool; None below 7 days of data."""
    weights = _weights(judged)
    returns = _joint(weights, hourly)
    if len(returns) < LEAST:
        return None
    value = float(returns.std(ddof=1)) * math.sqrt(24)
    if not value > 0:
        return None
    days = to_text((Decimal(len(returns)) / 24).quantize(Decimal("0.1")))
    return Sigma(value=_digits(value), source="recorded hourly marks", days=days)


def _weights(judged: Judgement) -> dict[str, float]:
    exposures = () if judged.pool is None else judged.pool.figures.pool.exposures
    found: dict[str, float] = {}
    for each in exposures:
        if isinstance(each.mark, Decimal) and isinstance(each.value_rate, Decimal):
            symbol = each.instrument.symbol
            notional = each.notional_at(each.mark) * each.value_rate
            found[symbol] = found.get(symbol, 0.0) + float(notional)
    whole = sum(found.values())
    return {symbol: part / whole for symbol, part in found.items()} if whole else {}


def _joint(
    weights: Mapping[str, float], hourly: Mapping[str, HourlyMarks]
) -> npt.NDArray[np.float64]:
    """Joint returns of the hours that every instrument has, and the hour before."""
    parts = [(weight, hourly.get(symbol, NONE).returns) for symbol, weight in weights.items()]
    if not parts:
        return np.zeros(0)
    hours = functools.reduce(_common, (returns.hours for _, returns in parts))
    joint = np.zeros(len(hours))
    for weight, returns in parts:
        joint += weight * returns.logs[np.searchsorted(returns.hours, hours)]
    return joint


def _common(
    one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """The hours of both; mostly they have the same."""
    return one if np.array_equal(one, other) else np.intersect1d(one, other, assume_unique=True)


def odds_of(sigma: Sigma, distance: PoolDistance | None) -> Odds | None:
    """The chance that the line is touched within 1, 8, 24 hours and 7 days."""
    if distance is None:
        return None
    edges = (distance.below, distance.above)
    if any(not edge.open and edge.move is None for edge in edges):
        return None  # an end that is not known is not an end that is far
    day = float(sigma.value)
    h1, h8, h24, d7 = (_digits(_touch(distance, day, hours / 24)) for hours in (1, 8, 24, 168))
    nearest = min(map(_gap, edges))
    s1, s2, s3 = (_reached(nearest, day * number) for number in (1, 2, 3))
    return Odds(
        h1=h1, h8=h8, h24=h24, d7=d7, s1=s1, s2=s2, s3=s3, method=METHOD, source=sigma.source
    )


def _gap(edge: Edge) -> float:
    """How far an end is, in log terms; endless where there is none."""
    return math.inf if edge.move is None else gap_of_price(1.0, 1.0 + float(edge.move))


def _touch(distance: PoolDistance, sigma: float, days: float) -> float:
    """Of a price without a trend of its own; the chances of both ends, at most 1."""
    below = drift_of_price(0.0, sigma, below=True)
    above = drift_of_price(0.0, sigma, below=False)
    return min(
        1.0,
        touch_chance(_gap(distance.below), below, sigma, days)
        + touch_chance(_gap(distance.above), above, sigma, days),
    )


def _reached(gap: float, sigma: float) -> str | None:
    """Hours after which a move of so many σ a day is as far as the gap: it grows by the root."""
    return None if gap == math.inf else _digits(24 * (gap / sigma) ** 2)


def missing(hourly: Mapping[str, HourlyMarks], judged: Judgement) -> Reason | None:
    """Why there are no σ and odds."""
    weights = _weights(judged)
    if not weights:
        return None
    had = recorded_hours(len(_joint(weights, hourly)))
    text = f"σ and odds need 7 days of hourly marks; {had}"
    return Reason(
        code="NOT_ENOUGH_DATA", severity="info", where="account", measure="sigma", message=text
    )


def recorded_hours(hours: int) -> str:
    """How long a record is, in the unit that one counts in: "1 hour is recorded"."""
    if hours == 1:
        return "1 hour is recorded"
    long = f"{hours} hours" if hours < TOLD_IN_DAYS else f"{hours / 24:.1f} days"
    return f"{long} are recorded"


def _digits(value: float) -> str:
    return to_text(Decimal(f"{value:.6g}"))

"""Filtered historical bootstrap: tomorrow drawn from the past, at today's volatility.

Each return of the past is divided by the volatility of its moment (EWMA); whole blocks of a day are
drawn for all instruments at once, so that what moves together stays together; along a drawn path
the volatility goes on as EWMA says. The trend of the past is taken out: it is no forecast.
Barone-Adesi, Giannopoulos, Vosper, VaR without correlations for portfolios of derivative securities
(1999).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from marginline.core.nouns import dataclass
from marginline.risk.odds.past import Past

F8 = NDArray[np.float64]
DAY = timedelta(days=1)
DECAY_OF_A_DAY = 0.94
"""Weight that yesterday's variance keeps: RiskMetrics (1996), for daily data."""

_LEAST_VARIANCE = 1e-18
_TOGETHER = 2_000


@dataclass(frozen=True, slots=True)
class Filtered:
    """A past without its volatility: `shocks` (a row per step), and the variance of a step now."""

    shocks: F8
    variance: F8
    decay: float
    block: int


def filtered(past: Past) -> Filtered:
    """The shocks of a past and its volatility now; the first day only warms the volatility up."""
    returns = past.returns
    a_day = max(1, round(DAY / past.step))
    decay = DECAY_OF_A_DAY ** (1 / a_day)
    variance = np.maximum(np.mean(returns**2, axis=0), _LEAST_VARIANCE)
    shocks = np.empty_like(returns)
    for i, row in enumerate(returns):
        shocks[i] = row / np.sqrt(variance)
        variance = np.maximum(decay * variance + (1 - decay) * row**2, _LEAST_VARIANCE)
    kept = shocks[a_day:]
    return Filtered(kept - kept.mean(axis=0), variance, decay, a_day)


def covariance(past: Past) -> F8:
    """Of the log returns of one step: today's volatility, the correlation of the past's shocks."""
    given = filtered(past)
    scatter = np.sqrt(given.variance)
    with np.errstate(divide="ignore", invalid="ignore"):  # a price that stood still has none
        together = np.atleast_2d(np.corrcoef(given.shocks, rowvar=False))
    return np.outer(scatter, scatter) * np.nan_to_num(together, nan=0.0) + np.diag(
        given.variance * (1 - np.nan_to_num(np.diag(together), nan=0.0))
    )


class Step(NamedTuple):
    """One step of a group of paths: `factors` on today's prices, a row per path.

    `variance`: by path, what the step's variance is of today's, on average over the symbols.
    """

    factors: F8
    variance: F8


def walks(given: Filtered, steps: int, paths: int, seed: int) -> Iterator[Iterator[Step]]:
    """Groups of paths, each of them step by step."""
    for number, begins in enumerate(range(0, paths, _TOGETHER)):
        random = np.random.default_rng([seed, number])
        yield _walk(given, steps, min(_TOGETHER, paths - begins), random)


def _walk(given: Filtered, steps: int, paths: int, random: np.random.Generator) -> Iterator[Step]:
    moved = np.zeros((paths, given.shocks.shape[1]))
    variance = np.tile(given.variance, (paths, 1))
    block = min(given.block, len(given.shocks))
    begins = np.zeros(paths, dtype=np.intp)
    for step in range(steps):
        if step % block == 0:
            begins = random.integers(0, len(given.shocks) - block + 1, paths)
        returns = np.sqrt(variance) * given.shocks[begins + step % block]
        moved += returns
        yield Step(np.exp(moved), np.mean(variance / given.variance, axis=1))
        variance = given.decay * variance + (1 - given.decay) * returns**2

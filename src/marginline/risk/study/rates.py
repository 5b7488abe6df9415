"""The margin rate that the past calls for at every moment, from what was known then.

The loss of a close-out period is divided by the volatility of its beginning (EWMA): what remains
has one distribution at all times. A rate is its quantile (filtered historical simulation), its mean
beyond a quantile (expected shortfall) or the normal quantile (EWMA alone), times the volatility of
today. Then what keeps it from running after the market (EMIR RTS 153/2013, article 28): a floor, a
buffer, or a weight of stressed times.
"""

from __future__ import annotations

import math
from datetime import timedelta
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from marginline.core.nouns import dataclass
from marginline.risk.odds.past import Past
from marginline.risk.odds.paths import DAY, DECAY_OF_A_DAY

F8 = NDArray[np.float64]
Method = Literal["ewma", "fhs", "es"]
METHODS: tuple[Method, ...] = ("ewma", "fhs", "es")
Side = Literal["long", "short", "both"]
SIDES: tuple[Side, ...] = ("long", "short", "both")
Brake = Literal["none", "floor", "buffer", "stressed"]
BRAKES: tuple[Brake, ...] = ("none", "floor", "buffer", "stressed")
WEIGHT = 0.25
"""Of the buffer, and of stressed times: the least that article 28 asks for."""
LEAST_LOSSES = 100
"""Periods known before a rate is told."""
_LEAST_VARIANCE = 1e-18


@dataclass(frozen=True, slots=True)
class Terms:
    """What a rate must do: cover this fraction of the losses of a close-out period.

    `es_tail`: the fraction beyond which the expected shortfall takes the mean; 0.975 asks of normal
    losses for what a quantile at 0.99 does.
    """

    coverage: float = 0.99
    close_out: timedelta = DAY
    side: Side = "both"
    method: Method = "fhs"
    brake: Brake = "floor"
    decay: float = DECAY_OF_A_DAY
    es_tail: float = 0.975


@dataclass(frozen=True, slots=True)
class Rates:
    """A rate at each moment, and the loss of the close-out period that then began (NaN: not over).

    `at`: rows of the past; all are fractions of the notional at that moment.
    """

    at: NDArray[np.intp]
    rate: F8
    loss: F8
    volatility: F8
    steps: int


def losses(closes: F8, steps: int, side: Side) -> F8:
    """What a position loses in the next `steps`, as a fraction of its notional; never below 0."""
    move = closes[steps:] / closes[:-steps] - 1
    signed = {"long": -move, "short": move, "both": np.abs(move)}[side]
    lost: F8 = np.maximum(signed, 0.0)
    return lost


def volatilities(past: Past, decay: float) -> F8:
    """EWMA volatility of a step as known at each close of the first symbol."""
    returns = past.returns[:, 0]
    kept = decay ** (past.step / DAY)
    warm = returns[: max(1, round(DAY / past.step))]
    variance = max(float(np.mean(warm**2)), _LEAST_VARIANCE)
    found = np.empty(len(returns) + 1)
    found[0] = variance
    for i, move in enumerate(returns):
        variance = max(kept * variance + (1 - kept) * move**2, _LEAST_VARIANCE)
        found[i + 1] = variance
    return np.sqrt(found)


def rates_of(past: Past, terms: Terms) -> Rates:
    """The rate at every close from which enough losses are known (possibly none)."""
    steps = max(1, round(terms.close_out / past.step))
    closes, volatility = past.closes[:, 0], volatilities(past, terms.decay)
    lost = losses(closes, steps, terms.side)
    spread = volatility * math.sqrt(steps)
    shocks = lost / spread[: len(lost)]
    first = LEAST_LOSSES + steps
    at = np.arange(first, len(closes))
    rate = np.array([_rate(terms, shocks[: i - steps + 1], spread[i]) for i in at])
    rate = _braked(terms, rate, lost, at, steps)
    known = np.full(len(closes), np.nan)
    known[: len(lost)] = lost
    return Rates(at, rate, known[at], volatility[at], steps)


def _rate(terms: Terms, shocks: F8, spread: float) -> float:
    if terms.method == "ewma":
        return normal_quantile(terms.coverage, terms.side) * spread
    if terms.method == "fhs":
        return float(np.quantile(shocks, terms.coverage)) * spread
    return expected_shortfall(shocks, terms.es_tail) * spread


def normal_quantile(coverage: float, side: Side) -> float:
    """How many σ cover this fraction of normal losses, on one side or on both."""
    return NormalDist().inv_cdf((1 + coverage) / 2 if side == "both" else coverage)


def normal_shortfall(tail: float, side: Side) -> float:
    """The mean of normal losses beyond a quantile, in σ: density over what lies beyond."""
    sides = 2 if side == "both" else 1
    return NormalDist().pdf(normal_quantile(tail, side)) * sides / (1 - tail)


def expected_shortfall(sample: F8, tail: float) -> float:
    """The mean of what lies at or beyond a quantile of the sample."""
    edge = np.quantile(sample, tail)
    return float(sample[sample >= edge].mean())


def _braked(terms: Terms, rate: F8, lost: F8, at: NDArray[np.intp], steps: int) -> F8:
    """The rate with what keeps it from falling too far in calm times."""
    if terms.brake == "buffer":
        return rate * (1 + WEIGHT)
    if terms.brake == "stressed":
        return (1 - WEIGHT) * rate + WEIGHT * np.maximum.accumulate(rate)
    if terms.brake == "floor":
        floor = [float(np.quantile(lost[: i - steps + 1], terms.coverage)) for i in at]
        return np.maximum(rate, np.array(floor)) if len(at) else rate
    return rate

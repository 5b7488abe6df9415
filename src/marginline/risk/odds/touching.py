"""First passage of a Brownian motion: chance and time of touching a line, in closed form.

Everything is stated for a *gap* > 0 that closes: what moves starts that far above the line,
drifts by `drift` and scatters by `scatter` (one standard deviation) per unit of time. A price that
follows geometric Brownian motion has such a gap in its logarithm (`gap_of_price`), a buffer that
scatters in money has it as it stands. Floats: a chance is an estimate, no threshold of the venue.

Sources: reflection principle, Harrison, Brownian Motion and Stochastic Flow Systems (1985), 1.8;
the shift for a line that is looked at in steps: Broadie, Glasserman, Kou, A continuity correction
for discrete barrier options (1997).
"""

from __future__ import annotations

import math

_SHIFT = 0.5825971579390106  # -zeta(1/2) / sqrt(2 pi)
_SERIES_BELOW = -20.0
_LONGEST = 1e9
_STILL = 1e-12


def log_normal_below(x: float) -> float:
    """Logarithm of the chance that a standard normal number is below x; finite for finite x."""
    if x > _SERIES_BELOW:
        return math.log(0.5 * math.erfc(-x / math.sqrt(2)))
    square = x * x
    series = 1 - 1 / square + 3 / square**2 - 15 / square**3 + 105 / square**4
    return -square / 2 - math.log(-x * math.sqrt(2 * math.pi)) + math.log(series)


def touch_chance(gap: float, drift: float, scatter: float, time: float) -> float:
    """Chance that the gap closes at some moment within `time`, watched without a pause.

    `gap <= 0`: 1, it is closed. No scatter or no time: 1 or 0, as the drift alone decides.
    """
    if gap <= 0:
        return 1.0
    if gap == math.inf:
        return 0.0
    deviation = scatter * math.sqrt(time)
    if deviation <= _STILL * gap:
        return 1.0 if gap + drift * time <= 0 else 0.0
    ends_beyond = log_normal_below((-gap - drift * time) / deviation)
    reflected = -2 * drift * gap / scatter**2 + log_normal_below((-gap + drift * time) / deviation)
    return min(1.0, _exp(ends_beyond) + _exp(reflected))


def touch_ever(gap: float, drift: float, scatter: float) -> float:
    """Chance that the gap closes at all, however long it takes."""
    if gap <= 0 or drift < 0 or (drift == 0 and scatter > 0):
        return 1.0
    return 0.0 if scatter == 0 else _exp(-2 * drift * gap / scatter**2)


def touch_time(gap: float, drift: float, scatter: float, chance: float) -> float | None:
    """The time within which the gap closes with the given chance; None where it never is so likely.

    The mean is not told: without a drift towards the line it is infinite.
    """
    if gap <= 0:
        return 0.0
    if touch_ever(gap, drift, scatter) <= chance:
        return None
    early, late = 0.0, 1.0
    while touch_chance(gap, drift, scatter, late) < chance:
        early, late = late, late * 2
        if late > _LONGEST:
            return None
    for _ in range(100):
        middle = (early + late) / 2
        if touch_chance(gap, drift, scatter, middle) < chance:
            early = middle
        else:
            late = middle
    return late


def seen_in_steps(gap: float, scatter: float, step: float) -> float:
    """The gap as wide as it looks to who looks once per step only: some touches pass unseen."""
    return gap + _SHIFT * scatter * math.sqrt(step)


def gap_of_price(price: float, line: float) -> float:
    """The gap between a price and a line, in the logarithm; a line at 0 is never met."""
    return math.inf if line <= 0 else abs(math.log(line / price))


def drift_of_price(drift: float, scatter: float, *, below: bool) -> float:
    """The drift of the gap: of the log price, away from a line `below` it or above it."""
    logarithmic = drift - scatter**2 / 2
    return logarithmic if below else -logarithmic


def _exp(x: float) -> float:
    return 0.0 if x == -math.inf else math.exp(min(x, 0.0) if x < 1e-12 else x)

"""Whether a rate covered as much as it promised: exceedances counted, Kupiec's test, Basel's zones.

Kupiec, Techniques for verifying the accuracy of risk measurement models (1995); Basel Committee,
Supervisory framework for the use of backtesting (1996): the zones begin where the chance of at most
so many exceedances passes 95 % and 99.99 %.
"""

from __future__ import annotations

import math
from typing import Literal

from marginline.core.nouns import dataclass

Zone = Literal["green", "yellow", "red"]
_YELLOW, _RED = 0.95, 0.9999


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of `observed` periods that do not overlap, `exceeded` lost more than the rate.

    `promised` and `realized` are fractions; `kupiec` the likelihood ratio, `p_value` the chance of
    one as large or larger where the promise holds.
    """

    promised: float
    observed: int
    exceeded: int
    kupiec: float
    p_value: float
    zone: Zone

    @property
    def realized(self) -> float:
        """Fraction of periods that the rate covered."""
        return 1 - self.exceeded / self.observed


def coverage_of(promised: float, observed: int, exceeded: int) -> Coverage:
    """The tests of so many exceedances in so many periods (observed > 0)."""
    ratio = kupiec(1 - promised, observed, exceeded)
    p_value = math.erfc(math.sqrt(ratio / 2))  # of chi squared with one degree of freedom
    return Coverage(
        promised, observed, exceeded, ratio, p_value, zone(1 - promised, observed, exceeded)
    )


def kupiec(rate: float, observed: int, exceeded: int) -> float:
    """Likelihood ratio of `exceeded` out of `observed` against a chance of `rate`; 0: just that."""
    share = exceeded / observed

    def likelihood(chance: float) -> float:
        held = observed - exceeded
        return _times_log(exceeded, chance) + _times_log(held, 1 - chance)

    return max(0.0, 2 * (likelihood(share) - likelihood(rate)))


def _times_log(count: int, chance: float) -> float:
    return 0.0 if count == 0 else count * math.log(chance)


def zone(rate: float, observed: int, exceeded: int) -> Zone:
    """Basel's zone; of 250 periods at 1 %: green to 4, yellow to 9, red from 10 on."""
    chance = at_most(rate, observed, exceeded)
    return "red" if chance >= _RED else "yellow" if chance >= _YELLOW else "green"


def at_most(rate: float, trials: int, count: int) -> float:
    """Chance of at most so many of so many trials: the binomial distribution, in logarithms."""
    whole = math.lgamma(trials + 1)
    return min(1.0, math.fsum(
        math.exp(
            whole - math.lgamma(k + 1) - math.lgamma(trials - k + 1)
            + _times_log(k, rate) + _times_log(trials - k, 1 - rate)
        )
        for k in range(count + 1)
    ))  # fmt: skip

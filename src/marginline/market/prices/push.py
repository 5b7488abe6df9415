"""Scripted moves: a push aims at a level from where prices are, and its end is sure.

What a push has added stays; the noise of the outside path goes on below it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from marginline.market.contracts import CONTRACTS
from marginline.market.prices.tables import Ints

_FULL = 1 << 20


@dataclass(frozen=True, slots=True)
class _Leg:
    start: int
    end: int
    change: Ints


class Pushes:
    """The sum of all pushes, and premiums that are scripted, in 1e-9."""

    def __init__(self) -> None:
        count = len(CONTRACTS)
        self._done = np.zeros(count, np.int64)
        self._leg: _Leg | None = None
        self._basis = np.zeros(count, np.int64)

    def along(self, times: Ints) -> Ints:
        """What pushes have added at each second, [12, n]."""
        if self._leg is None:
            return np.repeat(self._done[:, None], len(times), axis=1)
        leg = self._leg
        span = leg.end - leg.start
        age = np.clip(times - leg.start, 0, span)
        share = (3 * age**2 * span - 2 * age**3 << 20) // span**3
        found: Ints = self._done[:, None] + (leg.change[:, None] * share[None, :] >> 20)
        return found

    def begin(self, second: int, end: int, logs: Ints, goal: Ints) -> None:
        """Go from here (`logs`) to `goal` by `end`; whatever went on stops where it is."""
        self._done = self.along(np.array([second]))[:, 0]
        self._leg = _Leg(second, end, goal - logs)

    def lift_basis(self, number: int, premium: int) -> None:
        """From now on a contract trades this much (1e-9) further above its index."""
        self._basis[number] = premium

    def basis(self, times: Ints) -> Ints:
        """Scripted premium at each second, [12, n]."""
        return np.repeat(self._basis[:, None], len(times), axis=1)

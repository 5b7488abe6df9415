"""Funding: the premium averaged since the last payment, and the rate that follows from it.

Every five seconds P = max(0, premium - h) - max(0, -premium - h), h two half spreads; the rate is
(average P + clamp(0.01 % - average P, +-0.05 %)) / (8 / interval hours), capped.
"""

from __future__ import annotations

import numpy as np

from marginline.market.contracts import CONTRACTS, VENUES
from marginline.market.prices.tables import SCALE, Ints

GRID = 5
_INTEREST, _CLAMP = 100_000, 500_000
HOURS = np.array([contract.hours for contract in CONTRACTS], np.int64)
_CAP = np.array([contract.cap for contract in CONTRACTS], np.int64)
_SPREAD = np.array([contract.spread for contract in CONTRACTS], np.int64)


class FundingClock:
    """Sums of P since each contract's last payment; `start_ms` is the world's first moment."""

    def __init__(self, start_ms: int) -> None:
        self.start = start_ms // 1000
        shape = (len(VENUES), len(CONTRACTS))
        self._sum = np.zeros(shape, np.int64)
        self._points = np.zeros(len(CONTRACTS), np.int64)
        self._rate = np.full(shape, _INTEREST, np.int64) * HOURS // 8

    def seconds_left(self, times: Ints) -> Ints:
        """Until the next payment, [12, n]; at a payment it is the whole interval."""
        interval = HOURS[:, None] * 3600
        found: Ints = interval - (self.start + times[None, :]) % interval
        return found

    def share_left(self, times: Ints, rate: Ints) -> Ints:
        """The rate times the share of the interval that is left, in 1e-9, [2, 12, n]."""
        found: Ints = rate * self.seconds_left(times)[None] // (HOURS[:, None] * 3600)
        return found

    def ahead(self, times: Ints, premium: Ints, lively: Ints) -> tuple[Ints, Ints]:
        """Rate at each second [2, 12, n], and P at each point of the grid [2, 12, g]."""
        on = times % GRID == 0
        points = int(on.sum())
        if not points:
            return np.repeat(self._rate[:, :, None], len(times), axis=2), premium[:, :, :0]
        bound = 2 * _SPREAD[:, None] * lively[:, on] * 10_000 // SCALE
        there = premium[:, :, on]
        p = np.maximum(0, there - bound) - np.maximum(0, -there - bound)
        weights = self._points[:, None] + np.arange(1, points + 1)[None, :]
        summed = self._sum[:, :, None] + np.cumsum(p * weights[None], axis=2)
        average = summed // (weights * (weights + 1) // 2)[None]
        rates = average + np.clip(_INTEREST - average, -_CLAMP, _CLAMP)
        rates = np.clip(rates * HOURS[:, None] // 8, -_CAP[:, None], _CAP[:, None])
        known = np.concatenate([self._rate[:, :, None], rates], axis=2)
        return known[:, :, np.cumsum(on)], p

    def commit(self, first: int, second: int, points: Ints, rate: Ints) -> None:
        """Take in the points of the seconds that have passed; `rate` as it stands now."""
        count = second // GRID - first // GRID
        weights = self._points[:, None] + np.arange(1, count + 1)[None, :]
        self._sum = self._sum + (points[:, :, :count] * weights[None]).sum(axis=2)
        self._points = self._points + count
        self._rate = rate

    def due(self, second: int) -> list[int]:
        """Numbers of the contracts that pay at this second."""
        moment = self.start + second
        return [c.number for c in CONTRACTS if moment % (c.hours * 3600) == 0]

    def paid(self, number: int) -> None:
        """Begin anew after a payment."""
        self._sum[:, number] = 0
        self._points[number] = 0

"""What trades displace: a passing shift of a venue's mid, half of which stays in the index."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from marginline.market.contracts import CONTRACTS
from marginline.market.prices.tables import ONE, Ints

HALF_LIFE = 40
_LONGEST = 40 * HALF_LIFE


def _decay() -> list[int]:
    factor, left, found = Decimal(2) ** (Decimal(-1) / HALF_LIFE), Decimal(ONE), []
    for _ in range(_LONGEST):
        found.append(int(left.to_integral_value()))
        left *= factor
    return [*found, 0]


_DECAY = np.array(_decay(), np.int64)


class Impact:
    """The shift of each contract's mid on one venue, in 1e-9.

    Kept as it was at its last trade, so that its value at a second does not depend on the steps
    in which time has passed.
    """

    def __init__(self) -> None:
        count = len(CONTRACTS)
        self._size = np.zeros(count, np.int64)
        self._since = np.zeros(count, np.int64)
        self._kept = np.zeros(count, np.int64)
        self._fresh: dict[int, tuple[int, int]] = {}

    def passing(self, times: Ints) -> Ints:
        """What is displaced at each second, [12, n]."""
        age = np.minimum(times[None, :] - self._since[:, None], _LONGEST)
        found: Ints = self._size[:, None] * _DECAY[age] >> 30
        return found

    def lasting(self, times: Ints) -> Ints:
        """What has moved the index for good, [12, n]."""
        return self._kept[:, None] + (self._size[:, None] - self.passing(times)) // 2

    def add(self, number: int, shift: int, second: int) -> None:
        """A trade of this second displaces the mid."""
        now = np.array([second], np.int64)
        left, lasting = int(self.passing(now)[number, 0]), int(self.lasting(now)[number, 0])
        self._size[number], self._kept[number] = left + shift, lasting
        self._since[number] = second
        when, before = self._fresh.get(number, (second, 0))
        self._fresh[number] = (second, shift + (before if when == second else 0))

    def fresh(self, number: int, second: int) -> int:
        """What trades of this very second have displaced."""
        when, shift = self._fresh.get(number, (-1, 0))
        return shift if when == second else 0

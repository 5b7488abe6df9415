"""What a tick, or a batch of changes, did to pools under watch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from marginline.book.kernels.columns import U1, U4
from marginline.book.kernels.values import LEVEL_UNKNOWN, LEVEL_WITHOUT


class Event(NamedTuple):
    """A pool whose level has changed. Levels count the thresholds reached; 5 is unknown."""

    pool: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Events:
    """What one tick (or one batch of changes) did, as arrays of equal length.

    `looked` is how many pools were looked at to find it. `fell` are the pools that are now worse
    than before, in the order of gravity of `Status`; unknown counts as worse than healthy.
    """

    pool: U4
    before: U1
    after: U1
    looked: int

    def __len__(self) -> int:
        return len(self.pool)

    def __iter__(self) -> Iterator[Event]:
        rows = zip(self.pool.tolist(), self.before.tolist(), self.after.tolist(), strict=True)
        return (Event(*row) for row in rows)

    @property
    def fell(self) -> U4:
        """Pools with a worse level than before."""
        return self.pool[_gravity(self.after) > _gravity(self.before)]

    @property
    def rose(self) -> U4:
        """Pools with a better level than before."""
        return self.pool[_gravity(self.after) < _gravity(self.before)]


def once_each(pool: U4, before: U1, after: U1) -> tuple[U4, U1, U1]:
    """One event a pool: from its first level to its last, where these differ."""
    names, first = np.unique(pool, return_index=True)
    if len(names) < len(pool):
        last = len(pool) - 1 - np.unique(pool[::-1], return_index=True)[1]
        pool, before, after = pool[first], before[first], after[last]
    changed = before != after
    return pool[changed], before[changed], after[changed]


def no_events() -> Events:
    """Nothing happened."""
    return Events(np.zeros(0, np.uint32), np.zeros(0, np.uint8), np.zeros(0, np.uint8), 0)


def _gravity(level: U1) -> NDArray[np.float64]:
    """Levels in order: unknown is worse than no threshold reached, and better than the first."""
    found = level.astype(float)
    found[level == LEVEL_UNKNOWN] = 0.5
    found[level == LEVEL_WITHOUT] = 0.75
    return found

"""The order book: eighteen levels a side around the mid, all of them the maker's.

The levels together hold depth * (d / 10 bp)^1.25 / volatility up to a distance d beyond half the
spread. A book refills at once at the mid that a trade has displaced.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from marginline.market.contracts import CONTRACTS, FINE, MONEY
from marginline.market.prices.paths import Paths
from marginline.market.prices.tables import SCALE

_LEVELS = (0.2, 0.5, 1, 2, 3, 5, 7, 10, 14, 20, 30, 45, 65, 100, 150, 220, 320, 480)  # in bp
DISTANCES = tuple(round(level * 100_000) for level in _LEVELS)
"""How far each level lies beyond half the spread, in 1e-9."""


def _weights() -> tuple[int, ...]:
    whole = [int((Decimal(d) / 1_000_000) ** Decimal("1.25") * 1_000_000) for d in DISTANCES]
    return tuple(here - before for before, here in zip([0, *whole], whole, strict=False))


_WEIGHTS = _weights()


@dataclass(frozen=True, slots=True)
class Walk:
    """What an order finds in the book: (ticks, steps) rows, and how deep it reached in 1e-9."""

    fills: tuple[tuple[int, int], ...]
    reach: int

    @property
    def filled(self) -> int:
        """Steps in all."""
        return sum(steps for _, steps in self.fills)


class Book:
    """The book of every contract on one venue."""

    def __init__(self, paths: Paths, venue: int) -> None:
        self.paths, self.venue = paths, venue

    def levels(self, number: int, direction: int) -> list[tuple[int, int]]:
        """Price in ticks and size in steps, best first: asks for a buyer (1), bids for a seller."""
        contract, paths = CONTRACTS[number], self.paths
        mid, half = paths.mid(self.venue, number), paths.half_spread(self.venue, number)
        lively = max(1, paths.lively(number))
        value = contract.depth * MONEY * SCALE // lively
        rows = []
        for distance, weight in zip(DISTANCES, _WEIGHTS, strict=True):
            away = half + mid * distance // 1_000_000_000
            ticks = -(-(mid + away) // FINE) if direction > 0 else (mid - away) // FINE
            if ticks > 0:
                rows.append((ticks, value * weight // 1_000_000 // (ticks * contract.unit)))
        return rows

    def walk(self, number: int, direction: int, steps: int, limit: int | None) -> Walk:
        """What an order of `steps` would get, not worse than `limit` in ticks."""
        fills: list[tuple[int, int]] = []
        reach, before = 0, 0
        for (ticks, size), distance in zip(self.levels(number, direction), DISTANCES, strict=False):
            if not steps or (limit is not None and (ticks - limit) * direction > 0):
                break
            taken = min(size, steps)
            if taken:
                fills.append((ticks, taken))
                steps -= taken
                reach = before + (distance - before) * taken // size
            before = distance
        return Walk(tuple(fills), reach * direction)

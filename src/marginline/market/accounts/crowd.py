"""The crowd: isolated accounts without names, in columns, so that many cost little.

Money in 1e-8 USDT, size in steps; a row with size 0 is dead and may be reborn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from marginline.market.contracts import CONTRACTS

Ints = npt.NDArray[np.int64]


@dataclass(slots=True)
class Crowd:
    """One row an account: `number` of its contract, `size`, `cost`, `margin`, `leverage`."""

    number: Ints
    size: Ints
    cost: Ints
    margin: Ints
    leverage: Ints

    @classmethod
    def nobody(cls) -> Crowd:
        """No crowd at all."""
        return cls(*(np.zeros(0, np.int64) for _ in range(5)))

    @classmethod
    def of(cls, columns: list[tuple[int, int, int, int, int]]) -> Crowd:
        """Rows of (number, size, price, leverage, margin), all still without position and money."""
        count = len(columns)
        number = np.array([row[0] for row in columns], np.int64)
        leverage = np.array([row[3] for row in columns], np.int64)
        size, cost, margin = (np.zeros(count, np.int64) for _ in range(3))
        return cls(number, size, cost, margin, leverage)

    def columns(self) -> tuple[Ints, ...]:
        """All columns."""
        return (self.number, self.size, self.cost, self.margin, self.leverage)

    def rows_of(self, number: int) -> list[int]:
        """Rows of a contract, dead ones too."""
        return [int(row) for row in np.flatnonzero(self.number == number)]

    def trade(self, row: int, unit: int, steps: int, ticks: int) -> None:
        """A fill of signed `steps` at `ticks`: it closes at most what is open, or it opens."""
        size, cost = int(self.size[row]), int(self.cost[row])
        if size * steps < 0:
            assert abs(steps) <= abs(size)
            released = cost * abs(steps) // abs(size)
            self.margin[row] += -steps * ticks * unit - released
            self.cost[row] = cost - released
        else:
            self.cost[row] = cost + steps * ticks * unit
        self.size[row] = size + steps

    def sizes(self) -> list[int]:
        """Sum of sizes by number of contract."""
        found = [0] * len(CONTRACTS)
        for number in np.unique(self.number):
            found[number] = int(self.size[self.number == number].sum())
        return found

    def longs(self, number: int) -> int:
        """Sum of the long sizes of a contract."""
        return int(self.size[(self.number == number) & (self.size > 0)].sum())

    def worth(self) -> int:
        """Margins less costs, in 1e-8 USDT."""
        return int(self.margin.sum()) - int(self.cost.sum())

    def fund_at(self, number: int, mark: int, unit: int, rate: int) -> int:
        """Funding of every row of a contract, floored each; returns the sum booked."""
        rows = np.flatnonzero((self.number == number) & (self.size != 0))
        total = 0
        for row in rows:  # Python ints: value * rate does not fit 64 bits
            amount = -int(self.size[row]) * mark * unit * rate // 1_000_000_000
            self.margin[row] += amount
            total += amount
        return total

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

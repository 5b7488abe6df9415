"""The book: a million accounts in columns, and the questions that are put to them."""

from __future__ import annotations

from typing import Self

import numpy as np

from marginline.book.accounts import Accounts, Prices
from marginline.book.exact.judging import assessed, exact_status, explained
from marginline.book.exact.unpacking import unpacked
from marginline.book.kernels.columns import F8, JOINTS, SweepColumns, Units
from marginline.book.kernels.limits import LANES, BookMisuse
from marginline.book.sweep import Sweep, run
from marginline.core.assessment.assessment import PoolAssessment
from marginline.core.assessment.explanation import Explanation
from marginline.core.findings import Status
from marginline.core.measures import Measure
from marginline.core.pool.pool import Pool
from marginline.errors import Problem


class Book(Accounts):
    """Accounts in columns that can be asked: a thin door over `Accounts`.

    Make one with `pack`, `from_arrow`, `from_parquet` or `generate`.
    """

    # -- all pools -----------------------------------------------------------------------------

    def outcome(self) -> SweepColumns:
        """Room for the results of a sweep."""
        lanes = self.slices * LANES
        return SweepColumns(
            np.empty(lanes), np.empty(lanes), np.empty(lanes), np.empty(lanes, np.uint8)
        )

    def sweep(
        self,
        prices: Prices | None = None,
        *,
        initial: bool = True,
        threads: int | None = None,
        out: SweepColumns | None = None,
    ) -> Sweep[Self]:
        """Every pool at these prices (those not given: as of now).

        Args:
            prices: by label, or a vector of shape [labels], in each instrument's quote currency.
            initial: whether initial margin is wanted, too.
            threads: how many; results do not depend on it.
            out: room of an earlier sweep to be used again (its figures are lost).
        """
        vector = self.price_vector(prices)
        units, out = self.units(vector), out or self.outcome()
        if len(out.support) < self.slices * LANES:
            text = "the book has grown since this room was made"
            raise BookMisuse([Problem("out", str(len(out.support)), text, "call Book.outcome()")])
        equity = np.empty(int(self.store.room.tally[JOINTS]))
        run(self, vector, units, out, equity, initial=initial, threads=threads)
        return Sweep(self, vector, units, out, equity, initial=initial)

    def run(
        self,
        prices: F8,
        units: Units,
        out: SweepColumns,
        equity: F8,
        *,
        initial: bool,
        threads: int | None = None,
    ) -> None:
        """The kernels of a sweep alone, for callers that keep their own arrays."""
        run(self, prices, units, out, equity, initial=initial, threads=threads)

    # -- one pool, by the exact path -----------------------------------------------------------

    def unpack(self, pool: int, prices: Prices | None = None) -> Pool:
        """One pool in normal form again, at these prices: see `marginline.book.exact.unpacking`.

        Raises:
            BookMisuse: there is no such pool, or it has been closed.
        """
        return unpacked(self, pool, self.price_vector(prices))

    def assess(self, pool: int, prices: Prices | None = None) -> PoolAssessment:
        """One pool by the exact path: every measure, findings, and a status that may alert."""
        return assessed(self, pool, self.price_vector(prices))

    def explain(
        self, pool: int, measure: Measure | str, prices: Prices | None = None
    ) -> Explanation:
        """The tree behind one number of one pool, as `marginline.explain` gives it."""
        return explained(self, pool, measure, self.price_vector(prices))

    def exact_status(self, pool: int, prices: F8) -> Status:
        """Status of one pool by the exact path."""
        return exact_status(self, pool, prices)

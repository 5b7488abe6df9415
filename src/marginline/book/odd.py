"""Pools that do not fit columns: kept as they are, assessed by the exact path on every sweep."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from marginline.book.columns import F8
from marginline.core.assess import status_of
from marginline.core.figures import PoolFigures
from marginline.core.findings import AbsentError, Gap, Status, missing
from marginline.core.measures import Measure
from marginline.core.pool import Exposure, Pool
from marginline.core.rules import Rules
from marginline.core.standard_pool import requirement


@dataclass(frozen=True, slots=True)
class OddPool:
    """A pool that does not fit columns: it is assessed by the exact path, each time."""

    pool: Pool
    rules: Rules
    prices: Mapping[str, int]
    """row of the price vector, by symbol"""
    why: str

    def at(self, prices: F8) -> Pool:
        """The pool at these prices; its asset rates stand as packed."""
        good = {s: row for s, row in self.prices.items() if 0.0 < prices[row] < math.inf}
        pool = self.pool.at({s: Decimal(repr(float(prices[row]))) for s, row in good.items()})
        if len(good) == len(self.prices):
            return pool
        return replace(pool, exposures=tuple(_without_mark(e, good) for e in pool.exposures))


@dataclass(frozen=True, slots=True)
class OddFigures:
    """What the exact path says of a pool that does not fit, as floats; NaN where it is missing."""

    support: float
    equity: float
    requirement: float
    maintenance: float
    initial: float
    status: Status


def _without_mark(exposure: Exposure, good: Collection[str]) -> Exposure:
    symbol = exposure.instrument.symbol
    if symbol in good:
        return exposure
    return replace(exposure, mark=missing(f"the mark price of {symbol} is no price"))


def figures_of(pool: Pool, rules: Rules) -> OddFigures:
    """The figures of a pool by the exact path."""
    figures = PoolFigures(pool, rules)

    def number(measure: Measure) -> float:
        figure = figures.figure(measure)
        return float("nan") if isinstance(figure, Gap) else float(figure)

    try:
        needed = float(requirement(figures))
    except AbsentError:
        needed = float("nan")
    return OddFigures(
        number(Measure.SUPPORT),
        number(Measure.EQUITY),
        needed,
        number(Measure.MAINTENANCE_MARGIN),
        number(Measure.INITIAL_MARGIN),
        status_of(figures)[0],
    )

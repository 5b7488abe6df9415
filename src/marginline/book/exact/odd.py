"""Pools that do not fit columns: kept as they are, assessed by the exact path on every sweep."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from marginline import formulas
from marginline.book.kernels.columns import F8
from marginline.book.kernels.values import usable
from marginline.core.assessment.assess import status_of
from marginline.core.assessment.figures import PoolFigures, Rules
from marginline.core.assessment.standard_pool import requirement
from marginline.core.findings import AbsentError, Gap, Status, missing
from marginline.core.measures import Measure
from marginline.core.numbers import ZERO
from marginline.core.pool.exposure import Exposure, Figure, need
from marginline.core.pool.pool import Pool
from marginline.core.pool.schedules import HaircutSchedule, TierSchedule


@dataclass(frozen=True, slots=True)
class Doubt:
    """What an account says or leaves out that keeps a pool from being called safe.

    `least` is the least grave status it may have; `alone`: whatever the figures say.
    """

    text: str
    least: Status = Status.UNKNOWN
    alone: bool = False

    def status(self, figures: Status) -> Status:
        """The status, of the one that the figures give."""
        return self.least if self.alone else Status.worst((figures, self.least))


@dataclass(frozen=True, slots=True)
class OddPool:
    """A pool that does not fit columns: it is assessed by the exact path, each time."""

    pool: Pool
    rules: Rules
    prices: Mapping[str, int]
    """row of the price vector, by symbol"""
    rates: Mapping[str, tuple[int, Decimal]]
    """row of the price vector and rate as packed, by asset"""
    why: str
    doubt: Doubt | None = None

    def judged(self, status: Status) -> Status:
        """The status where the figures give this one."""
        return status if self.doubt is None else self.doubt.status(status)

    def at(self, prices: F8) -> Pool:
        """The pool at these prices and asset rates."""
        good = {s: row for s, row in self.prices.items() if usable(float(prices[row]))}
        marks = {symbol: decimal_of(prices[row]) for symbol, row in good.items()}
        factors = {
            asset: _factor(asset, float(prices[row]), packed)
            for asset, (row, packed) in self.rates.items()
        }
        pool = self.pool.at(marks, factors)
        if len(good) == len(self.prices):
            return pool
        return replace(pool, exposures=tuple(_without_mark(e, good) for e in pool.exposures))


def decimal_of(number: float) -> Decimal:
    """The shortest decimal that reads as this float."""
    return Decimal(repr(float(number)))


def _factor(asset: str, rate: float, packed: Decimal) -> Figure:
    if not usable(rate):
        return missing(f"the rate of {asset} is {rate}, which is no price")
    return decimal_of(rate) / packed


@dataclass(frozen=True, slots=True)
class OddFigures:
    """What the exact path says of a pool that does not fit, as floats; NaN where it is missing."""

    support: float
    notional: float
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


def _notional(pool: Pool) -> float:
    """Gross notional at the marks, in the pool's asset; NaN where a mark or a rate is missing."""
    try:
        values = (e.notional_at(need(e.mark)) * need(e.value_rate) for e in pool.exposures)
        return float(sum(values, ZERO))
    except AbsentError:
        return math.nan


def figures_of(odd: OddPool, prices: F8) -> OddFigures:
    """The figures of a pool by the exact path, at these prices."""
    pool = odd.at(prices)
    figures = PoolFigures(pool, odd.rules)

    def number(measure: Measure) -> float:
        figure = figures.figure(measure)
        return float("nan") if isinstance(figure, Gap) else float(figure)

    try:
        needed = float(requirement(figures))
    except AbsentError:
        needed = float("nan")
    return OddFigures(
        number(Measure.SUPPORT),
        _notional(pool),
        number(Measure.EQUITY),
        needed,
        number(Measure.MAINTENANCE_MARGIN),
        number(Measure.INITIAL_MARGIN),
        odd.judged(status_of(figures)[0]),
    )


# -- changes -----------------------------------------------------------------------------------


def with_tiers(pool: Pool, symbol: str, schedule: TierSchedule) -> Pool:
    """The pool with other maintenance tiers of one instrument."""
    return replace(
        pool,
        exposures=tuple(
            replace(e, maintenance=replace(e.maintenance, schedule=schedule))
            if e.instrument.symbol == symbol
            else e
            for e in pool.exposures
        ),
    )


def with_haircut(pool: Pool, asset: str, haircut: HaircutSchedule | None) -> Pool:
    """The pool with another haircut of one coin."""
    return replace(
        pool,
        legs=tuple(
            replace(leg, haircut=haircut)
            if leg.asset == asset and (leg.haircut is not None or leg.asset != pool.asset)
            else leg
            for leg in pool.legs
        ),
    )


def with_funding(pool: Pool, now: Pool, rates: Mapping[str, Decimal]) -> Pool:
    """The pool after one funding, at the marks that it has in `now`; positive rate: longs pay."""
    flows: dict[str, Decimal] = {}
    for e in now.exposures:
        rate = rates.get(e.instrument.symbol)
        if rate is not None:
            value = e.notional_at(need(e.mark)).copy_sign(e.size)
            flows[e.asset] = flows.get(e.asset, ZERO) + formulas.funding_payment(value, rate)
    return replace(
        pool,
        legs=tuple(
            replace(leg, balance=leg.balance + flows[leg.asset])
            if leg.asset in flows and isinstance(leg.balance, Decimal)
            else leg
            for leg in pool.legs
        ),
    )

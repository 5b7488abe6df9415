"""The screen: floats find the second at which a pool may be called, the exact assessment decides.

It is compiled from the product's own normal form of each account, anew whenever the account, its
tiers or the hourly asset rates have changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from marginline.core.findings import AbsentError
from marginline.core.numbers import ZERO
from marginline.core.pool.exposure import Exposure, need
from marginline.core.pool.pool import BorrowTerm, Leg, Pool
from marginline.core.pool.schedules import RateSchedule
from marginline.core.pool.terms import schedule_of
from marginline.market.accounts.state import Owner
from marginline.market.contracts import BY_SYMBOL, FINE, SETTLE
from marginline.market.moment import Moment
from marginline.market.prices.paths import Span
from marginline.market.prices.tables import Ints
from marginline.market.rates import PEG
from marginline.venues import at

Floats = npt.NDArray[np.float64]
Numbers = Ints | npt.NDArray[np.floating[Any]]
GUARD = 1 - 1e-6
"""Called on suspicion when requirement reaches this share of support."""


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    size: float
    cost: float
    rates: Floats
    deductions: Floats
    fixed: float
    extra: float
    rate: float


@dataclass(frozen=True, slots=True)
class _Asset:
    """A leg: what one of it counts, above and below zero, over its index.

    `number` of the contract that moves the index of a coin; `settles`: P&L joins here.
    """

    number: int | None
    settles: bool
    balance: float
    index: float
    up: float
    down: float
    loan: float


@dataclass(frozen=True, slots=True)
class CompiledPool:
    """One pool ready for vectors: rows of positions, legs, and what does not move."""

    id: str
    rows: tuple[_Row, ...]
    legs: tuple[_Asset, ...]
    added: float
    required: float

    def suspicious(self, span: Span, venue: int) -> npt.NDArray[np.bool_]:
        """At which seconds of the span the pool may be called."""
        support, required = self.health(span.mark[venue], span.index)
        found: npt.NDArray[np.bool_] = required >= support * GUARD
        return found

    def health(self, mark: Numbers, index: Numbers) -> tuple[Floats, Floats]:
        """Support and requirement at marks [12, n] in ticks and indices in 1/100 tick."""
        pnl = np.zeros(mark.shape[1])
        required = np.full(mark.shape[1], self.required)
        for row in self.rows:
            worth = mark[row.number] * row.size
            pnl += worth - row.cost
            value = np.abs(worth) + row.extra
            tiered = (value * row.rates[:, None] - row.deductions[:, None]).max(axis=0)
            required += (tiered + row.fixed) * row.rate
        support = np.full(mark.shape[1], self.added)
        for leg in self.legs:
            amount = leg.balance + (pnl if leg.settles else np.zeros(1))
            rate = leg.index * (1.0 if leg.number is None else index[leg.number])
            support += np.where(amount < 0, amount * leg.down, amount * leg.up) * rate
            if leg.loan:
                required += np.maximum(0, -amount) * leg.loan * rate
        return support, required

    def radius(self, mark: Ints, index: Ints) -> float:
        """While no price moves by this share, the pool is not called: a bound from here [12, 1]."""
        support, required = self.health(mark, index)
        left = float(support[0] * GUARD - required[0])
        steepest = max(
            (max(leg.up, leg.down + leg.loan) * leg.index for leg in self.legs if leg.settles),
            default=1.0,
        )
        slope = 0.0
        for row in self.rows:
            worth = abs(float(mark[row.number, 0]) * row.size)
            slope += worth * (steepest + float(row.rates[-1]) * row.rate)
        for leg in self.legs:
            if leg.number is not None:
                slope += (
                    abs(leg.balance)
                    * float(index[leg.number, 0])
                    * leg.index
                    * (max(leg.up, leg.down) + leg.loan)
                )
        return min(1.0, left / slope) if left > 0 and slope > 0 else 0.0


@dataclass(slots=True)
class _Watch:
    """Where a pool was last looked at: prices then, and how far they may move unseen."""

    mark: list[int]
    index: list[int]
    radius: float


class _Reach:
    """The least and the largest price of every contract within a span."""

    def __init__(self, span: Span, venue: int) -> None:
        self.span = span
        self.mark, self.index = (_ends(prices) for prices in (span.mark[venue], span.index))

    def moved(self, pool: CompiledPool, watch: _Watch) -> float:
        """The largest relative move of a price of the pool since it was looked at."""
        most = 0.0
        for row in pool.rows:
            most = max(most, _away(self.mark[row.number], watch.mark[row.number]))
        for leg in pool.legs:
            if leg.number is not None:
                most = max(most, _away(self.index[leg.number], watch.index[leg.number]))
        return most


class Screen:
    """The compiled pools of the named accounts of one venue."""

    def __init__(self, moment: Moment) -> None:
        self.moment = moment
        self._watches: dict[tuple[str, str], _Watch] = {}
        self._reach: _Reach | None = None
        self._made: dict[str, tuple[tuple[int, int, int], tuple[CompiledPool, ...]]] = {}

    def first(self, span: Span, owner: Owner, asleep: set[str]) -> int:
        """Seconds until one of the account's pools may be called; more than the span if none is."""
        for_now = span.seconds + 1
        for pool in self.pools(owner):
            if pool.id in asleep or self._far(span, owner, pool):
                continue
            found = pool.suspicious(span, self.moment.number)
            if found.any():
                for_now = min(for_now, int(found.argmax()) + 1)
        return for_now

    def _far(self, span: Span, owner: Owner, pool: CompiledPool) -> bool:
        """Whether the whole span stays within what the pool bears since it was looked at."""
        if self._reach is None or self._reach.span is not span:
            self._reach = _Reach(span, self.moment.number)
        watch = self._watches.get((owner.name, pool.id))
        if watch is not None and watch.radius > self._reach.moved(pool, watch):
            return True
        mark, index = span.mark[self.moment.number][:, :1], span.index[:, :1]
        radius = pool.radius(mark, index)
        watch = _Watch(mark[:, 0].tolist(), index[:, 0].tolist(), radius)
        self._watches[owner.name, pool.id] = watch
        return watch.radius > self._reach.moved(pool, watch)

    def pools(self, owner: Owner) -> tuple[CompiledPool, ...]:
        """The pools of an account that hold positions, compiled."""
        paths = self.moment.paths
        hour = paths.second // 3600 if owner.mode != "single_asset" else 0
        loss = paths.second if owner.orders and owner.mode in ("cross", "isolated") else 0
        key = (owner.version, self.moment.version, hour + loss)
        known = self._made.get(owner.name)
        if known is None or known[0] != key:
            known = (key, self._compile(owner))
            for pool in known[1]:
                self._watches.pop((owner.name, pool.id), None)
            self._made[owner.name] = known
        return known[1]

    def _compile(self, owner: Owner) -> tuple[CompiledPool, ...]:
        if not owner.positions:
            return ()
        account = self.moment.document(owner)
        resolved = at(account.venue, account.mode, account.as_of).resolve(account)
        dollar = float(self.moment.rates.index(SETTLE))
        return tuple(_compiled(pool, dollar) for pool in resolved.pools if pool.exposures)


def _ends(prices: Ints) -> list[tuple[int, int]]:
    return list(zip(prices.min(axis=1).tolist(), prices.max(axis=1).tolist(), strict=True))


def _away(ends: tuple[int, int], since: int) -> float:
    low, high = ends
    return max(high - since, since - low) / since


def _compiled(pool: Pool, dollar: float) -> CompiledPool:
    loans = {loan.asset: _loan_rate(loan) for loan in pool.borrows}
    return CompiledPool(
        pool.id,
        tuple(_row(exposure) for exposure in pool.exposures),
        tuple(_leg(leg, loans.get(leg.asset, 0.0), dollar) for leg in pool.legs),
        float(sum((need(part.amount) for part in pool.adjustments), ZERO)),
        float(sum((need(part.amount) for part in pool.maintenance_parts), ZERO)),
    )


def _row(exposure: Exposure) -> _Row:
    contract = BY_SYMBOL[exposure.instrument.symbol]
    schedule, term = schedule_of(exposure), exposure.maintenance
    return _Row(
        contract.number,
        float(exposure.size * contract.tick),
        float(exposure.size * need(exposure.entry_price)),
        np.array([float(rate) for rate in schedule.rates]),
        np.array([float(amount) for amount in schedule.deductions]),
        float(need(term.fee_constant)),
        float(need(term.extra_notional)),
        float(need(exposure.requirement_rate)),
    )


def _leg(leg: Leg, loan: float, dollar: float) -> _Asset:
    index = need(leg.index)
    up, down = leg.value(Decimal(1)) / index, need(leg.rate_negative) / index
    balance = float(leg.usable)
    if leg.asset in PEG:
        return _Asset(
            None, leg.asset == SETTLE, balance, float(index), float(up), float(down), loan
        )
    contract = BY_SYMBOL[f"{leg.asset}{SETTLE}"]
    coin = float(contract.tick) / FINE * dollar
    return _Asset(
        contract.number,
        settles=False,
        balance=balance,
        index=coin,
        up=float(up),
        down=float(down),
        loan=loan,
    )


def _loan_rate(loan: BorrowTerm) -> float:
    if not isinstance(loan.maintenance, RateSchedule):
        raise AbsentError(loan.maintenance)
    return float(loan.maintenance.rates[0])

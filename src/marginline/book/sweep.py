"""A sweep: every account's figures at given prices."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from marginline.book.accounts import Accounts
from marginline.book.exact.judging import exact_status
from marginline.book.frames import arrow_of, frame_of
from marginline.book.kernels.columns import DOUBT, F8, I8, U1, SweepColumns, Units
from marginline.book.kernels.limits import LANES
from marginline.book.kernels.sweep import PART, closing_fees, sweep_joints, sweep_slices
from marginline.book.threads import by_parts
from marginline.core.findings import Status

STATUSES = tuple(Status)
UNKNOWN = Status.UNKNOWN.rank
Asked = TypeVar("Asked", bound=Accounts)


def run(
    accounts: Accounts,
    prices: F8,
    units: Units,
    out: SweepColumns,
    equity: F8,
    *,
    initial: bool,
    threads: int | None = None,
) -> None:
    """The kernels of a sweep alone, for callers that keep their own arrays."""
    store, table, threads = accounts.store, accounts.table, threads or accounts.threads

    slices, count = accounts.slices, len(equity)

    def lanes(counter: I8) -> None:
        sweep_slices(counter, slices, store, table, units, initial, np.empty(LANES), out)

    def joints(counter: I8) -> None:
        sweep_joints(counter, count, store, table, units, prices, initial, equity, out)

    by_parts(lanes, -(-slices // PART), threads, light=True)
    if count:
        by_parts(joints, -(-count // PART), threads, light=True)


def closing_fee_column(sweep: Sweep[Any]) -> F8:
    """Per lane what the trigger adds on top of maintenance margin; 0 where nothing does."""
    accounts, out = sweep.book, np.zeros(len(sweep.out.support))
    if accounts.table.contracts.closing_rate.any():
        store, table, lanes = accounts.store, accounts.table, accounts.store.lanes
        closing_fees(0, accounts.slices, store, table, sweep.units, out)
        joint = np.flatnonzero(lanes.joint[: len(out)] >= 0)
        for lane, fee_of_pool in _joint_fees(accounts, out, joint, sweep.prices).items():
            out[lane] = fee_of_pool
    return out


def _joint_fees(
    accounts: Accounts, fees: F8, lanes: NDArray[np.int64], prices: F8
) -> dict[int, float]:
    """Of joint pools: the fees of all legs, in the pool's asset, by head lane."""
    found: dict[int, float] = {}
    legs, collaterals = accounts.store.legs, accounts.table.collaterals
    for joint in np.unique(accounts.store.lanes.joint[lanes]):
        total, leg = 0.0, int(accounts.store.joints.leg[joint])
        while leg >= 0:
            kind = legs.collateral[leg]
            row = collaterals.price[kind]
            price = 1.0 if row < 0 else prices[row]
            total += fees[legs.lane[leg]] * price * collaterals.requirement[kind]
            leg = int(legs.next[leg])
        found[int(accounts.store.joints.lane[joint])] = total
    return found


class Sweep(Generic[Asked]):
    """The figures of every pool of a book at one set of prices; arrays of shape [pools].

    A pool that has been closed is NaN and UNKNOWN throughout. Amounts stand in the pool's asset.
    The book's columns are not copied: take what you want of a sweep before the book changes.
    """

    def __init__(
        self,
        book: Asked,
        prices: F8,
        units: Units,
        out: SweepColumns,
        joint_equity: F8,
        *,
        initial: bool,
    ) -> None:
        self.book = book
        self.prices = prices
        self.units = units
        self.out = out
        self._joint_equity = joint_equity
        self._has_initial = initial

    @cached_property
    def _lane(self) -> NDArray[np.int64]:
        return self.book.lanes_of_pools()

    def _by_pool(self, column: NDArray[Any], odd: str) -> F8:
        found = np.full(len(self._lane), np.nan)
        held = self._lane >= 0
        found[held] = column[self._lane[held]]
        for pool, figures in self.book.odd_figures(self.prices).items():
            found[pool] = getattr(figures, odd)
        return found

    @cached_property
    def support(self) -> F8:
        """What stands against the requirement: the margin balance less what the venue takes off."""
        return self._by_pool(self.out.support, "support")

    @cached_property
    def equity(self) -> F8:
        """Worth before haircuts. NaN where something it needs is missing."""
        column = self.out.support.copy()
        rows = np.flatnonzero(self.book.store.joints.leg[: len(self._joint_equity)] >= 0)
        column[self.book.store.joints.lane[rows]] = self._joint_equity[rows]
        return self._by_pool(column, "equity")

    @cached_property
    def requirement(self) -> F8:
        """What the support is held against: level * maintenance margin + closing fee."""
        groups = self.book.store.lanes.group[: len(self.out.charge)]
        return self._by_pool(self.out.charge * self.book.table.groups.level[groups], "requirement")

    @cached_property
    def maintenance_margin(self) -> F8:
        """The venue's own figure: the charge of tiers and fees, without the closing fee."""
        return self._by_pool(self.out.charge - closing_fee_column(self), "maintenance")

    @cached_property
    def initial_margin(self) -> F8:
        """Initial margin of positions and orders. Raises ValueError where it was not asked for."""
        if not self._has_initial:
            raise ValueError("this sweep left initial margin out; call sweep(initial=True)")
        return self._by_pool(self.out.initial, "initial")

    @property
    def available(self) -> F8:
        """Support less initial margin; a shortfall is negative, also where a venue prints 0."""
        return self.support - self.initial_margin

    @property
    def ratio(self) -> F8:
        """Requirement / support, liquidation at 1; 0 without requirement, NaN without support."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.support > 0, self.requirement / self.support, np.nan)

    @cached_property
    def in_guard_band(self) -> NDArray[np.int64]:
        """Pools whose status roundings could decide; the exact path has decided it."""
        held = self._lane >= 0
        doubt = np.zeros(len(self._lane), bool)
        doubt[held] = self.out.status[self._lane[held]] >= DOUBT
        return np.flatnonzero(doubt)

    @cached_property
    def status_codes(self) -> U1:
        """Rank in `Status`, [pools]: 0 healthy, 1 watch, 2 unknown, 3 call, 4 liquidation."""
        found = np.full(len(self._lane), UNKNOWN, np.uint8)
        held = self._lane >= 0
        found[held] = self.out.status[self._lane[held]] % DOUBT
        for pool in self.in_guard_band:
            found[pool] = exact_status(self.book, int(pool), self.prices).rank
        for pool, figures in self.book.odd_figures(self.prices).items():
            found[pool] = figures.status.rank
        return found

    def status(self, pool: int) -> Status:
        """Status of one pool."""
        return STATUSES[int(self.status_codes[pool])]

    def counts(self) -> dict[Status, int]:
        """How many pools stand in each status."""
        numbers = np.bincount(self.status_codes[self.book.open_pools()], minlength=len(STATUSES))
        return {status: int(n) for status, n in zip(STATUSES, numbers, strict=True)}

    def columns(self) -> dict[str, NDArray[Any]]:
        """Every figure by name, each of shape [pools]."""
        names = np.array([status.value for status in STATUSES])
        found: dict[str, NDArray[Any]] = {
            "pool": np.arange(len(self._lane)),
            "equity": self.equity,
            "support": self.support,
            "maintenance_margin": self.maintenance_margin,
            "requirement": self.requirement,
        }
        if self._has_initial:
            found |= {"initial_margin": self.initial_margin, "available": self.available}
        return found | {"ratio": self.ratio, "status": names[self.status_codes]}

    def to_arrow(self) -> Any:
        """A pyarrow Table of `columns()`, with the names of the pools."""
        return arrow_of({"name": self.book.names(), **self.columns()})

    def to_frame(self, backend: str = "polars") -> Any:
        """A native frame of another library, by narwhals: "polars", "pandas", "pyarrow"."""
        return frame_of({"name": self.book.names(), **self.columns()}, backend)

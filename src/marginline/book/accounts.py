"""A million accounts in columns: terms, prices, names, look-ups; what they come to is not here."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from marginline.book.events import Events
from marginline.book.exact.odd import OddFigures, OddPool, figures_of
from marginline.book.kernels.columns import (
    F8,
    I8,
    POSITIONS,
    SLICES,
    U4,
    Store,
    Table,
    Units,
    empty_units,
)
from marginline.book.kernels.lanes import (
    Rows,
    empty_store,
    grown,
    place_joints,
    place_rows,
    slices_for,
)
from marginline.book.kernels.limits import NONE, POOLS_MAX, BookMisuse, refuse_above
from marginline.book.kernels.rings import Rings
from marginline.book.kernels.sweep import flag_big, outgrown
from marginline.book.kernels.values import price_contracts
from marginline.book.terms import Terms
from marginline.book.threads import in_parallel
from marginline.core.assessment.figures import Rules
from marginline.core.assessment.standard import POOL_RULES, POSITION_RULES
from marginline.core.findings import Gap
from marginline.core.numbers import exactly
from marginline.errors import Problem

Prices = Mapping[str, float] | Sequence[float] | F8
STANDARD_RULES = Rules.over((POOL_RULES, POSITION_RULES), ((), ()))
_BIG_MARGIN = 1.25  # a price may rise by a quarter before flags of big positions are made anew


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes in use, and per position and per account."""

    total: int
    per_position: float
    per_account: float


class Follower(Protocol):
    """What follows accounts from tick to tick and grows with them: a `Watch`."""

    rings: Rings
    units: Units

    def grow(self) -> None:
        """Make room after the accounts have grown."""

    def rearm(self) -> Events:
        """Look at every pool anew."""

    def tick_rows(self, rows: I8, prices: F8) -> Events:
        """New prices for rows of the price vector."""

    def events(self, looked: int, number: int) -> Events:
        """What the kernels found, those in doubt decided."""


class Accounts:
    """Pools in columns, with the prices of now: what every question to a book stands on.

    A pool has a number, from 0 in the order it came; a closed one's number is not used again.
    `prices` holds the mark of every instrument and the rate of every collateral asset (`labels`
    names them); an unknown price is NaN and makes exactly those pools UNKNOWN that hold it. `keys`
    holds further columns of the table that it was made of, a value a pool: a desk, a country.
    """

    def __init__(self, terms: Terms | None = None, *, threads: int | None = None) -> None:
        self.terms = terms or Terms()
        self.threads = threads or max(os.cpu_count() or 1, 1)
        self.store: Store = empty_store()
        self.lane_of_pool: U4 = np.zeros(0, np.uint32)
        self.pools = 0
        self.prices: F8 = np.full(len(self.terms.priced), np.nan)
        self.pool_names: dict[int, str] | None = None
        self.keys: Mapping[str, Sequence[str | None]] = {}
        self.odd: dict[int, OddPool] = {}
        self.own: dict[int, Mapping[str, Mapping[str, Decimal | Gap]]] = {}
        self.credit: dict[int, Mapping[str, Decimal]] = {}
        self.watch: Follower | None = None
        self.refused: NDArray[np.int64] = np.zeros(0, np.int64)
        self._table: Table | None = None
        self._rows: dict[str, int] = {}
        self._named: tuple[tuple[str, ...], NDArray[np.int64]] = ((), np.zeros(0, np.int64))
        self._odd_cache: tuple[bytes, Mapping[int, OddFigures]] = (b"", {})

    # -- what there is -------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self.open_pools())

    @property
    def positions(self) -> int:
        """Open positions in columns; a coin held as collateral counts as one."""
        return int(self.store.room.tally[POSITIONS])

    @property
    def labels(self) -> list[str]:
        """Names of the rows of the price vector; the first, "", is unused.

        A symbol that a second venue lists, too, is `SYMBOL@venue` there.
        """
        found: dict[str, int] = {}
        for row, priced in enumerate(self.terms.priced.rows):
            label = priced.label
            found[f"{label}@{priced.venue}" if label in found else label] = row
        return list(found)

    def price_row(self, name: str) -> int:
        """Row of an instrument ("BTCUSDT") or of an asset's rate ("BTC/USD").

        Raises:
            BookMisuse: the book holds no such thing.
        """
        row = self._rows_by_label.get(name)
        if row is None:
            some = ", ".join(sorted(self._rows_by_label)[:12])
            text = "the book holds no such instrument or asset"
            raise BookMisuse([Problem("prices", name, text, f"there is: {some}")])
        return row

    @property
    def _rows_by_label(self) -> dict[str, int]:
        """Made when first asked for and kept until the terms change: labels are text."""
        if len(self._rows) != len(self.terms.priced) - 1:
            self._rows = {label: row for row, label in enumerate(self.labels) if row}
        return self._rows

    def price_rows(self, names: Iterable[str]) -> NDArray[np.int64]:
        """Rows of the price vector by name, shape [names]; the names of last time cost nothing.

        Raises:
            BookMisuse: the book holds no instrument or asset of one of the names.
        """
        wanted = tuple(names)
        if wanted != self._named[0]:
            rows = self._rows_by_label
            found = [rows[name] if name in rows else self.price_row(name) for name in wanted]
            self._named = wanted, np.array(found, np.int64)
        return self._named[1]

    def names(self) -> list[str]:
        """Name of every pool: as it was packed, else its number."""
        known = self.pool_names or {}
        return [known.get(pool, str(pool)) for pool in range(self.pools)]

    def lanes_of_pools(self) -> NDArray[np.int64]:
        """Lane of every pool, -1 of closed ones and of those that do not fit. Shape [pools]."""
        lanes = self.lane_of_pool[: self.pools].astype(np.int64)
        lanes[lanes == NONE] = -1
        return lanes

    def open_pools(self) -> NDArray[np.int64]:
        """Numbers of the pools that are open, odd ones included."""
        held = self.lane_of_pool[: self.pools] != NONE
        held[list(self.odd)] = True
        return np.flatnonzero(held)

    def memory(self) -> Memory:
        """What the columns take; a watch adds its own (`Watch.memory`)."""
        columns = [c for part in self.store[:5] for c in part]
        total = sum(column.nbytes for column in columns) + self.lane_of_pool.nbytes
        return Memory(total, total / max(self.positions, 1), total / max(self.pools, 1))

    # -- terms ---------------------------------------------------------------------------------

    @property
    def table(self) -> Table:
        """The terms as kernels read them."""
        if self._table is None:
            self._table = self.terms.table()
        return self._table

    def terms_changed(self) -> None:
        """Make the table anew, and room for the prices of new instruments."""
        self._table = None
        self._rows, self._named = {}, ((), np.zeros(0, np.int64))
        fresh = len(self.terms.priced) - len(self.prices)
        if fresh:
            self.prices = np.concatenate([self.prices, np.full(fresh, np.nan)])

    # -- prices --------------------------------------------------------------------------------

    def price_vector(self, prices: Prices | None = None) -> F8:
        """The prices as a vector of shape [labels]: those given over those of now."""
        if prices is None:
            return self.prices.copy()
        if isinstance(prices, Mapping):
            vector = self.prices.copy()
            vector[self.price_rows(prices)] = list(prices.values())
            return vector
        vector = np.array(prices, float)
        if vector.shape != self.prices.shape:
            text = f"expected {len(self.prices)} prices, one for each of Book.labels"
            raise BookMisuse([Problem("prices", str(vector.shape), text)])
        return vector

    def set_prices(self, prices: Prices) -> None:
        """Make these the prices of now."""
        self.prices = self.price_vector(prices)

    def units(self, prices: F8, into: Units | None = None) -> Units:
        """What a unit of each contract is worth at these prices; renews flags that they outgrow.

        `into`: the columns to fill, where there are some already.
        """
        table = self.table
        count = len(self.terms.contracts)
        units = empty_units(count) if into is None else into
        price_contracts(table.contracts, table.tiers, count, prices, units)
        found = np.zeros(count, np.int64)
        number = outgrown(table.contracts, units, count, found)
        if number:
            self._flag(found[:number], units)
        return units

    def _flag(self, contracts: NDArray[np.int64], units: Units) -> None:
        table = self.table
        for contract in contracts:
            above = float(units.key[contract]) * _BIG_MARGIN
            self.terms.big_above[int(contract)] = above
            table.contracts.big_above[contract] = above
        one = int(contracts[0]) if len(contracts) == 1 else 0

        def work(first: int, last: int) -> None:
            flag_big(first, last, self.store, table, one)

        in_parallel(work, self.slices, self.threads)

    @property
    def slices(self) -> int:
        """Slices in use."""
        return int(self.store.room.tally[SLICES])

    # -- adding --------------------------------------------------------------------------------

    def add_rows(self, rows: Rows, pools: int, names: Iterable[str] | None = None) -> int:
        """Place rows of `pools` new pools (their numbers count from 0); the first new number.

        Raises:
            BookTooLarge: an index would overflow.
        """
        first = self.pools
        refuse_above("pools", first + pools, POOLS_MAX, "split the book")
        if first + pools > len(self.lane_of_pool):
            room = int((first + pools) * (1.25 if pools * 20 < first else 1.0))
            lanes = np.full(room, NONE, np.uint32)
            lanes[:first] = self.lane_of_pool[:first]
            self.lane_of_pool = lanes
        self.terms_changed()
        slices, slots = slices_for(self.store, rows.held)
        joints, legs = len(rows.joint_head), len(rows.leg_lane)
        few = pools * 20 < first
        spare = 0.25 if few else 0.0
        self.store = grown(self.store, slices, slots, joints, legs, spare=spare)
        # Of one type each, whoever made the rows: for another the kernels would be compiled again.
        pool, joint = (rows.pool + first).astype(np.uint32), rows.joint.astype(np.int32)
        rows = rows._replace(pool=pool, joint=joint)
        lane_of_row = np.empty(len(rows.cash), np.int64)
        placed = place_rows(self.store, self.table, rows, self.lane_of_pool, lane_of_row)
        assert placed, "room was made for all rows"
        if joints:
            place_joints(
                self.store, rows, self.lane_of_pool, lane_of_row, np.empty(joints, np.int64)
            )
        self.pools += pools
        if names is not None:
            self.pool_names = (self.pool_names or {}) | dict(enumerate(names, first))
        self._flag_all()
        return first

    def _flag_all(self) -> None:
        """Flags of all positions, at the prices of now."""
        count = len(self.terms.contracts)
        units = empty_units(count)
        table = self.table
        price_contracts(table.contracts, table.tiers, count, self.prices, units)
        np.nan_to_num(units.key, copy=False)
        above = np.maximum(table.contracts.big_above, units.key * _BIG_MARGIN)
        table.contracts.big_above[:] = above
        self.terms.big_above = dict(enumerate(above.tolist()))
        flag_big(0, self.slices, self.store, table, 0)

    # -- rules, and the pools that do not fit --------------------------------------------------

    def rules_of(self, pool: int) -> Rules:
        """The rules of the pool's rulebook; the standard ones where it has none."""
        if pool in self.odd:
            return self.odd[pool].rules
        group = self.terms.groups.rows[self.store.lanes.group[self.lane_of_pool[pool]]]
        return STANDARD_RULES if group.rulebook < 0 else self.terms.rulebooks[group.rulebook].rules

    @exactly
    def odd_figures(self, prices: F8) -> Mapping[int, OddFigures]:
        """Figures of the pools that do not fit, by the exact path."""
        if not self.odd:
            return {}
        key = prices.tobytes()
        if self._odd_cache[0] != key:
            found = {n: figures_of(odd, prices) for n, odd in self.odd.items()}
            self._odd_cache = (key, found)
        return self._odd_cache[1]

    def forget_odd_figures(self) -> None:
        """The pools that do not fit have changed."""
        self._odd_cache = (b"", {})

    def odd_reasons(self) -> dict[str, int]:
        """Why pools do not fit, and how many for each reason."""
        found: dict[str, int] = {}
        for odd in self.odd.values():
            found[odd.why] = found.get(odd.why, 0) + 1
        return found

"""The watch: on every tick exactly the pools that changed level, without a sweep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

import numpy as np

from marginline.book.accounts import Accounts
from marginline.book.events import Events, once_each
from marginline.book.exact.judging import exact_level
from marginline.book.kernels.columns import DOUBT, F8, I8, U1, extended
from marginline.book.kernels.limits import LANES, NONE, BookMisuse
from marginline.book.kernels.rings import BUCKETS, WIDTH, Rings, arm_all
from marginline.book.kernels.rings import tick as tick_of_rows
from marginline.book.kernels.values import status_of_level
from marginline.book.memory import refuse_without_memory
from marginline.book.sweep import STATUSES
from marginline.core.findings import Status
from marginline.core.numbers import exact
from marginline.errors import Problem

Watched = TypeVar("Watched", bound=Accounts)


class Watch(Generic[Watched]):
    """A book under watch at the prices of now.

    It follows the pools in columns. Those that do not fit (`book.odd`) are few, and are assessed by
    the exact path: look at them after a tick with `book.odd_figures`.

    Args:
        book: the book; from here on change it through `marginline.book.changes` only.
        ratios: up to four thresholds, requirement / support, ascending (0.8, 0.9, 1). Without:
            each pool's own (its venue's warning, margin call, liquidation).

    Raises:
        BookTooLarge: the edges would not fit the memory.
        BookMisuse: the thresholds are not ascending, or too many.
    """

    def __init__(self, book: Watched, ratios: Sequence[float] | None = None) -> None:
        _check(ratios)
        self.book = book
        self.ratios = ratios
        wanted = len(book.store.slots.size) * 20 + len(book.terms.priced) * BUCKETS * 4
        refuse_without_memory(wanted, "the edges of a watch")
        self.looked = 0
        self.ticks = 0
        self.rings = self._fresh_rings()
        self.units = book.units(book.prices)
        self.rearm()
        book.watch = self

    # -- the rings -----------------------------------------------------------------------------

    def _fresh_rings(self) -> Rings:
        store, terms = self.book.store, self.book.terms
        edges, lanes, rows = 2 * len(store.slots.size), len(store.lanes.cash), len(terms.priced)
        return Rings(
            head=np.full(rows * BUCKETS, NONE, np.uint32),
            here=np.zeros(rows, np.int64),
            valid=np.zeros(rows, np.uint8),
            next=np.full(edges, NONE, np.uint32),
            prev=np.full(edges, NONE - 1, np.uint32),
            place=np.zeros(edges, np.uint16),
            candidate=np.zeros(lanes, np.uint32),
            before=np.zeros(lanes, np.uint8),
            after=np.zeros(lanes, np.uint8),
            threshold=self._thresholds(),
            **self._chains(),
        )

    def _thresholds(self) -> F8:
        own = self.book.table.groups.threshold
        if self.ratios is None:
            return own.copy()
        given = np.full(own.shape, np.nan)
        given[:, : len(self.ratios)] = self.ratios
        return given

    def _chains(self) -> dict[str, I8]:
        """Contracts of each instrument, as linked lists."""
        contracts = self.book.terms.contracts.rows
        first = np.zeros(len(self.book.terms.priced), np.int64)
        following = np.zeros(len(contracts), np.int64)
        for number, row in enumerate(contracts[1:], 1):
            following[number] = first[row.price]
            first[row.price] = number
        return {"first_contract": first, "next_contract": following}

    def grow(self) -> None:
        """Make room after the book has grown: edges, lanes, instruments, contracts."""
        store, rings, terms = self.book.store, self.rings, self.book.terms
        edges, lanes = 2 * len(store.slots.size), len(store.lanes.cash)
        old_edges, rows = len(rings.next), len(terms.priced)
        prev = extended(rings.prev, edges)
        prev[old_edges:] = NONE - 1
        head = np.full(rows * BUCKETS, NONE, np.uint32)
        head[: len(rings.head)] = rings.head
        self.rings = rings._replace(
            head=head,
            here=extended(rings.here, rows),
            valid=extended(rings.valid, rows),
            next=extended(rings.next, edges),
            prev=prev,
            place=extended(rings.place, edges),
            candidate=extended(rings.candidate, lanes),
            before=extended(rings.before, lanes),
            after=extended(rings.after, lanes),
            threshold=self._thresholds(),
            **self._chains(),
        )
        self.units = self.book.units(self.book.prices)
        self._note_prices()

    def _note_prices(self) -> None:
        prices = self.book.prices
        valid = np.isfinite(prices) & (prices > 0)
        new = valid & (self.rings.valid == 0)
        self.rings.valid[new] = 1
        self.rings.here[new] = np.floor(np.log(prices[new]) / WIDTH).astype(np.int64)

    def rearm(self) -> Events:
        """Look at every pool anew: after a change of terms, or of all balances."""
        book = self.book
        self.rings.threshold[:] = self._thresholds()
        self.units = book.units(book.prices)
        self._note_prices()
        lanes = book.slices * LANES
        number = arm_all(book.store, book.table, self.rings, self.units, book.prices, 0, lanes)
        return self.events(lanes, number)

    # -- ticks ---------------------------------------------------------------------------------

    def tick(self, prices: Mapping[str, float] | F8) -> Events:
        """New prices: the pools whose level they change, decided exactly in the guard band.

        Args:
            prices: those that are new, by label; or all of them, shape [labels]. A price that is
                NaN, infinite, zero or negative makes the pools that hold it unknown.
        """
        book = self.book
        if isinstance(prices, Mapping):
            rows = book.price_rows(prices)
            news = np.fromiter(prices.values(), float, len(prices))
        else:
            news = book.price_vector(prices)
            rows = np.arange(1, len(news))
            news = news[1:]
        return self.tick_rows(rows, news)

    def tick_rows(self, rows: I8, prices: F8) -> Events:
        """As `tick`, with rows of the price vector: shape [n] each."""
        book = self.book
        if len(rows) != len(prices) or (
            len(rows) and not 0 < int(rows.min()) <= int(rows.max()) < len(book.prices)
        ):
            text = f"expected rows from 1 to {len(book.prices) - 1}, and a price for each"
            raise BookMisuse([Problem("rows", f"{len(rows)} rows, {len(prices)} prices", text)])
        looked, events = tick_of_rows(
            book.store, book.table, self.rings, self.units, book.prices, rows, prices
        )
        self.looked += looked
        self.ticks += 1
        return self.events(looked, events)

    def events(self, looked: int, number: int) -> Events:
        """The first `number` events in the rings, those in doubt decided by the exact path."""
        rings = self.rings
        pool = rings.candidate[:number].copy()
        before, after = rings.before[:number].copy(), rings.after[:number].copy()
        for place in np.flatnonzero(after >= DOUBT):
            lane = self.book.lane_of_pool[pool[place]]
            if lane == NONE:  # closed later in the same batch
                after[place] = before[place]
                continue
            after[place] = self._exact_level(int(pool[place]))
            self.book.store.lanes.level[lane] = after[place]
        return Events(*once_each(pool, before, after), looked)

    def _exact_level(self, pool: int) -> int:
        with exact():
            group = int(self.book.store.lanes.group[self.book.lane_of_pool[pool]])
            return exact_level(self.book, pool, self.rings.threshold[group])

    # -- what there is -------------------------------------------------------------------------

    def levels(self) -> U1:
        """Level of every pool, shape [pools]: thresholds reached; 5 unknown, 255 closed."""
        lanes = self.book.lanes_of_pools()
        found = np.full(len(lanes), 255, np.uint8)
        found[lanes >= 0] = self.book.store.lanes.level[lanes[lanes >= 0]]
        return found

    def status(self, pool: int) -> Status:
        """Status of a pool by its level, where the watch follows the pools' own thresholds."""
        if self.ratios is not None:
            text = "this watch follows thresholds of its own; see levels()"
            raise BookMisuse([Problem("status", str(pool), text)])
        lane = self.book.lane_of_pool[pool] if 0 <= pool < self.book.pools else NONE
        if lane == NONE:
            text = "no such pool in columns: closed, or assessed by the exact path"
            raise BookMisuse([Problem("pool", str(pool), text)])
        groups = self.book.table.groups
        level = int(self.book.store.lanes.level[lane])
        return STATUSES[status_of_level(groups, int(self.book.store.lanes.group[lane]), level)]

    def memory(self) -> int:
        """Bytes of the rings and edges."""
        return sum(column.nbytes for column in self.rings)


def _check(ratios: Sequence[float] | None) -> None:
    if ratios is None:
        return
    if not 1 <= len(ratios) <= 4 or sorted(set(ratios)) != list(ratios) or not ratios[0] > 0:
        text = "one to four ratios are expected, above 0 and ascending"
        raise BookMisuse([Problem("ratios", str(list(ratios)), text, "such as 0.8, 0.9, 1")])

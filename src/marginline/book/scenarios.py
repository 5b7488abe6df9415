"""The scenario grid: the whole book under many price vectors, streamed within a memory budget.

Nothing of the size of accounts times scenarios is ever held: each scenario is swept, counted and
forgotten; per account only its worst scenario stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marginline.book.book import Book
from marginline.book.columns import DOUBT, F8, I8, JOINTS
from marginline.book.limits import LANES, BookMisuse, BookTooLarge
from marginline.book.memory import refuse_without_memory
from marginline.book.stressing import tally
from marginline.book.sweep import STATUSES, in_parallel
from marginline.errors import Problem

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Grid:
    """What a grid found. Arrays are [scenarios] or [scenarios, statuses] unless they say [pools].

    Amounts are summed as they stand where all pools share an asset; with several assets they are
    converted at `rates`.
    """

    names: tuple[str, ...]
    count: NDArray[np.int64]
    """[scenarios, statuses] pools in each status, by rank in `Status`"""
    notional: F8
    """[scenarios, statuses] gross notional of those pools"""
    shortfall: F8
    """[scenarios] what supports below zero are short of zero, > 0"""
    worst_support: F8
    """[scenarios, worst] lowest supports"""
    worst_pool: I8
    """[scenarios, worst] the pools that have them; -1 where there are fewer"""
    worst_scenario: I8
    """[pools] scenario in which support less requirement is lowest; -1 of closed and unknown"""
    worst_buffer: F8
    """[pools] support less requirement there"""

    def columns(self) -> dict[str, NDArray[Any]]:
        """One row a scenario: name, pools and notional by status, shortfall."""
        found: dict[str, NDArray[Any]] = {"scenario": np.array(self.names)}
        for status in STATUSES:
            found[f"pools_{status.value}"] = self.count[:, status.rank]
            found[f"notional_{status.value}"] = self.notional[:, status.rank]
        return found | {"shortfall": self.shortfall}

    def to_frame(self, backend: str = "polars") -> Any:
        """`columns()` as a native frame."""
        from marginline.book.frames import frame_of

        return frame_of(self.columns(), backend)


def shocks(book: Book, named: Mapping[str, Mapping[str, float]]) -> tuple[list[str], F8]:
    """Named shocks as price vectors: relative moves by label, `*` for all others.

    `{"crash": {"*": -0.3, "BTCUSDT": -0.2}}`; 0 leaves a price as it is.

    Raises:
        BookMisuse: an unknown label, or a move of -100 % or less.
    """
    names, vectors = [], np.tile(book.prices, (len(named), 1))
    for row, (name, moves) in enumerate(named.items()):
        names.append(name)
        for label, move in sorted(moves.items(), key=lambda item: item[0] != "*"):
            if not move > -1.0:
                text = "a price cannot fall by 100 % or more"
                raise BookMisuse([Problem(f"{name}.{label}", str(move), text, "-0.3 is -30 %")])
            if label == "*":
                vectors[row] = book.prices * (1.0 + move)
            else:
                place = book.price_row(label)
                vectors[row, place] = book.prices[place] * (1.0 + move)
    return names, vectors


def monte_carlo(
    book: Book, paths: int, *, volatility: float = 0.05, correlation: float = 0.6, seed: int = 1
) -> F8:
    """Price vectors of log-normal moves with one common factor: shape [paths, labels].

    Args:
        book: the book.
        paths: how many.
        volatility: standard deviation of each log price over the horizon.
        correlation: of any two instruments.
        seed: the same seed gives the same paths.
    """
    random = np.random.Generator(np.random.PCG64(seed))
    common = random.standard_normal((paths, 1)) * np.sqrt(correlation)
    own = random.standard_normal((paths, len(book.prices))) * np.sqrt(1.0 - correlation)
    moves: F8 = np.exp(volatility * (common + own) - volatility**2 / 2)
    return book.prices * moves


def stress(
    book: Book,
    prices: F8,
    names: Sequence[str] | None = None,
    *,
    worst: int = 10,
    memory_budget: int | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Grid:
    """The whole book under every price vector.

    Args:
        book: the book; its prices stay what they are.
        prices: shape [scenarios, labels], in each instrument's quote currency.
        names: of the scenarios; default their numbers.
        worst: how many of the lowest supports to name per scenario.
        memory_budget: bytes that this may take beside the book; default what is free.
        threads: how many; results do not depend on it.
        progress: called with what is done, how much, of how much.

    Raises:
        BookTooLarge: it would not fit the budget; said before the work starts.
        BookMisuse: the prices are not one vector per scenario.
    """
    if prices.ndim != 2 or prices.shape[1] != len(book.prices):
        text = f"expected [scenarios, {len(book.prices)}], a price for each of Book.labels"
        raise BookMisuse([Problem("prices", str(prices.shape), text)])
    names = list(names) if names is not None else [str(n) for n in range(len(prices))]
    lanes = book.slices * LANES
    wanted = lanes * (25 + 8 + 12) + len(prices) * (len(STATUSES) * 16 + worst * 16 + 8)
    _refuse_over(wanted, memory_budget)
    return _Run(book, prices, names, worst, threads or book.threads).result(progress)


def _refuse_over(wanted: int, budget: int | None) -> None:
    if budget is not None and wanted > budget:
        raise BookTooLarge("bytes for the grid", wanted, budget, "raise the budget")
    refuse_without_memory(wanted, "the grid")


class _Run:
    """One grid at work: arrays that are used again for each scenario."""

    def __init__(self, book: Book, prices: F8, names: list[str], worst: int, threads: int) -> None:
        self.book, self.prices, self.names = book, prices, tuple(names)
        self.threads = threads
        lanes, scenarios = book.slices * LANES, len(prices)
        self.out = book.outcome()
        self.equity = np.empty(int(book.store.room.tally[JOINTS]))
        self.worst_scenario = np.full(lanes, -1, np.int32)
        self.worst_buffer = np.full(lanes, np.inf)
        self.count = np.zeros((scenarios, len(STATUSES)), np.int64)
        self.notional = np.zeros((scenarios, len(STATUSES)))
        self.shortfall = np.zeros(scenarios)
        self.support = np.full((scenarios, worst), np.nan)
        self.pool = np.full((scenarios, worst), -1, np.int64)

    def result(self, progress: Progress | None) -> Grid:
        """Every scenario in turn."""
        for scenario in range(len(self.prices)):
            self._one(scenario)
            if progress is not None:
                progress("scenarios", scenario + 1, len(self.prices))
        lanes = self.book.lanes_of_pools()
        found = np.full(len(lanes), -1, np.int64)
        buffer = np.full(len(lanes), np.nan)
        held = lanes >= 0
        found[held], buffer[held] = self.worst_scenario[lanes[held]], self.worst_buffer[lanes[held]]
        buffer[found < 0] = np.nan
        return Grid(
            self.names,
            self.count,
            self.notional,
            self.shortfall,
            self.support,
            self.pool,
            found,
            buffer,
        )

    def _one(self, scenario: int) -> None:
        book, out = self.book, self.out
        vector = book.price_vector(self.prices[scenario])
        units = book.units(vector)
        book.run(vector, units, out, self.equity, initial=False, threads=self.threads)
        self._decide_doubts(vector)
        parts = [range(a, b) for a, b in _ranges(book.slices, 8)]
        counts = np.zeros((len(parts), len(STATUSES)), np.int64)
        notionals, shorts = np.zeros((len(parts), len(STATUSES))), np.zeros(len(parts))

        def work(first: int, last: int) -> None:
            for part in range(first, last):
                reach = parts[part]
                shorts[part] = tally(
                    reach.start, reach.stop, book.store, book.table, units, vector, out, scenario,
                    self.worst_scenario, self.worst_buffer, counts[part], notionals[part],
                )  # fmt: skip

        in_parallel(work, len(parts), self.threads)
        # Eight parts whatever the number of threads, so that sums are equal to the bit.
        self.count[scenario], self.notional[scenario] = counts.sum(axis=0), notionals.sum(axis=0)
        self.shortfall[scenario] = shorts.sum()
        self._add_odd(scenario, vector)
        self._name_worst(scenario)

    def _decide_doubts(self, vector: F8) -> None:
        for lane in np.flatnonzero(self.out.status >= DOUBT):
            joint = self.book.store.lanes.joint[lane]
            if joint >= 0 and self.book.store.joints.lane[joint] != lane:
                continue
            pool = int(self.book.store.lanes.pool[lane])
            self.out.status[lane] = self.book.exact_status(pool, vector).rank

    def _add_odd(self, scenario: int, vector: F8) -> None:
        for figures in self.book.odd_figures(vector).values():
            self.count[scenario, figures.status.rank] += 1
            self.shortfall[scenario] += max(0.0, -figures.support) if figures.support < 0 else 0.0

    def _name_worst(self, scenario: int) -> None:
        heads = self._heads
        supports = self.out.support[heads]
        take = min(self.pool.shape[1], len(supports))
        if not take:
            return
        supports = np.where(np.isfinite(supports), supports, np.inf)
        lowest = np.argpartition(supports, take - 1)[:take]
        lowest = lowest[np.lexsort((heads[lowest], supports[lowest]))]
        self.support[scenario, :take] = supports[lowest]
        self.pool[scenario, :take] = self.book.store.lanes.pool[heads[lowest]]

    @property
    def _heads(self) -> NDArray[np.int64]:
        lanes = self.book.lanes_of_pools()
        return lanes[lanes >= 0]


def _ranges(count: int, parts: int) -> Iterator[tuple[int, int]]:
    for part in range(parts):
        yield count * part // parts, count * (part + 1) // parts

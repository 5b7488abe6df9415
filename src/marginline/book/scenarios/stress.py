"""The scenario grid: the whole book under many price vectors, streamed within a memory budget.

Nothing of the size of accounts times scenarios is ever held: each account is looked at under a
block of scenarios, counted and forgotten; only its worst scenario stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marginline.book.book import Book
from marginline.book.kernels import stress as kernels
from marginline.book.kernels.columns import F8, I8, JOINTS, Units
from marginline.book.kernels.limits import LANES, BookMisuse, BookTooLarge
from marginline.book.kernels.stress import TILE, Tally, Worst
from marginline.book.memory import refuse_without_memory
from marginline.book.scenarios.moves import Moves
from marginline.book.sweep import STATUSES
from marginline.book.threads import by_parts
from marginline.errors import Problem

Progress = Callable[[str, int, int], None]

VOLATILITY_MOST = 10.0  # of log prices: beyond it paths leave what a float holds
_BLOCK = 32  # scenarios that a pass over the book takes together
_PARTS = 256  # of a large book, each tallied by itself, whatever the number of threads
_DOUBTS = 64  # room for pools in the guard band, per part and block; made larger where need be


@dataclass(frozen=True, slots=True)
class Grid:
    """What a grid found. Arrays are [scenarios] or [scenarios, statuses] unless they say [pools].

    Amounts that are summed or compared across pools stand in the pools' asset where they share one,
    else in the asset of the `rates` that were given.
    """

    names: tuple[str, ...]
    count: NDArray[np.int64]
    """[scenarios, statuses] pools in each status, by rank in `Status`"""
    notional: F8
    """[scenarios, statuses] gross notional of those pools, as far as it is known"""
    shortfall: F8
    """[scenarios] what supports below zero are short of zero, > 0; unknown ones are not in it"""
    worst_support: F8
    """[scenarios, worst] lowest supports"""
    worst_pool: I8
    """[scenarios, worst] the pools that have them; -1 where there are fewer"""
    worst_scenario: I8
    """[pools] scenario in which support less requirement is lowest; -1 of closed and unknown"""
    worst_buffer: F8
    """[pools] support less requirement there, in the pool's own asset"""

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
    """Named shocks as price vectors: relative moves by label, `*` or `all` for all others.

    `{"crash": {"*": -0.3, "BTCUSDT": -0.2}}`; 0 leaves a price as it is. All is every mark and the
    rate of every coin; stablecoins and currencies stand. An instrument takes its base coin with it;
    `contract=BTCUSDT` moves it alone, `coin=BTC` the coin alone.

    Raises:
        BookMisuse: an unknown label, a move of -100 % or less, or two moves of one coin.
    """
    moves = Moves(book)
    vectors = [moves.prices(each, name) for name, each in named.items()]
    return list(named), np.array(vectors).reshape(len(named), len(book.prices))


def monte_carlo(
    book: Book, paths: int, *, volatility: float = 0.05, correlation: float = 0.6, seed: int = 1
) -> F8:
    """Price vectors of log-normal moves with one common factor: shape [paths, labels].

    The rate of a coin moves with an instrument of which it is the base; stablecoins stand.

    Args:
        book: the book.
        paths: how many.
        volatility: standard deviation of each log price over the horizon.
        correlation: of any two instruments.
        seed: the same seed gives the same paths.

    Raises:
        BookTooLarge: the paths would not fit the memory.
        BookMisuse: the volatility is none.
    """
    if not 0.0 <= volatility <= VOLATILITY_MOST:
        text = f"a standard deviation from 0 to {VOLATILITY_MOST:g} is expected"
        raise BookMisuse([Problem("volatility", str(volatility), text, "0.1 is 10 %")])
    refuse_without_memory(paths * len(book.prices) * 8 * 5, "the paths", "ask for fewer paths")
    random = np.random.Generator(np.random.PCG64(seed))
    common = random.standard_normal((paths, 1)) * np.sqrt(correlation)
    own = random.standard_normal((paths, len(book.prices))) * np.sqrt(1.0 - correlation)
    moves: F8 = np.exp(volatility * (common + own) - volatility**2 / 2)
    return book.prices * Moves(book).of_paths(moves)


def stress(
    book: Book,
    prices: F8,
    names: Sequence[str] | None = None,
    *,
    rates: Mapping[str, float] | None = None,
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
        rates: worth of one unit of each pool's asset in one asset of your choice, the same under
            every scenario; needed where the pools stand in several assets.
        worst: how many of the lowest supports to name per scenario.
        memory_budget: bytes that this may take beside the book; default what is free.
        threads: how many; results do not depend on it.
        progress: called with what is done, how much, of how much.

    Raises:
        BookTooLarge: it would not fit the budget; said before the work starts.
        BookMisuse: the prices are not one vector per scenario; pools in several assets without a
            rate for each.
    """
    if prices.ndim != 2 or prices.shape[1] != len(book.prices):
        text = f"expected [scenarios, {len(book.prices)}], a price for each of Book.labels"
        raise BookMisuse([Problem("prices", str(prices.shape), text)])
    if worst < 1:
        raise BookMisuse([Problem("worst", str(worst), "at least 1 is expected")])
    if names is not None and len(names) != len(prices):
        text = f"expected {len(prices)}, one for each price vector"
        raise BookMisuse([Problem("names", str(len(names)), text)])
    names = list(names) if names is not None else [str(n) for n in range(len(prices))]
    worth = worth_of_assets(book, rates)
    threads = threads or book.threads
    lanes = book.slices * LANES
    per_scenario = (_PARTS + 1) * (len(STATUSES) + worst) * 16 + 8 * len(book.terms.contracts) * 14
    wanted = lanes * (25 + 12) + len(prices) * worst * 16 + min(_BLOCK, len(prices)) * per_scenario
    _refuse_over(wanted, memory_budget)
    return _Run(book, prices, names, worst, threads, worth).result(progress)


def _refuse_over(wanted: int, budget: int | None) -> None:
    if budget is not None and wanted > budget:
        raise BookTooLarge("bytes for the grid", wanted, budget, "raise the budget")
    refuse_without_memory(wanted, "the grid")


def worth_of_assets(book: Book, rates: Mapping[str, float] | None) -> dict[str, float]:
    """What one unit of each asset that a pool stands in counts for in the sums."""
    lanes = book.lanes_of_pools()
    rows = book.terms.groups.rows
    assets = {rows[group].asset for group in np.unique(book.store.lanes.group[lanes[lanes >= 0]])}
    assets |= {odd.pool.asset for odd in book.odd.values()}
    if rates is None:
        if len(assets) > 1:
            text = "the pools stand in several assets, which cannot be added up"
            remedy = "say what one unit of each is worth: USDT 1, BTC 60000"
            raise BookMisuse([Problem("rates", ", ".join(sorted(assets)), text, remedy)])
        return dict.fromkeys(assets, 1.0)
    for asset in sorted(assets):
        rate = rates.get(asset)
        if rate is None or not 0.0 < rate < np.inf:
            found = "missing" if rate is None else str(rate)
            text = "a rate above 0 is expected for every asset that a pool stands in"
            raise BookMisuse([Problem(f"rates.{asset}", found, text)])
    return dict(rates)


class _Run:
    """One grid at work: arrays that are used again for each block of scenarios."""

    def __init__(
        self,
        book: Book,
        prices: F8,
        names: list[str],
        worst: int,
        threads: int,
        worth: Mapping[str, float],
    ) -> None:
        self.book, self.prices, self.names = book, prices, tuple(names)
        self.threads, self.worth = threads, worth
        groups = book.terms.groups.rows
        self.worth_of_group = np.array([worth.get(row.asset, np.nan) for row in groups])
        lanes, scenarios = book.slices * LANES, len(prices)
        self.out = book.outcome()
        contracts = len(book.terms.contracts)
        block = (min(_BLOCK, scenarios), contracts)
        self.units = Units(*(np.zeros(block) for _ in Units._fields))
        self.worst = Worst(np.full(lanes, -1, np.int32), np.full(lanes, np.inf))
        self.count = np.zeros((scenarios, len(STATUSES)), np.int64)
        self.notional = np.zeros((scenarios, len(STATUSES)))
        self.shortfall = np.zeros(scenarios)
        self.support = np.full((scenarios, worst), np.nan)
        self.pool = np.full((scenarios, worst), -1, np.int64)
        self.odd_worst: dict[int, tuple[float, int]] = {}

    def result(self, progress: Progress | None) -> Grid:
        """Every block of scenarios in turn."""
        for first in range(0, len(self.prices), _BLOCK):
            last = min(first + _BLOCK, len(self.prices))
            self._block(first, last)
            if progress is not None:
                progress("scenarios", last, len(self.prices))
        scenario, buffer = self._worst_of_pools()
        return Grid(
            self.names,
            self.count,
            self.notional,
            self.shortfall,
            self.support,
            self.pool,
            scenario,
            buffer,
        )

    def _worst_of_pools(self) -> tuple[I8, F8]:
        lanes = self.book.lanes_of_pools()
        scenario, buffer = np.full(len(lanes), -1, np.int64), np.full(len(lanes), np.nan)
        held = lanes >= 0
        scenario[held] = self.worst.scenario[lanes[held]]
        buffer[held] = self.worst.buffer[lanes[held]]
        for pool, (lowest, number) in self.odd_worst.items():
            buffer[pool], scenario[pool] = lowest, number
        buffer[scenario < 0] = np.nan
        return scenario, buffer

    def _block(self, first: int, last: int) -> None:
        vectors = np.array(self.prices[first:last], float)
        units = Units(*(column[: len(vectors)] for column in self.units))
        # Flags of big positions only ever widen: those of the last vector serve all.
        for place, vector in enumerate(vectors):
            self.book.units(vector, Units(*(column[place] for column in units)))
        tallies = self._tallied(units, vectors, first)
        self._add(tallies, vectors, first)
        for place, vector in enumerate(vectors):
            self._name_worst(first + place, tallies.support[:, place], tallies.lane[:, place])
            if self.book.odd:
                self._add_odd(first + place, vector)

    def _tallied(self, units: Units, vectors: F8, number: int) -> Tally:
        """Tallies [parts, ...]; the parts do not depend on the number of threads."""
        book, store, table, room = self.book, self.book.store, self.book.table, _DOUBTS
        slices, joints = parts_of(book.slices, int(store.room.tally[JOINTS]))
        parts = len(slices) - 1
        while True:
            found = self._empty(parts, len(vectors), room)

            def work(counter: I8, found: Tally = found) -> None:
                kernels.stress(
                    counter, slices, joints, store, table, units, vectors, number,
                    self.worth_of_group, np.empty(LANES), self.out, self.worst, found,
                )  # fmt: skip

            by_parts(work, parts, self.threads)
            most = int(found.number.max(initial=0))
            if most <= room:
                return found
            room = most

    def _empty(self, parts: int, scenarios: int, room: int) -> Tally:
        statuses, worst = len(STATUSES), self.pool.shape[1]
        return Tally(
            np.zeros((parts, scenarios, statuses), np.int64),
            np.zeros((parts, scenarios, statuses)),
            np.zeros((parts, scenarios)),
            np.full((parts, scenarios, worst), np.inf),
            np.full((parts, scenarios, worst), -1, np.int64),
            np.zeros((parts, room, 2), np.int64),
            np.zeros((parts, room)),
            np.zeros((parts, 1), np.int64),
        )

    def _add(self, tallies: Tally, vectors: F8, first: int) -> None:
        last = first + len(vectors)
        self.count[first:last] += tallies.count.sum(axis=0)
        self.notional[first:last] += tallies.notional.sum(axis=0)
        self.shortfall[first:last] += tallies.shortfall.sum(axis=0)
        for part in np.flatnonzero(tallies.number[:, 0]):
            for place in range(int(tallies.number[part, 0])):
                scenario, lane = tallies.doubts[part, place]
                pool = int(self.book.store.lanes.pool[lane])
                rank = self.book.exact_status(pool, vectors[scenario]).rank
                self.count[first + scenario, rank] += 1
                self.notional[first + scenario, rank] += tallies.doubt_notional[part, place]

    def _name_worst(self, scenario: int, supports: F8, lanes: I8) -> None:
        most = self.pool.shape[1]
        highest = np.partition(supports, most - 1, axis=None)[most - 1]
        near = (supports <= highest) & (supports < np.inf)
        lanes, supports = lanes[near], supports[near]
        self._keep_worst(scenario, supports, self.book.store.lanes.pool[lanes].astype(np.int64))

    def _keep_worst(self, scenario: int, supports: F8, pools: I8) -> None:
        held = self.pool[scenario] >= 0
        supports = np.concatenate([self.support[scenario, held], supports])
        pools = np.concatenate([self.pool[scenario, held], pools])
        order = np.lexsort((pools, supports))[: self.pool.shape[1]]
        self.support[scenario, : len(order)] = supports[order]
        self.pool[scenario, : len(order)] = pools[order]

    def _add_odd(self, scenario: int, vector: F8) -> None:
        """The pools that do not fit columns, by the exact path."""
        supports, pools = [], []
        for pool, figures in self.book.odd_figures(vector).items():
            worth = self.worth[self.book.odd[pool].pool.asset]
            self.count[scenario, figures.status.rank] += 1
            self.notional[scenario, figures.status.rank] += np.nan_to_num(figures.notional) * worth
            if not np.isfinite(figures.support):
                continue
            self.shortfall[scenario] += max(0.0, -figures.support) * worth
            supports.append(figures.support * worth)
            pools.append(pool)
            buffer = figures.support - figures.requirement
            if buffer < self.odd_worst.get(pool, (np.inf, -1))[0]:
                self.odd_worst[pool] = (buffer, scenario)
        self._keep_worst(scenario, np.array(supports), np.array(pools, np.int64))


def parts_of(slices: int, joints: int) -> tuple[I8, I8]:
    """Where each part of a book begins among its slices and among its joint pools.

    A part has whole tiles of slices; a small book has few parts, a large one 256 at most.
    """
    tiles = -(-slices // TILE)
    parts = max(1, min(_PARTS, max(tiles, -(-joints // TILE))))
    edges = np.arange(parts + 1)
    return np.minimum(edges * tiles // parts * TILE, slices), edges * joints // parts

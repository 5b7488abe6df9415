"""The book: sweep, watch, changes, grid, memory, compile time; its peers stand in `peers`.

All on the same generated book and in the same run. `MARGINLINE_BENCH_ACCOUNTS` sets its size
(default 1,000,000); 10,000,000 are measured, too, where four times their memory is free.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from benchmarks import cores, peers
from benchmarks.measuring import Row, medians
from marginline.book.book import Book
from marginline.book.changes import apply
from marginline.book.intake.crowd import Crowd, generate
from marginline.book.kernels.changes import Batch
from marginline.book.kernels.columns import SLOTS, Units
from marginline.book.kernels.compiled import kernel
from marginline.book.kernels.limits import LANES
from marginline.book.kernels.sweep import add_positions
from marginline.book.memory import free_bytes
from marginline.book.scenarios import stress as scenarios
from marginline.book.threads import in_parallel
from marginline.book.watch import Watch

SECOND = 1e-4  # standard deviation of a log price in one second at 56 % a year
STARTS = "from marginline.book import Crowd, Watch, generate\n"
SCRIPT = STARTS + "b = generate(Crowd(100))\nb.sweep()\nWatch(b).tick(b.prices * 1.001)\n"


def rows() -> list[Row]:
    """The whole suite."""
    accounts = int(os.environ.get("MARGINLINE_BENCH_ACCOUNTS", "1000000"))
    found = _compile_times()
    book = generate(Crowd(accounts))
    found += _sweeps(book)
    found += peers.rows(book)
    found += _grid(book)
    found += _watches(book)
    found += _changes(book)
    del book
    sizes = [accounts // 10] + ([accounts * 10] if _fits(accounts * 10) else [])
    for size in sizes:
        found += _growth(size)
    return found


def _fits(accounts: int) -> bool:
    free = free_bytes()
    return free is not None and free > accounts * 3.2 * 64 * 4


# -- sweep -------------------------------------------------------------------------------------


@kernel
def _read(first: int, last: int, column: Any) -> Any:
    """Read a column once, as words: whole numbers add up in any order, eight at a time."""
    total = np.uint64(0)
    for row in range(first, last):
        total += column[row]
    return total


def _read_range(column: Any, first: int, last: int) -> Any:
    return _read(first, last, column)


def _sweeps(book: Book) -> list[Row]:
    store, out = book.store, book.outcome()
    vector, equity = book.price_vector(), np.empty(0)
    units = book.units(vector)
    slots, lanes = int(store.room.tally[SLOTS]), book.slices * LANES
    columns: list[Any] = [store.slots.contract[:slots], store.slots.size[:slots]]
    columns.append(store.slots.big[: slots // LANES])
    columns += [
        column[:lanes]
        for column in (
            store.lanes.static,
            store.lanes.charge,
            store.lanes.scale,
            store.lanes.group,
        )
    ]
    words = [column.view(np.uint64) for column in columns]

    def read() -> None:
        for column in words:
            in_parallel(partial(_read_range, column), len(column), book.threads)

    taken = medians(
        {
            "read": read,
            "sweep": lambda: book.run(vector, units, out, equity, initial=False),
            "one": lambda: book.run(vector, units, out, equity, initial=False, threads=1),
            "initial": lambda: book.run(vector, units, out, equity, initial=True),
        }
    )
    size = sum(column.nbytes for column in words)
    ms = {name: seconds * 1e3 for name, seconds in taken.items()}
    accounts = f"{len(book):,} accounts"
    return [
        Row("book: read bandwidth", size / taken["read"] / 1e9, "GB/s"),
        Row(
            f"book: sweep, {accounts}",
            ms["sweep"],
            "ms",
            "reading its columns once",
            ms["read"],
            "2",
        ),
        Row("book: sweep, one thread", ms["one"], "ms", "reading its columns once", ms["read"]),
        Row("book: sweep with initial margin", ms["initial"], "ms", "sweep without", ms["sweep"]),
        Row("book: sweep per position", taken["sweep"] / book.positions * 1e9, "ns"),
    ]


# -- grid, watch, changes ----------------------------------------------------------------------


def _grid(book: Book) -> list[Row]:
    paths = 64
    prices = scenarios.monte_carlo(book, paths, volatility=0.1)
    scenarios.stress(book, prices[:1])
    start = time.perf_counter()
    scenarios.stress(book, prices)
    seconds = (time.perf_counter() - start) / paths
    vector, out = book.price_vector(), book.outcome()
    units = book.units(vector)
    alone = partial(_in_cache, book, units)
    sums = medians(
        {
            "sweep": lambda: book.run(vector, units, out, np.empty(0), initial=False),
            "limit": lambda: in_parallel(alone, book.slices, book.threads),
        },
        7,
    )
    rate, most = len(book) / seconds / 1e6, len(book) / sums["limit"] / 1e6
    limit = "first-tier sums alone, in the first-level cache"
    return [
        Row("book: grid, accounts x scenarios", rate, "M/s", limit, most),
        Row("book: grid, per scenario", seconds * 1e3, "ms", "one sweep", sums["sweep"] * 1e3),
        *cores.rows(book, prices),
    ]


def _in_cache(book: Book, units: Units, first: int, last: int) -> None:
    """As many positions as slices `first` to `last` hold, all of them those of one slice."""
    slots, slices = book.store.slots, book.store.slices
    here = int(np.flatnonzero(slices.width[: book.slices] == 3)[0])
    start, end = int(slices.slot[here]), int(slices.slot[here]) + 3 * LANES
    rows = int(slices.width[first:last].sum())
    sums = np.zeros((3, LANES))
    add_repeatedly(rows, slots.contract[start:end], slots.size[start:end], units, sums)


@kernel
def add_repeatedly(rows: int, contracts: Any, sizes: Any, units: Units, sums: Any) -> None:
    """The sums of a sweep without tiers, statuses and memory: `rows` rows of 64 positions."""
    for _ in range(rows // 3):
        add_positions(3, contracts, sizes, units.pnl, units.base, sums[0], sums[1], sums[2])


class Ticked(NamedTuple):
    """Milliseconds of ticks of all instruments (one thread), and of sweeps between them."""

    median: float
    slowest: float
    """99th percentile"""
    sweep: float
    """on all threads"""
    alone: float
    """sweep on one thread"""


def _ticked(watch: Watch[Book], spread: float, ticks: int) -> Ticked:
    book, random = watch.book, np.random.Generator(np.random.PCG64(3))
    out, vector = book.outcome(), book.price_vector()
    rows, times = np.arange(1, len(book.prices)), []
    sweeps: dict[int, list[float]] = {book.threads: [], 1: []}
    for step in range(ticks):
        vector = vector * np.exp(random.normal(0.0, spread, len(vector)))
        start = time.perf_counter()
        watch.tick_rows(rows, vector[1:])
        times.append(time.perf_counter() - start)
        if step % 10 == 0:
            units = book.units(vector)
            for threads, taken in sweeps.items():
                start = time.perf_counter()
                book.run(vector, units, out, np.empty(0), initial=False, threads=threads)
                taken.append(time.perf_counter() - start)
    found = statistics.median(times), float(np.quantile(times, 0.99))
    every, alone = statistics.median(sweeps[book.threads]), statistics.median(sweeps[1])
    return Ticked(*(seconds * 1e3 for seconds in (*found, every, alone)))


def _watches(book: Book) -> list[Row]:
    start = time.perf_counter()
    watch = Watch(book)
    armed = time.perf_counter() - start
    _ticked(watch, SECOND, 20)
    before = watch.looked
    found = _ticked(watch, SECOND, 300)
    looked = (watch.looked - before) / 300
    memory = book.memory()
    total = memory.total + watch.memory()
    return [
        *_tick_rows("book: tick of all instruments", found, "0.02"),
        Row("book: tick of all instruments, p99", found.slowest, "ms", "sweep", found.sweep, "0.2"),
        Row(
            "book: accounts looked at per tick", looked, "accounts", "all of them", float(len(book))
        ),
        Row("book: arming a watch", armed, "s"),
        Row(
            "book: columns per position",
            memory.per_position,
            "B",
            "with a watch",
            total / book.positions,
        ),
        Row("book: with a watch, per position", total / book.positions, "B", bar="64 B"),
        *_columns(book, watch),
    ]


def _columns(book: Book, watch: Watch[Book]) -> list[Row]:
    """Bytes of the columns that are per position, and of those that are per account."""
    store, rings = book.store, watch.rings
    slots: list[Any] = [*store.slots, rings.next, rings.prev, rings.place]
    lanes: list[Any] = [*store.lanes, book.lane_of_pool]
    lanes += [rings.candidate, rings.before, rings.after]
    of_slot, of_lane = (sum(column.nbytes for column in columns) for columns in (slots, lanes))
    every = (book.memory().total + watch.memory()) / len(book)
    return [
        Row(
            "book: columns of positions, watch included", of_slot / book.positions, "B", bar="64 B"
        ),
        Row("book: columns of accounts, watch included", of_lane / len(book), "B", bar="64 B"),
        Row("book: an account with its positions and its share of rings", every, "B"),
    ]


def _changes(book: Book) -> list[Row]:
    random = np.random.Generator(np.random.PCG64(5))
    count = 100_000
    pool = random.integers(0, len(book), count).astype(np.uint32)
    contract = random.integers(1, 301, count).astype(np.uint16)
    price = book.prices[book.table.contracts.instrument[contract]]
    kind = (random.random(count) < 0.3).astype(np.uint8)
    size = np.where(kind == 1, 1.0, np.round(random.normal(0, 100, count)) + 0.5) / np.where(
        kind == 1, 1, price
    )
    code = np.full(count, 3, np.uint16)
    contract = np.where(kind == 1, 0, contract).astype(np.uint16)
    columns: list[Any] = [kind, pool, contract, size, price, price * 0, code]
    apply(book, Batch(*(column[:1000] for column in columns)))
    start = time.perf_counter()
    apply(book, Batch(*columns))
    seconds = time.perf_counter() - start
    return [Row("book: changes applied while watching", count / seconds, "1/s", bar="200,000")]


def _growth(accounts: int) -> list[Row]:
    book = generate(Crowd(accounts))
    watch = Watch(book)
    _ticked(watch, SECOND, 10)
    found = _ticked(watch, SECOND, 100)
    name = f"book: {accounts:,} accounts"
    return [Row(f"{name}, sweep", found.sweep, "ms"), *_tick_rows(f"{name}, tick", found)]


def _tick_rows(name: str, found: Ticked, bar: str = "") -> list[Row]:
    """A tick beside a sweep on all threads, and beside one on a single thread as the tick is."""
    return [
        Row(f"{name}, median", found.median, "ms", "sweep", found.sweep, bar),
        Row(f"{name}, median", found.median, "ms", "sweep on one thread, too", found.alone, bar),
    ]


def _compile_times() -> list[Row]:
    """A first start compiles; later ones load what was compiled."""
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"NUMBA_CACHE_DIR": folder}
        seconds = []
        for _ in range(2):
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", SCRIPT], env=environment, check=True)
            seconds.append(time.perf_counter() - start)
    return [
        Row("book: first start, kernels compiled", seconds[0], "s"),
        Row("book: later starts", seconds[1], "s"),
    ]

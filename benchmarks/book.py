"""The book: sweep, watch, changes, grid, memory, compile time; beside numpy, polars and DuckDB.

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
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from benchmarks.measuring import Row
from marginline.book import scenarios
from marginline.book.book import Book
from marginline.book.changes import apply
from marginline.book.changing import Batch
from marginline.book.compiled import kernel
from marginline.book.generating import Crowd, generate
from marginline.book.memory import free_bytes
from marginline.book.sweep import in_parallel
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
    found += _peers(book)
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


def _medians(work: dict[str, Callable[[], object]], repeats: int = 15) -> dict[str, float]:
    """Median seconds of each, taken in turns, so that a noisy minute strikes all alike."""
    times: dict[str, list[float]] = {name: [] for name in work}
    for one in work.values():
        one()
    for _ in range(repeats):
        for name, one in work.items():
            start = time.perf_counter()
            one()
            times[name].append(time.perf_counter() - start)
    return {name: statistics.median(taken) for name, taken in times.items()}


# -- sweep -------------------------------------------------------------------------------------


@kernel
def _read_numbers(first: int, last: int, column: Any) -> float:
    total = 0.0
    for row in range(first, last):
        total += abs(column[row])
    return total


@kernel
def _read_words(first: int, last: int, column: Any) -> int:
    total = 0
    for row in range(first, last):
        total += column[row]
    return total


def _read_range(kernel_of: Callable[..., Any], column: Any, first: int, last: int) -> Any:
    return kernel_of(first, last, column)


def _sweeps(book: Book) -> list[Row]:
    store, out = book.store, book.outcome()
    vector, equity = book.price_vector(), np.empty(0)
    units = book.units(vector)
    slots, lanes = int(store.room.tally[1]), book.slices * 64
    numbers: list[Any] = [
        store.slots.size[:slots],
        store.lanes.static[:lanes],
        store.lanes.charge[:lanes],
    ]
    words: list[Any] = [
        store.slots.contract[:slots].view(np.uint64),
        store.slots.big[: slots // 64],
    ]
    words += [store.lanes.scale[:lanes].view(np.uint64), store.lanes.group[:lanes].view(np.uint64)]

    def read() -> None:
        for column in numbers:
            in_parallel(partial(_read_range, _read_numbers, column), len(column), book.threads)
        for column in words:
            in_parallel(partial(_read_range, _read_words, column), len(column), book.threads)

    taken = _medians(
        {
            "read": read,
            "sweep": lambda: book.run(vector, units, out, equity, initial=False),
            "one": lambda: book.run(vector, units, out, equity, initial=False, threads=1),
            "initial": lambda: book.run(vector, units, out, equity, initial=True),
        }
    )
    size = sum(column.nbytes for column in numbers + words)
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


# -- peers -------------------------------------------------------------------------------------


def _peers(book: Book) -> list[Row]:
    """The same equity and tiered requirement by other tools, from columns in their own form."""
    lanes = book.lanes_of_pools()
    store = book.store
    used = store.lanes.used[lanes].astype(np.int64)
    of = np.repeat(np.arange(len(lanes)), used)
    place = np.arange(len(of)) - np.repeat(np.cumsum(used) - used, used)
    slot = store.slices.slot[lanes[of] // 64] + 64 * place + lanes[of] % 64
    contract, size = store.slots.contract[slot].astype(np.int64), store.slots.size[slot]
    static = store.lanes.static[lanes]
    tiers = book.table.tiers
    value, table = book.units(book.prices).value, book.table.contracts.table
    rows = int(tiers.first[2] - tiers.first[1])
    rate = np.stack([tiers.rate[tiers.first[t] : tiers.first[t] + rows] for t in table[1:]])
    less = np.stack([tiers.deduction[tiers.first[t] : tiers.first[t] + rows] for t in table[1:]])
    first = np.concatenate([[0], np.cumsum(used)])[:-1]

    def by_numpy() -> tuple[Any, Any]:
        worth = size * value[contract]
        notional = np.abs(worth)
        need = notional * rate[contract - 1, 0]
        for row in range(1, rows):
            line = notional * rate[contract - 1, row] - less[contract - 1, row]
            np.maximum(need, line, out=need)
        return static + np.add.reduceat(worth, first), np.add.reduceat(need, first)

    work: dict[str, Callable[[], object]] = {
        "sweep": lambda: book.run(vector, units, out, np.empty(0), initial=False),
        "numpy": by_numpy,
    }
    vector, out = book.price_vector(), book.outcome()
    units = book.units(vector)
    equity, need = by_numpy()
    sweep = book.sweep(initial=False)
    assert np.allclose(sweep.support, equity, atol=1e-6)
    assert np.allclose(sweep.requirement, need, atol=1e-6)
    work |= _frames(of, contract, size, value, rate, less)
    taken = _medians(work, 5)
    bars = {"numpy": "15", "polars": "25", "duckdb": "50"}
    return [
        Row(
            f"book: {name}, the same sums",
            seconds * 1e3,
            "ms",
            "sweep",
            taken["sweep"] * 1e3,
            bars[name],
        )
        for name, seconds in taken.items()
        if name in bars
    ]


def _frames(  # noqa: PLR0917 - they are columns
    of: Any, contract: Any, size: Any, value: Any, rate: Any, less: Any
) -> dict[str, Callable[[], object]]:
    """The same in polars and DuckDB, where they are installed."""
    found: dict[str, Callable[[], object]] = {}
    terms = {"contract": np.arange(1, len(value)), "value": value[1:]}
    for row in range(rate.shape[1]):
        terms |= {f"r{row}": rate[:, row], f"d{row}": less[:, row]}
    positions = {"account": of.astype(np.int32), "contract": contract, "size": size}
    try:
        import polars as pl

        left, right = pl.DataFrame(positions), pl.DataFrame(terms)
        lines = [
            pl.col("size").abs() * pl.col("value") * pl.col(f"r{row}") - pl.col(f"d{row}")
            for row in range(rate.shape[1])
        ]
        found["polars"] = lambda: (
            left.lazy()
            .join(right.lazy(), on="contract")
            .select(
                "account", worth=pl.col("size") * pl.col("value"), need=pl.max_horizontal(lines)
            )
            .group_by("account")
            .agg(pl.col("worth").sum(), pl.col("need").sum())
            .collect()
        )
    except ImportError:
        print("polars is not installed: left out", file=sys.stderr)
    try:
        import duckdb
        import pyarrow as pa

        base = duckdb.connect()
        base.register("p0", pa.table(positions))
        base.register("t0", pa.table(terms))
        base.execute("create table p as select * from p0")
        base.execute("create table t as select * from t0")
        most = ", ".join(f"abs(size) * value * r{n} - d{n}" for n in range(rate.shape[1]))
        query = (
            f"select account, sum(size * value) as worth, sum(greatest({most})) as need"
            " from p join t using (contract) group by account"
        )
        found["duckdb"] = lambda: base.execute(query).fetchnumpy()
    except ImportError:
        print("duckdb or pyarrow is not installed: left out", file=sys.stderr)
    return found


# -- grid, watch, changes ----------------------------------------------------------------------


def _grid(book: Book) -> list[Row]:
    paths = 20
    prices = scenarios.monte_carlo(book, paths, volatility=0.1)
    scenarios.stress(book, prices[:1])
    start = time.perf_counter()
    scenarios.stress(book, prices)
    seconds = time.perf_counter() - start
    vector, out = book.price_vector(), book.outcome()
    units = book.units(vector)
    one = _medians({"sweep": lambda: book.run(vector, units, out, np.empty(0), initial=False)}, 5)
    return [
        Row("book: grid, accounts x scenarios", len(book) * paths / seconds / 1e6, "M/s"),
        Row(
            "book: grid, per scenario", seconds / paths * 1e3, "ms", "one sweep", one["sweep"] * 1e3
        ),
    ]


def _ticked(watch: Watch, spread: float, ticks: int) -> tuple[list[float], list[float]]:
    """Seconds of ticks of all instruments, and of sweeps between them."""
    book, random = watch.book, np.random.Generator(np.random.PCG64(3))
    out, vector = book.outcome(), book.price_vector()
    rows, times, sweeps = np.arange(1, len(book.prices)), [], []
    for step in range(ticks):
        vector = vector * np.exp(random.normal(0.0, spread, len(vector)))
        start = time.perf_counter()
        watch.tick_rows(rows, vector[1:])
        times.append(time.perf_counter() - start)
        if step % 10 == 0:
            units = book.units(vector)
            start = time.perf_counter()
            book.run(vector, units, out, np.empty(0), initial=False)
            sweeps.append(time.perf_counter() - start)
    return times, sweeps


def _watches(book: Book) -> list[Row]:
    start = time.perf_counter()
    watch = Watch(book)
    armed = time.perf_counter() - start
    _ticked(watch, SECOND, 20)
    before = watch.looked
    times, sweeps = _ticked(watch, SECOND, 300)
    looked = (watch.looked - before) / 300
    sweep = statistics.median(sweeps) * 1e3
    tick, slow = statistics.median(times) * 1e3, float(np.quantile(times, 0.99)) * 1e3
    memory = book.memory()
    total = memory.total + watch.memory()
    return [
        Row("book: tick of all instruments, median", tick, "ms", "sweep", sweep, "0.02"),
        Row("book: tick of all instruments, p99", slow, "ms", "sweep", sweep, "0.2"),
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
        Row("book: with a watch, per account", total / len(book), "B"),
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
    times, sweeps = _ticked(watch, SECOND, 100)
    name = f"book: {accounts:,} accounts"
    sweep = statistics.median(sweeps) * 1e3
    return [
        Row(f"{name}, sweep", sweep, "ms"),
        Row(f"{name}, tick", statistics.median(times) * 1e3, "ms", "sweep", sweep, "0.02"),
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

"""The book on more cores: bound to one and to all that there are, and dealt out to more.

The grid's parts are timed one by one, in processor time, and dealt out as the threads would take
them: whoever is done first takes the next. Each thread begins after the one before it, by what that
was measured to take. What is no part is counted as serial: Python between the blocks, and once a
grid; both are measured as what a grid takes outside of its kernel. A sweep of a million accounts is
so short that beginning threads is what ends its growth; the sweep of ten times as many shows it.
Where there is `taskset`, a process of its own runs the same work on one core and on all.
"""

from __future__ import annotations

import heapq
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any
from unittest.mock import patch

import numpy as np

from benchmarks.measuring import Row
from marginline.book.book import Book
from marginline.book.kernels import stress
from marginline.book.kernels.columns import JOINTS, Units
from marginline.book.kernels.limits import LANES
from marginline.book.kernels.stress import Tally
from marginline.book.kernels.sweep import PART, sweep_slices
from marginline.book.scenarios import stress as scenarios
from marginline.book.threads import by_parts, worthwhile

BLOCK = 32
BLOCKS = 32
"""Of the grid that is dealt out to more cores: a thousand scenarios."""
BOUND_MOST = 200_000
"""Accounts of the process that is bound to some cores: it makes a book of its own."""

BOUND = """
import sys, time, numpy as np
from marginline.book import Crowd, generate
from marginline.book.scenarios import stress
book = generate(Crowd(int(sys.argv[1])))
prices, out, none = stress.monte_carlo(book, 64, volatility=0.1), book.outcome(), np.empty(0)
vector = book.price_vector(); units = book.units(vector); stress.stress(book, prices[:1])
def best(work, times):
    found = []
    for _ in range(times):
        start = time.perf_counter(); work(); found.append(time.perf_counter() - start)
    return min(found)
print(best(lambda: stress.stress(book, prices), 5),
      best(lambda: book.run(vector, units, out, none, initial=False), 40))
"""


def rows(book: Book, prices: Any) -> list[Row]:
    """Both ways, for the grid under `prices` and for the sweep."""
    return [*_simulated(book, prices), *_bound(len(book))]


def _simulated(book: Book, prices: Any) -> list[Row]:
    alone = _best(partial(scenarios.stress, book, prices, threads=1), 3)
    parts = np.min([_alone(book, prices) for _ in range(3)], axis=0).tolist()
    once, between = _serial(book, prices)
    vector, out, none = book.price_vector(), book.outcome(), np.empty(0)
    units = book.units(vector)
    sweep = _best(partial(book.run, vector, units, out, none, initial=False, threads=1), 7)
    count, call = -(-book.slices // PART), _call(book)
    found = [
        Row("book: grid, 1 thread", len(book) * len(prices) / alone / 1e6, "M/s"),
        Row("book: parts of the grid", len(parts), "parts"),
        Row("book: parts of a sweep", count, "parts"),
        Row("book: beginning a thread", call * 1e6, "us", "a part of a sweep", sweep / count * 1e6),
        Row("book: grid, Python once", once * 1e3, "ms", "a block", sum(parts) * 1e3),
        Row("book: grid, Python between its blocks", between * 1e3, "ms", "a block",
            sum(parts) * 1e3),
    ]  # fmt: skip
    for cores in (4, 16, 64):
        whole, dealt = sum(parts) + between, _dealt(parts, cores, call) + between
        grid = (once + BLOCKS * whole) / (once + BLOCKS * dealt)
        swept = (_swept(sweep / count, count * times, cores, call) for times in (1, 10))
        names = ("grid", "sweep", "sweep of 10 times")
        for name, faster in zip(names, (grid, *swept), strict=True):
            text = f"book: {name}, {cores} cores (simulated), times faster"
            found.append(Row(text, faster, "", "cores", cores))
    return found


def _swept(part: float, parts: int, cores: int, call: float) -> float:
    """How many times faster so many parts are swept than by one core."""
    return part * parts / _dealt([part] * parts, min(cores, worthwhile(parts)), call)


def _call(book: Book) -> float:
    """Processor seconds that one more thread takes to begin: its job, and the way into a kernel."""
    units, out, counter = book.units(book.price_vector()), book.outcome(), np.zeros(1, np.int64)
    initial = False

    def begin(_: Any) -> None:
        sweep_slices(counter, 0, book.store, book.table, units, initial, np.empty(LANES), out)

    few, many = (_best(partial(by_parts, begin, n, n), 40) for n in (2, 34))
    return (many - few) / 32


def _serial(book: Book, prices: Any) -> tuple[float, float]:
    """Processor seconds that a grid spends outside of its kernel: once, and for each block."""
    one, two = (min(_outside(book, prices[:n]) for _ in range(5)) for n in (BLOCK, 2 * BLOCK))
    between = max(two - one, 0.0)
    return max(one - between, 0.0), between


def _outside(book: Book, prices: Any) -> float:
    kernel, inside = stress.stress, []

    def timed(*given: Any) -> None:
        start = time.process_time()
        kernel(*given)
        inside.append(time.process_time() - start)

    with patch.object(stress, "stress", timed):
        start = time.process_time()
        scenarios.stress(book, prices, threads=1)
        return time.process_time() - start - sum(inside)


def _best(work: Callable[[], object], repeats: int) -> float:
    """Processor seconds of the best of several: the machine is shared."""
    taken = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return min(taken)


def _alone(book: Book, prices: Any) -> list[float]:
    """Processor seconds of each part of the grid's first block, one after the other."""
    block = np.array(prices[:BLOCK])
    names = [str(number) for number in range(len(block))]
    run = scenarios._Run(book, block, names, 10, 1, dict.fromkeys(("USDT",), 1.0))  # noqa: SLF001
    slices, joints = scenarios.parts_of(book.slices, int(book.store.room.tally[JOINTS]))
    each = [book.units(vector) for vector in block]
    units = Units(*(np.stack(columns) for columns in zip(*each, strict=True)))
    tallies = run._empty(len(slices) - 1, len(block), 4096)  # noqa: SLF001
    gross, times = np.empty(LANES), []
    for part in range(len(slices) - 1):
        columns: list[Any] = [column[: part + 1] for column in tallies]
        upto = Tally(*columns)
        start = time.process_time()
        stress.stress(
            np.array([part]), slices, joints, book.store, book.table, units, block, 0,
            run.worth_of_group, gross, run.out, run.worst, upto,
        )  # fmt: skip
        times.append(time.process_time() - start)
    return times


def _dealt(parts: list[float], cores: int, call: float = 0.0) -> float:
    """When the last core is done; each begins one call after the one before it."""
    free = [core * call for core in range(cores)]
    for part in parts:
        heapq.heapreplace(free, free[0] + part)
    return max(free)


def _bound(accounts: int) -> list[Row]:
    """The same work in a process bound to one core, and in one that has all of them."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if shutil.which("taskset") is None or len(cores) < 2:
        print("no taskset, or one core alone: one core against all is left out", file=sys.stderr)
        return []
    size = min(accounts, BOUND_MOST)
    one, every = _on(cores[:1], size), _on(cores, size)
    return [
        Row(f"book: {name}, taskset: {len(cores)} cores against 1, times faster", slow / fast, "",
            "cores", len(cores))
        for name, slow, fast in zip(("grid", "sweep"), one, every, strict=True)
    ]  # fmt: skip


def _on(cores: list[int], accounts: int) -> list[float]:
    bound = ["taskset", "-c", ",".join(map(str, cores))]
    command = [*bound, sys.executable, "-c", BOUND, str(accounts)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return [float(seconds) for seconds in done.stdout.split()]

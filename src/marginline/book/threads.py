"""Work in threads: kernels let go of the interpreter, so one process uses every core."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray


def in_parallel(work: Callable[[int, int], Any], count: int, threads: int) -> None:
    """Call `work(first, last)` on `threads` equal ranges of `count`, each in its thread."""
    if threads <= 1 or count < 2 * threads:
        work(0, count)
        return
    edges = [count * part // threads for part in range(threads + 1)]
    pool = _pool(threads)
    jobs = [pool.submit(work, a, b) for a, b in pairwise(edges[1:])]
    work(edges[0], edges[1])
    for job in jobs:
        job.result()


def by_parts(
    work: Callable[[NDArray[np.int64]], Any], parts: int, threads: int, *, light: bool = False
) -> None:
    """Call `work(counter)` in at most `threads` threads, at most one for each of the parts.

    The kernel that it calls takes parts from the counter until there are none (`claim`): one call a
    thread, and a thread that was held up leaves its share to the others.

    Threads begin one after another, because Python lets one at a time hand a kernel its arguments.
    `light`: that takes as long as some three parts; then no more than `worthwhile` begin.
    """
    counter = np.zeros(1, np.int64)
    helpers = min(threads, worthwhile(parts) if light else parts) - 1
    jobs = [_pool(threads).submit(work, counter) for _ in range(helpers)]
    work(counter)
    for job in jobs:
        job.result()


def worthwhile(parts: int) -> int:
    """How many threads shorten work of so many light parts.

    Of `n` threads, each three parts later than the one before, the last is done after some
    `parts / n + 3 n / 2` parts: beyond that root one thread more costs what it saves.
    """
    return max(1, isqrt(2 * parts // 3))


_POOLS: dict[int, ThreadPoolExecutor] = {}


def _pool(threads: int) -> ThreadPoolExecutor:
    if threads not in _POOLS:
        _POOLS[threads] = ThreadPoolExecutor(threads - 1, thread_name_prefix="marginline-book")
    return _POOLS[threads]

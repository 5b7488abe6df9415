"""Rows into both engines, a history of 30 days at 600 points, the longest wait of a reader."""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.measuring import Row, median_seconds
from marginline.monitor.history import POINTS, thinned
from marginline.monitor.keeping.recall import floats_of
from marginline.store.opening import open_store
from marginline.store.rows import LedgerRow, RollupRow
from marginline.store.rows import Row as Kept
from marginline.store.store import Store
from tests.store.rows import assessment, ledger, rollup
from tests.store.server import NoServer, server

ROWS, AT_ONCE = 20_000, 1_000
DAYS, STEP, READS = 30, 300_000, 50


def rows() -> list[Row]:
    """SQLite, then PostgreSQL where there is one."""
    with tempfile.TemporaryDirectory() as folder:
        found = _of(f"sqlite:///{Path(folder) / 'h.db'}", "SQLite")
    try:
        with server() as address:
            found += _of(address % "postgres", "PostgreSQL")
    except NoServer as reason:
        print(f"PostgreSQL is left out: {reason}", file=sys.stderr)
    return found


def _of(url: str, name: str) -> list[Row]:
    with open_store(url) as store:
        store.write([assessment(0), ledger(0)]).result(60)
        told = _speed(store, [assessment(n) for n in range(1, ROWS + 1)])
        booked = _speed(store, [ledger(n) for n in range(1, ROWS + 1)])
        count = DAYS * 86_400_000 // STEP
        store.write([rollup(n * STEP, 0, "0.5", STEP) for n in range(count)]).result(60)
        newest = count * STEP
        alone = median_seconds(lambda: store.write([ledger(next(_numbers))]).result(60), repeats=5)

        def month() -> int:
            since = newest - DAYS * 86_400_000
            found = store.read.rows(RollupRow, account="main", step=STEP, since=since)
            return len(thinned([floats_of(row) for row in found], POINTS))

        assert month() == POINTS
        quiet, beside = _waits(store, month)
        assert len(store.read.rows(LedgerRow, newest=10)) == 10
        asked = median_seconds(month, repeats=5)
    return [
        Row(f"{name}: assessments, {AT_ONCE} at once", told, "rows/s"),
        Row(f"{name}: ledger, durable, {AT_ONCE} at once", booked, "rows/s"),
        Row(f"{name}: one ledger row until it is acknowledged", alone, "s"),
        Row(f"{name}: 30 days of 5 minutes at {POINTS} points", asked, "s"),
        Row(
            f"{name}: the same beside a writer at full speed, the longest of {READS}",
            beside,
            "s",
            "without a writer",
            quiet,
        ),
    ]


def _waits(store: Store, read: Callable[[], object]) -> tuple[float, float]:
    """The longest of many reads: alone, then while rows are written without a pause."""
    alone = max(_took(read) for _ in range(READS))
    ending = threading.Event()

    def hammer() -> None:
        while not ending.is_set():
            store.write([ledger(next(_numbers)) for _ in range(100)]).result(60)

    thread = threading.Thread(target=hammer)
    thread.start()
    try:
        return alone, max(_took(read) for _ in range(READS))
    finally:
        ending.set()
        thread.join()


def _took(read: Callable[[], object]) -> float:
    begun = time.perf_counter()
    read()
    return time.perf_counter() - begun


_numbers = iter(range(10**6, 10**9))


def _speed(store: Store, kept: Sequence[Kept]) -> float:
    begun = time.perf_counter()
    parts = [kept[n : n + AT_ONCE] for n in range(0, len(kept), AT_ONCE)]
    for done in [store.write(part) for part in parts]:
        done.result(120)
    return len(kept) / (time.perf_counter() - begun)

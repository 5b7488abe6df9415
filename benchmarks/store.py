"""Rows into both engines, and a history of 30 days read at 600 points."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
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
DAYS, STEP = 30, 300_000


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
        assert len(store.read.rows(LedgerRow, newest=10)) == 10
        asked = median_seconds(month, repeats=5)
    return [
        Row(f"{name}: assessments, {AT_ONCE} at once", told, "rows/s"),
        Row(f"{name}: ledger, durable, {AT_ONCE} at once", booked, "rows/s"),
        Row(f"{name}: one ledger row until it is acknowledged", alone, "s"),
        Row(f"{name}: 30 days of 5 minutes at {POINTS} points", asked, "s"),
    ]


_numbers = iter(range(10**6, 10**9))


def _speed(store: Store, kept: Sequence[Kept]) -> float:
    begun = time.perf_counter()
    parts = [kept[n : n + AT_ONCE] for n in range(0, len(kept), AT_ONCE)]
    for done in [store.write(part) for part in parts]:
        done.result(120)
    return len(kept) / (time.perf_counter() - begun)

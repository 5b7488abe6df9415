"""What a store survives, tried: `kill -9`, a log cut anywhere, a byte flipped anywhere.

Used by the tests with few tries and by `make simulate` with many.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import sqlite3
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from marginline.errors import MarginlineError
from marginline.store.checking import check
from marginline.store.opening import open_store, reading_store
from marginline.store.rows import LedgerRow, RollupRow
from tests.store.rows import ledger, rollup

EVENT = 3
"""Rows that belong together: one event. Half of it must never be seen."""


def event(number: int) -> list[LedgerRow]:
    return [ledger(number * EVENT + part, f"-{number}.{part}0") for part in range(EVENT)]


# -- kill -9 ----------------------------------------------------------------------------------


def killed(folder: Path, seed: int) -> tuple[int, int]:
    """Kill a writer at a random moment; how many events it was told of, and how many are there.

    Raises AssertionError where one that was acknowledged is gone, or half of one is there.
    """
    url = f"sqlite:///{folder / f'k{seed}.db'}"
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            _writes(url, theirs)
        os._exit(1)
    os.close(theirs)
    with os.fdopen(ours, "rb") as told:
        first = told.read(4)
        assert first, "the writer wrote nothing"
        time.sleep(random.Random(seed).uniform(0, 0.2))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        acknowledged = 1 + len(told.read()) // 4
    begun = time.process_time()  # its own work: a machine that is busy otherwise is no fault
    with open_store(url) as store:
        found = {row.id: row for row in store.read.rows(LedgerRow)}
        verdict = check(store.read)
    took = time.process_time() - begun
    whole = _whole(found)
    assert not verdict.damages, verdict.damages
    assert whole >= acknowledged, f"seed {seed}: {acknowledged} acknowledged, {whole} there"
    assert took < 5, f"restart took {took:.1f} s"
    for suffix in ("", "-wal", "-shm"):
        for name in (f"k{seed}.db", f"k{seed}-booked.db"):
            (folder / (name + suffix)).unlink(missing_ok=True)
    return acknowledged, whole


def _whole(found: dict[str, LedgerRow]) -> int:
    """How many events are there, from the first on; each must be whole and as it was given."""
    count, rest = divmod(len(found), EVENT)
    assert rest == 0, "half an event is there"
    for number in range(count):
        for row in event(number):
            assert found[row.id] == row
    return count


def _writes(url: str, pipe: int) -> None:
    with open_store(url) as store:
        number = 0
        waiting = []
        while True:  # several under way at once, as a monitor has them
            waiting.append(store.write([*event(number), rollup(number * 1000, 0, "0.5")]))
            number += 1
            if len(waiting) >= 8:
                for each in waiting:
                    each.result(120)
                    os.write(pipe, number.to_bytes(4))
                waiting.clear()


# -- a log that was cut -------------------------------------------------------------------------


def written(folder: Path, events: int) -> list[int]:
    """A store of so many events, its files as they lie while it is open, copied to `copy`.

    Returns the length of the booked log after each event was acknowledged.
    """
    ends = []
    copy = folder / "copy"
    copy.mkdir()
    open_store(f"sqlite:///{folder / 'h.db'}").close()  # so that the log holds events alone
    with open_store(f"sqlite:///{folder / 'h.db'}") as store:
        for number in range(events):
            store.write([*event(number), rollup(number * 1000, 0, "0.5")]).result(120)
            ends.append((folder / "h-booked.db-wal").stat().st_size)
        for file in folder.glob("h*"):
            if not file.name.endswith("-shm"):
                shutil.copy(file, copy / file.name)
    return ends


def cut(folder: Path, ends: list[int], offsets: Iterable[int]) -> int:
    """Cut the booked log at each offset: what opens is a prefix of what was acknowledged.

    Returns how many offsets were tried. Raises AssertionError.
    """
    copy, tried = folder / "copy", folder / "tried"
    tried.mkdir(exist_ok=True)
    base, log = (copy / "h-booked.db").read_bytes(), (copy / "h-booked.db-wal").read_bytes()
    count = 0
    for offset in offsets:
        path = tried / "h-booked.db"
        path.write_bytes(base)
        path.with_name("h-booked.db-wal").write_bytes(log[:offset])
        path.with_name("h-booked.db-shm").unlink(missing_ok=True)
        with contextlib.closing(sqlite3.connect(path)) as connection:
            ids = [row[0] for row in connection.execute("SELECT id FROM ledger ORDER BY rowid")]
        whole, rest = divmod(len(ids), EVENT)
        assert rest == 0, f"cut at {offset}: half an event"
        assert ids == [row.id for n in range(whole) for row in event(n)], f"cut at {offset}"
        least = sum(end <= offset for end in ends)
        assert whole >= least, f"cut at {offset}: {least} events lay before it, {whole} are there"
        count += 1
    return count


# -- a byte that was flipped --------------------------------------------------------------------


def flipped(folder: Path, events: int, places: Iterable[tuple[str, int]]) -> tuple[int, int]:
    """Flip a byte at each place (a file, an offset): it is told, or nothing that is read changes.

    Returns how many were told and how many changed nothing. Raises AssertionError.
    """
    copy, tried = folder / "copy", folder / "flipped"
    told = harmless = 0
    for name, offset in places:
        shutil.rmtree(tried, ignore_errors=True)
        shutil.copytree(copy, tried)
        file = tried / name
        content = bytearray(file.read_bytes())
        content[offset] ^= 0xFF
        file.write_bytes(content)
        if _is_told(tried):
            told += 1
            continue
        with reading_store(f"sqlite:///{tried / 'h.db'}") as reader:
            rows = reader.rows(LedgerRow)
            moments = reader.rows(RollupRow)
        assert rows == [row for n in range(events) for row in event(n)], f"{name} at {offset}"
        # telemetry may lose its end, never change
        expected = [rollup(n * 1000, 0, "0.5") for n in range(events)]
        assert moments == expected[: len(moments)], f"{name} at {offset}"
        harmless += 1
    return told, harmless


def _is_told(folder: Path) -> bool:
    try:
        with reading_store(f"sqlite:///{folder / 'h.db'}") as reader:
            return bool(check(reader).damages)
    except MarginlineError:
        return True


def places(folder: Path) -> Iterator[tuple[str, int]]:
    """Every byte of every file of the copy."""
    for file in sorted((folder / "copy").iterdir()):
        for offset in range(file.stat().st_size):
            yield file.name, offset

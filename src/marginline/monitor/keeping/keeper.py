"""The host's part that keeps history: notes every round, writes, tidies, reads back at the start.

Judging never waits for it. Where it cannot write, it says since when and why, keeps what is booked
in memory, tries again, and marks the time it has missed as a gap once it can.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass

from marginline.errors import InputError, StoreError
from marginline.monitor.history import STEPS
from marginline.monitor.keeping.kept import Kept, Round
from marginline.monitor.keeping.noting import Late, Noting
from marginline.monitor.keeping.recall import recalled
from marginline.monitor.run import Monitor
from marginline.store.checking import lost
from marginline.store.coding import values_of
from marginline.store.rows import (
    AssessmentRow,
    EventRow,
    GapRow,
    MarkRow,
    RawRow,
    RollupRow,
    Row,
)
from marginline.store.store import Store

log = logging.getLogger(__name__)
DAY_MS = 86_400_000
FLUSH_S = 0.25
AGAIN_S = 5.0
TIDY_S = 3_600.0
WAITING_MOST = 100_000
"""Booked rows that wait for a store that cannot write; beyond that the oldest are lost, counted."""
UNOPENED_MOST = 20_000
"""Rows that wait for a store not yet open; beyond that telemetry is lost, as its gap says."""
RECALL_MS = 60_000
"""Until it is tried again to read back what was kept."""
KEPT_MS = {1_000: 7_200_000, 15_000: 2 * DAY_MS}
"""How long fine steps are kept at most; the coarser ones are kept as long as was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepSettings:
    """How long, and how often.

    `keep_days`: of telemetry; 0 keeps it for ever. What is booked is never deleted. `every_ms`: of
    assessments while only prices move.
    """

    keep_days: int = 90
    every_ms: int = 60_000


class Keeper:
    """Keeps a monitor's history in a store; `run` it beside the monitor.

    Args:
        monitor: whose rounds.
        opener: opens the store, in a thread; tried again where it cannot be opened.
        where: the store in words, without a password.
        settings: how long and how often.
    """

    def __init__(
        self,
        monitor: Monitor,
        opener: Callable[[], Store],
        where: str,
        settings: KeepSettings | None = None,
    ) -> None:
        self.monitor, self.opener = monitor, opener
        self.settings = settings or KeepSettings()
        self.store: Store | None = None
        self.kept = monitor.kept = Kept(where)
        self._noting = Noting(monitor.boot, self.settings.every_ms)
        self._waiting: list[Row] = []
        self._recall_at: int | None = None
        monitor.rounds.append(self._round)

    def _round(self, found: Round) -> None:
        self._noting.round(found.state, found.batch, found.records)

    async def run(self) -> None:
        """Keep until cancelled; then what waits is written, and the store closed."""
        try:
            await self._opened()
            tidied = asyncio.create_task(self._tidying())
            try:
                while True:
                    await asyncio.sleep(FLUSH_S if self.kept.since is None else AGAIN_S)
                    await self.flush()
                    if self._recall_at is not None and self.monitor.now() >= self._recall_at:
                        await self._recall()
            finally:
                tidied.cancel()
                await asyncio.gather(tidied, return_exceptions=True)
        finally:
            self.close()

    async def _opened(self) -> None:
        while self.store is None:
            try:
                self.store = await asyncio.to_thread(self.opener)
            except StoreError as problem:
                self._failed(self._waiting, problem)
                self._bound()
                await asyncio.sleep(AGAIN_S)
        await self._recall()

    def _bound(self) -> None:
        """What waits for a store that is away has an end: only what is booked goes on waiting."""
        if self._noting.waiting > UNOPENED_MOST:
            self._waiting = [*self._waiting, *_booked_of(self._noting.taken()[0])][-WAITING_MOST:]
            self._noting.unwritten()

    async def _recall(self) -> None:
        """Read back what was kept; where that fails it is tried again, and written meanwhile."""
        assert self.store is not None
        self._recall_at = self.monitor.now() + RECALL_MS
        try:
            found = await asyncio.to_thread(recalled, self.store, self._asked())
            damages = await asyncio.to_thread(lost, self.store.read)
        except StoreError as problem:
            log.error("what was kept cannot be read back: %s", problem)
            return
        self._recall_at = None
        for damage in damages:
            self._missed(damage.text)
        self._noting.tables.update(found.tables)
        for marks in found.marks:
            kept = {symbol: each[-1][0] for symbol, each in marks.hourly.items()}
            self._noting.marked |= {(marks.venue, s): hour for s, hour in kept.items()}
        self.monitor.recall(found.accounts, found.marks, self.store.read)

    def _missed(self, text: str) -> None:
        log.error("history is damaged: %s: %s", self.kept.where, text)
        now = self.monitor.now()
        self._waiting.append(GapRow(venue="", stream="history", start=now, end=now, reason=text))

    def _asked(self) -> tuple[tuple[str, ...], int]:
        return tuple(self.monitor.state.accounts), self.monitor.now()

    async def flush(self) -> None:
        """Write what was noted since the last time; returns when it is durable, or has failed."""
        assert self.store is not None
        store, (rows, late) = self.store, self._noting.taken()
        rows = [*self._waiting, *rows]
        self._waiting = []
        if self.kept.since is not None:
            rows.append(self._gap(self.kept.since))
        if not rows and not late:
            return
        try:
            await asyncio.wrap_future(await asyncio.to_thread(self._given, store, rows, late))
        except StoreError as problem:
            self._failed(rows, problem)
        else:
            self._noting.fresh.clear()
            self.kept.written += len(rows) + len(late)
            if self.kept.since is not None:
                log.warning("history is written again: %s", self.kept.where)
            self.kept.since, self.kept.reason, self.kept.remedy = None, "", ""

    def _gap(self, since: int) -> GapRow:
        now = self.monitor.now()
        reason = self.kept.reason
        return GapRow(
            venue="", stream="history", start=since, end=now, healed_at=now, reason=reason
        )

    def _failed(self, rows: Iterable[Row], problem: StoreError) -> None:
        """What is booked waits for the next time; of telemetry the time is marked as missed."""
        booked = _booked_of(rows)
        self._waiting = booked[-WAITING_MOST:]
        self._noting.unwritten()
        self.kept.lost += len(booked) - len(self._waiting)
        if self.kept.since is None:
            self.kept.since = self.monitor.now()
            log.error("history is not written: %s", problem)
        self.kept.reason, self.kept.remedy = problem.reason, problem.remedy

    async def _tidying(self) -> None:
        while True:
            with self.monitor.counts.spared("the tidying of the history"):
                await self.tidy()
            await asyncio.sleep(TIDY_S)

    async def tidy(self) -> None:
        """Delete telemetry that is older than it is kept."""
        if self.store is None:
            return
        now, days = self.monitor.now(), self.settings.keep_days
        try:
            await asyncio.to_thread(forget, self.store, now, days)
        except StoreError as problem:
            log.error("history was not tidied: %s", problem)

    def close(self) -> None:
        """Hand over what waits, and close the store, which writes it."""
        self.monitor.rounds.remove(self._round)
        if self.store is None:
            return
        rows, late = self._noting.taken()
        done = self._given(self.store, [*self._waiting, *rows], late)
        self.store.close()
        problem = done.exception()
        if isinstance(problem, StoreError):
            self._failed((), problem)

    def _given(self, store: Store, rows: list[Row], late: list[Late]) -> Future[None]:
        """The rows handed to the store; one that cannot be made or kept is left out, and told."""
        made = list(rows)
        for each in late:
            with self.monitor.counts.spared("a row of the history"):
                made += each()
        try:
            return store.write(made)
        except InputError:
            return store.write([row for row in made if _keepable(row)])


def forget(store: Store, now: int, keep_days: int) -> None:
    """Delete telemetry that is older than it is kept. Raises StoreError."""
    most = keep_days * DAY_MS if keep_days else None
    for step in STEPS:
        kept = min((each for each in (KEPT_MS.get(step), most) if each), default=None)
        if kept is not None:
            store.forget(RollupRow, now - kept, step=step)
    if most is not None:
        for kind in (AssessmentRow, EventRow, RawRow, GapRow, MarkRow):
            store.forget(kind, now - most)


def _booked_of(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row.part == "booked"]


def _keepable(row: Row) -> bool:
    try:
        values_of(row)
    except InputError as problem:
        log.error("a row cannot be kept: %s", problem)
        return False
    return True

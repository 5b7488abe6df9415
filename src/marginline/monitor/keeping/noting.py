"""A round of the monitor as rows: what of it is worth keeping, and in which form.

An assessment is kept where more than prices changed (then with the account's document), where the
status changed, and at intervals. Of every moment the worst in each step is kept, with all digits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec

from marginline.core.account.account import Account
from marginline.core.account.file import to_dict
from marginline.feeds.events import Event, Gap, LedgerEvent, held_at
from marginline.monitor.answers import Judged, MonitorRecord
from marginline.monitor.history import STEPS, marked
from marginline.monitor.process import PRICES
from marginline.monitor.state import State, Watched
from marginline.store.rows import (
    AssessmentRow,
    EventRow,
    GapRow,
    LedgerRow,
    MarkRow,
    ParameterRow,
    RollupRow,
    Row,
    SourceRow,
)

Late = Callable[[], Iterable[Row]]
"""Rows that cost something to make: made in the thread that writes them."""
DOCUMENT_MS = 900_000
"""So often an account's document is kept while only prices move: attribution begins at one."""
MARKS_MS = 10_000
OWN_TABLES = ("fees",)
"""Tables that each account has for itself."""
_QUIET = PRICES | {"whole", "time"}
"""Causes of a judgement that say nothing new of the account itself."""


@dataclass(slots=True)
class _Kept:
    at: int = 0
    document: int = 0
    status: str = ""
    events: int = -1


@dataclass(slots=True)
class Noting:
    """What was noted and is not yet handed on.

    `run` is the monitor's boot, `every_ms` the interval of assessments while only prices move.
    `tables`: digest of each table that is kept; `fresh`: which of them are being written.
    """

    run: str
    every_ms: int
    rows: list[Row] = field(default_factory=list)
    late: list[Late] = field(default_factory=list)
    worst: dict[tuple[str, int], RollupRow] = field(default_factory=dict)
    changed: dict[tuple[str, int, int], RollupRow] = field(default_factory=dict)
    tables: dict[tuple[str, str, str, str], str] = field(default_factory=dict)
    marked: dict[tuple[str, str], int] = field(default_factory=dict)
    fresh: list[tuple[str, str, str, str]] = field(default_factory=list)
    _of: dict[str, _Kept] = field(default_factory=dict)
    _marks_at: int = 0
    _parameters: dict[str, object] = field(default_factory=dict)
    _number: int = 0

    def round(
        self, state: State, batch: Iterable[object], records: Iterable[MonitorRecord]
    ) -> None:
        """Note a round: its state after it, the events that went in, the records that came out."""
        for record in records:
            if isinstance(record, Judged):
                self._judged(state, record)
        for name in state.touched:
            if name in state.accounts:
                self._moment(state.accounts[name], state.now)
        for event in batch:
            if isinstance(event, Event):
                self._event(event, state)
        if state.now - self._marks_at >= MARKS_MS:
            self._marks_at = state.now
            self.rows += self._marks(state)

    def taken(self) -> tuple[list[Row], list[Late]]:
        """What was noted since the last call."""
        rows, late = [*self.rows, *self.changed.values()], self.late
        self.rows, self.late, self.changed = [], [], {}
        return rows, late

    @property
    def waiting(self) -> int:
        """How many rows wait."""
        return len(self.rows) + len(self.late) + len(self.changed)

    def unwritten(self) -> None:
        """What was handed on was not kept: tables are told again when next they are seen."""
        for key in self.fresh:
            self.tables.pop(key, None)
        self.fresh.clear()
        self._parameters.clear()

    # -- assessments ------------------------------------------------------------------------

    def _judged(self, state: State, record: Judged) -> None:
        kept = self._of.setdefault(record.account, _Kept())
        told = record.events != kept.events and record.cause not in _QUIET
        due = state.now - kept.at >= self.every_ms
        judged = _known(state.accounts.get(record.account))
        old = state.now - kept.document >= DOCUMENT_MS and judged is not None and judged.whole
        if not (told or due or old or record.status != kept.status):
            return
        kept.at, kept.status = state.now, record.status
        account = judged.account if (told or old) and judged is not None else None
        if account is not None:
            kept.document = state.now
        if told:
            kept.events = record.events
        pool = None if judged is None else judged.pool
        asset = None if pool is None or record.worst is None else pool.asset
        run, now = self.run, state.now
        self.late.append(lambda: (_assessment(run, now, record, asset, account),))

    def _moment(self, watched: Watched, now: int) -> None:
        judged = _known(watched)
        pool = None if judged is None else judged.pool
        ratio = None if judged is None else judged.ratio
        nearest = None if judged is None else judged.nearest
        name, rank = watched.watching.name, watched.status.rank
        weight = -1.0 if ratio is None else float(ratio)
        for step in STEPS:
            slot = now - now % step
            before = self.worst.get((name, step))
            if before is not None and before.slot == slot:
                if (rank, weight) <= (before.rank, before.weight):
                    continue
            row = RollupRow(
                account=name,
                step=step,
                slot=slot,
                rank=rank,
                weight=weight,
                at=now,
                status=watched.status.value,
                pool=None if pool is None else pool.id,
                asset=None if pool is None else pool.asset,
                ratio=ratio,
                support=None if judged is None else judged.support,
                requirement=None if judged is None else judged.requirement,
                buffer=None if judged is None else judged.buffer,
                nearest=None if nearest is None else nearest.move,
            )
            self.worst[name, step] = self.changed[name, step, slot] = row

    # -- events -----------------------------------------------------------------------------

    def _event(self, event: Event, state: State) -> None:
        if isinstance(event, LedgerEvent):
            self.rows += _booked(event, state.now)
        elif isinstance(event, Gap):
            self.rows.append(_gap(event))
        found = marked(event)
        if found is not None:
            account, kind, words, amount, asset = found
            self._number += 1
            self.rows.append(
                EventRow(
                    account=account,
                    run=self.run,
                    sequence=self._number,
                    at=held_at(event, state.now),
                    kind=kind,
                    words=words,
                    amount=amount,
                    asset=asset,
                )
            )
        name = getattr(event, "account", None)
        watched = state.accounts.get(name) if name is not None else None
        if watched is not None and watched.told is not None:
            self._tables(watched.told, watched.watching.venue, state.now)

    def _marks(self, state: State) -> Iterable[MarkRow]:
        """The first marks of hours that are not noted yet."""
        for venue, market in state.markets.items():
            for symbol, marks in market.hourly.items():
                newest = self.marked.get((venue, symbol), -1)
                for hour, mark in marks:
                    if hour > newest:
                        digits = Decimal(repr(mark))
                        yield MarkRow(
                            venue=venue, symbol=symbol, hour=hour, at=state.now, mark=digits
                        )
                if marks:
                    self.marked[venue, symbol] = max(newest, marks[-1][0])

    def _tables(self, told: Account, venue: str, now: int) -> None:
        terms = (told.parameters, told.instruments)
        if self._parameters.get(told.name or "") == terms:
            return
        self._parameters[told.name or ""] = terms
        self.late.append(lambda: self._new_tables(told, venue, now))

    def _new_tables(self, told: Account, venue: str, now: int) -> Iterable[Row]:
        document: Mapping[str, Any] = to_dict(told)
        tables = {**document.get("parameters", {}), "instruments": document.get("instruments", {})}
        for kind, subjects in sorted(tables.items()):
            parts = subjects.items() if isinstance(subjects, dict) else [("", subjects)]
            account = (told.name or "") if kind in OWN_TABLES else ""
            for subject, table in parts:
                told_bytes = msgspec.json.encode(table, order="deterministic")
                digest = hashlib.sha256(told_bytes).hexdigest()
                if self.tables.get((venue, account, kind, subject)) == digest:
                    continue
                self.tables[venue, account, kind, subject] = digest
                self.fresh.append((venue, account, kind, subject))
                yield ParameterRow(
                    venue=venue,
                    account=account,
                    kind=kind,
                    subject=subject,
                    at=now,
                    digest=digest,
                    document=told_bytes,
                )


def _known(watched: Watched | None) -> Any:
    return watched.judged if watched is not None and watched.known else None


def _assessment(
    run: str, at: int, record: Judged, asset: str | None, account: Account | None
) -> AssessmentRow:
    def amount(text: str | None) -> Decimal | None:
        return None if text is None else Decimal(text)

    return AssessmentRow(
        account=record.account,
        run=run,
        sequence=record.sequence,
        at=at,
        cause=record.cause,
        status=record.status,
        judged_by=record.judged_by,
        pool=record.worst,
        asset=asset,
        ratio=amount(record.ratio),
        support=amount(record.support),
        requirement=amount(record.requirement),
        buffer=amount(record.buffer),
        nearest=amount(record.nearest),
        stale=msgspec.json.encode(record.stale).decode(),
        events=record.events,
        rulebook=record.rulebook,
        digest=record.rules_digest,
        document=None if account is None else msgspec.json.encode(to_dict(account)),
    )


def _booked(event: LedgerEvent, now: int) -> Iterable[Row]:
    """The row, and what the venue itself told of it."""
    at = held_at(event, now)
    yield LedgerRow(
        account=event.account,
        id=event.id,
        venue=event.venue,
        at=at,
        received=event.received,
        kind=event.kind,
        asset=event.asset,
        amount=event.amount,
        text=event.text,
    )
    if event.row:
        data = event.row.encode("utf-8", "surrogatepass")
        yield SourceRow(account=event.account, id=event.id, venue=event.venue, at=at, data=data)


def _gap(event: Gap) -> GapRow:
    return GapRow(
        venue=event.venue,
        account=event.account or "",
        stream=event.stream.value,
        start=event.start,
        end=event.end,
        healed_at=event.healed_at,
        reason=event.reason,
    )

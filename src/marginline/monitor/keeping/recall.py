"""The last days read back from the store, so that a restart leaves no hole in the pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from marginline.core.account.moments import wire_moment
from marginline.core.numbers import to_text
from marginline.monitor.answers import HistoryEvent
from marginline.monitor.history import EVENTS, LEVELS, Recollection
from marginline.monitor.judging.hourly import Hourly, HourlyMarks
from marginline.monitor.judging.volatility import HOUR_MS, KEPT
from marginline.monitor.taking.commands import RecallMarks
from marginline.monitor.wire import SentencePart
from marginline.store.reading import Reader
from marginline.store.rows import EventRow, MarkRow, ParameterRow, RollupRow
from marginline.store.store import Store

TableKey = tuple[str, str, str, str]
"""Venue, account ("" where the table is every account's), kind, subject."""
_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Recalled:
    """What earlier runs have kept: of each account and venue, and the digest of each table."""

    accounts: tuple[Recollection, ...]
    tables: dict[TableKey, str]
    marks: tuple[RecallMarks, ...]


def recalled(store: Store, asked: tuple[Iterable[str], int]) -> Recalled:
    """What a store has of these accounts up to a moment, at the steps that a recorder has.

    Raises:
        StoreError: it cannot be read.
    """
    names, now = asked
    tables = store.read.rows(ParameterRow)  # oldest first: the newest of each stays
    return Recalled(
        tuple(_of_account(store, name, now) for name in names),
        {(each.venue, each.account, each.kind, each.subject): each.digest for each in tables},
        tuple(RecallMarks(venue, found) for venue, found in hourly_marks(store.read, now).items()),
    )


def hourly_marks(reader: Reader, now: int) -> Mapping[str, Mapping[str, HourlyMarks]]:
    """The hourly marks of the last 30 days by venue and symbol, oldest first."""
    found: dict[str, dict[str, list[Hourly]]] = {}
    for row in reader.rows(MarkRow, since=now - KEPT * HOUR_MS):
        found.setdefault(row.venue, {}).setdefault(row.symbol, []).append(
            (row.hour, float(row.mark))
        )
    return {
        venue: {symbol: HourlyMarks(sorted(set(marks))) for symbol, marks in symbols.items()}
        for venue, symbols in found.items()
    }


def _of_account(store: Store, name: str, now: int) -> Recollection:
    rows = [rows_of(store, name, step, now - step * most, now) for step, most in LEVELS]
    events = store.read.rows(EventRow, account=name, newest=EVENTS)
    oldest = store.read.rows(RollupRow, account=name, step=LEVELS[-1][0], until=now, newest=None)
    known = [row for row in oldest if row.pool is not None]
    return Recollection(
        account=name,
        start=oldest[0].slot if oldest else None,
        pool=known[-1].pool if known else None,
        asset=known[-1].asset if known else None,
        levels=[[floats_of(row) for row in level] for level in rows],
        events=[event_of_row(row) for row in events],
    )


def rows_of(store: Store, name: str, step: int, since: int, until: int) -> list[RollupRow]:
    """The worst moments of an account by a step."""
    return store.read.rows(RollupRow, account=name, step=step, since=since, until=until)


def event_of_row(row: EventRow) -> HistoryEvent:
    """An event as the page gets it."""
    return HistoryEvent(
        at=wire_moment(row.at),
        kind=row.kind,  # type: ignore[arg-type]  # written from the same words
        amount=None if row.amount is None else to_text(row.amount),
        asset=row.asset,
        sentence=[SentencePart(kind="text", text=row.words)],
    )


def floats_of(row: RollupRow) -> list[float]:
    """A kept moment as the recorder has it: at, rank, then the figures (NaN: not known)."""
    figures = (row.ratio, row.support, row.requirement, row.buffer, row.nearest)
    return [float(row.at), float(row.rank), *(_number(each) for each in figures)]


def _number(value: Decimal | None) -> float:
    return _NAN if value is None else float(value)

"""Rows out: each query on a connection of its own, which no writer makes wait.

A row whose bytes do not match its checksum is damage: it is told, never given out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Engine, Select, Table, func, select

from marginline.errors import StoreError
from marginline.store.coding import as_written, check_of, row_of
from marginline.store.engines import FAILURES, understood
from marginline.store.rows import AssessmentRow, Part, RawRow, RollupRow, Row
from marginline.store.tables import CHECK, TABLES

R = TypeVar("R", bound=Row)
_DAMAGE = (
    "a row does not match its checksum: the file is damaged",
    "bring back a copy; `marginline history --check` names every such row",
)


class Standing(NamedTuple):
    """Where a document of an account stands: its moment, and the key of its assessment."""

    at: int
    run: str
    sequence: int


class RunSpan(NamedTuple):
    """A run of the monitor, and its first and last judgement of an account that was kept."""

    run: str
    first: int
    last: int


class Reader:
    """Queries of a store. Every method may raise StoreError, and blocks for the query's time."""

    def __init__(self, engines: Mapping[Part, Engine], where: str) -> None:
        self._engines, self._where = engines, where

    def rows(
        self,
        kind: type[R],
        *,
        since: int | None = None,
        until: int | None = None,
        newest: int | None = None,
        **equal: object,
    ) -> list[R]:
        """Rows of a kind, oldest first.

        Args:
            kind: AssessmentRow, AlertRow, ...
            since: from this moment on, in milliseconds.
            until: before this moment.
            newest: at most so many, the newest ones.
            equal: columns that must have a value, such as `account="main"`.
        """
        with self.reading(kind.part) as connection:
            asked = query(kind, since, until, newest, equal)
            found = [checked(kind, row, self._where) for row in connection.execute(asked)]
        return found if newest is None else found[::-1]

    def spans(self) -> dict[str, tuple[int, int]]:
        """Every account of which something is kept, with its first and last moment."""
        table = TABLES[RollupRow]
        asked = select(table.c.account, func.min(table.c.at), func.max(table.c.at))
        with self.reading("telemetry") as connection:
            found = connection.execute(asked.group_by(table.c.account).order_by(table.c.account))
            return {name: (first, last) for name, first, last in found}

    def documents(
        self,
        account: str,
        *,
        since: int | None = None,
        until: int | None = None,
        newest: int | None = None,
    ) -> list[Standing]:
        """Where documents of an account stand, oldest first, without the documents themselves."""
        asked = _standings(account)
        table = TABLES[AssessmentRow]
        if since is not None:
            asked = asked.where(table.c.at >= since)
        if until is not None:
            asked = asked.where(table.c.at < until)
        if newest is not None:
            asked = asked.order_by(None).order_by(table.c.at.desc(), table.c.sequence.desc())
        with self.reading("telemetry") as connection:
            rows = connection.execute(asked if newest is None else asked.limit(newest))
            found = [Standing(*row) for row in rows]
        return found if newest is None else found[::-1]

    def first_document(self, account: str) -> Standing | None:
        """Where the oldest document of an account stands; None where there is none."""
        with self.reading("telemetry") as connection:
            found = connection.execute(_standings(account).limit(1)).first()
        return None if found is None else Standing(*found)

    def buffers(self, account: str, *, since: int, until: int) -> list[tuple[int, str, Decimal]]:
        """Moment, worst pool and its buffer of every judgement of a span that knew one."""
        table = TABLES[AssessmentRow]
        asked = select(table.c.at, table.c.pool, table.c.buffer).where(
            table.c.account == account,
            table.c.at >= since,
            table.c.at < until,
            table.c.pool.is_not(None),
            table.c.buffer.is_not(None),
        )
        with self.reading("telemetry") as connection:
            rows = connection.execute(asked.order_by(table.c.at, table.c.sequence))
            return [(at, pool, Decimal(buffer)) for at, pool, buffer in rows]

    def runs(self, account: str, *, since: int, until: int) -> list[RunSpan]:
        """The runs that judged an account within a span, in the order in which they began."""
        table = TABLES[AssessmentRow]
        first = func.min(table.c.at)
        asked = select(table.c.run, first, func.max(table.c.at))
        asked = asked.where(table.c.account == account, table.c.at >= since, table.c.at < until)
        with self.reading("telemetry") as connection:
            rows = connection.execute(asked.group_by(table.c.run).order_by(first))
            return [RunSpan(*row) for row in rows]

    def recordings(self, stream: str) -> dict[str, tuple[int, int]]:
        """Every run that was recorded, oldest first, with its first and last moment."""
        table = TABLES[RawRow]
        first, last = func.min(table.c.received), func.max(table.c.received)
        asked = select(table.c.run, first, last).where(table.c.stream == stream)
        with self.reading("telemetry") as connection:
            found = connection.execute(asked.group_by(table.c.run).order_by(first))
            return {run: (since, until) for run, since, until in found}

    @contextmanager
    def reading(self, part: Part) -> Iterator[Connection]:
        """A connection that sees one moment of the store. Raises StoreError for the engine's."""
        try:
            with self._engines[part].begin() as connection:
                yield connection
        except FAILURES as problem:
            raise understood(problem, self._where) from None


def _standings(account: str) -> Select[Any]:
    table = TABLES[AssessmentRow]
    asked = select(table.c.at, table.c.run, table.c.sequence)
    asked = asked.where(table.c.account == account, table.c.document.is_not(None))
    return asked.order_by(table.c.at, table.c.sequence)


def query(
    kind: type[Row],
    since: int | None,
    until: int | None,
    newest: int | None,
    equal: Mapping[str, object],
) -> Select[Any]:
    """The select of a kind's rows and their checksums."""
    table = TABLES[kind]
    moment = table.c[moment_of(kind)]
    found = select(*(table.c[name] for name in kind.__struct_fields__), table.c[CHECK])
    for name, value in equal.items():
        found = found.where(table.c[name] == value)
    if since is not None:
        found = found.where(moment >= since)
    if until is not None:
        found = found.where(moment < until)
    order = ordered(kind, table)
    if newest is not None:
        found = found.limit(newest)
        order = [each.desc() for each in order]
    return found.order_by(*order)


def moment_of(kind: type[Row]) -> str:
    """The column that says when a row was."""
    names = kind.__struct_fields__
    return next(name for name in ("slot", "at", "received", "start") if name in names)


def ordered(kind: type[Row], table: Table) -> list[Any]:
    """By moment, then by key: the same rows in the same order, always."""
    return [table.c[moment_of(kind)], *(table.c[name] for name in kind.key)]


def checked(kind: type[R], values: Any, where: str) -> R:
    """The row, where its checksum says that it is what was written. Raises StoreError."""
    *given, check = values
    if check_of(as_written(given)) != check:
        raise StoreError(where, *_DAMAGE)
    return row_of(kind, given)

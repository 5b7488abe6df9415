"""Old telemetry deleted, a few thousand rows at a time."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, select, tuple_

from marginline.store.reading import moment_of
from marginline.store.rows import Row
from marginline.store.tables import TABLES

AT_ONCE = 2_000


def forgotten(
    connection: Connection, kind: type[Row], before: int, equal: Mapping[str, object]
) -> int:
    """Delete the next rows of a kind from before a moment; returns how many."""
    table = TABLES[kind]
    key = [table.c[name] for name in kind.key]
    old = select(*key).where(table.c[moment_of(kind)] < before).limit(AT_ONCE)
    for name, value in equal.items():
        old = old.where(table.c[name] == value)
    return connection.execute(table.delete().where(tuple_(*key).in_(old))).rowcount

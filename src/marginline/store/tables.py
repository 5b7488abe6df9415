"""The tables, made from the rows: a field is a column. Each table has its check beside them.

`telemetry` and `booked` lie in files of their own in SQLite, in one database in PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    Index,
    LargeBinary,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    Table,
    Text,
)
from sqlalchemy.types import TypeEngine

from marginline.store.coding import parts_of
from marginline.store.rows import (
    KINDS,
    AlertRow,
    AssessmentRow,
    DeliveryRow,
    EventRow,
    LedgerRow,
    MarkRow,
    Part,
    RawRow,
    Row,
    SourceRow,
)

CHECK, SEAL = "checksum", "seal"
PARTS: tuple[Part, ...] = ("telemetry", "booked")
METADATA: dict[Part, MetaData] = {part: MetaData() for part in PARTS}
AMOUNT = Text().with_variant(Numeric(), "postgresql")
"""Digits as text where the engine would make a float of them, else its own exact number."""

_TYPES: dict[Any, TypeEngine[Any]] = {
    str: Text(),
    int: BigInteger(),
    float: Double(),
    bytes: LargeBinary(),
    Decimal: AMOUNT,
}
INDEXED: dict[type[Row], tuple[str, ...]] = {
    AssessmentRow: ("account", "at"),
    EventRow: ("account", "at"),
    RawRow: ("received",),
    MarkRow: ("venue", "at"),
    LedgerRow: ("account", "at"),
    SourceRow: ("account", "at"),
    AlertRow: ("account", "at"),
    DeliveryRow: ("at",),
}


def _columns(kind: type[Row]) -> Iterator[Column[Any]]:
    for field in msgspec.structs.fields(kind):
        parts = tuple(parts_of(field.type))
        found = next(each for each in parts if each is not type(None))
        yield Column(field.name, _TYPES[found], nullable=type(None) in parts)
    yield Column(CHECK, BigInteger(), nullable=False)
    if kind.part == "booked":
        yield Column(SEAL, BigInteger(), nullable=False)


def _table(kind: type[Row]) -> Table:
    table = Table(
        kind.table,
        METADATA[kind.part],
        *_columns(kind),
        PrimaryKeyConstraint(*kind.key, name=f"{kind.table}_key"),
    )
    if kind in INDEXED:
        Index(f"{kind.table}_{INDEXED[kind][-1]}", *(table.c[name] for name in INDEXED[kind]))
    if kind.part == "booked":
        Index(f"{kind.table}_seal", table.c[SEAL])
    return table


TABLES: dict[type[Row], Table] = {kind: _table(kind) for kind in KINDS}

SEALS = Table(
    "seals",
    METADATA["booked"],
    Column("number", BigInteger(), primary_key=True, autoincrement=False),
    Column("rows", BigInteger(), nullable=False),
    Column("digest", LargeBinary(), nullable=False),
)
"""One a commit of booked rows: how many, and a digest of them and of the seal before."""

HEADS = Table(
    "heads",
    METADATA["telemetry"],
    Column("part", Text(), primary_key=True),
    Column("number", BigInteger(), nullable=False),
    Column("digest", LargeBinary(), nullable=False),
)
"""The newest seal, told again in the other file: what that file lost, this one still knows."""

"""A store looked at whole: every row against its checksum, every commit against its seal.

What is booked is chained: a seal digests the rows of its commit and the seal before, and the other
file knows the newest seal. So a changed byte, a missing row and a lost end are all seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from marginline.errors import StoreError
from marginline.store.coding import as_written, check_of
from marginline.store.reading import Reader
from marginline.store.rows import Part, Row
from marginline.store.sealing import digest_of
from marginline.store.tables import CHECK, HEADS, PARTS, SEALS, TABLES

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Damage:
    """Something that is not as it was written: in which table, and what."""

    place: str
    text: str


@dataclass(frozen=True, slots=True)
class Checked:
    """How many rows were looked at, by table, and what is wrong."""

    rows: dict[str, int]
    seals: int
    damages: tuple[Damage, ...]


def check(reader: Reader) -> Checked:
    """Look at everything; what cannot even be read is a damage, too. Never raises StoreError."""
    counts: dict[str, int] = {}
    damages: list[Damage] = []
    seals = 0
    for part in PARTS:
        try:
            with reader.reading(part) as connection:
                damages += _structure(connection, part)
                for kind in (each for each in TABLES if each.part == part):
                    counts[kind.table], bad = _rows(connection, kind)
                    damages += bad
                if part == "booked":
                    seals, broken = _seals(connection)
                    damages += broken
        except StoreError as problem:
            damages.append(Damage(part, problem.reason))
    damages += lost(reader)
    return Checked(counts, seals, tuple(damages))


def lost(reader: Reader) -> tuple[Damage, ...]:
    """Commits that were acknowledged and are no longer there: quick, for every start."""
    try:
        with reader.reading("telemetry") as connection:
            head = connection.execute(select(HEADS.c.number, HEADS.c.digest)).first()
        if head is None:
            return ()
        with reader.reading("booked") as connection:
            newest = connection.execute(select(func.max(SEALS.c.number))).scalar() or 0
            digest = connection.execute(
                select(SEALS.c.digest).where(SEALS.c.number == head.number)
            ).scalar()
    except StoreError as problem:
        return (Damage("seals", problem.reason),)
    if newest < head.number:
        text = f"commits {newest + 1} to {head.number} were acknowledged and are gone"
        return (Damage("seals", text),)
    if digest != head.digest:
        return (Damage("seals", f"commit {head.number} is not the one that was acknowledged"),)
    return ()


def _structure(connection: Connection, part: Part) -> Iterator[Damage]:
    """What SQLite itself finds; PostgreSQL looks after its pages."""
    if connection.dialect.name != "sqlite":
        return
    for (text,) in connection.exec_driver_sql("PRAGMA quick_check(5)"):
        if text != "ok":
            yield Damage(part, str(text))


def _rows(connection: Connection, kind: type[Row]) -> tuple[int, list[Damage]]:
    table = TABLES[kind]
    columns = [table.c[name] for name in kind.__struct_fields__]
    count, bad = 0, []
    for *values, found in connection.execute(select(*columns, table.c[CHECK])):
        count += 1
        if check_of(as_written(values)) != found:
            named = dict(zip(kind.__struct_fields__, values, strict=True))
            bad.append(", ".join(f"{name} {named[name]}" for name in kind.key))
    if len(bad) > SHOWN:
        bad = [*bad[:SHOWN], f"{len(bad) - SHOWN} more"]
    return count, [Damage(kind.table, f"not as it was written: {each}") for each in bad]


def _seals(connection: Connection) -> tuple[int, list[Damage]]:
    damages, before, expected = [], b"", 1
    found = connection.execute(select(SEALS).order_by(SEALS.c.number)).all()
    for seal in found:
        if seal.number != expected:
            damages.append(Damage("seals", f"commit {expected} is missing"))
        count, digest = digest_of(connection, seal.number, before)
        if count != seal.rows:
            text = f"commit {seal.number} had {seal.rows} rows and has {count}"
            damages.append(Damage("seals", text))
        elif digest != seal.digest:
            damages.append(Damage("seals", f"commit {seal.number} is not as it was written"))
        before, expected = seal.digest, seal.number + 1
    return len(found), damages[:SHOWN]

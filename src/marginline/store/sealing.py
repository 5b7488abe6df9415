"""Seals: what a commit has booked, digested with the seal before it."""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection, func, select

from marginline.store.coding import as_written, bytes_of
from marginline.store.tables import SEALS, TABLES


def next_seal(connection: Connection) -> int:
    """The number of the seal that comes next."""
    newest = connection.execute(select(func.max(SEALS.c.number))).scalar()
    return 1 if newest is None else int(newest) + 1


def sealed(connection: Connection, number: int) -> tuple[int, bytes] | None:
    """Seal what this commit has in fact stored; None where every row was there already."""
    before = connection.execute(select(SEALS.c.digest).where(SEALS.c.number == number - 1)).scalar()
    count, digest = digest_of(connection, number, before or b"")
    if count == 0:
        return None
    connection.execute(SEALS.insert().values(number=number, rows=count, digest=digest))
    return number, digest


def digest_of(connection: Connection, number: int, before: bytes) -> tuple[int, bytes]:
    """How many rows a seal holds, and the digest of them and of the seal before."""
    found: list[bytes] = []
    for kind, table in TABLES.items():
        if kind.part != "booked":
            continue
        columns = [table.c[name] for name in kind.__struct_fields__]
        rows = connection.execute(select(*columns).where(table.c.seal == number))
        found += [kind.table.encode() + bytes_of(as_written(tuple(row))) for row in rows]
    digest = hashlib.sha256(before)
    for each in sorted(found):
        digest.update(len(each).to_bytes(4))
        digest.update(each)
    return len(found), digest.digest()

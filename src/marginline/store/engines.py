"""How each engine is opened, set, and what its errors mean."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import URL, Engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from marginline.errors import StoreError, shown
from marginline.store.rows import Part

BUSY_MS = 5_000
READERS = 4
_FULL = "free space there, or name another place under [history] url"
_ELSEWHERE = "name a file of its own under [history] url: sqlite:///FOLDER/history.db"
_RIGHT = "give this user the right to write there, or name another place"
_DAMAGED = (
    "move the file away (a new one is begun) or bring back a copy;"
    " `marginline history --check` says what can still be read"
)


def booked_path(path: Path) -> Path:
    """The file beside the telemetry's that holds what is booked."""
    return path.with_name(f"{path.stem}-booked{path.suffix}")


def sqlite_file(path: Path) -> None:
    """Make the file where it is not there, readable by its owner alone.

    Raises:
        StoreError: it cannot be made.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except (FileExistsError, NotADirectoryError):
        reason = f"{shown(str(path.parent), 200)} is no folder"
        raise StoreError(str(path), reason, _ELSEWHERE) from None
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise StoreError(str(path), reason, _remedy_of_system(problem)) from None


def _remedy_of_system(problem: OSError) -> str:
    if problem.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return _RIGHT
    full = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
    return _FULL if problem.errno in full else _ELSEWHERE


def sqlite_engine(path: Path, part: Part, *, writes: bool) -> Engine:
    """An engine on one file: the writer's holds one connection, the readers' a few."""
    url = URL.create("sqlite", database=str(path))
    size = 1 if writes else READERS
    engine = sqlalchemy.create_engine(
        url,
        poolclass=QueuePool,
        pool_size=size,
        max_overflow=0,
        connect_args={"timeout": BUSY_MS / 1_000, "check_same_thread": False},
    )
    durable = "FULL" if part == "booked" else "NORMAL"

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        # SQLAlchemy begins transactions itself, below; the driver must not begin any
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={durable}")
        connection.execute("PRAGMA journal_size_limit=67108864")
        if not writes:
            connection.execute("PRAGMA query_only=ON")

    begin = "BEGIN IMMEDIATE" if writes else "BEGIN"

    @event.listens_for(engine, "begin")
    def begun(connection: sqlalchemy.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def postgres_engine(url: URL, part: Part, *, writes: bool) -> Engine:
    """An engine on a database; telemetry does not wait for the server's disk."""
    durable = "on" if part == "booked" else "off"
    options = f"-c synchronous_commit={durable} -c timezone=UTC"
    if not writes:
        options += " -c default_transaction_read_only=on"
    return sqlalchemy.create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=1 if writes else READERS,
        max_overflow=0,
        pool_pre_ping=True,
        connect_args={"options": options, "connect_timeout": 10},
    )


FAILURES = (SQLAlchemyError, UnicodeDecodeError)
"""What an engine raises; the second where SQLite's own word quotes a damaged name."""


def understood(problem: BaseException, where: str) -> StoreError:
    """What an engine's error means, with a remedy; without SQL and without the rows in it."""
    if isinstance(problem, StoreError):
        return problem
    if isinstance(problem, UnicodeDecodeError):
        return StoreError(where, "the names of its tables cannot be read", _DAMAGED)
    cause = problem.orig if isinstance(problem, DBAPIError) and problem.orig else problem
    reason = shown(str(cause).strip().split("\n")[0] or type(cause).__name__, 200)
    if isinstance(cause, sqlite3.Error):
        return StoreError(where, reason, _remedy_of_sqlite(cause, reason))
    if isinstance(problem, SQLAlchemyError):
        return StoreError(where, reason, "see that the server runs and lets this user in")
    if isinstance(problem, OSError | MemoryError):
        return StoreError(where, reason, _FULL)
    return StoreError(where, f"{type(problem).__name__}: {reason}", "report it as a fault")


def _remedy_of_sqlite(cause: sqlite3.Error, reason: str) -> str:
    code = getattr(cause, "sqlite_errorcode", None) or 0
    match code & 0xFF:
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return _DAMAGED
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return "another program holds it: end that one, or give each its own file"
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_CANTOPEN:
            return _RIGHT
        case _:
            return _DAMAGED if "malformed" in reason else _FULL

"""A store opened by its address, its tables made or brought up to date."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError

from marginline.errors import InputError, Problem, StoreError, shown
from marginline.store.engines import (
    FAILURES,
    booked_path,
    postgres_engine,
    sqlite_engine,
    sqlite_file,
    understood,
)
from marginline.store.migrating import migrate, revision_of, scripts
from marginline.store.reading import Reader
from marginline.store.rows import Part
from marginline.store.store import Store
from marginline.store.tables import PARTS

_REMEDY = "sqlite:///FOLDER/history.db or postgresql://USER@HOST/DATABASE"


def open_store(url: str) -> Store:
    """Open a history; its tables are made, or brought up to date.

    Args:
        url: `sqlite:///path` (a second file beside it, `path` with `-booked`, holds ledger, alerts
            and deliveries; both are readable by their owner alone), or `postgresql://...` (needs
            the extra `postgres`).

    Raises:
        InputError: no such address, or the extra is missing.
        StoreError: the file or the server cannot be used.
    """
    found = _parsed(url)
    if found.get_backend_name() == "sqlite":
        return _opened_sqlite(Path(found.database or ""))
    return _opened_postgres(found)


@contextmanager
def reading_store(url: str) -> Iterator[Reader]:
    """The queries of a history that is there, beside whoever writes it; nothing is changed.

    Raises:
        InputError: no such address, or there is no history.
        StoreError: it cannot be read, or its tables are of another version.
    """
    found = _parsed(url)
    where = shown_url(url)
    engines = (
        _reading_sqlite(Path(where))
        if found.get_backend_name() == "sqlite"
        else (dict.fromkeys(PARTS, postgres_engine(found, "telemetry", writes=False)))
    )
    try:
        for part in PARTS:
            _same_tables(engines[part], part, where)
        yield Reader(engines, where)
    finally:
        for engine in engines.values():
            engine.dispose()


def _reading_sqlite(path: Path) -> dict[Part, Engine]:
    paths: dict[Part, Path] = {"telemetry": path, "booked": booked_path(path)}
    if not path.is_file():
        remedy = "`marginline monitor` keeps one; --url names another"
        raise InputError([Problem("url", str(path), "there is no history", remedy)])
    return {part: sqlite_engine(paths[part], part, writes=False) for part in PARTS}


def _same_tables(engine: Engine, part: Part, where: str) -> None:
    try:
        with engine.begin() as connection:
            found = revision_of(connection, part)
    except FAILURES as problem:
        raise understood(problem, where) from None
    if found != scripts(part).get_current_head():
        reason = f"its {part} tables are of revision {found or 'none'}, not the one known here"
        raise StoreError(where, reason, "`marginline monitor` brings an older one up to date")


def checked_url(url: str) -> None:
    """Whether it is an address of a store at all. Raises InputError."""
    _parsed(url)


def shown_url(url: str) -> str:
    """The address for people: a file's path, or the server's address without its password."""
    found = _parsed(url)
    if found.get_backend_name() == "sqlite":
        return str(found.database)
    return found.render_as_string(hide_password=True)


def _parsed(url: str) -> URL:
    try:
        found = make_url(url)
    except ArgumentError:
        raise _no_address("", "is no address of a history") from None
    backend = found.get_backend_name()
    if backend not in {"sqlite", "postgresql"}:
        raise _no_address(shown(backend), "no history is kept there")
    if backend == "sqlite" and found.database in {None, "", ":memory:"}:
        raise _no_address("sqlite://", "names no file")
    if backend == "postgresql" and find_spec("psycopg") is None:
        problem = Problem(
            "url", "postgresql", "needs the extra `postgres`", "pip install 'marginline[postgres]'"
        )
        raise InputError([problem])
    return found


def _no_address(value: str, message: str) -> InputError:
    # the address itself is not repeated: it may hold a password
    return InputError([Problem("url", value, message, _REMEDY)])


def _opened_sqlite(path: Path) -> Store:
    paths: dict[Part, Path] = {"telemetry": path, "booked": booked_path(path)}
    made = [each for each in paths.values() if not each.exists()]
    try:
        return _opened_files(path, paths)
    except StoreError:
        for each in made:  # what we made for nothing is not left behind
            if each.is_file() and not each.stat().st_size:
                each.unlink()
        raise


def _opened_files(path: Path, paths: dict[Part, Path]) -> Store:
    for each in paths.values():
        sqlite_file(each)
    writing = {part: sqlite_engine(paths[part], part, writes=True) for part in PARTS}
    reading = {part: sqlite_engine(paths[part], part, writes=False) for part in PARTS}
    return _ready(str(path), writing, reading)


def _opened_postgres(url: URL) -> Store:
    writing = {part: postgres_engine(url, part, writes=True) for part in PARTS}
    engine = postgres_engine(url, "telemetry", writes=False)
    reading = dict.fromkeys(PARTS, engine)
    return _ready(url.render_as_string(hide_password=True), writing, reading)


def _ready(where: str, writing: dict[Part, Engine], reading: dict[Part, Engine]) -> Store:
    try:
        for part in PARTS:
            with writing[part].begin() as connection:
                migrate(connection, part)
    except (StoreError, *FAILURES, OSError) as problem:
        for engine in (*writing.values(), *reading.values()):
            engine.dispose()
        raise understood(problem, where) from None
    return Store(where, writing, reading)

"""The account file: load, dump, and its published JSON Schema.

JSON and TOML carry the same document. A file is judged by size before it is read, by depth before
anything recurses into it, and every problem found in it is raised at once as `DocumentError`.
"""

from __future__ import annotations

import codecs
import errno
import json
import os
import re
import stat
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import IO, Literal, NoReturn, overload

from marginline.core.account.account import ACCOUNT_SCHEMA, Account
from marginline.core.document._kinds import MAX_DEPTH, Members, join
from marginline.core.document._scalars import NumberText
from marginline.core.document.record import read_document, schema_of, write_record
from marginline.errors import DocumentError, Problem, shown

MAX_BYTES = 64 * 1024 * 1024
_NAME_LENGTH = 4096  # the longest path a file can have; its end tells JSON from TOML

Format = Literal["json", "toml"]
Source = str | os.PathLike[str] | IO[str] | IO[bytes] | Mapping[str, object]


def load(source: Source, *, form: Format | None = None) -> Account:
    """The account in a file, an open file (text or binary) or a dict.

    `form` says JSON or TOML; left out, a name that ends in .toml is TOML, all else JSON.

    Raises:
        DocumentError: the source cannot be read, or what it says cannot be an account.
    """
    if isinstance(source, Mapping):
        return from_dict(source)
    name, text = read_text(source)
    if form is None:
        form = "toml" if name.lower().endswith(".toml") else "json"
    return from_dict(_parse(text, form, name), source=name)


def from_dict(document: object, *, source: str = "") -> Account:
    """The account that a parsed document states; numbers in it are str, int or Decimal.

    Raises:
        DocumentError: listing every problem with path, value and remedy.
    """
    _refuse_many(document, source)
    return _with_untold(read_document(Account, document, source), document)


MAX_ROWS = {"wallets": 1_000, "positions": 2_000, "orders": 10_000, "tiers": 1_000}
"""Rows in one list of an account file: no venue has so many, and judging more takes minutes."""


def _refuse_many(document: object, source: str) -> None:
    """Refuse lists of more rows than an account can have, before any of them is read."""
    if not isinstance(document, Mapping):
        return
    lists = {name: document.get(name) for name in ("wallets", "positions", "orders")}
    parameters = document.get("parameters")
    tables = parameters.get("tiers") if isinstance(parameters, Mapping) else None
    for symbol, table in tables.items() if isinstance(tables, Mapping) else ():
        rows = table.get("rows") if isinstance(table, Mapping) else table
        lists[join("parameters.tiers", str(symbol))] = rows
    problems = []
    for name, rows in lists.items():
        most = MAX_ROWS.get(name, MAX_ROWS["tiers"])
        if isinstance(rows, (list, tuple)) and len(rows) > most:
            text = f"at most {most:,} are read"
            problems.append(Problem(name, f"{len(rows):,} rows", text, "split the account"))
    if problems:
        raise DocumentError(problems[:50], source)


def _with_untold(account: Account, document: object) -> Account:
    """The account with a note on each part that the file leaves out: absent is not empty."""
    left_out = [name for name in _WHOLE if isinstance(document, Mapping) and name not in document]
    if not left_out:
        return account
    found = account.extra.get("notes")
    notes = list(found) if isinstance(found, (list, tuple)) else []
    for name in left_out:
        text = f"{_WHOLE[name]}; give `{name}`, also where it is empty"
        note = {"code": "MISSING_DATA", "severity": "error", "where": name, "message": text}
        if note not in notes:
            notes.append(note)
    return replace(account, extra=dict(account.extra) | {"notes": notes})


_WHOLE = {
    "wallets": "the file leaves out what supports the positions",
    "positions": "the file leaves out which positions are open",
}
"""What an account file must tell, also where there is none of it."""


def to_dict(account: Account) -> dict[str, object]:
    """The account as a JSON-able document: numbers as text, what equals its default left out."""
    return write_record(account)


def dump_json(account: Account) -> str:
    """The account as JSON text; `load` reads the same account from it."""
    return json.dumps(to_dict(account), indent=2, ensure_ascii=False) + "\n"


def dump_toml(account: Account) -> str:
    """The account as TOML text. TOML has no null: an entry that is null is left out.

    Raises:
        DocumentError: a list under `extra`, `raw` or `parameters.venue` holds a null.
    """
    import tomli_w  # noqa: PLC0415 - most callers never write TOML

    return tomli_w.dumps(_without_null(to_dict(account), ""))


def account_schema() -> dict[str, object]:
    """The account file as a JSON Schema, draft 2020-12."""
    return schema_of(Account, "urn:" + ACCOUNT_SCHEMA.replace("/", ":"), ACCOUNT_SCHEMA)


def schema_text() -> str:
    """The schema as the package carries it in `core/schemas/account-1.json`."""
    return json.dumps(account_schema(), indent=2, ensure_ascii=False) + "\n"


@overload
def _without_null(value: dict[str, object], path: str) -> dict[str, object]: ...
@overload
def _without_null(value: object, path: str) -> object: ...
def _without_null(value: object, path: str) -> object:
    if isinstance(value, dict):
        kept = {name: member for name, member in value.items() if member is not None}
        return {name: _without_null(member, join(path, name)) for name, member in kept.items()}
    if isinstance(value, list):
        return [_without_null(item, join(path, index)) for index, item in enumerate(value)]
    if value is None:
        raise DocumentError([Problem(path, "null", "TOML has no null", "write JSON instead")])
    return value


# --- bytes and text ------------------------------------------------------------------------


def _refuse(name: str, message: str, remedy: str = "") -> NoReturn:
    raise DocumentError([Problem("document", "", message, remedy)], name)


def read_text(source: object) -> tuple[str, str]:
    """The name and the text of a path or an open file, at most 64 MiB of UTF-8.

    Raises:
        DocumentError: it cannot be read.
    """
    if isinstance(source, (str, os.PathLike)):
        return _read_path(os.fsdecode(source))
    if not hasattr(source, "read"):
        _refuse("", f"cannot load a {type(source).__name__}", "a path, an open file or a dict")
    name = getattr(source, "name", "")
    name = shown(name, _NAME_LENGTH) if isinstance(name, str) else ""
    try:
        content = source.read(MAX_BYTES + 1)
    except UnicodeDecodeError as problem:
        _refuse(name, f"is not UTF-8 text: {problem.reason}", "save it as UTF-8")
    except (OSError, ValueError) as problem:  # not open, or not for reading
        _refuse(name, f"cannot be read: {problem}")
    return name, _text_of(content, name)


def _read_path(path: str) -> tuple[str, str]:
    name = shown(path, _NAME_LENGTH)
    return name, _text_of(content_of(path), name)


def content_of(path: str) -> bytes:
    """What a file holds, at most 64 MiB; a named pipe is read where somebody writes to it.

    Raises:
        DocumentError: it cannot be read, is larger, or is a pipe that would be waited for.
    """
    name = shown(path, _NAME_LENGTH)
    try:
        status = os.stat(path)  # noqa: PTH116 - `pathlib` would be loaded for it alone
        if stat.S_ISFIFO(status.st_mode) and hasattr(os, "mkfifo"):
            content = _of_pipe(path, name)
        else:
            if stat.S_ISREG(status.st_mode) and status.st_size > MAX_BYTES:
                _too_large(name, f"{status.st_size} bytes")
            with open(path, "rb") as file:  # noqa: PTH123
                content = file.read(MAX_BYTES + 1)
    except OSError as problem:
        remedy = _REMEDIES.get(problem.errno or 0, "")
        remedy = "load takes a path; parse text first, then from_dict" if "{" in name else remedy
        _refuse(name, f"cannot be read: {problem.strerror or problem}", remedy)
    except ValueError as problem:  # a null character in the path
        _refuse(name, f"is not a path: {problem}")
    if len(content) > MAX_BYTES:
        _too_large(name, "more than that")
    return content


_REMEDIES = {
    errno.ENOENT: "check the path; a relative one begins where you are",
    errno.EISDIR: "name a file in it",
    errno.EACCES: "give yourself the right to read it",
}
_PATIENCE_S = 1.0
"""How long a writer may take to open a named pipe; then it may write as slowly as it likes."""
_LOOK_S = 0.01


def _of_pipe(path: str, name: str) -> bytes:
    """What comes out of a pipe. One that nobody opens for writing would be waited for for ever."""
    import select  # noqa: PLC0415 - files are seldom pipes

    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(handle, "rb", buffering=0) as file:
        first = b""
        for _ in range(int(_PATIENCE_S / _LOOK_S)):
            try:
                first = os.read(handle, 1)
            except BlockingIOError:  # somebody holds it open, and may yet write
                break
            if first:
                break
            select.select([], [], [], _LOOK_S)  # waits, and reads no clock
        else:
            text = "is no regular file but a pipe into which nobody writes"
            _refuse(name, text, "name a file; where a command takes it, - is stdin")
        os.set_blocking(handle, True)
        found = [first]
        while (more := file.read(1 << 20)) and sum(map(len, found)) <= MAX_BYTES:
            found.append(more)
        return b"".join(found)


def _too_large(name: str, size: str) -> NoReturn:
    limit = f"{MAX_BYTES // 1024 // 1024} MiB"
    _refuse(name, f"is too large: {size}, the limit is {limit}", "split it by account")


def _text_of(content: object, name: str) -> str:
    if not isinstance(content, (str, bytes)):
        _refuse(name, f"reading gave a {type(content).__name__}", "open it as text or binary")
    if len(content) > MAX_BYTES:
        _too_large(name, "more than that")
    if isinstance(content, str):
        return content.removeprefix("\ufeff")
    try:
        return content.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as problem:
        _refuse(
            name,
            f"is not UTF-8: byte {problem.start} is {content[problem.start]:#04x}",
            "save it as UTF-8",
        )


# --- JSON and TOML -------------------------------------------------------------------------


def parse_json(text: str, name: str = "") -> object:
    """JSON text parsed exactly: numbers as their text, repeated keys remembered.

    Raises:
        DocumentError: it is not JSON.
    """
    return _parse(text, "json", name)


def _parse(text: str, form: Format, name: str) -> object:
    if not text.strip():
        _refuse(name, "is empty", f'an account file begins with "schema": "{ACCOUNT_SCHEMA}"')
    try:
        return _parse_json(text) if form == "json" else _parse_toml(text)
    except json.JSONDecodeError as problem:
        where = f"line {problem.lineno}, column {problem.colno}"
        _refuse(name, f"is not JSON: {problem.msg} at {where}")
    except _NotToml as problem:
        _refuse(name, f"is not TOML: {shown(str(problem), 200)}")
    except RecursionError:
        _refuse(name, "is nested too deep", "flatten the document")
    except ValueError as problem:  # a TOML integer of thousands of digits, an impossible date
        _refuse(name, f"cannot be read: {shown(str(problem), 200)}")


def _parse_json(text: str) -> object:
    return json.loads(
        text,
        parse_float=NumberText,
        parse_int=NumberText,
        parse_constant=NumberText,
        object_pairs_hook=_members,
    )


class _NotToml(ValueError):
    """Text that is no TOML."""


_KEY_PARTS = r""""(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^\s."'=,{}\[\]]+|\.|\S"""


def _refuse_deep_keys(text: str) -> None:
    """Refuse a dotted key of more parts than a document may be deep: each part costs memory."""
    for line in text.splitlines():
        dots = 0
        for part in re.findall(_KEY_PARTS, line) if line.count(".") > MAX_DEPTH else ():
            dots = dots + 1 if part == "." else 0 if part in "=,{}[]" else dots
            if dots > MAX_DEPTH:
                raise RecursionError


def _parse_toml(text: str) -> object:
    import tomllib  # noqa: PLC0415 - most accounts are JSON

    _refuse_deep_keys(text)
    try:
        return tomllib.loads(text, parse_float=lambda found: NumberText(found.replace("_", "")))
    except tomllib.TOMLDecodeError as problem:
        raise _NotToml(problem) from None


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    counted = Members(found)
    counted.twice = tuple(name for name, n in Counter(name for name, _ in pairs).items() if n > 1)
    return counted

"""Files that commands write: whole or not at all, and none replaced that nobody said to replace."""

from __future__ import annotations

import csv
import io
import math
import os
import secrets
import stat
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from marginline.cli.exits import MachineProblem, UsageProblem, is_machines

_RUN = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for the start of a formula
Writer = Callable[[BinaryIO], object]


def free(name: str | Path, *, force: bool) -> Path:
    """The path of a file that may be written: asked before any work is done for it.

    Raises:
        UsageProblem: something is there and `force` does not say to replace it, or it is no file.
        MachineProblem: the machine cannot even tell.
    """
    path = Path(name)
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        if not path.name or str(name).endswith(os.sep):
            raise UsageProblem(f"{path} is no name of a file") from None
        return path
    except (OSError, ValueError) as problem:
        raise _unwritten(path, problem) from None
    if stat.S_ISDIR(found.st_mode):
        raise UsageProblem(f"{path} is a folder; name a file")
    if not force:
        raise UsageProblem(f"{path} exists; --force replaces it")
    if not stat.S_ISREG(found.st_mode):
        raise UsageProblem(f"{path} is no plain file; --force replaces plain files alone")
    return path


def write_file(name: str | Path, write: Writer, *, force: bool = False) -> None:
    """The file whole or not at all: written beside under a name of its own, synced, renamed.

    The name beside is drawn and must not exist, so that no link laid there is followed, and it is
    gone after a failure.

    Raises:
        UsageProblem: as `free`; or the path cannot be written to.
        MachineProblem: the disk is full or fails.
    """
    path = free(name, force=force)
    beside = path.with_name(f".{path.name[:100]}.{secrets.token_hex(8)}.part")
    try:
        try:
            _write(beside, path, write)
            free(path, force=force)  # it may have come while we worked
            beside.replace(path)
        finally:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
    except (OSError, ValueError) as problem:
        raise _unwritten(path, problem) from None


def write_text(name: str | Path, text: str, *, force: bool = False) -> None:
    """A file of text in UTF-8, as `write_file` writes."""
    write_file(name, lambda file: file.write(text.encode()), force=force)


def text_of_rows(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Rows as CSV (RFC 4180). Text that a spreadsheet would run as a formula has a ' before it.

    What is not known is an empty cell.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_cell(word) for word in head])
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return out.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, str):
        return "'" + value if value.startswith(_RUN) else value
    absent = value is None or (isinstance(value, float) and math.isnan(value))
    return "" if absent else str(value)


def _write(beside: Path, path: Path, write: Writer) -> None:
    """Through a file object that is ours alone: who writes never opens a path."""
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    with os.fdopen(handle, "wb") as file:
        with suppress(FileNotFoundError):
            beside.chmod(stat.S_IMODE(path.stat().st_mode))  # one that is replaced keeps its rights
        write(file)
        file.flush()
        os.fsync(file.fileno())


def _unwritten(path: Path, problem: OSError | ValueError) -> Exception:
    why = problem.strerror if isinstance(problem, OSError) else None
    remedy = "; make its folder first" if isinstance(problem, FileNotFoundError) else ""
    message = f"{path} cannot be written: {why or problem}{remedy}"
    return MachineProblem(message) if is_machines(problem) else UsageProblem(message)

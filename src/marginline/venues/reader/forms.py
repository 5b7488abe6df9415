"""In which form answers lie: files, folders, archives; JSON, JSON lines, stream logs, Python dicts.

Everything is bounded before it is read: what all files of an archive or a folder hold together is
at most what one file may hold, links are not followed, and nothing is written.
"""

from __future__ import annotations

import ast
import io
import tarfile
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from marginline.core.account.file import MAX_BYTES, content_of
from marginline.errors import DocumentError, PayloadError, Problem, shown
from marginline.venues.reader.frames import Framed, unframed

ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".zip")
_ANSWERS = (".json", ".jsonl", ".ndjson", ".txt", ".log", ".py")
_MOST_FILES = 2000
_MOST_LINES = 200_000
_MOST_LITERAL = 4 * 1024 * 1024

Parse = Callable[[str], object]


def is_container(path: str) -> bool:
    """Whether a path is a folder or an archive of answers."""
    return path.lower().endswith(ARCHIVES) or Path(path).is_dir()


def contents(path: str) -> Iterator[tuple[str, bytes]]:
    """The answers in a folder or an archive, each with the name it has there.

    Raises:
        PayloadError: it cannot be read, or holds more than is read at once.
    """
    total, count = 0, 0
    try:
        found = _opened(path)
        for name, content in found:
            total, count = total + len(content), count + 1
            if total > MAX_BYTES or count > _MOST_FILES:
                limit = f"{MAX_BYTES // 1024 // 1024} MiB and {_MOST_FILES} files"
                raise _refused(path, f"holds more than {limit}", "split it by account")
            yield name, content
    except (OSError, tarfile.TarError, zipfile.BadZipFile, EOFError, RuntimeError) as problem:
        raise _refused(path, f"cannot be read: {problem}") from None
    if not count:
        raise _refused(path, "holds no answers", f"they end in {', '.join(_ANSWERS)}")


def _refused(path: str, message: str, remedy: str = "") -> PayloadError:
    return PayloadError([Problem("file", "", message, remedy)], shown(path, 200))


def _opened(path: str) -> Iterator[tuple[str, bytes]]:
    if Path(path).is_dir():
        return _of_folder(Path(path))
    try:  # a pipe is read whole: who opens it as an archive would wait for a writer without end
        source = io.BytesIO(content_of(path)) if Path(path).is_fifo() else open(path, "rb")  # noqa: PTH123, SIM115
    except DocumentError as problem:
        raise PayloadError(problem.problems, shown(path, 200)) from None
    return _of_zip(source) if path.lower().endswith(".zip") else _of_tar(source)


def _named_so(name: str) -> bool:
    last = name.rpartition("/")[2]
    return last.lower().endswith(_ANSWERS) and not last.startswith(".")


def _of_folder(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.iterdir()):
        if path.is_file() and _named_so(path.name):
            with path.open("rb") as file:
                yield str(path), file.read(MAX_BYTES + 1)


def _of_tar(source: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    with source, tarfile.open(fileobj=source, mode="r:*") as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() else None
            if file is not None and _named_so(member.name):
                yield member.name, file.read(MAX_BYTES + 1)


def _of_zip(source: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    with source, zipfile.ZipFile(source) as archive:
        for member in archive.infolist():
            if not member.is_dir() and _named_so(member.filename):
                with archive.open(member) as file:
                    yield member.filename, file.read(MAX_BYTES + 1)


# -- from a text to values ---------------------------------------------------------------------


def values(text: str, parse: Parse) -> list[Framed]:
    """The messages in a text: one, or those of its lines.

    Raises:
        DocumentError: it is none of the forms; told as of JSON.
    """
    try:
        return [unframed(text, parse)]
    except DocumentError as problem:
        found = _lines(text, parse) or _literal(text)
        if found is None:
            raise problem from None
        return found


def _lines(text: str, parse: Parse) -> list[Framed] | None:
    """Messages line by line, also behind the moment that a log writes before each."""
    rows = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not 1 < len(rows) <= _MOST_LINES:
        return None
    found = []
    for number, row in rows:
        starts = [at for at in map(row.find, ("{", "[{", "[]")) if at >= 0]
        if not starts:
            return None
        try:
            found.append(Framed(None, parse(row[min(starts) :]), number))
        except DocumentError:
            return None
    return found


def _literal(text: str) -> list[Framed] | None:
    """A dict or list as Python prints it. Nothing in it is run."""
    if len(text) > _MOST_LITERAL or text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return [Framed(None, found)] if isinstance(found, (dict, list)) else None


def text_file(content: bytes, name: str) -> io.BytesIO:
    """A member of an archive as an open file that knows its name."""
    file = io.BytesIO(content)
    file.name = name
    return file

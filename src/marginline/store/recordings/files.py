"""A folder of recordings: every part a file of gzip members, each whole or not there at all.

What is written at once is one member with its own checksum, so that a cut file is whole up to its
last member, and every damage is found at its place. `zcat` reads a part as well.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from marginline.errors import StoreError, shown

END = ".jsonl.gz"
DAY_MS = 86_400_000
MEGABYTE = 1 << 20
_NAME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T[0-9]{2}-[0-9]{2}-[0-9]{2}-[0-9]{3}Z\.jsonl\.gz")
_READ = 1 << 20
_MEMBER_MOST = 512 * MEGABYTE
_LEVEL = 6
_MAGIC = b"\x1f\x8b"
_GZIP = 31  # of zlib: a gzip member, checksum checked


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much is kept of a folder.

    `most_bytes` of all parts together (one write more at most), `part_bytes` of one, `keep_days`
    (0: for ever).
    """

    most_bytes: int = 4_096 * MEGABYTE
    part_bytes: int = 64 * MEGABYTE
    keep_days: int = 30


class Parts:
    """Writes lines into the parts of a folder, one part a UTC day or `part_bytes`.

    Every method may raise StoreError, and blocks.
    """

    def __init__(self, folder: Path, bounds: Bounds | None = None) -> None:
        self.folder = folder
        self.bounds = bounds or Bounds()
        self.path: Path | None = None
        self.written = 0
        self.deleted = 0
        self._file: BinaryIO | None = None
        self._day = 0
        self._size = 0

    def over(self, at: int) -> bool:
        """Whether a new part is to begin at a moment: there is none, it is full, or a new day."""
        return self._file is None or self._full or at // DAY_MS != self._day

    @property
    def _full(self) -> bool:
        return self._size >= min(self.bounds.part_bytes, max(1, self.bounds.most_bytes // 2))

    def begin(self, at: int) -> None:
        """Begin a part, named by its first moment; what is over the bounds is deleted."""
        self.close()
        moment = datetime.fromtimestamp(at / 1000, UTC)
        name = f"{moment:%Y-%m-%dT%H-%M-%S}-{at % 1000:03d}Z{END}"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.tidy(at)
            self.path = self.folder / name
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            self._file = os.fdopen(handle, "wb", buffering=0)
        except OSError as wrong:
            raise _failed(self.folder / name, wrong) from None
        self._day, self._size = at // DAY_MS, 0

    def write(self, lines: Sequence[bytes]) -> None:
        """Write lines as one member: after a cut all of them are there or none is."""
        assert self._file is not None, "begin a part first"
        member = gzip.compress(b"\n".join(lines) + b"\n", _LEVEL, mtime=0)
        start = self._size
        try:
            left = memoryview(member)
            while left:
                left = left[self._file.write(left) :]
        except OSError as wrong:
            with contextlib.suppress(OSError):  # half a member would end the part for its reader
                self._file.truncate(start)
                self._file.seek(start)
            raise _failed(self.path or self.folder, wrong) from None
        self._size += len(member)
        self.written += len(member)

    def tidy(self, now: int) -> None:
        """Delete parts that are too old, then the oldest of those that are too many."""
        there = [each for each in parts_in(self.folder) if each != self.path]
        sizes = {each: each.stat().st_size for each in there}
        days = self.bounds.keep_days
        first = now // DAY_MS - days
        spare = self.bounds.most_bytes - self.bounds.part_bytes
        for each in there:
            old = bool(days) and _day_of(each) < first
            if old or sum(sizes.values()) > max(0, spare):
                each.unlink(missing_ok=True)
                del sizes[each]
                self.deleted += 1

    def close(self) -> None:
        """End the part."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None


def _day_of(part: Path) -> int:
    found = _NAME.fullmatch(part.name)
    assert found is not None, "parts_in gives no other names"
    return int(datetime.fromisoformat(found[1]).replace(tzinfo=UTC).timestamp() * 1000) // DAY_MS


def _failed(path: Path, wrong: OSError) -> StoreError:
    reason = wrong.strerror or type(wrong).__name__
    return StoreError(str(path), reason, "free space there, or record to another folder")


def parts_in(folder: Path) -> list[Path]:
    """The parts of a folder, oldest first; other files are left alone."""
    try:
        names = sorted(each.name for each in folder.iterdir() if _NAME.fullmatch(each.name))
    except FileNotFoundError:
        return []
    return [folder / name for name in names]


def may_be_part(path: Path) -> bool:
    """Whether a file is called as a part is, or begins as one; one that cannot be read may."""
    try:
        with path.open("rb") as file:
            return _NAME.fullmatch(path.name) is not None or file.read(2) == _MAGIC
    except OSError:
        return True  # whoever reads it is told why


def lines_of(path: Path) -> Iterator[bytes]:
    """The lines of a part, oldest first.

    Raises:
        StoreError: it cannot be read, or is cut or damaged; says at which byte, after every line
            before it was given.
    """
    try:
        with path.open("rb") as file:
            yield from _lines(file, path)
    except OSError as wrong:
        reason = wrong.strerror or type(wrong).__name__
        raise StoreError(str(path), reason, "name a recording that can be read") from None


def _lines(file: BinaryIO, path: Path) -> Iterator[bytes]:
    rest, start = b"", 0
    while True:
        rest = rest or file.read(_READ)
        if not rest:
            return
        content, used, rest = _member(file, rest, path, start)
        yield from content.splitlines()
        start += used


def _member(file: BinaryIO, data: bytes, path: Path, start: int) -> tuple[bytes, int, bytes]:
    """A member's content, its length on the disk, and what was read beyond it."""
    reader, found, used, size = zlib.decompressobj(_GZIP), [], 0, 0
    while True:
        try:
            found.append(reader.decompress(data, _MEMBER_MOST - size))
        except zlib.error as wrong:
            raise _broken(path, start, f"damaged ({shown(str(wrong), 80)})") from None
        size += len(found[-1])
        if reader.eof:
            rest = reader.unused_data
            return b"".join(found), used + len(data) - len(rest), rest
        if size >= _MEMBER_MOST:
            raise _broken(path, start, "damaged (it unpacks to more than is ever written at once)")
        used += len(data) - len(reader.unconsumed_tail)
        data = reader.unconsumed_tail or file.read(_READ)
        if not data:
            raise _broken(path, start, "cut")


def _broken(path: Path, at: int, how: str) -> StoreError:
    reason = f"the recording is {how} at byte {at}"
    return StoreError(str(path), reason, "what stands before that place can be replayed")

"""Where a recording is kept and found: compressed files by day, or the store of the history."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from marginline.errors import StoreError
from marginline.monitor.recording.lines import Line, Raw, Turn
from marginline.store.reading import Reader
from marginline.store.recordings.files import Bounds, Parts, lines_of
from marginline.store.rows import RawRow
from marginline.store.store import Store

DAY_MS = 86_400_000
OWN = "recording"
"""The stream of rows that hold a line of ours, not a message of a venue."""
_PAGE_MS = 60_000

Found = tuple[str, bytes]
"""A line and its place in words."""


class FileSink:
    """Parts of a folder."""

    def __init__(self, folder: Path, bounds: Bounds | None = None) -> None:
        self.parts = Parts(folder, bounds)

    def ready(self) -> bool:
        """Always."""
        return True

    def over(self, at: int) -> bool:
        """Whether a new part is to begin: a new day, or the part is full."""
        return self.parts.over(at)

    def begin(self, at: int) -> None:
        """Begin a part. Raises StoreError."""
        self.parts.begin(at)

    def write(self, lines: Sequence[Line]) -> None:
        """Write lines. Raises StoreError."""
        self.parts.write([msgspec.json.encode(line) for line in lines])

    def close(self) -> None:
        """End the part."""
        self.parts.close()


class StoreSink:
    """Rows of a store: a message of a socket as it came, every other line in our own words.

    `store` gives it once it is open; so long nothing can be written.
    """

    def __init__(self, run: str, store: Callable[[], Store | None]) -> None:
        self._name, self._open = run, store
        self._day = -1

    def ready(self) -> bool:
        """Whether the store is open."""
        return self._open() is not None

    def over(self, at: int) -> bool:
        """Whether a new part is to begin: a new day."""
        return at // DAY_MS != self._day

    def begin(self, at: int) -> None:
        """Begin a part."""
        self._day = at // DAY_MS

    def write(self, lines: Sequence[Line]) -> None:
        """Write lines as rows. Raises StoreError."""
        store = self._open()
        if store is None:
            raise StoreError("the history", "is not open yet", "[history] in the settings names it")
        store.write([self._row(line) for line in lines]).result()

    def _row(self, line: Line) -> RawRow:
        if isinstance(line, Raw) and line.asked is None:
            return RawRow(
                run=self._name, sequence=line.number, received=line.received, venue=line.venue,
                account=line.account, stream=line.stream,
                data=line.text.encode("utf-8", "surrogatepass"),
            )  # fmt: skip
        at: int = line.now if isinstance(line, Turn) else getattr(line, "at", 0)
        at = line.received if isinstance(line, Raw) else at
        return RawRow(
            run=self._name, sequence=line.number, received=at, venue="", account=None, stream=OWN,
            data=msgspec.json.encode(line),
        )  # fmt: skip

    def close(self) -> None:
        """Nothing: the store is closed by whoever opened it."""


def from_files(parts: Sequence[Path]) -> Iterator[Found]:
    """The lines of files, one after the other. Raises StoreError at a cut or a damage."""
    for part in parts:
        for number, line in enumerate(lines_of(part), start=1):
            yield f"{part.name}, line {number}", line


def from_store(reader: Reader, run: str, first: int, last: int) -> Iterator[Found]:
    """The lines of a run in a store, from a moment to a moment. Raises StoreError."""
    for since in range(first, last + 1, _PAGE_MS):
        until = min(since + _PAGE_MS, last + 1)
        rows = reader.rows(RawRow, since=since, until=until, run=run)
        for row in sorted(rows, key=lambda each: each.sequence):
            text = row.data
            if row.stream != OWN:
                text = msgspec.json.encode(
                    Raw(
                        number=row.sequence, received=row.received, venue=row.venue,
                        stream=row.stream, account=row.account,
                        text=row.data.decode("utf-8", "replace"),
                    )
                )  # fmt: skip
            yield f"row {row.sequence} of run {run}", text

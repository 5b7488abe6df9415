"""What a store has kept of an account to say why it moved, also in runs that are over."""

from __future__ import annotations

import io
import json
import zlib
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import msgspec

from marginline.core.account.account import Account
from marginline.core.account.file import from_dict, parse_json, to_dict
from marginline.core.account.moments import wire_moment
from marginline.errors import DocumentError, PayloadError
from marginline.ledger.entry import Entry
from marginline.ledger.read import read_ledger
from marginline.monitor.why.bare import entry_of, event_of
from marginline.store.reading import Reader, Standing
from marginline.store.rows import AssessmentRow, GapRow, LedgerRow, SourceRow

BEFORE_MS = 1_800_000
"""A document no older than this before a span still stands for its beginning."""
ENTRIES = 1_000_000
"""Rows of the ledger that are read at most, the newest."""
_DOCUMENTS = 64
_UNLIKE = 8
"""A document that packs to more than this part of itself has changed much."""
_ANEW_MS = 216_000_000  # each that others are packed by is kept whole: seldom, so that they are few


@dataclass(frozen=True, slots=True)
class Moment:
    """An account document and when it was judged, in milliseconds of the monitor's clock."""

    at: int
    account: Account


@dataclass(frozen=True, slots=True)
class PackedMoment:
    """A moment that is rarely asked for: its document, packed by what it has in common with `like`.

    Packed so it takes a twentieth of its length, and a fiftieth of the account's room.
    """

    at: int
    document: bytes
    like: bytes

    def open(self) -> Moment | None:
        """The moment as it was; None where its document can be read no more."""
        account = _opened(self.document, self.like)
        return None if account is None else Moment(self.at, account)


@dataclass(slots=True)
class Packer:
    """Packs the moments of one account by an earlier document of it: it is mostly as it was."""

    like: bytes = b""
    since: int = 0

    def pack(self, moment: Moment) -> PackedMoment:
        """The moment, packed; its document is what the next ones are like where it differs much."""
        document = msgspec.json.encode(to_dict(moment.account))
        deflate = zlib.compressobj(zdict=self.like)
        packed = PackedMoment(moment.at, deflate.compress(document) + deflate.flush(), self.like)
        unlike = len(packed.document) > len(document) // _UNLIKE
        if not self.like or (unlike and moment.at - self.since >= _ANEW_MS):
            self.like, self.since = document, moment.at
        return packed


class Break(NamedTuple):
    """From `start` to `end` nothing was recorded, or not all: `reason`."""

    start: int
    end: int
    reason: str

    def sentence(self) -> str:
        """What is to be said of it."""
        since, until = wire_moment(self.start), wire_moment(self.end)
        return (
            f"not recorded from {since} to {until} ({self.reason}): what no row of the ledger tells"
            " of that time is not explained"
        )


@dataclass(slots=True)
class Recorded:
    """An account's documents and ledger in a store. Every method may raise StoreError.

    Of what was last asked for, `unread`: rows of the ledger that no reader knows; `bare`: events
    of rows that were kept as one amount alone, by older revisions, and are more than one flow.
    """

    reader: Reader
    account: str
    unread: int = 0
    bare: tuple[str, ...] = ()
    _documents: OrderedDict[Standing, Moment] = field(default_factory=OrderedDict)
    _entries: tuple[int, int | None, tuple[Entry, ...]] | None = None

    def first(self) -> int | None:
        """The moment of the oldest document; None where there is none."""
        found = self.reader.first_document(self.account)
        return None if found is None else found.at

    def last(self) -> int | None:
        """The moment of the newest document; None where there is none."""
        found = self.reader.documents(self.account, newest=1)
        return found[-1].at if found else None

    def standings(self, start: int, until: int | None) -> list[Standing]:
        """Where documents stand from `start`, and the one that stands for it, to before `until`."""
        before = self.reader.documents(
            self.account, since=start - BEFORE_MS, until=start + 1, newest=1
        )
        return [*before, *self.reader.documents(self.account, since=start + 1, until=until)]

    def moment(self, standing: Standing) -> Moment | None:
        """The document that stands there; None where it can be read no more."""
        found = self._documents.get(standing)
        if found is not None:
            return found
        rows = self.reader.rows(
            AssessmentRow, account=self.account, run=standing.run, sequence=standing.sequence
        )
        account = next((_document(row.document) for row in rows if row.document), None)
        if account is None:
            return None
        found = self._documents[standing] = Moment(standing.at, account)
        while len(self._documents) > _DOCUMENTS:
            self._documents.popitem(last=False)
        return found

    def entries(self, since: int, until: int | None) -> tuple[Entry, ...]:
        """What was booked from `since` to before `until`, by the venue's clock."""
        if until is not None and self._entries is not None:
            first, last, found = self._entries
            if last == until and first <= since:
                return found  # of a run that is over nothing new is booked
        rows = self.reader.rows(
            SourceRow, account=self.account, since=since, until=until, newest=ENTRIES
        )
        told = {row.id for row in rows}
        alone = self.reader.rows(LedgerRow, account=self.account, since=since, until=until)
        bare = [(row, entry_of(row)) for row in alone if row.id not in told]
        self.unread = 0
        self.bare = tuple(event_of(row) for row, entry in bare if entry is None)
        entries = (*self._read(rows), *(entry for _, entry in bare if entry is not None))
        self._entries = since, until, entries
        return entries

    def _read(self, rows: Iterable[SourceRow]) -> Iterator[Entry]:
        for row in rows:
            try:
                yield from read_ledger(io.BytesIO(row.data), venue=row.venue).entries
            except (PayloadError, DocumentError):
                self.unread += 1

    def breaks(self, start: int, end: int) -> tuple[Break, ...]:
        """When nothing was recorded within a span: between runs, and where writing failed."""
        found = [*self._between_runs(start, end), *self._gaps(start, end)]
        return tuple(sorted(set(found)))

    def _between_runs(self, start: int, end: int) -> Iterator[Break]:
        last: int | None = None
        for run in self.reader.runs(self.account, since=start, until=end + 1):
            if last is not None and run.first > last:
                yield Break(last, run.first, "the monitor did not run")
            last = run.last if last is None else max(last, run.last)

    def _gaps(self, start: int, end: int) -> Iterator[Break]:
        for gap in self.reader.rows(GapRow, until=end + 1):
            mine = gap.account == self.account or (not gap.account and not gap.venue)
            lost = gap.healed_at is None or gap.stream == "history"
            if mine and lost and start < gap.end and gap.start < gap.end:
                yield Break(max(gap.start, start), min(gap.end, end), gap.reason or gap.stream)


def _document(text: bytes) -> Account | None:
    """The account of a kept document; None where this program reads its form no more."""
    try:
        return from_dict(parse_json(text.decode("utf-8", "replace")))
    except (DocumentError, json.JSONDecodeError):
        return None


@lru_cache(maxsize=_DOCUMENTS)
def _opened(packed: bytes, like: bytes) -> Account | None:
    return _document(zlib.decompressobj(zdict=like).decompress(packed))

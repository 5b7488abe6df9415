"""What is kept of each account to say why it moved: documents at moments, booked rows.

Documents are kept by 5 seconds for 5 minutes, by minute for an hour, by 15 minutes for a day, by 6
hours for 30 days: the first that was judged whole in each. Figures between two of them are
attributed, not interpolated. All but the newest of each step are packed: they are many, and rarely
asked for. What earlier runs have kept in a store is read when it is asked for.
"""

from __future__ import annotations

import io
import zlib
from collections import OrderedDict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from marginline.core.account.moments import milliseconds
from marginline.errors import PayloadError
from marginline.feeds.events import LedgerEvent
from marginline.ledger.attribution.attribution import Attribution
from marginline.ledger.entry import Entry
from marginline.ledger.packed import Packed
from marginline.ledger.read import read_ledger
from marginline.monitor.state import Watched
from marginline.monitor.why.recorded import Break, Moment, PackedMoment, Packer, Recorded
from marginline.risk.attribution import attribute
from marginline.store.reading import Reader, Standing

LEVELS = ((5_000, 60), (60_000, 60), (900_000, 96), (21_600_000, 120))
"""Step in milliseconds and how many documents of it are kept."""
ENTRIES = 20_000
SEGMENTS = 24
"""Into how many a span is cut: causes over time have so many moments."""
_ATTRIBUTED = 256


@dataclass(slots=True)
class _Level:
    step: int
    kept: deque[Moment | PackedMoment]

    def add(self, moment: Moment, late: float, packer: Packer) -> None:
        """Keep it where it is the first of its step; pack the last, `late` of a step after it."""
        last = self.kept[-1] if self.kept else None
        first = last is None or moment.at // self.step > last.at // self.step
        if isinstance(last, Moment) and (first or moment.at - last.at >= late * self.step):
            self.kept[-1] = packer.pack(last)
        if first:
            self.kept.append(moment)


def _booked_at(entry: Entry) -> int:
    return milliseconds(entry.at)


def _levels() -> tuple[_Level, ...]:
    return tuple(_Level(step, deque(maxlen=most)) for step, most in LEVELS)


@dataclass(slots=True)
class Kept:
    """Of one account: documents, entries, and attributions that were already made.

    `older` is what a store has of it, None where no history is kept; `booked` what was read there
    of the time before this run; `log` what the venue's log tells of rows that are kept bare; `late`
    when in a step a document is packed, so that not all accounts pack theirs at once.
    """

    levels: tuple[_Level, ...] = field(default_factory=_levels)
    entries: Packed[Entry] = field(default_factory=lambda: Packed(Entry, _booked_at, ENTRIES))
    unread: int = 0
    newest: Moment | None = None
    made: OrderedDict[tuple[int, int, int], Attribution] = field(default_factory=OrderedDict)
    older: Recorded | None = None
    booked: tuple[Entry, ...] = ()
    log: tuple[Entry, ...] = ()
    late: float = 0.0
    packer: Packer = field(default_factory=Packer)

    def point(self, watched: Watched) -> None:
        """Keep the document of now, where it was judged whole and is due."""
        judged = watched.judged if watched.known else None
        if judged is None or not judged.whole:
            return
        self.newest = Moment(judged.at, judged.account)
        for level in self.levels:
            level.add(self.newest, self.late, self.packer)

    def book(self, event: LedgerEvent) -> None:
        """Book a row of the venue's ledger; one that no reader knows is counted, not guessed."""
        try:
            found = read_ledger(io.StringIO(event.row), venue=event.venue) if event.row else None
        except PayloadError:
            found = None
        if found is None:
            self.unread += 1
            return
        for entry in found.entries:
            self.entries.append(entry)

    def beside(self, log: Iterable[Entry]) -> None:
        """Take from the venue's log the events of rows that are kept bare, and nothing else."""
        bare = set(() if self.older is None else self.older.bare)
        self.log = tuple(entry for entry in log if entry.event in bare)

    def first(self) -> int | None:
        """The moment of the oldest document that there is."""
        own = min((m.at for level in self.levels for m in list(level.kept)), default=None)
        older = None if self.older is None else self.older.first()
        return min((at for at in (own, older) if at is not None), default=None)

    def moments(self, start: int, end: int | None = None) -> list[Moment]:
        """The documents that cut what lies after `start`, at most `SEGMENTS` + 1, oldest first.

        The first is the newest at or before `start`, else the oldest there is; the last is now's.
        The cuts stand still while time goes on, so that what was attributed once stays. `end`: of a
        store alone, before which moment it ends.

        Raises:
            StoreError: a history is kept and cannot be read.
        """
        found: dict[int, Moment | PackedMoment] = {
            m.at: m for level in reversed(self.levels) for m in list(level.kept)
        }
        if self.newest is not None:
            found[self.newest.at] = self.newest
        first = min(found, default=None)
        older: dict[int, Standing] = {}
        if self.older is not None and (first is None or start < first):
            older = {
                each.at: each
                for each in self.older.standings(start, end if first is None else first)
            }
        kept: list[Moment] = []
        for at in cut([*sorted(older), *sorted(found)], start):
            moment = found.get(at)
            if moment is None and self.older is not None:
                moment = self.older.moment(older[at])
            if isinstance(moment, PackedMoment):
                moment = moment.open()
            if moment is not None and (not kept or kept[-1].account.as_of <= moment.account.as_of):
                kept.append(moment)
        if self.older is not None and kept:
            self.booked = self.older.entries(milliseconds(kept[0].account.as_of), first)
        return kept

    def breaks(self, moments: Sequence[Moment]) -> tuple[Break, ...]:
        """When nothing was recorded between the first and the last of these moments."""
        if self.older is None or len(moments) < 2:
            return ()
        return self.older.breaks(moments[0].at, moments[-1].at)

    def between(self, before: Moment, after: Moment) -> Attribution:
        """Why the figures moved between two kept documents."""
        first, last = before.account.as_of, after.account.as_of
        own = self.entries.within(milliseconds(first), milliseconds(last))
        every: Iterable[Entry] = {
            each.key: each for each in (*self.booked, *own, *self.log)
        }.values()
        booked = [each for each in every if first < each.at <= last]
        key = (before.at, after.at, len(booked))
        found = self.made.get(key)
        if found is None:
            found = self.made[key] = attribute(before.account, after.account, booked)
            while len(self.made) > _ATTRIBUTED:
                self.made.popitem(last=False)
        return found

    def notes(self) -> tuple[str, ...]:
        """Which rows could not be read, or tell too little; with the remedy."""
        found = []
        if unread := self.unread + (0 if self.older is None else self.older.unread):
            found.append(f"{_rows(unread)} of the venue's ledger could not be read: {_UNEXPLAINED}")
        events = {entry.event for entry in self.log}
        if bare := sum(event not in events for event in (self.older.bare if self.older else ())):
            found.append(
                f"{_rows(bare)} of the venue's ledger, kept by an older version, with one amount"
                f" for P&L and fee together: {_UNEXPLAINED}. Ask the venue's API for its log of"
                " that time and give the answer: marginline attribute ACCOUNT --since SPAN"
                " --log FILE"
            )
        return tuple(found)


_UNEXPLAINED = "their amounts are among what is not explained"


def _rows(count: int) -> str:
    return f"{count} row" if count == 1 else f"{count} rows"


def cut(moments: Sequence[int], start: int) -> list[int]:
    """Of ordered moments those that cut what lies after `start`: about `SEGMENTS`, and the last."""
    if not moments:
        return []
    cuts = [at for at in moments if at <= start][-1:]
    step = max(1, (moments[-1] - start) // (SEGMENTS - 1))
    for at in moments:
        if at > start and (not cuts or at // step > cuts[-1] // step):
            cuts.append(at)
    return cuts if cuts[-1] == moments[-1] else [*cuts, moments[-1]]


class Keeper:
    """What is kept of every account; `reader` is the store's, None where no history is kept."""

    def __init__(self) -> None:
        self._of: dict[str, Kept] = {}
        self.reader: Reader | None = None

    def of(self, account: str) -> Kept:
        """What is kept of an account."""
        found = self._of.get(account)
        if found is None:
            late = zlib.crc32(account.encode()) / 2**32
            found = self._of[account] = Kept(late=late)
        if found.older is None and self.reader is not None:
            found.older = Recorded(self.reader, account)
        return found

    def forget(self, account: str) -> None:
        """Drop what is kept of an account."""
        self._of.pop(account, None)

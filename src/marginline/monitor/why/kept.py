"""What this run keeps of each account to say why it moved: documents at moments, booked rows.

Documents are kept by 5 seconds for 5 minutes, by minute for an hour, by 15 minutes for a day, by 6
hours for 30 days: the first that was judged whole in each. Figures between two of them are
attributed, not interpolated.
"""

from __future__ import annotations

import io
from collections import OrderedDict, deque
from dataclasses import dataclass, field

from marginline.core.account.account import Account
from marginline.errors import PayloadError
from marginline.feeds.events import LedgerEvent
from marginline.ledger.attribution.attribution import Attribution
from marginline.ledger.entry import Entry
from marginline.ledger.read import read_ledger
from marginline.monitor.state import Watched
from marginline.risk.attribution import attribute

LEVELS = ((5_000, 60), (60_000, 60), (900_000, 96), (21_600_000, 120))
"""Step in milliseconds and how many documents of it are kept."""
ENTRIES = 20_000
SEGMENTS = 24
"""Into how many a span is cut: causes over time have so many moments."""
_ATTRIBUTED = 256


@dataclass(frozen=True, slots=True)
class Moment:
    """An account document and when it was judged, in milliseconds of the monitor's clock."""

    at: int
    account: Account


@dataclass(slots=True)
class _Level:
    step: int
    kept: deque[Moment]

    def add(self, moment: Moment) -> None:
        """Keep it where it is the first of its step."""
        if not self.kept or moment.at // self.step > self.kept[-1].at // self.step:
            self.kept.append(moment)


def _levels() -> tuple[_Level, ...]:
    return tuple(_Level(step, deque(maxlen=most)) for step, most in LEVELS)


@dataclass(slots=True)
class Kept:
    """Of one account: documents, entries by key, and attributions that were already made."""

    levels: tuple[_Level, ...] = field(default_factory=_levels)
    entries: OrderedDict[tuple[str, ...], Entry] = field(default_factory=OrderedDict)
    unread: int = 0
    newest: Moment | None = None
    made: OrderedDict[tuple[int, int, int], Attribution] = field(default_factory=OrderedDict)

    def point(self, watched: Watched) -> None:
        """Keep the document of now, where it was judged whole and is due."""
        judged = watched.judged if watched.known else None
        if judged is None or not judged.whole:
            return
        self.newest = Moment(judged.at, judged.account)
        for level in self.levels:
            level.add(self.newest)

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
            self.entries[entry.key] = entry
        while len(self.entries) > ENTRIES:
            self.entries.popitem(last=False)

    def moments(self, start: int) -> list[Moment]:
        """The documents that cut what lies after `start`, at most `SEGMENTS` + 1, oldest first.

        The first is the newest at or before `start`, else the oldest there is; the last is now's.
        The cuts stand still while time goes on, so that what was attributed once stays.
        """
        if self.newest is None:
            return []
        now, found = self.newest.at, {m.at: m for level in self.levels for m in list(level.kept)}
        ordered = [found[at] for at in sorted(found)]
        before = [moment for moment in ordered if moment.at <= start]
        cuts = before[-1:]
        step = max(1, (now - start) // (SEGMENTS - 1))
        for moment in ordered[len(before) :]:
            if not cuts or moment.at // step > cuts[-1].at // step:
                cuts.append(moment)
        return [*cuts, self.newest] if not cuts or cuts[-1].at < now else cuts

    def between(self, before: Moment, after: Moment) -> Attribution:
        """Why the figures moved between two kept documents."""
        first, last = before.account.as_of, after.account.as_of
        booked = [each for each in list(self.entries.values()) if first < each.at <= last]
        key = (before.at, after.at, len(booked))
        found = self.made.get(key)
        if found is None:
            found = self.made[key] = attribute(before.account, after.account, booked)
            while len(self.made) > _ATTRIBUTED:
                self.made.popitem(last=False)
        return found


class Keeper:
    """What is kept of every account in this run."""

    def __init__(self) -> None:
        self._of: dict[str, Kept] = {}

    def of(self, account: str) -> Kept:
        """What is kept of an account."""
        return self._of.setdefault(account, Kept())

    def forget(self, account: str) -> None:
        """Drop what is kept of an account."""
        self._of.pop(account, None)

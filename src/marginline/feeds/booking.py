"""The venue's own ledger, row by row, each told once: gaps of the stream leave none out."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from marginline.feeds.events import Gap, LedgerEvent, Stream
from marginline.feeds.logs.paging import DAY_MS
from marginline.feeds.messages import LedgerRow, Unreadable
from marginline.feeds.telling import Desk
from marginline.feeds.timing import moment_of
from marginline.feeds.wire.rest import CallFailed, Failure

_ROWS_KEPT = 20_000
_KNOWN_MS = DAY_MS  # no look goes so far back from the newest row
_OVERLAP_MS = 60_000  # rows are booked a little after the moment that they carry
LATE_MS = 600_000
"""So far back every look goes, at least: a row may be booked late."""


@dataclass(frozen=True, slots=True)
class Booked:
    """What was kept of an account's ledger by runs before.

    `at`: the newest row's moment; `ids`: those of the rows from twice `LATE_MS` before it on.
    """

    at: int
    ids: frozenset[str]


Known = Callable[[str], Awaitable[Booked | None]]
"""What was kept of an account, by its name; None where nothing was."""


async def nothing(_: str) -> Booked | None:
    """Nothing is kept anywhere."""
    return None


class Source(Protocol):
    """Where rows come from. Calls may raise `CallFailed`, `Unreadable`."""

    @property
    def told_ms(self) -> int:
        """How far back the venue's ledger tells."""

    def past(self) -> int:
        """A moment of the venue's clock that is over for certain."""

    async def ledger(self, since: int) -> Sequence[LedgerRow]:
        """Rows booked from a moment of the venue's clock on, oldest first."""


class Booking:
    """Ledger rows of one account from the first look on, or from where the run before ended."""

    def __init__(self, account: str, source: Source, desk: Desk, known: Known = nothing) -> None:
        self._account = account
        self._source = source
        self._desk = desk
        self._kept = known
        self._known: OrderedDict[str, int] = OrderedDict()  # when each was booked
        self._begun = False
        self._newest = 0
        self._asked_at: int | None = None
        self.wanted = False

    async def begin(self) -> None:
        """Before the first snapshot: what is known already is not told again.

        Where a run before has kept rows, everything after them is told: the time between the two
        runs is no gap, as far back as the venue tells. Else what the ledger holds now is known, by
        the rows themselves, not by a clock: a venue dates them as it likes.
        """
        if self._begun:
            return
        again = self._asked_at is not None
        self._asked_at = asked = self._asked_at or self._source.past()
        kept = await self._kept(self._account)
        if kept is not None:
            self._known.update(dict.fromkeys(kept.ids, kept.at))
            self._newest = min(kept.at, self._source.past()) - LATE_MS
            self.wanted = True
        else:
            self._newest = asked - LATE_MS
            for row in await self._fetched():
                if row.at <= asked or not again:  # later ones came while it could not be had
                    self._known[row.id] = row.at
            self.wanted = again
        self._begun = True

    async def look(self) -> None:
        """Fetch what is new, where there may be something. May raise what the source raises."""
        if not self.wanted or not self._begun:
            return
        self.wanted = False
        try:
            rows = await self._fetched()
        except BaseException:
            self.wanted = True
            raise
        for row in rows:
            if row.id in self._known:
                continue
            self._known[row.id] = row.at
            self._desk.tell(
                LedgerEvent, at=row.at, account=self._account, kind=row.kind, asset=row.asset,
                amount=row.amount, id=row.id, text=row.text, row=row.row,
            )  # fmt: skip
        self._forget(max(_ROWS_KEPT, 2 * len(rows)))

    async def spared(self, look: Callable[[], Awaitable[None]]) -> None:
        """A ledger that cannot be had is told, and asked for again; the account is watched on.

        Raises:
            CallFailed: the venue will not have the key.
        """
        try:
            await look()
        except CallFailed as failed:
            if failed.failure is Failure.KEY:
                raise
            where, status = f"ledger: {failed.path}", failed.status or ""
            self._desk.refuse(self._account, where, status, failed.message)
        except Unreadable as wrong:
            where = f"ledger: {wrong.field}"
            self._desk.refuse(self._account, where, wrong.value, wrong.reason)

    def _forget(self, most: int) -> None:
        """Drop the ids of rows that no look finds again."""
        past = self._newest - _KNOWN_MS
        while len(self._known) > most or next(iter(self._known.values()), past) < past:
            self._known.popitem(last=False)

    async def _fetched(self) -> Sequence[LedgerRow]:
        before = self._source.past()
        rows = await self._source.ledger(self._newest - _OVERLAP_MS)
        self._say_forgotten(before - self._source.told_ms)
        newest = max((row.at for row in rows), default=0)
        # a row that is dated ahead hides none that is booked until then
        self._newest = max(self._newest, min(newest, before), before - LATE_MS)
        return rows

    def _say_forgotten(self, first: int) -> None:
        """Rows that were booked before a moment are gone at the venue: the time is a gap.

        It never heals. The newest row that was kept is where it begins: whether later ones would
        have been told when the run before ended, nothing kept says.
        """
        start = self._newest + LATE_MS
        if start >= first:
            return
        days = self._source.told_ms // DAY_MS
        reason = (
            f"rows of the venue's ledger may be missing from {moment_of(start):%Y-%m-%d %H:%M} to"
            f" {moment_of(first):%Y-%m-%d %H:%M} UTC: it tells {days} days back"
        )
        self._desk.tell(Gap, stream=Stream.LEDGER, account=self._account, start=start, end=first,
                        healed_at=None, reason=reason)  # fmt: skip

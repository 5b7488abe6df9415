"""The venue's own ledger, row by row, each told once: gaps of the stream leave none out."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from marginline.feeds.events import LedgerEvent
from marginline.feeds.messages import AccountDialect, LedgerRow
from marginline.feeds.telling import Desk

_ROWS_KEPT = 20_000
_OVERLAP_MS = 60_000  # rows are booked a little after the moment that they carry


class Booking:
    """Ledger rows of one account from the first look on."""

    def __init__(self, account: str, dialect: AccountDialect, desk: Desk) -> None:
        self._account = account
        self._dialect = dialect
        self._desk = desk
        self._known: OrderedDict[str, None] = OrderedDict()
        self._begun = False
        self._newest = 0
        self.wanted = False

    async def begin(self) -> None:
        """Before the first snapshot: what the ledger holds already is known and is not told.

        By the rows themselves, not by a clock: a venue dates them as it likes.
        """
        if self._begun:
            return
        self._newest = self._dialect.past()
        for row in await self._fetched():
            self._known[row.id] = None
        self._begun = True

    async def look(self) -> None:
        """Fetch what is new, where there may be something. May raise what the dialect raises."""
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
            self._known[row.id] = None
            self._desk.tell(
                LedgerEvent, at=row.at, account=self._account, kind=row.kind, asset=row.asset,
                amount=row.amount, id=row.id, text=row.text, row=row.row,
            )  # fmt: skip
        while len(self._known) > _ROWS_KEPT:
            self._known.popitem(last=False)

    async def _fetched(self) -> Sequence[LedgerRow]:
        rows = await self._dialect.ledger(self._newest - _OVERLAP_MS)
        self._newest = max(self._newest, max((row.at for row in rows), default=0))
        return rows

"""Bybit's public prices: tickers of the contracts in use, merged field by field."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from marginline.core.numbers import is_digits
from marginline.feeds.bybit import calls
from marginline.feeds.bybit.calls import cursor_of
from marginline.feeds.bybit.lines import ping, subscribe
from marginline.feeds.bybit.rows import names_of
from marginline.feeds.marks import Faulty, Quote, Said, price
from marginline.feeds.messages import Unreadable
from marginline.feeds.timing import cancelled
from marginline.feeds.wire.door import Door
from marginline.feeds.wire.lines import Line, LineClosed
from marginline.feeds.wire.rest import Answer, Endpoint, decoded

WHOLE_LIST = 64
"""A venue with at most so many contracts is watched whole; else what the accounts use."""
UNLAID_MOST = 5
"""So many changes of a ticker without its snapshot, and it is taken for lost."""
_TERMS_MS = 3_600_000
_PAGES = 50


async def all_pages(
    door: Door, endpoint: Endpoint, max_age_ms: int, **params: object
) -> list[Answer]:
    """Every page of a public list, the same for all who ask within its age.

    Raises:
        CallFailed: a page cannot be had.
    """
    pages, cursor = [], None
    for _ in range(_PAGES):
        page = await door.shared(endpoint, max_age_ms, cursor_of, **params, cursor=cursor)
        pages.append(page)
        cursor = cursor_of(page)
        if not cursor:
            return pages
    raise pages[-1].malformed("has no last page")


class BybitMarket:
    """Speaks Bybit's public streams. A ticker comes whole once, then what changed of it."""

    rates = False

    def __init__(self, door: Door, category: str = "linear") -> None:
        self._door, self._category = door, category
        self._wanted: set[str] = set()
        self._told: set[str] = set()
        self._listed: frozenset[str] = frozenset()
        self._new = asyncio.Event()
        self._rows: dict[str, dict[str, tuple[int, object]]] = {}
        self._unlaid: dict[str, int] = {}

    @property
    def watches(self) -> bool:
        """Whether tickers are subscribed to."""
        return bool(self._told)

    async def contracts(self) -> list[Answer]:
        """Terms of every contract of its category, in pages."""
        return await all_pages(
            self._door, calls.INSTRUMENTS, _TERMS_MS, category=self._category, limit=1000
        )

    def want(self, symbols: Iterable[str]) -> None:
        """Watch these, too."""
        more = set(symbols) - self._wanted
        if more:
            self._wanted |= more
            self._new.set()

    def lists(self, listed: frozenset[str]) -> None:
        """The contracts that the venue has now: what is wanted may be among the new ones."""
        if (listed - self._listed) & self._wanted:
            self._new.set()
        self._listed = listed

    async def open(self) -> Line:
        """A socket with the tickers wanted; what was merged before is forgotten."""
        listed = self._listed = names_of(await self.contracts())
        if len(listed) <= WHOLE_LIST:
            self._wanted |= listed
        self._rows.clear()
        self._unlaid.clear()
        line = await self._door.line(calls.PUBLIC_PATH + self._category)
        self._told = self._wanted & listed
        try:
            await subscribe(self._door, line, _topics(self._told))
        except BaseException:
            await line.close()
            raise
        return line

    async def tend(self, line: Line) -> None:
        """Ping, and subscribe to what is wanted later."""
        pinging = asyncio.ensure_future(ping(self._door, line))
        adding = asyncio.ensure_future(self._add(line))
        try:
            done, _ = await asyncio.wait((pinging, adding), return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await cancelled(pinging, adding)

    async def _add(self, line: Line) -> None:
        told = self._told  # this line's own: while another is opened both are tended
        while True:
            self._new.clear()
            fresh = (self._wanted & self._listed) - told
            if not fresh:
                await self._new.wait()
            else:
                told |= fresh
                # The answer comes among the data; a refusal is told there.
                await line.send({"op": "subscribe", "req_id": "more", "args": _topics(fresh)})

    def said(self, text: str) -> Sequence[Said]:
        """The prices in a frame, after it is merged."""
        value = decoded(text)
        if not isinstance(value, dict):
            raise Unreadable("frame", text, "is no message of prices")
        if "topic" not in value:
            if value.get("success") is False:
                raise LineClosed(f"refused: {self._door.desk.redact.shown(value.get('ret_msg'))}")
            return ()
        topic, data, at = value["topic"], value.get("data"), value.get("ts")
        if not isinstance(topic, str) or not topic.startswith("tickers."):
            return ()
        symbol = topic.removeprefix("tickers.")
        if not isinstance(data, dict) or data.get("symbol") != symbol:
            return (Faulty(f"{topic}.data", data, "is no ticker of the topic"),)
        if not isinstance(at, int) or isinstance(at, bool) or at <= 0:
            return (Faulty(f"{topic}.ts", at, "tells no moment"),)
        row = self._merged(symbol, value.get("type"), at, data)
        return () if row is None else (_quote(symbol, at, row),)

    def _merged(
        self, symbol: str, kind: object, at: int, data: Mapping[str, object]
    ) -> Mapping[str, object] | None:
        """The ticker as it now stands. None before its snapshot: a change alone says too little.

        A snapshot comes once on a line: where it was lost, only another line brings one.
        Each field keeps its own moment, so that a late frame changes nothing that is newer.
        """
        known = self._rows.get(symbol)
        if kind == "snapshot" and (known is None or all(at >= then for then, _ in known.values())):
            known = self._rows[symbol] = {name: (at, value) for name, value in data.items()}
        if known is None:
            self._unlaid[symbol] = self._unlaid.get(symbol, 0) + 1
            if self._unlaid[symbol] >= UNLAID_MOST:
                raise LineClosed(f"changes of {symbol} come, and its snapshot never came")
            return None
        for name, value in data.items():
            then = known.get(name)
            if then is None or at >= then[0]:
                known[name] = (at, value)
        return {name: value for name, (_, value) in known.items()}


def _topics(symbols: Iterable[str]) -> list[str]:
    return [f"tickers.{symbol}" for symbol in sorted(symbols)]


def _quote(symbol: str, at: int, row: Mapping[str, Any]) -> Said:
    field = "markPrice"
    try:
        mark = price(row.get(field))
        if mark is None:
            return Faulty(f"{symbol}.{field}", row.get(field), "there is no mark price")
        field = "fundingRate"
        rate = price(row.get(field), least=None)
    except ValueError as wrong:
        return Faulty(f"{symbol}.{field}", row.get(field), str(wrong))
    return Quote(symbol, at, mark, _known(row, "indexPrice"), rate, _due(row),
                 _known(row, "fundingIntervalHour"))  # fmt: skip


def _known(row: Mapping[str, Any], field: str) -> Decimal | None:
    try:
        return price(row.get(field))
    except ValueError:
        return None


def _due(row: Mapping[str, Any]) -> int | None:
    told = row.get("nextFundingTime")
    return int(told) if isinstance(told, str) and is_digits(told) and told.strip("0") else None

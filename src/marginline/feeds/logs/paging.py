"""Whole logs out of answers that are cut: by time, or by a cursor, in spans that a venue allows.

An answer that is full may have left rows out at either end, and in the middle of a millisecond:
venues do not say in which order they cut. So both ends are asked for again, and rows are told
apart by their ids, never by their moments.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence

from marginline.feeds.messages import LedgerRow, Unreadable
from marginline.feeds.wire.rest import Answer

DAY_MS = 86_400_000
KEPT_MS = 89 * DAY_MS
"""How far back Binance, Bitget, BingX and OKX (its archive) tell: three months by their documents
(read 2026-11), less a day for clocks. Older rows are gone at the venue: a gap says so."""
LONG_MS = 729 * DAY_MS
"""How far back Bybit's log of the unified account tells: two years by its documents, less a day.
Of its classic log they say nothing: three months are taken."""
WEEK_MS = 7 * DAY_MS
"""What most logs allow between start and end of a request, by the same documents."""
SOON_MS = 60_000
"""A row may be dated a little after the venue's clock as it was measured."""
_CALLS_MOST = 5_000

Call = Callable[..., Awaitable[Answer]]
"""Asks the venue: an endpoint, then its parameters by name. May raise `CallFailed`."""
Log = Callable[[Call, int, int], Awaitable[Sequence[LedgerRow]]]
"""Every row of an account's ledger from a moment to a moment of the venue's clock, both included,
oldest first. May raise `CallFailed`, `Unreadable`."""
Spanned = Callable[[int, int, int], Awaitable[Sequence[LedgerRow]]]
"""Rows from a moment to a moment, of a page (1 is the first)."""
Leafed = Callable[[int, int, str], Awaitable[tuple[Sequence[LedgerRow], str]]]
"""Rows from a moment to a moment, of a cursor ("" at first), and the next one ("" at the end)."""


def spans(since: int, until: int, span_ms: int) -> Iterator[tuple[int, int]]:
    """A time in pieces that a venue allows, oldest first."""
    for start in range(since, until + 1, span_ms):
        yield start, min(start + span_ms - 1, until)


async def by_time(
    fetch: Spanned, since: int, until: int, *, most: int, span_ms: int
) -> list[LedgerRow]:
    """Every row of a log that is asked for by time, with `most` rows an answer.

    Raises:
        Unreadable: one millisecond holds more rows than answers tell, whatever the page.
    """
    found: dict[str, LedgerRow] = {}
    left = list(spans(since, until, span_ms))[::-1]
    for _ in range(_CALLS_MOST):
        if not left:
            return _sorted(found)
        start, end = left.pop()
        rows = await fetch(start, end, 1)
        found.update((row.id, row) for row in rows)
        if len(rows) < most:
            continue
        first, last = min(row.at for row in rows), max(row.at for row in rows)
        if start == end:
            await _one_moment(fetch, start, most, found)
        elif first == last:
            left += [(a, b) for a, b in ((last + 1, end), (start, first - 1)) if a <= b]
            left.append((first, first))
        else:
            left += [(last, end), (start, first)]
    raise Unreadable("ledger", str(since), f"is not whole after {_CALLS_MOST} calls")


async def _one_moment(fetch: Spanned, at: int, most: int, found: dict[str, LedgerRow]) -> None:
    """The other pages of a millisecond that fills an answer."""
    for page in range(2, _CALLS_MOST):
        rows = await fetch(at, at, page)
        fresh = [row for row in rows if row.id not in found]
        found.update((row.id, row) for row in fresh)
        if len(rows) < most:
            return
        if not fresh:
            break
    raise Unreadable("ledger", str(at), f"one millisecond has more than the {most} rows told")


async def by_cursor(fetch: Leafed, since: int, until: int, *, span_ms: int) -> list[LedgerRow]:
    """Every row of a log whose answers name the page after them.

    Raises:
        Unreadable: the pages come round again, or have no end.
    """
    found: dict[str, LedgerRow] = {}
    calls = 0
    for start, end in spans(since, until, span_ms):
        cursor, seen = "", set[str]()
        while True:
            calls += 1
            rows, cursor = await fetch(start, end, cursor)
            found.update((row.id, row) for row in rows)
            if not cursor:
                break
            if cursor in seen or calls > _CALLS_MOST:
                raise Unreadable("ledger", cursor, "its pages have no end")
            seen.add(cursor)
    return _sorted(found)


def _sorted(found: dict[str, LedgerRow]) -> list[LedgerRow]:
    return sorted(found.values(), key=lambda row: (row.at, row.id))

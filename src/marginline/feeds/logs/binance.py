"""Binance's income: USDS-M, COIN-M, and both books of portfolio margin."""

from __future__ import annotations

from collections.abc import Sequence

from marginline.feeds.binance.calls import INCOME
from marginline.feeds.binance.rows import Income
from marginline.feeds.logs.paging import KEPT_MS, WEEK_MS, Call, by_time
from marginline.feeds.messages import LedgerRow, typed
from marginline.feeds.wire.rest import Endpoint

_PAGE = 1_000
_COINM = Endpoint("dapiPrivate", "income", weight=20)
_UM, _CM = Endpoint("papi", "um/income", weight=30), Endpoint("papi", "cm/income", weight=30)


async def _income(
    call: Call, endpoint: Endpoint, since: int, until: int, book: str = ""
) -> list[LedgerRow]:
    async def fetch(start: int, end: int, page: int) -> Sequence[LedgerRow]:
        more = page if page > 1 else None
        answer = await call(endpoint, startTime=start, endTime=end, limit=_PAGE, page=more)
        answer.listed()
        rows = [row.row() for row in typed("income", answer.text, list[Income])]
        return [row._replace(id=book + row.id) for row in rows] if book else rows

    since = max(since, until - KEPT_MS)
    return await by_time(fetch, since, until, most=_PAGE, span_ms=WEEK_MS)


async def usdm(call: Call, since: int, until: int) -> list[LedgerRow]:
    """USDS-M. A row's id is unique within its type and asset."""
    return await _income(call, INCOME, since, until)


async def coinm(call: Call, since: int, until: int) -> list[LedgerRow]:
    """COIN-M."""
    return await _income(call, _COINM, since, until)


async def portfolio(call: Call, since: int, until: int) -> list[LedgerRow]:
    """Portfolio margin: the income of both books; ids carry the book's name."""
    um = await _income(call, _UM, since, until, "um:")
    cm = await _income(call, _CM, since, until, "cm:")
    return sorted([*um, *cm], key=lambda row: (row.at, row.id))

"""Bybit's transaction log: of the unified account, and of the classic one."""

from __future__ import annotations

from collections.abc import Sequence

from marginline.feeds.bybit.answers import WALLET
from marginline.feeds.bybit.calls import LOG, cursor_of
from marginline.feeds.bybit.rows import booked
from marginline.feeds.logs.paging import WEEK_MS, Call, by_cursor
from marginline.feeds.messages import LedgerRow
from marginline.feeds.wire.rest import Endpoint

_PAGE = 50
_CLASSIC = Endpoint("private", "v5/account/contract-transaction-log")


# Without an end the venue takes one day of the log, so both ends are always told.
async def _log(
    call: Call, endpoint: Endpoint, since: int, until: int, **where: object
) -> list[LedgerRow]:
    async def fetch(start: int, end: int, cursor: str) -> tuple[Sequence[LedgerRow], str]:
        page = await call(
            endpoint, **where, startTime=start, endTime=end, limit=_PAGE, cursor=cursor or None
        )
        return booked(page), cursor_of(page)

    return await by_cursor(fetch, since, until, span_ms=WEEK_MS)


async def unified(call: Call, since: int, until: int) -> list[LedgerRow]:
    """The unified account's."""
    return await _log(call, LOG, since, until, **WALLET)


async def inverse(call: Call, since: int, until: int) -> list[LedgerRow]:
    """The classic account's."""
    return await _log(call, _CLASSIC, since, until)

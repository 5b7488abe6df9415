"""Marks from public streams laid on an account: Binance's `markPriceUpdate`, Bybit's `tickers`.

An event is a state: the same twice makes the same account. One older than what its instrument was
last told is not applied. Instruments that the account does not hold are left out. The account
stays as old as it was: a fresh price makes its positions no fresher.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from marginline.core.account.account import Account
from marginline.core.account.moments import from_milliseconds
from marginline.core.document._scalars import Refused, number_of, preview
from marginline.core.nouns import dataclass
from marginline.errors import PayloadError, Problem
from marginline.venues.reader.event_clock import EVENTS, EventClock

_BINANCE = ("binance_usdm", "binance_coinm", "binance_pm", "binance_pm_pro")
_BYBIT = ("bybit_unified", "bybit_inverse")


@dataclass(frozen=True, slots=True)
class _Told:
    symbol: str
    at: datetime
    mark: Decimal | None
    index: Decimal | None


def laid(account: Account, event: object) -> Account | None:
    """The account at the marks of an event, or of several; None where it tells of something else.

    Raises:
        PayloadError: a mark that is no price, or an event of another venue.
    """
    rows = list(_rows(event))
    if not rows or not all(_venues(row) for row in rows):
        return None
    for row in rows:
        if account.venue not in _venues(row):
            text = f"is a mark of another venue, the account is of {account.venue}"
            raise PayloadError([Problem("event", "", text)])
    held = {each.instrument for each in account.positions}
    held |= {each.instrument for each in account.orders}
    clock, mark, index = EventClock(account), dict(account.market.mark), dict(account.market.index)
    for told in sorted((each for row in rows for each in _told(row)), key=lambda each: each.at):
        kind = f"mark: {told.symbol}"
        if told.symbol not in held | mark.keys() or told.at < clock.last(kind):
            continue
        clock.tick(kind, told.at)
        for prices, price in ((mark, told.mark), (index, told.index)):
            if price is not None:
                prices[told.symbol] = price
    market = replace(account.market, mark=mark, index=index)
    extra = {**account.extra, EVENTS: clock.document()}
    return replace(account, market=market, extra=extra)


def _rows(event: object) -> Iterator[Mapping[str, object]]:
    """The events of a message: alone, in a list, framed as `{stream, data}`."""
    if isinstance(event, Mapping):
        inner = event.get("data") if "stream" in event else None
        if inner is None:
            yield event
        else:
            yield from _rows(inner)
    elif isinstance(event, Sequence) and not isinstance(event, (str, bytes)):
        for each in event:
            yield from _rows(each)


def _venues(row: Mapping[str, object]) -> tuple[str, ...]:
    if row.get("e") == "markPriceUpdate":
        return _BINANCE
    return _BYBIT if str(row.get("topic")).startswith("tickers.") else ()


def _told(row: Mapping[str, object]) -> Iterator[_Told]:
    if "topic" not in row:
        yield _read(row, row.get("s"), row.get("E"), ("p", "i"))
        return
    data = row.get("data")
    if not isinstance(data, Mapping):
        raise PayloadError([Problem("event.data", preview(data), "must be an object")])
    yield _read(data, data.get("symbol"), row.get("ts"), ("markPrice", "indexPrice"))


def _read(row: Mapping[str, object], symbol: object, at: object, names: tuple[str, str]) -> _Told:
    if not isinstance(symbol, str) or not symbol:
        raise PayloadError([Problem("event.symbol", preview(symbol), "must be a symbol")])
    if not isinstance(at, int) or isinstance(at, bool) or not 0 < at < 10**14:
        raise PayloadError([Problem("event.time", preview(at), "must be milliseconds")])
    mark, index = (_price(row, name) for name in names)
    return _Told(symbol, from_milliseconds(at), mark, index)


def _price(row: Mapping[str, object], name: str) -> Decimal | None:
    """A price above 0; None where the event does not tell it (Bybit sends what has changed)."""
    if row.get(name) in (None, ""):
        return None
    try:
        price = number_of(row[name])
    except Refused as refused:
        raise PayloadError(
            [Problem(f"event.{name}", preview(row[name]), refused.message, refused.remedy)]
        ) from None
    if price <= 0:
        raise PayloadError([Problem(f"event.{name}", preview(row[name]), "must be above 0")])
    return price

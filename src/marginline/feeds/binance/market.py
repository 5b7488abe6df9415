"""Binance's public prices: marks with index and funding, asset rates, and news of tiers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from marginline.feeds.marks import Faulty, NewTiers, Quote, Rate, Said, price
from marginline.feeds.messages import Unreadable
from marginline.feeds.wire.door import Door
from marginline.feeds.wire.lines import Line, LineClosed
from marginline.feeds.wire.rest import decoded

MARKS = "!markPrice@arr@1s"
RATES = "!assetIndex@arr"
CONTRACTS = "!contractInfo"


class BinanceMarket:
    """Speaks Binance's public streams. `!markPrice@arr` is of every contract, once a second."""

    rates = True

    watches = True

    def __init__(self, door: Door) -> None:
        self._door = door

    async def open(self) -> Line:
        """A socket on the route of prices.

        On another route subscriptions would be acknowledged and never delivered.
        """
        line = await self._door.line("/market/ws")
        try:
            async with asyncio.timeout(self._door.cadence.answer / 1000):
                for number, stream in enumerate((MARKS, RATES, CONTRACTS), start=1):
                    await line.send({"method": "SUBSCRIBE", "params": [stream], "id": number})
                    told = await line.acknowledged(_answers(number))
                    if told.get("error") is not None:
                        self._refused(stream, told["error"])
        except TimeoutError:
            await line.close()
            raise LineClosed("a subscription was not acknowledged in time") from None
        except BaseException:
            await line.close()
            raise
        return line

    def _refused(self, stream: str, error: object) -> None:
        self._door.desk.refuse(None, f"subscription: {stream}", error, "the venue refuses it")
        if stream == MARKS:
            raise LineClosed("the subscription to marks was refused")

    async def tend(self, line: Line) -> None:  # noqa: ARG002 - the venue pings, aiohttp answers
        """Nothing to do, for as long as the line is."""
        await asyncio.Event().wait()

    def said(self, text: str) -> Sequence[Said]:
        """The prices in a frame; a row that cannot be true does not spoil the others."""
        return rows_said(decoded(text), text)


def rows_said(value: Any, text: str) -> Sequence[Said]:  # Any: parsed JSON
    """The prices in a parsed frame. Raises `Unreadable`."""
    if isinstance(value, dict) and "data" in value:
        value = value["data"]
    if isinstance(value, dict) and "e" not in value and ("result" in value or "id" in value):
        return ()
    rows = value if isinstance(value, list) else [value]
    found: list[Said] = []
    for row in rows:
        if not isinstance(row, dict) or not isinstance(row.get("e"), str):
            raise Unreadable("frame", text, "is no message of prices")
        read = _READERS.get(row["e"])
        if read is not None and (said := _checked(read, row)) is not None:
            found.append(said)
    return found


def _answers(number: int) -> Any:  # Any: a test of parsed JSON
    return lambda value: value.get("id") == number and "e" not in value


def _checked(read: Any, row: Mapping[str, Any]) -> Said | None:  # Any: one of the readers below
    name = row.get("s")
    at = row.get("E")
    if not isinstance(name, str) or not name or len(name) > 40 or not name.isprintable():
        return Faulty(f"{row['e']}.s", name, "names no instrument")
    if not isinstance(at, int) or isinstance(at, bool) or at <= 0:
        return Faulty(f"{name}.E", at, "tells no moment")
    try:
        said: Said | None = read(name, at, row)
    except _Wrong as wrong:
        return Faulty(f"{name}.{wrong.field}", row.get(wrong.field), wrong.reason)
    return said


class _Wrong(Exception):
    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


def _price(row: Mapping[str, Any], field: str, *, signed: bool = False) -> Any:
    try:
        return price(row.get(field), least=None) if signed else price(row.get(field))
    except ValueError as wrong:
        raise _Wrong(field, str(wrong)) from None


def _mark(name: str, at: int, row: Mapping[str, Any]) -> Said:
    mark = _price(row, "p")
    if mark is None:
        raise _Wrong("p", "there is no mark price")
    try:
        index = _price(row, "i")
    except _Wrong:
        index = None  # unknown: some contracts print 0 there
    rate, due = _price(row, "r", signed=True), row.get("T")
    next_at = due if isinstance(due, int) and due > 0 else None
    return Quote(name, at, mark, index, rate if next_at is not None else None, next_at)


def _rate(name: str, at: int, row: Mapping[str, Any]) -> Said:
    asset = name.removesuffix("USD")
    if asset in ("", name):
        raise _Wrong("s", "is no pair of an asset and USD")
    index, bid, ask = _price(row, "i"), _price(row, "B"), _price(row, "A")
    if index is None and bid is None and ask is None:
        raise _Wrong("i", "there is no rate")
    return Rate(asset, at, index, bid, ask)


def _contract(name: str, _: int, row: Mapping[str, Any]) -> Said | None:
    return NewTiers(name) if row.get("bks") else None


_READERS = {
    "markPriceUpdate": _mark,
    "assetIndexUpdate": _rate,
    "contractInfo": _contract,
}

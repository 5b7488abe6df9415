"""Bitget: one ticker a contract, with mark, index and funding; unified has other words."""

from __future__ import annotations

from collections.abc import Sequence

from marginline.feeds.marks import Faulty, Said
from marginline.feeds.prices.quoting import Fields, Row, pushed, quoted
from marginline.feeds.prices.speaking import Spoken

_TICKER = Fields(mark="markPrice", index="indexPrice", rate="fundingRate", due="nextFundingTime")
_STABLE = ("USDT", "USDC")


def _product(settle: str) -> str:
    return f"{settle if settle in _STABLE else 'COIN'}-FUTURES"


def read(text: str) -> Sequence[Said]:
    """The prices in a frame. Raises `Unreadable`."""
    return pushed(text, _row)


def _row(arg: Row, row: Row, frame: Row) -> Sequence[Said]:
    if "ticker" not in (arg.get("channel"), arg.get("topic")):
        return ()
    asked = arg.get("instId") or arg.get("symbol")
    name = row.get("instId") or row.get("symbol") or asked
    if name != asked:
        return (Faulty("ticker", name, f"is no ticker of {asked}"),)
    return quoted(name, row.get("ts") or frame.get("ts"), row, _TICKER)


def _classic(symbol: str, settle: str) -> Sequence[object]:
    if not settle:
        return ()
    return ({"instType": _product(settle), "channel": "ticker", "instId": symbol},)


def _unified(symbol: str, settle: str) -> Sequence[object]:
    if not settle:
        return ()
    return ({"instType": _product(settle).lower(), "topic": "ticker", "symbol": symbol},)


def _subscribe(topics: Sequence[object]) -> object:
    return {"op": "subscribe", "args": list(topics)}


CLASSIC = Spoken(
    path="/v2/ws/public", topics=_classic, subscribe=_subscribe, reader=lambda: read, ping="ping"
)
UNIFIED = Spoken(
    path="/v3/ws/public", topics=_unified, subscribe=_subscribe, reader=lambda: read, ping="ping"
)

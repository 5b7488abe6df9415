"""Binance COIN-M, and the two books of portfolio margin: marks of the contracts in use, by name."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from marginline.feeds.binance.market import rows_said
from marginline.feeds.marks import Said
from marginline.feeds.prices.quoting import refusal
from marginline.feeds.prices.speaking import Spoken
from marginline.feeds.wire.rest import decoded

_NUMBERS = itertools.count(1)


def is_coin_margined(symbol: str) -> bool:
    """Whether it is of the COIN-M book."""
    return "USD_" in symbol


def read(text: str) -> Sequence[Said]:
    """The prices in a frame. Raises `Unreadable`."""
    value = decoded(text)
    wrong = value.get("error") if isinstance(value, dict) else None
    if isinstance(wrong, dict):
        return (refusal(wrong.get("msg"), wrong.get("code")),)
    return rows_said(value, text)


def _topics(symbol: str, _: str) -> Sequence[object]:
    return (f"{symbol.lower()}@markPrice@1s",)


def _subscribe(topics: Sequence[object]) -> object:
    return {"method": "SUBSCRIBE", "params": list(topics), "id": next(_NUMBERS)}


def _spoken(path: str, host: str = "") -> Spoken:
    return Spoken(path=path, host=host, topics=_topics, subscribe=_subscribe, reader=lambda: read)


USDM = _spoken("/market/ws")
COINM = _spoken("/ws", "wss://dstream.binance.com")

"""BingX: marks alone, frames packed with gzip; coin-margined contracts on a socket of their own.

It has no public topic of indices and none of funding: those two come by REST.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from marginline.feeds.marks import Faulty, Said
from marginline.feeds.messages import Unreadable
from marginline.feeds.prices.quoting import Fields, quoted, refusal
from marginline.feeds.prices.speaking import Spoken
from marginline.feeds.wire.rest import decoded

_TOPIC = "@markPrice"
_MARK = Fields(mark="p")
_PING, _PONG = "Ping", "Pong"


def is_coin_margined(symbol: str) -> bool:
    """Whether it is told on the socket of contracts margined in coins."""
    return symbol.endswith("-USD")


def pong(text: str) -> str | None:
    """The answer to a ping: to a word a word, to an object an object."""
    if text == _PING:
        return _PONG
    if not text.startswith('{"ping"'):
        return None
    value = decoded(text)
    if not isinstance(value, dict):
        return None
    told = {"pong": value.get("ping"), "time": value.get("time")}
    return msgspec.json.encode(told).decode()


def read(text: str) -> Sequence[Said]:
    """The marks in a frame. Raises `Unreadable`."""
    value = decoded(text)
    if not isinstance(value, dict):
        raise Unreadable("frame", text, "is no message of prices")
    if value.get("code") not in (0, None):
        return (refusal(value.get("msg"), value.get("code")),)
    topic, row = value.get("dataType"), value.get("data")
    if not topic:
        if "id" in value:
            return ()
        raise Unreadable("frame", text, "names no topic")
    if not isinstance(topic, str) or not topic.endswith(_TOPIC):
        return ()
    symbol = topic.removesuffix(_TOPIC)
    if not isinstance(row, dict) or row.get("s", symbol) != symbol:
        return (Faulty(f"{topic}.data", row, "is no mark of the topic"),)
    return quoted(symbol, row.get("E"), row, _MARK)


def _topics(symbol: str, _: str) -> Sequence[object]:
    return (f"{symbol}{_TOPIC}",)


def _subscribe(topics: Sequence[object]) -> object:
    (topic,) = topics
    return {"id": topic, "reqType": "sub", "dataType": topic}


def _spoken(path: str, host: str = "") -> Spoken:
    return Spoken(
        path=path, host=host, topics=_topics, subscribe=_subscribe, reader=lambda: read,
        pong=pong, most=1,
    )  # fmt: skip


LINEAR = _spoken("/swap-market")
COIN = _spoken("/market", "wss://open-api-cswap-ws.bingx.com")

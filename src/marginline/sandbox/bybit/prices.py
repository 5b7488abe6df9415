"""Frames of Bybit's public linear stream: a snapshot first, then what has changed."""

from __future__ import annotations

from collections.abc import Sequence

from marginline.market.events import Event, Fill, OrderChanged, StreamRestored
from marginline.sandbox.bybit.market import ticker_row
from marginline.sandbox.floor import BYBIT, Floor
from marginline.sandbox.wire.texts import plain

Message = dict[str, object]
_UNTOLD = ("predictedDeliveryPrice", "basisRate", "basis", "deliveryFeeRate", "deliveryTime")
_PUSHED = ("publicTrade", "allLiquidation")


class Prices:
    """The messages of one frame, each made once however many listen."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._symbols = frozenset(floor.world.instruments(BYBIT))
        self._last: dict[str, Message] = {}

    def knows(self, topic: str) -> bool:
        """Whether the venue has such a topic."""
        kind, *rest = topic.split(".")
        if not rest or rest[-1] not in self._symbols:
            return False
        if kind == "orderbook":
            return len(rest) == 2 and rest[0] in ("1", "50", "200", "500", "1000")
        return len(rest) == 1 and kind in ("tickers", *_PUSHED)

    def snapshot(self, topic: str) -> Message | None:
        """What a new subscriber gets at once; None where nothing is told before it happens."""
        kind, *rest = topic.split(".")
        if kind == "tickers":
            row = self._row(rest[0])
            self._last.setdefault(rest[0], row)
            return self._ticker(topic, "snapshot", row)
        return self._book(topic) if kind == "orderbook" else None

    def messages(self, topics: Sequence[str]) -> list[tuple[str, Message]]:
        """Each topic with what it says now."""
        told = ((topic, self._told(topic)) for topic in topics)
        return [(topic, message) for topic, message in told if message is not None]

    def _told(self, topic: str) -> Message | None:
        kind, *rest = topic.split(".")
        if kind == "orderbook":
            return self._book(topic)
        if kind != "tickers":
            return None
        symbol, row = rest[0], self._row(rest[0])
        before = self._last.get(symbol)
        self._last[symbol] = row
        if before is None:
            return self._ticker(topic, "snapshot", row)
        changed = {name: value for name, value in row.items() if before.get(name) != value}
        # The venue repeats a ticker at least once a second, if only its name.
        return self._ticker(topic, "delta", {"symbol": symbol} | changed)

    def _row(self, symbol: str) -> Message:
        row = ticker_row(self._floor, symbol)
        return {name: value for name, value in row.items() if name not in _UNTOLD}

    def _ticker(self, topic: str, kind: str, row: Message) -> Message:
        at = self._floor.world.now
        stamp = self._floor.clock.stamp(at)
        return {"topic": topic, "type": kind, "data": row, "cs": at, "ts": stamp}

    def _book(self, topic: str) -> Message:
        _, levels, symbol = topic.split(".")
        bids, asks = self._floor.world.book(BYBIT, symbol, min(int(levels), 20))
        at = self._floor.world.now
        stamp = self._floor.clock.stamp(at)
        data: Message = {
            "s": symbol,
            "b": [[plain(price), plain(size)] for price, size in bids],
            "a": [[plain(price), plain(size)] for price, size in asks],
            "u": at,
            "seq": at,
        }
        return {"topic": topic, "type": "snapshot", "ts": stamp, "data": data, "cts": stamp}

    # -- what is pushed when it happens ----------------------------------------------------

    def happened(self, events: Sequence[Event]) -> list[tuple[str, Message]]:
        """Trades and forced orders, with the topics they go to."""
        told: list[tuple[str, Message]] = []
        for event in events:
            if isinstance(event, StreamRestored) and event.venue == BYBIT:
                self._last.clear()  # who listened through the silence starts from a snapshot
            fill = event if isinstance(event, Fill) and not event.order_id else None
            if isinstance(event, OrderChanged):
                fill = event.fill
            if fill is not None and fill.venue == BYBIT:
                told += self._traded(fill)
        return told

    def _traded(self, fill: Fill) -> list[tuple[str, Message]]:
        stamp, symbol = self._floor.clock.stamp(fill.at), fill.symbol
        row: Message = {
            "T": stamp,
            "s": symbol,
            "S": fill.side.capitalize(),
            "v": plain(fill.size),
            "p": plain(fill.price),
        }
        trade = row | {"i": str(fill.trade_id), "BT": False, "L": "ZeroTick"}
        topic = f"publicTrade.{symbol}"
        told = [(topic, _message(topic, stamp, trade))]
        if fill.reason != "order":
            topic = f"allLiquidation.{symbol}"
            told.append((topic, _message(topic, stamp, row)))
        return told


def _message(topic: str, stamp: int, row: Message) -> Message:
    return {"topic": topic, "type": "snapshot", "ts": stamp, "data": [row]}

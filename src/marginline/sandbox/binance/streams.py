"""Binance's sockets: who may listen where, acknowledgements, the private stream and its keys.

Public topics are served on the route they belong to. A topic asked for on another route, or on the
addresses retired on 2026-04-23 (`/ws`, `/stream`), is acknowledged and never delivered: that is
what the venue does.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from aiohttp import web

from marginline.market.events import Event
from marginline.sandbox.binance.events import Narrator
from marginline.sandbox.binance.prices import Prices
from marginline.sandbox.faults.frames import Frame
from marginline.sandbox.faults.script import ExpireListenKey, matches
from marginline.sandbox.floor import BINANCE, Floor
from marginline.sandbox.wire.calls import encoded
from marginline.sandbox.wire.hub import Socket

_PUBLIC_KINDS = ("bookTicker", "depth", "trade", "rpiDepth")
_STREAMS_MAX = 1_024
RETIRED = "retired"


def route_of(topic: str) -> str:
    """Where a topic lives: `public` (books, raw trades) or `market` (the rest)."""
    name, _, kind = topic.partition("@")
    word = name[1:] if name.startswith("!") else kind
    return "public" if word.startswith(_PUBLIC_KINDS) else "market"


class BinanceStreams:
    """The public and private streams of Binance."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self._prices = Prices(floor)
        self._narrator = Narrator(floor)
        self._expired_by: set[str] = set()

    # -- sockets ---------------------------------------------------------------------------

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one socket under `/market`, `/public`, `/private`, or a retired address."""
        parts = [part for part in request.path.split("/") if part]
        route = parts.pop(0) if parts[0] in ("market", "public", "private") else RETIRED
        combined = parts[0] == "stream"
        socket = Socket(self.floor.hub, request, BINANCE, route, combined=combined)
        names = request.query.get("streams", "").split("/") if combined else parts[1:2]
        if route == "private":
            key = request.query.get("listenKey") or (names[0] if names and names[0] else "")
            self._listen(socket, key, request.query.get("events", ""))
        else:
            for name in names:
                if "@" in name or name.startswith("!"):
                    self._subscribe(socket, name)
        return await socket.run(self._told)

    def _listen(self, socket: Socket, key: str, events: str) -> None:
        """Put a private socket on its account's stream; an unknown key stays silent."""
        socket.account = self.floor.listen_keys.account_of(key)
        wanted = {name for name in events.split("/") if name}
        socket.state["events"] = wanted
        if socket.account is not None:
            self.floor.hub.subscribe(socket, f"user:{key}")

    def _subscribe(self, socket: Socket, topic: str) -> None:
        if route_of(topic) == socket.route:
            self.floor.hub.subscribe(socket, topic)
        else:
            socket.topics[topic] = None  # acknowledged, never delivered

    async def _told(self, socket: Socket, text: str) -> None:
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            socket.control('{"error":{"code":3,"msg":"Invalid JSON: expected value"}}')
            return
        if not isinstance(message, dict):
            socket.control('{"error":{"code":2,"msg":"Invalid request: expected an object"}}')
            return
        socket.control(encoded(self._answer(socket, message)))

    def _answer(self, socket: Socket, message: dict[str, object]) -> dict[str, object]:
        number, method, params = message.get("id"), message.get("method"), message.get("params")
        names = (
            [name for name in params if isinstance(name, str)] if isinstance(params, list) else []
        )
        if method in ("SUBSCRIBE", "UNSUBSCRIBE") and names:
            if len(socket.topics) + len(names) > _STREAMS_MAX:
                return {
                    "error": {"code": 2, "msg": "Invalid request: too many streams"},
                    "id": number,
                }
            for name in names:
                if method == "SUBSCRIBE":
                    self._subscribe(socket, name)
                else:
                    self.floor.hub.unsubscribe(socket, name)
            return {"result": None, "id": number}
        if method == "LIST_SUBSCRIPTIONS":
            return {"result": list(socket.topics), "id": number}
        if method == "SET_PROPERTY" and isinstance(params, list) and params[:1] == ["combined"]:
            socket.combined = bool(params[-1])
            return {"result": None, "id": number}
        if method == "GET_PROPERTY":
            return {"result": socket.combined, "id": number}
        text = f"Invalid request: unknown variant `{method}`"
        return {"error": {"code": 2, "msg": text}, "id": number}

    # -- messages --------------------------------------------------------------------------

    def framed(self) -> None:
        """Prices are new."""
        self._expire()
        topics = [t for t in self.floor.hub.topics(BINANCE) if not t.startswith("user:")]
        for topic, message in self._prices.messages(topics):
            self._publish(topic, message)

    def happened(self, events: Sequence[Event]) -> None:
        """Something happened to accounts, or to a market."""
        for account, message in self._narrator.messages(events):
            self._tell(account, message)
        for topic, message in self._prices.happened(events):
            self._publish(topic, message)

    def _publish(self, topic: str, message: object) -> None:
        listeners = self.floor.hub.listeners(BINANCE, topic)
        text = encoded(message) if listeners else ""
        for socket in listeners:
            framed = f'{{"stream":"{topic}","data":{text}}}' if socket.combined else text
            socket.data(Frame(topic, framed))

    def _tell(self, account: str, message: dict[str, object]) -> None:
        key = self.floor.listen_keys.of(account)
        if key is not None:
            self._send(account, key, message)

    def _send(self, account: str, key: str, message: dict[str, object]) -> None:
        kind, text = str(message["e"]), encoded(message)
        for socket in self.floor.hub.listeners(BINANCE, f"user:{key}"):
            wanted = socket.state.get("events")
            if isinstance(wanted, set) and wanted and kind not in wanted:
                continue
            framed = f'{{"stream":"{key}","data":{text}}}' if socket.combined else text
            socket.data(Frame(f"user:{kind}", framed, account))

    # -- keys that end ---------------------------------------------------------------------

    def _expire(self) -> None:
        for account, key in self.floor.listen_keys.due():
            self._end(account, key, told=True)
        self.faults_changed()

    def faults_changed(self) -> None:
        """Let the script end listen keys; each such fault does it once."""
        for row, fault in self.floor.faults.active(ExpireListenKey, BINANCE):
            if row.id in self._expired_by:
                continue
            self._expired_by.add(row.id)
            row.hits()
            for account in self.floor.listen_keys.accounts():
                if matches(fault.account, account):
                    key = self.floor.listen_keys.expire(account, same_key=fault.same_key)
                    if key is not None:
                        self._end(account, key, told=fault.event)

    def _end(self, account: str, key: str, *, told: bool) -> None:
        """Nothing more comes on the sockets of this key; they stay open."""
        if told:
            stamp = self.floor.clock.now()
            message: dict[str, object] = {
                "e": "listenKeyExpired",
                "E": str(stamp),  # text, as the venue sends it
                "listenKey": key,
            }
            self._send(account, key, message)
        for socket in self.floor.hub.listeners(BINANCE, f"user:{key}"):
            self.floor.hub.unsubscribe(socket, f"user:{key}")

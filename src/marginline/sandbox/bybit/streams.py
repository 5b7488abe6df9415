"""Bybit's sockets: public linear, private, and orders over a socket.

Of a fill the order's New comes first, then `execution`, `position`, the order's Filled, `wallet`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from aiohttp import web

from marginline.core.findings import AbsentError
from marginline.core.numbers import exact, is_digits
from marginline.market.events import Event
from marginline.sandbox.bybit.events import Narrator, Told
from marginline.sandbox.bybit.prices import Prices
from marginline.sandbox.bybit.server import (
    SERVER_ERROR,
    WINDOW_MS,
    as_texts,
    check_window,
    malformed,
)
from marginline.sandbox.bybit.trading import cancel, create
from marginline.sandbox.faults.frames import Frame
from marginline.sandbox.floor import BYBIT, Floor
from marginline.sandbox.wire.calls import Call, Refused, encoded, whole_number
from marginline.sandbox.wire.hub import Socket
from marginline.sandbox.wire.keys import signed

Message = dict[str, object]
_PRIVATE = ("order", "execution", "position", "wallet")
_ARGS_MAX = 21_000


class BybitStreams:
    """The public and private streams of Bybit."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self._prices = Prices(floor)
        self._narrator = Narrator(floor)
        self._number = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one socket: `/v5/public/linear`, `/v5/private`, `/v5/trade`."""
        route = request.path.removeprefix("/v5/")
        return await Socket(self.floor.hub, request, BYBIT, route).run(self._told)

    async def _told(self, socket: Socket, text: str) -> None:
        try:
            message = json.loads(text, parse_float=str)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict):
            refused: Message = {"success": False, "ret_msg": "Invalid JSON", "conn_id": socket.id,
                                "op": ""}  # fmt: skip
            socket.control(encoded(refused))
            return
        op = message.get("op")
        if op == "ping":
            socket.control(encoded(self._pong(socket, message)))
        elif op == "auth":
            self._auth(socket, message)
        elif op in ("subscribe", "unsubscribe"):
            self._subscribe(socket, message, wanted=op == "subscribe")
        elif socket.route == "trade" and op in ("order.create", "order.cancel"):
            socket.control(encoded(self._order(socket, message)))
        else:
            socket.control(encoded(self._ack(socket, message, problem=f"unknown op {op}")))

    def _ack(self, socket: Socket, message: Message, problem: str = "") -> Message:
        answer: Message = {
            "success": not problem,
            "ret_msg": problem,
            "conn_id": socket.id,
            "op": message.get("op"),
        }
        return answer | ({"req_id": message["req_id"]} if "req_id" in message else {})

    def _pong(self, socket: Socket, message: Message) -> Message:
        if socket.route == "private":
            now = str(self.floor.clock.now())
            answer: Message = {"op": "pong", "args": [now], "conn_id": socket.id}
            return answer | ({"req_id": message["req_id"]} if "req_id" in message else {})
        if socket.route == "trade":
            return {"retCode": 0, "op": "pong", "data": [str(self.floor.clock.now())],
                    "connId": socket.id}  # fmt: skip
        return self._ack(socket, message) | {"ret_msg": "pong"}

    # -- logging in ------------------------------------------------------------------------

    def _auth(self, socket: Socket, message: Message) -> None:
        problem = self._login(socket, message.get("args"))
        if socket.route == "trade":
            answer: Message = {
                "retCode": 10004 if problem else 0,
                "retMsg": problem or "OK",
                "op": "auth",
                "connId": socket.id,
            }
            if "reqId" in message:
                answer["reqId"] = message["reqId"]
        else:
            answer = self._ack(socket, message, problem)
        socket.control(encoded(answer))
        if problem:
            socket.close(1008)

    def _login(self, socket: Socket, args: object) -> str:
        """Why the login is refused; "" where it holds."""
        if not isinstance(args, list) or len(args) != 3:
            return "Params Error"
        key, expires, signature = (str(each) for each in args)
        owner = self.floor.keys.find(key)
        if owner is None or owner.venue != BYBIT:
            return "API key is invalid."
        now = min(self.floor.clock.real_now(), self.floor.clock.now())
        if not is_digits(expires) or int(expires) <= now + self.floor.faults.skew(BYBIT):
            return "Params Error: expires"
        if not signed(owner.secret, f"GET/realtime{expires}", signature):
            return "Request verification failed: error sign"
        socket.account = owner.account
        socket.state["trading"] = owner.trading
        return ""

    # -- topics ----------------------------------------------------------------------------

    def _subscribe(self, socket: Socket, message: Message, *, wanted: bool) -> None:
        args = message.get("args")
        topics = (
            [topic for topic in args if isinstance(topic, str)] if isinstance(args, list) else []
        )
        problem = self._problem(socket, topics)
        socket.control(encoded(self._ack(socket, message, problem)))
        if problem:
            return
        for topic in topics:
            name = f"{socket.account}:{_plain(topic)}" if socket.route == "private" else topic
            if not wanted:
                self.floor.hub.unsubscribe(socket, name)
            elif self.floor.hub.subscribe(socket, name) and socket.route != "private":
                with exact():
                    first = self._prices.snapshot(topic)
                if first is not None:
                    socket.data(Frame(topic, encoded(first)))

    def _problem(self, socket: Socket, topics: list[str]) -> str:
        if not topics or sum(map(len, topics)) > _ARGS_MAX:
            return "Params Error"
        if socket.route == "private":
            if socket.account is None:
                return "Request not authorized"
            unknown = [topic for topic in topics if _plain(topic) not in _PRIVATE]
        else:
            unknown = [topic for topic in topics if not self._prices.knows(topic)]
        return f"error:handler not found,topic:{unknown[0]}" if unknown else ""

    # -- orders ----------------------------------------------------------------------------

    def _order(self, socket: Socket, message: Message) -> Message:
        args = message.get("args")
        given = args[0] if isinstance(args, list) and args and isinstance(args[0], dict) else {}
        answer: Message = {
            "reqId": message.get("reqId", ""),
            "retCode": 0,
            "retMsg": "OK",
            "op": message.get("op"),
            "data": {},
            "retExtInfo": {},
            "header": {"Timenow": str(self.floor.clock.now())},
            "connId": socket.id,
        }
        try:
            if socket.account is None:
                raise Refused(200, 10003, "API key is invalid.")
            if not socket.state.get("trading"):
                raise Refused(
                    200, 10005, "Permission denied, please check your API key permissions."
                )
            self._check_header(message.get("header"))
            call = Call(self.floor, str(message["op"]), as_texts(given), malformed, socket.account)
            with exact():
                answer["data"] = (create if message["op"] == "order.create" else cancel)(call)
        except Refused as refused:
            answer |= {"retCode": refused.code, "retMsg": refused.message}
        except AbsentError as absent:  # as over REST: never printed as 0
            self.floor.gap(f"bybit /v5/trade: {absent.gap.message}")
            answer |= {"retCode": SERVER_ERROR[0], "retMsg": SERVER_ERROR[1]}
        return answer

    def _check_header(self, given: object) -> None:
        """An order over a socket carries a moment of its own, and its window."""
        head = as_texts(given) if isinstance(given, dict) else {}
        at = whole_number(head.get("X-BAPI-TIMESTAMP", ""))
        span = whole_number(head.get("X-BAPI-RECV-WINDOW", str(WINDOW_MS)))
        if at is None or span is None:
            raise Refused(200, 10001, "params error: header X-BAPI-TIMESTAMP is required")
        check_window(self.floor, at, span)

    # -- messages --------------------------------------------------------------------------

    def framed(self) -> None:
        """Prices are new."""
        hub = self.floor.hub
        topics = [topic for topic in hub.topics(BYBIT) if ":" not in topic]
        with exact():
            for topic, message in self._prices.messages(topics):
                self._publish(topic, message)

    def happened(self, events: Sequence[Event]) -> None:
        """Something happened to accounts, or to a market."""
        with exact():
            for told in self._narrator.messages(events):
                self._tell(told)
            for topic, message in self._prices.happened(events):
                self._publish(topic, message)

    def _publish(self, topic: str, message: Message) -> None:
        listeners = self.floor.hub.listeners(BYBIT, topic)
        text = encoded(message) if listeners else ""
        for socket in listeners:
            socket.data(Frame(topic, text))

    def _tell(self, told: Told) -> None:
        listeners = self.floor.hub.listeners(BYBIT, f"{told.account}:{told.topic}")
        if not listeners:
            return
        self._number += 1
        stamp = self.floor.clock.stamp(told.at)
        text = encoded(
            {
                "id": f"sandbox-{self._number}",
                "topic": told.topic,
                "creationTime": stamp,
                "data": told.rows,
            }
        )
        for socket in listeners:
            socket.data(Frame(told.topic, text, told.account))


def _plain(topic: str) -> str:
    """`position.linear` is part of `position`."""
    return topic.partition(".")[0]

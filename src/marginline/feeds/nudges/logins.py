"""Bitget and OKX: a login by signature, subscriptions that are acknowledged, pings as text."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marginline.feeds.messages import Unreadable
from marginline.feeds.nudges.listening import Nudge
from marginline.feeds.wire.connection import Connection
from marginline.feeds.wire.door import Door
from marginline.feeds.wire.lines import Line, LineClosed
from marginline.feeds.wire.rest import decoded

PING_MS = 20_000
_PONG = "pong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """How one venue's private socket is entered.

    `verify` is the path that is signed; `topics` what is subscribed to; `name` the field of an
    `arg` that names the topic; `settings` the topics that tell of settings; `final` codes of a
    login that no second try will mend.
    """

    path: str
    verify: str
    topics: Sequence[Mapping[str, str]]
    name: str
    settings: frozenset[str] = frozenset()
    final: frozenset[str] = frozenset()


_FUTURES = ("USDT-FUTURES", "USDC-FUTURES", "COIN-FUTURES")
_BITGET_FINAL = frozenset({"30011", "30012", "30014", "30015", "30005"})
BITGET_CLASSIC = Login(
    path="/v2/ws/private",
    verify="/user/verify",
    topics=[
        {"instType": product, **topic}
        for product in _FUTURES
        for topic in (
            {"channel": "account", "coin": "default"},
            {"channel": "positions", "instId": "default"},
            {"channel": "orders", "instId": "default"},
        )
    ],
    name="channel",
    final=_BITGET_FINAL,
)
BITGET_UNIFIED = Login(
    path="/v3/ws/private",
    verify="/user/verify",
    topics=[{"instType": "UTA", "topic": topic} for topic in ("account", "position", "order")],
    name="topic",
    final=_BITGET_FINAL,
)
OKX = Login(
    path="/ws/v5/private",
    verify="/users/self/verify",
    topics=[
        {"channel": "account"},
        {"channel": "positions", "instType": "ANY"},
        {"channel": "orders", "instType": "ANY"},
        {"channel": "liquidation-warning", "instType": "ANY"},
    ],
    name="channel",
    final=frozenset({"60005", "60007", "60009", "60022", "60024", "60031", "60032"}),
)


class LoginEar:
    """One connection's private socket."""

    def __init__(self, door: Door, connection: Connection, login: Login) -> None:
        self._door, self._connection, self._login = door, connection, login

    async def open(self) -> Line:
        """A socket, logged in, with every topic acknowledged."""
        line = await self._door.line(self._login.path)
        try:
            async with asyncio.timeout(self._door.cadence.answer / 1000):
                await self._enter(line)
                await line.send({"op": "subscribe", "args": list(self._login.topics)})
                for _ in self._login.topics:
                    told = await line.acknowledged(_is_answer("subscribe"))
                    self._refused("subscription", told)
        except TimeoutError:
            await line.close()
            raise LineClosed("a login or subscription was not acknowledged in time") from None
        except BaseException:
            await line.close()
            raise
        return line

    async def _enter(self, line: Line) -> None:
        moment = str(self._door.timestamp() // 1000)
        sealed = self._door.seal(self._connection, f"{moment}GET{self._login.verify}")
        sign = base64.b64encode(bytes.fromhex(sealed)).decode()
        self._door.desk.redact.hide(sign)
        entry = {
            "apiKey": self._connection.key,
            "passphrase": self._connection.passphrase,
            "timestamp": moment,
            "sign": sign,
        }
        await line.send({"op": "login", "args": [entry]})
        self._refused("login", await line.acknowledged(_is_answer("login")))

    def _refused(self, what: str, told: Mapping[str, Any]) -> None:
        code = str(told.get("code") or "0")
        if told.get("event") != "error" and code in ("0", "00000"):
            return
        text = self._door.desk.redact.shown(told.get("msg") or "", 200)
        raise LineClosed(f"{what} refused ({code}): {text}", final=code in self._login.final)

    async def tend(self, line: Line) -> None:
        """Ping for as long as the line is: without a word for 30 s the venue ends it."""
        while True:
            await self._door.timer.sleep(PING_MS)
            await line.send_text("ping")

    def said(self, text: str) -> Nudge | None:
        """A frame of the private socket. What is told at the subscription is a nudge as well."""
        if text == _PONG:
            return None
        value = decoded(text)
        if not isinstance(value, dict):
            raise Unreadable("frame", text, "is no message of the private stream")
        event = value.get("event")
        if event == "error":
            self._refused("a request", value)
        if event == "notice":  # OKX: the connection will be closed for an upgrade
            raise LineClosed("the venue is going to end the stream")
        if event is not None:
            return None
        arg = value.get("arg")
        name = arg.get(self._login.name) if isinstance(arg, dict) else None
        if not isinstance(name, str) or "data" not in value:
            raise Unreadable("frame", text, "names no topic")
        return Nudge(name, settings=name in self._login.settings)


def _is_answer(what: str) -> Any:  # Any: a test of parsed JSON
    return lambda value: value.get("event") in (what, "error")

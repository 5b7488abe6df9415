"""BingX perpetual futures: a listen key by signed REST, a socket on it, pings as text.

Contracts margined in coins push on a socket of their own, which is not opened: they are polled.
Settings are told anew every few seconds, so they count as news only where they differ.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import msgspec

from marginline.feeds.messages import Unreadable
from marginline.feeds.nudges.held_key import HeldKey
from marginline.feeds.nudges.listening import Nudge
from marginline.feeds.timing import cancelled
from marginline.feeds.wire.connection import Connection
from marginline.feeds.wire.door import Door
from marginline.feeds.wire.lines import Line, LineClosed
from marginline.feeds.wire.rest import CallFailed, Endpoint, decoded

LISTEN_KEY = "userDataStream"
_UNKNOWN = 404
_PATH = "/swap-market?listenKey="
_PING, _PONG = "Ping", "Pong"


def tells(name: str) -> bool:
    """Whether a change of an asset, or of a position by its key, comes by this stream."""
    return "USDT" in name or "USDC" in name


class BingxEar:
    """One connection's user stream."""

    def __init__(self, door: Door, connection: Connection) -> None:
        self._key = HeldKey(door, connection, _listen_key, _is_unknown, named=True)
        self._asked = asyncio.Event()
        self._settings: dict[str, str] = {}

    async def open(self) -> Line:
        """A socket on a listen key of its own; what was known of settings is begun anew."""
        self._settings = {}
        self._asked.clear()
        return await self._key.open(_PATH)

    async def tend(self, line: Line) -> None:
        """Answer pings, and renew the listen key before it ends."""
        renewing = asyncio.ensure_future(self._key.renew())
        answering = asyncio.ensure_future(self._answer(line))
        try:
            done, _ = await asyncio.wait((renewing, answering), return_when=asyncio.FIRST_EXCEPTION)
            for each in done:
                each.result()
        finally:
            await cancelled(renewing, answering)

    async def _answer(self, line: Line) -> None:
        while True:
            await self._asked.wait()
            self._asked.clear()
            await line.send_text(_PONG)

    def said(self, text: str) -> Nudge | None:
        """A frame of the user stream."""
        if text == _PING:
            self._asked.set()
            return None
        value = decoded(text)
        kind = value.get("e") if isinstance(value, dict) else None
        if kind == "ACCOUNT_CONFIG_UPDATE":
            return self._set(text, value.get("ac"))
        if kind in ("ACCOUNT_UPDATE", "ORDER_TRADE_UPDATE"):
            return Nudge(kind)
        if kind == "listenKeyExpired":
            raise LineClosed("the listen key has expired")
        if isinstance(kind, str) or (isinstance(value, dict) and value.get("code") == 0):
            return None
        raise Unreadable("frame", text, "is no message of the private stream")

    def _set(self, text: str, told: object) -> Nudge | None:
        if not isinstance(told, Mapping) or not isinstance(told.get("s"), str):
            raise Unreadable("frame", text, "names no instrument")
        now = msgspec.json.encode(told, order="sorted").decode()
        before = self._settings.get(told["s"])
        self._settings[told["s"]] = now
        return None if before in (None, now) else Nudge("ACCOUNT_CONFIG_UPDATE", settings=True)


def _listen_key(verb: str) -> Endpoint:
    return Endpoint("user.auth.private", LISTEN_KEY, verb, weight=2)


def _is_unknown(failed: CallFailed) -> bool:
    return failed.status == _UNKNOWN

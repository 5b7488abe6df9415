"""BingX perpetual futures: a listen key by signed REST, a socket on it, pings as text.

Contracts margined in coins push on a socket of their own, which is not opened: they are polled.
Settings are told anew every few seconds, so they count as news only where they differ.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import msgspec

from marginline.feeds.messages import Unreadable
from marginline.feeds.nudges.listening import Nudge
from marginline.feeds.timing import Backoff, cancelled
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
    """One connection's user stream. The key reads the account for an hour: it is a secret."""

    def __init__(self, door: Door, connection: Connection) -> None:
        self._door, self._connection = door, connection
        self._key = ""
        self._asked = asyncio.Event()
        self._settings: dict[str, str] = {}

    async def open(self) -> Line:
        """A listen key and a socket on it; being open is all the acknowledgement there is."""
        answer = await self._door.call(_listen_key("POST"), self._connection)
        value = decoded(answer.text)
        key = value.get("listenKey") if isinstance(value, dict) else None
        if not isinstance(key, str) or not key.isalnum():
            raise answer.malformed("tells no listen key")
        self._door.desk.redact.hide(key)
        self._key, self._settings = key, {}
        self._asked.clear()
        return await self._door.line(_PATH + key)

    async def tend(self, line: Line) -> None:
        """Answer pings, and renew the listen key before it ends."""
        renewing = asyncio.ensure_future(self._renew())
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

    async def _renew(self) -> None:
        cadence, timer = self._door.cadence, self._door.timer
        while True:
            await timer.sleep(cadence.renew_listen_key)
            backoff = Backoff(cadence.backoff, cadence.backoff_most)
            until = timer.now() + cadence.listen_key - cadence.renew_listen_key
            while not await self._renewed():
                if timer.now() > until:
                    raise LineClosed("the listen key could not be renewed in time")
                await timer.sleep(backoff.next())

    async def _renewed(self) -> bool:
        try:
            await self._door.call(_listen_key("PUT"), self._connection, listenKey=self._key)
        except CallFailed as failed:
            if failed.status == _UNKNOWN:
                raise LineClosed("the venue does not know the listen key any more") from None
            self._door.desk.refuse(self._connection.account, f"listen key: {failed.path}",
                                   failed.status or "", failed.message)  # fmt: skip
            return False
        return True

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

"""Binance COIN-M and portfolio margin: a listen key by REST, and a socket on it."""

from __future__ import annotations

from dataclasses import dataclass

from marginline.feeds.binance.calls import UNKNOWN_KEY
from marginline.feeds.messages import Unreadable
from marginline.feeds.nudges.listening import Nudge
from marginline.feeds.timing import Backoff
from marginline.feeds.wire.connection import Connection
from marginline.feeds.wire.door import Door
from marginline.feeds.wire.lines import Line, LineClosed
from marginline.feeds.wire.rest import CallFailed, Endpoint, decoded

_ENDS = {
    "listenKeyExpired": "the listen key has expired",
    "eventStreamTerminated": "the venue ended the stream",
}
_IDLE = ("TRADE_LITE", "STRATEGY_UPDATE", "GRID_UPDATE")
_SETTINGS = ("ACCOUNT_CONFIG_UPDATE", "ALGO_UPDATE", "ALGO_ORDER_UPDATE",
             "CONDITIONAL_ORDER_TRIGGER_REJECT", "CONDITIONAL_ORDER_TRADE_UPDATE")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Keyed:
    """Where a listen key comes from, and where its socket is."""

    group: str
    path: str


COINM = Keyed("dapiPrivate", "/ws/")
PORTFOLIO = Keyed("papi", "/pm/ws/")


class ListenKeyEar:
    """One connection's user stream. The key reads the account for an hour: it is a secret."""

    def __init__(self, door: Door, connection: Connection, keyed: Keyed) -> None:
        self._door, self._connection, self._keyed = door, connection, keyed

    def _endpoint(self, verb: str) -> Endpoint:
        return Endpoint(self._keyed.group, "listenKey", verb, signed=False)

    async def open(self) -> Line:
        """A listen key and a socket on it; being open is all the acknowledgement there is."""
        answer = await self._door.call(self._endpoint("POST"), self._connection)
        key = answer.keyed().get("listenKey")
        if not isinstance(key, str) or not key.isalnum():
            raise answer.malformed("tells no listen key")
        self._door.desk.redact.hide(key)
        return await self._door.line(self._keyed.path + key)

    async def tend(self, line: Line) -> None:  # noqa: ARG002 - the key is renewed by REST
        """Renew the listen key; end the line when the venue does not know it any more."""
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
            await self._door.call(self._endpoint("PUT"), self._connection)
        except CallFailed as failed:
            if failed.code == UNKNOWN_KEY:
                raise LineClosed("the venue does not know the listen key any more") from None
            self._door.desk.refuse(self._connection.account, f"listen key: {failed.path}",
                                   failed.status or "", failed.message)  # fmt: skip
            return False
        return True

    def said(self, text: str) -> Nudge | None:
        """A frame of the user stream."""
        value = decoded(text)
        kind = value.get("e") if isinstance(value, dict) else None
        if not isinstance(kind, str):
            raise Unreadable("frame", text, "is no message of the private stream")
        if kind in _ENDS:
            raise LineClosed(_ENDS[kind])
        if kind in _IDLE:
            return None
        return Nudge(kind, settings=kind in _SETTINGS)

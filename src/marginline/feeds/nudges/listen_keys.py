"""Binance COIN-M and portfolio margin: a listen key by REST, and a socket on it."""

from __future__ import annotations

from dataclasses import dataclass

from marginline.feeds.binance.calls import UNKNOWN_KEY
from marginline.feeds.messages import Unreadable
from marginline.feeds.nudges.held_key import HeldKey
from marginline.feeds.nudges.listening import Nudge
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
    """One connection's user stream."""

    def __init__(self, door: Door, connection: Connection, keyed: Keyed) -> None:
        self._keyed = keyed
        self._key = HeldKey(door, connection, self._endpoint, _is_unknown)

    def _endpoint(self, verb: str) -> Endpoint:
        return Endpoint(self._keyed.group, "listenKey", verb, signed=False)

    async def open(self) -> Line:
        """A socket on a listen key of its own."""
        return await self._key.open(self._keyed.path)

    async def tend(self, line: Line) -> None:  # noqa: ARG002 - the key is renewed by REST
        """Renew the listen key; end the line when the venue does not know it any more."""
        await self._key.renew()

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


def _is_unknown(failed: CallFailed) -> bool:
    return failed.code == UNKNOWN_KEY

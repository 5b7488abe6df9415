"""Bybit's classic account: its private socket is that of the unified one."""

from __future__ import annotations

from marginline.feeds.bybit.lines import entered, ping
from marginline.feeds.bybit.sorting import sorted_message
from marginline.feeds.nudges.listening import Nudge
from marginline.feeds.wire.connection import Connection
from marginline.feeds.wire.door import Door
from marginline.feeds.wire.lines import Line


class BybitEar:
    """One connection's private socket."""

    def __init__(self, door: Door, connection: Connection) -> None:
        self._door, self._connection = door, connection

    async def open(self) -> Line:
        """A socket, logged in, with its topics acknowledged."""
        return await entered(self._door, self._connection)

    async def tend(self, line: Line) -> None:
        """Ping for as long as the line is."""
        await ping(self._door, line)

    def said(self, text: str) -> Nudge | None:
        """A frame of the private stream."""
        message = sorted_message(text)
        return None if message is None else Nudge(message.kind)

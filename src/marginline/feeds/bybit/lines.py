"""Bybit's sockets: requests acknowledged by their number, and pings of its own kind."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence

from marginline.feeds.bybit.calls import PRIVATE_PATH
from marginline.feeds.bybit.sorting import TOPICS
from marginline.feeds.wire.connection import Connection
from marginline.feeds.wire.door import Door
from marginline.feeds.wire.lines import Line, LineClosed

PING_MS = 20_000
_LOGIN_MS = 10_000
_TOPICS_A_MESSAGE = 100
_NUMBERS = itertools.count(1)


async def ask(door: Door, line: Line, op: str, args: Sequence[object]) -> None:
    """Send a request and wait until it is acknowledged.

    Raises:
        LineClosed: it is refused, or not acknowledged in time.
    """
    number = str(next(_NUMBERS))
    await line.send({"op": op, "req_id": number, "args": list(args)})
    try:
        async with asyncio.timeout(door.cadence.answer / 1000):
            told = await line.acknowledged(
                lambda value: value.get("op") == op and value.get("req_id", number) == number
            )
    except TimeoutError:
        raise LineClosed(f"{op} was not acknowledged in time") from None
    if told.get("success") is not True:
        raise LineClosed(f"{op} is refused: {door.desk.redact.shown(told.get('ret_msg'))}")


async def subscribe(door: Door, line: Line, topics: Sequence[str]) -> None:
    """Subscribe to topics, a hundred at a time."""
    for start in range(0, len(topics), _TOPICS_A_MESSAGE):
        await ask(door, line, "subscribe", topics[start : start + _TOPICS_A_MESSAGE])


async def ping(door: Door, line: Line) -> None:
    """Ping every 20 s for as long as the line is; the venue cuts who does not."""
    while True:
        await door.timer.sleep(PING_MS)
        await line.send({"op": "ping", "req_id": str(next(_NUMBERS))})


async def entered(door: Door, connection: Connection) -> Line:
    """A socket, logged in, with its topics acknowledged. Raises LineClosed."""
    line = await door.line(PRIVATE_PATH)
    try:
        expires = door.timestamp() + _LOGIN_MS
        seal = door.seal(connection, f"GET/realtime{expires}")
        await ask(door, line, "auth", [connection.key, expires, seal])
        await subscribe(door, line, TOPICS)
    except BaseException:
        await line.close()
        raise
    return line

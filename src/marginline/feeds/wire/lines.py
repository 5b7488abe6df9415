"""One WebSocket: whole text frames in order, and a plain word for every way in which it ends."""

from __future__ import annotations

import asyncio
import contextlib
import zlib
from collections import deque
from collections.abc import Callable
from typing import Any, Self

import aiohttp
import msgspec
from aiohttp import WSMsgType
from yarl import URL

from marginline.feeds.wire.connection import Redactor
from marginline.feeds.wire.rest import decoded, retry_after_ms

_MOST_BYTES = 8 * 1024 * 1024
_ACK_FRAMES = 10_000


class LineClosed(Exception):
    """The socket ended, or could not be opened. Its text is free of secrets.

    `wait_ms` is what the venue asked to wait, if it did; `final` that trying again is of no use.
    """

    def __init__(self, reason: str, *, wait_ms: int | None = None, final: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait_ms = wait_ms
        self.final = final


class Line:
    """An open socket."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse, redact: Redactor) -> None:
        self._ws = ws
        self._redact = redact
        self._early: deque[str] = deque()

    @classmethod
    async def open(
        cls,
        session: aiohttp.ClientSession,
        url: str,
        redact: Redactor,
        *,
        heartbeat_ms: int,
        timeout_ms: int,
    ) -> Self:
        """Connect. Dead peers are noticed after one and a half heartbeats.

        Raises:
            LineClosed: it cannot be opened.
        """
        try:
            async with asyncio.timeout(timeout_ms / 1000):
                ws = await session.ws_connect(
                    URL(url, encoded=True),
                    heartbeat=heartbeat_ms / 1000,
                    max_msg_size=_MOST_BYTES,
                    timeout=aiohttp.ClientWSTimeout(ws_close=1.0),
                )
        except aiohttp.WSServerHandshakeError as wrong:
            told = {} if wrong.headers is None else wrong.headers
            wait = retry_after_ms({name.lower(): value for name, value in told.items()})
            reason = f"the handshake was refused with status {wrong.status}"
            raise LineClosed(reason, wait_ms=wait) from None
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as wrong:
            reason = redact.shown(f"{type(wrong).__name__}: {wrong}", 200)
            raise LineClosed(f"cannot connect: {reason}") from None
        return cls(ws, redact)

    async def send(self, message: object) -> None:
        """Send one JSON message.

        Raises:
            LineClosed: the socket has ended.
        """
        await self.send_text(msgspec.json.encode(message).decode())

    async def send_text(self, text: str) -> None:
        """Send a frame as it is.

        Raises:
            LineClosed: the socket has ended.
        """
        try:
            await self._ws.send_str(text)
        except (aiohttp.ClientError, ConnectionError, RuntimeError) as wrong:
            raise LineClosed(f"cannot send: {type(wrong).__name__}") from None

    async def receive(self) -> str:
        """The next text frame; frames that came before an acknowledgement come first.

        Raises:
            LineClosed: the socket has ended.
        """
        if self._early:
            return self._early.popleft()
        return await self._next()

    async def _next(self) -> str:
        message = await self._ws.receive()
        if message.type is WSMsgType.TEXT:
            text: str = message.data
            return text
        if message.type is WSMsgType.BINARY:
            return _unpacked(bytes(message.data)).decode("utf-8", "replace")
        if message.type is WSMsgType.ERROR:
            wrong = self._ws.exception()
            raise LineClosed(f"broken: {type(wrong).__name__}")
        raise LineClosed(f"closed with code {self._ws.close_code}")

    # Any: parsed JSON of an acknowledgement.
    async def acknowledged(self, is_it: Callable[[Any], bool]) -> Any:
        """The message that acknowledges; data that comes before it is kept for `receive`.

        Raises:
            LineClosed: the socket ended before.
        """
        while True:
            text = await self._next()
            value = decoded(text)
            if isinstance(value, dict) and is_it(value):
                return value
            if len(self._early) >= _ACK_FRAMES:
                raise LineClosed("no acknowledgement among ten thousand messages")
            self._early.append(text)

    async def close(self) -> None:
        """End it; never fails."""
        with contextlib.suppress(aiohttp.ClientError, ConnectionError, TimeoutError, RuntimeError):
            await self._ws.close()


def _unpacked(data: bytes) -> bytes:
    """A frame that is packed with gzip (BingX packs all of them), unpacked; others as they are.

    Raises:
        LineClosed: it unpacks to more than a frame may have.
    """
    if not data.startswith(b"\x1f\x8b"):
        return data
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        found = unpacking.decompress(data, _MOST_BYTES)
    except zlib.error:
        return data
    if unpacking.unconsumed_tail:
        raise LineClosed("a frame unpacks to more than 8 MiB")
    return found if unpacking.eof else data

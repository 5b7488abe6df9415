"""The sockets of the sandbox: who listens to what, and how a frame reaches them.

One bounded queue and one writing task a socket, so that a slow or dead client delays nobody; a
client that falls behind by the whole queue is cut off, as venues do.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections import deque
from collections.abc import Awaitable, Callable, Iterator

from aiohttp import ClientConnectionResetError, WSMsgType, web

from marginline.sandbox.faults.frames import Delivery, Frame, deliveries, mute
from marginline.sandbox.faults.script import Deaf, FaultScript, matches

QUEUE_MAX = 20_000
MESSAGES_A_SECOND = 10
_MESSAGE_BYTES_MAX = 64 * 1024
_PING_S = 180.0
_PONG_WITHIN_S = 600.0
_LIFE_S = 24 * 3_600.0

Told = Callable[["Socket", str], Awaitable[None]]


class Socket:
    """One connection: where it was dialled, what it subscribed, what waits to be sent."""

    def __init__(
        self, hub: Hub, request: web.Request, venue: str, route: str, *, combined: bool = False
    ) -> None:
        self.hub = hub
        self.request = request
        self.venue = venue
        self.route = route
        self.combined = combined
        self.account: str | None = None
        self.topics: dict[str, None] = {}
        self.state: dict[str, object] = {}
        self.id = f"sandbox-{next(hub.numbers)}"
        self.ws = web.WebSocketResponse(
            autoping=False, compress=False, max_msg_size=_MESSAGE_BYTES_MAX, timeout=0.5
        )
        self._queue: asyncio.Queue[Delivery] = asyncio.Queue()
        self._timers: set[asyncio.TimerHandle] = set()
        self._heard: deque[float] = deque(maxlen=MESSAGES_A_SECOND)
        self.opened = hub.seconds()
        self.ponged = self.opened

    # -- sending ---------------------------------------------------------------------------

    def control(self, text: str) -> None:
        """An acknowledgement or a pong: only a socket that answers nothing leaves it out."""
        if not mute(self.hub.faults, self.venue, self.account):
            self._enqueue(Delivery(text))

    def data(self, frame: Frame) -> None:
        """A frame of a stream, as the fault script lets it through."""
        if self.venue in self.hub.silenced:
            return
        for delivery in deliveries(self.hub.faults, self.venue, frame, self):
            if delivery.late_ms:
                self._later(delivery)
            else:
                self._enqueue(delivery)

    def close(self, code: int) -> None:
        """End the connection after what is already queued; 1006 aborts it."""
        self._enqueue(Delivery(close=code))

    def _later(self, delivery: Delivery) -> None:
        loop = asyncio.get_running_loop()

        def due() -> None:
            self._timers.discard(handle)
            self._enqueue(delivery)

        handle = loop.call_later(delivery.late_ms / 1_000, due)
        self._timers.add(handle)

    def _enqueue(self, delivery: Delivery) -> None:
        if self._queue.qsize() >= QUEUE_MAX:
            self._abort()
        else:
            self._queue.put_nowait(delivery)

    def _abort(self) -> None:
        transport = self.request.transport
        if transport is not None:
            transport.abort()

    async def _write(self) -> None:
        while True:
            delivery = await self._queue.get()
            if delivery.close == 1006:
                self._abort()
                return
            if delivery.close is not None:
                await self.ws.close(code=delivery.close)
                return
            await self.ws.send_str(delivery.text)
            self.hub.frames += 1

    # -- hearing ---------------------------------------------------------------------------

    async def run(self, told: Told) -> web.WebSocketResponse:
        """Serve the connection until either side ends it; `told` gets each text."""
        try:
            await self.ws.prepare(self.request)
        except ClientConnectionResetError:  # gone before it was answered: nobody to serve
            return self.ws
        self.hub.add(self)
        writer = asyncio.create_task(self._guarded_write())
        try:
            await self._hear(told)
        finally:
            self.hub.discard(self)
            for timer in self._timers:
                timer.cancel()
            writer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await writer
        return self.ws

    async def _guarded_write(self) -> None:
        # A client that vanished ends its own writer and nobody else's.
        with contextlib.suppress(ConnectionError, ClientConnectionResetError):
            await self._write()

    async def _hear(self, told: Told) -> None:
        while True:
            message = await self.ws.receive()
            if message.type is WSMsgType.TEXT:
                if not self._polite():
                    self.close(1008)
                    continue
                await told(self, message.data)
            elif message.type is WSMsgType.PING:
                await self._pong(message.data)
            elif message.type is WSMsgType.PONG:
                self.ponged = self.hub.seconds()
            elif message.type in (
                WSMsgType.CLOSE,
                WSMsgType.CLOSING,
                WSMsgType.CLOSED,
                WSMsgType.ERROR,
            ):
                return

    async def _pong(self, payload: bytes) -> None:
        if not mute(self.hub.faults, self.venue, self.account):
            with contextlib.suppress(ConnectionError, ClientConnectionResetError):
                await self.ws.pong(payload)

    def _polite(self) -> bool:
        """At most ten messages a second, counted over the last ten (Binance's rule)."""
        if self.venue != "binance_usdm":
            return True
        now = self.hub.seconds()
        full = len(self._heard) == MESSAGES_A_SECOND and now - self._heard[0] < 1
        self._heard.append(now)
        return not full


class Hub:
    """Every open socket, by topic."""

    def __init__(self, faults: FaultScript, seconds: Callable[[], float]) -> None:
        self.faults = faults
        self.seconds = seconds
        self.numbers = itertools.count(1)
        self.silenced: set[str] = set()
        self.frames = 0
        self._sockets: dict[Socket, None] = {}
        self._topics: dict[tuple[str, str], dict[Socket, None]] = {}

    def __iter__(self) -> Iterator[Socket]:
        return iter(tuple(self._sockets))

    def __len__(self) -> int:
        return len(self._sockets)

    def add(self, socket: Socket) -> None:
        """A socket has opened."""
        self._sockets[socket] = None

    def discard(self, socket: Socket) -> None:
        """A socket has closed."""
        self._sockets.pop(socket, None)
        for topic in tuple(socket.topics):
            self.unsubscribe(socket, topic)

    def subscribe(self, socket: Socket, topic: str) -> bool:
        """Deliver a topic to a socket; False where it is acknowledged and never delivered."""
        socket.topics[topic] = None
        for row, deaf in self.faults.active(Deaf, socket.venue):
            named = deaf.account == "*" or matches(deaf.account, socket.account or "")
            if named and matches(deaf.stream, topic) and row.hits():
                return False
        self._topics.setdefault((socket.venue, topic), {})[socket] = None
        return True

    def unsubscribe(self, socket: Socket, topic: str) -> None:
        """Stop delivering a topic to a socket."""
        socket.topics.pop(topic, None)
        listeners = self._topics.get((socket.venue, topic))
        if listeners is not None:
            listeners.pop(socket, None)
            if not listeners:
                del self._topics[socket.venue, topic]

    def listeners(self, venue: str, topic: str) -> tuple[Socket, ...]:
        """The sockets to which a topic is delivered."""
        return tuple(self._topics.get((venue, topic), ()))

    def topics(self, venue: str) -> tuple[str, ...]:
        """Topics of a venue that somebody listens to."""
        return tuple(topic for owner, topic in self._topics if owner == venue)

    async def keep_alive(self) -> None:
        """Ping every three minutes, cut who does not answer, end what is a day old."""
        while True:
            await asyncio.sleep(_PING_S)
            now = self.seconds()
            for socket in self:
                if socket.venue != "binance_usdm":
                    continue
                if now - socket.ponged > _PONG_WITHIN_S or now - socket.opened > _LIFE_S:
                    socket.close(1001)
                elif not mute(self.faults, socket.venue, socket.account):
                    with contextlib.suppress(ConnectionError, ClientConnectionResetError):
                        await socket.ws.ping()

    async def close(self) -> None:
        """Close every socket."""
        for socket in self:
            with contextlib.suppress(ConnectionError, ClientConnectionResetError):
                await socket.ws.close(code=1001)

"""One public socket, spoken as its description says: subscriptions, pings, frames."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from marginline.feeds.events import Stream
from marginline.feeds.marks import MarketDialect, Said
from marginline.feeds.timing import cancelled
from marginline.feeds.wire.door import Door
from marginline.feeds.wire.lines import Line

PING_MS = 20_000
_PACE_MS = 120
"""Between two requests: no venue takes more than ten a second."""

Read = Callable[[str], Sequence[Said]]


class Market(MarketDialect, Protocol):
    """A public side that is told which contracts are wanted."""

    def want(self, symbols: Mapping[str, str]) -> None:
        """Tell of these, too: the asset that each settles in, by symbol."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One public socket of a venue: the contracts it tells of, and how it is spoken."""

    market: Callable[[Door], Market]
    tells: Callable[[str], bool] = lambda _: True
    stream: Stream = Stream.PUBLIC


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """How one public socket is spoken.

    `path`, and `host` where it is not the venue's usual one. `topics` of a symbol and of the asset
    that it settles in; `subscribe`: the message that asks for topics, `most` of them in one.
    `reader` makes what reads the frames of one line. `ping` is said every 20 s, where it is not
    empty; `pong` is the answer to a frame that asks for one, None for all others.
    """

    path: str
    topics: Callable[[str, str], Sequence[object]]
    subscribe: Callable[[Sequence[object]], object]
    reader: Callable[[], Read]
    host: str = ""
    ping: str = ""
    pong: Callable[[str], str | None] = lambda _: None
    most: int = 50


class PublicMarket:
    """Keeps what is wanted subscribed on every line.

    An acknowledgement proves nothing and is not waited for: a topic lives by its data, and one that
    is refused, or silent, is told and its prices come by REST.
    """

    rates = False

    @property
    def watches(self) -> bool:
        """Whether anything is subscribed to."""
        return bool(self._wanted)

    def __init__(self, door: Door, spoken: Spoken) -> None:
        self._door, self._spoken = door, spoken
        self._wanted: dict[str, str] = {}
        self._waiting: set[asyncio.Event] = set()
        self._read = spoken.reader()
        self._asked = asyncio.Event()
        self._pong = ""

    def want(self, symbols: Mapping[str, str]) -> None:
        """Tell of these, too."""
        if symbols.items() <= self._wanted.items():
            return
        self._wanted.update(symbols)
        for waiting in self._waiting:
            waiting.set()

    async def open(self) -> Line:
        """A socket; what was merged before is forgotten."""
        line = await self._door.line(self._spoken.path, self._spoken.host)
        self._read = self._spoken.reader()
        return line

    async def tend(self, line: Line) -> None:
        """Subscribe to what is wanted now and later, ping, and answer pings."""
        work = [self._subscribe(line), self._answer(line)]
        if self._spoken.ping:
            work.append(self._ping(line))
        tasks = [asyncio.ensure_future(each) for each in work]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
        finally:
            await cancelled(*tasks)

    async def _subscribe(self, line: Line) -> None:
        told: set[bytes] = set()
        more = asyncio.Event()
        self._waiting.add(more)
        try:
            while True:
                more.clear()
                fresh = {
                    msgspec.json.encode(topic): topic
                    for symbol, settle in sorted(self._wanted.items())
                    for topic in self._spoken.topics(symbol, settle)
                }
                topics = [topic for key, topic in fresh.items() if key not in told]
                told |= fresh.keys()
                for start in range(0, len(topics), self._spoken.most):
                    part = topics[start : start + self._spoken.most]
                    await line.send(self._spoken.subscribe(part))
                    await self._door.timer.sleep(_PACE_MS)
                await more.wait()
        finally:
            self._waiting.discard(more)

    async def _ping(self, line: Line) -> None:
        while True:
            await self._door.timer.sleep(PING_MS)
            await line.send_text(self._spoken.ping)

    async def _answer(self, line: Line) -> None:
        while True:
            await self._asked.wait()
            self._asked.clear()
            await line.send_text(self._pong)

    def said(self, text: str) -> Sequence[Said]:
        """The prices in a frame."""
        pong = self._spoken.pong(text)
        if pong is None:
            return self._read(text)
        self._pong = pong
        self._asked.set()
        return ()

"""A clock that tests turn by hand, and a desk whose events can be read."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Iterable
from typing import TypeVar

from marginline.feeds import Event, EventQueue
from marginline.feeds.telling import Desk
from marginline.feeds.wire.connection import Redactor

E = TypeVar("E", bound=Event)


class HandClock:
    """Milliseconds that pass only when told to; whoever sleeps wakes in order."""

    def __init__(self, now: int = 1_700_000_000_000) -> None:
        self._now = now
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def now(self) -> int:
        return self._now

    async def sleep(self, ms: float) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + max(0, ms), next(self._order), future))
        await future

    def skip(self, ms: int) -> None:
        """Let time pass for those who only look at it."""
        self._now += ms

    async def turn(self, ms: int) -> None:
        """Let time pass, waking everyone at the moment he asked for."""
        until = self._now + ms
        await settled()
        while self._sleepers and self._sleepers[0][0] <= until:
            at, _, future = heapq.heappop(self._sleepers)
            self._now = max(self._now, int(at))
            if not future.done():
                future.set_result(None)
            await settled()
        self._now = until
        await settled()


async def settled(rounds: int = 40) -> None:
    """Let everything run that can."""
    for _ in range(rounds):
        await asyncio.sleep(0)


def desk_of(clock: HandClock, venue: str = "binance_usdm") -> tuple[Desk, EventQueue]:
    queue = EventQueue(10_000)
    return Desk(venue, queue, clock, Redactor()), queue


def of(kind: type[E], events: Iterable[Event]) -> list[E]:
    return [event for event in events if isinstance(event, kind)]

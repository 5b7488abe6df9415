"""Between the feeds and the monitor: bounded, and nothing that matters is ever dropped.

Of prices, rates and clocks the newest of each counts, so they take at most one place each.
Everything else keeps its place until it is taken. A queue that is full says so (`overfull`), keeps
taking what it is given, and holds back the sockets that ask it for `room`: then the venue's bytes
wait in the kernel, and a stream that waits too long is silent, which is seen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from marginline.feeds.events import AssetRate, Clock, Event, Funding, Limits, MarkPrice

_Key = tuple[object, ...] | int

_NEWEST: dict[type, Callable[[Event], _Key]] = {
    MarkPrice: lambda e: (MarkPrice, e.venue, e.instrument),  # type: ignore[union-attr]
    Funding: lambda e: (Funding, e.venue, e.instrument),  # type: ignore[union-attr]
    AssetRate: lambda e: (AssetRate, e.venue, e.asset),  # type: ignore[union-attr]
    Clock: lambda e: (Clock, e.venue),
    Limits: lambda e: (Limits, e.venue),
}


class EventQueue:
    """Events in order of arrival; a newer price of an instrument takes the older one's place.

    Args:
        capacity: how many events may wait before the queue is `overfull`, at least 1.

    Attributes:
        was_full: whether it was `overfull` when it was last emptied.
    """

    def __init__(self, capacity: int = 10_000) -> None:
        if capacity < 1:
            raise ValueError(f"capacity: must be at least 1 (found {capacity}); 10000 is usual")
        self.capacity = capacity
        self.overfull = False
        self.was_full = False
        self.overfull_count = 0
        self.replaced = 0
        self.highest = 0
        self._waiting: dict[_Key, Event] = {}
        self._number = 0
        self._some = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, event: Event) -> None:
        """Add an event. Never blocks, never fails, never drops what is not superseded.

        A price that is older, by the venue's moment, than the one that waits is left out.
        """
        key = self._key(event)
        old = self._waiting.get(key)
        if old is not None:
            self.replaced += 1
            if event.at is not None and old.at is not None and event.at < old.at:
                return
            del self._waiting[key]  # its place is now the end: order of arrival is kept
        self._waiting[key] = event
        self._judge()
        self._some.set()

    async def room(self) -> None:
        """Wait until the queue is no longer full: a reader of a socket asks before it reads on."""
        await self._room.wait()

    async def get_batch(self, max_wait_ms: int | None = None) -> tuple[Event, ...]:
        """All events that wait, at least one; none at all only after `max_wait_ms`."""
        if not self._waiting:
            wait = None if max_wait_ms is None else max_wait_ms / 1000
            try:
                async with asyncio.timeout(wait):
                    await self._some.wait()
            except TimeoutError:
                return ()
        return self.take()

    def take(self) -> tuple[Event, ...]:
        """All events that wait, now."""
        self.was_full = self.overfull
        batch = tuple(self._waiting.values())
        self._waiting.clear()
        self._some.clear()
        self._judge()
        return batch

    def _key(self, event: Event) -> _Key:
        newest = _NEWEST.get(type(event))
        if newest is not None:
            return newest(event)
        self._number += 1
        return self._number

    def _judge(self) -> None:
        count = len(self._waiting)
        self.highest = max(self.highest, count)
        full = count >= self.capacity
        if full and not self.overfull:
            self.overfull_count += 1
            self._room.clear()
        elif self.overfull and not full:
            self._room.set()
        self.overfull = full

"""Keeps one line open: tries again with growing waits, changes it before the venue ends it."""

from __future__ import annotations

import asyncio
from typing import Protocol

from marginline.errors import InputError
from marginline.feeds.messages import Unreadable
from marginline.feeds.timing import Backoff, Cadence, Timer, cancelled
from marginline.feeds.wire.lines import Line, LineClosed
from marginline.feeds.wire.rest import CallFailed, Failure


class RefusedForGood(Exception):
    """The venue, or we, will not have this key: nothing comes without a change by hand."""


class Listener(Protocol):
    """Who uses the line."""

    async def open(self) -> Line:
        """A line, logged in and subscribed."""

    async def tend(self, line: Line) -> None:
        """Keep it alive for as long as it is."""

    async def read(self, line: Line) -> None:
        """Read it until it ends, by `LineClosed`."""

    def opened(self) -> None:
        """A line is open and being read."""

    def lost(self, reason: str) -> None:
        """No line is open now."""


class Keeper:
    """The life of a listener's lines, one after the other; planned changes overlap."""

    def __init__(self, listener: Listener, timer: Timer, cadence: Cadence) -> None:
        self._listener = listener
        self._timer = timer
        self._cadence = cadence
        self._leave = asyncio.Event()
        self._change = asyncio.Event()
        self._why = ""
        self.up = False
        self.opened = 0

    def leave(self, reason: str) -> None:
        """Give the line up, at once."""
        if self.up:
            self._why = reason
            self._leave.set()

    def change(self) -> None:
        """Open another line, and give this one up once it is there."""
        if self.up:
            self._change.set()

    async def run(self) -> None:
        """Keep a line until cancelled.

        Raises:
            RefusedForGood: the venue will never open one with this key.
        """
        backoff = Backoff(self._cadence.backoff, self._cadence.backoff_most)
        old: _Reading | None = None
        reading: _Reading | None = None
        try:
            while True:
                try:
                    line = await self._listener.open()
                except (LineClosed, CallFailed) as wrong:
                    self._not_open(wrong)
                    reading = await self._rest(reading, backoff.next(wrong.wait_ms))
                    continue
                except (Unreadable, InputError) as wrong:
                    self._not_open(LineClosed(str(wrong)))
                    reading = await self._rest(reading, backoff.next())
                    continue
                old, reading = reading, _Reading(self._listener, line)
                self._leave.clear()
                self._change.clear()
                self.up, self.opened = True, self.opened + 1
                if old is not None:
                    await old.stop()  # planned: the new line was open before the old one closes
                    old = None
                self._listener.opened()
                began = self._timer.now()
                reason = await self._until_over(reading, self._cadence.renew_connection)
                if not reason:
                    continue
                await self._lose(reading, reason)
                reading = None
                if self._timer.now() - began > self._cadence.backoff_most:
                    backoff.reset()  # it held for a while; one that ends at once waits longer
                await self._timer.sleep(backoff.next())
        finally:
            self.up = False
            for each in (old, reading):
                if each is not None:
                    await each.stop()

    def _not_open(self, wrong: LineClosed | CallFailed) -> None:
        final = wrong.final if isinstance(wrong, LineClosed) else wrong.failure is Failure.KEY
        if final:
            raise RefusedForGood(str(wrong))
        if not self.up:
            self._listener.lost(str(wrong))

    async def _rest(self, reading: _Reading | None, ms: int) -> _Reading | None:
        """Wait before the next attempt; the line that was to be changed, where it still is."""
        if reading is None:
            await self._timer.sleep(ms)
            return None
        self._change.clear()
        over = self._timer.now() + ms
        reason = await self._until_over(reading, ms)
        if not reason:
            return reading
        await self._lose(reading, reason)
        await self._timer.sleep(over - self._timer.now())
        return None

    async def _lose(self, reading: _Reading, reason: str) -> None:
        self.up = False
        await reading.stop()
        self._listener.lost(reason)

    async def _until_over(self, reading: _Reading, ms: int) -> str:
        """Why the line must be left; "" when it is only time for the next one."""
        left = asyncio.ensure_future(self._leave.wait())
        changed = asyncio.ensure_future(self._change.wait())
        planned = asyncio.ensure_future(self._timer.sleep(ms))
        try:
            done, _ = await asyncio.wait(
                (left, planned, changed, reading.frames, reading.tending),
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            await cancelled(left, planned, changed)
        for task in (reading.frames, reading.tending):
            if task in done:
                wrong = task.exception()
                if isinstance(wrong, (LineClosed, CallFailed)):
                    return str(wrong)
                if wrong is not None:
                    raise wrong
                return "the line ended"
        return (self._why or "left") if left in done else ""


class _Reading:
    """A line with the tasks that read it and keep it alive."""

    def __init__(self, listener: Listener, line: Line) -> None:
        self._line = line
        self.frames = asyncio.ensure_future(listener.read(line))
        self.tending = asyncio.ensure_future(listener.tend(line))

    async def stop(self) -> None:
        """End both, and the line."""
        try:
            await cancelled(self.frames, self.tending)
        finally:  # a keeper that is ended meanwhile leaves no line open
            await self._line.close()

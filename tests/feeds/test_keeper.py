"""A keeper of lines: whenever it is ended, no line of it stays open."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import cast

import pytest

pytest.importorskip("aiohttp", reason="the extra `live` is not installed")

from marginline.feeds.timing import Cadence, SystemTimer
from marginline.feeds.wire.keeper import Keeper
from marginline.feeds.wire.lines import Line, LineClosed
from tests.feeds.clock import HandClock


class Told:
    """A line that notes whether it was closed."""

    def __init__(self) -> None:
        self.closed = False

    async def close(self) -> None:
        self.closed = True


class Slow:
    """A listener whose reading takes some turns of the loop to end."""

    def __init__(self) -> None:
        self.lines: list[Told] = []

    async def open(self) -> Line:
        self.lines.append(Told())
        return cast("Line", self.lines[-1])

    async def tend(self, line: Line) -> None:  # noqa: ARG002 - there is nothing to tend
        await asyncio.Event().wait()

    async def read(self, line: Line) -> None:  # noqa: ARG002 - nothing comes
        try:
            await asyncio.Event().wait()
        finally:
            for _ in range(10):
                await asyncio.sleep(0)

    def opened(self) -> None:
        """Nothing to note."""

    def lost(self, reason: str) -> None:
        raise AssertionError(reason)


async def turns(count: int) -> None:
    """Let the loop go round so often."""
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.mark.parametrize("later", range(0, 40, 2))
def test_a_keeper_that_is_ended_while_it_changes_its_line_leaves_none_open(later: int) -> None:
    """At whatever moment: the old line was left open where its reading was just being ended."""

    async def story() -> None:
        listener = Slow()
        keeper = Keeper(listener, SystemTimer(), Cadence())
        running = asyncio.ensure_future(keeper.run())
        await turns(20)
        keeper.change()
        await turns(later)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert len(listener.lines) == (1 if later < 6 else 2)
        assert all(line.closed for line in listener.lines)

    asyncio.run(story())


class Mortal:
    """A listener whose line ends when told to, and whose next one cannot be had for a while."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()
        self.refused = False
        self.opens = 0
        self.lost_because: list[str] = []

    async def open(self) -> Line:
        self.opens += 1
        if self.refused:
            raise LineClosed("cannot connect")
        return cast("Line", Told())

    async def tend(self, line: Line) -> None:  # noqa: ARG002 - there is nothing to tend
        await asyncio.Event().wait()

    async def read(self, line: Line) -> None:  # noqa: ARG002 - nothing comes
        await self.ended.wait()
        self.ended.clear()
        raise LineClosed("closed with code 1001")

    def opened(self) -> None:
        """Nothing to note."""

    def lost(self, reason: str) -> None:
        self.lost_because.append(reason)


@contextlib.asynccontextmanager
async def refused_a_change() -> AsyncIterator[tuple[HandClock, Mortal, Keeper]]:
    """A line that is up, whose planned change cannot be had."""
    clock, listener = HandClock(), Mortal()
    keeper = Keeper(listener, clock, Cadence())
    running = asyncio.ensure_future(keeper.run())
    await clock.turn(0)
    listener.refused = True
    keeper.change()
    yield clock, listener, keeper
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def test_a_line_that_ends_while_its_change_cannot_be_had_is_lost_and_told() -> None:
    """It read as up until another line could be opened, though nobody listened."""

    async def story() -> None:
        async with refused_a_change() as (clock, listener, keeper):
            await clock.turn(60_000)
            assert 2 < listener.opens < 20, "it is tried again, with growing waits"
            assert (keeper.up, listener.lost_because) == (True, []), "the old line is listened to"
            listener.ended.set()
            await clock.turn(10)
            assert (keeper.up, listener.lost_because) == (False, ["closed with code 1001"])
            listener.refused = False
            await clock.turn(60_000)
            assert (keeper.up, keeper.opened) == (True, 2)

    asyncio.run(story())


def test_a_line_is_left_at_once_although_its_change_cannot_be_had() -> None:
    async def story() -> None:
        async with refused_a_change() as (clock, listener, keeper):
            await clock.turn(10)
            keeper.leave("it is deaf")
            await clock.turn(10)
            assert not keeper.up
            assert listener.lost_because == ["it is deaf"]

    asyncio.run(story())

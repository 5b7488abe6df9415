"""A keeper of lines: whenever it is ended, no line of it stays open."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

pytest.importorskip("aiohttp", reason="the extra `live` is not installed")

from marginline.feeds.timing import Cadence, SystemTimer
from marginline.feeds.wire.keeper import Keeper
from marginline.feeds.wire.lines import Line


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

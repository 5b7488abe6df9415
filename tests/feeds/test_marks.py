"""The public prices of a venue on a clock that is turned by hand: what is old, and what fails."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import pytest

pytest.importorskip("aiohttp", reason="the extra `live` is not installed")

from marginline.feeds import Event, Gap, Life, MarkPrice, Refused, Stream, StreamState
from marginline.feeds.marks import MarketStream, Quote, Said
from marginline.feeds.opening import MarketFeed, _again_and_again
from marginline.feeds.timing import Cadence, VenueClock, beside
from marginline.feeds.wire.lines import Line
from tests.feeds.clock import HandClock, desk_of, of

CADENCE = Cadence()


class FakeLine:
    """A line whose frames are put by hand."""

    def __init__(self) -> None:
        self.frames: asyncio.Queue[str] = asyncio.Queue()

    async def receive(self) -> str:
        return await self.frames.get()

    async def close(self) -> None:
        return


class Dialect:
    """A public side whose frames are lists of symbol and moment."""

    rates = False
    watches = True

    def __init__(self) -> None:
        self.lines: list[FakeLine] = []

    async def open(self) -> Line:
        self.lines.append(FakeLine())
        return cast("Line", self.lines[-1])

    async def tend(self, line: Line) -> None:  # noqa: ARG002 - there is nothing to tend
        await asyncio.Event().wait()

    def said(self, text: str) -> Sequence[Said]:
        return [Quote(symbol, at, Decimal(at)) for symbol, at in json.loads(text)]


class Watch:
    """A stream of marks, run as feeds are, and what it has said."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.desk, self.queue = desk_of(self.clock)
        self.dialect = Dialect()
        measured = VenueClock()
        now = self.clock.now()
        measured.heard(now, now, now)
        self.door = SimpleNamespace(
            desk=self.desk, timer=self.clock, cadence=CADENCE, clock=measured,
            venue_now=self.clock.now,
        )  # fmt: skip
        self.stream = MarketStream(self.dialect, cast(Any, self.door))
        self.events: list[Event] = []

    async def __aenter__(self) -> Watch:
        feed = cast(MarketFeed, SimpleNamespace(
            run=self.stream.run, cadence=CADENCE, desk=self.desk,
            connection=SimpleNamespace(account=None),
        ))  # fmt: skip
        self.task = asyncio.create_task(_again_and_again(feed))
        await self.turn(100)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    def say(self, *quotes: tuple[str, int]) -> None:
        """Marks of symbols, each of so many milliseconds ago."""
        now = self.clock.now()
        frame = json.dumps([(symbol, now - ago) for symbol, ago in quotes])
        self.dialect.lines[-1].frames.put_nowait(frame)

    async def turn(self, ms: int) -> None:
        for _ in range(ms // 100):
            await self.clock.turn(100)
        self.events += self.queue.take()

    def life(self) -> Life:
        states = [e.state for e in of(StreamState, self.events) if e.stream is Stream.MARKS]
        return states[-1]


def run(story: Any) -> None:
    asyncio.run(story())


def test_a_mark_that_is_old_when_it_comes_is_no_mark_of_now() -> None:
    """Others of the venue are young, so the stream lives; told, it would count from its arrival."""

    async def story() -> None:
        async with Watch() as watch:
            watch.say(("A", 0), ("B", 0))
            await watch.turn(2_000)
            for _ in range(10):
                watch.say(("A", 0), ("B", CADENCE.marks + 1_500))
                await watch.turn(1_000)
            told = [event.instrument for event in of(MarkPrice, watch.events)]
            assert (told.count("A"), told.count("B")) == (11, 1)
            assert [event.value for event in of(Refused, watch.events)] == ["B"]
            assert watch.life() is Life.LIVE

    run(story)


def test_a_fault_of_ours_in_one_frame_is_told_as_a_gap_and_the_stream_lives_on() -> None:
    """It read as closed for ever, though prices came."""

    async def story() -> None:
        async with Watch() as watch:
            watch.say(("A", 0))
            await watch.turn(1_000)
            watch.dialect.lines[-1].frames.put_nowait('[["A", "later"]]')
            await watch.turn(3_000)
            assert "InvalidOperation" in of(Refused, watch.events)[-1].reason
            watch.say(("A", 0))
            await watch.turn(1_000)
            assert watch.life() is Life.LIVE
            assert [gap.healed_at is None for gap in of(Gap, watch.events)] == [True, False]

    run(story)


def test_a_watch_over_ages_that_fails_is_told_and_begins_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It died unheard, and what it watched over read as live for ever."""

    async def story() -> None:
        async with Watch() as watch:
            watch.say(("A", 0))
            await watch.turn(1_000)
            look = watch.stream.marks.look

            def once(_: int) -> bool:
                monkeypatch.setattr(watch.stream.marks, "look", look)
                raise KeyError("a fault of ours")

            monkeypatch.setattr(watch.stream.marks, "look", once)
            await watch.turn(2_000)
            assert "KeyError" in of(Refused, watch.events)[-1].reason
            watch.say(("A", 0))
            await watch.turn(1_000)
            assert watch.life() is Life.LIVE
            await watch.turn(CADENCE.marks + 1_000)
            assert watch.life() is not Life.LIVE

    run(story)


def test_work_beside_other_work_ends_with_it_and_an_error_of_either_is_raised() -> None:
    async def story() -> None:
        ended: list[str] = []

        async def endless(name: str) -> None:
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(name)

        async def found() -> int:
            await asyncio.sleep(0)
            return 7

        async def failing() -> None:
            raise KeyError("a fault")

        async def over() -> None:
            return

        assert await beside(found(), endless("one"), over()) == 7
        with pytest.raises(KeyError, match="a fault"):
            await beside(endless("two"), failing())
        assert ended == ["one", "two"]

    run(story)

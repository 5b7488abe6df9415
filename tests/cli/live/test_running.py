"""The process around the monitor: nothing in it may halt judging for long."""

from __future__ import annotations

import asyncio
import gc
from datetime import datetime

import pytest

from marginline.cli.live import running
from marginline.cli.live.world import demo
from marginline.core.account.moments import milliseconds
from marginline.market.scenarios import scenario


def test_no_search_for_garbage_halts_the_process_and_all_is_as_before_when_it_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(running, "SETTLED_S", 0.01)
    before = gc.get_threshold()
    gc.unfreeze()  # what the tests themselves have frozen

    async def test() -> None:
        task = asyncio.create_task(running.unhalted())
        async with asyncio.timeout(30):
            while not gc.get_freeze_count():
                await asyncio.sleep(0.01)
        assert gc.get_threshold()[2] == running.NEVER
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(test())
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0


def test_each_look_while_it_settles_is_through_what_has_come_since_the_one_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(running, "SETTLED_S", 0.05)
    looked: list[int] = []

    def looking(phase: str, info: dict[str, int]) -> None:
        if phase == "start" and info["generation"] == 2:
            looked.append(len(gc.get_objects()))

    async def test() -> None:
        task = asyncio.create_task(running.unhalted())
        async with asyncio.timeout(30):
            while len(looked) < running.SETTLING:
                await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    gc.unfreeze()  # what the tests themselves have frozen
    lives = len(gc.get_objects())
    gc.callbacks.append(looking)
    try:
        asyncio.run(test())
    finally:
        gc.callbacks.remove(looking)
    assert max(looked) < lives / 5


def test_the_story_stands_beside_alerts_by_one_clock() -> None:
    """The world's own clock is of another day: beside alerts its moments would be out of order."""

    async def test() -> None:
        heard: list[int] = []
        async with demo(
            scenario("calm"), seed=3, speed=5, settings=None, tell=lambda at, _: heard.append(at)
        ) as shown:
            monitor = shown.live.monitor
            async with asyncio.timeout(60):
                while not monitor.snapshot().story:
                    await asyncio.sleep(0.05)
            [line] = monitor.snapshot().story or []
            assert abs(milliseconds(datetime.fromisoformat(line.at)) - monitor.now()) < 60_000
            assert heard == [shown.sandbox.floor.world.start + 1_000]

    asyncio.run(test())

"""The process around the monitor: nothing in it may halt judging for long."""

from __future__ import annotations

import asyncio
import gc

import pytest

from marginline.cli.live import running


def test_no_search_for_garbage_halts_the_process_and_all_is_as_before_when_it_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(running, "SETTLED_S", 0.01)
    before = gc.get_threshold()

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

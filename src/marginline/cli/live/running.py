"""A monitor with its page: every part in one loop, started together, ended together."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from marginline.api.app import create_app
from marginline.api.serving import serving
from marginline.api.settings import ApiSettings
from marginline.cli.ending import asked_to_stop
from marginline.monitor.connecting.keys import KeyDesk
from marginline.monitor.run import Monitor

Part = Callable[[], Coroutine[Any, Any, None]]
YOUNG, NEVER = 10_000, 1_000_000
"""Objects made after which the young are looked through; looks after which all are."""
SETTLED_S, SETTLING, WHOLE_S = 5.0, 5, 600.0
"""When what lives long is there, in how many looks; between two looks through all the rest."""


@dataclass(frozen=True, slots=True)
class Running:
    """A monitor that is judging, and where its page is."""

    monitor: Monitor
    address: str
    stopped: asyncio.Event

    async def until(self, seconds: float | None) -> None:
        """Until somebody asks it to stop, or so long."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.stopped.wait(), seconds)


@contextlib.asynccontextmanager
async def running(
    monitor: Monitor,
    parts: Sequence[Part],
    settings: ApiSettings | None,
    key_desk: KeyDesk | None = None,
) -> AsyncIterator[Running]:
    """The monitor, its feeds and its page (without settings of one: none), while the block runs.

    Ctrl-C and SIGTERM ask it to stop: the block goes on to its end. A part that fails ends it, and
    its error is raised; a part that merely ends does not.

    Raises:
        InputError: the port cannot be had.
    """
    stopped = asyncio.Event()
    async with contextlib.AsyncExitStack() as stack:
        address = ""
        if settings is not None:
            page = serving(create_app(monitor, settings, key_desk=key_desk), settings)
            address = await stack.enter_async_context(page)
        await stack.enter_async_context(_together((monitor.run, unhalted, *parts), stopped))
        with asked_to_stop(stopped):
            yield Running(monitor, address, stopped)


async def unhalted() -> None:
    """Keep the search for garbage from halting the process at a price, until cancelled.

    Python looks through all that lives when enough has come: half a second at a thousand accounts.
    What is judged anew at each price goes without that, so young objects are looked at as ever,
    what was there at the start never again, and all the rest a few times an hour. What is loaded
    before the start is not looked at, and what comes while the process settles a second's worth at
    a time: all at once it halted the first prices for a tenth of a second.
    """
    before = gc.get_threshold()
    gc.set_threshold(YOUNG, before[1], NEVER)
    try:
        gc.freeze()
        for _ in range(SETTLING):
            await asyncio.sleep(SETTLED_S / SETTLING)
            gc.collect()
            gc.freeze()
        while True:
            await asyncio.sleep(WHOLE_S)
            gc.collect()
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


@contextlib.asynccontextmanager
async def _together(parts: Sequence[Part], stopped: asyncio.Event) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(part()) for part in parts]
    failed: list[BaseException] = []

    def ended(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            failed.append(task.exception() or RuntimeError("a part failed"))
            stopped.set()

    for task in tasks:
        task.add_done_callback(ended)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if failed:
        raise failed[0]

"""From a price that crosses a band to the message at its receiver: judged, kept, delivered."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.measuring import Row
from marginline.cli.live.sentences import said
from marginline.feeds.event_queue import EventQueue
from marginline.monitor.delivery.dispatch import Dispatch
from marginline.monitor.delivery.kept import StoreOutbox
from marginline.monitor.delivery.parcels import Manner, Place
from marginline.monitor.delivery.sending import AppriseSender, Target
from marginline.monitor.run import Monitor, system_clock
from marginline.monitor.settings import Bands, MonitorSettings, Watching
from marginline.store.opening import open_store
from tests.monitor.delivery.receivers import Receiver
from tests.monitor.worlds import VENUE, Feed, account

CROSSINGS = 100
CALM, ACT = "55000", "50240"
"""At the first price the account uses 4 % of its support, at the second 84 %."""
PATIENCE_S = 30.0


def rows() -> list[Row]:
    """Crossing to delivery over loopback, with a history on this disk."""
    with tempfile.TemporaryDirectory() as folder, Receiver() as receiver:
        took = sorted(asyncio.run(_crossings(receiver, Path(folder) / "h.db")))
    middle, late = took[len(took) // 2], took[min(len(took) - 1, int(len(took) * 0.99))]
    name = f"alert: crossing to delivery, {len(took)} crossings"
    return [
        Row(f"{name}, p50", middle, "s"),
        Row(f"{name}, p99", late, "s"),
        Row(f"{name}, the longest", took[-1], "s"),
    ]


async def _crossings(receiver: Receiver, path: Path) -> list[float]:
    settings = MonitorSettings(
        account_ms=10**9, marks_ms=10**9, bands=Bands(cooldown_ms=0, remind_ms=0)
    )
    watching = Watching(name="one", venue=VENUE, source="drawn", kind="file")
    with open_store(f"sqlite:///{path}") as store:
        sender = AppriseSender([Target("hook", receiver.url())], timeout_s=4, private=True)
        telling = Dispatch(sender, [Place("hook", "json")], said, clock=system_clock,
                           manner=Manner(), outbox=StoreOutbox(lambda: store))  # fmt: skip
        queue = EventQueue()
        monitor = Monitor(queue, [watching], settings, delivery=telling)
        parts = [asyncio.create_task(monitor.run()), asyncio.create_task(telling.run())]
        try:
            return await _cross(monitor, receiver)
        finally:
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)


async def _cross(monitor: Monitor, receiver: Receiver) -> list[float]:
    feed, took = Feed(), []
    monitor.queue.put(feed.snapshot(system_clock(), account(mark=CALM)))
    for number in range(CROSSINGS):
        monitor.queue.put(feed.mark(system_clock(), CALM))
        await _until(lambda: not any(a.state == "firing" for a in monitor.state.alerts.values()))
        began = time.perf_counter()
        monitor.queue.put(feed.mark(system_clock(), ACT))
        await _arrived(receiver, number + 1)
        took.append(time.perf_counter() - began)
    assert len(receiver.got) == CROSSINGS, "each crossing is told once"
    return took


async def _arrived(receiver: Receiver, count: int) -> None:
    await _until(lambda: len(receiver.got) >= count)


async def _until(what: Callable[[], bool]) -> None:
    end = time.perf_counter() + PATIENCE_S
    while not what():
        assert time.perf_counter() < end, "it did not come to that"
        await asyncio.sleep(0.001)

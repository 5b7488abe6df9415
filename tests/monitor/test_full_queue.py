"""A full queue is an alarm, and nothing of it is lost."""

from __future__ import annotations

import asyncio

from marginline.api.routes.condition import ready_of
from marginline.feeds.event_queue import EventQueue
from marginline.monitor.process import process
from marginline.monitor.run import Monitor
from marginline.monitor.settings import MonitorSettings, Watching
from marginline.monitor.state import Silence, start
from marginline.monitor.taking.commands import Hush, Mute, QueueState
from tests.monitor.worlds import START, VENUE, Feed, account, moved

WATCHING = Watching(name="one", venue=VENUE, source="test")


def test_a_full_queue_is_an_alarm_of_no_account_once_in_a_busy_minute() -> None:
    async def test() -> None:
        now, feed, queue = [START], Feed(), EventQueue(capacity=3)
        monitor = Monitor(queue, (WATCHING,), clock=lambda: now[0])

        async def round_of(events: int, after_ms: int) -> list[tuple[str, str]]:
            now[0] += after_ms
            for number in range(events):
                queue.put(feed.changed(now[0], moved(account(), str(10_000 + number))))
            queue.put(feed.mark(now[0], "60000"))
            await monitor.step()
            found = monitor.state.alerts.values()
            return [(each.id, each.state) for each in found if each.kind == "queue"]

        assert await round_of(1, 0) == []
        ((first, state),) = await round_of(5, 1_000)
        assert state == "firing"
        row = monitor.alert(first)
        assert (row.account, row.level, row.status) == (None, "unknown", "unknown")
        assert "None is dropped" in (row.sentence[0].text or "")
        assert any("queue" in each for each in ready_of(monitor).waiting)
        told = monitor.state.accounts["one"].told
        assert told is not None
        assert told.wallets[0].balance == 10_004  # every event was taken in
        assert await round_of(1, 1_000) == [(first, "firing")]
        assert await round_of(5, 58_000) == [(first, "firing")]
        assert await round_of(0, 59_999) == [(first, "firing")]
        assert await round_of(0, 1) == [(first, "over")]
        assert ready_of(monitor).ready
        assert len(await round_of(5, 1_000)) == 2

    asyncio.run(test())


def test_a_full_queue_that_is_muted_speaks_again_when_its_quiet_is_over() -> None:
    settings = MonitorSettings()
    state, _ = process(start((WATCHING,), settings, START), [QueueState(full=True)], START)
    (alert,) = state.alerts.values()
    state, _ = process(state, [Mute(alert.id, START + 90_000)], START + 1_000)
    assert state.alerts[alert.id].state == "muted"
    for second in (50, 91):
        batch = [QueueState(full=True)]
        state, _ = process(state, batch, START + second * 1_000)
    assert state.alerts[alert.id].state == "firing"
    state, _ = process(state, [Hush(Silence(None, "queue", None))], START + 92_000)
    assert state.alerts[alert.id].state == "muted"

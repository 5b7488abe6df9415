"""Why an account cannot be judged, in one sentence and as a person would say how long."""

from __future__ import annotations

import asyncio

import pytest

from marginline.core.account.moments import span_text
from marginline.feeds.event_queue import EventQueue
from marginline.feeds.events import Life, Stream, StreamState
from marginline.monitor.judging.judge import Ticking
from marginline.monitor.process import process
from marginline.monitor.run import Monitor
from marginline.monitor.settings import MonitorSettings, Watching
from marginline.monitor.state import start
from tests.monitor.worlds import START, VENUE, Feed, account

LATE = 10_150


@pytest.mark.parametrize(
    ("ms", "said"),
    [
        (0, "0 s"),
        (400, "0.4 s"),
        (2_000, "2 s"),
        (10_150, "10 s"),
        (119_999, "119 s"),
        (180_000, "3 min"),
        (7_200_000, "2 h"),
    ],
)
def test_how_long_is_said_in_one_unit(ms: int, said: str) -> None:
    assert span_text(ms) == said


@pytest.mark.parametrize("silent", [True, False])
def test_what_is_late_is_said_once(silent: bool) -> None:
    feed, judge = Feed(), Ticking()
    state = start((Watching(name="one", venue=VENUE, source="drawn"),), MonitorSettings(), START)
    begun = (feed.mark(START, "60000"), feed.snapshot(START, account("one")))
    state, _ = process(state, begun, START, judge)
    now = START + LATE
    quiet = StreamState(
        venue=VENUE, received=now, sequence=9, at=None, account=None, stream=Stream.MARKS,
        state=Life.SILENT, reason="no data for 10 s, the limit is 10 s", retry=0, age_ms=LATE,
        limit_ms=10_000, since=START,
    )  # fmt: skip
    state, _ = process(state, (quiet,) if silent else (), now, judge)
    (why,) = {reason.message for reason in state.accounts["one"].ages.reasons}
    assert why.count("10 s") == 2, why
    assert " ms" not in why
    assert ("ago" in why) is not silent


def test_another_reason_of_a_stream_that_says_nothing_is_told_at_once() -> None:
    async def test() -> None:
        now, feed, queue = [START], Feed(), EventQueue()
        watching = Watching(name="one", venue=VENUE, source="one.json", kind="file")
        monitor = Monitor(queue, (watching,), clock=lambda: now[0])
        queue.put(feed.snapshot(START, account()))
        await monitor.step()
        for reason in ("cannot be read: it is not UTF-8", "cannot be read: it is gone"):
            now[0] += 1_000
            queue.put(feed.stream(now[0], Stream.FILE, Life.GAP, "one", reason=reason))
            await monitor.step()
            row = monitor.row("one")
            assert row.status == "unknown"
            assert reason in row.reasons[0].message

    asyncio.run(test())


def test_a_gap_is_a_thing_that_a_stream_has() -> None:
    feed, judge = Feed(), Ticking()
    state = start((Watching(name="one", venue=VENUE, source="drawn"),), MonitorSettings(), START)
    begun = (feed.mark(START, "60000"), feed.snapshot(START, account("one")))
    deaf = feed.stream(START + 1, Stream.ACCOUNT, Life.GAP, "one", reason="two messages are lost")
    state, _ = process(state, (*begun, deaf), START + 1, judge)
    (reason,) = state.accounts["one"].ages.reasons
    assert reason.message == "the account stream has a gap: two messages are lost"


def test_what_did_not_change_between_two_snapshots_is_kept_once() -> None:
    feed, judge = Feed(), Ticking()
    state = start((Watching(name="one", venue=VENUE, source="drawn"),), MonitorSettings(), START)
    told = []
    for number in range(2):
        now = START + number
        one = feed.snapshot(now, account("one", balance=str(10_000 + number)))
        state, _ = process(state, (one,), now, judge)
        told.append(state.accounts["one"].told)
    first, second = told
    assert first
    assert second
    assert second.wallets != first.wallets
    assert second.instruments is first.instruments
    assert second.parameters is first.parameters

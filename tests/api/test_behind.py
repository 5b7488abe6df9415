"""A process that cannot keep up says so itself; it does not say that the venues are silent."""

from __future__ import annotations

import asyncio
import threading

from marginline.api.app import create_app
from marginline.api.routes.condition import connections_of, ready_of
from marginline.core.account.account import Account
from marginline.core.assessment.assessment import Assessment
from marginline.feeds.event_queue import EventQueue
from marginline.monitor.delivery.dispatch import Dispatch
from marginline.monitor.judging.judge import Ticking
from marginline.monitor.run import Monitor
from marginline.monitor.state import VenueMarket
from tests.api.served import Clock, files_of, watching
from tests.monitor.worlds import Feed, account


class Slow(Ticking):
    """A judge that waits until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()
        self.go.set()

    def __call__(
        self, name: str, told: Account, market: VenueMarket | None
    ) -> tuple[Account, Assessment]:
        assert self.go.wait(30)
        return super().__call__(name, told, market)


def test_while_judging_stands_still_nothing_reads_as_of_now() -> None:
    async def run() -> None:
        clock, judge, feed, queue = Clock(), Slow(), Feed(), EventQueue()
        dispatch = Dispatch(None, (), lambda _: "", clock=clock)
        monitor = Monitor(
            queue, files_of([account("one")]), clock=clock, judge=judge, delivery=dispatch
        )
        app = create_app(monitor)
        going = asyncio.create_task(monitor.run())
        queue.put(feed.snapshot(clock(), account("one")))
        while monitor.row("one").status != "healthy":
            await asyncio.sleep(0.01)
        slot = monitor.subscribe()
        judge.go.clear()
        queue.put(feed.mark(clock(), "50100"))
        while monitor.counts.began is None or len(queue):
            await asyncio.sleep(0.01)
        clock.now += 10_000
        assert monitor.row("one").status == "healthy"
        clock.now += 2_000
        row = monitor.row("one")
        assert row.status == "unknown"
        assert row.ratio is None
        assert row.last is not None
        assert "judged nothing for 12 s" in row.reasons[0].message
        assert [each.status for each in monitor.snapshot().accounts] == ["unknown"]
        assert ready_of(monitor).waiting == ["this process is 12 s behind its feeds"]
        assert dispatch.unwell() == "nothing has been judged for 12 s"
        text, _ = app.state.metrics.text()
        unknown = b'marginline_account_status{account="one",status="unknown",venue="binance_usdm"}'
        assert unknown + b" 1.0" in text
        assert b"marginline_account_margin_ratio{" not in text
        judge.go.set()
        while monitor.row("one").status != "liquidation":
            await asyncio.sleep(0.01)
        assert dispatch.unwell() is None
        slot.close()
        going.cancel()
        await asyncio.gather(going, return_exceptions=True)

    asyncio.run(asyncio.wait_for(run(), 60))


def test_what_waited_is_told_as_this_process_being_behind() -> None:
    async def run() -> None:
        clock = Clock()
        monitor = await watching([account("one")], clock)
        monitor.queue.put(Feed().mark(clock(), "60000"))
        clock.now += 6_500
        await monitor.step()
        assert connections_of(monitor).behind_s == "6.5"
        assert ready_of(monitor).waiting == ["this process is 6.5 s behind its feeds"]
        monitor.queue.put(Feed().mark(clock(), "60001"))
        await monitor.step()
        assert connections_of(monitor).behind_s == "0"
        assert ready_of(monitor).ready

    asyncio.run(run())

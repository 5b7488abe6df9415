"""A process that cannot keep up says so itself; it does not say that the venues are silent."""

from __future__ import annotations

import asyncio

from marginline.api.routes.condition import connections_of, ready_of
from tests.api.served import Clock, watching
from tests.monitor.worlds import Feed, account


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

"""A monitor with its API and page on a thread of its own; tests feed it and move its clock."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import count
from typing import Any, TypeVar

from marginline.api.app import create_app
from marginline.api.serving import serving
from marginline.api.settings import ApiSettings
from marginline.core.account.account import Account
from marginline.feeds import events
from marginline.feeds.event_queue import EventQueue
from marginline.monitor.connecting.keys import KeyDesk
from marginline.monitor.run import Monitor
from marginline.monitor.settings import MonitorSettings, Watching

T = TypeVar("T")
READY_S = 30


class Desk:
    """What `marginline monitor` wires, with events drawn by hand in place of feeds.

    Accounts whose name is in `files` are judged by their own prices; the others need marks, which
    `live` sends with every account in them.
    """

    def __init__(
        self,
        accounts: Sequence[Account],
        files: frozenset[str] = frozenset(),
        settings: MonitorSettings | None = None,
        key_desk: KeyDesk | None = None,
        token: str | None = None,
    ) -> None:
        self._token = token
        self._key_desk = key_desk
        self.accounts = {account.name or "": account for account in accounts}
        self.url = ""
        self._ahead_ms = 0
        self._numbers = count(1)
        self._queue = EventQueue()
        watching = [
            Watching(
                name=name,
                venue=account.venue,
                source="drawn by hand",
                kind="file" if name in files else "connection",
            )
            for name, account in self.accounts.items()
        ]
        settings = settings or MonitorSettings(hold_ms=1_000)
        self.monitor = Monitor(self._queue, watching, settings, clock=self.clock)
        self._loop = asyncio.new_event_loop()
        self._end = asyncio.Event()
        self._up = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    # -- time ---------------------------------------------------------------------------------

    def clock(self) -> int:
        """Milliseconds since the epoch, and as far ahead as it was moved."""
        return time.time_ns() // 1_000_000 + self._ahead_ms

    def jump(self, seconds: float) -> None:
        """Let so much time pass at once, in which nothing is heard."""
        self._ahead_ms += int(seconds * 1000)

    # -- the thread ----------------------------------------------------------------------------

    def __enter__(self) -> Desk:
        self._thread.start()
        assert self._up.wait(READY_S), "the desk did not come up"
        self.live()
        self.until_judged()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the server and the loop; the second time nothing."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._end.set)
            self._thread.join(READY_S)
            self.url = ""

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()

    async def _serve(self) -> None:
        going = asyncio.create_task(self.monitor.run())
        settings = ApiSettings(port=0, token=self._token)
        async with serving(
            create_app(self.monitor, settings, key_desk=self._key_desk), settings
        ) as url:
            self.url = url
            self._up.set()
            await self._end.wait()
        going.cancel()
        await asyncio.gather(going, return_exceptions=True)

    def ask(self, work: Coroutine[Any, Any, T]) -> T:
        """Have something done on the loop of the desk."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(READY_S)

    # -- what it hears --------------------------------------------------------------------------

    def put(self, *heard: events.Event) -> None:
        """Events, as feeds put them."""

        async def put() -> None:
            for event in heard:
                self._queue.put(event)

        self.ask(put())

    def live(self) -> None:
        """Every account and every mark in them, as of now."""
        heard: list[events.Event] = [self.snapshot(name) for name in self.accounts]
        marks = {
            (account.venue, symbol): mark
            for account in self.accounts.values()
            for symbol, mark in account.market.mark.items()
        }
        heard += [self.mark(symbol, str(mark), venue) for (venue, symbol), mark in marks.items()]
        self.put(*heard)

    def snapshot(self, name: str, state: Account | None = None) -> events.AccountSnapshot:
        """A whole account by REST."""
        account = self.accounts[name] if state is None else state
        now = self.clock()
        return events.AccountSnapshot(
            venue=account.venue,
            at=now,
            received=now,
            sequence=next(self._numbers),
            account=name,
            state=replace(account),
        )

    def mark(self, symbol: str, price: str, venue: str = "binance_usdm") -> events.MarkPrice:
        """A mark price, come as it was made."""
        now = self.clock()
        return events.MarkPrice(
            venue=venue,
            at=now,
            received=now,
            sequence=next(self._numbers),
            instrument=symbol,
            mark=Decimal(price),
            index=Decimal(price),
        )

    def until_judged(self) -> None:
        """Wait until every account has been judged once."""
        end = time.monotonic() + READY_S
        while any(each.judged is None for each in self.monitor.state.accounts.values()):
            assert time.monotonic() < end, "not judged in time"
            time.sleep(0.02)

"""Feeds on a simulated venue, in real time and at a brisk cadence."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from marginline.feeds import (
    AccountChanged,
    AccountSnapshot,
    Cadence,
    Connection,
    Event,
    EventQueue,
    Life,
    MarkPrice,
    Stream,
    StreamState,
    open_feeds,
)
from marginline.feeds.messages import Seen
from marginline.market.scenarios import CALM
from marginline.market.views import OrderRequest
from marginline.market.world import World
from marginline.sandbox import Sandbox

SPEED = 4.0
BRISK = Cadence(
    speed=SPEED, marks=1_500, asset_rates=3_000, account=4_000, probe=600, snapshot=60_000,
    grace=500, backoff=50, backoff_most=400, heartbeat=1_000, answer=2_000, look=50, clock=2_000,
)  # fmt: skip
ACCOUNTS = {"binance_usdm": "gambler", "bybit_unified": "unified desk"}
VENUES = tuple(ACCOUNTS)
E = TypeVar("E", bound=Event)


class Live:
    """One account of one venue, watched, with everything that was said of it."""

    def __init__(
        self, venue: str, faults: tuple[Mapping[str, object], ...] = (),
        cadence: Cadence = BRISK, *, trading: bool = False, patience: float = 25,
    ) -> None:  # fmt: skip
        self.venue, self.account = venue, ACCOUNTS[venue]
        self.world = World(CALM, seed=3)
        self.sandbox = Sandbox(self.world, speed=SPEED)
        self.queue = EventQueue()
        self.events: list[Event] = []
        self.raw: list[str] = []
        self.state: Any = None
        self._faults, self._cadence = faults, cadence
        self._trading, self._patience = trading, patience

    async def __aenter__(self) -> Live:
        for fault in self._faults:
            self.fault(**fault)
        await self.sandbox.start()
        self.key = self.sandbox.key(self.account, trading=self._trading)
        connection = Connection(
            account=self.account, venue=self.venue, key=self.key.key, secret=self.key.secret,
            rest_url=self.sandbox.rest_url, ws_url=self.sandbox.ws_url,
        )  # fmt: skip
        self.feeds = open_feeds(
            [connection], self.queue, cadence=self._cadence,
            raw=lambda came: self.raw.append(f"{came}"),
        )  # fmt: skip
        self.running = asyncio.create_task(self.feeds.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)
        await self.sandbox.stop()
        self._take()

    def fault(self, **fault: object) -> str:
        return self.sandbox.faults.add({"venue": self.venue, **fault})

    def _take(self) -> None:
        for event in self.queue.take():
            self.events.append(event)
            if isinstance(event, (AccountSnapshot, AccountChanged)):
                self.state = event.state

    # -- waiting ---------------------------------------------------------------------------

    async def until(self, condition: Callable[[], bool], why: str = "") -> None:
        """Until it holds; fails after a while that a loaded machine needs."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._patience
        while True:
            self._take()
            if condition():
                return
            assert loop.time() < end, f"did not come: {why}; said: {self.last_words()}"
            await asyncio.sleep(0.02)

    async def live(self) -> None:
        await self.until(lambda: self.trusted() and self.state is not None, "a live account")
        await self.until(lambda: bool(self.of(MarkPrice)), "a mark")

    async def pass_by(self, seconds: float) -> None:
        end = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < end:
            self._take()
            await asyncio.sleep(0.02)

    async def true(self) -> None:
        """Until what is known is the world's truth and is trusted."""
        await self.until(lambda: self.trusted() and self.known() == self.truth(), "the truth")

    # -- what was said ---------------------------------------------------------------------

    def of(self, kind: type[E], start: int = 0) -> list[E]:
        self._take()
        return [event for event in self.events[start:] if isinstance(event, kind)]

    def lives(self, stream: Stream, start: int = 0) -> list[Life]:
        return [e.state for e in self.of(StreamState, start) if e.stream is stream]

    def trusted(self) -> bool:
        return self.feeds.accounts[0].stream.life.trusted

    def known(self) -> Seen:
        return Seen.of(self.state)

    def truth(self) -> Seen:
        return Seen.of(self.world.truth(self.account))

    def last_words(self) -> str:
        told = [e for e in self.events if not isinstance(e, (MarkPrice, AccountSnapshot))]
        return "\n".join(str(event)[:300] for event in told[-8:])

    # -- deeds in the world ----------------------------------------------------------------

    def pay(self, amount: int = 10) -> None:
        self.sandbox.transfer(self.account, "USDT", Decimal(amount))

    def trade(self, side: Any = "sell", size: str = "0.1") -> None:
        request = OrderRequest(symbol="BTCUSDT", side=side, size=Decimal(size), kind="market")
        self.sandbox.floor.act(lambda: self.world.place(self.account, request))

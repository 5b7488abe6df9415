"""A venue on loopback that speaks Binance's and Bybit's protocols over a simulated market.

```python
async with Sandbox(World(scenario("tour"), seed=5), speed=20) as venue:
    venue.redirect(exchange)  # a ccxt client of either venue
    key = venue.key("gambler")
```
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable
from decimal import Decimal
from types import TracebackType
from typing import Self

from aiohttp import web

from marginline.errors import InputError, Problem
from marginline.market.events import Event
from marginline.market.world import World
from marginline.sandbox.binance.server import WEIGHT_LIMIT, BinanceRest
from marginline.sandbox.binance.streams import BinanceStreams
from marginline.sandbox.binance.ws_api import BinanceRequests
from marginline.sandbox.bybit.server import BybitRest
from marginline.sandbox.bybit.streams import BybitStreams
from marginline.sandbox.clock import VenueClock
from marginline.sandbox.control import Control
from marginline.sandbox.driver import Driver
from marginline.sandbox.faults.script import FaultScript
from marginline.sandbox.floor import Floor
from marginline.sandbox.wire.keys import Credentials
from marginline.sandbox.wire.redirect import Client, redirect

_BODY_MAX = 256 * 1024


def _real_now() -> int:
    return time.time_ns() // 1_000_000


class Sandbox:
    """Both venues on one port of this machine.

    `speed`: world seconds a real second; None: the world moves by `step` alone. `clock` gives real
    milliseconds since the epoch and `seconds` a rising count of seconds; tests hand in their own.
    `weight_limit` is Binance's request weight a minute. Bound to 127.0.0.1 and nothing else.
    """

    def __init__(
        self,
        world: World,
        port: int = 0,
        speed: float | None = 1.0,
        *,
        clock: Callable[[], int] = _real_now,
        seconds: Callable[[], float] = time.monotonic,
        weight_limit: int = WEIGHT_LIMIT,
        token: str | None = None,
    ) -> None:
        if speed is not None and not 0 < speed <= 100_000:
            raise InputError([Problem("speed", str(speed), "must be greater than 0")])
        self.faults = FaultScript(seconds)
        venue_clock = VenueClock(lambda: world.now, clock, speed=speed)
        self.floor = Floor(world, venue_clock, self.faults, seconds, weight_limit=weight_limit)
        self.token = token or secrets.token_urlsafe(16)
        self._binance = BinanceStreams(self.floor)
        self._bybit = BybitStreams(self.floor)
        self.floor.listeners += [self._binance, self._bybit]
        self._driver = None if speed is None else Driver(self.floor, speed)
        self._port = port
        self._tasks: list[asyncio.Task[None]] = []
        self._runner: web.AppRunner | None = None
        self._started = 0.0

    # -- starting and stopping -------------------------------------------------------------

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Open the port and let time run.

        Raises:
            OSError: the port is taken.
        """
        self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self._started = self.floor.seconds()
        self.floor.clock.framed()
        self.faults.start()
        self.faults.on_change(self._binance.faults_changed)
        self._tasks = [asyncio.create_task(self.floor.hub.keep_alive())]
        if self._driver is not None:
            self._tasks.append(asyncio.create_task(self._driver.run()))

    async def stop(self) -> None:
        """Close every socket and the port."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self.floor.hub.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def run(self) -> None:
        """Wait until time stops running, which it does only by an error: that is raised."""
        await asyncio.gather(*self._tasks)

    def _app(self) -> web.Application:
        floor = self.floor
        binance, bybit = BinanceRest(floor), BybitRest(floor)
        requests = BinanceRequests(floor, binance)
        app = web.Application(client_max_size=_BODY_MAX)
        sockets = self._binance.handle
        app.add_routes(Control(self, self.token).routes())
        app.add_routes(
            [
                web.get("/ws-fapi/v1", requests.handle),
                web.get("/v5/public/linear", self._bybit.handle),
                web.get("/v5/private", self._bybit.handle),
                web.get("/v5/trade", self._bybit.handle),
                *(
                    web.get(f"{route}/{kind}{rest}", sockets)
                    for route in ("/market", "/public", "/private", "")
                    for kind, rest in (("ws", ""), ("ws", "/{name}"), ("stream", ""))
                ),
                web.route("*", "/v5/{rest:.*}", bybit.handle),
                web.route("*", "/{rest:.*}", binance.handle),
            ]
        )
        return app

    # -- addresses and keys ----------------------------------------------------------------

    @property
    def rest_url(self) -> str:
        """Where REST of both venues is served."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def ws_url(self) -> str:
        """Where the sockets of both venues are served."""
        return f"ws://127.0.0.1:{self._port}"

    def redirect(self, client: Client) -> None:
        """Point a ccxt client of either venue here, in place."""
        redirect(client, self.rest_url, self.ws_url)

    def key(self, account: str, *, trading: bool = False) -> Credentials:
        """The key of an account: one that only reads, or one that trades.

        Raises:
            KeyError: there is no such account; says which there are.
        """
        return self.floor.keys.of(account, trading=trading)

    def accounts(self) -> tuple[str, ...]:
        """Names of the accounts of both venues."""
        return tuple(dict.fromkeys(each.account for each in self.floor.keys.all()))

    # -- time ------------------------------------------------------------------------------

    def now(self) -> int:
        """Milliseconds that the venue's clock shows: the clock to watch the streams by."""
        return self.floor.clock.now()

    def world_now(self) -> int:
        """Milliseconds of world time."""
        return self.floor.world.now

    @property
    def paused(self) -> bool:
        """Whether the world stands still: until `resume`, or as it moves by `step` alone."""
        return self._driver is None or self._driver.paused

    def pause(self) -> None:
        """Let the world stand still.

        Raises:
            InputError: it has no speed and moves by `step` alone.
        """
        self._running().pause()

    def resume(self) -> None:
        """Let it go on.

        Raises:
            InputError: it has no speed and moves by `step` alone.
        """
        self._running().resume()

    def _running(self) -> Driver:
        if self._driver is None:
            text = "this sandbox moves by step alone: it has no speed to pause or resume"
            raise InputError([Problem("speed", "none", text)])
        return self._driver

    async def step(self, milliseconds: int) -> None:
        """Advance the world by hand, through everything that stops it on the way."""
        until = self.floor.world.now + milliseconds
        while self.floor.world.now < until:
            self.floor.advance(until)
            self.floor.framed()
            await asyncio.sleep(0)

    def transfer(self, account: str, asset: str, amount: Decimal) -> None:
        """Pay into an account from outside (negative: out of it)."""
        self.floor.act(lambda: self.floor.world.transfer(account, asset, amount))

    # -- what was told ---------------------------------------------------------------------

    @property
    def told(self) -> list[tuple[int, str]]:
        """The story so far: world milliseconds and sentences."""
        return self.floor.story

    def subscribe(self, callback: Callable[[Event], None]) -> None:
        """Call back for every event of the world, in order."""
        self.floor.subscribers.append(callback)

    def status(self) -> dict[str, object]:
        """What the sandbox has done and what was asked of it in vain."""
        return {
            "world_now": self.world_now(),
            "venue_now": self.now(),
            "speed": self.floor.clock.speed,
            "paused": self.paused,
            "requests": self.floor.requests,
            "frames": self.floor.hub.frames,
            "sockets": len(self.floor.hub),
            "gaps": dict(self.floor.gaps),
            "faults": self.faults.document(),
        }

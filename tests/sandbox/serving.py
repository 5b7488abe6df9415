"""A sandbox for a test, and clients that close themselves."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

import aiohttp

from marginline.market.scenarios import scenario
from marginline.market.world import World
from marginline.sandbox import Sandbox
from marginline.sandbox.wire.keys import signature

T = TypeVar("T")
WITHIN_S = 30.0
QUIET_S = 0.05


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a test's coroutine; nothing may hang."""
    return asyncio.run(asyncio.wait_for(main, 120))


async def until(condition: Callable[[], object]) -> None:
    """Until it holds: as long as a loaded machine needs."""
    async with asyncio.timeout(WITHIN_S):
        while not condition():
            await asyncio.sleep(0.02)


async def listens(exchange: Any, *names: str) -> None:
    """Until a pro client of ccxt waits for messages of all these names."""
    await until(lambda: {*names} <= {n for c in exchange.clients.values() for n in c.futures})


@asynccontextmanager
async def sandbox(name: str = "calm", **options: Any) -> AsyncIterator[Sandbox]:
    """A venue driven by hand, unless `speed` says otherwise."""
    options.setdefault("speed", None)
    async with Sandbox(World(scenario(name), seed=5), **options) as venue:
        yield venue


@contextmanager
def served(name: str = "calm", **options: Any) -> Iterator[Sandbox]:
    """A sandbox on a thread of its own, for clients that block and for other processes."""
    ready, over = threading.Event(), asyncio.Event()
    found: list[tuple[Sandbox, asyncio.AbstractEventLoop]] = []

    async def main() -> None:
        async with sandbox(name, **options) as venue:
            found.append((venue, asyncio.get_running_loop()))
            ready.set()
            await over.wait()

    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    assert ready.wait(30)
    venue, loop = found[0]
    try:
        yield venue
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(20)


@contextmanager
def blocking(venue: Sandbox, account: str, **options: Any) -> Iterator[Any]:
    """A client of plain ccxt, pointed at a sandbox that is served."""
    import ccxt

    key = venue.key(account)
    kind = ccxt.binanceusdm if key.venue == "binance_usdm" else ccxt.bybit
    exchange = kind({"apiKey": key.key, "secret": key.secret, "enableRateLimit": False} | options)
    venue.redirect(exchange)
    try:
        yield exchange
    finally:
        exchange.session.close()


@asynccontextmanager
async def client(
    venue: Sandbox, account: str, *, trading: bool = True, pro: bool = False, **options: Any
) -> AsyncIterator[Any]:
    """An unmodified ccxt client of the account's venue, pointed at the sandbox."""
    import ccxt.async_support
    import ccxt.pro

    key = venue.key(account, trading=trading)
    classes = ccxt.pro if pro else ccxt.async_support
    kind = getattr(classes, "binanceusdm" if key.venue == "binance_usdm" else "bybit")
    exchange = kind({"apiKey": key.key, "secret": key.secret, "enableRateLimit": False} | options)
    venue.redirect(exchange)
    try:
        yield exchange
    finally:
        await exchange.close()


@asynccontextmanager
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A plain session."""
    async with aiohttp.ClientSession() as session:
        yield session


class Ear:
    """A plain socket of a test."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse, venue: Sandbox) -> None:
        self.ws, self._venue = ws, venue

    async def say(self, **message: object) -> dict[str, Any]:
        """Send a message and wait for the next one."""
        await self.ws.send_str(json.dumps(message))
        return await self.next()

    async def raw(self) -> str:
        """The next text."""
        message = await self.ws.receive(timeout=WITHIN_S)
        assert message.type is aiohttp.WSMsgType.TEXT, message
        return str(message.data)

    async def next(self) -> dict[str, Any]:
        """The next message."""
        found: dict[str, Any] = json.loads(await self.raw())
        return found

    async def all(self) -> list[dict[str, Any]]:
        """Everything that comes until nothing waits to be sent, however slow the machine."""
        found: list[dict[str, Any]] = []
        sent = False
        while True:
            try:
                message = await self.ws.receive(timeout=QUIET_S)
            except asyncio.TimeoutError:  # noqa: UP041 - an alias only since 3.11
                if sent:
                    return found
                sent = not any(s._queue.qsize() or s._timers for s in self._venue.floor.hub)
                continue
            if message.type is not aiohttp.WSMsgType.TEXT:
                return found
            found.append(json.loads(message.data))


@asynccontextmanager
async def ear(venue: Sandbox, path: str, **options: Any) -> AsyncIterator[Ear]:
    """A socket to a path of the sandbox."""
    async with http() as session, session.ws_connect(venue.ws_url + path, **options) as ws:
        yield Ear(ws, venue)


async def listen_key(venue: Sandbox, account: str, verb: str = "POST") -> dict[str, Any]:
    """Ask for the account's listen key (or extend, or close it)."""
    headers = {"X-MBX-APIKEY": venue.key(account).key}
    url = f"{venue.rest_url}/fapi/v1/listenKey"
    async with http() as session, session.request(verb, url, headers=headers) as answer:
        found: dict[str, Any] = await answer.json()
        return found


@asynccontextmanager
async def private(venue: Sandbox, account: str, query: str = "") -> AsyncIterator[Ear]:
    """The account's private stream, logged in and subscribed."""
    if venue.key(account).venue == "binance_usdm":
        key = (await listen_key(venue, account))["listenKey"]
        async with ear(venue, f"/private/ws?listenKey={key}{query}") as found:
            yield found
        return
    async with ear(venue, "/v5/private") as found:
        assert (await found.say(**login(venue, account)))["success"]
        topics = ["order", "execution", "position", "wallet"]
        assert (await found.say(op="subscribe", req_id="1", args=topics))["success"]
        yield found


def login(venue: Sandbox, account: str, *, trading: bool = False) -> dict[str, object]:
    """Bybit's login message."""
    key = venue.key(account, trading=trading)
    expires = venue.floor.clock.real_now() + 10_000
    sign = signature(key.secret, f"GET/realtime{expires}")
    return {"op": "auth", "args": [key.key, expires, sign]}

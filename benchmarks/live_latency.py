"""Live: a measured process, bursts of marks, and how long each account's figures were on their way.

A burst is a new mark of every instrument at once, as venues send them, and a sample is one account
in one burst: its own latency.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import statistics
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.measuring import Row

AIMS = {100: 100.0, 1_000: 250.0}
"""What the 99th percentile is to stay below, in ms, by the number of accounts."""
STATIC = Path(__file__).resolve().parents[1] / "src" / "marginline" / "web" / "static"
SETTLED_S = 60.0


class Desk:
    """A measured process, and how to ask it."""

    def __init__(self, process: Process, urls: dict[str, str]) -> None:
        self.process, self.urls = process, urls
        self.stream = urls["url"].replace("http", "ws") + "/api/v1/stream"

    async def ask(self, *request: object) -> Any:
        """Have it do something; its answer."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        return json.loads(await self.process.stdout.readline())


@contextlib.asynccontextmanager
async def desk(what: str, told: object = None) -> AsyncIterator[Desk]:
    """A measured process while the block runs; `told` is the first line it reads."""
    command = [sys.executable, "-m", "benchmarks.live_desk", what]
    process = await asyncio.create_subprocess_exec(
        *command, stdin=PIPE, stdout=PIPE, limit=1_000_000
    )
    assert process.stdin
    assert process.stdout
    if told is not None:
        process.stdin.write(json.dumps(told).encode() + b"\n")
    try:
        yield Desk(process, json.loads(await process.stdout.readline()))
    finally:
        process.stdin.close()
        try:
            async with asyncio.timeout(15):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


# -- from a mark to the socket, and to the DOM ---------------------------------------------------

Arrivals = list[tuple[str, float]]


async def read(stream: str, arrivals: Arrivals) -> None:
    """A reader like the page: notes when an account's figures came that are not those before.

    What it is told first, of what stood when it came, is no arrival.
    """
    supports: dict[str, str | None] = {}
    async with aiohttp.ClientSession() as session, session.ws_connect(stream, max_msg_size=0) as ws:
        async for message in ws:
            now = time.time()
            told = json.loads(message.data)
            for row in (*told["accounts"], *told.get("moved", ())):
                name, support = row["name"], row["support"]
                if name in supports and support != supports[name]:
                    arrivals.append((name, now))
                supports[name] = support


async def bursts(
    one: Desk, arrived: Callable[[], Awaitable[Arrivals]], wanted: int, seconds: float
) -> list[float]:
    """Latencies in ms of bursts, each sent when the one before is shown whole."""
    found: list[float] = []
    end = time.monotonic() + seconds
    while not found or time.monotonic() < end:
        await arrived()
        began, latest = await one.ask("burst"), time.monotonic() + SETTLED_S
        shown: dict[str, float] = {}
        while len(shown) < wanted and time.monotonic() < latest:
            await asyncio.sleep(0.02)
            for name, at in await arrived():
                if at >= began:  # what was on its way before is not of this burst
                    shown.setdefault(name, (at - began) * 1e3)
        late = wanted - len(shown)
        if late > 0:
            print(f"live: {late} not shown in {SETTLED_S:g} s, counted as that", file=sys.stderr)
        found += [*shown.values(), *[SETTLED_S * 1e3] * late]
        await asyncio.sleep(0.3)
    return found


def taker(arrivals: Arrivals) -> Callable[[], Awaitable[Arrivals]]:
    """What came since it was asked last."""

    async def take() -> Arrivals:
        taken = arrivals[:]
        arrivals.clear()
        return taken

    return take


def latency_rows(
    name: str, found: list[float], yardstick: float, aim: float | None = None
) -> list[Row]:
    """Median and 99th percentile; nothing where nothing was seen, which is said."""
    if not found:
        print(f"live: {name}: nothing arrived", file=sys.stderr)
        return []
    ordered = sorted(found)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    against = "bare websocket round trip"
    return [
        Row(f"live: {name}, median", statistics.median(found), "ms", against, yardstick),
        Row(f"live: {name}, p99", p99, "ms", against, yardstick, most=aim),
    ]


async def round_trip(url: str) -> float:
    """Median ms of 2 kB to a bare websocket of aiohttp in the same process, and back."""
    taken, text = [], "x" * 2_000
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as ws:
        for _ in range(200):
            start = time.perf_counter()
            await ws.send_str(text)
            await ws.receive_str()
            taken.append((time.perf_counter() - start) * 1e3)
    return statistics.median(taken)


async def to_socket(one: Desk, accounts: int, seconds: float, echo: float) -> list[Row]:
    """Marks to the frame that shows them."""
    arrivals: Arrivals = []
    reading = asyncio.create_task(read(one.stream, arrivals))
    await asyncio.sleep(0.5)
    found = await bursts(one, taker(arrivals), accounts, seconds)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    name = f"{accounts:,} accounts (drawn)"
    return latency_rows(f"{name}, mark to socket", found, echo, AIMS.get(accounts))

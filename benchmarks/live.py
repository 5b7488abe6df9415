"""Live: from a mark to the page's socket and to Chromium's DOM, throughput, readers, memory, start.

A burst is a new mark of every instrument at once, as venues send them, and a sample is one account
in one burst: its own latency. The monitor is a process of its own (`benchmarks.live_desk`); "drawn"
accounts are put into the feeds' queue, "sandbox" is the whole demo at speed 1 over its sockets.
Of thirty fast days monitor and sandbox tell apart what they take (`live_world`); the demo is both.
`MARGINLINE_BENCH_SECONDS` is how long each part is watched (default 10).
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from asyncio.subprocess import Process

import aiohttp

from benchmarks.live_desk import SYMBOLS, drawn, resident_mb
from benchmarks.live_latency import (
    SETTLED_S,
    STATIC,
    Arrivals,
    Desk,
    desk,
    latency_rows,
    read,
    round_trip,
    to_socket,
)
from benchmarks.live_page import chromium, to_dom
from benchmarks.live_world import apart_rows
from benchmarks.measuring import Row, median_seconds
from marginline import assess

CORES = os.cpu_count() or 1
MONTH_OF = 40  # of a part's time, at most: at the pace of a demo 30 days take some five minutes


async def through_sandbox(seconds: float) -> list[Row]:
    """Prices leaving the sandbox to the page's socket: by account and frame, what came first."""
    arrivals: Arrivals = []
    async with desk("sandbox") as one:
        reading = asyncio.create_task(read(one.stream, arrivals))
        await asyncio.sleep(1 + seconds)
        frames = await one.ask("frames")
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    found: dict[tuple[str, float], float] = {}
    for name, at in arrivals:
        before = [moment for moment in frames if moment <= at]
        if before:
            found.setdefault((name, before[-1]), (at - before[-1]) * 1e3)
    names = len({name for name, _ in arrivals})
    return latency_rows(f"sandbox, {names} accounts, price to socket", [*found.values()], 0.0)


# -- throughput, readers -------------------------------------------------------------------------


async def flooded(one: Desk, accounts: int, seconds: float) -> list[Row]:
    """Marks that are judged, not superseded, where a burst follows as soon as one is taken."""
    sample = drawn(1)
    alone = 1 / median_seconds(lambda: assess(sample), repeats=3)
    before = await one.ask("stats")
    await one.ask("flood", seconds)
    after = await one.ask("stats")
    took = after["at"] - before["at"]
    name = f"live: {accounts:,} accounts (drawn), "
    judged = (after["judged"] - before["judged"]) / took
    marks = (after["events"] - before["events"]) / took
    return [
        Row(f"{name}marks sustained", marks, "1/s", "a venue's, of 20 at 1 Hz", float(SYMBOLS)),
        Row(f"{name}judged", judged, "accounts/s", "assess() alone, accounts/s", alone),
    ]


async def with_readers(one: Desk, readers: int, hertz: float, seconds: float) -> list[Row]:
    """So many sockets while bursts come at a pace."""
    frames = [0] * readers
    sockets = contextlib.AsyncExitStack()

    async def listen(number: int, ws: aiohttp.ClientWebSocketResponse) -> None:
        async for _ in ws:
            frames[number] += 1

    async def paced() -> float:
        before = await one.ask("stats")
        frames[:] = [0] * readers
        await one.ask("paced", seconds, hertz)
        after = await one.ask("stats")
        return float((after["cpu"] - before["cpu"]) / (after["at"] - before["at"]))

    async with sockets:
        connector = aiohttp.TCPConnector(limit=0)
        session = await sockets.enter_async_context(aiohttp.ClientSession(connector=connector))
        alone = await paced()
        listening = [
            asyncio.create_task(listen(n, await session.ws_connect(one.stream, max_msg_size=0)))
            for n in range(readers)
        ]
        await asyncio.sleep(0.5)
        busy = await paced()
        got = statistics.median(frames) / seconds
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
    name = f"live: {readers} readers, 10 accounts, {hertz:g} Hz"
    return [
        Row(f"{name}, frames a reader", got, "1/s", "bursts", hertz),
        Row(f"{name}, CPU", busy, "cores", "without readers", alone),
    ]


# -- the demo itself -----------------------------------------------------------------------------


async def demo_rows(seconds: float) -> list[Row]:
    """Start to first figure, and the memory of the one process after a while."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--scenario", "free", "--port", str(port)]
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "marginline", "demo", *options, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        first = await _first_figure(process, port, began)
        if first is None:
            print("live: the demo showed no figure", file=sys.stderr)
            return []
        await asyncio.sleep(seconds)
        memory = resident_mb(process.pid)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        await process.wait()
    bare = median_seconds(_bare, repeats=3, least=0.01)
    return [
        Row("live: demo, start to first figure", first, "s", "importing the web parts", bare,
            most=10.0),
        Row("live: demo, all in one process, memory", memory, "MB"),
    ]  # fmt: skip


async def _first_figure(process: Process, port: int, began: float) -> float | None:
    """Seconds from the start until an account has a ratio; None where none came."""
    async with aiohttp.ClientSession() as session:
        while process.returncode is None and time.perf_counter() - began < SETTLED_S:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with session.get(f"http://127.0.0.1:{port}/api/v1/accounts") as answer:
                    body = await answer.read()
                if answer.status == 200 and b'"ratio":"' in body:
                    return time.perf_counter() - began
            await asyncio.sleep(0.05)
    return None


def _bare() -> None:
    code = "import fastapi, uvicorn, aiohttp, msgspec"
    subprocess.run([sys.executable, "-c", code], check=True)


def weight_rows() -> list[Row]:
    """Everything that the page consists of, compressed."""
    kinds = {".html", ".js", ".css", ".svg", ".woff2"}
    files = [each.read_bytes() for each in STATIC.rglob("*") if each.suffix in kinds]
    if not files:
        print("live: the page is not built; make page builds it", file=sys.stderr)
        return []
    packed = sum(len(gzip.compress(each, 9)) for each in files) / 1e3
    whole = sum(map(len, files)) / 1e3
    return [Row("live: page, gzipped", packed, "kB", "as it lies on the disk", whole, most=250.0)]


# -- all of it -----------------------------------------------------------------------------------


def told(found: list[Row]) -> list[Row]:
    """The rows, printed as they come: the whole takes minutes, and what is measured is kept."""
    for row in found:
        against = f" ({row.yardstick}: {row.yardstick_value:.4g})" if row.yardstick_value else ""
        aim = f"; {row.bar}" if row.bar else ""
        print(f"{row.name}: {row.value:.4g} {row.unit}{against}{aim}", file=sys.stderr)
    return found


async def measured(seconds: float, sizes: tuple[int, ...], readers: int, speed: int) -> list[Row]:
    """Every part, one after the other."""
    busy = os.getloadavg()[0]
    found = told([Row("live: processes that ran before", busy, "", "processors", float(CORES))])
    found += told(weight_rows())
    async with chromium() as browser:
        for accounts in sizes:
            print(f"live: {accounts} accounts …", file=sys.stderr)
            name = f"{accounts:,} accounts (drawn)"
            async with desk(str(accounts)) as one:
                echo = await round_trip(one.urls["echo"])
                found += told([Row(f"live: {name}, bare websocket round trip", echo, "ms")])
                found += told(await to_socket(one, accounts, seconds, echo))
                if browser is not None:
                    found += told(await to_dom(one, browser, accounts, seconds, echo))
                if accounts == sizes[0]:
                    found += told(await with_readers(one, readers, 5.0, seconds / 2))
                if accounts == sizes[-1]:
                    found += told(await flooded(one, accounts, seconds))
    print("live: the demo …", file=sys.stderr)
    found += told(await through_sandbox(seconds))
    found += told(await demo_rows(seconds / 2))
    print("live: thirty fast days, monitor and sandbox apart …", file=sys.stderr)
    return found + told(await apart_rows(seconds * MONTH_OF, speed))


def rows() -> list[Row]:
    """The whole suite."""
    seconds = float(os.environ.get("MARGINLINE_BENCH_SECONDS", "10"))
    return asyncio.run(measured(seconds, (10, 100, 1_000), 100, 10_000))

"""Live: from a mark to the page's socket and to Chromium's DOM, throughput, readers, memory, start.

A burst is a new mark of every instrument at once, as venues send them, and a sample is one account
in one burst: its own latency. The monitor is a process of its own (`benchmarks.live_desk`); "drawn"
accounts are put into the feeds' queue, "sandbox" is the whole demo at speed 1 over its sockets.
`MARGINLINE_BENCH_SECONDS` is how long each part is watched (default 10).
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import importlib.util
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.live_desk import SYMBOLS, drawn, resident_mb
from benchmarks.measuring import Row, median_seconds
from marginline import assess

AIMS = {100: "p99 100 ms", 1_000: "p99 250 ms"}
STATIC = Path(__file__).resolve().parents[1] / "src" / "marginline" / "web" / "static"
SETTLED_S = 60.0
DAY_S, MONTH_DAYS = 86_400, 30
MONTH_OF = 40  # of a part's time, at most: at the pace of a demo 30 days take some five minutes
FOLDED_OVER = 30  # beyond it the page folds what is healthy into one button
FLAGS = ["--disable-gpu", "--disable-background-networking", "--disable-component-update"]
# Notes when an account whose figures came anew is drawn, and how long a repaint took: from the
# store's own mark until all it set off is in the DOM, and until that is styled and laid out.
WATCH = """
globalThis.seen = []; globalThis.took = [];
const supports = new Map(), fresh = new Set(), channel = new MessageChannel();
const parse = JSON.parse;
let began = 0;
JSON.parse = (text, ...rest) => {
  const message = parse(text, ...rest);
  if (message?.type === 'change' || message?.type === 'snapshot')
    for (const row of [...message.accounts, ...(message.moved ?? [])])
      if (supports.get(row.name) !== row.support) {
        supports.set(row.name, row.support);
        fresh.add(row.name);
      }
  return message;
};
channel.port1.onmessage = () => {
  const done = performance.now();
  void document.body.offsetHeight;
  const laid = performance.now();
  globalThis.took.push([done - began, laid - began]);
  for (const row of document.querySelectorAll('[data-row]'))
    if (fresh.has(row.dataset.row))
      globalThis.seen.push([row.dataset.row, (performance.timeOrigin + laid) / 1000]);
  fresh.clear();
};
const mark = performance.mark.bind(performance);
performance.mark = (name, ...rest) => {
  if (name === 'repaint') { began = performance.now(); channel.port2.postMessage(0); }
  return mark(name, ...rest);
};
"""


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
async def desk(what: str) -> AsyncIterator[Desk]:
    """A measured process while the block runs."""
    command = [sys.executable, "-m", "benchmarks.live_desk", what]
    process = await asyncio.create_subprocess_exec(
        *command, stdin=PIPE, stdout=PIPE, limit=1_000_000
    )
    assert process.stdin
    assert process.stdout
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
    """A reader like the page: notes when an account's figures came that are not those before."""
    supports: dict[str, str | None] = {}
    async with aiohttp.ClientSession() as session, session.ws_connect(stream, max_msg_size=0) as ws:
        async for message in ws:
            now = time.time()
            told = json.loads(message.data)
            for row in (*told["accounts"], *told.get("moved", ())):
                if row["support"] != supports.get(row["name"]):
                    arrivals.append((row["name"], now))
                supports[row["name"]] = row["support"]


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


def latency_rows(name: str, found: list[float], yardstick: float, aim: str = "") -> list[Row]:
    """Median and 99th percentile; nothing where nothing was seen, which is said."""
    if not found:
        print(f"live: {name}: nothing arrived", file=sys.stderr)
        return []
    ordered = sorted(found)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    against = "bare websocket round trip"
    return [
        Row(f"live: {name}, median", statistics.median(found), "ms", against, yardstick),
        Row(f"live: {name}, p99", p99, "ms", against, yardstick, aim),
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
    return latency_rows(f"{name}, mark to socket", found, echo, AIMS.get(accounts, ""))


async def to_dom(one: Desk, browser: Any, accounts: int, seconds: float, echo: float) -> list[Row]:
    """Marks to a row of the overview that is laid out (at most 200 are drawn), and repaints."""
    page = await browser.new_page(viewport={"width": 1440, "height": 900})
    await page.add_init_script(WATCH)
    await page.goto(one.urls["url"] + "/")
    await page.locator("main h1").first.wait_for(state="attached", timeout=60_000)
    if accounts > FOLDED_OVER:
        await page.get_by_role("button", name=f"{accounts} healthy").click(timeout=60_000)
    await page.locator("[data-row]").first.wait_for(timeout=60_000)
    shown = await page.locator("[data-row]").count()

    async def arrived() -> Arrivals:
        taken: list[tuple[str, float]] = await page.evaluate("globalThis.seen.splice(0)")
        return taken

    await arrived()
    await page.evaluate("void globalThis.took.splice(0)")
    found = await bursts(one, arrived, shown, seconds)
    took = await page.evaluate("globalThis.took")
    await page.close()
    name = f"{accounts:,} accounts (drawn)"
    rows = latency_rows(f"{name}, mark to DOM", found, echo, AIMS.get(accounts, ""))
    if accounts == 100 and took:
        script, laid = (statistics.median(each[n] for each in took) for n in (0, 1))
        rows += [
            Row("live: repaint of 100 accounts, script and DOM", script, "ms", bar="8 ms"),
            Row("live: repaint, styled and laid out", laid, "ms", "script and DOM alone", script),
        ]
    return rows


async def through_sandbox(seconds: float) -> list[Row]:
    """Prices leaving the sandbox to the page's socket; each row by the frame before it."""
    arrivals: Arrivals = []
    async with desk("sandbox") as one:
        reading = asyncio.create_task(read(one.stream, arrivals))
        await asyncio.sleep(1 + seconds)
        frames = await one.ask("frames")
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    found = []
    for _, at in arrivals:
        before = [moment for moment in frames if moment <= at]
        if before:
            found.append((at - before[-1]) * 1e3)
    names = len({name for name, _ in arrivals})
    return latency_rows(f"sandbox, {names} accounts, price to socket", found, 0.0)


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


async def demo_rows(seconds: float, speed: int) -> list[Row]:
    """Start to first figure; memory while the world runs as fast as it may."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--scenario", "free", "--speed", str(speed), "--port", str(port)]
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "marginline", "demo", *options, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        return await _watched(process, port, began, seconds)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        await process.wait()


async def _watched(process: Process, port: int, began: float, seconds: float) -> list[Row]:
    first: float | None = None
    worlds: list[tuple[float, float, float]] = []
    async with aiohttp.ClientSession() as session:
        while process.returncode is None and time.perf_counter() - began < SETTLED_S + seconds:
            try:
                async with session.get(f"http://127.0.0.1:{port}/api/v1/accounts") as answer:
                    body = await answer.read()
                known = answer.status == 200 and b'"ratio":"' in body
                if known and first is None:
                    first = time.perf_counter() - began
                if first is not None:
                    worlds.append(await _moment(session, port, process.pid))
                    whole = worlds[-1][0] - worlds[0][0] >= MONTH_DAYS * DAY_S
                    if whole or time.perf_counter() - began - first > seconds:
                        break
                    await asyncio.sleep(1.0)
            except (aiohttp.ClientError, TimeoutError):
                pass
            await asyncio.sleep(0.05)
    if first is None:
        print("live: the demo showed no figure", file=sys.stderr)
        return []
    days = (worlds[-1][0] - worlds[0][0]) / DAY_S
    last, then, named = _memory(worlds)
    bare = median_seconds(_bare, repeats=3, least=0.01)
    pace = days * DAY_S / max(1e-9, worlds[-1][1] - worlds[0][1])
    return [
        Row("live: demo, start to first figure", first, "s", "importing the web parts", bare,
            "10 s"),
        Row("live: world reached, of 30 days", days, "days"),
        Row("live: pace of the world", pace, "s/s"),
        Row("live: memory, last quarter", last, "MB", named, then, "flat: 1"),
    ]  # fmt: skip


def _memory(worlds: list[tuple[float, float, float]]) -> tuple[float, float, str]:
    """Median MB of the last quarter, and of the second one; in 30 days about the weeks."""
    start, whole = worlds[0][0], worlds[-1][0] - worlds[0][0]

    def quarter(number: int) -> float:
        low, high = start + whole * number / 4, start + whole * (number + 1) / 4
        return statistics.median(
            [mb for at, _, mb in worlds if low <= at <= high] or [worlds[0][2]]
        )

    return quarter(3), quarter(1), "second quarter"


def _bare() -> None:
    code = "import fastapi, uvicorn, aiohttp, msgspec"
    subprocess.run([sys.executable, "-c", code], check=True)


async def _moment(
    session: aiohttp.ClientSession, port: int, pid: int
) -> tuple[float, float, float]:
    """The world's seconds, ours, and the memory of the process in MB."""
    from datetime import datetime

    address = f"ws://127.0.0.1:{port}/api/v1/stream"
    async with session.ws_connect(address, max_msg_size=0) as ws:
        world = json.loads(await ws.receive_str())["world"]["now"]
    return datetime.fromisoformat(world).timestamp(), time.perf_counter(), resident_mb(pid)


def weight_rows() -> list[Row]:
    """Everything that the page consists of, compressed."""
    kinds = {".html", ".js", ".css", ".svg", ".woff2"}
    files = [each.read_bytes() for each in STATIC.rglob("*") if each.suffix in kinds]
    if not files:
        print("live: the page is not built; make page builds it", file=sys.stderr)
        return []
    packed = sum(len(gzip.compress(each, 9)) for each in files) / 1e3
    whole = sum(map(len, files)) / 1e3
    return [Row("live: page, gzipped", packed, "kB", "as it lies on the disk", whole, "250 kB")]


# -- all of it -----------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def chromium() -> AsyncIterator[Any]:
    """A browser, or None where there is none."""
    path = shutil.which("chromium")
    if path is None or importlib.util.find_spec("playwright") is None or not STATIC.is_dir():
        print("live: no chromium, no playwright or no built page: no DOM", file=sys.stderr)
        yield None
        return
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path, chromium_sandbox=False, args=FLAGS
        )
        yield browser
        await browser.close()


def told(found: list[Row]) -> list[Row]:
    """The rows, printed as they come: the whole takes minutes, and what is measured is kept."""
    for row in found:
        against = f" ({row.yardstick}: {row.yardstick_value:.4g})" if row.yardstick_value else ""
        print(f"{row.name}: {row.value:.4g} {row.unit}{against}", file=sys.stderr)
    return found


async def measured(seconds: float, sizes: tuple[int, ...], readers: int, speed: int) -> list[Row]:
    """Every part, one after the other."""
    found = told(weight_rows())
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
    return found + told(await demo_rows(seconds * MONTH_OF, speed))


def rows() -> list[Row]:
    """The whole suite."""
    seconds = float(os.environ.get("MARGINLINE_BENCH_SECONDS", "10"))
    return asyncio.run(measured(seconds, (10, 100, 1_000), 100, 10_000))

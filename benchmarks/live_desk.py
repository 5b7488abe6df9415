"""The process that `benchmarks.live` measures: a monitor with its page, asked by lines of JSON.

    python -m benchmarks.live_desk 100        accounts drawn here, marks put into the feeds' queue
    python -m benchmarks.live_desk sandbox    the demo itself at speed 1: sandbox, sockets, feeds
    python -m benchmarks.live_desk watch      accounts of a `marginline sandbox --json` elsewhere,
                                              whose first word is the first line of the input

Drawn accounts are told once, so their limit of age is lifted; everything else is as in
`marginline monitor`. Moments are seconds since the epoch, the same clock as the readers'.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from aiohttp import web

from benchmarks.exact import TIERS
from marginline.api.settings import ApiSettings
from marginline.cli.live.running import running
from marginline.cli.live.world import demo
from marginline.core.account.account import Account
from marginline.core.account.file import from_dict
from marginline.feeds.event_queue import EventQueue
from marginline.feeds.events import AccountSnapshot, MarkPrice
from marginline.feeds.opening import open_feeds
from marginline.feeds.timing import Cadence, SystemTimer
from marginline.feeds.wire.connection import Connection
from marginline.market.events import Event
from marginline.market.scenarios import scenario
from marginline.monitor.connecting.roster import watching_of
from marginline.monitor.run import Monitor, system_clock
from marginline.monitor.settings import MonitorSettings, Watching

VENUE, SYMBOLS, HELD = "binance_usdm", 20, 5
HOUR_MS = 3_600_000


def drawn(number: int) -> Account:
    """An account of five positions in five of twenty instruments, healthy, none like another."""
    symbols = [f"C{(number * 7 + place * 3) % SYMBOLS}USDT" for place in range(HELD)]
    linear = {"payoff": "linear", "base": "C", "quote": "USDT", "settle": "USDT"}
    return from_dict(
        {
            "schema": "marginline/account/1",
            "venue": VENUE,
            "mode": "single_asset",
            "as_of": datetime.now(UTC).isoformat(timespec="seconds"),
            "name": f"account {number:04}",
            "wallets": [{"asset": "USDT", "balance": str(30_000 + 100 * number)}],
            "positions": [
                {
                    "instrument": symbol,
                    "size": str((-1) ** place * (1 + (number + place) % 5)),
                    "entry_price": "20000",
                    "leverage": "10",
                }
                for place, symbol in enumerate(symbols)
            ],
            "instruments": dict.fromkeys(symbols, linear | {"tick_size": "0.01"}),
            "market": {
                "mark": dict.fromkeys(symbols, "20000"),
                "asset_rate": {"USDT": "1"},
            },
            "parameters": {"tiers": dict.fromkeys(symbols, TIERS)},
        }
    )


class Feeder:
    """Puts marks of all instruments at once, as a venue's stream of all marks does."""

    def __init__(self, accounts: int) -> None:
        self.accounts = [drawn(number) for number in range(accounts)]
        self.queue = EventQueue()
        watching = [
            Watching(name=each.name or "", venue=VENUE, source="drawn") for each in self.accounts
        ]
        settings = MonitorSettings(marks_ms=HOUR_MS, account_ms=HOUR_MS)
        self.monitor = Monitor(self.queue, watching, settings)
        self._numbers = count(1)
        self._random = random.Random(11)
        self._marks = dict.fromkeys((f"C{n}USDT" for n in range(SYMBOLS)), 20_000.0)

    def tell(self) -> None:
        """Every account, whole."""
        for account in self.accounts:
            now = system_clock()
            self.queue.put(
                AccountSnapshot(
                    venue=VENUE, at=now, received=now, sequence=next(self._numbers),
                    account=account.name or "", state=account,
                )
            )  # fmt: skip

    def burst(self) -> float:
        """New marks of all instruments; the moment at which the first was put."""
        began, now = time.time(), system_clock()
        for symbol, mark in self._marks.items():
            back = (20_000 - mark) / 20_000 * 0.2  # the walk stays near where it began
            moved = mark * (1 + back + self._random.gauss(0.0, 0.002))
            self._marks[symbol] = moved
            price = Decimal(f"{moved:.2f}")
            self.queue.put(
                MarkPrice(
                    venue=VENUE, at=now, received=now, sequence=next(self._numbers),
                    instrument=symbol, mark=price, index=price,
                )
            )  # fmt: skip
        return began

    async def paced(self, seconds: float, hertz: float) -> None:
        """Bursts at a pace."""
        end, due = time.monotonic() + seconds, time.monotonic()
        while time.monotonic() < end:
            self.burst()
            due += 1 / hertz
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def flood(self, seconds: float) -> None:
        """The next burst as soon as the one before is taken: as many marks as can be judged."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not len(self.queue):
                self.burst()
            await asyncio.sleep(0.002)


def resident_mb(pid: int | str = "self") -> float:
    """Memory of a process that is in RAM, in MB; 0 where the system does not tell."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1e3 for line in lines if line.startswith("VmRSS")), 0.0)


def cpu_seconds(pid: int) -> float:
    """What a process and all that it started have used of the processors, those still alive."""
    used: dict[int, float] = {}
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        number = int(path.parent.name)
        parents[number] = int(fields[1])
        used[number] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def within(number: int) -> bool:
        return number == pid or (number in parents and within(parents[number]))

    return sum(seconds for number, seconds in used.items() if within(number))


def stats(monitor: Monitor) -> dict[str, float]:
    """What the process has used and done up to now."""
    counts = monitor.counts
    return {
        "at": time.monotonic(),
        "cpu": time.process_time(),
        "memory": resident_mb(),
        "events": counts.events,
        "judged": counts.judged,
        "dropped": counts.dropped,
    }


async def serve_echo() -> tuple[web.AppRunner, str]:
    """A bare websocket of aiohttp that says back what it hears: the yardstick."""

    async def echo(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        async for message in socket:
            await socket.send_str(str(message.data))
        return socket

    app = web.Application()
    app.router.add_get("/echo", echo)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    return runner, f"ws://{host}:{port}/echo"


async def answer_lines(answers: dict[str, Any]) -> None:
    """A request a line on standard input, `[name, argument, ...]`; the answer on standard output.

    Ends with its input.
    """
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    try:
        while line := await reader.readline():
            name, *arguments = json.loads(line)
            found = answers[name](*arguments)
            print(json.dumps(await found if asyncio.iscoroutine(found) else found), flush=True)
    finally:
        transport.close()


async def drawn_desk(accounts: int) -> None:
    """Serve drawn accounts until the input ends."""
    feeder = Feeder(accounts)
    echo, echo_url = await serve_echo()
    async with running(feeder.monitor, (), ApiSettings(port=0)) as live:
        feeder.tell()
        feeder.burst()
        while any(each.judged is None for each in feeder.monitor.state.accounts.values()):
            await asyncio.sleep(0.02)
        print(json.dumps({"url": live.address, "echo": echo_url}), flush=True)
        await answer_lines(
            {
                "burst": feeder.burst,
                "paced": feeder.paced,
                "flood": feeder.flood,
                "stats": partial(stats, feeder.monitor),
            }
        )
    await echo.cleanup()


class Frames:
    """Moments at which the sandbox's streams were given new prices."""

    def __init__(self) -> None:
        self.moments: list[float] = []

    def happened(self, _: Sequence[Event]) -> None:
        """Nothing of it matters here."""

    def framed(self) -> None:
        """New prices leave now."""
        self.moments.append(time.time())


async def sandbox_desk() -> None:
    """Serve the demo, as fast as life, until the input ends."""
    frames = Frames()
    settings = ApiSettings(port=0)

    def untold(_: int, __: str) -> None:
        return None

    story = scenario("calm")
    async with demo(story, seed=5, speed=1.0, settings=settings, tell=untold) as shown:
        shown.sandbox.floor.listeners.insert(0, frames)
        monitor = shown.live.monitor
        while any(each.judged is None for each in monitor.state.accounts.values()):
            await asyncio.sleep(0.02)
        print(json.dumps({"url": shown.live.address}), flush=True)
        await answer_lines({"frames": lambda: frames.moments, "stats": partial(stats, monitor)})


async def watching_desk() -> None:
    """Serve the accounts of a sandbox that is another process, until the input ends."""
    told = json.loads(sys.stdin.readline())
    connections = [
        Connection(
            account=key["account"], venue=key["venue"], key=key["key"], secret=key["secret"],
            rest_url=told["rest"], ws_url=told["websocket"],
        )
        for key in told["keys"]
        if not key["trading"]
    ]  # fmt: skip
    timer, queue = SystemTimer(), EventQueue()
    limits = MonitorSettings(speed=Decimal(str(told["speed"])))
    cadence = Cadence(marks=limits.marks_ms, speed=max(1, round(told["speed"])))
    feeds = open_feeds(connections, queue, clock=timer, cadence=cadence)
    watching = [watching_of(each) for each in connections]
    monitor = Monitor(queue, watching, limits, clock=timer.now)
    async with running(monitor, (feeds.run,), ApiSettings(port=0)) as live:
        while any(each.judged is None for each in monitor.state.accounts.values()):
            await asyncio.sleep(0.02)
        print(json.dumps({"url": live.address}), flush=True)
        await answer_lines({"stats": partial(stats, monitor)})


if __name__ == "__main__":
    what = sys.argv[1]
    desks = {"sandbox": sandbox_desk, "watch": watching_desk}
    asyncio.run(desks[what]() if what in desks else drawn_desk(int(what)))

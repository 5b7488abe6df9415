"""Live: thirty fast days, the monitor in one process and the simulated venue in another.

The demo is both in one; apart, each tells what it takes itself. The venue is `marginline sandbox`,
the monitor `benchmarks.live_desk watch` with its page, over every account of it by its own keys.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import statistics
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from benchmarks.live_desk import cpu_seconds, resident_mb
from benchmarks.live_latency import desk
from benchmarks.measuring import Row

DAY_S, MONTH_DAYS, WEEK_DAYS = 86_400, 30, 7
FLAT = 1.02  # as much as the allocator's own noise
PARTS = ("monitor", "sandbox")


@dataclass(frozen=True, slots=True)
class Moment:
    """Days of the world since the first look, our seconds; MB and processor seconds by part."""

    days: float
    at: float
    memory: dict[str, float]
    used: dict[str, float]


@contextlib.asynccontextmanager
async def sandbox(speed: int) -> AsyncIterator[tuple[Process, dict[str, Any]]]:
    """`marginline sandbox` over free prices, and its first word: addresses and keys."""
    options = ["--scenario", "free", "--speed", str(speed), "--port", "0", "--json"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "marginline", "sandbox", *options, stdout=PIPE, limit=1_000_000
    )
    assert process.stdout
    output = process.stdout
    try:
        told = json.loads(await output.readline())
        unread = asyncio.create_task(output.read())  # its story: a full pipe would halt it
        yield process, told
        unread.cancel()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        await process.wait()


async def apart_rows(seconds: float, speed: int) -> list[Row]:
    """Memory and processor of monitor and sandbox while the world runs as fast as it may."""
    found: list[Moment] = []
    async with sandbox(speed) as (venue, told), desk("watch", told) as one:
        pids = {"monitor": one.process.pid, "sandbox": venue.pid}
        began, said = time.perf_counter(), 0
        first: float | None = None
        async with aiohttp.ClientSession() as session:
            while time.perf_counter() - began < seconds:
                async with session.get(f"{told['rest']}/fapi/v1/time") as answer:
                    now = (await answer.json())["serverTime"] / 1e3
                first = now if first is None else first
                days = (now - first) / DAY_S
                memory = {name: resident_mb(pid) for name, pid in pids.items()}
                used = {name: cpu_seconds(pid) for name, pid in pids.items()}
                found.append(Moment(days, time.perf_counter() - began, memory, used))
                if days >= MONTH_DAYS:
                    break
                if days >= said + WEEK_DAYS:
                    said = int(days)
                    print(f"live: day {said} of {MONTH_DAYS} …", file=sys.stderr)
                await asyncio.sleep(1.0)
    return month_rows(found)


def month_rows(found: Sequence[Moment]) -> list[Row]:
    """What was seen: weeks where the month is whole, else quarters of what there is."""
    first, last = found[0], found[-1]
    whole = last.days >= MONTH_DAYS
    span = WEEK_DAYS if whole else last.days / 4
    named = "second week" if whole else "second quarter"
    took = max(1e-9, last.at - first.at)

    def median(part: str, start: float) -> float:
        within = [each.memory[part] for each in found if start <= each.days <= start + span]
        return statistics.median(within or [last.memory[part]])

    rows = [
        Row("live: apart, world reached, of 30 days", last.days, "days"),
        Row("live: apart, pace of the world", last.days * DAY_S / took, "s/s"),
    ]
    for part in PARTS:
        before, after = median(part, span), median(part, last.days - span)
        of, most = f"live: apart, {part}", FLAT * before if whole else None
        rows.append(Row(f"{of}, memory at the end", after, "MB", named, before, most=most))
    for part, other in zip(PARTS, reversed(PARTS), strict=True):
        shares = {name: (last.used[name] - first.used[name]) / took for name in PARTS}
        rows.append(Row(f"live: apart, {part}, CPU", shares[part], "cores", other, shares[other]))
    return rows

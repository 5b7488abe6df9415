"""Three hundred watched accounts over accelerated days: memory, CPU, and what the history takes.

Twenty marks a simulated quarter of an hour, which touch every account; an hour brings each one a
booked row and another balance. The clock is by hand, the history is SQLite on this disk; CPU is
that of the process, so a machine that is busy otherwise changes it little.
`MARGINLINE_BENCH_DAYS` is how many days are lived (default 3).
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from benchmarks.live_desk import HOUR_MS, SYMBOLS, VENUE, drawn, resident_mb
from benchmarks.measuring import Row
from marginline.core.account.account import Account
from marginline.core.account.moments import from_milliseconds
from marginline.feeds import events
from marginline.feeds.event_queue import EventQueue
from marginline.monitor.keeping.keeper import DAY_MS, Keeper
from marginline.monitor.run import Monitor
from marginline.monitor.settings import MonitorSettings, Watching
from marginline.store.opening import open_store

ACCOUNTS, STEP_MS, START = 300, 900_000, 1_790_000_000_000
NEVER = 10**12


class _World:
    """The accounts, and what their venue says in each step."""

    def __init__(self, accounts: int) -> None:
        self.accounts = {f"account {n:04}": drawn(n) for n in range(accounts)}
        self._number = 0

    def _told(self, now: int) -> dict[str, object]:
        self._number += 1
        return {"venue": VENUE, "at": now, "received": now, "sequence": self._number}

    def snapshots(self, now: int) -> Iterator[events.Event]:
        """Every account, whole."""
        for name, account in self.accounts.items():
            yield events.AccountSnapshot(**self._told(now), account=name, state=account)  # type: ignore[arg-type]

    def marks(self, now: int) -> Iterator[events.Event]:
        """All prices, near where they began."""
        for each in range(SYMBOLS):
            mark = Decimal(20_000 + (now // STEP_MS * 37 + each * 101) % 400)
            told = self._told(now)
            yield events.MarkPrice(**told, instrument=f"C{each}USDT", mark=mark, index=mark)  # type: ignore[arg-type]

    def funding(self, now: int) -> Iterator[events.Event]:
        """A booked row and another balance, for every account."""
        for name, account in self.accounts.items():
            wallet = replace(
                account.wallets[0], balance=(account.wallets[0].balance or Decimal(0)) - 1
            )
            state: Account = replace(account, wallets=(wallet,), as_of=from_milliseconds(now))
            self.accounts[name] = state
            yield events.LedgerEvent(
                **self._told(now), account=name, kind="FUNDING_FEE", asset="USDT",  # type: ignore[arg-type]
                amount=Decimal(-1), id=f"f{now}", text="",
            )  # fmt: skip
            yield events.AccountChanged(
                **self._told(now), account=name, state=state, cause=events.Cause.FUNDING,  # type: ignore[arg-type]
                raw_kind="FUNDING_FEE",
            )  # fmt: skip


async def lived(accounts: int, days: int, folder: Path) -> list[Row]:
    """A monitor with its history, `days` of it."""
    now, queue, world = START, EventQueue(), _World(accounts)
    watching = [Watching(name=name, venue=VENUE, source="drawn") for name in world.accounts]
    patient = MonitorSettings(marks_ms=NEVER, account_ms=NEVER, tiers_ms=NEVER)
    monitor = Monitor(queue, watching, patient, clock=lambda: now)
    keeper = Keeper(monitor, lambda: open_store(f"sqlite:///{folder / 'h.db'}"), "here")
    keeping = asyncio.create_task(keeper.run())
    while keeper.store is None:
        await asyncio.sleep(0.01)

    async def step(*told: events.Event) -> None:
        for each in told:
            queue.put(each)
        await monitor.step()
        while monitor.state.behind:  # many accounts are judged in parts
            await monitor.step()
        await asyncio.sleep(0)

    memory, cpu = [], []
    try:
        await step(*world.snapshots(now), *world.marks(now))
        for day in range(days):
            began = time.process_time()
            for _ in range(DAY_MS // STEP_MS):
                now += STEP_MS
                await step(*world.marks(now), *(world.funding(now) if now % HOUR_MS == 0 else ()))
            await keeper.flush()
            cpu.append(time.process_time() - began)
            memory.append(resident_mb())
            said = f"watched: day {day + 1}: {cpu[-1]:.1f} s of CPU, {memory[-1]:.0f} MB"
            print(said, file=sys.stderr)
        began, seconds = time.process_time(), 30
        for _ in range(seconds):
            now += 1_000
            await step(*world.marks(now))
        hertz = (time.process_time() - began) / seconds
        written = keeper.kept.written
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
    size = sum(each.stat().st_size for each in folder.iterdir()) / 1e6
    assert monitor.counts.judged >= accounts * days * (DAY_MS // STEP_MS), "every price is judged"
    name = f"watched: {accounts} accounts, {days} days"
    return [
        Row(f"{name}, CPU a day", cpu[-1], "s", "the first day", cpu[0]),
        Row(f"{name}, CPU at a price a second", hertz, "cores"),
        Row(f"{name}, memory", memory[-1], "MB", "after half of the days",
            memory[(days - 1) // 2]),
        Row(f"{name}, rows kept a day", written / days, "rows"),
        Row(f"{name}, history a day", size / days, "MB"),
    ]  # fmt: skip


def rows() -> list[Row]:
    """The suite."""
    days = int(os.environ.get("MARGINLINE_BENCH_DAYS", "3"))
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(lived(ACCOUNTS, days, Path(folder)))

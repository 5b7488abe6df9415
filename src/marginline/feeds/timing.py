"""Time as the feeds take it: from a clock they are handed, in milliseconds since the epoch.

No age is ever taken from the machine's wall clock: it may be set back. `SystemTimer` looks at it
once and counts on from there; how far it is off from the venue's is measured (`VenueClock`).
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment_of(ms: int) -> datetime:
    """Milliseconds since the epoch as a moment in UTC."""
    return _EPOCH + timedelta(milliseconds=ms)


def ms_of(moment: datetime) -> int:
    """A moment as whole milliseconds since the epoch."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


class Timer(Protocol):
    """A clock that never goes back, and a way to wait by it."""

    def now(self) -> int:
        """Milliseconds since the epoch."""

    async def sleep(self, ms: float) -> None:
        """Wait so long by this clock."""


def _ticks() -> int:
    """Nanoseconds that only rise; where the system can, also while the machine sleeps."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic_ns() if boot is None else time.clock_gettime_ns(boot)


class SystemTimer:
    """The wall clock at the start, the monotonic one from there."""

    def __init__(self) -> None:
        self._start = time.time_ns()
        self._mark = _ticks()

    def now(self) -> int:
        """Milliseconds since the epoch; never less than before."""
        return (self._start + _ticks() - self._mark) // 1_000_000

    async def sleep(self, ms: float) -> None:
        """Wait so long."""
        await asyncio.sleep(ms / 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """How long each thing may take, in milliseconds of the feed's clock.

    `poll`: between two visits to an account whose stream is not spoken; `public`: age at which a
    public stream beside them is silent (unchanged marks may come every 10 s).

    `marks`, `account`, `tiers`, `listen_key`: age at which each is silent. `probe`: between two
    looks at the account by REST (balances and sizes), `snapshot`: between two whole ones, with
    orders and modes. `grace`: how long a stream may lag behind an answer before they contradict.
    `unsure`: how much older than asked for an answer's figures may be. `speed`: how fast the
    venue's clock runs by the feed's (a simulated venue's may run faster); ages are by the feed's.
    """

    marks: int = 5_000
    asset_rates: int = 10_000
    account: int = 30_000
    tiers: int = 7_200_000
    listen_key: int = 3_300_000
    probe: int = 12_000
    poll: int = 5_000
    public: int = 15_000
    snapshot: int = 60_000
    grace: int = 1_500
    renew_tiers: int = 7_000_000
    renew_listen_key: int = 1_500_000
    renew_connection: int = 82_800_000
    clock: int = 60_000
    look: int = 250
    unsure: int = 500
    heartbeat: int = 15_000
    answer: int = 10_000
    backoff: int = 500
    backoff_most: int = 30_000
    speed: float = 1.0


@dataclass(frozen=True, slots=True)
class _Sample:
    local: int
    venue: int
    round_trip: int


class VenueClock:
    """The venue's clock by the feed's: of late samples, the one with the least round trip counts.

    A sample that cannot be had from the same two clocks (one of them was set) ends the old ones.
    """

    _KEPT = 10

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self._samples: deque[_Sample] = deque(maxlen=self._KEPT)

    @property
    def known(self) -> bool:
        """Whether any sample was taken."""
        return bool(self._samples)

    def heard(self, sent: int, told: int, received: int) -> None:
        """The venue told its time in an answer to a request, by the feed's clock sent and come."""
        sample = _Sample((sent + received) // 2, told, max(0, received - sent))
        if self._samples and not self._agree(sample):
            self._samples.clear()
        self._samples.append(sample)

    def _agree(self, sample: _Sample) -> bool:
        if self.speed != 1:
            return False  # a simulated world stutters: the newest sample is the best
        best = self._best()
        away = abs(sample.venue - best.venue - (sample.local - best.local))
        return away <= (sample.round_trip + best.round_trip) // 2 + 1

    def _best(self) -> _Sample:
        return min(reversed(self._samples), key=lambda sample: sample.round_trip)

    def now(self, local: int) -> int:
        """The venue's time at a moment of the feed's clock; that moment itself before a sample."""
        if not self._samples:
            return local
        best = self._best()
        return best.venue + int((local - best.local) * self.speed)

    @property
    def offset(self) -> int:
        """The venue's clock less the feed's at the sample that counts, ms; 0 before the first."""
        return self._best().venue - self._best().local if self._samples else 0

    @property
    def round_trip(self) -> int:
        """Round trip of the sample that counts, ms: the offset is sure to half of it."""
        return self._best().round_trip if self._samples else 0

    def delay(self, at: int | None, received: int) -> int:
        """How old, by the feed's clock, something of the venue's moment `at` was on arrival.

        Never negative; 0 where it is less than the offset is sure to, or not known at all: in a
        world at another speed, which stands still and slows down as it likes.
        """
        if at is None or not self._samples or self.speed != 1:
            return 0
        unsure = self.round_trip // 2 + 1
        return max(0, self.now(received) - at - unsure)


class Backoff:
    """Waits between attempts: doubling, at most so long, drawn evenly from the upper half.

    A venue that names its own wait (`Retry-After`) is given at least that.
    """

    def __init__(self, first: int, most: int, draw: Callable[[], float] = random.random) -> None:
        self._first = first
        self._most = most
        self._draw = draw
        self.attempts = 0

    def next(self, at_least: int | None = None) -> int:
        """Milliseconds to wait before the next attempt."""
        whole = min(self._most, self._first * 2 ** min(self.attempts, 16))
        self.attempts += 1
        drawn = int(whole * (0.5 + 0.5 * self._draw()))
        return drawn if at_least is None else at_least + drawn

    def reset(self) -> None:
        """It worked: the next wait is a short one again."""
        self.attempts = 0


async def late_after(timer: Timer, ms: int) -> int:
    """Wait so long; how much longer it took, which is how busy this process was."""
    due = timer.now() + ms
    await timer.sleep(ms)
    return max(0, timer.now() - due)


async def cancelled(*tasks: asyncio.Future[Any]) -> None:
    """End these tasks, whatever they say about it."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def all_of(work: Mapping[str, Awaitable[T]]) -> dict[str, T]:
    """The results by name; the first that fails ends the others and is raised as it is.

    To be awaited at once: a call within a task that is cancelled before it begins would leave its
    work never awaited.
    """
    tasks = [asyncio.ensure_future(each) for each in work.values()]
    try:
        return dict(zip(work, await asyncio.gather(*tasks), strict=True))
    finally:
        await cancelled(*tasks)


async def beside(main: Awaitable[T], *others: Awaitable[None]) -> T:
    """What the first comes to, the others at work as long; an error of any of them ends all.

    A task that nobody waits for would die of an error unheard, and what it watched live on.
    """
    tasks: list[asyncio.Future[Any]] = [asyncio.ensure_future(each) for each in (main, *others)]
    waiting = set(tasks)
    try:
        while tasks[0] in waiting:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        found: T = tasks[0].result()
        return found
    finally:
        await cancelled(*tasks)


async def either(signal: asyncio.Event, timer: Timer, ms: float) -> None:
    """Until the signal is given, or so long; the signal is taken."""
    waits = (asyncio.ensure_future(signal.wait()), asyncio.ensure_future(timer.sleep(ms)))
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await cancelled(*waits)
    signal.clear()

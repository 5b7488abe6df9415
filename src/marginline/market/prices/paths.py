"""Prices as the two venues see them: outside path, scripted pushes and the accounts' own impact.

A span is computed as vectors over its seconds and committed up to the first thing that happens.
Whatever a second holds does not depend on how the time was cut into spans.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from marginline.market.contracts import CONTRACTS, FINE, VENUES
from marginline.market.prices.candles import Candles
from marginline.market.prices.funding import FundingClock
from marginline.market.prices.impact import Impact
from marginline.market.prices.outside import HOUR, Hour, Outside, exponent
from marginline.market.prices.push import Pushes
from marginline.market.prices.tables import NANO, SCALE, Ints

COUNT = len(CONTRACTS)
WINDOWS = (30, 300)
"""Seconds over which a venue averages mid less index for its mark."""
LONGEST = max(WINDOWS)
GRID = 5
SLOW_MEAN, SLOW_RELAX, SLOW_STEP = 230_000, 540, 31_635
"""Slow premium: mean and news a minute in 1e-9, relaxation in minutes."""
START = np.array([contract.start_fine for contract in CONTRACTS], np.int64)
SPREAD = np.array([contract.spread for contract in CONTRACTS], np.int64)


@dataclass(frozen=True, slots=True)
class Span:
    """Seconds `first` + 1 to `first` + n: index [12, n] and premium [2, 12, n] without impact.

    In hundredths of a tick: `index`, `mid`, `gap` (mid less index); in ticks `mark`, `last`, `bid`,
    `ask`; `rate` is the funding rate as it stands, in 1e-9. `lively` [12, n] is volatility, 4096 is
    1; `log` [12, n] the logarithm of the index without impact.
    """

    first: int
    log: Ints
    lively: Ints
    index: Ints
    premium: Ints
    mid: Ints
    gap: Ints
    mark: Ints
    last: Ints
    bid: Ints
    ask: Ints
    rate: Ints
    slows: tuple[tuple[int, Ints], ...]
    points: Ints

    @property
    def seconds(self) -> int:
        """How many seconds it covers."""
        return int(self.index.shape[1])


class Paths:
    """All prices of a world, from second to second."""

    def __init__(self, outside: Outside, pushes: Pushes, clock: FundingClock) -> None:
        self.outside, self.pushes, self.clock = outside, pushes, clock
        self.candles = Candles(outside.streams)
        self.impacts = tuple(Impact() for _ in VENUES)
        self.second = 0
        self._hours: dict[int, Hour] = {}
        self._slow = np.full((len(VENUES), COUNT), SLOW_MEAN, np.int64)
        self._gaps = np.zeros((len(VENUES), COUNT, LONGEST), np.int64)
        self._minute_log = np.zeros(COUNT, np.int64)
        opening = self._compute(0, 1, opening=True)
        self._gaps[:] = opening.gap
        self.now = opening
        self.at = 0
        self.candles.take(-1, opening.last)

    # -- spans ---------------------------------------------------------------------------------

    def span(self, seconds: int) -> Span:
        """The next seconds, as they come if nobody trades; at most to the end of the hour."""
        left = HOUR - self.second % HOUR
        return self._compute(self.second, min(seconds, left), opening=False)

    def commit(self, span: Span, seconds: int) -> None:
        """Let the first seconds of a span pass."""
        assert span.first == self.second
        assert 0 < seconds <= span.seconds
        self.second += seconds
        self.now, self.at = span, seconds - 1
        self.candles.take(span.first, span.last[:, :, :seconds])
        for after, slow in span.slows:
            if after <= seconds:
                self._slow = slow
        minute = self.second - self.second % 60
        if minute > span.first:
            self._minute_log = span.log[:, minute - span.first - 1].copy()
        joined = np.concatenate([self._gaps, span.gap[:, :, :seconds]], axis=2)
        self._gaps = joined[:, :, -LONGEST:]
        rate = span.rate[:, :, self.at].copy()
        self.clock.commit(span.first, self.second, span.points, rate)

    def _compute(self, first: int, count: int, *, opening: bool) -> Span:
        """Seconds first + 1 to first + count; opening: the moment `first` itself."""
        times = np.arange(first, first + 1) if opening else np.arange(first + 1, first + count + 1)
        hour = self._hour(first // HOUR)
        offsets = times - 1 - hour.number * HOUR
        log = np.zeros((COUNT, 1), np.int64) if opening else hour.log[:, offsets]
        offsets = np.maximum(offsets, 0)
        log = log + self.pushes.along(times)
        lively = hour.volatility[:, offsets // 60]
        shifted = log + sum(impact.lasting(times) for impact in self.impacts)
        index = exponent(shifted, START[:, None])
        slows = () if opening else self._slow_ahead(hour, first, times, log)
        premium = self._premium(hour, offsets, slows)
        premium += self.pushes.basis(times)[None]
        displaced = np.stack([impact.passing(times) for impact in self.impacts])
        mid = index[None] + (index[None] * (premium + displaced) + NANO // 2) // NANO
        gap = mid - index[None]
        half = mid * SPREAD[:, None] * lively[None] // (100_000 * SCALE)
        bid = (mid - half) // FINE
        ask = np.maximum(-(-(mid + half) // FINE), bid + 1)
        last = np.where(hour.up[:, :, offsets // GRID] == 1, ask, bid)
        rate, points = self.clock.ahead(times, premium + displaced, lively)
        mark = self._mark(times, index, gap, last, rate, opening=opening)
        return Span(
            first, log, lively, index, premium + displaced, mid, gap, mark, last, bid, ask, rate,
            slows, points,
        )  # fmt: skip

    def _hour(self, number: int) -> Hour:
        found = self._hours.get(number)
        if found is None:
            found = self.outside.hour()
            assert found.number == number
            self._hours = {number: found}
        return found

    def _slow_ahead(
        self, hour: Hour, first: int, times: Ints, log: Ints
    ) -> tuple[tuple[int, Ints], ...]:
        """The slow premium after each full minute of the span: (seconds into it, state)."""
        found: list[tuple[int, Ints]] = []
        slow, before = self._slow, self._minute_log
        for minute in times[times % 60 == 0].tolist():
            here = log[:, minute - first - 1]
            news = SLOW_STEP * hour.slow[:, :, (minute // 60 - 1) % 60] // SCALE
            pulled = (here - before) * 8 // 1000
            slow = slow + (SLOW_MEAN - slow) // SLOW_RELAX + news + pulled[None]
            before = here
            found.append((minute - first, slow))
        return tuple(found)

    def _premium(self, hour: Hour, offsets: Ints, slows: tuple[tuple[int, Ints], ...]) -> Ints:
        fast = hour.fast[:, :, offsets // GRID]
        states = np.stack([self._slow, *(slow for _, slow in slows)], axis=2)
        starts = np.array([after for after, _ in slows], np.int64)
        which = np.searchsorted(starts, np.arange(1, len(offsets) + 1), side="right")
        premium: Ints = fast + states[:, :, which]
        return premium

    def _mark(
        self, times: Ints, index: Ints, gap: Ints, last: Ints, rate: Ints, *, opening: bool
    ) -> Ints:
        """The median of three prices, in whole ticks."""
        funded = index[None] + index[None] * self.clock.share_left(times, rate) // NANO
        known = np.concatenate([self._gaps, gap], axis=2)
        summed = np.cumsum(known, axis=2)
        marks = []
        for venue, window in enumerate(WINDOWS):
            if opening:
                mean = gap[venue]
            else:
                mean = (
                    summed[venue, :, LONGEST:] - summed[venue, :, LONGEST - window : -window]
                ) // window
            averaged = index + mean
            third = last[venue] * FINE
            low = np.minimum(np.minimum(funded[venue], averaged), third)
            high = np.maximum(np.maximum(funded[venue], averaged), third)
            marks.append((funded[venue] + averaged + third - low - high + FINE // 2) // FINE)
        return np.stack(marks)

    # -- the moment ----------------------------------------------------------------------------

    def mark(self, venue: int, number: int) -> int:
        """Mark price in ticks."""
        return int(self.now.mark[venue, number, self.at])

    def index(self, number: int) -> int:
        """Index price in hundredths of a tick."""
        return int(self.now.index[number, self.at])

    def last(self, venue: int, number: int) -> int:
        """Last traded price in ticks."""
        return int(self.now.last[venue, number, self.at])

    def rate(self, venue: int, number: int) -> int:
        """Funding rate as it stands, in 1e-9."""
        return int(self.now.rate[venue, number, self.at])

    def lively(self, number: int) -> int:
        """Volatility of the minute, 4096 is 1."""
        return int(self.now.lively[number, self.at])

    def mid(self, venue: int, number: int) -> int:
        """Middle of the book in hundredths of a tick, with what trades of this second displaced."""
        fresh = self.impacts[venue].fresh(number, self.second)
        return int(self.now.mid[venue, number, self.at]) + self.index(number) * fresh // NANO

    def half_spread(self, venue: int, number: int) -> int:
        """Half the spread in hundredths of a tick."""
        spread = int(SPREAD[number]) * self.lively(number)
        return self.mid(venue, number) * spread // (100_000 * SCALE)

    def touch(self, venue: int, number: int) -> tuple[int, int]:
        """Best bid and best ask in ticks."""
        mid, half = self.mid(venue, number), self.half_spread(venue, number)
        bid = (mid - half) // FINE
        return bid, max(-(-(mid + half) // FINE), bid + 1)

    def displace(self, venue: int, number: int, reach: int) -> None:
        """A fill has reached so deep (signed, in 1e-9): the mid moves with it."""
        self.impacts[venue].add(number, reach * 6 // 10, self.second)

    def logs(self) -> Ints:
        """Logarithm of each index over its start in 1e-9, impact included."""
        at = np.array([self.second])
        lasting = sum(impact.lasting(at) for impact in self.impacts)
        found: Ints = (self.now.log[:, self.at : self.at + 1] + lasting)[:, 0]
        return found

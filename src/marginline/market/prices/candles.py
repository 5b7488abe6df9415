"""Candles of last prices: every minute the world has lived, and the days before it began.

The days before are drawn once, from a seed's own streams with each contract's volatility and its
share of the common factor, and end at the price its world begins with; they move nothing else.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from marginline.market.contracts import CONTRACTS, FINE
from marginline.market.prices.outside import exponent
from marginline.market.prices.streams import FIRST, Streams
from marginline.market.prices.tables import NANO, SCALE, Ints

MINUTE_MS = 60_000
BEFORE = 32 * 24 * 60
"""Minutes before the beginning that are told."""
_DAY = 24 * 60
_KEPT = 32 * _DAY
_DRAWS = 8
"""Draws of one minute of the days before: as many as tell its high and low apart from its ends."""

Ticks = npt.NDArray[np.int32]


class Candles:
    """Open, high, low and close of each minute, in ticks, by venue and instrument."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams
        self._before: dict[int, Ints] = {}
        # by minute, round and round: room for a day, then all of it, so that memory stands still
        self._minutes: Ticks | None = None
        self._newest = -1

    def take(self, first: int, last: Ints) -> None:
        """Last prices [venue, instrument, n] of the seconds after `first`, in ticks."""
        at, count = 0, last.shape[2]
        while at < count:
            minute = (first + 1 + at) // 60
            end = min(count, (minute + 1) * 60 - first - 1)
            self._add(minute, last[:, :, at:end])
            at = end

    def _add(self, minute: int, last: Ints) -> None:
        seen = np.stack(
            [last[:, :, 0], last.max(axis=2), last.min(axis=2), last[:, :, -1]], axis=2
        ).astype(np.int32)
        kept = self._room(minute, seen)
        known = kept[minute % len(kept)]
        if minute > self._newest:
            known[:] = seen
            self._newest = minute
            return
        known[:, :, 1] = np.maximum(known[:, :, 1], seen[:, :, 1])
        known[:, :, 2] = np.minimum(known[:, :, 2], seen[:, :, 2])
        known[:, :, 3] = seen[:, :, 3]

    def _room(self, minute: int, seen: Ticks) -> Ticks:
        kept = self._minutes
        if kept is None:
            kept = self._minutes = np.full((_DAY, *seen.shape), 0, np.int32)
        elif minute == len(kept) < _KEPT:
            day, kept = kept, np.full((_KEPT, *seen.shape), 0, np.int32)
            kept[:minute] = day
            self._minutes = kept
        return kept

    def of(self, venue: int, number: int) -> tuple[int, Ints]:
        """The minute of the first candle, counted from the beginning, and [n, 4] from it on."""
        kept = self._minutes
        if kept is None:
            return -BEFORE, self._of_before(number)
        first = max(0, self._newest + 1 - len(kept))
        lived = kept[np.arange(first, self._newest + 1) % len(kept), venue, number].astype(np.int64)
        if first > 0:
            return first, lived
        return -BEFORE, np.concatenate([self._of_before(number), lived])

    def _of_before(self, number: int) -> Ints:
        found = self._before.get(number)
        if found is None:
            found = self._before[number] = before(self._streams, number)
        return found


def before(streams: Streams, number: int) -> Ints:
    """The days before the beginning of one instrument, [BEFORE, 4] in ticks, oldest first."""
    contract, count = CONTRACTS[number], BEFORE * _DRAWS
    unit = contract.sigma / 1e4 / math.sqrt(1440 * _DRAWS) * NANO
    share = contract.loading / 100
    common, own = round(unit * share), round(unit * math.sqrt(1 - share * share))
    moved = common * streams.students("common before", FIRST, count)
    moved += own * streams.students(f"{contract.symbol} before", FIRST, count)
    walked = np.concatenate([np.zeros(1, np.int64), np.cumsum(moved // SCALE)])
    start = np.full(1, contract.start_fine, np.int64)
    prices = exponent(walked - walked[-1], start) // FINE
    ends = prices[::_DRAWS]
    inside = np.stack([prices[k : k + count : _DRAWS] for k in range(_DRAWS + 1)])
    return np.stack([ends[:-1], inside.max(axis=0), inside.min(axis=0), ends[1:]], axis=1)


def gathered(first: int, rows: Ints, begins: int, step: int) -> tuple[Ints, Ints]:
    """Minutes as candles of `step` minutes on a clock: when each begins (minutes), and [n, 4].

    `begins`: the minute of that clock at which the world's minute 0 begins.
    """
    places = (np.arange(first, first + len(rows)) + begins) // step
    starts = np.flatnonzero(np.diff(places, prepend=places[0] - 1))
    ends = np.append(starts[1:], len(rows)) - 1
    made = np.stack(
        [
            rows[starts, 0],
            np.maximum.reduceat(rows[:, 1], starts),
            np.minimum.reduceat(rows[:, 2], starts),
            rows[ends, 3],
        ],
        axis=1,
    )
    return places[starts] * step, made

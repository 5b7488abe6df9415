"""The outside world's prices, an hour at a time: a function of seed and instrument alone.

A second's return is a common and an own part, each a fat-tailed draw times a volatility that is
constant within a minute, and now and then a jump. Logarithms of prices are in 1e-9; states of
volatility in octaves of 2^-18.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from marginline.market.contracts import CONTRACTS, VENUES
from marginline.market.prices.streams import FIRST, Streams
from marginline.market.prices.tables import ONE, SCALE, Ints, octaves_of, power, tables

HOUR, MINUTES, GRID = 3600, 60, 720
_STATE = 1 << 18
_COMMON = ((4320, 0.34), (360, 0.30), (20, 0.32), (2, 0.42))
_OWN = ((240, 0.25), (15, 0.30), (2, 0.30))
_LEAN = (0.8, 0.6, 0.5, 0.3)
# fmt: off
_OF_DAY = (
    97, 93, 80, 77, 80, 79, 75, 75, 82, 92, 90, 93,
    95, 100, 115, 132, 122, 115, 111, 113, 122, 124, 112, 105,
)
# fmt: on
"""Volatility by hour of day, UTC, in 1/100."""
_PROFILE = (34, 20, 13, 9, 7, 5, 4, 3, 3, 2)
_FAST_HALF_LIFE, _FAST_STEP = 30, 5


def _octaves(natural: float) -> int:
    return round(natural / math.log(2) * _STATE)


_COMMON_RELAX = np.array([row[0] for row in _COMMON], np.int64)
_OWN_RELAX = np.array([row[0] for row in _OWN], np.int64)
_COMMON_STEP = np.array([_octaves(sd * math.sqrt(2 / r - 1 / r**2)) for r, sd in _COMMON], np.int64)
_OWN_STEP = np.array([_octaves(sd * math.sqrt(2 / r - 1 / r**2)) for r, sd in _OWN], np.int64)
_COMMON_SD = np.array([_octaves(sd) for _, sd in _COMMON], np.int64)
_OWN_SD = np.array([_octaves(sd) for _, sd in _OWN], np.int64)
_LEAN_WEIGHT = np.array([round(weight * 1024) for weight in _LEAN], np.int64)
_COMMON_VARIANCE = _octaves(sum(sd**2 for _, sd in _COMMON))
_OWN_VARIANCE = _octaves(
    sum(sd**2 for _, sd in _OWN)
    + sum((weight * sd) ** 2 for weight, (_, sd) in zip(_LEAN, _COMMON, strict=True))
)
_COMMON_AFTER = np.array([0, _octaves(0.05), _octaves(0.55), _octaves(0.50)], np.int64)
_OWN_AFTER = np.array([0, _octaves(0.45), _octaves(0.45)], np.int64)
_SECOND = 1.07 / math.sqrt(86400)
_UNIT = [contract.sigma / 1e4 * _SECOND * 1e9 * 256 for contract in CONTRACTS]
_SHARE = [contract.loading / 100 for contract in CONTRACTS]
_COMMON_UNIT = np.array([round(u * s) for u, s in zip(_UNIT, _SHARE, strict=True)], np.int64)
_OWN_UNIT = np.array(
    [round(u * math.sqrt(1 - s * s)) for u, s in zip(_UNIT, _SHARE, strict=True)], np.int64
)
BETA = np.array([round(4096 * c.sigma * c.loading / (250 * 90)) for c in CONTRACTS], np.int64)
"""How far a coin goes with BTC, in 1/4096."""
_SIGMA = np.array([contract.sigma for contract in CONTRACTS], np.int64)
_FAST = np.array([110_000 if c.large else 300_000 for c in CONTRACTS], np.int64)
_FAST_KEEP = round(65536 * 2 ** (-_FAST_STEP / _FAST_HALF_LIFE))
_FAST_NEW = round(65536 * math.sqrt(1 - 2 ** (-2 * _FAST_STEP / _FAST_HALF_LIFE)))
_ROOT = math.sqrt(sum(x * x for x in _OF_DAY) / 24)
_HOURLY = [round(x / _ROOT * 4096) for x in _OF_DAY]
_COMMON_JUMPS = 1.5 / 1440 * 2**32
_OWN_JUMPS = 1.0 / 1440 * 2**32


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour: `log` [12, 3600] at the end of each second; `calm` [12, 60], volatility per minute.

    `fast` [2, 12, 720]: fast premium of each venue in 1e-9, every five seconds; `slow` [2, 12, 60]:
    draws of the slow one; `up` [2, 12, 720]: whether the last trade was at the ask. `jumps`: how
    many of all instruments, common and own.
    """

    number: int
    log: Ints
    volatility: Ints
    fast: Ints
    slow: Ints
    up: Ints
    jumps: tuple[int, int]


class Outside:
    """The hours of one seed, in their order.

    `window(second)` is the scripted volatility in 1/1024 octave, `jumps(second)` whether the world
    jumps by itself; `start` is the share of the stationary draw (in 1/2) that states start from.
    """

    def __init__(
        self,
        streams: Streams,
        start_ms: int,
        window: Callable[[int], int],
        jumps: Callable[[int], bool],
        *,
        halves: int = 2,
    ) -> None:
        self.streams, self.start_ms = streams, start_ms
        self.window, self.jumps = window, jumps
        draws = streams.normals("common vol", FIRST, 4)
        self._common = _COMMON_SD * draws * halves // (2 * SCALE)
        own = [streams.normals(f"{c.symbol} vol", FIRST, 3) for c in CONTRACTS]
        self._own = _OWN_SD * np.array(own) * halves // (2 * SCALE)
        self._log = np.zeros(len(CONTRACTS), np.int64)
        self._spill = np.zeros((len(CONTRACTS), len(_PROFILE)), np.int64)
        self._fast = np.zeros((len(VENUES), len(CONTRACTS)), np.int64)
        self._next = 0

    def hour(self) -> Hour:
        """The next hour."""
        number, self._next = self._next, self._next + 1
        common, own, jumps, counts = self._minutes(number)
        log = self._log[:, None] + np.cumsum(self._returns(number, common, own) + jumps, axis=1)
        self._log = log[:, -1].copy()
        fast, slow, up = self._basis(number, own)
        return Hour(number, log, own >> 18, fast, slow, up, counts)

    # -- volatility and jumps ------------------------------------------------------------------

    def _minutes(self, number: int) -> tuple[Ints, Ints, Ints, tuple[int, int]]:
        """Volatility of each minute (`ONE` is 1), common [60] and own [12, 60], and the jumps."""
        count = len(CONTRACTS)
        common_draws = self.streams.normals("common vol", number, 4 * MINUTES).reshape(MINUTES, 4)
        own_draws = np.stack(
            [self.streams.normals(f"{c.symbol} vol", number, 3 * MINUTES) for c in CONTRACTS]
        ).reshape(count, MINUTES, 3)
        common_words = self.streams.words("common jump", number, 5 * MINUTES).reshape(MINUTES, 5)
        own_words = np.stack(
            [self.streams.words(f"{c.symbol} jump", number, 2 * MINUTES) for c in CONTRACTS]
        ).reshape(count, MINUTES, 2)
        common_luck = (common_words[:, 0] >> np.uint64(32)).astype(np.int64)
        own_luck = (own_words[:, :, 0] >> np.uint64(32)).astype(np.int64)
        common_found, own_found = np.zeros(MINUTES, np.int64), np.zeros((count, MINUTES), np.int64)
        path = np.zeros((count, HOUR + len(_PROFILE)), np.int64)
        path[:, : len(_PROFILE)] += self._spill
        happened = [0, 0]
        for minute in range(MINUTES):
            second = number * HOUR + minute * 60
            lifted = self.window(second) << 22
            x = (int(self._common.sum()) - _COMMON_VARIANCE << 14) + lifted
            m = power(np.array([x], np.int64))[0]
            lean = int((self._common * _LEAN_WEIGHT).sum()) >> 10
            xs = (self._own.sum(axis=1) + lean - _OWN_VARIANCE << 14) + lifted
            ms = power(xs)
            common_found[minute], own_found[:, minute] = m, ms
            self._common = self._common + _stepped(
                self._common, _COMMON_RELAX, _COMMON_STEP * common_draws[minute]
            )
            self._own = self._own + _stepped(
                self._own, _OWN_RELAX, _OWN_STEP * own_draws[:, minute]
            )
            if not self.jumps(second):
                continue
            if common_luck[minute] < int(_COMMON_JUMPS * 1024) * int(m) >> 40:
                self._common_jump(path, minute, common_words[minute])
                happened[0] += 1
            for one in np.flatnonzero(own_luck[:, minute] < (round(_OWN_JUMPS) * ms >> 30)):
                self._own_jump(path, minute, int(one), own_words[one, minute])
                happened[1] += 1
        self._spill = path[:, HOUR:].copy()
        return common_found, own_found, path[:, :HOUR], (happened[0], happened[1])

    def _common_jump(
        self, path: Ints, minute: int, words: np.ndarray[tuple[int], np.dtype[np.uint64]]
    ) -> None:
        parts = words.astype("<u8").view("<u2").astype(np.int64)
        second, size, direction = int(parts[4]), int(parts[5]), int(parts[6])
        btc = 1_000_000 + 2_000_000 * int(tables().exponential[size]) // SCALE
        if direction < 35389:  # 54 in 100
            btc = -btc
        shares = 39322 + (parts[8:20] * 52429 >> 16)  # 0.6 to 1.4, in 1/65536
        shares[0] = 65536
        sizes = btc * BETA // 4096 * shares >> 16
        _jump(path, slice(None), minute * 60 + (second * 60 >> 16), sizes)
        self._common = self._common + _COMMON_AFTER

    def _own_jump(
        self, path: Ints, minute: int, one: int, words: np.ndarray[tuple[int], np.dtype[np.uint64]]
    ) -> None:
        parts = words.astype("<u8").view("<u2").astype(np.int64)
        second, size, direction = int(parts[4]), int(parts[5]), int(parts[6])
        found = 800_000 + 1_400_000 * int(tables().exponential[size]) // SCALE
        found = found * int(_SIGMA[one]) // 250
        if direction < 32768:
            found = -found
        at = minute * 60 + (second * 60 >> 16)
        _jump(path, slice(one, one + 1), at, np.array([found], np.int64))
        self._own[one] += _OWN_AFTER

    # -- returns and premium -------------------------------------------------------------------

    def _returns(self, number: int, common: Ints, own: Ints) -> Ints:
        """Returns of each second without jumps, [12, 3600]."""
        season = self._season(number)
        shape = (len(CONTRACTS), MINUTES, 60)
        z = self.streams.students("common price", number, HOUR).reshape(1, MINUTES, 60)
        zs = np.stack(
            [self.streams.students(f"{c.symbol} price", number, HOUR) for c in CONTRACTS]
        ).reshape(shape)
        ours = (_COMMON_UNIT[:, None] * season >> 12) * common[None, :] >> 30
        owns = (_OWN_UNIT[:, None] * season >> 12) * own >> 30
        moved = ours[:, :, None] * z + owns[:, :, None] * zs
        return (moved + (1 << 19) >> 20).reshape(len(CONTRACTS), HOUR)

    def _season(self, number: int) -> int:
        hours = self.start_ms // 3_600_000 + number
        weekend = (hours // 24 + 3) % 7 >= 5  # the epoch began on a Thursday
        return _HOURLY[hours % 24] * 3 // 4 if weekend else _HOURLY[hours % 24]

    def _basis(self, number: int, own: Ints) -> tuple[Ints, Ints, Ints]:
        names = [f"{c.symbol} basis{of}" for of in ("", " bybit") for c in CONTRACTS]
        shares = np.stack([self.streams.shares(n, number, 2 * GRID + MINUTES) for n in names])
        shares = shares.reshape(len(VENUES), len(CONTRACTS), 2 * GRID + MINUTES)
        normal = tables().normal
        lively = np.repeat(own >> 18, GRID // MINUTES, axis=1)  # 4096 is 1
        news = normal[shares[:, :, :GRID]] * (_FAST[:, None] * lively >> 12) >> 12
        news = news * _FAST_NEW >> 16
        fast = np.empty_like(news)
        state = self._fast
        for step in range(GRID):
            state = (state * _FAST_KEEP + 32768 >> 16) + news[:, :, step]
            fast[:, :, step] = state
        self._fast = state
        slow = normal[shares[:, :, GRID : GRID + MINUTES]]
        return fast, slow, shares[:, :, GRID + MINUTES :] >> 15


def _stepped(state: Ints, relaxation: Ints, news: Ints) -> Ints:
    """One minute of a state that returns to 0."""
    return (news >> 12) - (state + relaxation // 2) // relaxation


def _jump(path: Ints, rows: slice, at: int, sizes: Ints) -> None:
    done = np.zeros_like(sizes)
    for k, percent in enumerate(_PROFILE):
        part = sizes - done if k == len(_PROFILE) - 1 else sizes * percent // 100
        path[rows, at + k] += part
        done = done + part


def exponent(log: Ints, start_fine: Ints) -> Ints:
    """Prices in hundredths of a tick from logarithms in 1e-9 of price over the start price."""
    octaves = octaves_of(log)
    whole = octaves >> 32
    value = power(octaves - (whole << 32))
    return start_fine * value >> 30 - whole


__all__ = ["BETA", "HOUR", "ONE", "Hour", "Outside", "exponent"]

"""Rate limits, counted in real time: Binance's weights a minute and bans, Bybit's requests.

All clients share one address here, as all bots behind one router do.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

_BAN_S = 120.0
_TOLERATED = 20  # refused requests after which the venue stops refusing and bans


@dataclass(frozen=True, slots=True)
class TooMany:
    """A request too many: HTTP status, and seconds to wait."""

    status: int
    retry_after: int


class WeightLimit:
    """So much weight in each fixed span; who goes on when refused is banned (418)."""

    def __init__(
        self, limit: int, seconds: Callable[[], float], span: float = 60.0, *, bans: bool = True
    ) -> None:
        self.limit = limit
        self._seconds = seconds
        self._span = span
        self._bans = bans
        self._slot = -1
        self.used = 0
        self._refused = 0
        self._banned_until = -1.0

    def take(self, weight: int) -> TooMany | None:
        """Count a request; the refusal where the limit is passed."""
        now = self._seconds()
        if now < self._banned_until:
            return TooMany(418, math.ceil(self._banned_until - now))
        slot = int(now // self._span)
        if slot != self._slot:
            self._slot, self.used, self._refused = slot, 0, 0
        self.used += weight
        if self.used <= self.limit:
            return None
        self._refused += 1
        if self._bans and self._refused > _TOLERATED:
            self._banned_until = now + _BAN_S
            return TooMany(418, math.ceil(_BAN_S))
        return TooMany(429, max(1, math.ceil((slot + 1) * self._span - now)))


class RollingLimit:
    """So many requests within the last `span` seconds."""

    def __init__(self, limit: int, seconds: Callable[[], float], span: float) -> None:
        self.limit = limit
        self._seconds = seconds
        self._span = span
        self._taken: deque[float] = deque()

    def take(self) -> bool:
        """Count a request; False where it is one too many."""
        now = self._seconds()
        while self._taken and self._taken[0] <= now - self._span:
            self._taken.popleft()
        if len(self._taken) >= self.limit:
            return False
        self._taken.append(now)
        return True

    @property
    def left(self) -> int:
        """Requests still free."""
        return self.limit - len(self._taken)

    def resets_in(self) -> float:
        """Seconds until the oldest request leaves the span."""
        return 0.0 if not self._taken else max(0.0, self._taken[0] + self._span - self._seconds())

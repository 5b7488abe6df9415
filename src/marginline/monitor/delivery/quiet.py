"""Quiet hours by the clock on somebody's wall; the worst is told all the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from marginline.monitor.wire import AlertLevel


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` until `end` of the zone's wall clock, over midnight where `end` is earlier.

    `exceptions` are the levels that are told all the same.
    """

    start: time
    end: time
    zone: ZoneInfo
    exceptions: frozenset[AlertLevel] = frozenset({"line", "call"})

    def until(self, level: AlertLevel, now: int) -> int | None:
        """When what is spoken at `now` may be told, in ms; None: now."""
        if level in self.exceptions or self.start == self.end:
            return None
        there = datetime.fromtimestamp(now / 1000, UTC).astimezone(self.zone)
        clock, day = there.time(), there.date()
        if self.start < self.end:
            if not self.start <= clock < self.end:
                return None
        elif clock >= self.start:
            day += timedelta(days=1)
        elif clock >= self.end:
            return None
        # where the clocks change, the wall's hour may come twice or not at all: the first of two
        ends = datetime.combine(day, self.end, self.zone)
        return max(now, int(ends.timestamp() * 1000))

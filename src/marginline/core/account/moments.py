"""Moments as text, RFC 3339 in UTC, and as milliseconds since the epoch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment_text(moment: datetime) -> str:
    """The moment as RFC 3339 text in UTC, "2026-09-01T12:00:00Z"."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def wire_moment(ms: int) -> str:
    """Milliseconds since the epoch as "2026-11-20T14:00:00.000Z": its text sorts as time does."""
    seconds, rest = divmod(ms, 1_000)
    return f"{_second(seconds)}.{rest:03d}Z"


@lru_cache(maxsize=4_096)  # what happens in one second is told many times
def _second(seconds: int) -> str:
    return (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")


def span_text(ms: int) -> str:
    """How long it is, as a person would say it: "2.5 s", "41 s", "12 min", "3 h", "5 d"."""
    if ms < 10_000:
        return f"{ms / 1000:.1f}".removesuffix(".0") + " s"
    if ms < 120_000:
        return f"{ms // 1000} s"
    if ms < 7_200_000:
        return f"{ms // 60_000} min"
    return f"{ms // 3_600_000} h" if ms < 172_800_000 else f"{ms // 86_400_000} d"


def milliseconds(moment: datetime) -> int:
    """A moment as milliseconds since the epoch."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def from_milliseconds(ms: int) -> datetime:
    """Milliseconds since the epoch as a moment in UTC."""
    return _EPOCH + timedelta(milliseconds=ms)

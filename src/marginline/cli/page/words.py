"""Statuses, ages and places in the words a trader uses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from marginline.core.findings import Status

STATUS_STYLE = {
    Status.HEALTHY: "bold green",
    Status.WATCH: "bold yellow",
    Status.UNKNOWN: "bold cyan",
    Status.MARGIN_CALL: "bold magenta",
    Status.LIQUIDATION: "bold red",
}

KIND = {
    "cross": "cross pool",
    "isolated": "isolated position",
    "account": "account pool",
    "risk_unit": "risk unit",
}

_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


def status_word(status: Status) -> str:
    """The status as a heading: MARGIN CALL."""
    return status.value.replace("_", " ").upper()


def now() -> datetime:
    """The clock: read here and nowhere else in the command line."""
    return datetime.now(UTC)


def age(moment: datetime, at: datetime) -> str:
    """How long ago a moment was: "9 hours ago", "in 2 minutes"."""
    passed = at - moment
    text = _span(abs(passed))
    if text == "0 seconds":
        return "now"
    return f"{text} ago" if passed > timedelta(0) else f"in {text}"


def _span(passed: timedelta) -> str:
    seconds = int(passed.total_seconds())
    for size, unit in _UNITS:
        # Up to two of a unit say too little ("1 day" may be 47 hours): the smaller one is used.
        if seconds >= size * (2 if size > 1 else 1):
            return counted(seconds // size, unit)
    return "0 seconds"


def counted(number: int, noun: str) -> str:
    """A number with its noun: 1 day, 3 days."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def moment_words(moment: datetime) -> str:
    """A moment in UTC as people write it: 2026-11-20 14:05 UTC."""
    utc = moment.astimezone(UTC)
    clock = "%H:%M:%S" if utc.second else "%H:%M"
    return utc.strftime(f"%Y-%m-%d {clock} UTC")


def listed(names: list[str], most: int = 6) -> str:
    """Names in a row: "a, b and c"; of many the first, with how many more there are."""
    if len(names) > most:
        return ", ".join(names[:most]) + f" and {len(names) - most} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else ""

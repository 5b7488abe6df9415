"""Time as people write it: lengths (60s, 5m, 2h, 1d, or seconds), and moments."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from marginline.cli.exits import UsageProblem
from marginline.core.account.moments import milliseconds
from marginline.errors import shown

_UNITS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_LENGTH = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s|min|m|h|d|)")


def seconds_of(option: str, text: str) -> float:
    """Seconds, above 0.

    Raises:
        UsageProblem: it is no length of time.
    """
    found = _LENGTH.fullmatch(text.strip().lower())
    seconds = float(found[1]) * _UNITS[found[2]] if found else 0.0
    if not 0 < seconds < 1e9:
        raise UsageProblem(f"{option} {text}: must be a length of time, such as 90s, 5m, 2h")
    return seconds


def moment_of(option: str, text: str) -> int:
    """A moment in milliseconds since the epoch; without a zone it is UTC.

    Raises:
        UsageProblem: it is no moment.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        example = "2026-11-28T12:00:00Z"
        raise UsageProblem(
            f"{option} {shown(text, 40)}: must be a moment such as {example}"
        ) from None
    return milliseconds(moment if moment.tzinfo else moment.replace(tzinfo=UTC))

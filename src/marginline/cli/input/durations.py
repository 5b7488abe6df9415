"""Lengths of time as people write them: 60s, 5m, 2h, 1d, or seconds."""

from __future__ import annotations

import re

from marginline.cli.exits import UsageProblem

_UNITS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_LENGTH = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d|)")


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

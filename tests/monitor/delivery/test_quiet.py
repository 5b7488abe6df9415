"""Quiet hours by the wall clock, over midnight and where clocks change."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from marginline.monitor.delivery.quiet import QuietHours

BERLIN = ZoneInfo("Europe/Berlin")


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


NIGHT = QuietHours(time(22), time(7), BERLIN)
NOON = QuietHours(time(12), time(13, 30), BERLIN)


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        pytest.param(NIGHT, "2026-11-28T21:59:59+01:00", None, id="a second before"),
        pytest.param(
            NIGHT, "2026-11-28T22:00:00+01:00", "2026-11-29T07:00:00+01:00", id="the first second"
        ),
        pytest.param(
            NIGHT, "2026-11-29T03:00:00+01:00", "2026-11-29T07:00:00+01:00", id="after midnight"
        ),
        pytest.param(NIGHT, "2026-11-29T07:00:00+01:00", None, id="the end is not quiet"),
        pytest.param(
            NOON, "2026-11-28T12:30:00+01:00", "2026-11-28T13:30:00+01:00", id="within a day"
        ),
        pytest.param(NOON, "2026-11-28T13:30:00+01:00", None, id="within a day, its end"),
        pytest.param(
            NIGHT, "2026-03-28T23:00:00+01:00", "2026-03-29T07:00:00+02:00", id="clocks forward"
        ),
        pytest.param(
            NIGHT, "2026-10-24T23:00:00+02:00", "2026-10-25T07:00:00+01:00", id="clocks back"
        ),
    ],
)
def test_quiet_hours(hours: QuietHours, now: str, until: str | None) -> None:
    assert hours.until("warn", ms(now)) == (None if until is None else ms(until))


def test_the_worst_is_told_all_the_same() -> None:
    night = ms("2026-11-29T03:00:00+01:00")
    assert NIGHT.until("line", night) is None
    assert NIGHT.until("call", night) is None
    assert NIGHT.until("act", night) is not None

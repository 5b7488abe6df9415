"""Ages, moments and lists in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from marginline.cli.page.words import age, listed, moment_words

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(0), "now"),
        (timedelta(seconds=1), "1 second ago"),
        (timedelta(seconds=119), "119 seconds ago"),
        (timedelta(minutes=2), "2 minutes ago"),
        (timedelta(hours=47), "47 hours ago"),
        (timedelta(days=3, hours=5), "3 days ago"),
        (timedelta(minutes=-5), "in 5 minutes"),
    ],
)
def test_ages(passed: timedelta, words: str) -> None:
    assert age(NOW - passed, NOW) == words


def test_moments_are_in_utc() -> None:
    assert moment_words(datetime.fromisoformat("2026-09-01T10:00:05+02:00")) == (
        "2026-09-01 08:00:05 UTC"
    )


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b", "c"], "a, b and c"),
        (list("abcdefg"), "a, b, c, d, e, f and 1 more"),
    ],
)
def test_lists(names: list[str], words: str) -> None:
    assert listed(names) == words

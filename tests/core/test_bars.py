"""What the bench says of its bars."""

from __future__ import annotations

import pytest

from benchmarks.measuring import Row, printed


@pytest.mark.parametrize(
    ("value", "bar", "met"),
    [(24.0, "25 us", True), (25.0, "25 us", True), (26.0, "25 us", False), (1.0, "15", None)],
)
def test_a_bar_is_met_or_not_in_the_unit_of_its_row(
    value: float, bar: str, met: bool | None
) -> None:
    row = Row("assessment", value, "us/position", bar=bar)
    assert (row.met, row.to_dict()["met"]) == (met, met)
    said = {True: "(bar: 25 us: met)", False: "(bar: 25 us: not met)", None: "(bar: 15)"}
    assert said[met] in printed([row])


def test_a_bar_in_another_unit_is_only_told() -> None:
    assert Row("memory", 29.0, "KiB", bar="1 s").met is None


def test_a_bar_is_judged_here_and_at_the_pace_of_the_same_seconds() -> None:
    row = Row("assessment", 30.0, "us/position", bar="25 us", pace=1.5)
    assert row.at_pace == 20.0
    assert "(bar: 25 us: not met; at pace 1 20: met, pace 1.50)" in printed([row])

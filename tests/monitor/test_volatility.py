"""σ and odds: from 7 days of hourly marks on, and by the closed form."""

from __future__ import annotations

import math
import random
from decimal import Decimal
from statistics import NormalDist

import pytest

from marginline.monitor.judging.hourly import NONE, Hourly, HourlyMarks
from marginline.monitor.judging.volatility import (
    HOUR_MS,
    KEPT,
    _joint,
    missing,
    noted,
    odds_of,
    recorded_hours,
    sigma_of,
)
from marginline.monitor.process import process
from marginline.monitor.settings import MonitorSettings, Watching
from marginline.monitor.state import Edge, Judgement, PoolDistance, start
from marginline.monitor.wire import Sigma
from tests.monitor.worlds import START, VENUE, Feed, account

FAR = Edge(None, open=True, reason="")


def judgement() -> Judgement:
    feed = Feed()
    watching = Watching(name="one", venue=VENUE, source="test", kind="file")
    state = start((watching,), MonitorSettings(), START)
    state, _ = process(state, [feed.snapshot(START, account())], START)
    found = state.accounts["one"].judged
    assert found is not None
    return found


def path(hours: int, daily: float) -> HourlyMarks:
    """Hourly marks of a walk of so much a day."""
    drawn, log = random.Random(7), math.log(60_000)
    rows: list[Hourly] = []
    for hour in range(hours):
        rows.append((hour, math.exp(log)))
        log += drawn.gauss(0, daily / math.sqrt(24))
    return HourlyMarks(rows)


def test_below_seven_days_there_is_none_and_a_reason() -> None:
    judged = judgement()
    hourly = {"BTCUSDT": path(168, 0.04)}
    assert sigma_of(judged, hourly) is None
    why = missing(hourly, judged)
    assert why is not None
    assert "7 days" in why.message
    assert why.measure == "sigma"


def test_from_seven_days_on_it_is_that_of_the_walk() -> None:
    found = sigma_of(judgement(), {"BTCUSDT": path(721, 0.04)})
    assert found is not None
    assert abs(float(found.value) - 0.04) < 0.005
    assert found.days == "30"


def test_a_gap_makes_no_return() -> None:
    """After an hour without a mark the next return would be of two hours."""
    whole = path(170, 0.04)
    assert sigma_of(judgement(), {"BTCUSDT": whole}) is not None
    assert sigma_of(judgement(), {"BTCUSDT": HourlyMarks([*whole[:80], *whole[82:]])}) is None


def test_instruments_are_joined_by_the_hours_that_all_of_them_have() -> None:
    whole = path(400, 0.04)
    weights = {"one": 0.75, "other": -0.25}
    hourly = {"one": HourlyMarks(whole[5:300]), "other": HourlyMarks([*whole[:90], *whole[91:]])}
    found = _joint(weights, hourly)
    marks = dict(whole)
    returns = [
        0.5 * math.log(marks[hour] / marks[hour - 1])
        for hour in range(6, 300)
        if hour not in (90, 91)
    ]
    assert found.tolist() == pytest.approx(returns, rel=1e-9)
    assert _joint(weights | {"unheard": 1.0}, hourly).tolist() == []
    assert _joint({}, hourly).tolist() == []


def test_marks_by_the_hour_are_a_sequence_that_does_not_change() -> None:
    rows = [(480_000, 1.5), (480_001, 0.1), (480_003, 2.0)]
    marks = HourlyMarks(rows)
    assert list(marks) == rows
    assert [len(marks), marks[0], marks[-1], list(marks[1:])] == [3, rows[0], rows[2], rows[1:]]
    more = marks.followed_by(480_004, 3.0, 3)
    assert (list(marks), list(more)) == (rows, [*rows[1:], (480_004, 3.0)])
    assert list(more.followed_by(480_005, 4.0, 1)) == [(480_005, 4.0)]
    assert marks == HourlyMarks(rows) != more
    assert hash(marks) == hash(HourlyMarks(rows))
    with pytest.raises(IndexError):
        marks[3]


def test_a_record_is_told_in_the_unit_that_one_counts_in() -> None:
    told = [recorded_hours(hours) for hours in (0, 1, 23, 108)]
    hours, days = ("0 hours are", "1 hour is", "23 hours are"), "4.5 days are"
    assert told == [f"{each} recorded" for each in (*hours, days)]


def test_only_the_first_mark_of_an_hour_is_kept_and_they_are_bounded() -> None:
    rows = noted(NONE, 0, Decimal(1))
    for minute in range(0, 60 * 24 * 60, 20):
        rows = noted(rows, minute * 60_000, Decimal(minute + 1))
    assert (len(rows), rows[-1]) == (KEPT, (1439, 1439 * 60 + 1))
    assert noted(rows, 5 * HOUR_MS, Decimal(1)) is rows


def test_odds_are_those_of_the_closed_form() -> None:
    sigma = Sigma(value="0.03", source="test", days="30")
    edge = Edge(Decimal("-0.03"), open=False, reason="")
    found = odds_of(sigma, PoolDistance(edge, FAR, None, None, None, None))
    assert found is not None
    gap, drift, phi = math.log(0.97), -(0.03**2) / 2, NormalDist().cdf
    ends_beyond = phi((gap - drift) / 0.03)
    reflected = math.exp(2 * drift * gap / 0.03**2) * phi((gap + drift) / 0.03)
    assert abs(float(found.h24) - (ends_beyond + reflected)) < 1e-6
    assert found.s1 is not None
    assert found.s3 is not None
    assert abs(float(found.s1) - 24 * (gap / 0.03) ** 2) < 1e-3
    assert abs(float(found.s1) - 9 * float(found.s3)) < 1e-2
    assert float(found.h1) < float(found.h8) < float(found.h24) < float(found.d7) <= 1


def test_past_the_line_the_odds_are_one_and_an_end_not_known_has_none() -> None:
    sigma = Sigma(value="0.03", source="test", days="30")
    here = Edge(Decimal(0), open=False, reason="")
    found = odds_of(sigma, PoolDistance(here, here, None, None, None, None))
    assert found is not None
    assert {found.h1, found.h8, found.h24, found.d7} == {"1"}
    unknown = Edge(None, open=False, reason="a price is missing")
    assert odds_of(sigma, PoolDistance(here, unknown, None, None, None, None)) is None


def test_no_way_to_the_line_has_odds_of_nought() -> None:
    sigma = Sigma(value="0.03", source="test", days="30")
    found = odds_of(sigma, PoolDistance(FAR, FAR, None, None, None, None))
    assert found is not None
    assert found.d7 == "0"

"""Odds from the marks that a run has recorded: told from seven days on, with data and age."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import marginline as ml
from marginline.monitor.why.odds import SOURCE, odds_of_run, recorded
from marginline.risk.odds.answer import document_of
from tests.monitor.test_volatility import path
from tests.monitor.worlds import account


def test_below_seven_days_none_is_told_but_how_many_there_are() -> None:
    one = account()
    for hours in (0, 2, 100):
        (found,) = odds_of_run(one, ml.assess(one), {"BTCUSDT": path(hours, 0.04)})
        assert found.odds == ()
        assert found.findings[0].code is ml.Code.MISSING_DATA
        assert "no chance is told" in found.findings[0].message


def test_from_seven_days_on_they_are_those_of_headroom_over_the_same_marks() -> None:
    one, hourly = account(), {"BTCUSDT": path(24 * 20, 0.04)}
    (found,) = odds_of_run(one, ml.assess(one), hourly)
    assert [each.within for each in found.odds][-1] == timedelta(days=7)
    chances = [each.bootstrap for each in found.odds]
    assert chances == sorted(chances)
    past = recorded(hourly, ["BTCUSDT"])
    (again,) = ml.headroom(one, past, paths=4_000)
    assert again == found
    document = document_of("one", SOURCE, [found])
    assert document["source"] == "recorded hourly marks"
    assert document["pools"][0]["past_days"] is not None


def test_what_funding_takes_needs_no_past() -> None:
    document: dict[str, Any] = dict(ml.to_dict(account()))
    funding = {"rate": "0.0001", "next_at": "2026-11-20T16:00:00Z", "interval_hours": "8"}
    document["market"]["funding"] = {"BTCUSDT": funding}
    one = ml.from_dict(document)
    (found,) = odds_of_run(one, ml.assess(one), {})
    assert found.odds == ()
    (expected,) = ml.funding_drain(one, timedelta(days=7))
    assert found.funding == expected
    assert expected.expected is not None

"""Margin-rate studies over HTTP: of candles that are sent, and of marks that were recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import marginline as ml
from marginline.api.routes.studies import KEPT, Kept
from tests.api.served import Served
from tests.cli.test_json import misfits

CANDLES = (Path(__file__).parents[2] / "docs/examples/candles.csv").read_text()
ASKED = {"symbol": "BTCUSDT", "candles": CANDLES, "close_out_s": "3600"}


def test_a_study_of_candles_is_the_library_s_and_is_made_once(served: Served) -> None:
    answer = served.post("/api/v1/studies", json=ASKED)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert misfits(found, "study") == []
    past = ml.past_of(ml.read_candles(CANDLES, "BTCUSDT"), ["BTCUSDT"])
    from datetime import timedelta

    expected = ml.study(past, ml.Terms(close_out=timedelta(hours=1)))
    assert found == expected.to_dict("candles that were given")
    assert served.post("/api/v1/studies", json=ASKED).json() == found


def test_over_time_is_bounded_and_keeps_the_worst(served: Served) -> None:
    found = served.post("/api/v1/studies", json=ASKED).json()
    moments = found["over_time"]
    assert 2 < len(moments) <= 240
    assert [each["at"] for each in moments] == sorted(each["at"] for each in moments)
    assert any(each["loss"] is None for each in moments[-2:]) or moments[-1]["loss"]


def test_what_may_be_asked_of_is_listed(served: Served) -> None:
    found = served.get("/api/v1/studies").json()
    assert set(found["methods"]) == {"ewma", "fhs", "es"}
    assert "eu-retail" in found["jurisdictions"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"candles": None}, "no hourly marks of it are recorded"),
        ({"coverage": "2"}, "coverage"),
        ({"coverage": "much"}, "coverage"),
        ({"close_out_s": "0"}, "close_out_s"),
        ({"close_out_s": "99999999"}, "hold no close-out period"),
        ({"method": "guess"}, "method"),
        ({"jurisdiction": "atlantis"}, "jurisdiction"),
        ({"candles": "a,b"}, "header"),
        ({"candles": "time,close\n1,1\n2,2\n3,3\n"}, "past"),
        ({"depth": {"0.001": "-5"}}, "depth"),
        ({"luck": "1"}, "luck"),
    ],
)
def test_a_wrong_question_names_its_field(
    served: Served, change: dict[str, Any], said: str
) -> None:
    answer = served.post("/api/v1/studies", json={**ASKED, **change})
    assert answer.status_code == 422
    assert said in answer.text


def test_studies_kept_are_bounded() -> None:
    kept = Kept()
    for each in range(KEPT + 5):
        kept.put(each, {})  # type: ignore[typeddict-item]
    assert kept.get(0) is None
    assert kept.get(KEPT + 4) is not None

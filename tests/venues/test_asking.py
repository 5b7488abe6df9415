"""A finding that asks for more names the endpoint to fetch, in the venue's words."""

from __future__ import annotations

import pytest

from marginline.venues.asking import _TELLS
from marginline.venues.assessing import assess
from marginline.venues.reader.reading import kinds, read, readable_venues
from tests.venues.binance import answers


def test_every_kind_that_is_named_is_one_that_a_reader_knows() -> None:
    known = {kind for venue in readable_venues() for kind in kinds(venue)}
    assert {kind for told in _TELLS.values() for kind in told} <= known


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("account", "give market.mark.BTCUSDT (fetch positionRisk, kind position_risk)"),
        ("position_risk", "give parameters.tiers.BTCUSDT (fetch leverageBracket, kind brackets)"),
    ],
)
def test_what_is_missing_in_an_answer_is_asked_for_by_endpoint(given: str, asked: str) -> None:
    account = read("binance_usdm", mode="single_asset", **{given: answers.usdm()[given]})
    assert any(f.message.endswith(asked) for f in assess(account).all_findings())

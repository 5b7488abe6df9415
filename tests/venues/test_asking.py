"""A finding that asks for more names the endpoint to fetch, in the venue's words."""

from __future__ import annotations

import pytest

import marginline as ml
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


def test_size_reduce_and_liquidation_prices_name_it_too() -> None:
    given = {kind: answers.usdm()[kind] for kind in ("account", "position_risk")}
    account = read("binance_usdm", mode="single_asset", **given)
    size = ml.size_for(account, "BTCUSDT", "buy")
    tiers = "(fetch leverageBracket, kind brackets)"
    assert size.limit.endswith(tiers)
    assert ml.reduce_to(account, "USDT", "0.001").findings[0].message.endswith(tiers)
    prices = ml.liquidation_prices(account)
    beside = "; the venue's own figure is 43172.69076305"
    assert beside in prices.of("BTCUSDT").reasons["below"]
    assert beside not in prices.of("BTCUSDT").reasons["above"]
    assert prices.of("BTCUSDT").reasons["above"].endswith(tiers)
    assert any(each.reason.endswith(tiers) for each in prices.joint)

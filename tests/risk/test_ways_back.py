"""The ways back to a ratio: what each costs and brings, and which comes first."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

import marginline as ml
from marginline.cli.commands.stories import text_of

TARGET = Decimal("0.5")


def strained(*, orders: bool = False) -> ml.Account:
    document = json.loads(text_of("strained"))
    document["orders"] = []
    if orders:
        order = {"instrument": "XRPUSDT", "side": "buy", "size": "1000", "price": "2"}
        document["orders"] = [order]
    return ml.from_dict(document)


def test_the_ways_that_lead_there_come_first_and_the_cheapest_of_them() -> None:
    ways = ml.reduce_to(strained(orders=True), "USDT", TARGET).ways
    assert {way.kind for way in ways} == {"pay_in", "close_drain", "close_share", "cancel_orders"}
    leading = [way for way in ways if way.amount is not None]
    assert list(ways[: len(leading)]) == leading
    costs = [way.cost for way in leading]
    assert None not in costs
    assert costs == sorted(cost for cost in costs if cost is not None)


@pytest.mark.parametrize("kind", ["pay_in", "close_drain", "close_share"])
def test_a_way_leads_there_costs_and_brings_what_it_says(kind: str) -> None:
    account = strained()
    (way,) = [w for w in ml.reduce_to(account, "USDT", TARGET).ways if w.kind == kind]
    found = ml.what_if(account, way.changes)
    before, after = found.before.pools[0], found.after.pools[0]
    assert after.margin_ratio is not None
    assert after.margin_ratio <= TARGET
    assert before.buffer is not None
    assert after.buffer is not None
    assert way.brings == after.buffer - before.buffer
    assert before.equity is not None
    assert after.equity is not None
    assert way.cost == (0 if kind == "pay_in" else before.equity - after.equity)


def test_closing_the_drain_touches_no_other_position() -> None:
    (way,) = [w for w in ml.reduce_to(strained(), "USDT", TARGET).ways if w.kind == "close_drain"]
    (change,) = way.changes
    assert change.to_dict()["instrument"] == "XRPUSDT/both"


def test_orders_that_take_nothing_are_no_way_and_it_says_so() -> None:
    ways = ml.reduce_to(strained(orders=True), "USDT", TARGET).ways
    assert ways[-1].kind == "cancel_orders"
    assert ways[-1].amount is None
    assert ways[-1].reason == "resting orders do not take what is missing"


def test_cancelled_orders_rest_no_more() -> None:
    account = strained(orders=True)
    assert not ml.what_if(account, ml.cancel_orders("XRPUSDT")).account_after.orders
    with pytest.raises(ml.InputError, match="orders rest in: XRPUSDT"):
        ml.what_if(account, ml.cancel_orders("BTCUSDT"))

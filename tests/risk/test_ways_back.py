"""The ways back to a ratio: what each costs and brings, and which comes first."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

import marginline as ml
from marginline.cli.commands.stories import text_of
from marginline.core.measures import Measure

TARGET = Decimal("0.5")


def strained(*, orders: bool = False) -> ml.Account:
    document = json.loads(text_of("strained"))
    document["orders"] = []
    if orders:
        order = {"instrument": "XRPUSDT", "side": "buy", "size": "1000", "price": "2"}
        document["orders"] = [order]
    return ml.from_dict(document)


def test_the_ways_that_lead_there_come_first_then_what_frees_most_per_exposure() -> None:
    ways = ml.reduce_to(strained(orders=True), "USDT", TARGET).ways
    kinds = {way.kind for way in ways}
    assert kinds == {"pay_in", "close_drain", "close_one", "close_share", "cancel_orders"}
    leading = [way for way in ways if way.amount is not None]
    assert list(ways[: len(leading)]) == leading
    assert leading[0].kind == "pay_in", "it gives up no exposure"
    freed = [way.frees_per_exposure for way in leading[1:]]
    assert None not in freed
    assert freed == sorted((each for each in freed if each is not None), reverse=True)


def test_what_a_close_frees_and_gives_up_is_requirement_and_notional() -> None:
    account = strained()
    for way in ml.reduce_to(account, "USDT", TARGET).ways:
        if way.kind == "pay_in":
            assert way.gives_up == 0
            assert way.frees_per_exposure is None
        if way.amount is None or way.kind == "pay_in":
            continue
        found = ml.what_if(account, way.changes)
        sides = [needed(each.pools[0]) for each in (found.before, found.after)]
        assert way.frees == sides[0] - sides[1] > 0
        rows = {row.key: row.instrument for row in account.positions}
        sizes = [(str(ch.to_dict()["instrument"]), str(ch.to_dict()["size"])) for ch in way.changes]
        worth = [abs(Decimal(s)) * account.market.mark[rows[key]] for key, s in sizes]
        assert way.gives_up == sum(worth)


def needed(pool: ml.PoolAssessment) -> Decimal:
    assert pool.buffer is not None
    support = pool.figures.figure(Measure.SUPPORT)
    assert isinstance(support, Decimal)
    return support - pool.buffer


def test_of_each_position_alone_one_that_is_too_small_says_so() -> None:
    ways = ml.reduce_to(strained(), "USDT", TARGET).ways
    alone = [way for way in ways if way.kind in ("close_drain", "close_one")]
    assert len(alone) == 3
    assert {way.reason for way in alone if way.amount is None} == {
        "even closing all of SOLUSDT/both leaves the pool short",
        "even closing all of ETHUSDT/both leaves the pool short",
    }


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
    (way,) = [each for each in ways if each.kind == "cancel_orders"]
    assert way.amount is None
    assert way.reason == "resting orders do not take what is missing"


def test_cancelled_orders_rest_no_more() -> None:
    account = strained(orders=True)
    assert not ml.what_if(account, ml.cancel_orders("XRPUSDT")).account_after.orders
    with pytest.raises(ml.InputError, match="orders rest in: XRPUSDT"):
        ml.what_if(account, ml.cancel_orders("BTCUSDT"))

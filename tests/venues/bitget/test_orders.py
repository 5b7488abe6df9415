"""Opening cost of resting orders: value / leverage + open fee, for what they open."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from marginline.core.findings import Code
from marginline.core.measures import Measure as M
from tests.venues.bitget.accounts import FEES, document, hedged, leg, union
from tests.venues.documents import Doc, assessed, number, pool_of

D = Decimal


def order(side: str, size: str, price: str = "24000", **fields: Any) -> Doc:
    return {"instrument": "BTCUSDT", "side": side, "size": size, "price": price} | fields


def cost(value: str) -> Decimal:
    return D(value) * (D("0.05") + D("0.0006"))


CASES = [
    pytest.param([order("buy", "1")], cost("24000"), id="adds to the long"),
    pytest.param([order("sell", "1", "26000")], D(0), id="closes the long"),
    pytest.param([order("sell", "3", "26000")], cost("52000"), id="closes one, opens two"),
    pytest.param(
        [order("sell", "1", "27000"), order("sell", "1", "26000")],
        cost("27000"),
        id="the order that fills first closes first",
    ),
    pytest.param(
        [order("buy", "1"), order("sell", "2", "26000")], cost("50000"), id="both sides in full"
    ),
    pytest.param([order("sell", "3", reduce_only=True)], D(0), id="reduce-only takes nothing"),
    pytest.param([order("buy", "1", kind="stop")], D(0), id="a stop takes nothing yet"),
    pytest.param(
        [{"instrument": "BTCUSDT", "side": "buy", "size": "1", "kind": "market"}],
        cost("25000"),
        id="a market order at the mark",
    ),
]


@pytest.mark.parametrize(("orders", "expected"), CASES)
def test_one_way(orders: list[Doc], expected: Decimal) -> None:
    assert number(pool_of(document(orders=orders)), M.ORDER_INITIAL_MARGIN) == expected


HEDGE = [
    pytest.param(order("buy", "1", position_side="long"), cost("24000"), id="opens a long"),
    pytest.param(order("sell", "1", position_side="long"), D(0), id="closes the long"),
    pytest.param(order("sell", "1", position_side="short"), cost("24000"), id="opens a short"),
    pytest.param(order("buy", "1", position_side="short"), D(0), id="closes the short"),
]


@pytest.mark.parametrize(("resting", "expected"), HEDGE)
def test_hedge(resting: Doc, expected: Decimal) -> None:
    whole = hedged(leg("long", "1"), leg("short", "1"), orders=[resting])
    assert number(pool_of(whole), M.ORDER_INITIAL_MARGIN) == expected


def test_tiers_by_size_choose_no_rate_for_an_orders_value() -> None:
    rows = [{"floor": "0", "cap": "5", "rate": "0.004", "initial_rate": "0.01"},
            {"floor": "5", "rate": "0.01", "initial_rate": "0.02"}]  # fmt: skip
    parameters = {"tiers": {"BTCUSDT": {"keyed_by": "size", "rows": rows}}, "fees": FEES}
    resting = document(orders=[order("buy", "1")], positions=[], parameters=parameters)
    found = assessed(resting)
    assert pool_of(resting).measures[M.ORDER_INITIAL_MARGIN] is None
    reason = "the leverage of BTCUSDT is not given; give settings.BTCUSDT.leverage"
    assert any(finding.message == reason for finding in found.findings)


def test_hedge_order_without_a_side_is_missing() -> None:
    whole = hedged(leg("long", "1"), orders=[order("buy", "1")])
    assert pool_of(whole).measures[M.ORDER_INITIAL_MARGIN] is None


def test_frozen_margin_stays_in_cross_equity() -> None:
    with_order, without = pool_of(document(orders=[order("buy", "1")])), pool_of(document())
    assert with_order.measures[M.MARGIN_BALANCE] == without.measures[M.MARGIN_BALANCE]
    less = number(without, M.AVAILABLE_BALANCE) - number(with_order, M.AVAILABLE_BALANCE)
    assert less == cost("24000")


def test_orders_are_said_to_be_approximate() -> None:
    found = assessed(document(orders=[order("buy", "1")])).findings
    assert any(f.code is Code.APPROXIMATE and f.where == "orders of BTCUSDT" for f in found)


def test_in_union_mode_in_the_pools_own_asset() -> None:
    assert number(pool_of(union(orders=[order("buy", "1")])), M.ORDER_INITIAL_MARGIN) == cost(
        "24000"
    )

"""Stops that would come after liquidation are pointed out, by name and with both prices."""

from __future__ import annotations

from typing import Any

import pytest

from marginline.core.account.account import Account
from marginline.core.findings import Code, Finding
from marginline.core.numbers import to_text
from marginline.risk.sizing.stops import check_stops
from marginline.risk.what_if.orders import close, order
from marginline.risk.what_if.what_if import what_if
from marginline.venues.assessing import assess
from tests.risk.books import book, hedged, one


def with_stop(account: Account, **order_fields: Any) -> tuple[Finding, ...]:
    made = {"instrument": "BTCUSDT", "side": "sell", "size": "1", "kind": "stop"} | order_fields
    document = book(
        wallets=[{"asset": "USDT", "balance": "10000"}],
        positions=[
            {
                "instrument": p.instrument,
                "side": p.side,
                "size": str(p.size),
                "entry_price": "60000",
                "leverage": "10",
            }
            for p in account.positions
        ],
        position_mode=account.position_mode,
        orders=[made],
    )
    return check_stops(document, assess(document))


# The long of 1 is liquidated at 50,226.13; the short at 69,637.68.
@pytest.mark.parametrize(
    ("size", "side", "price", "beyond"),
    [
        pytest.param("1", "sell", "55000", False, id="a long's stop above its liquidation"),
        pytest.param("1", "sell", "50000", True, id="a long's stop below it"),
        pytest.param("-1", "buy", "69000", False, id="a short's stop below its liquidation"),
        pytest.param("-1", "buy", "70000", True, id="a short's stop above it"),
        pytest.param("1", "buy", "70000", False, id="a stop that would add is no protection"),
    ],
)
def test_a_stop_against_the_liquidation_price(
    size: str, side: str, price: str, beyond: bool
) -> None:
    assert bool(with_stop(one(size), side=side, price=price)) == beyond


def test_the_finding_names_position_and_both_prices() -> None:
    (finding,) = with_stop(one(), price="50000")
    end = assess(one()).pool("USDT").position("BTCUSDT/both").liquidation_price
    assert finding.code is Code.STOP_BEYOND_LIQUIDATION
    assert finding.where == "BTCUSDT/both"
    assert "at 50000" in finding.message
    assert end is not None
    assert f"liquidated at {to_text(end)}" in finding.message


def test_at_the_liquidation_price_is_too_late() -> None:
    end = assess(one()).pool("USDT").position("BTCUSDT/both").liquidation_price
    assert with_stop(one(), price=str(end))


@pytest.mark.parametrize("kind", ["limit", "take_profit", "market"])
def test_other_orders_are_no_stops(kind: str) -> None:
    assert with_stop(one(), kind=kind, price="50000") == ()


def test_a_stop_without_a_price_cannot_be_judged() -> None:
    (finding,) = with_stop(one())
    assert finding.code is Code.MISSING_DATA


def test_a_stop_of_one_leg_is_judged_by_that_leg() -> None:
    legs = hedged("1", "-0.5")
    assert with_stop(legs, price="30000", position_side="long")
    assert not with_stop(legs, price="59000", position_side="long")
    assert not with_stop(legs, side="buy", price="90000", position_side="short")


def test_what_if_judges_the_stop_it_is_asked_to_place() -> None:
    stop = order("BTCUSDT", "-1", kind="stop", price="50000", reduce_only=True)
    answer = what_if(one(), stop)
    assert [f.code for f in answer.findings] == [Code.STOP_BEYOND_LIQUIDATION]
    assert answer.account_after.positions == one().positions


def test_what_if_judges_a_stop_that_an_order_has_put_out_of_reach() -> None:
    stop = order("BTCUSDT", "-1", kind="stop", price="52000")
    assert not what_if(one(), stop).findings
    answer = what_if(one(), [stop, order("BTCUSDT", "0.5")])
    assert Code.STOP_BEYOND_LIQUIDATION in [f.code for f in answer.findings]
    assert not what_if(one(), [stop, close("BTCUSDT")]).findings

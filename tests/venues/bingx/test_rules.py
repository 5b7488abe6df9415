"""BingX's own rules: orders, prices that must agree, modes, dates, bad input."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

import marginline as ml
from marginline.core.findings import Status
from marginline.core.measures import Measure as M
from marginline.errors import DocumentError, InputError, RulebookError
from marginline.venues.bingx.copy_trading import (
    accrued_profit_share,
    fixed_margin_size,
    margin_taken,
    ratio_margin,
    ratio_size,
)
from marginline.venues.bingx.trial_fund import CHANGE, absorb
from tests.venues.bingx.accounts import (
    coin_margined,
    document,
    isolated,
    messages,
    multi,
    order,
    position,
    standard,
)
from tests.venues.documents import Doc, assessed, number, pool_of

D = Decimal


# -- orders ------------------------------------------------------------------------------------


def test_a_cross_order_freezes_its_fee_and_brings_its_maintenance() -> None:
    """1 at 40,000, 20x: margin 2,000, fee 20, maintenance 152 and closing fee 20."""
    bare, found = pool_of(document()), pool_of(document(orders=[order("buy", "1", "40000")]))
    assert number(found, M.ORDER_INITIAL_MARGIN) == 2020
    assert number(found, M.BUFFER) == number(bare, M.BUFFER) - 20 - 172
    assert number(found, M.MAINTENANCE_MARGIN) == number(bare, M.MAINTENANCE_MARGIN) + 172
    assert number(found, M.AVAILABLE_BALANCE) == number(bare, M.AVAILABLE_BALANCE) - 2020


def test_an_isolated_order_freezes_margin_and_fee_in_the_cross_pool() -> None:
    row = order("buy", "1", "40000", margin_mode="isolated")
    bare, found = pool_of(document()), pool_of(document(orders=[row]))
    assert number(found, M.BUFFER) == number(bare, M.BUFFER) - 2020
    assert number(found, M.MAINTENANCE_MARGIN) == number(bare, M.MAINTENANCE_MARGIN)


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(order("sell", "1", "60000", reduce_only=True), id="reduce-only"),
        pytest.param(order("sell", "1", "40000", kind="stop"), id="a stop that waits"),
        pytest.param(order("sell", "1", "60000", position_side="long"), id="closes its leg"),
    ],
)
def test_what_cannot_open_freezes_nothing(row: Doc) -> None:
    hedge = {"position_mode": "hedge", "positions": [position(side="long")]}
    assert number(pool_of(document(orders=[row], **hedge)), M.ORDER_INITIAL_MARGIN) == 0


def test_a_market_order_is_valued_at_the_mark() -> None:
    found = pool_of(document(orders=[order("buy", "1", kind="market")]))
    assert number(found, M.ORDER_INITIAL_MARGIN) == 2525


def test_orders_of_standard_futures_are_not_known() -> None:
    found = pool_of(standard(orders=[order("buy", "0.001", "40000")]))
    assert found.measures[M.ORDER_INITIAL_MARGIN] is None
    assert found.measures[M.AVAILABLE_BALANCE] is None


# -- positions ---------------------------------------------------------------------------------


def test_hedge_legs_count_in_full() -> None:
    rows = [position(side="long"), position("-1", side="short")]
    found = pool_of(document(position_mode="hedge", positions=rows))
    assert number(found, M.MAINTENANCE_MARGIN) == 2 * D(215)
    assert number(found, M.POSITION_INITIAL_MARGIN) == 5000


def test_several_isolated_positions_on_one_side_stand_apart() -> None:
    rows = [isolated("1", side="long", id="1"), isolated("2", side="long", id="2")]
    found = assessed(document(position_mode="hedge", positions=rows))
    names = {"USDT", "BTC-USDT/long#1 isolated", "BTC-USDT/long#2 isolated"}
    assert {pool.id for pool in found.pools} == names
    assert number(found.pool("USDT"), M.WALLET_BALANCE) == 5000


def test_both_families_in_one_account() -> None:
    whole = document(
        wallets=[{"asset": "USDT", "balance": "10000"}, {"asset": "SOL", "balance": "10"}],
        positions=[position(), *coin_margined()["positions"]],
    )
    assert [pool.id for pool in assessed(whole).pools] == ["USDT", "SOL"]


def test_multi_assets_cuts_balances_and_not_profit() -> None:
    market = multi()["market"] | {"mark": {"BTC-USDT": "51000"}}
    found = pool_of(multi(market=market))
    assert found.id == "USDT"
    assert number(found, M.MARGIN_BALANCE) == D("4999.5") + 47500 + 1000
    assert number(found, M.EQUITY) == 5000 + 50000 + 1000
    assert found.measures[M.AVAILABLE_BALANCE] is None
    assert any("collateral ratio" in text for text in messages(multi(), "APPROXIMATE"))


def test_debts_without_collateral_have_no_loan_to_value() -> None:
    found = pool_of(multi(wallets=[{"asset": "USDT", "balance": "-1"}], positions=[]))
    assert found.measures[M.VENUE_RATIO] is None
    assert found.status is not Status.HEALTHY


def test_standard_margin_added_by_hand_is_lost_to_nine_tenths_too() -> None:
    row = isolated("0.003", leverage="10", isolated_margin="20", extra_margin="5", fees="0")
    found = assessed(standard(positions=[row])).pool("BTC-USDT/both isolated")
    assert number(found, M.MAINTENANCE_MARGIN) == 2


# -- what is said ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mark", "last", "status", "said"),
    [
        pytest.param("50000", "49990", Status.HEALTHY, False, id="both stand"),
        pytest.param("50000", "30000", Status.HEALTHY, True, id="last alone is past it"),
        pytest.param("30000", "50000", Status.LIQUIDATION, True, id="mark alone is past it"),
        pytest.param("30000", "29000", Status.LIQUIDATION, False, id="both are past it"),
    ],
)
def test_mark_and_last_price(mark: str, last: str, status: Status, said: bool) -> None:
    market = document()["market"] | {"mark": {"BTC-USDT": mark}, "last": {"BTC-USDT": last}}
    whole = document(market=market)
    assert assessed(whole).status is status
    assert bool(messages(whole, "PRICES_DISAGREE")) is said


@pytest.mark.parametrize("given", ["20", {"USDT": "-1"}, {"USDT": "much"}])
def test_a_profit_share_that_is_none_is_said(given: Any) -> None:
    parameters = document()["parameters"] | {"venue": {"accrued_profit_share": given}}
    whole = document(parameters=parameters)
    assert len(messages(whole, "CONTRADICTION")) == 1
    assert not messages(whole, "OVERSTATED")


def test_the_adjustment_factor_may_be_given() -> None:
    whole = standard(parameters={"venue": {"adjustment_factor": "0.2"}})
    assert number(pool_of(whole), M.MAINTENANCE_MARGIN) == 3
    assert assessed(standard(parameters={"venue": {"adjustment_factor": "x"}})).status is (
        Status.UNKNOWN
    )


# -- dates and bad input -----------------------------------------------------------------------


@pytest.mark.parametrize("make", [document, standard])
def test_the_books_begin_in_2025(make: Any) -> None:
    assert assessed(make(as_of="2025-01-01T00:00:00Z")).status is Status.HEALTHY
    with pytest.raises(RulebookError, match="from 2025-01-01"):
        assessed(make(as_of="2024-12-31T23:59:59Z"))


def test_the_mode_may_be_left_out() -> None:
    whole = document()
    del whole["mode"]
    assert ml.assess(ml.load(whole)).rulebook.code == "BXP-2025-01"


def test_an_unknown_contract_is_refused() -> None:
    with pytest.raises(DocumentError, match=r"instruments\.BNB-USD"):
        assessed(document(positions=[position(instrument="BNB-USD")]))


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda: fixed_margin_size(D(1), D(2), D(0), D(3), side="both"), id="side"),
        pytest.param(lambda: fixed_margin_size(D(0), D(2), D(0), D(3), side="long"), id="margin"),
        pytest.param(lambda: fixed_margin_size(D(1), D(2), D("0.5"), D(3), side="long"), id="fee"),
        pytest.param(lambda: fixed_margin_size(D(1), D(2), D(-1), D(3), side="long"), id="rebate"),
        pytest.param(
            lambda: fixed_margin_size(D(1), D(2), D(0), D(3), side="long", slippage=D(1)), id="slip"
        ),
        pytest.param(lambda: ratio_margin(D(1), D(1), D(0)), id="lead without assets"),
        pytest.param(lambda: ratio_margin(D(-1), D(1), D(1)), id="negative funds"),
        pytest.param(lambda: ratio_size(D(1), D(0), D(1), side="long"), id="leverage"),
        pytest.param(lambda: margin_taken(D(1), D(0), D(1)), id="price"),
        pytest.param(lambda: accrued_profit_share(D(1), D(2)), id="share"),
        pytest.param(lambda: outflow("gift", D(1)), id="kind of outflow"),
        pytest.param(lambda: outflow("loss", D(0)), id="no outflow"),
        pytest.param(lambda: outflow("loss", D(1), ratio="2"), id="offset ratio"),
        pytest.param(lambda: outflow("loss", D(1), moment=CHANGE.replace(tzinfo=None)), id="zone"),
    ],
)
def test_impossible_input_is_refused(call: Any) -> None:
    with pytest.raises(InputError):
        call()


def outflow(kind: str, amount: Decimal, *, ratio: str = "0", moment: Any = CHANGE) -> Any:
    funds = {"trial_left": D(1), "own_funds": D(1)}
    return absorb(kind, amount, moment, offset_ratio=D(ratio), **funds)

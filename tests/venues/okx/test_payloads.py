"""OKX's answers read: modes, sides, balances, and what is left unknown."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

import marginline as ml
from marginline.core.account.account import Position
from marginline.core.findings import Code, Status
from marginline.errors import PayloadError
from marginline.risk.reconcile.reconcile import Outcome, reconcile
from marginline.venues.assessing import assess
from marginline.venues.reader.reading import apply, kinds, read
from tests.venues.documents import Doc
from tests.venues.okx.answers import (
    AS_OF,
    CONFIG,
    VENUE,
    account,
    balance,
    detail,
    enveloped,
    order,
    position,
    streamed,
)

D = Decimal


def only(found: ml.Account) -> Position:
    (row,) = found.positions
    return row


def notes(found: ml.Account) -> set[tuple[Code, str]]:
    return {(note.code, note.where) for note in assess(found).findings}


def test_a_whole_account_reconciles_in_full() -> None:
    found = account()
    assert (found.mode, only(found).key) == ("futures", "BTC-USDT-SWAP/both")
    result = reconcile(found)
    assert result.agrees
    assert result.count(Outcome.NOT_COMPUTABLE) == 0
    assert {line.label for line in result.lines} == {
        "eq", "upl", "imr", "mmr", "mgnRatio", "availEq", "uplRatio",
    }  # fmt: skip
    assert assess(found).status is Status.HEALTHY


@pytest.mark.parametrize(
    ("level", "mode"), [("2", "futures"), ("3", "multi_currency"), ("4", "portfolio")]
)
def test_the_account_level_is_the_mode(level: str, mode: str) -> None:
    assert account(config=enveloped([CONFIG | {"acctLv": level}])).mode == mode


def test_spot_mode_is_refused_and_so_is_a_mode_that_config_denies() -> None:
    with pytest.raises(PayloadError, match="no account level with margin"):
        account(config=enveloped([CONFIG | {"acctLv": "1"}]))
    with pytest.raises(PayloadError, match="config says futures"):
        account(mode="portfolio")


def test_without_config_an_account_of_several_currencies_is_unknown() -> None:
    found = account(config=None, balance=enveloped([balance(adjEq="20000")]))
    assert found.mode == "multi_currency"
    assert (Code.MISSING_DATA, "config") in notes(found)
    assert assess(found).status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("row", "key", "size"),
    [
        ({"posSide": "net", "pos": "-3"}, "BTC-USDT-SWAP/both", "-3"),
        ({"posSide": "short", "pos": "3"}, "BTC-USDT-SWAP/short", "-3"),
        ({"posSide": "long", "pos": "3"}, "BTC-USDT-SWAP/long", "3"),
    ],
)
def test_sizes_are_signed_by_their_side(row: Doc, key: str, size: str) -> None:
    found = only(account(config=None, mode="futures", positions=enveloped([position(**row)])))
    assert (found.key, found.size) == (key, D(size))


def test_bots_are_equity_that_supports_nothing_and_isolated_margins_stand_apart() -> None:
    own = detail(stgyEq="150", isoEq="99", eq="20449", rewardBal="7")
    (wallet,) = account(balance=enveloped([balance(own)])).wallets
    assert (wallet.balance, wallet.locked, wallet.credit) == (D(20150), D(150), D(7))
    assert not wallet.isolated_included


def test_the_collateral_switch_is_of_several_currencies_alone() -> None:
    (single,) = account().wallets
    assert single.collateral
    several = enveloped([CONFIG | {"acctLv": "3"}])
    (off,) = account(config=several).wallets
    assert not off.collateral


def test_a_dated_contract_is_worth_what_its_perpetual_is() -> None:
    found = account(positions=enveloped([position(instId="BTC-USDT-261225")]))
    contract = found.instruments["BTC-USDT-261225"]
    assert contract.contract_size == D("0.01")
    assert contract.expires_at is not None
    assert contract.expires_at.isoformat() == "2026-12-25T08:00:00+00:00"


def test_what_a_contract_is_worth_is_told_by_instruments() -> None:
    terms = {"instId": "SOL-USDT-SWAP", "instType": "SWAP", "ctVal": "1", "ctMult": "1",
             "ctType": "linear", "settleCcy": "USDT", "tickSz": "0.01"}  # fmt: skip
    rows = enveloped([position(instId="SOL-USDT-SWAP")])
    assert (Code.MISSING_DATA, "positions: SOL-USDT-SWAP") in notes(account(positions=rows))
    found = account(positions=rows, instruments=enveloped([terms]))
    assert found.instruments["SOL-USDT-SWAP"].contract_size == D(1)


@pytest.mark.parametrize("family", ["OPTION", "MARGIN", "SPOT"])
def test_what_is_not_read_makes_the_account_unknown(family: str) -> None:
    found = account(positions=enveloped([position(instType=family)]))
    assert not found.positions
    assert assess(found).status is Status.UNKNOWN


def test_tiers_are_by_contracts_and_whole_and_rows_touch() -> None:
    table = account().parameters.tiers["BTC-USDT-SWAP"]
    assert (table.keyed_by, table.kind) == ("size", "whole")
    assert [(row.floor, row.cap) for row in table.rows] == [(D(0), D(1000)), (D(1000), D(2000))]


def test_discount_tiers_become_collateral_and_indexes_rates() -> None:
    row = {"ccy": "BTC", "minDiscountRate": "0.9", "details": [
        {"minAmt": "0", "maxAmt": "20", "discountRate": "0.98"},
        {"minAmt": "20", "maxAmt": "", "discountRate": "0.95"},
    ]}  # fmt: skip
    rates = [{"instId": "BTC-USD", "idxPx": "60000"}, {"instId": "BTC-USDT", "idxPx": "60010"}]
    found = account(discount=enveloped([row]), index=enveloped(rates))
    assert [r.ratio for r in found.parameters.collateral["BTC"].rows] == [D("0.98"), D("0.95")]
    assert found.market.asset_rate["BTC"].index == D(60000)
    assert found.market.index["BTC-USDT-SWAP"] == D(60010)


def test_fees_are_those_of_the_settle_currency_and_taken_as_costs() -> None:
    assert account().parameters.fees.by_instrument["BTC-USDT-SWAP"].taker == D("0.0005")


def test_resting_orders_are_what_is_left_of_them() -> None:
    rows = [order(), order(state="filled"), order(accFillSz="10")]
    (row,) = account(orders=enveloped(rows)).orders
    assert (row.size, row.price, row.reduce_only) == (D(6), D(58000), False)


@pytest.mark.parametrize("kind", ["positions", "balance", "orders"])
def test_an_answer_without_a_list_tells_nothing(kind: str) -> None:
    found = account(**{kind: {"code": "0", "msg": "", "data": None}})
    assert assess(found).status is Status.UNKNOWN


def test_a_refusal_is_told() -> None:
    refusal = {"code": "50111", "msg": "Invalid OK-ACCESS-KEY", "data": []}
    with pytest.raises(PayloadError, match="Invalid OK-ACCESS-KEY"):
        account(balance=refusal)


def test_the_stream_brings_an_account_up_to_date_and_leaves_what_it_does_not_name() -> None:
    base = account(balance=enveloped([balance(detail(), detail(ccy="BTC", eqUsd="60000", eq="1"))]))
    moved = apply(base, streamed("positions", position(pos="60")))
    assert only(moved).size == D(60)
    closed = apply(moved, streamed("positions", position(pos="0")))
    assert not closed.positions
    richer = apply(base, streamed("account", balance(detail(cashBal="30000", eq="30200"))))
    assert {w.asset: w.balance for w in richer.wallets} == {"USDT": D(30000), "BTC": D(20000)}
    assert apply(moved, streamed("positions", position(pos="60"))) == moved


def test_one_order_of_the_stream_leaves_the_orders_unknown() -> None:
    found = apply(account(), streamed("orders", order()))
    assert "orders" not in str(found.extra["known"])


@pytest.mark.parametrize("event", [{}, [], {"arg": {"channel": "x"}, "data": []}, {"code": "0"}])
def test_what_is_no_event_is_refused(event: Any) -> None:
    with pytest.raises(PayloadError, match="no message of a stream"):
        apply(account(), event)


def test_every_kind_has_a_line() -> None:
    assert all(len(line) > 10 for line in kinds(VENUE).values())


def test_positions_alone_never_read_as_safe() -> None:
    found = read(VENUE, as_of=AS_OF, mode="futures", positions=enveloped([position()]))
    assert assess(found).status is Status.UNKNOWN

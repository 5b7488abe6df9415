"""Before an order is sent, and the account at other marks."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

import marginline as ml
from marginline.cli.commands.stories import text_of

D = Decimal


def account(name: str, **changes: Any) -> ml.Account:
    return ml.from_dict(json.loads(text_of(name)) | changes)


def test_an_order_that_fits_is_ok() -> None:
    found = ml.check_order(account("comfortable"), ml.order("BTCUSDT", "0.01"))
    assert found
    assert found.ok
    assert found.accepted
    assert found.reason == "the venue would accept it, and the account is healthy after it"


def test_an_order_that_the_venue_would_refuse_is_not() -> None:
    found = ml.check_order(account("comfortable"), ml.order("BTCUSDT", "100000"))
    assert not found
    assert not found.accepted
    assert "the venue would refuse this" in found.reason


def test_an_order_that_leaves_the_account_near_the_line_is_not() -> None:
    found = ml.check_order(account("strained"), ml.order("XRPUSDT", "10"))
    assert not found
    assert "watch after it" in found.reason or "refuse" in found.reason


def test_an_order_that_leads_away_from_the_line_is() -> None:
    found = ml.check_order(account("strained"), ml.close("XRPUSDT", "0.05"))
    assert found.status is ml.Status.WATCH
    assert found
    assert "no nearer to liquidation than before" in found.reason


def test_what_cannot_be_said_is_not_ok() -> None:
    document = json.loads(text_of("comfortable"))
    del document["market"]["mark"]["ETHUSDT"]
    found = ml.check_order(ml.from_dict(document), ml.order("BTCUSDT", "0.01"))
    assert not found
    assert not found.accepted
    assert "not known" in found.reason


def test_marks_are_laid_exactly_and_their_index_moves_with_them() -> None:
    before = account("comfortable")
    after = ml.with_marks(before, {"BTCUSDT": "44205.1"})
    assert after.market.mark["BTCUSDT"] == D("44205.1")
    ratio = D("44205.1") / before.market.mark["BTCUSDT"]
    assert after.market.index["BTCUSDT"] == before.market.index["BTCUSDT"] * ratio
    assert after.market.mark["ETHUSDT"] == before.market.mark["ETHUSDT"]
    assert before.market.mark["BTCUSDT"] == D("88410.2")


def test_a_fall_of_a_contract_is_a_fall_of_its_coin_as_collateral() -> None:
    before = account("coins-as-collateral")
    marks = before.market.mark
    symbol = next(s for s in marks if s.startswith("BTC"))
    after = ml.with_marks(before, {symbol: marks[symbol] / 2})
    rate = before.market.asset_rate["BTC"].index
    assert rate is not None
    assert after.market.asset_rate["BTC"].index == rate / 2
    told = ml.with_marks(before, {symbol: marks[symbol] / 2}, rates={"BTC": "50000"})
    assert told.market.asset_rate["BTC"].index == D(50000)


@pytest.mark.parametrize("price", ["0", "-1", "nan", 1.5])
def test_a_mark_that_is_no_price_is_refused(price: Any) -> None:
    with pytest.raises(ml.InputError, match=r"marks\.BTCUSDT"):
        ml.with_marks(account("comfortable"), {"BTCUSDT": price})


BINANCE = {"e": "markPriceUpdate", "E": 1800000000000, "s": "BTCUSDT", "p": "80000.5",
           "i": "80001.25", "P": "80000", "r": "0.0001", "T": 1800003600000}  # fmt: skip


@pytest.mark.parametrize(
    "event", [BINANCE, [BINANCE], {"stream": "btcusdt@markPrice", "data": BINANCE}]
)
def test_mark_events_are_applied(event: Any) -> None:
    before = account("comfortable")
    after = ml.apply(before, event)
    assert after.market.mark["BTCUSDT"] == D("80000.5")
    assert after.market.index["BTCUSDT"] == D("80001.25")
    assert after.as_of == before.as_of  # a price makes positions no fresher
    assert ml.apply(after, event) == after
    older = BINANCE | {"E": BINANCE["E"] - 1, "p": "1"}  # type: ignore[operator]
    assert ml.apply(after, older) == after


def test_marks_of_instruments_that_are_not_held_are_left_out() -> None:
    after = ml.apply(account("comfortable"), BINANCE | {"s": "DOGEUSDT"})
    assert "DOGEUSDT" not in after.market.mark


def test_marks_of_another_venue_are_refused() -> None:
    event = {"topic": "tickers.BTCUSDT", "ts": 1800000000000, "data": {"symbol": "BTCUSDT"}}
    with pytest.raises(ml.PayloadError, match="another venue"):
        ml.apply(account("comfortable"), event)


@pytest.mark.parametrize("price", ["0", "x", "-5", 1.5])
def test_a_mark_event_without_a_price_is_refused(price: Any) -> None:
    with pytest.raises(ml.PayloadError):
        ml.apply(account("comfortable"), BINANCE | {"p": price})

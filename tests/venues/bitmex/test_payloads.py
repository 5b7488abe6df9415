"""BitMEX's raw answers become an account: units by type, unknown fields kept, nothing guessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from marginline.core.account.account import Account
from marginline.core.findings import Code, Status
from marginline.core.measures import Measure as M
from marginline.errors import PayloadError
from marginline.risk.reconcile.reconcile import Outcome, reconcile
from marginline.venues.assessing import assess
from marginline.venues.reader.notes import notes_of
from marginline.venues.reader.reading import kinds, read
from tests.venues.documents import Doc

D = Decimal
AT = "2022-05-21T04:35:16.397Z"


def row(**fields: Any) -> Doc:
    """The ETHUSDT position of 2022-05-21 that ccxt 4.4.90 records, as far as it matters."""
    whole = {
        "account": 9371654,
        "symbol": "ETHUSDT",
        "currency": "USDt",
        "underlying": "ETH",
        "quoteCurrency": "USDT",
        "commission": "0.00075",
        "initMarginReq": "0.3333333333333333",
        "maintMarginReq": "0.01",
        "riskLimit": 1000000000000,
        "leverage": 3,
        "crossMargin": False,
        "currentQty": 2000,
        "currentCost": 39260000,
        "currentComm": 26500,
        "isOpen": True,
        "markPrice": "1964.195",
        "markValue": 39283900,
        "homeNotional": "0.02",
        "foreignNotional": "-39.2839",
        "posState": "",
        "posCost": 39260000,
        "posCross": 0,
        "posInit": 13086667,
        "posComm": 39261,
        "posLoss": 0,
        "posMargin": 13125928,
        "posMaint": 435787,
        "maintMargin": 13149828,
        "unrealisedPnl": 23900,
        "unrealisedRoePcnt": "0.0018",
        "avgEntryPrice": 1963,
        "breakEvenPrice": "1964.35",
        "liquidationPrice": "1328.5",
        "bankruptPrice": "1308.7",
        "timestamp": AT,
    }
    return whole | fields


def instrument(**fields: Any) -> Doc:
    whole = {
        "symbol": "ETHUSDT",
        "state": "Open",
        "underlying": "ETH",
        "quoteCurrency": "USDT",
        "settlCurrency": "USDt",
        "isInverse": False,
        "isQuanto": False,
        "multiplier": 10,
        "tickSize": "0.05",
        "lotSize": 1000,
        "expiry": None,
        "initMargin": "0.02",
        "maintMargin": "0.01",
        "riskLimit": 1000000000000,
        "riskStep": 1000000000000,
        "takerFee": "0.00075",
        "fundingRate": "0.0001",
        "fundingTimestamp": "2022-05-21T12:00:00.000Z",
        "fundingInterval": "2000-01-01T08:00:00.000Z",
        "timestamp": AT,
    }
    return whole | fields


def margin(**fields: Any) -> Doc:
    whole = {
        "currency": "USDt",
        "walletBalance": 20000000,
        "marginBalance": 20023900,
        "unrealisedPnl": 23900,
        "initMargin": 0,
        "maintMargin": 13149828,
        "excessMargin": 6874072,
        "availableMargin": 6874072,
        "withdrawableMargin": 6874072,
        "timestamp": AT,
    }
    return whole | fields


def account(**answers: Any) -> Account:
    known = {"positions": [row()], "margin": [margin()], "instruments": [instrument()]}
    return read("bitmex", **(known | answers))


def said(found: Account) -> dict[str, str]:
    return {note.where: note.message for note in notes_of(found)}


# -- the live payload --------------------------------------------------------------------------


def test_the_live_position_reconciles_in_every_field() -> None:
    found = reconcile(account())
    assert found.agrees
    assert not found.contradictions
    agreed = {line.label for line in found.lines if line.outcome is Outcome.AGREES}
    assert agreed >= {
        "posCost", "posInit", "posComm", "posMargin", "posMaint", "maintMargin", "markValue",
        "unrealisedPnl", "unrealisedRoePcnt", "bankruptPrice", "liquidationPrice",
        "breakEvenPrice", "walletBalance", "marginBalance", "availableMargin", "excessMargin",
        "withdrawableMargin",
    }  # fmt: skip
    assert found.count(Outcome.DIFFERS) == found.count(Outcome.NOT_COMPUTABLE) == 0


def test_amounts_leave_their_smallest_units() -> None:
    found = account()
    assert found.wallets[0].asset == "USDT"
    assert found.wallets[0].balance == 20
    position = found.positions[0]
    assert position.isolated_margin == D("13.125928")
    assert position.fees == D("-0.0265")
    assert position.size == 2000
    assert found.reported is not None
    assert found.reported.positions["ETHUSDT/both"]["initial_margin"] == D("13.086667")
    assert found.as_of.isoformat() == "2022-05-21T04:35:16.397000+00:00"


def test_the_instrument_tells_terms_limits_fees_and_funding() -> None:
    found = account()
    terms = found.instruments["ETHUSDT"]
    assert (terms.payoff, terms.contract_size, terms.tick_size) == ("linear", D("1E-5"), D("0.05"))
    limits = found.parameters.venue["risk_limits"]
    assert isinstance(limits, Mapping)
    assert limits["ETHUSDT"]["base"] == 1_000_000
    assert found.parameters.fees.by_instrument["ETHUSDT"].taker == D("0.00075")
    assert found.market.funding["ETHUSDT"].interval_hours == 8


@pytest.mark.parametrize(
    ("fields", "payoff", "unit"),
    [
        ({"isInverse": True, "multiplier": -100000000, "settlCurrency": "XBt"}, "inverse", "1"),
        ({"isQuanto": True, "multiplier": 100, "settlCurrency": "XBt"}, "quanto", "0.000001"),
        ({"multiplier": 100}, "linear", "0.0001"),
    ],
)
def test_the_multiplier_becomes_a_contract_size(fields: Doc, payoff: str, unit: str) -> None:
    found = account(instruments=[instrument(**fields)]).instruments["ETHUSDT"]
    size = found.multiplier if payoff == "quanto" else found.contract_size
    assert (found.payoff, size) == (payoff, D(unit))


# -- what is not told --------------------------------------------------------------------------


def test_without_the_funding_rate_nothing_is_healthy_but_by_the_venues_own_figures() -> None:
    account = read("bitmex", positions=[row()], margin=[margin()])
    assert assess(replace(account, reported=None)).status is Status.UNKNOWN
    found = assess(account)
    assert any(f.code is Code.REPORTED for f in found.all_findings())
    position = found.pool("ETHUSDT/both isolated").positions[0]
    assert position.measures[M.MAINTENANCE_MARGIN] is None


def test_without_instruments_the_positions_own_rate_is_taken_and_said() -> None:
    found = read("bitmex", positions=[row(symbol="SOLUSDT")], margin=[margin()])
    assert found.instruments["SOLUSDT"].contract_size == D("0.00001")
    assert found.parameters.tiers["SOLUSDT"].rows[0].rate == D("0.01")
    assert "its own rate is taken" in said(found)["positions: SOLUSDT"]


def test_a_quanto_does_not_tell_its_own_terms() -> None:
    quanto = row(symbol="LINKUSD", currency="XBt", underlying="LINK", quoteCurrency="USD")
    found = read("bitmex", positions=[quanto], margin=[margin()])
    assert any(note.code is Code.MISSING_DATA for note in notes_of(found))


def test_wallets_alone_are_no_account_without_positions() -> None:
    found = read("bitmex", wallet=[{"currency": "XBt", "amount": 100, "timestamp": AT}])
    assert "positions" in said(found)
    assert assess(found).status is Status.UNKNOWN


@pytest.mark.parametrize("empty", ["", None])
def test_an_empty_figure_is_unknown_not_0(empty: Any) -> None:
    found = read("bitmex", positions=[row(posMargin=empty)], margin=[margin()])
    assert found.positions[0].isolated_margin is None
    assert assess(found).status is Status.UNKNOWN


def test_unknown_fields_are_kept_and_listed() -> None:
    found = account(positions=[row(newField=7)])
    assert found.extra["unknown"] == {"positions[0].newField": "7"}


def test_an_unknown_unit_is_said() -> None:
    found = read("bitmex", wallet=[{"currency": "LAMp", "amount": 5, "timestamp": AT}])
    assert not found.wallets
    assert "no unit that is known" in said(found)["wallet: LAMp"]


# -- modes, orders -----------------------------------------------------------------------------


def test_cross_positions_carry_no_leverage_and_no_margin_of_their_own() -> None:
    found = account(positions=[row(crossMargin=True, leverage=100)]).positions[0]
    assert (found.margin_mode, found.leverage, found.isolated_margin) == ("cross", None, None)


def test_the_mode_is_told_by_what_other_assets_must_carry() -> None:
    assert account().mode == "single_asset"
    assert account(margin=[margin(foreignRequirement=1)]).mode == "multi_asset"
    assert account(mode="multi_asset").mode == "multi_asset"


def test_resting_orders() -> None:
    order = {
        "orderID": "a", "symbol": "ETHUSDT", "side": "Buy", "leavesQty": 1000, "orderQty": 2000,
        "price": "1900", "ordType": "Limit", "ordStatus": "PartiallyFilled",
        "execInst": "ReduceOnly", "timestamp": AT,
    }  # fmt: skip
    filled = order | {"ordStatus": "Filled", "leavesQty": 0}
    found = account(orders=[order, filled]).orders
    assert len(found) == 1
    assert (found[0].side, found[0].size, found[0].reduce_only) == ("buy", D(1000), True)


def test_a_stream_table_is_read_like_an_answer() -> None:
    framed = {"table": "position", "action": "partial", "data": [row()]}
    assert account(positions=framed).positions == account().positions


def test_new_answers_replace_old_ones() -> None:
    old = account()
    new = read("bitmex", positions=[row(currentQty=0)], account_onto=old)
    assert not new.positions
    assert new.wallets == old.wallets


# -- bad input ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"positions": [row(currentQty="many")]}, r"positions\[0\]\.currentQty"),
        ({"positions": [row(symbol=None)]}, r"positions\[0\]\.symbol"),
        ({"positions": [row(timestamp="yesterday")]}, r"positions\[0\]\.timestamp"),
        ({"positions": [row(currentQty=float("nan"))]}, r"positions\[0\]\.currentQty"),
        ({"margin": {"error": {"message": "Signature not valid", "name": "HTTPError"}}}, "refused"),
        ({"orders": [{"symbol": "X", "side": "Up", "leavesQty": 1}]}, "no side of an order"),
    ],
)
def test_what_cannot_be_meant_is_refused(answers: Doc, message: str) -> None:
    with pytest.raises(PayloadError, match=message):
        account(**answers)


def test_the_moment_must_be_known() -> None:
    with pytest.raises(PayloadError, match="give as_of"):
        read("bitmex", positions=[row(timestamp=None)])


def test_kinds_are_named() -> None:
    assert set(kinds("bitmex")) == {
        "positions", "margin", "wallet", "orders", "instruments", "funding", "liquidations", "user",
    }  # fmt: skip

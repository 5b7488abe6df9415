"""Liquidation prices by date and payoff; the worst closing price; what cannot be."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from marginline.core.assessment.explanation import explain
from marginline.core.findings import Code, Status
from marginline.core.measures import Measure as M
from marginline.errors import DocumentError, RulebookError
from tests.venues.bitget.accounts import document, hedged, leg, position, union
from tests.venues.documents import Doc, assessed, number, pool_of, position_of

D = Decimal
FROZEN, REPRICED = "2025-09-28T23:59:59Z", "2025-09-29T00:00:00Z"


def cross(size: str, as_of: str) -> Doc:
    row = position(size, opened_at="2025-01-01T00:00:00Z")
    return document(as_of=as_of, positions=[row], wallets=[{"asset": "USDT", "balance": "3000"}])


def test_a_cross_long_before_the_change_freezes_maintenance_at_the_mark() -> None:
    row = position_of(cross("1", FROZEN))
    assert number(row, M.LIQUIDATION_PRICE) == 25000 - (D(3000) - D(115))


@pytest.mark.parametrize(("side", "as_of"), [(1, REPRICED), (-1, REPRICED), (-1, FROZEN)])
def test_cross_from_then_reprices_it_and_a_short_at_all_dates(side: int, as_of: str) -> None:
    found = number(position_of(cross(str(side), as_of)), M.LIQUIDATION_PRICE)
    assert abs(found - (25000 - side * D(3000)) / (1 - side * D("0.0046"))) < D("1e-20")


@pytest.mark.parametrize("side", [1, -1])
def test_status_follows_health_also_where_the_printed_price_differs(side: int) -> None:
    whole = cross(str(side), FROZEN)
    end = M.LIQUIDATION_PRICE_BELOW if side > 0 else M.LIQUIDATION_PRICE_ABOVE
    price = number(position_of(whole), end)
    whole["market"]["mark"]["BTCUSDT"] = str(price - side)
    assert pool_of(whole).status is Status.LIQUIDATION


def test_a_full_hedge_has_no_frozen_price_of_its_own() -> None:
    old = {"opened_at": "2025-01-01T00:00:00Z"}
    whole = hedged(leg("long", "1", **old), leg("short", "1", **old), as_of=FROZEN)
    row = position_of(whole)
    above = row.measures[M.LIQUIDATION_PRICE_ABOVE]
    assert row.measures[M.LIQUIDATION_PRICE] == above is not None


def coin(side: int, **fields: Any) -> Doc:
    row = position(str(side * 25000), instrument="BTCUSD", **({"margin_mode": "cross"} | fields))
    return document(
        positions=[row],
        wallets=[{"asset": "BTC", "balance": "0.1"}],
        market={"mark": {"BTCUSD": "24000"}},
    )


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("mode", ["cross", "isolated"])
def test_coin_margined(side: int, mode: str) -> None:
    own = {} if mode == "cross" else {"margin_mode": mode, "isolated_margin": "0.05"}
    whole = coin(side, **own)
    row = position_of(whole)
    size, mark, rate = D(25000), D(24000), D("0.0046")
    assert abs(number(row, M.UNREALIZED_PNL) - side * (1 - size / mark)) < D("1e-25")
    assert abs(number(row, M.MAINTENANCE_MARGIN) - size / mark * rate) < D("1e-25")
    assert abs(number(row, M.INITIAL_MARGIN) - size / mark / 20) < D("1e-25")
    cash = D("0.1") if mode == "cross" else D("0.05")
    expected = size * (side + rate) / (cash + side)
    assert abs(number(row, M.LIQUIDATION_PRICE) - expected) < D("1e-20")
    assert any(
        f.code is Code.APPROXIMATE and "COIN-M" in f.message for f in assessed(whole).findings
    )


@pytest.mark.parametrize("side", [1, -1])
def test_worst_closing_price_of_a_coin_margined_position(side: int) -> None:
    whole = coin(side, margin_mode="isolated", isolated_margin="0.05")
    whole["parameters"]["fees"] = {"taker": "0.0006", "liquidation": "0.001"}
    price = number(position_of(whole), M.BANKRUPTCY_PRICE)
    left = D("0.05") + side * (1 - 25000 / price) - 25000 / price * D("0.001")
    assert abs(left) < D("1e-20")


def test_margin_in_another_coin_is_unsupported() -> None:
    whole = coin(1, margin_asset="ETH")
    whole["wallets"].append({"asset": "ETH", "balance": "2"})
    pool = pool_of(whole, "ETH")
    assert pool.status is Status.UNKNOWN
    assert any(f.code is Code.UNSUPPORTED and "margin coins" in f.message for f in pool.findings)


def test_usdc_margined_positions_have_their_own_pool() -> None:
    row = position(instrument="ETHUSDC", entry_price="2500")
    whole = document(
        positions=[position(), row],
        wallets=[{"asset": "USDT", "balance": "10000"}, {"asset": "USDC", "balance": "1000"}],
    )
    whole["market"]["mark"]["ETHUSDC"] = "2500"
    assert [p.id for p in assessed(whole).pools] == ["USDT", "USDC"]
    assert number(pool_of(whole, "USDC"), M.MAINTENANCE_MARGIN) == D("11.5")


def test_worst_closing_price_without_the_liquidation_fee_says_so() -> None:
    whole = document(positions=[position(margin_mode="isolated", isolated_margin="1500")])
    assert number(position_of(whole), M.BANKRUPTCY_PRICE) == 23500
    said = [f for f in assessed(whole).findings if f.measure is M.BANKRUPTCY_PRICE]
    assert [(f.code, f.where) for f in said] == [(Code.APPROXIMATE, "BTCUSDT/both")]


def test_the_worst_closing_price_of_a_cross_position_is_in_the_explanation() -> None:
    """Announcement 2024-07-24: mark / (1 - g) - funds * share / q / (1 - g)."""
    whole = document()
    whole["parameters"]["fees"] = {"taker": "0.0006", "liquidation": "0.001"}
    tree = explain(assessed(whole), "BTCUSDT/both", "bankruptcy_price")
    facts = {fact.name: fact.value for fact in tree.facts}
    price = facts["worst acceptable closing price"]
    assert isinstance(price, Decimal)
    assert abs(price - (25000 - 10000) / (1 - D("0.001"))) < D("1e-20")


def test_break_even_needs_the_funding() -> None:
    row = position()
    del row["funding"]
    assert position_of(document(positions=[row])).measures[M.BREAK_EVEN_PRICE] is None


@pytest.mark.parametrize("side", [1, -1])
def test_break_even_pays_back_fees_funding_and_the_close(side: int) -> None:
    row = position(str(side), fees="-15", funding="-5")
    price = number(position_of(document(positions=[row])), M.BREAK_EVEN_PRICE)
    assert abs(side * (price - 25000) - 20 - price * D("0.0006")) < D("1e-20")


def test_an_unknown_instrument_is_refused() -> None:
    with pytest.raises(DocumentError, match=r"positions\[0\].instrument"):
        assessed(document(positions=[position(instrument="DOGEUSDT")]))


def test_a_mode_of_another_account_is_refused() -> None:
    with pytest.raises((DocumentError, RulebookError), match="mode"):
        assessed(document(mode="basic"))


def test_sides_against_the_position_mode_are_noted() -> None:
    found = assessed(document(positions=[leg("long", "1")])).findings
    assert any(f.code is Code.POSITION_MODE for f in found)


def test_union_in_the_days_of_entry_based_margin() -> None:
    row = position("1", opened_at="2025-01-01T00:00:00Z", entry_price="20000")
    market = {"mark": {"BTCUSDT": "25000"}, "asset_rate": {"BTC": "25000"}}
    before = pool_of(union(as_of=FROZEN, positions=[row], market=market))
    after = pool_of(union(as_of=REPRICED, positions=[row], market=market))
    assert number(before, M.POSITION_INITIAL_MARGIN) == 1000
    assert number(after, M.POSITION_INITIAL_MARGIN) == 1250

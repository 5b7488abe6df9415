"""Funding and mark price as Binance's pages put them in numbers (B13, B15, B26)."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal as D

import pytest

from marginline.formulas import funding_payment, price_one
from marginline.venues.binance.funding import funding_rate, impact_notional
from tests.venues.documents import account as account_of
from tests.venues.documents import assessed, flat, inverse, linear, market, position, usdm, wallet

SINCE = datetime(2025, 9, 18, 8, 1, tzinfo=UTC)
BEFORE = datetime(2025, 9, 18, 8, 0, tzinfo=UTC)


def test_price_1_of_the_mark_price_article() -> None:
    """10,000 at 0.03 % with 4 of 8 hours to go: 10,001.5, B26."""
    assert price_one(D(10_000), D("0.0003"), D(4), D(8)) == D("10001.5")


@pytest.mark.parametrize(
    ("leverage", "notional"),
    [
        pytest.param("20", "4000", id="B13: 20x, 200 USDT / 5 %"),
        pytest.param("125", "25000", id="B13: 125x, 200 USDT / 0.8 %"),
    ],
)
def test_impact_notional(leverage: str, notional: str) -> None:
    assert impact_notional(D(leverage)) == D(notional)


@pytest.mark.parametrize(
    ("premium", "hours", "moment", "rate"),
    [
        pytest.param("-0.0004", "8", SINCE, "0.0001", id="B13: lower end of the dead zone"),
        pytest.param("0.0006", "8", SINCE, "0.0001", id="B13: upper end of the dead zone"),
        pytest.param("0.0007", "8", SINCE, "0.0002", id="B13: beyond it the premium counts"),
        pytest.param("0.0007", "4", SINCE, "0.0001", id="B15: divided by 8 / 4 from 08:01 UTC"),
        pytest.param("0.0007", "4", BEFORE, "0.0002", id="B15: undivided a minute before"),
    ],
)
def test_funding_rate(premium: str, hours: str, moment: datetime, rate: str) -> None:
    assert funding_rate([D(premium)], D(hours), moment) == D(rate)


def test_longs_pay_a_positive_rate_on_the_mark() -> None:
    assert funding_payment(D(50_000), D("0.0001")) == -5
    document = usdm(
        position_mode="hedge",
        wallets=[wallet("USDT", "10000")],
        positions=[
            position("BTCUSDT", "1", "40000", side="long"),
            position("BTCUSDT", "-0.5", "40000", side="short"),
        ],
        instruments={"BTCUSDT": linear()},
        market=market(BTCUSDT="50000") | {"funding": {"BTCUSDT": {"rate": "0.0001"}}},
        parameters={"tiers": {"BTCUSDT": flat("0.004")}},
    )
    long, short = assessed(document).pool("USDT").positions
    assert long.funding_next == -5
    assert short.funding_next == D("2.5")


def test_inverse_funding_is_paid_in_coins() -> None:
    """-q * (CM / MP) * F, section 2 of the rules."""
    document = account_of(
        "binance_coinm",
        wallets=[wallet("BTC", "1")],
        positions=[position("BTCUSD_PERP", "-100", "20000")],
        instruments={"BTCUSD_PERP": inverse()},
        market=market(BTCUSD_PERP="25000") | {"funding": {"BTCUSD_PERP": {"rate": "-0.0003"}}},
        parameters={"tiers": {"BTCUSD_PERP": flat("0.004")}},
    )
    assert assessed(document).pool("BTC").positions[0].funding_next == D("-0.00012")


def test_delivery_contract_pays_no_funding() -> None:
    document = usdm(
        wallets=[wallet("USDT", "10000")],
        positions=[position("BTCUSDT_260925", "1", "40000")],
        instruments={"BTCUSDT_260925": linear(expires_at="2026-09-25T08:00:00Z")},
        market=market(BTCUSDT_260925="40000"),
        parameters={"tiers": {"BTCUSDT_260925": flat("0.004")}},
    )
    pool = assessed(document).pool("USDT")
    assert pool.positions[0].funding_next is None
    (why,) = [f for f in pool.findings if f.measure and f.measure.value == "funding_next"]
    assert why.code.name == "NOT_APPLICABLE"

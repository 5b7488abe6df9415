"""Edges of Binance's rulebooks that a planted bug got past the other tests at."""

from __future__ import annotations

from typing import Any

import pytest

from marginline.core.account.file import from_dict
from marginline.core.assessment.assessment import Assessment
from marginline.core.findings import Code
from marginline.venues.assessing import assess

TIERS = [{"floor": "0", "rate": "0.005"}]


def assessed(venue: str, mode: str | None = None, **fields: Any) -> Assessment:
    document = {
        "schema": "marginline/account/1",
        "venue": venue,
        "as_of": "2026-09-01T00:00:00Z",
        "market": {
            "mark": {"BTCUSDT": "60000"},
            "asset_rate": {
                asset: {"index": "1", "bid": "0.999", "ask": "1.001"} for asset in ("USDT", "USDC")
            },
        },
        "parameters": {"tiers": {"BTCUSDT": TIERS}, "collateral": {"USDT": {"ratio": "1"}}},
    }
    return assess(from_dict(document | ({"mode": mode} if mode else {}) | fields))


def codes(assessment: Assessment) -> set[Code]:
    return {finding.code for finding in assessment.all_findings()}


LONG = {
    "instrument": "BTCUSDT",
    "side": "long",
    "size": "1",
    "entry_price": "60000",
    "leverage": "10",
}


def test_multi_assets_notes_a_side_that_contradicts_the_position_mode() -> None:
    wallets = [{"asset": "USDT", "balance": "50000"}]
    found = assessed("binance_usdm", "multi_assets", wallets=wallets, positions=[LONG])
    assert Code.POSITION_MODE in codes(found)


def test_multi_assets_takes_a_closed_isolated_row() -> None:
    wallets = [{"asset": "USDT", "balance": "50000"}]
    closed = {"instrument": "BTCUSDT", "size": "0", "margin_mode": "isolated", "leverage": "5"}
    found = assessed("binance_usdm", "multi_assets", wallets=wallets, positions=[closed])
    assert found.status == "healthy"


@pytest.mark.parametrize("asset", ["USDT", "USDC"])
@pytest.mark.parametrize(("balance", "exchanged"), [("-4999.99", False), ("-5000", True)])
def test_auto_exchange_begins_at_the_threshold(
    asset: str, balance: str, *, exchanged: bool
) -> None:
    other = "USDC" if asset == "USDT" else "USDT"
    wallets = [{"asset": asset, "balance": balance}, {"asset": other, "balance": "90000"}]
    found = assessed("binance_usdm", "multi_assets", wallets=wallets)
    assert (Code.AUTO_EXCHANGE in codes(found)) == exchanged


def test_orders_without_leverage_and_tiers_are_missing_data_not_free() -> None:
    found = assessed(
        "binance_usdm",
        "single_asset",
        wallets=[{"asset": "USDT", "balance": "50000"}],
        orders=[{"instrument": "BTCUSDT", "side": "buy", "size": "1", "price": "59000"}],
        parameters={},
    )
    pool = found.pool("USDT")
    assert pool.order_initial_margin is None
    assert pool.available_balance is None


@pytest.mark.parametrize(
    ("venue", "as_of"),
    [
        pytest.param("binance_pm", "2026-09-01T00:00:00Z", id="portfolio margin"),
        pytest.param("binance_pm_pro", "2026-09-01T00:00:00Z", id="PM Pro"),
        pytest.param("binance_pm_pro", "2023-09-01T00:00:00Z", id="PM Pro of 2022"),
    ],
)
def test_negative_equity_is_liquidated_with_nothing_open(venue: str, as_of: str) -> None:
    found = assessed(venue, wallets=[{"asset": "USDT", "balance": "-1"}], as_of=as_of)
    assert found.status == "liquidation"

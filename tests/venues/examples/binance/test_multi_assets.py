"""Multi-assets mode as Binance's article calculates it (B25), and its automatic exchange (B27).

The article's third state, with unrealized P&L, is cut off in every copy that we could read.
"""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from tests.venues.documents import (
    Doc,
    account,
    assessed,
    findings,
    flat,
    linear,
    market,
    position,
    prints_as,
    wallet,
)

RATES = {
    "USDT": {"index": "0.99", "bid": "0.9801", "ask": "0.99495"},
    "USDC": {"index": "1", "bid": "1", "ask": "1"},
}
EMPTY = account(
    "binance_usdm",
    mode="multi_assets",
    wallets=[wallet("USDT", "200"), wallet("USDC", "220")],
    positions=[],
    market={"asset_rate": RATES},
)
OPEN = EMPTY | {
    "positions": [
        position("BTCUSDT", "0.5", "20000", leverage="100"),
        position("ETHUSDC", "20", "600", leverage="50"),
    ],
    "instruments": {"BTCUSDT": linear(), "ETHUSDC": linear("ETH", "USDC")},
    "market": market(BTCUSDT="20000", ETHUSDC="600") | {"asset_rate": RATES},
    "parameters": {"tiers": {"BTCUSDT": flat("0.008"), "ETHUSDC": flat("0.01")}},
}
PRINTED = [
    pytest.param(EMPTY, "margin_balance", "416.02", id="B25 state 1: account equity"),
    pytest.param(EMPTY, "available_balance", "416.02", id="B25 state 1: uniAvailableForOrder"),
    pytest.param(EMPTY, "margin_ratio", "0", id="B25 state 1: margin ratio"),
    pytest.param(OPEN, "margin_balance", "416.02", id="B25 state 2: account equity"),
    pytest.param(OPEN, "available_balance", "76.525", id="B25 state 2: uniAvailableForOrder"),
    pytest.param(OPEN, "maintenance_margin", "199.596", id="B25 state 2: maintenance margin"),
    pytest.param(OPEN, "margin_ratio", "0.47977", id="B25 state 2: margin ratio"),
    pytest.param(OPEN, "margin_ratio", "0.4798", id="B25 state 2: margin ratio, 47.98 %"),
]


@pytest.mark.parametrize(("document", "measure", "printed"), PRINTED)
def test_figure_as_printed(document: Doc, measure: str, printed: str) -> None:
    assert prints_as(getattr(assessed(document), measure), printed)


@pytest.mark.parametrize(
    ("document", "asset", "printed"),
    [
        pytest.param(EMPTY, "USDT", "418.13", id="B25 state 1: USDT available"),
        pytest.param(EMPTY, "USDC", "416.02", id="B25 state 1: USDC available"),
        pytest.param(OPEN, "USDT", "76.91", id="B25 state 2: USDT available"),
        pytest.param(OPEN, "USDC", "76.525", id="B25 state 2: USDC available"),
    ],
)
def test_available_in_one_asset_is_the_pools_at_the_ask(
    document: Doc, asset: str, printed: str
) -> None:
    available = assessed(document).available_balance
    assert available is not None
    assert prints_as(available / D(RATES[asset]["ask"]), printed)


def test_single_asset_mode_keeps_the_two_assets_apart() -> None:
    """B25, state 1 under single-asset mode: USDT 200, BUSD (today USDC) 220."""
    pools = assessed(EMPTY | {"mode": "single_asset"}).pools
    assert {pool.id: pool.available_balance for pool in pools} == {"USDT": 200, "USDC": 220}


@pytest.mark.parametrize(
    ("balance", "terms", "printed"),
    [
        pytest.param(
            "-20000", {"threshold": "-10000", "bid_buffer": "0.025"}, "20512.8", id="B27: 20,513"
        ),
        pytest.param("-5000", {"bid_buffer": "0.025"}, "5128.20", id="B27, later text: 5,128.20"),
    ],
)
def test_auto_exchange_sells_what_the_deficit_costs(balance: str, terms: Doc, printed: str) -> None:
    document = EMPTY | {
        "wallets": [wallet("USDC", balance), wallet("USDT", "50000")],
        "parameters": {"venue": {"auto_exchange": {"USDC": terms}}},
    }
    (message,) = findings(assessed(document), "AUTO_EXCHANGE")
    assert f"selling {printed}" in message

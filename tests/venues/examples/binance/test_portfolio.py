"""Portfolio Margin and PM Pro: the levels, the collateral tiers, the article's own example (B29).

The article's example prints wallets, loans, positions and their P&L; its collateral rates, index
prices and the resulting uniMMR are cut off in every copy that we could read. What is printed is
checked, and the sum is made with rates and an index for ETH of our own.
"""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from marginline.core.numbers import exact
from tests.venues.documents import (
    Doc,
    account,
    assessed,
    by_ratio,
    flat,
    inverse,
    linear,
    market,
    position,
    prints_as,
    wallet,
)

ARTICLE = account(
    "binance_pm_pro",
    as_of="2022-05-01T00:00:00Z",
    wallets=[
        wallet("USDT", "6000"),  # 1,000 in cross margin, 5,000 in USDS-M
        wallet("BTC", "0.2", borrowed="0.04"),  # 0.1 in cross margin, 0.1 in COIN-M
        wallet("ETH", "20", borrowed="15"),
    ],
    positions=[
        position("BTCUSDT", "-0.05", "52000"),
        position("BTCUSDT_220624", "0.04", "52350"),
        position("BTCUSD_PERP", "100", "50000"),
    ],
    settings={"BTC": {"spot_leverage": "3"}, "ETH": {"spot_leverage": "3"}},
    instruments={
        "BTCUSDT": linear(),
        "BTCUSDT_220624": linear(expires_at="2022-06-24T08:00:00Z"),
        "BTCUSD_PERP": inverse(),
    },
    market=market(BTCUSDT="40000", BTCUSDT_220624="42000", BTCUSD_PERP="40000")
    | {"asset_rate": {"USDT": "1", "BTC": "40000", "ETH": "2800"}},
    parameters={
        "tiers": {s: flat("0.005") for s in ("BTCUSDT", "BTCUSDT_220624", "BTCUSD_PERP")},
        "collateral": {"USDT": {"ratio": "1"}, "BTC": {"ratio": "0.95"}, "ETH": {"ratio": "0.9"}},
    },
)


@pytest.mark.parametrize(
    ("key", "printed"),
    [
        pytest.param("BTCUSDT/both", "600", id="B29: short 0.05 BTC at 52,000"),
        pytest.param("BTCUSDT_220624/both", "-414", id="B29: long 0.04 BTC at 52,350"),
        pytest.param("BTCUSD_PERP/both", "-0.05", id="B29: 10,000 USD of contracts at 50,000"),
    ],
)
def test_pnl_of_the_articles_positions(key: str, printed: str) -> None:
    assert assessed(ARTICLE).pools[0].position(key).unrealized_pnl == D(printed)


def test_maintenance_of_the_articles_loans_is_a_tenth_at_3x() -> None:
    """Margin MM 0.004 BTC of 0.04, 1.5 ETH of 15, B29."""
    futures = D(10) + D("8.4") + D("0.00125") * 40_000
    loans = D("0.004") * 40_000 + D("1.5") * 2_800
    assert assessed(ARTICLE).maintenance_margin == futures + loans


def test_unimmr_of_the_articles_account_is_equity_over_maintenance() -> None:
    equity = D(6186) + D("0.11") * 40_000 * D("0.95") + 5 * 2_800 * D("0.9")
    assessment = assessed(ARTICLE)
    assert assessment.margin_balance == equity
    with exact():
        assert assessment.venue_ratio == equity / (D("68.4") + 160 + 4200)
    assert assessment.equity == D(6186) + D("0.11") * 40_000 + 5 * 2_800


PENGU = {
    "rows": [
        {"floor": "0", "cap": "200000", "ratio": "1"},
        {"floor": "200000", "cap": "400000", "ratio": "0.8"},
        {"floor": "400000", "cap": "800000", "ratio": "0.7"},
        {"floor": "800000", "cap": "1000000", "ratio": "0.4"},
        {"floor": "1000000", "ratio": "0.2"},
    ]
}


@pytest.mark.parametrize(
    ("balance", "value"),
    [
        pytest.param("200000", "200000", id="B34 PENGU: the first tier counts in full"),
        pytest.param("400000", "360000", id="B34 PENGU: the second at 80 %"),
        pytest.param("800000", "640000", id="B34 PENGU: the third at 70 %"),
        pytest.param("1000000", "720000", id="B34 PENGU: the fourth at 40 %"),
        pytest.param("1200000", "760000", id="B34 PENGU: above 1M at 20 %"),
        pytest.param("-1000", "-1000", id="B29: a debt is not cut"),
    ],
)
def test_collateral_tiers_are_progressive(balance: str, value: str) -> None:
    document = account(
        "binance_pm_pro",
        wallets=[wallet("PENGU", balance)],
        market={"asset_rate": {"PENGU": "1"}},
        parameters={"collateral": {"PENGU": PENGU}},
    )
    assert assessed(document).margin_balance == D(value)


def level(venue: str, uni_mmr: str, as_of: str) -> Doc:
    """An account whose maintenance margin is 100 and whose adjusted equity is uniMMR times that."""
    return account(
        venue,
        as_of=as_of,
        wallets=[wallet("USDT", str(D(uni_mmr) * 100))],
        positions=[position("BTCUSDT", "1", "10000")],
        instruments={"BTCUSDT": linear()},
        market=market(BTCUSDT="10000") | {"asset_rate": {"USDT": "1"}},
        parameters={"tiers": {"BTCUSDT": flat("0.01")}, "collateral": {"USDT": {"ratio": "1"}}},
    )


PRO, RETAIL = "binance_pm_pro", "binance_pm"
TODAY, IN_2022 = "2026-06-01T00:00:00Z", "2022-06-01T00:00:00Z"
LEVELS = [
    pytest.param(PRO, "1.51", TODAY, "healthy", id="B29 Pro: above 150 % free"),
    pytest.param(PRO, "1.5", TODAY, "watch", id="B29 Pro: 120 % < uniMMR <= 150 % reminder"),
    pytest.param(PRO, "1.21", TODAY, "watch", id="B29 Pro: still a reminder"),
    pytest.param(PRO, "1.2", TODAY, "margin_call", id="B29 Pro: 105 % < uniMMR <= 120 %"),
    pytest.param(PRO, "1.06", TODAY, "margin_call", id="B29 Pro: reduce only"),
    pytest.param(PRO, "1.05", TODAY, "liquidation", id="B29 Pro: uniMMR <= 105 %"),
    pytest.param(PRO, "0.99", TODAY, "liquidation", id="B29 Pro: uniMMR <= 100 %"),
    pytest.param(PRO, "2.01", IN_2022, "healthy", id="B29 of 2022: above 200 % free"),
    pytest.param(PRO, "2", IN_2022, "watch", id="B29 of 2022: first reminder"),
    pytest.param(PRO, "1.2", IN_2022, "margin_call", id="B29 of 2022: reduce only"),
    pytest.param(RETAIL, "1.21", TODAY, "healthy", id="B30 retail: above 120 % free"),
    pytest.param(RETAIL, "1.2", TODAY, "watch", id="B30 retail: new orders limited"),
    pytest.param(RETAIL, "1.06", TODAY, "watch", id="B30 retail: still limited"),
    pytest.param(RETAIL, "1.05", TODAY, "liquidation", id="B30 retail: uniMMR <= 1.05"),
]


@pytest.mark.parametrize(("venue", "uni_mmr", "as_of", "status"), LEVELS)
def test_level_gives_the_status(venue: str, uni_mmr: str, as_of: str, status: str) -> None:
    assessment = by_ratio(level(venue, uni_mmr, as_of))
    assert (assessment.status, assessment.venue_ratio) == (status, D(uni_mmr))
    with exact():
        assert assessment.margin_ratio == D("1.05") / D(uni_mmr)


def test_negative_equity_without_positions_is_liquidation() -> None:
    """B32: negative USDT against a falling BTC."""
    document = level(RETAIL, "0", TODAY) | {"positions": [], "wallets": [wallet("USDT", "-1")]}
    assessment = assessed(document)
    assert assessment.status == "liquidation"
    assert assessment.margin_ratio is None
    for venue, as_of in ((PRO, TODAY), (PRO, IN_2022)):
        assert assessed(document | {"venue": venue, "as_of": as_of}).status == "liquidation"


@pytest.mark.parametrize(
    ("uni_mmr", "printed"),
    [
        pytest.param("3", "180", id="B33: max(equity - 1.2 * MM, 0)"),
        pytest.param("1.1", "0", id="B33: never negative"),
    ],
)
def test_most_that_pro_lets_out(uni_mmr: str, printed: str) -> None:
    assessment = assessed(level(PRO, uni_mmr, TODAY))
    assert prints_as(assessment.withdrawable_balance, printed)

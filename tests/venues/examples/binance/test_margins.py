"""Margin figures that Binance prints: positions, orders, maintenance, break-even, ADL, COIN-M.

Not here, because our record of them lacks inputs: the 120M BTC of the cross-margin tiers (B35: it
limits borrowing, not the margin level) and the price of the short order in B11 (the page is cut).
"""

from __future__ import annotations

from decimal import Decimal as D

import pytest

import marginline as ml
from marginline.core.account.account import Order
from marginline.formulas import adl_score_binance
from marginline.venues.binance.pools import order_cost
from tests.venues.documents import (
    Doc,
    account,
    assessed,
    flat,
    inverse,
    ladder,
    linear,
    market,
    order,
    position,
    prints_as,
    usdm,
    wallet,
)

# Position-Information-V3, the documented sample.
ADA = usdm(
    wallets=[wallet("USDT", "100")],
    positions=[position("ADAUSDT", "30", "0.385", leverage="20", fees="-0.00231")],
    instruments={"ADAUSDT": linear("ADA")},
    market=market(ADAUSDT="0.41047590"),
    parameters={"tiers": {"ADAUSDT": flat("0.0065")}},
)
MARGIN_CALL = usdm(
    wallets=[wallet("USDT", "3.16812045")],
    position_mode="hedge",
    positions=[position("ETHUSDT", "1.327", "188.05", side="long")],
    market=market(ETHUSDT="187.17127"),
    parameters={"tiers": {"ETHUSDT": flat("0.0065")}},
)
BRACKET_3 = usdm(
    wallets=[wallet("USDT", "100000")],
    positions=[position("BTCUSDT", "10", "50000")],
    market=market(BTCUSDT="50000"),
    parameters={
        "tiers": {"BTCUSDT": ladder(("0", "0.004"), ("50000", "0.005"), ("250000", "0.01"))}
    },
)
SHORT_8616 = usdm(
    wallets=[wallet("USDT", "100")],
    positions=[position("LIVE", "-1", "8.616", fees="-0.004308")],
    instruments={"LIVE": linear("LIVE")},
    market=market(LIVE="8.736"),
    parameters={"tiers": {"LIVE": flat("0.015")}},
)
COINM = account(
    "binance_coinm",
    wallets=[wallet("BTC", "1")],
    positions=[position("BTCUSD_PERP", "100", "25000")],
    instruments={"BTCUSD_PERP": inverse()},
    market=market(BTCUSD_PERP="25000"),
    parameters={"tiers": {"BTCUSD_PERP": ladder(("0", "0.004"), ("5", "0.005"))}},
)
# 300 BTC of notional: the row at 12.5 %, whose maintenance amount a later edition prints as 11.605.
COINM_300 = account(
    "binance_coinm",
    wallets=[wallet("BTC", "101")],
    positions=[position("BTCUSD_PERP", "3000", "1000")],
    instruments={"BTCUSD_PERP": inverse()},
    market=market(BTCUSD_PERP="1000"),
    parameters={
        "tiers": {
            "BTCUSD_PERP": ladder(
                ("0", "0.004"), ("5", "0.005"), ("10", "0.01"), ("20", "0.025"), ("50", "0.05"),
                ("100", "0.1"), ("200", "0.125"),
            )
        }
    },
)  # fmt: skip
POSITIONS = [
    pytest.param(ADA, "notional", "12.31427700", id="B24 sample ADAUSDT: notional"),
    pytest.param(ADA, "unrealized_pnl", "0.76427700", id="B24 sample ADAUSDT: unRealizedProfit"),
    pytest.param(ADA, "initial_margin", "0.61571385", id="B24 sample ADAUSDT: initialMargin"),
    pytest.param(ADA, "maintenance_margin", "0.08004280", id="B24 sample ADAUSDT: maintMargin"),
    pytest.param(ADA, "break_even_price", "0.385077", id="B24 sample ADAUSDT: breakEvenPrice"),
    pytest.param(SHORT_8616, "break_even_price", "8.611692", id="B18: short at 8.616, 0.05 %"),
    pytest.param(MARGIN_CALL, "maintenance_margin", "1.614445", id="B19 MARGIN_CALL: mm"),
    pytest.param(COINM, "notional", "0.4", id="B1c: 100 contracts at 25,000"),
    pytest.param(COINM, "maintenance_margin", "0.0016", id="B1c: 0.4 BTC * 0.4 %"),
    pytest.param(COINM_300, "maintenance_rate", "0.125", id="B1c: 300 BTC is at 12.5 %"),
    pytest.param(COINM_300, "maintenance_margin", "25.895", id="B1c: 300 * 12.5 % - 11.605"),
    pytest.param(BRACKET_3, "maintenance_margin", "3700", id="B1: 500,000 * 1 % - 1,300"),
]


@pytest.mark.parametrize(("document", "measure", "printed"), POSITIONS)
def test_position_figure_as_printed(document: Doc, measure: str, printed: str) -> None:
    assert prints_as(getattr(assessed(document).pools[0].positions[0], measure), printed)


def test_maintenance_amount_of_bracket_3_is_1300() -> None:
    """250,000 * (1 % - 0.5 %) + 50, B1."""
    tree = ml.explain(assessed(BRACKET_3), "BTCUSDT/both", "maintenance_margin")
    assert next(f.value for f in tree.facts if f.name == "deduction") == 1300


def test_orders_of_b10_need_5950() -> None:
    """Long 0.5 BTC at 20,000, bid 0.1 at 19,000, ask 0.1 at 22,000, 2x: max(11,900, 7,800) / 2."""
    pool = assessed(
        usdm(
            wallets=[wallet("USDT", "100000")],
            positions=[position("BTCUSDT", "0.5", "20000", leverage="2")],
            orders=[
                order("BTCUSDT", "buy", "0.1", "19000"),
                order("BTCUSDT", "sell", "0.1", "22000"),
            ],
            market=market(BTCUSDT="20000"),
            parameters={"tiers": {"BTCUSDT": flat("0.004")}},
        )
    ).pool("USDT")
    assert pool.initial_margin == 5950
    assert pool.position_initial_margin == 5000
    assert pool.order_initial_margin == 950


def test_order_cost_of_b11() -> None:
    """9,253.30 / 20 = 462.665, which Binance prints as 462.66."""
    document = usdm(
        wallets=[wallet("USDT", "1000")],
        settings={"BTCUSDT": {"leverage": "20"}},
        market=market(BTCUSDT="9259.84") | {"last": {"BTCUSDT": "9258.99"}},
    )
    bid = Order(instrument="BTCUSDT", side="buy", size=D(1), price=D("9253.30"))
    cost = order_cost(ml.load(document), bid)
    assert isinstance(cost, D)
    assert cost == D("462.665")
    assert prints_as(cost, "462.66")


def test_adl_score_of_a_users_screen() -> None:
    """dev.binance.vision 17801: P&L 40.2, wallet 4.27, ratio 13.42 %: 9.41 * 13.42 % = 1.26."""
    wallet_balance, pnl, ratio = D("4.27"), D("40.2"), D("0.1342")
    assert prints_as(pnl / wallet_balance, "9.41")
    need = ratio * (wallet_balance + pnl)
    assert prints_as(adl_score_binance(pnl, wallet_balance, pnl, need), "1.26")
    document = usdm(
        wallets=[wallet("USDT", "4.27")],
        positions=[position("BTCUSDT", "1", "1000")],
        market=market(BTCUSDT="1040.2"),
        parameters={"tiers": {"BTCUSDT": flat("0.005737236")}},
    )
    pool = assessed(document).pool("USDT")
    assert prints_as(pool.margin_ratio, "0.1342")
    assert prints_as(pool.positions[0].adl_score, "1.26")

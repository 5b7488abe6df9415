"""Every liquidation price that Binance prints or that was seen live, from whole accounts.

B1, B1c ... are the sources of Binance's rulebook; see src/marginline/venues/binance/README.md.
"""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from tests.venues.documents import (
    Doc,
    account,
    assessed,
    flat,
    inverse,
    ladder,
    linear,
    market,
    position,
    prints_as,
    usdm,
    wallet,
)

# B1, tables of 2020: they end where the examples need them to.
BTC_2020 = ladder(("0", "0.004"), ("50000", "0.005"), ("250000", "0.01"), ("1000000", "0.025"))
ETH_2020 = ladder(
    ("0", "0.005"), ("10000", "0.0065"), ("100000", "0.01"), ("500000", "0.02"),
    ("1000000", "0.05"), ("2000000", "0.1"),
)  # fmt: skip

TWO_LONGS = usdm(
    wallets=[wallet("USDT", "1535443.01")],
    positions=[
        position("ETHUSDT", "3683.979", "1456.84"),
        position("BTCUSDT", "109.488", "32481.98"),
    ],
    market=market(ETHUSDT="1335.18", BTCUSDT="31967.27"),
    parameters={"tiers": {"ETHUSDT": ETH_2020, "BTCUSDT": BTC_2020}},
)
LONG_AND_SHORT = usdm(
    wallets=[wallet("USDT", "10.72")],
    positions=[
        position("BTCUSDT", "-0.005", "9451.53"),
        position("ETHUSDT", "1", "199.53"),
    ],
    market=market(BTCUSDT="9462.81", ETHUSDT="200"),
    parameters={"tiers": {"BTCUSDT": BTC_2020, "ETHUSDT": flat("0.0065")}},
)
# Size and rate are not in our record of the payload; no others give its ten digits.
LIVE = usdm(
    wallets=[wallet("USDT", "100")],
    positions=[
        position("LIVE", "-1", "8.616", margin_mode="isolated", isolated_margin="1.57109202")
    ],
    instruments={"LIVE": linear("LIVE")},
    market=market(LIVE="8.736"),
    parameters={"tiers": {"LIVE": flat("0.015")}},
)
# Our own record has the result alone: a hedge of 10 BTC with 80,000 behind it gives it to the
# digit on Binance's table of October 2024 (the packaged one).
HEDGE_FLAT = usdm(
    as_of="2024-11-01T00:00:00Z",
    position_mode="hedge",
    wallets=[wallet("USDT", "100000")],
    positions=[
        position("BTCUSDT", "10", "62000", side="long"),
        position("BTCUSDT", "-10", "60000", side="short"),
    ],
    market=market(BTCUSDT="61000"),
)
COINM_CALCULATOR = account(
    "binance_coinm",
    wallets=[wallet("BTC", "101")],
    positions=[position("BTCUSD_PERP", "100000", "45000")],
    market=market(BTCUSD_PERP="45000"),
    instruments={"BTCUSD_PERP": inverse()},
    parameters={
        "tiers": {
            "BTCUSD_PERP": ladder(
                ("0", "0.004"), ("5", "0.005"), ("10", "0.01"), ("20", "0.025"), ("50", "0.05"),
                ("100", "0.1"), ("200", "0.125"), ("400", "0.15"),
            )
        }
    },
)  # fmt: skip


def isolated(document: Doc) -> Doc:
    """The same positions, each with the whole wallet posted to it."""
    rows = [
        row | {"margin_mode": "isolated", "isolated_margin": "1535443.01"}
        for row in document["positions"]
    ]
    return document | {"positions": rows, "wallets": [wallet("USDT", "5000000")]}


PRINTED = [
    pytest.param(TWO_LONGS, "ETHUSDT/both", "1153.26", id="B1 2020-08-14: ETHUSDT long, cross"),
    pytest.param(TWO_LONGS, "BTCUSDT/both", "26316.89", id="B1 2020-08-14: BTCUSDT long, cross"),
    pytest.param(LONG_AND_SHORT, "BTCUSDT/both", "11383.99", id="B1 2020-06-11: BTCUSDT short"),
    pytest.param(LONG_AND_SHORT, "ETHUSDT/both", "190.29", id="B1 2020-06-11: ETHUSDT long"),
    pytest.param(LIVE, "LIVE/both", "10.03654386", id="ccxt PR 20003, live: isolated short"),
    pytest.param(HEDGE_FLAT, "BTCUSDT/long", "514500", id="rules 1.5: hedged, the long leg"),
    pytest.param(HEDGE_FLAT, "BTCUSDT/short", "514500", id="rules 1.5: hedged, the short leg"),
    pytest.param(
        COINM_CALCULATOR,
        "BTCUSD_PERP/both",
        "33599.42",
        id="dev.binance.vision 6292, COIN-M calculator (prints 33,599.40)",
    ),
    pytest.param(
        isolated(TWO_LONGS),
        "ETHUSDT/both",
        "1114.78",
        id="freqtrade c9ae5e1 test: ETHUSDT isolated",
    ),
    pytest.param(
        isolated(TWO_LONGS),
        "BTCUSDT/both",
        "18778.73",
        id="freqtrade c9ae5e1 test: BTCUSDT isolated",
    ),
]


@pytest.mark.parametrize(("document", "key", "printed"), PRINTED)
def test_liquidation_price_as_printed(document: Doc, key: str, printed: str) -> None:
    pool = next(p for p in assessed(document).pools if any(o.key == key for o in p.positions))
    assert prints_as(pool.position(key).liquidation_price, printed)


PARTS = [
    pytest.param("ETHUSDT/both", "unrealized_pnl", "-448192.89", id="B1: UPNL of ETHUSDT"),
    pytest.param("BTCUSDT/both", "unrealized_pnl", "-56354.57", id="B1: UPNL of BTCUSDT"),
    pytest.param("ETHUSDT/both", "maintenance_margin", "356512.508", id="B1: TMM of ETHUSDT"),
    pytest.param("BTCUSDT/both", "maintenance_margin", "71200.81144", id="B1: TMM of BTCUSDT"),
    pytest.param("ETHUSDT/both", "maintenance_rate", "0.1", id="B1: MMR of ETHUSDT"),
    pytest.param("BTCUSDT/both", "maintenance_rate", "0.025", id="B1: MMR of BTCUSDT"),
]


@pytest.mark.parametrize(("key", "measure", "printed"), PARTS)
def test_printed_inputs_of_the_formula_are_our_measures(
    key: str, measure: str, printed: str
) -> None:
    pool = assessed(TWO_LONGS).pool("USDT")
    assert prints_as(getattr(pool.position(key), measure), printed)


def test_isolated_margin_of_the_live_position_includes_its_pnl() -> None:
    """1.57109202 - 0.12 = 1.45109202, ccxt PR 20003."""
    document = LIVE | {"wallets": [wallet("USDT", "1.57109202")]}
    pool = assessed(document).pool("LIVE/both isolated")
    assert pool.wallet_balance == D("1.57109202")
    assert pool.unrealized_pnl == D("-0.12")
    assert pool.margin_balance == D("1.45109202")
    assert assessed(document).pool("USDT").wallet_balance == 0


def test_upper_price_of_a_perfect_hedge_is_found_although_nothing_is_at_risk_below() -> None:
    pool = assessed(HEDGE_FLAT).pool("USDT")
    leg = pool.position("BTCUSDT/long")
    assert leg.liquidation_price_above == leg.liquidation_price == 514_500
    assert leg.liquidation_price_below is None
    assert pool.net_notional == 0

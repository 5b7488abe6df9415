"""What resting orders take: each way the rule reads them, as a row."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from tests.venues.documents import (
    Doc,
    account,
    assessed,
    findings,
    flat,
    inverse,
    linear,
    market,
    order,
    position,
    usdm,
    wallet,
)

BUY, SELL = "buy", "sell"


def book(positions: list[Doc], orders: list[Doc], **parts: object) -> Doc:
    """USDT-margined BTC at 20,000, leverage 10 where nothing else is said."""
    document = usdm(
        wallets=[wallet("USDT", "100000")],
        positions=positions,
        orders=orders,
        settings={"BTCUSDT": {"leverage": "10"}},
        instruments={"BTCUSDT": linear()},
        market=market(BTCUSDT="20000"),
        parameters={"tiers": {"BTCUSDT": flat("0.004")}},
    )
    return document | parts


LONG = [position("BTCUSDT", "1", "20000")]
SHORT = [position("BTCUSDT", "-1", "20000")]
HEDGE = [
    position("BTCUSDT", "1", "20000", side="long"),
    position("BTCUSDT", "-1", "20000", side="short"),
]
ONE_WAY = [
    pytest.param([], [order("BTCUSDT", BUY, "1", "19000")], "1900", id="flat, a bid at its price"),
    pytest.param([], [order("BTCUSDT", SELL, "1", "21000")], "2100", id="flat, an ask"),
    pytest.param(
        [],
        [order("BTCUSDT", BUY, "1", "19000"), order("BTCUSDT", SELL, "1", "21000")],
        "2100",
        id="flat, the larger side counts",
    ),
    pytest.param(LONG, [order("BTCUSDT", BUY, "1", "19000")], "1900", id="a bid adds to a long"),
    pytest.param(LONG, [order("BTCUSDT", SELL, "1", "21000")], "0", id="an ask closes a long"),
    pytest.param(
        LONG, [order("BTCUSDT", SELL, "2", "20000")], "0", id="free up to twice the position"
    ),
    pytest.param(
        LONG, [order("BTCUSDT", SELL, "3", "20000")], "2000", id="beyond twice it adds a short"
    ),
    pytest.param(SHORT, [order("BTCUSDT", BUY, "2", "20000")], "0", id="a short, mirrored"),
    pytest.param(SHORT, [order("BTCUSDT", BUY, "3", "20000")], "2000", id="a short, beyond twice"),
    pytest.param(SHORT, [order("BTCUSDT", SELL, "1", "21000")], "2100", id="an ask adds to it"),
    pytest.param(
        LONG, [order("BTCUSDT", BUY, "1", kind="market")], "2000", id="a market order at the mark"
    ),
    pytest.param(
        LONG, [order("BTCUSDT", BUY, "1", "19000", kind="stop")], "0", id="a stop takes nothing"
    ),
    pytest.param(
        LONG,
        [order("BTCUSDT", BUY, "1", "19000", kind="take_profit")],
        "0",
        id="a take-profit takes nothing",
    ),
    pytest.param(
        LONG,
        [order("BTCUSDT", BUY, "1", "19000", reduce_only=True)],
        "0",
        id="a reduce-only order takes nothing",
    ),
]


@pytest.mark.parametrize(("positions", "orders", "margin"), ONE_WAY)
def test_one_way(positions: list[Doc], orders: list[Doc], margin: str) -> None:
    pool = assessed(book(positions, orders)).pool("USDT")
    assert pool.order_initial_margin == D(margin)
    held = len(positions) * 2000
    assert pool.initial_margin == D(margin) + held
    assert pool.available_balance == 100_000 - D(margin) - held


HEDGED = [
    pytest.param([order("BTCUSDT", BUY, "1", "19000", position_side="long")], "1900", id="to long"),
    pytest.param(
        [order("BTCUSDT", SELL, "1", "21000", position_side="long")], "0", id="closes the long leg"
    ),
    pytest.param(
        [order("BTCUSDT", SELL, "1", "21000", position_side="short")], "2100", id="adds to short"
    ),
    pytest.param(
        [order("BTCUSDT", BUY, "1", "19000", position_side="short")], "0", id="closes the short leg"
    ),
    pytest.param(
        [
            order("BTCUSDT", BUY, "1", "19000", position_side="long"),
            order("BTCUSDT", SELL, "1", "21000", position_side="short"),
        ],
        "4000",
        id="the sides do not net",
    ),
    pytest.param(
        [order("BTCUSDT", SELL, "3", "20000", position_side="long")], "2000", id="beyond the leg"
    ),
]


@pytest.mark.parametrize(("orders", "margin"), HEDGED)
def test_hedge_mode_takes_each_side_by_itself(orders: list[Doc], margin: str) -> None:
    pool = assessed(book(HEDGE, orders, position_mode="hedge")).pool("USDT")
    assert pool.order_initial_margin == D(margin)
    assert pool.position_initial_margin == 4000


def test_hedge_order_without_a_side_is_missing_data() -> None:
    document = book(HEDGE, [order("BTCUSDT", BUY, "1", "19000")], position_mode="hedge")
    assessment = assessed(document)
    assert assessment.order_initial_margin is None
    assert any("position_side" in text for text in findings(assessment, "MISSING_DATA"))
    assert assessment.maintenance_margin is not None


@pytest.mark.parametrize(
    ("orders", "missing"),
    [
        pytest.param(
            [order("BTCUSDT", BUY, "1")], "has no price", id="a limit order without price"
        ),
        pytest.param(
            [order("BTCUSDT", BUY, "1", "19000")], "the leverage of BTCUSDT", id="no leverage"
        ),
        pytest.param([order("BTCUSDT", BUY, "1", kind="market")], "mark price", id="no mark"),
    ],
)
def test_what_an_order_lacks_is_named(orders: list[Doc], missing: str) -> None:
    document = book([], orders, settings={}, market={})
    if missing == "has no price":
        document["settings"] = {"BTCUSDT": {"leverage": "10"}}
    assessment = assessed(document)
    assert assessment.order_initial_margin is None
    assert assessment.available_balance is None
    assert any(missing in text for text in findings(assessment, "MISSING_DATA"))


ISOLATED = [
    position("BTCUSDT", "1", "20000", margin_mode="isolated", isolated_margin="3000", leverage="10")
]


def test_orders_of_an_isolated_symbol_are_reserved_in_the_cross_pool() -> None:
    assessment = assessed(book(ISOLATED, [order("BTCUSDT", BUY, "1", "19000")]))
    cross, apart = assessment.pool("USDT"), assessment.pool("BTCUSDT/both isolated")
    assert (cross.order_initial_margin, apart.order_initial_margin) == (D(1900), D(0))
    assert cross.wallet_balance == 97_000
    assert cross.available_balance == 95_100
    assert cross.withdrawable_balance == 95_100
    assert cross.margin_addable == 95_100
    assert apart.initial_margin == 2000


def test_margin_mode_of_an_order_comes_from_itself_its_rows_or_the_settings() -> None:
    """Reserved either way; only what may be withdrawn tells the two apart: profit is not in it."""
    profit = [position("ETHUSDT", "1", "1000")]
    document = book(
        profit,
        [order("BTCUSDT", BUY, "1", "19000")],
        instruments={"BTCUSDT": linear(), "ETHUSDT": linear("ETH")},
        market=market(BTCUSDT="20000", ETHUSDT="11000"),
        parameters={"tiers": {"BTCUSDT": flat("0.004"), "ETHUSDT": flat("0.01")}},
        settings={"BTCUSDT": {"leverage": "10"}, "ETHUSDT": {"leverage": "10"}},
    )
    assert assessed(document).withdrawable_balance == 100_000 - 110
    apart = document | {
        "settings": {
            "BTCUSDT": {"leverage": "10", "margin_mode": "isolated"},
            "ETHUSDT": {"leverage": "10"},
        }
    }
    assert assessed(apart).withdrawable_balance == 100_000 - 110 - 1900
    said = apart | {"orders": [order("BTCUSDT", BUY, "1", "19000", margin_mode="cross")]}
    assert assessed(said).withdrawable_balance == 100_000 - 110


def test_inverse_orders_are_valued_in_coins_at_their_price() -> None:
    """qty * CM / limit price, B10: 100 * 100 / 19,000 is less at a higher price."""
    document = account(
        "binance_coinm",
        wallets=[wallet("BTC", "10")],
        positions=[position("BTCUSD_PERP", "100", "20000", leverage="5")],
        orders=[order("BTCUSD_PERP", BUY, "100", "12500"), order("BTCUSD_PERP", SELL, "9", "1")],
        market=market(BTCUSD_PERP="20000"),
        parameters={"tiers": {"BTCUSD_PERP": flat("0.004")}},
    )
    pool = assessed(document).pool("BTC")
    # held 0.5; bids 0.8; asks 900: max(1.3, 899.5) - 0.5
    assert pool.order_initial_margin == D(899) / 5
    document["orders"].pop()
    assert assessed(document).pool("BTC").order_initial_margin == D("0.8") / 5
    document["instruments"] = {"BTCUSD_PERP": inverse(face="10")}
    assert assessed(document).pool("BTC").order_initial_margin == D("0.08") / 5


def test_orders_in_multi_assets_mode_are_converted_at_the_ask() -> None:
    rates = {"USDT": {"index": "1", "bid": "0.9", "ask": "1.1"}}
    document = book(
        LONG,
        [order("BTCUSDT", BUY, "1", "19000")],
        mode="multi_assets",
        market=market(BTCUSDT="20000") | {"asset_rate": rates},
    )
    pool = assessed(document).pool("USD")
    assert pool.order_initial_margin == D(2090)
    assert pool.position_initial_margin == D(2200)
    assert pool.margin_balance == D(90000)


def test_without_leverage_the_tier_of_the_whole_value_gives_the_rate() -> None:
    rows = [
        {"floor": "0", "cap": "30000", "rate": "0.004", "initial_rate": "0.05"},
        {"floor": "30000", "rate": "0.005", "initial_rate": "0.1"},
    ]
    document = book(
        LONG,
        [order("BTCUSDT", BUY, "1", "19000")],
        settings={},
        parameters={"tiers": {"BTCUSDT": {"rows": rows}}},
    )
    pool = assessed(document).pool("USDT")
    assert pool.position_initial_margin == 1000
    assert pool.order_initial_margin == 1900
    keyed = document | {"parameters": {"tiers": {"BTCUSDT": {"rows": rows, "keyed_by": "size"}}}}
    assert assessed(keyed).order_initial_margin is None


def test_without_leverage_and_without_tiers_it_is_the_leverage_that_is_missing() -> None:
    document = book([], [order("BTCUSDT", BUY, "1", "19000")], settings={}, parameters={})
    assessment = assessed(document)
    assert assessment.order_initial_margin is None
    assert any("the leverage of BTCUSDT" in t for t in findings(assessment, "MISSING_DATA"))


def test_our_reading_of_orders_is_said_only_where_an_order_counts() -> None:
    counts = assessed(book([], [order("BTCUSDT", BUY, "1", "19000")]))
    assert any("orders" in text for text in findings(counts, "APPROXIMATE"))
    stop = assessed(book([], [order("BTCUSDT", BUY, "1", "19000", kind="stop")]))
    assert not any("which orders" in text for text in findings(stop, "APPROXIMATE"))


def test_an_order_alone_gives_its_asset_a_pool_that_is_unknown_without_a_wallet() -> None:
    document = book([], [order("BTCUSDT", BUY, "1", "19000")], wallets=[wallet("USDC", "5")])
    assessment = assessed(document)
    assert [(p.id, p.status) for p in assessment.pools] == [
        ("USDC", "healthy"),
        ("USDT", "unknown"),
    ]
    assert assessment.status == "unknown"

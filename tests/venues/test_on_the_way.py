"""The distance of whole accounts: orders filled on the way, and the watch band in the status."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

import marginline as ml
from marginline.core.findings import Code, Status

D = Decimal
TIERS = [{"floor": "0", "rate": "0.01", "max_leverage": "50"}]


def account(**given: Any) -> ml.Account:
    document: dict[str, Any] = {
        "schema": "marginline/account/1",
        "venue": "binance_usdm",
        "mode": "single_asset",
        "as_of": "2026-11-20T14:00:00Z",
        "wallets": [{"asset": "USDT", "balance": "1000"}],
        "positions": [
            {"instrument": "BTCUSDT", "size": "0.1", "entry_price": "100000", "leverage": "20"}
        ],
        "market": {"mark": {"BTCUSDT": "100000", "ETHUSDT": "4000"}},
        "parameters": {"tiers": {"BTCUSDT": TIERS, "ETHUSDT": TIERS}, "fees": {"maker": "0"}},
    }
    return ml.load(document | given)


def buy(size: str, price: str, instrument: str = "BTCUSDT", **more: Any) -> dict[str, Any]:
    return {"instrument": instrument, "side": "buy", "size": size, "price": price, **more}


def test_a_buy_that_fills_on_the_way_down_brings_the_line_nearer() -> None:
    pool = ml.assess(account(orders=[buy("0.1", "95000")])).pool("USDT")
    # 0.1 at 100,000 and 0.1 at 95,000: 1000 + 0.2 p - 19500 = 0.01 * 0.2 p
    line = D(18500) / (D("0.2") * D("0.99"))
    found = pool.distance
    assert found.with_orders.move == pytest.approx(line / 100_000 - 1)
    assert found.nearest is not None
    assert found.nearest.way == "with_orders"
    assert found.alone.move is not None
    assert found.with_orders.move > found.alone.move


def test_an_order_of_another_instrument_counts_when_all_prices_move() -> None:
    pool = ml.assess(account(orders=[buy("5", "3900", "ETHUSDT")])).pool("USDT")
    assert pool.distance.nearest is not None
    assert pool.distance.nearest.way == "with_orders"
    assert pool.distance.nearest.instrument is None


@pytest.mark.parametrize("more", [{"reduce_only": True, "side": "sell"}, {"kind": "stop"}])
def test_reducing_orders_and_stops_save_nobody(more: dict[str, Any]) -> None:
    pool = ml.assess(account(orders=[buy("0.1", "95000") | more])).pool("USDT")
    assert pool.distance.with_orders.move is None
    assert pool.distance.with_orders.reason


def test_an_order_below_the_line_changes_nothing() -> None:
    pool = ml.assess(account(orders=[buy("0.1", "50000")])).pool("USDT")
    assert pool.distance.with_orders.move is None


def test_a_highly_levered_account_is_watched_though_its_ratio_is_low() -> None:
    thin = account(wallets=[{"asset": "USDT", "balance": "350"}])
    found = ml.assess(thin)
    ratio = found.pool("USDT").measures[ml.Measure.MARGIN_RATIO]
    assert ratio is not None
    assert ratio < D("0.3")
    assert found.status is Status.WATCH
    assert [f.code for f in found.pool("USDT").findings if f.code is Code.WATCH_DISTANCE]
    assert ml.assess(thin, watch_distance=D(0)).status is Status.HEALTHY
    assert ml.assess(thin, watch_distance=D("0.02")).status is Status.HEALTHY


def test_an_order_within_the_band_is_watched() -> None:
    near = account(wallets=[{"asset": "USDT", "balance": "600"}], orders=[buy("0.5", "99000")])
    assert (
        ml.assess(account(wallets=[{"asset": "USDT", "balance": "600"}])).status is Status.HEALTHY
    )
    found = ml.assess(near)
    assert found.status is Status.WATCH
    said = [f.message for f in found.pool("USDT").findings if f.code is Code.WATCH_DISTANCE]
    assert "with the resting orders filled" in said[0]


def test_a_pool_says_its_distance_in_the_document() -> None:
    document = ml.assess(account()).to_dict()["pools"][0]["distance"]
    assert document["nearest"] is not None
    assert document["nearest"]["way"] == "alone"
    assert document["with_orders"]["move"] is None

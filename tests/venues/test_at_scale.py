"""A large account costs as many calls as it has rows: nothing is looked at for each pair of them.

Calls are counted, not seconds: a count is the same on every machine.
"""

from __future__ import annotations

import sys
from decimal import Decimal
from types import FrameType
from typing import Any

import pytest

from marginline.core.account.account import Account
from marginline.core.account.file import from_dict
from marginline.core.findings import Code, Status
from marginline.venues.assessing import assess


def account(
    venue: str, mode: str | None, *, wallets: int, positions: int, orders: int, balance: str
) -> Account:
    """So many rows, each coin and each instrument of its own name."""
    symbols = [f"C{number}USDT" for number in range(positions)]
    coins = [f"W{number}" for number in range(wallets)]
    document: dict[str, Any] = {
        "schema": "marginline/account/1",
        "venue": venue,
        "as_of": "2025-11-01T00:00:00Z",
        "wallets": [
            {"asset": "USDT", "balance": balance},
            *({"asset": coin, "balance": "10"} for coin in coins),
        ],
        "positions": [
            {"instrument": symbol, "size": "1", "entry_price": "100", "leverage": "10"}
            for symbol in symbols
        ],
        "orders": [
            {
                "instrument": symbols[number % positions],
                "side": "buy" if number % 2 else "sell",
                "size": "1",
                "price": str(90 + number % 5),
            }
            for number in range(orders)
        ],
        "instruments": {
            symbol: {"payoff": "linear", "base": symbol[:-4], "quote": "USDT"} for symbol in symbols
        },
        "market": {
            "mark": dict.fromkeys(symbols, "100"),
            "asset_rate": {"USDT": {"index": "1"}, **{coin: {"index": "2"} for coin in coins}},
        },
        "parameters": {
            "tiers": {symbol: [{"floor": "0", "rate": "0.005"}] for symbol in symbols},
            "fees": {"maker": "0.0002", "taker": "0.0005"},
            "collateral": {"USDT": {"ratio": "1"}, **{coin: {"ratio": "0.9"} for coin in coins}},
        },
    }
    return from_dict(document if mode is None else document | {"mode": mode})


def calls(told: Account) -> int:
    """How many calls of Python functions the assessment and its document take."""
    found = 0

    def count(_: FrameType, event: str, __: object) -> None:
        nonlocal found
        found += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        assess(told).to_dict()
    finally:
        sys.setprofile(before)
    return found


@pytest.mark.parametrize(
    ("venue", "mode"),
    [
        ("bybit_unified", "cross"),
        ("okx", "multi_currency"),
        ("binance_usdm", "single_asset"),
        ("bitget_futures", "single"),
        ("bingx_perpetual", None),
    ],
)
def test_twice_the_rows_cost_about_twice_the_calls(venue: str, mode: str | None) -> None:
    """Pairs of rows would cost four times as much."""
    once = calls(account(venue, mode, wallets=20, positions=20, orders=200, balance="9000000"))
    twice = calls(account(venue, mode, wallets=40, positions=40, orders=400, balance="9000000"))
    assert twice < 3 * once


def test_of_very_many_orders_it_is_said_that_not_every_way_is_followed() -> None:
    told = account("bybit_unified", "cross", wallets=1, positions=20, orders=400, balance="9000000")
    found = assess(told)
    assert found.status is Status.HEALTHY
    distances = found.pools[0].distances
    assert distances is not None
    move = distances.find().with_orders
    assert move.reason.startswith("of 21 ways, 3 were followed")


def test_where_a_bound_does_not_prove_the_band_the_account_is_watched() -> None:
    """3,500 USDT of support for 20 longs of 100 and 40,000 of orders: no proof, so no HEALTHY."""
    told = account("bybit_unified", "cross", wallets=1, positions=20, orders=400, balance="3500")
    found = assess(told, watch_distance=Decimal("0.03"))
    assert found.status is not Status.HEALTHY
    codes = {finding.code for finding in found.all_findings()}
    assert codes & {Code.WATCH_DISTANCE, Code.WATCH_RATIO} or found.status is Status.LIQUIDATION

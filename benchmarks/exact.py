"""The exact path: microseconds per position of an assessment, and of a liquidation price.

The yardstick is what people write by hand: the same equity and tiered maintenance in float, in a
plain Python loop, without liquidation prices, explanations, findings or exactness.
"""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any

from benchmarks.measuring import Row, median_seconds
from marginline import assess
from marginline.core.account.account import Account
from marginline.core.account.file import from_dict, to_dict
from marginline.core.assessment.figures import PoolFigures
from marginline.core.numbers import exactly
from marginline.venues import at

TIERS = [
    {"floor": "0", "cap": "50000", "rate": "0.004"},
    {"floor": "50000", "cap": "600000", "rate": "0.005"},
    {"floor": "600000", "cap": "3000000", "rate": "0.0065"},
    {"floor": "3000000", "cap": "12000000", "rate": "0.01"},
    {"floor": "12000000", "cap": "70000000", "rate": "0.02"},
    {"floor": "70000000", "cap": "100000000", "rate": "0.025"},
    {"floor": "100000000", "cap": "230000000", "rate": "0.05"},
    {"floor": "230000000", "cap": "480000000", "rate": "0.1"},
    {"floor": "480000000", "cap": "600000000", "rate": "0.125"},
    {"floor": "600000000", "rate": "0.15"},
]


def account(positions: int) -> Account:
    """A cross account on Binance with so many positions, one symbol each, ten tiers each."""
    symbols = [f"C{n}USDT" for n in range(positions)]
    linear = {"payoff": "linear", "base": "C", "quote": "USDT", "settle": "USDT"}
    rows = [
        {
            "instrument": s,
            "size": str((-1) ** n * (n + 1)),
            "entry_price": "20000",
            "leverage": "10",
        }
        for n, s in enumerate(symbols)
    ]
    return from_dict(
        {
            "schema": "marginline/account/1",
            "venue": "binance_usdm",
            "mode": "single_asset",
            "as_of": "2026-09-01T00:00:00Z",
            "wallets": [{"asset": "USDT", "balance": str(3000 * positions * (positions + 1))}],
            "positions": rows,
            "instruments": dict.fromkeys(symbols, linear),
            "market": {"mark": dict.fromkeys(symbols, "20100")},
            "parameters": {"tiers": dict.fromkeys(symbols, TIERS)},
        }
    )


def joint_account(positions: int, venue: str, mode: str) -> Account:
    """The same positions where all assets are one pool, with everything that its rules ask for."""
    document: dict[str, Any] = dict(to_dict(account(positions)))
    marks = document["market"]["mark"]
    known = {"opened_at": "2026-01-01T00:00:00Z", "realized_pnl": "0", "fees": "-1", "funding": "0"}
    borrow = {"floor": "0", "initial_rate": "0.1", "maintenance_rate": "0.05"}
    return from_dict(
        document
        | {
            "venue": venue,
            "mode": mode,
            "as_of": "2026-06-01T00:00:00Z",
            "positions": [row | known for row in document["positions"]],
            "market": {
                "mark": marks,
                "index": marks,
                "funding": {symbol: {"rate": "0.0001"} for symbol in marks},
                "asset_rate": {"USDT": {"index": "1", "bid": "1", "ask": "1"}},
            },
            "parameters": document["parameters"]
            | {
                "collateral": {"USDT": {"ratio": "1"}},
                "borrow": {"USDT": {"rows": [borrow]}},
                "fees": {"taker": "0.0006", "maker": "0.0002", "liquidation": "0.005"},
            },
        }
    )


def by_hand(account: Account) -> float:
    """Equity less maintenance in float, as a script would do it."""
    health = float(account.wallets[0].balance or 0)
    for position in account.positions:
        mark = float(account.market.mark[position.instrument])
        health += float(position.size) * (mark - float(position.entry_price or 0))
        notional = abs(float(position.size)) * mark
        floor, charge = 0.0, 0.0
        for row in account.parameters.tiers[position.instrument].rows:
            floor, cap = float(row.floor), float(row.cap or Decimal("1e30"))
            charge += max(0.0, min(notional, cap) - floor) * float(row.rate or 0)
        health -= charge
    return health


def rows() -> list[Row]:
    """Assessment with 1, 10 and 200 positions, and the liquidation price alone."""
    found: list[Row] = []
    for count in (1, 10, 200):
        sample = account(count)
        exact = median_seconds(partial(assess, sample)) / count * 1e6
        plain = median_seconds(partial(by_hand, sample)) / count * 1e6
        name = f"exact assessment, {count} position{'s' * (count > 1)}"
        found.append(Row(name, exact, "us/position", "by hand in float, sums only", plain))
    sample = account(10)
    book = at(sample.venue, sample.mode, sample.as_of)
    pool = exactly(book.resolve)(sample).pools[0]

    @exactly
    def liquidation() -> object:
        return PoolFigures(pool, book.rules).safe_range("C0USDT")

    once = median_seconds(liquidation) * 1e6
    plain = median_seconds(partial(by_hand, sample)) * 1e6
    found.append(Row("liquidation price, one of 10 positions, 10 tiers", once, "us",
                     "by hand in float, sums only", plain))  # fmt: skip
    return found

"""Bybit accounts for tests: small documents, and the assessment they make."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from typing import Any

from marginline.core.account.file import from_dict
from marginline.core.assessment.assessment import Assessment
from marginline.core.measures import Measure
from marginline.core.numbers import exactly
from marginline.core.pool.pool import Pool
from marginline.venues import at
from marginline.venues.assessing import assess
from tests.venues.documents import Doc

D = Decimal
BEFORE, SINCE = "2025-09-01T23:59:59Z", "2025-09-02T00:00:00Z"
TICK = {"BTCUSDT": "0.1", "BTCUSD": "0.5", "ETHUSDT": "0.01", "BTCPERP": "0.1"}
INSTRUMENTS = {
    "BTCUSDT": {"payoff": "linear", "base": "BTC", "quote": "USDT", "settle": "USDT"},
    "ETHUSDT": {"payoff": "linear", "base": "ETH", "quote": "USDT", "settle": "USDT"},
    "BTCPERP": {"payoff": "linear", "base": "BTC", "quote": "USDC", "settle": "USDC"},
    "BTCUSD": {"payoff": "inverse", "base": "BTC", "quote": "USD", "settle": "BTC"},
}
TIERS = {
    "BTCUSDT": [
        {"floor": "0", "cap": "2000000", "rate": "0.005", "max_leverage": "100"},
        {"floor": "2000000", "rate": "0.0056", "max_leverage": "90"},
    ],
    "ETHUSDT": [{"floor": "0", "rate": "0.005"}],
    "BTCPERP": [{"floor": "0", "rate": "0.005"}],
    "BTCUSD": [{"floor": "0", "cap": "150", "rate": "0.005"}, {"floor": "150", "rate": "0.01"}],
}
COLLATERAL = {
    "USDT": {"ratio": "1"},
    "USDC": {"ratio": "1"},
    "BTC": {
        "rows": [
            {"floor": "0", "cap": "10", "ratio": "0.98"},
            {"floor": "10", "cap": "20", "ratio": "0.95"},
            {"floor": "20", "cap": "30", "ratio": "0.90"},
            {"floor": "30", "cap": "40", "ratio": "0.85"},
            {"floor": "40", "cap": "50", "ratio": "0.80"},
            {"floor": "50", "ratio": "0"},
        ]
    },
}
BORROW = {
    "USDT": {"rows": [{"floor": "0", "initial_rate": "0.1", "maintenance_rate": "0.04"}]},
    "BTC": {
        "rows": [
            {"floor": "0", "cap": "390", "initial_rate": "0.20", "maintenance_rate": "0.04"},
            {"floor": "390", "cap": "391", "initial_rate": "0.25", "maintenance_rate": "0.04"},
        ]
    },
}
FEES = {"taker": "0.00055"}


def row(size: str = "0.5", **fields: Any) -> Doc:
    """A BTCUSDT position at 50,000, 10x."""
    own = {"instrument": "BTCUSDT", "size": size, "entry_price": "50000", "leverage": "10"}
    return own | {"realized_pnl": "-14"} | fields


def order(side: str, size: str, price: str | None, **fields: Any) -> Doc:
    """A limit order of BTCUSDT."""
    own = {"instrument": "BTCUSDT", "side": side, "size": size}
    return own | ({} if price is None else {"price": price}) | fields


def unified(mode: str = "cross", **fields: Any) -> Doc:
    """A unified account document: 10,000 USDT, one BTCUSDT long, mark 50,500."""
    whole: Doc = {
        "schema": "marginline/account/1",
        "venue": "bybit_unified",
        "mode": mode,
        "as_of": "2026-09-01T00:00:00Z",
        "wallets": [{"asset": "USDT", "balance": "10000"}],
        "positions": [row()],
        "instruments": INSTRUMENTS,
        "market": {
            "mark": {"BTCUSDT": "50500", "ETHUSDT": "3000", "BTCPERP": "50500", "BTCUSD": "50500"},
            "asset_rate": {"USDT": "1", "USDC": "1", "BTC": "50000"},
            "funding": {"BTCUSDT": {"rate": "0.0001"}},
        },
        "parameters": parameters(),
    }
    return deepcopy(whole | fields)


def parameters(**fields: Any) -> Doc:
    """Tiers, collateral, borrow rates and fees of the test accounts."""
    whole = {"tiers": TIERS, "collateral": COLLATERAL, "borrow": BORROW, "fees": FEES}
    return deepcopy(whole | fields)


def isolated(**fields: Any) -> Doc:
    """The same in isolated mode, the position holding exactly its initial margin and fee."""
    whole = unified("isolated", positions=[row(isolated_margin="2512.375", extra_margin="0")])
    return whole | fields


def inverse(**fields: Any) -> Doc:
    """The classic inverse account of Bybit's own example: 1 BTC, 20,000 contracts at 8,000."""
    whole: Doc = {
        "schema": "marginline/account/1",
        "venue": "bybit_inverse",
        "as_of": "2022-01-01T00:00:00Z",
        "wallets": [{"asset": "BTC", "balance": "1"}],
        "positions": [
            {
                "instrument": "BTCUSD",
                "size": "20000",
                "entry_price": "8000",
                "leverage": "100",
                "realized_pnl": "0",
            }
        ],
        "instruments": {"BTCUSD": INSTRUMENTS["BTCUSD"]},
        "market": {"mark": {"BTCUSD": "8000"}, "funding": {"BTCUSD": {"rate": "0.0001"}}},
        "parameters": {"tiers": {"BTCUSD": TIERS["BTCUSD"]}, "fees": {"taker": "0.00075"}},
    }
    return deepcopy(whole | fields)


def ticked(document: Doc) -> Doc:
    """The document with the tick sizes of its instruments."""
    known = document["instruments"]
    return document | {"instruments": {s: i | {"tick_size": TICK[s]} for s, i in known.items()}}


@exactly
def assessed(document: Doc) -> Assessment:
    """The assessment of an account document."""
    return assess(from_dict(document))


@exactly
def pools_of(document: Doc) -> tuple[Pool, ...]:
    """The pools that a document resolves to."""
    account = from_dict(document)
    return at(account.venue, account.mode, account.as_of).resolve(account).pools


def number(value: Decimal | None) -> Decimal:
    """A measure that must be there."""
    assert value is not None
    return value


def first(found: Assessment, measure: Measure) -> Decimal:
    """A measure of the first position in the assessment."""
    held = next(pool.positions[0] for pool in found.pools if pool.positions)
    return number(held.measures[measure])

"""BingX accounts for tests: small documents, and the assessment they make."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from typing import Any

from tests.venues.documents import Doc, assessed

D = Decimal
LINEAR = {"payoff": "linear", "base": "BTC", "quote": "USDT", "settle": "USDT"}
ETH = LINEAR | {"base": "ETH"}
TIERS = [
    {"floor": "0", "cap": "150000", "rate": "0.0038", "deduction": "0"},
    {"floor": "150000", "cap": "900000", "rate": "0.004", "deduction": "30"},
    {"floor": "900000", "rate": "0.005"},
]
COIN_TIERS = [{"floor": "0", "cap": "1000", "rate": "0.005"}, {"floor": "1000", "rate": "0.01"}]
FEES = {"taker": "0.0005"}
MARKS = {"BTC-USDT": "50000", "ETH-USDT": "2000", "SOL-USD": "100"}
FUNDING = {symbol: {"rate": "0.0001"} for symbol in MARKS}


def position(size: str = "1", **fields: Any) -> Doc:
    """A BTC-USDT position at 50,000, 20x."""
    row = {"instrument": "BTC-USDT", "size": size, "entry_price": "50000", "leverage": "20"}
    return row | {"fees": "-25", "funding": "0"} | fields


def isolated(size: str = "1", **fields: Any) -> Doc:
    """An isolated one with its initial margin."""
    return position(size, **({"margin_mode": "isolated", "isolated_margin": "2500"} | fields))


def coin(size: str = "100", **fields: Any) -> Doc:
    """A SOL-USD position at 100: 100 contracts of 10 USD are 10 SOL."""
    return position(size, instrument="SOL-USD", entry_price="100", **fields)


def order(side: str, size: str, price: str | None = None, **fields: Any) -> Doc:
    """A resting order of BTC-USDT."""
    row = {"instrument": "BTC-USDT", "side": side, "size": size}
    return row | ({} if price is None else {"price": price}) | fields


def document(**fields: Any) -> Doc:
    """An account document: single asset, 10,000 USDT, one BTC-USDT long at its entry."""
    whole: Doc = {
        "schema": "marginline/account/1",
        "venue": "bingx_perpetual",
        "mode": "single_asset",
        "as_of": "2026-09-01T00:00:00Z",
        "wallets": [{"asset": "USDT", "balance": "10000"}],
        "positions": [position()],
        "instruments": {"BTC-USDT": LINEAR, "ETH-USDT": ETH},
        "market": {"mark": MARKS, "funding": FUNDING},
        "parameters": {
            "tiers": {"BTC-USDT": TIERS, "ETH-USDT": TIERS, "SOL-USD": COIN_TIERS},
            "fees": FEES,
        },
    }
    return deepcopy(whole | fields)


def coin_margined(**fields: Any) -> Doc:
    """A coin-M account: 10 SOL, one SOL-USD long."""
    return document(
        **({"wallets": [{"asset": "SOL", "balance": "10"}], "positions": [coin()]} | fields)
    )


def multi(**fields: Any) -> Doc:
    """A multi-assets account: 5,000 USDT and 1 BTC, one BTC-USDT long."""
    whole: Doc = {
        "mode": "multi_assets",
        "wallets": [{"asset": "USDT", "balance": "5000"}, {"asset": "BTC", "balance": "1"}],
        "market": {"mark": MARKS, "funding": FUNDING, "asset_rate": {"BTC": "50000"}},
    }
    return document(**(whole | fields))


def standard(**fields: Any) -> Doc:
    """A standard futures account: 150 USDT, one BTC long of 150 at 10x."""
    whole: Doc = {
        "venue": "bingx_standard",
        "wallets": [{"asset": "USDT", "balance": "150"}],
        "positions": [position("0.003", leverage="10", fees="0", funding="0")],
        "parameters": {},
    }
    found = document(**(whole | fields))
    del found["mode"]
    return found


def messages(whole: Doc, code: str) -> list[str]:
    """What the findings of a kind say."""
    return [f.message for f in assessed(whole).all_findings() if f.code.name == code]

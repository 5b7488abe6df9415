"""BitMEX accounts for tests: small documents, and the assessment they make."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from typing import Any

from tests.venues.documents import Doc

D = Decimal
XBTUSD = {"payoff": "inverse", "base": "XBT", "quote": "USD", "settle": "XBT", "tick_size": "0.5"}
LINEAR = {
    "payoff": "linear",
    "base": "XBT",
    "quote": "USDT",
    "settle": "USDT",
    "contract_size": "0.000001",
}
LIMIT = {"base": "200", "step": "150", "initial_rate": "0.01", "maintenance_rate": "0.005"}
USDT_LIMIT = LIMIT | {"base": "1000000", "step": "1000000"}
MARKS = {"XBTUSD": "50000", "XBTUSDT": "50000", "ETHUSD": "3000"}
FUNDING = {symbol: {"rate": "0.0001"} for symbol in MARKS}
PARAMETERS = {
    "fees": {"taker": "0.00075"},
    "venue": {"risk_limits": {"XBTUSD": LIMIT, "XBTUSDT": USDT_LIMIT, "ETHUSD": LIMIT}},
}
SAMPLE_AT = "2022-05-21T04:35:16.397Z"


def position(size: str = "50000", **fields: Any) -> Doc:
    """A cross XBTUSD position at 50,000: 1 XBT."""
    row = {"instrument": "XBTUSD", "size": size, "entry_price": "50000", "fees": "-0.00075"}
    return row | fields


def isolated(size: str = "50000", **fields: Any) -> Doc:
    """An isolated one at 10x with 0.1 XBT and its fees."""
    row = {"margin_mode": "isolated", "leverage": "10", "isolated_margin": "0.10165"}
    return position(size, **(row | fields))


def linear(size: str = "1000000", **fields: Any) -> Doc:
    """A cross XBTUSDT position at 50,000: 1 XBT, 50,000 USDT."""
    return position(size, instrument="XBTUSDT", **fields)


def document(**fields: Any) -> Doc:
    """An account document: single asset, 0.2 XBT, one cross XBTUSD long at its entry."""
    whole: Doc = {
        "schema": "marginline/account/1",
        "venue": "bitmex",
        "mode": "single_asset",
        "as_of": "2025-06-01T00:00:00Z",
        "wallets": [{"asset": "XBT", "balance": "0.2"}],
        "positions": [position()],
        "instruments": {"XBTUSD": XBTUSD},
        "market": {"mark": MARKS, "funding": FUNDING},
        "parameters": PARAMETERS,
    }
    return deepcopy(whole | fields)


def usdt(**fields: Any) -> Doc:
    """The same in USDT: 10,000 USDT, one cross XBTUSDT long, no tick."""
    whole = {
        "wallets": [{"asset": "USDT", "balance": "10000"}],
        "positions": [linear()],
        "instruments": {"XBTUSDT": LINEAR},
    }
    return document(**(whole | fields))


def sample(**fields: Any) -> Doc:
    """The isolated ETHUSDT long of 2022-05-21 that ccxt 4.4.90 records."""
    row = {
        "instrument": "ETHUSDT",
        "size": "2000",
        "entry_price": "1963",
        "margin_mode": "isolated",
        "leverage": "3",
        "isolated_margin": "13.125928",
        "fees": "-0.0265",
    }
    limit = {"base": "1000000", "step": "1000000", "initial_rate": "0.02"}
    whole = {
        "as_of": SAMPLE_AT,
        "wallets": [{"asset": "USDT", "balance": "20"}],
        "positions": [row],
        "instruments": {},
        "market": {"mark": {"ETHUSDT": "1964.195"}, "funding": {"ETHUSDT": {"rate": "0.0001"}}},
        "parameters": {
            "fees": {"taker": "0.00075"},
            "venue": {"risk_limits": {"ETHUSDT": limit | {"maintenance_rate": "0.01"}}},
        },
    }
    return document(**(whole | fields))


def multi(**fields: Any) -> Doc:
    """Multi-asset mode before the haircuts of 2025: XBT, USDT, ETH, one XBTUSD long."""
    whole = {
        "mode": "multi_asset",
        "as_of": "2025-02-24T23:59:59Z",
        "wallets": [
            {"asset": "XBT", "balance": "0.1"},
            {"asset": "USDT", "balance": "10000"},
            {"asset": "ETH", "balance": "2"},
        ],
        "market": {
            "mark": MARKS,
            "funding": FUNDING,
            "asset_rate": {"XBT": "50000", "USDT": "1", "ETH": "2500"},
        },
    }
    return document(**(whole | fields))

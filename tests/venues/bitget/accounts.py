"""Bitget accounts for tests: small documents, and the assessment they make."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from typing import Any

from marginline.core.account.file import from_dict
from marginline.core.numbers import exactly
from marginline.core.pool.pool import Pool
from marginline.venues import at
from tests.venues.documents import Doc

D = Decimal
INSTRUMENTS = {
    "BTCUSD": {"payoff": "inverse", "base": "BTC", "quote": "USD", "settle": "BTC"},
    "ETHUSDC": {"payoff": "linear", "base": "ETH", "quote": "USDC", "settle": "USDC"},
}
TIERS = [
    {"floor": "0", "cap": "50000", "rate": "0.004", "max_leverage": "125"},
    {"floor": "50000", "cap": "200000", "rate": "0.005", "max_leverage": "100"},
    {"floor": "200000", "rate": "0.01", "max_leverage": "50"},
]
COIN_TIERS = [{"floor": "0", "cap": "5", "rate": "0.004"}, {"floor": "5", "rate": "0.01"}]
FEES = {"taker": "0.0006"}
OLD, NEW = "2025-11-10T07:59:59Z", "2025-11-10T08:00:00Z"


def position(size: str = "1", **fields: Any) -> Doc:
    """A BTCUSDT position at 25,000, 20x, opened under the rules of today."""
    row = {"instrument": "BTCUSDT", "size": size, "entry_price": "25000", "leverage": "20"}
    return row | {"opened_at": "2026-01-01T00:00:00Z", "fees": "-1", "funding": "0.5"} | fields


def leg(side: str, size: str, **fields: Any) -> Doc:
    """One leg of a hedge; `size` unsigned."""
    return position(size if side == "long" else f"-{size}", side=side, **fields)


def document(**fields: Any) -> Doc:
    """An account document: single mode, 10,000 USDT, one BTCUSDT long at its entry."""
    whole: Doc = {
        "schema": "marginline/account/1",
        "venue": "bitget_futures",
        "mode": "single",
        "as_of": "2026-09-01T00:00:00Z",
        "wallets": [{"asset": "USDT", "balance": "10000"}],
        "positions": [position()],
        "instruments": INSTRUMENTS,
        "market": {"mark": {"BTCUSDT": "25000"}, "funding": {"BTCUSDT": {"rate": "0.0001"}}},
        "parameters": {
            "tiers": {"BTCUSDT": TIERS, "BTCUSD": COIN_TIERS, "ETHUSDC": TIERS},
            "fees": FEES,
        },
    }
    return deepcopy(whole | fields)


def hedged(*rows: Doc, **fields: Any) -> Doc:
    """An account in hedge mode with these rows."""
    return document(position_mode="hedge", positions=list(rows), **fields)


def union(**fields: Any) -> Doc:
    """An account in union mode: USDT and BTC, one BTCUSDT long."""
    whole: Doc = {
        "mode": "union",
        "wallets": [
            {"asset": "USDT", "balance": "5000"},
            {"asset": "BTC", "balance": "1"},
        ],
        "market": {
            "mark": {"BTCUSDT": "25000"},
            "funding": {"BTCUSDT": {"rate": "0.0001"}},
            "asset_rate": {"BTC": "25000"},
        },
        "parameters": {
            "tiers": {"BTCUSDT": TIERS},
            "fees": FEES,
            "collateral": {"BTC": {"ratio": "0.9"}, "USDT": {"ratio": "1"}},
            "borrow": {"USDT": {"rows": [{"floor": "0", "maintenance_rate": "0.05"}]}},
        },
    }
    return document(**(whole | fields))


def advanced(**fields: Any) -> Doc:
    """A unified account, advanced: USDT and BTC in USD."""
    rates = {"asset_rate": {"BTC": "25000", "USDT": "1"}}
    parts = union(**fields)
    parts["market"] = rates | {k: v for k, v in parts["market"].items() if k != "asset_rate"}
    if "market" in fields:
        parts["market"] = fields["market"]
    return parts | {"venue": "bitget_unified", "mode": "advanced"}


def basic(**fields: Any) -> Doc:
    """A unified account, basic."""
    return document(**fields) | {"venue": "bitget_unified", "mode": "basic"}


@exactly
def resolved(whole: Doc) -> tuple[Pool, ...]:
    """The pools of a document."""
    account = from_dict(whole)
    return at(account.venue, account.mode, account.as_of).resolve(account).pools

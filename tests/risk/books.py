"""Accounts to ask questions of: small documents, changed where a test needs it, and drawn ones."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from marginline.core.account.account import Account
from marginline.core.account.file import from_dict
from marginline.core.assessment.assessment import Assessment

D = Decimal
# Any: a document of whatever depth, which tests spoil on purpose.
Document = dict[str, Any]

LINEAR: Document = {
    "schema": "marginline/account/1",
    "venue": "binance_usdm",
    "mode": "single_asset",
    "as_of": "2026-09-01T00:00:00Z",
    "wallets": [{"asset": "USDT", "balance": "10000"}],
    "positions": [
        {"instrument": "BTCUSDT", "size": "0.5", "entry_price": "60000", "leverage": "10"},
        {"instrument": "ETHUSDT", "size": "-3", "entry_price": "3000", "leverage": "10"},
    ],
    "instruments": {
        "BTCUSDT": {"payoff": "linear", "base": "BTC", "quote": "USDT", "size_step": "0.001"},
        "ETHUSDT": {"payoff": "linear", "base": "ETH", "quote": "USDT", "size_step": "0.01"},
        "SOLUSDT": {"payoff": "linear", "base": "SOL", "quote": "USDT"},
    },
    "settings": {"SOLUSDT": {"leverage": "5"}},
    "market": {
        "mark": {"BTCUSDT": "60000", "ETHUSDT": "3000", "SOLUSDT": "100"},
        "index": {"BTCUSDT": "60010", "ETHUSDT": "2999"},
        "last": {"BTCUSDT": "60001", "ETHUSDT": "3001", "SOLUSDT": "100"},
    },
    "parameters": {
        "fees": {"taker": "0.0005"},
        "tiers": {
            "BTCUSDT": [
                {"floor": "0", "cap": "50000", "rate": "0.004", "max_leverage": "125"},
                {"floor": "50000", "cap": "600000", "rate": "0.005", "max_leverage": "100"},
                {"floor": "600000", "cap": "3000000", "rate": "0.01", "max_leverage": "20"},
            ],
            "ETHUSDT": [{"floor": "0", "rate": "0.01", "max_leverage": "50"}],
            "SOLUSDT": [{"floor": "0", "rate": "0.02", "max_leverage": "20"}],
        },
    },
}

_FACE = {
    "payoff": "inverse",
    "base": "BTC",
    "quote": "USD",
    "settle": "BTC",
    "contract_size": "100",
}
INVERSE: Document = {
    "schema": "marginline/account/1",
    "venue": "binance_coinm",
    "as_of": "2026-09-01T00:00:00Z",
    "wallets": [{"asset": "BTC", "balance": "1"}],
    "positions": [
        {"instrument": "BTCUSD_PERP", "size": "500", "entry_price": "60000", "leverage": "10"},
        {"instrument": "BTCUSD_Q", "size": "-300", "entry_price": "60000", "leverage": "10"},
    ],
    "instruments": {"BTCUSD_PERP": _FACE | {"size_step": "1"}, "BTCUSD_Q": _FACE},
    "market": {
        "mark": {"BTCUSD_PERP": "60000", "BTCUSD_Q": "61000"},
        "asset_rate": {"BTC": "60000"},
    },
    "parameters": {
        "fees": {"taker": "0.0005"},
        "tiers": {
            "BTCUSD_PERP": [
                {"floor": "0", "cap": "1", "rate": "0.004"},
                {"floor": "1", "rate": "0.006"},
            ],
            "BTCUSD_Q": [{"floor": "0", "rate": "0.01"}],
        },
    },
}

JOINT: Document = LINEAR | {
    "mode": "multi_assets",
    "wallets": [{"asset": "USDT", "balance": "2000"}, {"asset": "BTC", "balance": "0.2"}],
    "market": LINEAR["market"]
    | {
        "asset_rate": {
            "USDT": {"index": "1", "bid": "0.9999", "ask": "1.0001"},
            "BTC": {"index": "60000", "bid": "57000", "ask": "63000"},
        }
    },
}

MIXED: Document = {
    "schema": "marginline/account/1",
    "venue": "binance_pm",
    "as_of": "2026-09-01T00:00:00Z",
    "wallets": JOINT["wallets"],
    "positions": LINEAR["positions"] + INVERSE["positions"],
    "instruments": LINEAR["instruments"] | INVERSE["instruments"],
    "market": {
        "mark": LINEAR["market"]["mark"] | INVERSE["market"]["mark"],
        "asset_rate": {"USDT": "1", "BTC": "60000"},
    },
    "parameters": {
        "fees": {"taker": "0.0005"},
        "tiers": LINEAR["parameters"]["tiers"] | INVERSE["parameters"]["tiers"],
        "collateral": {"BTC": {"ratio": "0.95"}, "USDT": {"ratio": "1"}},
    },
}


def book(document: Document = LINEAR, **changes: Any) -> Account:
    """The account of a document, some of its fields replaced; a None drops the field."""
    made = copy.deepcopy(document | changes)
    return from_dict({name: value for name, value in made.items() if value is not None})


def one(
    size: str = "1",
    *,
    balance: str = "10000",
    wallet: Mapping[str, object] | None = None,
    settings: Mapping[str, object] | None = MappingProxyType({"BTCUSDT": {"leverage": "10"}}),
    **row: object,
) -> Account:
    """An account with one BTCUSDT position bought at 60,000, leverage 10."""
    position = {"instrument": "BTCUSDT", "size": size, "entry_price": "60000", "leverage": "10"}
    held = [position | row] if D(size) else []
    wallets = [{"asset": "USDT", "balance": balance, **(wallet or {})}]
    return book(
        wallets=wallets, positions=held, settings=None if settings is None else dict(settings)
    )


def isolated(size: str = "1", margin: str | None = "6000", **more: Any) -> Account:
    """As `one`, with the position in isolated margin."""
    return one(size, margin_mode="isolated", isolated_margin=margin, **more)


def hedged(long: str = "1", short: str = "-0.5", **changes: Any) -> Account:
    """BTCUSDT in hedge mode, both legs."""
    legs = [("long", long), ("short", short)]
    row = {"instrument": "BTCUSDT", "entry_price": "60000", "leverage": "10"}
    rows = [row | {"side": side, "size": size} for side, size in legs if D(size)]
    return book(position_mode="hedge", positions=rows, **changes)


def equity(assessment: Assessment) -> Decimal:
    """Equity of all pools together; they must be of one asset."""
    assert len({pool.asset for pool in assessment.pools}) == 1
    total = D(0)
    for pool in assessment.pools:
        assert pool.equity is not None
        total += pool.equity
    return total


def codes(findings: Any) -> set[str]:
    """The codes of findings."""
    return {finding.code.name for finding in findings}


# -- drawn -----------------------------------------------------------------------------------------


def decimals(low: str, high: str, places: int = 3) -> SearchStrategy[Decimal]:
    return st.decimals(D(low), D(high), places=places, allow_nan=False, allow_infinity=False)


@st.composite
def _rows(draw: st.DrawFn, symbols: dict[str, tuple[str, str]], *, may_isolate: bool) -> Any:
    rows = []
    for symbol, (price, size) in symbols.items():
        signed = draw(decimals("-" + size, size, 0 if D(size) >= 100 else 2))
        if not signed:
            continue
        entry = D(price) * draw(decimals("0.8", "1.25"))
        row: Document = {
            "instrument": symbol,
            "size": str(signed),
            "entry_price": str(entry),
            "leverage": str(draw(st.integers(1, 20))),
        }
        if may_isolate and draw(st.booleans()):
            margin = str(draw(decimals("0.01", "5", 2)) * (1 if D(size) >= 100 else 1000))
            row |= {"margin_mode": "isolated", "isolated_margin": margin}
        rows.append(row)
    return rows


@st.composite
def linear_books(draw: st.DrawFn, *, may_isolate: bool = True) -> Account:
    """Accounts on BTCUSDT, ETHUSDT and SOLUSDT in USDT, cross and isolated."""
    symbols = {"BTCUSDT": ("60000", "3"), "ETHUSDT": ("3000", "40"), "SOLUSDT": ("100", "90")}
    rows = draw(_rows(symbols, may_isolate=may_isolate))
    balance = str(draw(decimals("20000", "300000", 2)))
    included = draw(st.booleans())
    wallet = {"asset": "USDT", "balance": balance, "parts": {"deposits": balance}}
    wallets = [wallet | {"isolated_included": included}]
    return book(LINEAR, wallets=wallets, positions=rows, settings=_settings(symbols))


@st.composite
def inverse_books(draw: st.DrawFn, *, may_isolate: bool = True) -> Account:
    """Accounts on two inverse contracts on BTC."""
    symbols = {"BTCUSD_PERP": ("60000", "2000"), "BTCUSD_Q": ("61000", "1500")}
    rows = draw(_rows(symbols, may_isolate=may_isolate))
    balance = str(draw(decimals("6", "40", 4)))
    included = draw(st.booleans())
    wallet = {"asset": "BTC", "balance": balance, "parts": {"deposits": balance}}
    wallets = [wallet | {"isolated_included": included}]
    return book(INVERSE, wallets=wallets, positions=rows, settings=_settings(symbols))


def _settings(symbols: Iterable[str]) -> Document:
    """Leverage 6 where no row carries another."""
    return {symbol: {"leverage": "6"} for symbol in symbols}


any_book = st.one_of(linear_books(), inverse_books())
cross_book = st.one_of(linear_books(may_isolate=False), inverse_books(may_isolate=False))

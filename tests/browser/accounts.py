"""Accounts of the browser tests: small, drawn by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from marginline.core.account.account import Account
from marginline.core.account.file import from_dict

TIERS = [
    {"floor": "0", "cap": "300000", "rate": "0.004", "max_leverage": "125"},
    {"floor": "300000", "rate": "0.005", "deduction": "300"},
]


def account(
    name: str,
    *,
    balance: str = "20000",
    held: dict[str, tuple[str, str]] | None = None,
) -> Account:
    """A Binance USDS-M account; `held` is size and mark by symbol, entered at the mark."""
    held = {"BTCUSDT": ("1", "60000")} if held is None else held
    positions: list[dict[str, Any]] = [
        {"instrument": symbol, "size": size, "entry_price": mark, "leverage": "10"}
        for symbol, (size, mark) in held.items()
    ]
    return from_dict(
        {
            "schema": "marginline/account/1",
            "venue": "binance_usdm",
            "mode": "single_asset",
            "as_of": datetime.now(UTC).isoformat(timespec="seconds"),
            "name": name,
            "wallets": [{"asset": "USDT", "balance": balance}],
            "positions": positions,
            "instruments": {symbol: instrument(symbol) for symbol in held},
            "market": {
                "mark": {symbol: mark for symbol, (_, mark) in held.items()},
                "asset_rate": {"USDT": "1"},
            },
            "parameters": {"tiers": dict.fromkeys(held, TIERS)},
        }
    )


def instrument(symbol: str) -> dict[str, str]:
    """A linear contract settled in USDT."""
    return {
        "payoff": "linear",
        "base": symbol.removesuffix("USDT"),
        "quote": "USDT",
        "settle": "USDT",
        "tick_size": "0.1",
        "size_step": "0.001",
    }


def crowd(count: int) -> list[Account]:
    """So many accounts of five positions each, none alike."""
    symbols = {
        "BTCUSDT": "60000",
        "ETHUSDT": "3000",
        "SOLUSDT": "150",
        "XRPUSDT": "2",
        "BNBUSDT": "600",
    }
    return [
        account(
            f"account {number:03}",
            balance=str(160 * (1 + number % 7) + 40 * number),
            held={
                symbol: (str((-1) ** (number + place) * (1 + number % 7) * scale), mark)
                for place, ((symbol, mark), scale) in enumerate(
                    zip(symbols.items(), (0.1, 2, 40, 3000, 10), strict=True)
                )
            },
        )
        for number in range(count)
    ]

"""Which answers make a Bybit account, and how our reader takes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from marginline.feeds.bybit.rows import joined

BOOKS: tuple[Mapping[str, object], ...] = (
    {"category": "linear", "settleCoin": "USDT"},
    {"category": "linear", "settleCoin": "USDC"},
    {"category": "inverse"},
)
"""Where positions stand; each list is asked for by itself."""
SPOT: Mapping[str, object] = {"category": "spot"}
WALLET = {"accountType": "UNIFIED"}


# Any: answers and pages by kind in, texts as `read` takes them out.
def texts_of(
    told: Mapping[str, Any], symbols: frozenset[str], coins: frozenset[str]
) -> dict[str, Any]:
    """The answers as our reader takes them; of long lists the rows that the account needs."""

    def of_symbol(symbol: str, _: str) -> bool:
        return symbol in symbols

    def of_coin(_: str, currency: str) -> bool:
        return currency in coins

    return {
        "account_info": told["info"].text,
        "wallet_balance": told["wallet"].text,
        "positions": array_of(joined(book) for book in told["positions"]),
        "open_orders": array_of(joined(book) for book in told["orders"]),
        "collateral_info": joined([told["collateral"]], of_coin),
        "collateral_tiers": joined([told["collateral_tiers"]], of_coin),
        "borrow_tiers": joined([told["borrow_tiers"]], of_coin),
        "fee_rate": joined([told["fees"]], of_symbol),
        "tickers": joined([told["tickers"]], of_symbol),
        "instruments_info": joined(told["contracts"], of_symbol),
    }


def array_of(texts: Iterable[str]) -> str:
    """Texts as one JSON list."""
    return f"[{','.join(texts)}]"

"""Which answers make a Binance USDS-M account, and how our reader takes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marginline.feeds.binance import calls
from marginline.feeds.binance.rows import AccountLook, selected
from marginline.feeds.messages import typed
from marginline.feeds.wire.rest import Answer

WHOLE_LIST = 64
"""A venue with at most so many contracts gives the tiers of all; else of those in use."""
OWN = {
    "account": calls.ACCOUNT,
    "position_risk": calls.POSITION_RISK,
    "account_config": calls.ACCOUNT_CONFIG,
    "symbol_config": calls.SYMBOL_CONFIG,
    "open_orders": calls.OPEN_ORDERS,
}
"""The account's own, those that must be of one moment."""


def texts_of(
    own: Mapping[str, Answer],
    public: Mapping[str, Answer],
    brackets: Answer,
    wanted: frozenset[str],
) -> dict[str, Any]:  # Any: as `read` takes answers
    """The answers as our reader takes them; of long lists the rows of the symbols wanted."""
    texts: dict[str, Any] = {
        kind: answer.text for kind, answer in own.items() if kind != "symbol_config"
    }
    rows = {"symbol_config": own["symbol_config"], "brackets": brackets} | {
        kind: public[kind] for kind in ("premium_index", "funding_info") if kind in public
    }
    texts |= {kind: selected(answer.text, wanted) for kind, answer in rows.items()}
    texts["asset_index"] = public["asset_index"].text
    texts["exchange_info"] = selected(public["exchange_info"].text, wanted, inside="symbols")
    return texts


def judge(own: Mapping[str, Answer]) -> None:
    """Every answer is of the kind that was asked for, and says what it must.

    Raises:
        CallFailed, Unreadable: one is not.
    """
    own["account"].keyed("assets", "positions")
    typed("account", own["account"].text, AccountLook).seen()
    own["account_config"].keyed(flags=("multiAssetsMargin", "dualSidePosition"))
    for kind in ("position_risk", "symbol_config", "open_orders"):
        own[kind].listed()

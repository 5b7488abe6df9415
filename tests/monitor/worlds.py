"""Accounts and events for the monitor's tests: small, drawn by hand, on a clock of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count

from marginline.core.account.account import Account
from marginline.core.account.file import from_dict
from marginline.feeds import events

START = 1_795_000_000_000
VENUE = "binance_usdm"


def account(
    name: str = "one", *, balance: str = "10000", size: str = "1", mark: str = "60000"
) -> Account:
    """A Binance USDS-M account with one long of BTCUSDT, entered at 60,000."""
    moment = datetime.fromtimestamp(START / 1000, UTC).isoformat()
    return from_dict(
        {
            "schema": "marginline/account/1",
            "venue": VENUE,
            "mode": "single_asset",
            "as_of": moment,
            "name": name,
            "wallets": [{"asset": "USDT", "balance": balance}],
            "positions": [
                {"instrument": "BTCUSDT", "size": size, "entry_price": "60000", "leverage": "10"}
            ],
            "instruments": {
                "BTCUSDT": {
                    "payoff": "linear",
                    "base": "BTC",
                    "quote": "USDT",
                    "settle": "USDT",
                    "tick_size": "0.1",
                    "size_step": "0.001",
                }
            },
            "market": {"mark": {"BTCUSDT": mark}, "asset_rate": {"USDT": "1"}},
            "parameters": {
                "tiers": {
                    "BTCUSDT": [
                        {"floor": "0", "cap": "300000", "rate": "0.004", "max_leverage": "125"},
                        {"floor": "300000", "rate": "0.005", "deduction": "300"},
                    ]
                }
            },
        }
    )


class Feed:
    """Makes events in order, as a feed on a virtual clock would."""

    def __init__(self, venue: str = VENUE) -> None:
        self.venue = venue
        self._numbers: Iterator[int] = count(1)

    def mark(self, at: int, price: str, symbol: str = "BTCUSDT") -> events.MarkPrice:
        """A mark price, come as it was made."""
        mark = Decimal(price)
        return events.MarkPrice(
            venue=self.venue,
            at=at,
            received=at,
            sequence=next(self._numbers),
            instrument=symbol,
            mark=mark,
            index=mark,
        )

    def snapshot(self, at: int, state: Account) -> events.AccountSnapshot:
        """A whole account by REST."""
        return events.AccountSnapshot(
            venue=self.venue,
            at=at,
            received=at,
            sequence=next(self._numbers),
            account=state.name or "one",
            state=state,
        )

    def changed(
        self, at: int, state: Account, raw_kind: str = "ACCOUNT_UPDATE"
    ) -> events.AccountChanged:
        """The account after a message of its stream."""
        return events.AccountChanged(
            venue=self.venue,
            at=at,
            received=at,
            sequence=next(self._numbers),
            account=state.name or "one",
            state=state,
            cause=events.Cause.FILL,
            raw_kind=raw_kind,
        )

    def stream(
        self,
        at: int,
        stream: events.Stream,
        life: events.Life,
        account: str | None = None,
        age_ms: int | None = 0,
        reason: str = "",
    ) -> events.StreamState:
        """How a stream stands."""
        return events.StreamState(
            venue=self.venue,
            at=None,
            received=at,
            sequence=next(self._numbers),
            stream=stream,
            account=account,
            state=life,
            reason=reason,
            since=at,
            age_ms=age_ms,
        )


def moved(state: Account, balance: str) -> Account:
    """The account with another balance."""
    wallets = tuple(replace(w, balance=Decimal(balance)) for w in state.wallets)
    return replace(state, wallets=wallets)

"""What can be seen of the world from outside: quotes, accounts, orders, ledgers. All exact.

Amounts are Decimals made from integer state; moments are milliseconds since the epoch, UTC.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, NamedTuple

import msgspec

Side = Literal["buy", "sell"]
PositionSide = Literal["both", "long", "short"]
MarginMode = Literal["cross", "isolated"]
OrderKind = Literal["limit", "market"]
OrderStatus = Literal["new", "partially_filled", "filled", "canceled", "rejected", "expired"]
TimeInForce = Literal["GTC", "IOC", "FOK", "GTX"]
LedgerKind = Literal[
    "REALIZED_PNL",
    "FUNDING_FEE",
    "COMMISSION",
    "TRANSFER",
    "LIQUIDATION_FEE",
    "INSURANCE_CLEAR",
    "CONVERSION",
]


class InstrumentSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A perpetual contract as a venue lists it. Fee rates are fractions of notional."""

    symbol: str
    base: str
    quote: str
    settle: str
    tick_size: Decimal
    size_step: Decimal
    min_size: Decimal
    max_leverage: Decimal
    funding_interval_hours: int
    maker_fee: Decimal
    taker_fee: Decimal


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """One instrument on one venue at one moment. `open_interest` counts one side, in coins."""

    symbol: str
    mark: Decimal
    index: Decimal
    last: Decimal
    bid: Decimal
    ask: Decimal
    funding_rate: Decimal
    next_funding_at: int
    interval_hours: int
    at: int
    open_interest: Decimal


class Candle(NamedTuple):
    """Last prices of one instrument over a while; `at` is when it begins."""

    at: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal


class OrderRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What an owner asks for. `size` is unsigned, in coins; a market order has no price.

    `time_in_force`: GTC rests, IOC takes what it gets, FOK all or nothing, GTX never takes.
    """

    symbol: str
    side: Side
    size: Decimal
    kind: OrderKind = "limit"
    position_side: PositionSide = "both"
    price: Decimal | None = None
    reduce_only: bool = False
    time_in_force: TimeInForce = "GTC"
    client_id: str | None = None


class OrderView(msgspec.Struct, frozen=True, kw_only=True):
    """An order as it stands. `average_price` is None until something is filled."""

    order_id: int
    client_id: str
    symbol: str
    side: Side
    position_side: PositionSide
    kind: OrderKind
    price: Decimal | None
    size: Decimal
    filled: Decimal
    average_price: Decimal | None
    status: OrderStatus
    reduce_only: bool
    time_in_force: TimeInForce
    created_at: int
    updated_at: int


class PositionView(msgspec.Struct, frozen=True, kw_only=True):
    """A position as it stands; `size` signed. A closed one is shown once more with size 0.

    `realized_pnl`, `funding`, `fees` are cash flows of the open position (paid is negative).
    `isolated_margin` is None in cross margin. `adl_rank` is the place in the deleveraging queue:
    the higher the sooner, 0 to 4 on Binance, 0 to 5 on Bybit.
    """

    symbol: str
    position_side: PositionSide
    size: Decimal
    entry_price: Decimal
    break_even_price: Decimal
    leverage: Decimal
    margin_mode: MarginMode
    isolated_margin: Decimal | None
    realized_pnl: Decimal
    funding: Decimal
    fees: Decimal
    opened_at: int
    updated_at: int
    adl_rank: int


class WalletView(msgspec.Struct, frozen=True, kw_only=True):
    """What an account holds of one asset, margin posted to isolated positions included."""

    asset: str
    balance: Decimal
    updated_at: int


class SettingView(msgspec.Struct, frozen=True, kw_only=True):
    """What is set for a symbol, with or without a position."""

    symbol: str
    leverage: Decimal
    margin_mode: MarginMode


class AccountView(msgspec.Struct, frozen=True, kw_only=True):
    """An account as its venue would show it to its owner."""

    name: str
    venue: str
    mode: str
    position_mode: Literal["one_way", "hedge"]
    wallets: tuple[WalletView, ...]
    positions: tuple[PositionView, ...]
    orders: tuple[OrderView, ...]
    settings: tuple[SettingView, ...]


class LedgerRow(msgspec.Struct, frozen=True, kw_only=True):
    """One booking: `amount` in `asset`, and the `balance` after it. `symbol` "" where none."""

    at: int
    id: int
    kind: LedgerKind
    asset: str
    amount: Decimal
    balance: Decimal
    symbol: str = ""
    trade_id: int | None = None
    info: str = ""


class FundingRow(msgspec.Struct, frozen=True, kw_only=True):
    """One funding payment of an instrument: the rate paid, and the mark it was paid at."""

    symbol: str
    at: int
    rate: Decimal
    mark: Decimal

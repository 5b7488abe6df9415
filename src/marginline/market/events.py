"""What happens in the world, in the order in which it happens.

`at` is world time in milliseconds since the epoch, UTC. Everything but the story and the streams
names the venue and the account that it happened to.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

from marginline.market.views import MarginMode, OrderView, PositionSide, PositionView, Side

Execution = Literal["new", "trade", "canceled", "expired", "rejected"]
FillReason = Literal["order", "liquidation", "adl", "takeover"]
WalletReason = Literal[
    "fill", "fee", "funding", "transfer", "liquidation_fee", "insurance", "conversion"
]
Stage = Literal["triggered", "orders_cancelled", "reduced", "taken_over", "over"]


class Happened(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Anything that happened, at a moment of world time."""

    at: int


class OfAccount(Happened, frozen=True, kw_only=True):
    """Something that happened to one account on one venue."""

    venue: str
    account: str


class Fill(OfAccount, frozen=True, kw_only=True):
    """A trade of the account. `size` unsigned in coins, `fee` paid is positive, in `fee_asset`.

    `realized_pnl` is what the closed part brought, without the fee.
    """

    trade_id: int
    order_id: int
    symbol: str
    side: Side
    position_side: PositionSide
    size: Decimal
    price: Decimal
    fee: Decimal
    fee_asset: str
    maker: bool
    realized_pnl: Decimal
    reason: FillReason


class OrderChanged(OfAccount, frozen=True, kw_only=True):
    """An order was taken, filled (with its fill), cancelled, or has run out."""

    order: OrderView
    execution: Execution
    fill: Fill | None = None


class PositionChanged(OfAccount, frozen=True, kw_only=True):
    """A position after a fill, a funding payment or a change of its margin."""

    position: PositionView


class WalletChanged(OfAccount, frozen=True, kw_only=True):
    """A balance after a booking; `id` is that of the ledger row."""

    asset: str
    balance: Decimal
    change: Decimal
    reason: WalletReason
    id: int


class FundingPaid(OfAccount, frozen=True, kw_only=True):
    """Funding of one position: `amount` received (paid is negative); `id` of the ledger row."""

    symbol: str
    position_side: PositionSide
    rate: Decimal
    position_size: Decimal
    amount: Decimal
    asset: str
    id: int


class LiquidationStage(OfAccount, frozen=True, kw_only=True):
    """A step of a forced close of one pool, named as the assessment names it."""

    pool: str
    stage: Stage
    detail: str


class SettingChanged(OfAccount, frozen=True, kw_only=True):
    """Leverage or margin mode of a symbol as set by the owner."""

    symbol: str
    leverage: Decimal
    margin_mode: MarginMode


class TiersAnnounced(Happened, frozen=True, kw_only=True):
    """A venue says that maintenance tiers will change."""

    venue: str
    symbols: tuple[str, ...]
    effective_at: int


class TiersChanged(Happened, frozen=True, kw_only=True):
    """New maintenance tiers are in force."""

    venue: str
    symbols: tuple[str, ...]


class StreamSilenced(Happened, frozen=True, kw_only=True):
    """The venue's streams fall silent with their sockets open."""

    venue: str


class StreamRestored(Happened, frozen=True, kw_only=True):
    """The venue's streams speak again."""

    venue: str


class Told(Happened, frozen=True, kw_only=True):
    """A sentence of the story."""

    text: str


Event = (
    OrderChanged
    | Fill
    | PositionChanged
    | WalletChanged
    | FundingPaid
    | LiquidationStage
    | SettingChanged
    | TiersAnnounced
    | TiersChanged
    | StreamSilenced
    | StreamRestored
    | Told
)

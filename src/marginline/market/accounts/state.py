"""The integer state of accounts: money in 1e-8 of an asset, size in steps, prices in ticks.

A position keeps `size` and `cost`, the exact sum of size * price, and never an average price.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from operator import attrgetter

from marginline.ledger.packed import Packed
from marginline.market.contracts import SETTLE, Contract
from marginline.market.events import Fill
from marginline.market.views import (
    LedgerRow,
    MarginMode,
    OrderKind,
    OrderStatus,
    PositionSide,
    TimeInForce,
)

LONGEST_LEDGER = 20_000
"""Rows of an account's ledger and trades that are kept; venues forget after some months, too."""

AT = attrgetter("at")

LegKey = tuple[int, PositionSide]
"""Which position of an account: number of the contract, and side."""


@dataclass(slots=True)
class Holding:
    """An open position. `size` signed, in steps; `cost` signed like it, in 1e-8 USDT.

    `posted` is the margin of an isolated position; `realized`, `funding` and `fees` are its cash
    flows so far, paid is negative.
    """

    size: int = 0
    cost: int = 0
    posted: int = 0
    realized: int = 0
    funding: int = 0
    fees: int = 0
    opened_at: int = 0
    updated_at: int = 0

    def pnl(self, contract: Contract, mark: int) -> int:
        """Unrealized P&L at a mark in ticks, in 1e-8 USDT."""
        return self.size * mark * contract.unit - self.cost


@dataclass(slots=True)
class Order:
    """An order of a named account. `direction` is 1 to buy, -1 to sell; sizes unsigned."""

    id: int
    client_id: str
    contract: Contract
    direction: int
    position_side: PositionSide
    kind: OrderKind
    price: int | None
    size: int
    reduce_only: bool
    time_in_force: TimeInForce
    created_at: int
    updated_at: int
    filled: int = 0
    paid: int = 0
    status: OrderStatus = "new"
    grid: int | None = None

    @property
    def left(self) -> int:
        """What is not yet filled, in steps."""
        return self.size - self.filled

    @property
    def leg(self) -> LegKey:
        """The position that it opens or closes."""
        return (self.contract.number, self.position_side)


@dataclass(frozen=True, slots=True)
class Setting:
    """Leverage and margin mode of a symbol."""

    leverage: int = 10
    margin_mode: MarginMode = "cross"


@dataclass(slots=True)
class Owner:
    """An account: wallets by asset, positions, resting orders, settings by number of contract."""

    name: str
    venue: str
    mode: str
    hedge: bool = False
    wallets: dict[str, int] = field(default_factory=dict)
    wallet_at: dict[str, int] = field(default_factory=dict)
    positions: dict[LegKey, Holding] = field(default_factory=dict)
    orders: dict[int, Order] = field(default_factory=dict)
    settings: dict[int, Setting] = field(default_factory=dict)
    margin_mode: MarginMode = "cross"
    ledger: Packed[LedgerRow] = field(default_factory=lambda: Packed(LedgerRow, AT, LONGEST_LEDGER))
    trades: Packed[Fill] = field(default_factory=lambda: Packed(Fill, AT, LONGEST_LEDGER))
    version: int = 0
    named: bool = True
    last_id: int = 0

    def setting(self, number: int) -> Setting:
        """What is set for a contract, the account's default where nothing is."""
        return self.settings.get(number) or Setting(margin_mode=self.margin_mode)

    def holding(self, leg: LegKey) -> Holding:
        """The position of a leg; an empty one is not kept."""
        return self.positions.get(leg) or Holding()

    def isolated(self, number: int) -> bool:
        """Whether positions of a contract have a margin of their own."""
        return self.setting(number).margin_mode == "isolated"

    def free(self, asset: str = SETTLE) -> int:
        """Balance of an asset less what is posted to isolated positions."""
        posted = sum(h.posted for h in self.positions.values()) if asset == SETTLE else 0
        return self.wallets.get(asset, 0) - posted

    def orders_of(self, number: int) -> Iterator[Order]:
        """The resting orders of a contract."""
        return (order for order in self.orders.values() if order.contract.number == number)


def money(amount: int) -> Decimal:
    """1e-8 units as an exact amount, without an exponent that JSON readers dislike."""
    return Decimal(amount).scaleb(-8)


def of_money(amount: Decimal) -> int:
    """An exact amount in 1e-8 units.

    Raises:
        ValueError: the amount has more than eight places.
    """
    units = amount.scaleb(8)
    if units != units.to_integral_value():
        raise ValueError(f"{amount} has more than eight places; round it")
    return int(units)

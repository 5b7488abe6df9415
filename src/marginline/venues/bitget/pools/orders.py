"""What resting orders take on Bitget: opening cost, `value / leverage + open fee`."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import partial

from marginline import formulas
from marginline.core.account.account import Account, Order
from marginline.core.findings import Code
from marginline.core.numbers import ONE, ZERO, exactly
from marginline.core.pool.exposure import Figure, figured, need
from marginline.core.pool.pool import OrderTerm
from marginline.venues.resolve.orders import (
    counted,
    initial_rate,
    leg_of,
    opening,
    price_of,
    total_value,
)
from marginline.venues.resolve.resolver import Resolver

FOLDER = "bitget"

_NETTING = (
    "Bitget publishes the cost of opening orders, not how orders net with a position: what would"
    " close a position takes nothing, all else in full, also on both sides; its frozen margin"
    " stays in cross equity"
)


def order_terms(
    resolver: Resolver, asset: str, *, requirement_rate: Figure = ONE
) -> tuple[OrderTerm, ...]:
    """What the resting orders of an asset's symbols take, symbol by symbol."""
    terms = []
    for symbol, own in resolver.orders_by_symbol(asset).items():
        isolated = resolver.margin_mode(symbol, own[0].margin_mode) == "isolated"
        amount = order_margin(resolver, symbol, own)
        terms.append(OrderTerm(symbol, asset, amount, requirement_rate, isolated))
        resolver.note(Code.APPROXIMATE, f"orders of {symbol}", _NETTING)
    return tuple(terms)


@figured
def order_margin(resolver: Resolver, symbol: str, orders: Iterable[Order]) -> Figure:
    """Opening cost of a symbol's orders: `sum(value * (1 / leverage + taker fee))`."""
    resting = counted(orders)  # plan, stop and take-profit orders take nothing until triggered
    price = partial(_price, resolver)
    value = ZERO
    for side in ("buy", "sell"):
        own = [o for o in resting if o.side == side and _opens(resolver, o)]
        opened = opening(own, _closable(resolver, symbol, side), price)
        value += total_value(resolver, symbol, opened)
    return _cost(resolver, symbol, value) if value else ZERO


@exactly
@figured
def order_cost(account: Account, order: Order) -> Figure:
    """What the order form asks for an opening order: `value * (1 / leverage + taker fee)`."""
    resolver, symbol = Resolver(account, FOLDER), order.instrument
    value = resolver.value(symbol, order.size, _price(resolver, order))
    return _cost(resolver, symbol, value)


def _opens(resolver: Resolver, order: Order) -> bool:
    """In hedge mode the position side says whether an order opens or closes."""
    leg = leg_of(resolver, order)
    return leg == "both" or (order.side == "buy") == (leg == "long")


def _closable(resolver: Resolver, symbol: str, side: str) -> Decimal:
    """How much of the position (one-way mode) the orders of a side would close."""
    if resolver.account.position_mode == "hedge":
        return ZERO
    held = sum((p.size for p in resolver.rows.open_of(symbol)), ZERO)
    return formulas.positive_part(held if side == "sell" else -held)


def _price(resolver: Resolver, order: Order) -> Decimal:
    """The price an order is valued at: its own, also a market order's; else the mark."""
    return price_of(resolver, order) if order.price is None else order.price


def _cost(resolver: Resolver, symbol: str, value: Decimal) -> Decimal:
    margin = formulas.initial_margin_at_rate(value, initial_rate(resolver, symbol, value))
    return margin + formulas.fee(value, need(resolver.fee(symbol, "taker")))

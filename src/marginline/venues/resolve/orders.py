"""Resting orders as venues read them: which count, at which price, what opens beyond closing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal

from marginline import formulas
from marginline.core.account.account import Order
from marginline.core.findings import AbsentError, Gap, missing
from marginline.core.numbers import ONE, ZERO, Quotient
from marginline.core.pool.exposure import Figure, known, need
from marginline.core.pool.pool import Kind, OrderTerm, Pool
from marginline.venues.resolve.lacks import not_given
from marginline.venues.resolve.resolver import Resolver

RESTING = ("limit", "market")
"""Kinds of order that take margin while they rest; the others do when they trigger."""


def counted(orders: Iterable[Order]) -> list[Order]:
    """The orders that may take margin: limit and market ones that are not reduce-only."""
    return [order for order in orders if order.kind in RESTING and not order.reduce_only]


def price_of(resolver: Resolver, order: Order) -> Decimal:
    """The price an order is valued at: its own, the mark for a market order.

    Raises:
        AbsentError: a limit order has no price, or there is no mark.
    """
    if order.kind == "market":
        return need(resolver.mark(order.instrument))
    if order.price is None:
        raise AbsentError(missing(f"a limit order of {order.instrument} has no price; give it"))
    return order.price


def leg_of(resolver: Resolver, order: Order) -> str:
    """The leg that an order belongs to: "both" in one-way mode, "long" or "short" in hedge mode.

    Raises:
        AbsentError: in hedge mode the order does not say.
    """
    if resolver.account.position_mode != "hedge":
        return "both"
    if order.position_side == "both":
        text = f"an order of {order.instrument} has no position_side in hedge mode"
        raise AbsentError(missing(f"{text}; give long or short"))
    return order.position_side


def initial_rate(resolver: Resolver, symbol: str, value: Decimal) -> Decimal:
    """1 / leverage, or the initial rate of the tier that a value reaches where none is set.

    Tiers by size choose no row for a value: there the leverage must be given.

    Raises:
        AbsentError: neither a leverage nor a rate is given.
    """
    leverage = resolver.leverage(symbol)
    if leverage is not None:
        return Quotient(ONE, leverage)
    schedule = known(resolver.tiers(symbol))
    by_value = schedule is not None and schedule.keyed_by != "size"
    rate = schedule.initial_rates[schedule.row(value)] if schedule and by_value else None
    if rate is None:
        raise AbsentError(not_given("leverage", symbol, f"settings.{symbol}.leverage"))
    return rate


def opening(
    orders: Iterable[Order], closing: Decimal, price: Callable[[Order], Decimal]
) -> list[tuple[Decimal, Decimal]]:
    """Size and price of what the orders of one side open, in the order in which they would fill.

    `closing` is the size of the opposite position that they close first.
    """
    priced = [(order, price(order)) for order in orders]
    priced.sort(key=lambda row: -row[1] if row[0].side == "buy" else row[1])
    opened = []
    for order, at in priced:
        left = formulas.positive_part(order.size - closing)
        closing = formulas.positive_part(closing - order.size)
        if left:
            opened.append((left, at))
    return opened


def total_value(
    resolver: Resolver, symbol: str, opened: Iterable[tuple[Decimal, Decimal]]
) -> Decimal:
    """Value of sizes at their prices, in the settle asset."""
    return sum((resolver.value(symbol, size, price) for size, price in opened), ZERO)


def order_terms(
    resolver: Resolver, asset: str, margin_of: Callable[[Resolver, str, list[Order]], Figure]
) -> tuple[OrderTerm, ...]:
    """What the resting orders of an asset's symbols take, symbol by symbol.

    `margin_of` gives the margin of a symbol's orders in the settle asset.
    """
    terms = []
    for symbol, own in resolver.orders_by_symbol(asset).items():
        isolated = resolver.margin_mode(symbol, own[0].margin_mode) == "isolated"
        amount = margin_of(resolver, symbol, own)
        terms.append(OrderTerm(symbol, asset, amount, isolated=isolated))
    return tuple(terms)


def with_order_gap(resolver: Resolver, pool: Pool, gap: Gap) -> Pool:
    """The pool, whose order margin nobody knows where opening orders rest in it.

    Of a venue that does not publish what orders take; isolated pools reserve nothing.
    """
    opening = [o for o in resolver.account.orders if not o.reduce_only]
    own = pool.kind is Kind.ACCOUNT or any(
        resolver.settle(order.instrument) == pool.asset for order in opening
    )
    reserves = pool.kind is not Kind.ISOLATED and own and opening
    return replace(pool, order_gap=gap) if reserves else pool

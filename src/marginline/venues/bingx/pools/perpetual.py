"""From a BingX perpetual account to pools: USDT-M and coin-M, in both asset modes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from marginline import formulas
from marginline.core.account.account import Account, Order, Position
from marginline.core.assessment.assess import Resolved
from marginline.core.findings import Code, missing
from marginline.core.numbers import ONE, ZERO
from marginline.core.pool.exposure import (
    Basis,
    Exposure,
    Figure,
    InitialTerm,
    MaintenanceTerm,
    figured,
    need,
)
from marginline.core.pool.pool import Kind, OrderTerm, Part, Pool, Trigger
from marginline.core.pool.terms import maintenance_amount
from marginline.venues.bingx.pools.notices import (
    note_conversion,
    note_last_prices,
    note_profit_share,
)
from marginline.venues.resolve.orders import counted, price_of
from marginline.venues.resolve.resolver import Resolver
from marginline.venues.resolve.separate import isolated_pools, separate_pools

FOLDER = "bingx"
USDT = "USDT"
TRIGGER = Trigger()
_CLOSING = (("long", "sell"), ("short", "buy"))
"""Leg and side of an order that can only close, in hedge mode."""


def resolve_single(account: Account) -> Resolved:
    """Each margin asset its own cross pool, each isolated position its own."""
    resolver = Resolver(account, FOLDER)
    pools = separate_pools(resolver, exposure_of, TRIGGER, order_terms)
    with_orders = tuple(
        _with_pending(resolver, pool, [pool.asset]) if pool.kind is Kind.CROSS else pool
        for pool in pools
    )
    return _resolved(resolver, with_orders)


def resolve_multi(account: Account) -> Resolved:
    """All cross assets one pool in USDT; isolated positions stay apart.

    Collateral is cut, P&L is not: the ratio applies to the balance less isolated margins.
    """
    resolver = Resolver(account, FOLDER)
    assets = resolver.assets()
    legs = tuple(
        replace(resolver.joint_leg(a, USDT, haircut=resolver.collateral(a)), cuts_pnl=False)
        for a in assets
    )
    exposures = tuple(_joint_exposure(resolver, p) for p in resolver.positions("cross"))
    orders = tuple(
        replace(term, requirement_rate=resolver.rate(asset, USDT))
        for asset in assets
        for term in order_terms(resolver, asset)
    )
    joint = Pool(USDT, Kind.ACCOUNT, USDT, legs, exposures, orders=orders, trigger=TRIGGER)
    pools = [_with_pending(resolver, joint, assets)] if assets else []
    pools += isolated_pools(resolver, exposure_of, TRIGGER)
    return _resolved(resolver, tuple(pools))


def _resolved(resolver: Resolver, pools: tuple[Pool, ...]) -> Resolved:
    note_last_prices(resolver, pools)
    note_profit_share(resolver)
    note_conversion(resolver, pools)
    return resolver.resolved(pools)


def exposure_of(resolver: Resolver, position: Position) -> Exposure:
    """Maintenance with the closing fee on the mark value, initial margin on the entry value."""
    symbol = position.instrument
    schedule = resolver.tiers(symbol)
    return resolver.exposure(
        position,
        MaintenanceTerm(schedule, fee_rate=resolver.fee(symbol, "taker")),
        InitialTerm(resolver.initial_rate(position, schedule, Basis.ENTRY), basis=Basis.ENTRY),
    )


def _joint_exposure(resolver: Resolver, position: Position) -> Exposure:
    rate = resolver.rate(resolver.asset_of(position), USDT)
    return replace(exposure_of(resolver, position), value_rate=rate, requirement_rate=rate)


# -- pending orders ----------------------------------------------------------------------------


def pending(resolver: Resolver, asset: str) -> list[Order]:
    """Orders that freeze margin: limit and market ones that may open something."""
    return [
        order
        for order in counted(resolver.account.orders)
        if resolver.settle(order.instrument) == asset
        and (order.position_side, order.side) not in _CLOSING
    ]


def order_terms(resolver: Resolver, asset: str) -> tuple[OrderTerm, ...]:
    """Frozen by each pending order: value / leverage and the taker fee, at its own price."""
    terms = []
    for order in pending(resolver, asset):
        isolated = _isolated(resolver, order)
        amount = _order_margin(resolver, order) + _order_fee(resolver, order)
        terms.append(OrderTerm(order.instrument, asset, amount, isolated=isolated))
    return tuple(terms)


def _with_pending(resolver: Resolver, pool: Pool, assets: list[str]) -> Pool:
    """A cross pool with what its pending orders add to the risk, and what they freeze.

    Cross orders bring their maintenance margin and closing fee into the requirement, and freeze
    their fee; isolated ones freeze margin and fee.
    """
    required: list[Part] = []
    frozen: list[Part] = []
    for asset in assets:
        rate = ONE if pool.asset == asset else resolver.rate(asset, USDT)
        for order in pending(resolver, asset):
            name = f"pending {order.side} of {order.instrument}"
            taken = _order_fee(resolver, order)
            if _isolated(resolver, order):
                taken += _order_margin(resolver, order)
            else:
                charge = _order_maintenance(resolver, order)
                required.append(Part(f"{name}: maintenance and closing fee", charge * rate))
            frozen.append(Part(f"frozen by {name}", (ZERO - taken) * rate))
    if required:
        text = "a pending order is charged by its own value's tier, apart from the position"
        resolver.note(Code.APPROXIMATE, "orders", text)
    return replace(pool, maintenance_parts=tuple(required), adjustments=tuple(frozen))


def _isolated(resolver: Resolver, order: Order) -> bool:
    mode = resolver.margin_mode(order.instrument, order.margin_mode, order.position_side)
    return mode == "isolated"


def _value(resolver: Resolver, order: Order) -> Decimal:
    return resolver.value(order.instrument, order.size, price_of(resolver, order))


@figured
def _order_margin(resolver: Resolver, order: Order) -> Figure:
    leverage = resolver.leverage(order.instrument)
    if leverage is None:
        where = f"settings.{order.instrument}.leverage"
        return missing(f"the leverage of {order.instrument} is not given; give {where}")
    return formulas.initial_margin(_value(resolver, order), leverage)


@figured
def _order_fee(resolver: Resolver, order: Order) -> Figure:
    rate = need(resolver.fee(order.instrument, "taker"))
    return formulas.fee(_value(resolver, order), rate)


@figured
def _order_maintenance(resolver: Resolver, order: Order) -> Figure:
    """Maintenance margin and closing fee of an order as if it were filled at its own price."""
    price = resolver.mark(order.instrument) if order.kind == "market" else order.price
    filled = Position(
        instrument=order.instrument,
        size=order.size,
        entry_price=price if isinstance(price, Decimal) else None,
    )
    _value(resolver, order)  # names what is missing
    exposure = exposure_of(resolver, filled)
    return maintenance_amount(replace(exposure, mark=exposure.entry_price))

"""The common shapes of a futures account: a cross pool an asset, or one of all; isolated ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from marginline.core.account.account import Position
from marginline.core.findings import Code
from marginline.core.pool.exposure import Exposure
from marginline.core.pool.pool import BorrowTerm, Kind, Leg, OrderTerm, Pool, Trigger
from marginline.venues.resolve.resolver import Resolver

ExposureOf = Callable[[Resolver, Position], Exposure]
OrdersOf = Callable[[Resolver, str], tuple[OrderTerm, ...]]


def separate_pools(
    resolver: Resolver,
    exposure_of: ExposureOf,
    trigger: Trigger,
    orders_of: OrdersOf | None = None,
) -> tuple[Pool, ...]:
    """Each settle asset its own cross pool, each isolated position its own.

    Margin of orders is reserved in the cross pool, those on isolated symbols included.
    """
    pools = [
        cross_pool(resolver, asset, exposure_of, trigger, orders_of) for asset in resolver.assets()
    ]
    return (*pools, *isolated_pools(resolver, exposure_of, trigger))


def cross_pool(
    resolver: Resolver,
    asset: str,
    exposure_of: ExposureOf,
    trigger: Trigger,
    orders_of: OrdersOf | None = None,
) -> Pool:
    """The cross pool of one asset, open positions or not."""
    rows = [p for p in resolver.positions("cross") if resolver.asset_of(p) == asset]
    return Pool(
        asset,
        Kind.CROSS,
        asset,
        (resolver.cross_leg(asset),),
        tuple(exposure_of(resolver, position) for position in rows),
        orders=() if orders_of is None else orders_of(resolver, asset),
        trigger=trigger,
    )


def isolated_pools(
    resolver: Resolver, exposure_of: ExposureOf, trigger: Trigger
) -> tuple[Pool, ...]:
    """Each isolated position its own pool."""
    rows = resolver.positions("isolated")
    return tuple(_isolated_pool(resolver, position, exposure_of, trigger) for position in rows)


def _isolated_pool(
    resolver: Resolver, position: Position, exposure_of: ExposureOf, trigger: Trigger
) -> Pool:
    legs = (resolver.isolated_leg(position),)
    name = f"{position.key} isolated"
    exposures = (exposure_of(resolver, position),)
    asset = resolver.asset_of(position)
    return Pool(name, Kind.ISOLATED, asset, legs, exposures, trigger=trigger)


# -- one pool of all assets ----------------------------------------------------------------------


def valued(resolver: Resolver, exposure: Exposure, valuation: str, side: str = "index") -> Exposure:
    """An exposure as it counts in a pool of several assets: by its asset's index rate.

    `side` names the rate, "index" or "ask", at which its requirement is converted.
    """
    value = resolver.rate(exposure.asset, valuation)
    required = resolver.rate(exposure.asset, valuation, side)
    return replace(exposure, value_rate=value, requirement_rate=required)


def valued_orders(
    resolver: Resolver, valuation: str, orders_of: OrdersOf, side: str = "index"
) -> Iterator[OrderTerm]:
    """What the orders of every asset take, as it counts in a pool of several assets."""
    for asset in resolver.assets():
        rate = resolver.rate(asset, valuation, side)
        for term in orders_of(resolver, asset):
            yield replace(term, requirement_rate=rate)


def joint_pool(
    resolver: Resolver,
    valuation: str,
    exposures: Iterable[Exposure],
    trigger: Trigger,
    leg_of: Callable[[str], Leg],
    *,
    orders: Iterable[OrderTerm] = (),
    debt_of: Callable[[str], BorrowTerm] | None = None,
) -> Pool:
    """Every asset and all cross positions one pool, valued in one asset.

    Findings come in the order in which what it is made of is asked: debts, legs, exposures, orders,
    where the venue hands over those that it has not made before.
    """
    assets = resolver.assets()
    debts = () if debt_of is None else tuple(map(debt_of, assets))
    legs = tuple(map(leg_of, assets))
    held, taken = tuple(exposures), tuple(orders)
    return Pool(valuation, Kind.ACCOUNT, valuation, legs, held, taken, debts, trigger=trigger)


# -- what is worth saying of positions -----------------------------------------------------------


def note_side(resolver: Resolver, position: Position, *, legs: bool) -> None:
    """A row whose side does not go with the position mode; `legs`: long and short stand apart."""
    if legs == (position.side == "both"):
        text = f"side {position.side} in {resolver.account.position_mode} mode"
        resolver.note(Code.POSITION_MODE, position.key, f"{text}; check position_mode")

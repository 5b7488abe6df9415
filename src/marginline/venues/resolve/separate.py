"""The common shape of a futures account: a cross pool per asset, a pool per isolated position."""

from __future__ import annotations

from collections.abc import Callable

from marginline.core.account.account import Position
from marginline.core.pool.exposure import Exposure
from marginline.core.pool.pool import Kind, OrderTerm, Pool, Trigger
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

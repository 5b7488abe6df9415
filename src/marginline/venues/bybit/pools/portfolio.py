"""From a Bybit account in portfolio margin to its pools: the account, and its risk units."""

from __future__ import annotations

from collections.abc import Mapping

from marginline.core.account.account import Account
from marginline.core.assessment.assess import Resolved
from marginline.core.findings import Code, unsupported
from marginline.core.pool.exposure import Exposure
from marginline.core.pool.pool import Kind, Part, Pool
from marginline.venues.bybit.pools.contracts import unscheduled
from marginline.venues.bybit.pools.orders import FOLDER
from marginline.venues.bybit.pools.scenario import RiskUnit, risk_unit
from marginline.venues.bybit.pools.unified import (
    USD,
    adjustments,
    joint_legs,
    loans,
    note_position_mode,
    refuse_isolated,
    usd_index,
)
from marginline.venues.resolve.resolver import Resolver

_ELSEWHERE = unsupported(
    "portfolio margin charges risk units; what they need at other prices rests on scenario factors"
    " that are not public"
)


def resolve_portfolio(account: Account) -> Resolved:
    """One pool in USD that sums the requirements of the risk units, and a pool for each unit."""
    resolver = Resolver(account, FOLDER)
    refuse_isolated(resolver)
    exposures = tuple(
        unscheduled(resolver, p, _ELSEWHERE, rate=usd_index(resolver, resolver.asset_of(p)))
        for p in resolver.positions()
    )
    units = _risk_units(resolver, exposures)
    pool = Pool(
        USD,
        Kind.ACCOUNT,
        USD,
        joint_legs(resolver, options_support=True),
        exposures,
        borrows=loans(resolver),
        adjustments=adjustments(resolver),
        maintenance_parts=tuple(Part(f"risk unit {u.name}", u.maintenance) for u in units),
        initial_parts=tuple(Part(f"risk unit {u.name}", u.initial) for u in units),
    )
    note_position_mode(resolver)
    pools = (pool, *map(_unit_pool, units)) if resolver.assets() else ()
    return resolver.resolved(pools)


def _unit_pool(unit: RiskUnit) -> Pool:
    """A unit's own figures; the account pool sums them."""
    return Pool(
        unit.name,
        Kind.RISK_UNIT,
        USD,
        (),
        maintenance_parts=(
            Part("max_loss", unit.max_loss),
            Part("contingency", unit.contingency),
        ),
        initial_parts=(Part("initial", unit.initial),),
    )


def _risk_units(resolver: Resolver, exposures: tuple[Exposure, ...]) -> list[RiskUnit]:
    """Every underlying with a position, an order, or a figure of the venue's."""
    account = resolver.account
    found = account.parameters.venue.get("risk_units")
    given: Mapping[str, object] = found if isinstance(found, Mapping) else {}
    ordered = [_underlying(resolver, order.instrument) for order in account.orders]
    names = [_underlying(resolver, e.instrument.symbol) for e in exposures] + ordered + list(given)
    options = any(wallet.options_value for wallet in account.wallets)
    units = []
    for name in dict.fromkeys(names):
        own = [e for e in exposures if _underlying(resolver, e.instrument.symbol) == name]
        bare = not options and name not in ordered
        units.append(risk_unit(name, given.get(name), own, account.as_of, bare=bare))
    if found is not None and not isinstance(found, Mapping):
        where = "parameters.venue.risk_units"
        resolver.note(Code.MISSING_DATA, where, f"{where} is not a table by underlying")
    return units


def _underlying(resolver: Resolver, symbol: str) -> str:
    instrument = resolver.instrument(symbol)
    return instrument.underlying or symbol

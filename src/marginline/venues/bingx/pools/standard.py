"""From a BingX standard futures account to pools: liquidated when a tenth of the margin is left.

Fees and funding settle when a position closes, so they are still to be taken off the margin.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from marginline.core.account.account import Account, Position
from marginline.core.assessment.assess import Resolved
from marginline.core.findings import Code, Gap, missing, unsupported
from marginline.core.numbers import ZERO, Quotient, to_text
from marginline.core.pool.exposure import Basis, Exposure, Figure, InitialTerm, MaintenanceTerm
from marginline.core.pool.pool import Part, Pool, Trigger
from marginline.core.pool.schedules import TierSchedule
from marginline.venues.bingx.pools.notices import note_profit_share
from marginline.venues.bingx.pools.perpetual import FOLDER
from marginline.venues.resolve import packaged
from marginline.venues.resolve.orders import with_order_gap
from marginline.venues.resolve.resolver import Resolver
from marginline.venues.resolve.separate import separate_pools

TRIGGER = Trigger()
_NO_ORDERS = unsupported("BingX does not publish what resting orders of standard futures freeze")


def resolve_standard(account: Account) -> Resolved:
    """Each margin asset its own cross pool, each isolated position its own."""
    resolver = Resolver(account, FOLDER)
    factor = adjustment_factor(resolver)
    pools = separate_pools(resolver, lambda r, p: _exposure(r, p, factor), TRIGGER)
    priced = (_less_costs(resolver, pool) for pool in pools)
    whole = tuple(with_order_gap(resolver, pool, _NO_ORDERS) for pool in priced)
    note_profit_share(resolver)
    return resolver.resolved(whole)


def adjustment_factor(resolver: Resolver) -> Figure:
    """`parameters.venue.adjustment_factor`, else the packaged one of the day."""
    account, where = resolver.account, "parameters.venue.adjustment_factor"
    given = account.parameters.venue.get("adjustment_factor")
    if given is not None:
        if isinstance(given, Decimal) and 0 <= given < 1:
            return given
        return missing(f"{where} is no fraction from 0 to below 1")
    key = "adjustment_factor"
    found = packaged.in_force(FOLDER, "standard", "bingx_standard", key, account.as_of)
    if found is None:
        return missing(f"the adjustment factor is not known for this day; give {where}")
    factor = found.number("value")
    text = f"adjustment factor {to_text(factor)}: {found.source}"
    resolver.note(Code.PACKAGED_PARAMETER, where, text)
    return factor


def _exposure(resolver: Resolver, position: Position, factor: Figure) -> Exposure:
    """Maintenance is the adjustment factor's share of the margin: at entry, and what was added."""
    symbol = position.instrument
    leverage = resolver.leverage(symbol, position)
    schedule: TierSchedule | Gap
    if leverage is None:
        where = f"positions' leverage or settings.{symbol}.leverage"
        schedule = missing(f"the leverage of {symbol} is not given; give {where}")
    elif isinstance(factor, Gap):
        schedule = factor
    else:
        rate, none = (Quotient(factor, leverage),), (None,)
        schedule = TierSchedule("notional", "marginal", (ZERO,), rate, (ZERO,), none, none)
    initial = resolver.initial_rate(position, schedule, Basis.ENTRY)
    added = position.extra_margin or ZERO
    return resolver.exposure(
        position,
        MaintenanceTerm(schedule, basis=Basis.ENTRY, fee_constant=factor * added),
        InitialTerm(initial, Basis.ENTRY),
    )


def _less_costs(resolver: Resolver, pool: Pool) -> Pool:
    keys = {exposure.key for exposure in pool.exposures}
    parts: list[Part] = []
    for position in resolver.positions():
        if position.key in keys:
            parts.append(_cost(position, "fees", position.fees))
            parts.append(_cost(position, "funding", position.funding))
    return replace(pool, adjustments=tuple(parts))


def _cost(position: Position, name: str, amount: Decimal | None) -> Part:
    text = f"the {name} of {position.key}, settled at close, are not given; give {name}"
    return Part(f"{name} of {position.key}", missing(text) if amount is None else amount)

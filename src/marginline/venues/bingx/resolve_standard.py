"""From a BingX standard futures account to pools: liquidated when a tenth of the margin is left.

Fees and funding settle when a position closes, so they are still to be taken off the margin.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from marginline.core.account import Account, Position
from marginline.core.assess import Resolved
from marginline.core.findings import Gap, missing
from marginline.core.numbers import ZERO
from marginline.core.pool import (
    Basis,
    Exposure,
    Figure,
    InitialTerm,
    MaintenanceTerm,
    Part,
    Pool,
    TierSchedule,
    Trigger,
)
from marginline.venues import packaged
from marginline.venues.bingx.resolve import FOLDER
from marginline.venues.resolver import Resolver
from marginline.venues.separate import separate_pools


def resolve_standard(account: Account) -> Resolved:
    """Each margin asset its own cross pool, each isolated position its own."""
    resolver = Resolver(account, FOLDER)
    pools = separate_pools(resolver, _exposure, Trigger())
    return Resolved(tuple(_less_costs(resolver, p) for p in pools), tuple(resolver.findings))


def adjustment_factor(account: Account) -> Figure:
    """`parameters.venue.adjustment_factor`, else the packaged one of the day."""
    given = account.parameters.venue.get("adjustment_factor")
    if given is not None:
        return given if isinstance(given, Decimal) else missing("adjustment_factor is no number")
    for entry in packaged.dated(FOLDER, "standard", "bingx_standard", "adjustment_factor"):
        if entry.covers(account.as_of):
            return Decimal(entry.entry["value"])
    return missing("the adjustment factor is not known for this day; give parameters.venue")


def _exposure(resolver: Resolver, position: Position) -> Exposure:
    """Maintenance is the adjustment factor's share of the initial margin, fixed at entry."""
    symbol = position.instrument
    leverage, factor = resolver.leverage(symbol, position), adjustment_factor(resolver.account)
    schedule: TierSchedule | Gap
    if leverage is None:
        where = f"positions' leverage or settings.{symbol}.leverage"
        schedule = missing(f"the leverage of {symbol} is not given; give {where}")
    elif isinstance(factor, Gap):
        schedule = factor
    else:
        rate = (factor / leverage,)
        none = (None,)
        schedule = TierSchedule("notional", "marginal", (ZERO,), rate, (ZERO,), none, none)
    rate_of = resolver.initial_rate(position, schedule, Basis.ENTRY)
    return resolver.exposure(
        position, MaintenanceTerm(schedule, basis=Basis.ENTRY), InitialTerm(rate_of, Basis.ENTRY)
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

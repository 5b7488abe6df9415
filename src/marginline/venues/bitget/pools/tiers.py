"""Which tiers a Bitget position goes by: flat or progressive, alone or with its other leg.

Until 2025-11-10 08:00 UTC the whole value is charged at the rate of the tier it reaches, in hedge
mode of the tier that both legs reach together. Positions opened from then on are charged slice by
slice, each leg by itself; those opened before keep the flat rate.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from marginline.core.account.account import Position
from marginline.core.findings import Code, Finding, Gap, missing
from marginline.core.measures import Measure
from marginline.core.numbers import ONE, ZERO, to_text
from marginline.core.pool.exposure import InitialTerm, MaintenanceTerm, figured, need
from marginline.core.pool.schedules import TierSchedule
from marginline.venues.resolve.resolver import Resolver

CUT_OVER = datetime(2025, 11, 10, 8, tzinfo=UTC)
WHOLE, MARGINAL = "whole", "marginal"


def schedule_for(
    resolver: Resolver, position: Position, *, progressive_always: bool
) -> TierSchedule | Gap:
    """The tiers of one position in the form that holds for it."""
    if progressive_always:
        return schedule_of_kind(resolver, position, MARGINAL)
    if resolver.account.as_of < CUT_OVER:
        return _with_both_legs(resolver, position, schedule_of_kind(resolver, position, WHOLE))
    if position.opened_at is not None:
        kind = WHOLE if position.opened_at < CUT_OVER else MARGINAL
        return schedule_of_kind(resolver, position, kind)
    return _of_unknown_age(resolver, position)


def schedule_of_kind(resolver: Resolver, position: Position, kind: str) -> TierSchedule | Gap:
    """The tiers of a symbol, whole or marginal whatever the file says of them."""
    symbol = position.instrument
    table = resolver.account.parameters.tiers.get(symbol)
    if table is None:
        return _as_kind(resolver.tiers(symbol), kind)
    if table.kind not in (None, kind):
        text = f"tiers are {kind} here, by rule and opening time; `{table.kind}` is not used"
        resolver.note(Code.APPROXIMATE, f"parameters.tiers.{symbol}.kind", text)
    return resolver.schedule(symbol, table, kind=kind)


@figured
def _as_kind(schedule: TierSchedule | Gap, kind: str) -> TierSchedule | Gap:
    """A packaged schedule, which is marginal as it comes, in the other form."""
    if kind == MARGINAL:
        return schedule
    schedule = need(schedule)
    none = (ZERO,) * len(schedule.rates)
    return replace(schedule, kind=WHOLE, deductions=none, per_unit=False)


@figured
def _of_unknown_age(resolver: Resolver, position: Position) -> TierSchedule | Gap:
    """Within the first tier both rules agree; above it the opening time must be known."""
    flat = need(schedule_of_kind(resolver, position, WHOLE))
    if len(flat.floors) == 1:
        return flat
    mark = need(resolver.mark(position.instrument))
    first = flat.floors[1]
    if _key(resolver, position, flat, mark) > first:
        return missing(
            f"the opening time of {position.key} is not given; above {to_text(first)} positions"
            " opened before 2025-11-10 08:00 UTC are charged at a flat rate, later ones slice by"
            " slice: give opened_at"
        )
    text = (
        "opened_at is not given: within the first tier both rules agree; prices that lead above it"
        " are by the flat rate, which asks for more"
    )
    finding = Finding(Code.APPROXIMATE, position.key, text, Measure.LIQUIDATION_PRICE)
    resolver.findings.append(finding)
    return flat


def _key(resolver: Resolver, position: Position, schedule: TierSchedule, mark: Decimal) -> Decimal:
    if schedule.keyed_by == "size":
        return abs(position.size)
    bare = resolver.exposure(position, MaintenanceTerm(schedule), InitialTerm(ONE))
    return bare.notional_at(mark)


@figured
def _with_both_legs(
    resolver: Resolver, position: Position, schedule: TierSchedule | Gap
) -> TierSchedule | Gap:
    """The tiers a cross leg reaches together with the other leg.

    Both legs have the same mark, so that the sum of their values stands in a fixed ratio to the
    leg's own: the floors are scaled by it.
    """
    total = sum((abs(p.size) for p in legs(resolver, position)), ZERO)
    own = abs(position.size)
    if position.margin_mode != "cross" or total == own:
        return schedule
    schedule = need(schedule)
    floors = tuple(floor * own / total for floor in schedule.floors)
    cap = None if schedule.cap is None else schedule.cap * own / total
    note = f"{schedule.source}; the tier of both legs together"
    return replace(schedule, floors=floors, cap=cap, source=note)


def legs(resolver: Resolver, position: Position) -> list[Position]:
    """The open cross positions of the same instrument and margin asset, this one included."""
    asset = resolver.asset_of(position)
    return [
        p
        for p in resolver.rows.open_of(position.instrument)
        if p.margin_mode == "cross" and resolver.asset_of(p) == asset
    ]


def larger_side(resolver: Resolver, position: Position) -> int:
    """Which side of a hedge is the larger: 1 long, -1 short, 0 where both are equal."""
    net = sum((p.size for p in legs(resolver, position)), ZERO)
    return (net > 0) - (net < 0)


def is_hedged(resolver: Resolver, position: Position) -> bool:
    """Whether a cross position has an open leg against it."""
    sizes = [p.size for p in legs(resolver, position)]
    return position.margin_mode == "cross" and min(sizes) < 0 < max(sizes)

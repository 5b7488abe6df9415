"""The kernels of the scenario grid and of the liquidation map."""

from __future__ import annotations

from typing import Any

from marginline.book.columns import F8, I4, Outcome, Store, Table, Units
from marginline.book.compiled import inlined, kernel
from marginline.book.limits import LANES
from marginline.book.looks import finite, first_slot, leg_price
from marginline.book.ringing import is_head


@inlined
def gross_of_lane(store: Store, units: Units, lane: int) -> float:
    """Gross notional of a lane in its settle asset."""
    total, slot = 0.0, first_slot(store.slices, lane)
    for _ in range(store.lanes.used[lane]):
        total += abs(store.slots.size[slot]) * units.value[store.slots.contract[slot]]
        slot += LANES
    return total


@inlined
def gross_of_pool(store: Store, table: Table, units: Units, prices: Any, head: int) -> float:
    """Gross notional of a pool in its asset."""
    joint = store.lanes.joint[head]
    if joint < 0:
        return gross_of_lane(store, units, head)
    total, leg = 0.0, store.joints.leg[joint]
    while leg >= 0:
        kind = store.legs.collateral[leg]
        price = leg_price(table.collaterals, kind, prices) * table.collaterals.report[kind]
        total += gross_of_lane(store, units, store.legs.lane[leg]) * price
        leg = store.legs.next[leg]
    return total


@kernel
def tally(
    first: int, last: int, store: Store, table: Table, units: Units, prices: Any, out: Outcome,
    scenario: int, worst_scenario: I4, worst_buffer: F8, count: Any, notional: Any,
) -> float:  # fmt: skip
    """Count one scenario over slices `first` up to `last`; the shortfall below zero support."""
    shortfall = 0.0
    for lane in range(first * LANES, last * LANES):
        if not is_head(store, lane):
            continue
        status = out.status[lane] & 127
        count[status] += 1
        gross = gross_of_pool(store, table, units, prices, lane)
        if finite(gross):
            notional[status] += gross
        support = out.support[lane]
        if support < 0.0:
            shortfall -= support
        level = table.groups.level[store.lanes.group[lane]]
        buffer = support - out.charge[lane] * level
        if buffer < worst_buffer[lane]:
            worst_buffer[lane], worst_scenario[lane] = buffer, scenario
    return shortfall


@kernel
def map_liquidations(
    first: int, last: int, store: Store, table: Table, units: Units, row: int, status: Any,
    seen: Any, long: Any, short: Any, pools: Any, worst: int,
) -> None:  # fmt: skip
    """Add what pools that newly reach `worst` at this step hold of an instrument, long and short.

    `seen`: [lanes] 1 where a pool has been counted at an earlier step. Notional is at this step's
    price, in the settle asset.
    """
    slots, contracts = store.slots, table.contracts
    for lane in range(first * LANES, last * LANES):
        head = lane
        joint = store.lanes.joint[lane]
        if joint >= 0:
            head = store.joints.lane[joint]
        if seen[lane] or store.lanes.used[lane] == 0 or (status[head] & 127) < worst:
            continue
        seen[lane] = 1
        slot, held = first_slot(store.slices, lane), False
        for _ in range(store.lanes.used[lane]):
            contract = slots.contract[slot]
            if contracts.instrument[contract] == row:
                value = slots.size[slot] * units.value[contract]
                held = True
                if value > 0.0:
                    long[0] += value
                else:
                    short[0] -= value
            slot += LANES
        if held:
            pools[0] += 1

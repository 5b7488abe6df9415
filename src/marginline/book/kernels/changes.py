"""The kernels of changes: fills, transfers and closures applied one after the other, in place."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from marginline.book.kernels.columns import (
    F8,
    INVERSE,
    POSITIONS,
    RATE,
    U1,
    U2,
    U4,
    Store,
    Table,
    Units,
)
from marginline.book.kernels.compiled import inlined, kernel
from marginline.book.kernels.lanes import clear_slot, free_joint, free_lane, set_big, take_lane
from marginline.book.kernels.limits import LANES, NONE
from marginline.book.kernels.rings import Rings, disarm_lane, look_and_note
from marginline.book.kernels.sweep import is_big
from marginline.book.kernels.values import first_slot, restate_lane
from marginline.formulas import (
    entry_after_fill_inverse,
    entry_after_fill_linear,
    funding_payment,
    realized_pnl_of_fill_inverse,
    realized_pnl_of_fill_linear,
    value_linear,
)

FILL, TRANSFER, CLOSE = 0, 1, 2
DONE, REFUSED = 0, 1
_NONE = np.uint32(NONE)
_DUST = 1e-12  # of the larger of size and fill: what is left by roundings is no position


class Batch(NamedTuple):
    """Changes in the order they happened, one row each."""

    kind: U1
    pool: U4
    contract: U2
    """fill: which; transfer: number of the asset plus 1, or 0 for the pool's own asset"""
    size: F8
    """fill: signed size; transfer: amount, out is negative"""
    price: F8
    fee: F8
    """cash flow of the fill's fee, paid is negative"""
    code: U2
    """initial terms of a position that a fill opens"""


@kernel
def apply(
    batch: Batch, start: int, store: Store, table: Table, lane_of_pool: U4,
    watching: bool, rings: Rings, units: Units, prices: Any, outcome: U1, events: int,
) -> tuple[int, int]:  # fmt: skip
    """Apply rows from `start`: (how far it came, how many events). It stops where room is short."""
    for row in range(start, batch.kind.shape[0]):
        pool = batch.pool[row]
        outcome[row] = REFUSED
        if pool >= lane_of_pool.shape[0] or lane_of_pool[pool] == _NONE:
            continue
        if batch.kind[row] == CLOSE:
            _close(store, table, rings, lane_of_pool, pool, watching)
            outcome[row] = DONE
            continue
        lane = _lane_for(batch, row, store, table, np.int64(lane_of_pool[pool]))
        if lane < 0:
            continue
        if batch.kind[row] == TRANSFER:
            store.lanes.cash[lane] += batch.size[row]
        else:
            lane = _fill(batch, row, store, table, rings, lane_of_pool, lane, watching)
            if lane < 0:
                return row, events
        restate_lane(store.slots, store.lanes, store.slices, table, lane)
        outcome[row] = DONE
        if watching:
            head = np.int64(lane_of_pool[pool])
            events = look_and_note(store, table, rings, units, prices, head, events)
            if events == rings.candidate.shape[0]:
                return row + 1, events
    return batch.kind.shape[0], events


@inlined
def _lane_for(batch: Batch, row: int, store: Store, table: Table, head: int) -> int:
    """The lane of a change's asset: the pool's, or of a joint pool a leg; -1: it has none."""
    joint, group = store.lanes.joint[head], np.int64(store.lanes.group[head])
    contract, contracts = np.int64(batch.contract[row]), table.contracts
    asset = np.int64(table.groups.asset[group])
    if batch.kind[row] == TRANSFER:
        if contract > 0:
            asset = contract - 1
    else:
        asset = np.int64(contracts.asset[contract])
        if contracts.closing_rate[contract] != 0.0 and table.groups.level[group] != 1.0:
            return -1  # columns do not know the two together
    if joint < 0:
        return head if asset == np.int64(table.groups.asset[group]) else -1
    leg = store.joints.leg[joint]
    while leg >= 0:
        if np.int64(table.collaterals.asset[store.legs.collateral[leg]]) == asset:
            return np.int64(store.legs.lane[leg])
        leg = store.legs.next[leg]
    return -1


@inlined
def _fill(
    batch: Batch, row: int, store: Store, table: Table, rings: Rings, lane_of_pool: U4, lane: int,
    watching: bool,
) -> int:  # fmt: skip
    """One fill; the lane, which may be another where it had no room; -1: the store must grow."""
    slots, lanes, contracts = store.slots, store.lanes, table.contracts
    contract, fill, price = np.int64(batch.contract[row]), batch.size[row], batch.price[row]
    slot = _slot_of(store, contracts, lane, contract)
    if slot < 0:
        if lanes.used[lane] >= store.slices.width[lane // LANES]:
            moved = _moved(store, table, rings, lane_of_pool, lane, watching)
            if moved < 0:
                return -1
            lane = moved
        slot = first_slot(store.slices, lane) + LANES * np.int64(lanes.used[lane])
        slots.contract[slot], slots.code[slot] = contract, batch.code[row]
        slots.size[slot], slots.entry[slot] = 0.0, price
        lanes.used[lane] += 1
        store.room.tally[POSITIONS] += 1
    contract = np.int64(slots.contract[slot])
    size, entry, unit = slots.size[slot], slots.entry[slot], contracts.unit[contract]
    if contracts.payoff[contract] == INVERSE:
        pnl = realized_pnl_of_fill_inverse(size, unit, entry, fill, price)
        entry = entry_after_fill_inverse(size, entry, fill, price)
    else:
        pnl = realized_pnl_of_fill_linear(size, unit, entry, fill, price)
        entry = entry_after_fill_linear(size, entry, fill, price)
    lanes.cash[lane] += pnl + batch.fee[row]
    left = size + fill
    if abs(left) <= _DUST * max(abs(size), abs(fill)):
        _drop(store, table, rings, lane, slot, watching)
    else:
        slots.size[slot], slots.entry[slot] = left, entry
        set_big(store, slot, is_big(table, contract, left))
    return lane


@inlined
def _slot_of(store: Store, contracts: Any, lane: int, contract: int) -> int:
    """Slot of the lane's position in the contract's instrument and side; -1: there is none."""
    slot = first_slot(store.slices, lane)
    for _ in range(store.lanes.used[lane]):
        held = store.slots.contract[slot]
        same = contracts.instrument[held] == contracts.instrument[contract]
        if (
            same
            and contracts.side[held] == contracts.side[contract]
            and contracts.payoff[held] != RATE
        ):
            return slot
        slot += LANES
    return -1


@inlined
def _drop(store: Store, table: Table, rings: Rings, lane: int, slot: int, watching: bool) -> None:
    """Take a position out of its lane; the last one moves into its slot."""
    if watching:
        disarm_lane(store, table, rings, lane)
    last = first_slot(store.slices, lane) + LANES * (np.int64(store.lanes.used[lane]) - 1)
    if slot != last:
        _copy(store, table, last, slot)
    clear_slot(store, last)
    store.lanes.used[lane] -= 1
    store.room.tally[POSITIONS] -= 1


@inlined
def _copy(store: Store, table: Table, source: int, target: int) -> None:
    slots = store.slots
    slots.contract[target], slots.code[target] = slots.contract[source], slots.code[source]
    slots.size[target], slots.entry[target] = slots.size[source], slots.entry[source]
    contract = np.int64(slots.contract[target])
    set_big(store, target, is_big(table, contract, slots.size[target]))


@inlined
def _moved(
    store: Store, table: Table, rings: Rings, lane_of_pool: U4, lane: int, watching: bool
) -> int:
    """The lane's content in a wider lane; -1: there is no room for one."""
    lanes = store.lanes
    used = np.int64(lanes.used[lane])
    target = take_lane(store, used + 1)
    if target < 0:
        return -1
    if watching:
        disarm_lane(store, table, rings, lane)
    source, slot = first_slot(store.slices, lane), first_slot(store.slices, target)
    for _ in range(used):
        _copy(store, table, source, slot)
        source, slot = source + LANES, slot + LANES
    lanes.used[target], lanes.cash[target] = used, lanes.cash[lane]
    lanes.pool[target], lanes.group[target] = lanes.pool[lane], lanes.group[lane]
    lanes.joint[target], lanes.level[target] = lanes.joint[lane], lanes.level[lane]
    store.room.tally[POSITIONS] += used
    joint = lanes.joint[lane]
    if joint >= 0:
        leg = store.joints.leg[joint]
        while leg >= 0:
            if store.legs.lane[leg] == lane:
                store.legs.lane[leg] = target
            leg = store.legs.next[leg]
        if store.joints.lane[joint] == lane:
            store.joints.lane[joint] = target
    pool = lanes.pool[lane]
    if lane_of_pool[pool] == lane:
        lane_of_pool[pool] = target
    free_lane(store, lane)
    return target


@inlined
def _close(
    store: Store, table: Table, rings: Rings, lane_of_pool: U4, pool: int, watching: bool
) -> None:
    head = np.int64(lane_of_pool[pool])
    joint = store.lanes.joint[head]
    lane_of_pool[pool] = _NONE
    if joint < 0:
        if watching:
            disarm_lane(store, table, rings, head)
        free_lane(store, head)
        return
    leg = store.joints.leg[joint]
    while leg >= 0:
        lane = np.int64(store.legs.lane[leg])
        if watching:
            disarm_lane(store, table, rings, lane)
        free_lane(store, lane)
        leg = store.legs.next[leg]
    free_joint(store, np.int64(joint))


@kernel
def pay_funding(first: int, last: int, store: Store, table: Table, units: Units, rate: F8) -> None:
    """Book one funding of every position: `rate` per contract, positive: longs pay; 0: none."""
    slots, lanes, slices = store.slots, store.lanes, store.slices
    for here in range(first, last):
        for column in range(LANES):
            lane = here * LANES + column
            flow, slot = 0.0, slices.slot[here] + column
            for _ in range(lanes.used[lane]):
                contract = slots.contract[slot]
                if rate[contract] != 0.0 and slots.size[slot] != 0.0:
                    value = value_linear(slots.size[slot], 1.0, units.value[contract])
                    flow += funding_payment(value, rate[contract])
                slot += LANES
            if flow != 0.0:
                lanes.cash[lane] += flow
                restate_lane(slots, lanes, slices, table, lane)

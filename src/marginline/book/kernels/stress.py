"""The kernels of the scenario grid and of the liquidation map."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from marginline.book.kernels.columns import DOUBT, F8, I4, I8, Store, SweepColumns, Table, Units
from marginline.book.kernels.compiled import claim, distinct, inlined, kernel
from marginline.book.kernels.limits import LANES
from marginline.book.kernels.rings import is_head
from marginline.book.kernels.sweep import look_at_joint, sweep_slice
from marginline.book.kernels.values import finite, first_slot

# Slices that are swept under every scenario before the next ones: they stay in the second-level
# cache, and the unit values of a scenario stay in the first-level cache meanwhile.
TILE = 32


class Tally(NamedTuple):
    """What a part of a book came to under each scenario of a block; [parts, ...] for all parts."""

    count: I8
    """[scenarios, statuses] pools"""
    notional: F8
    """[scenarios, statuses] gross notional of those pools, at `rates`"""
    shortfall: F8
    """[scenarios] what supports below zero are short of zero, at `rates`"""
    support: F8
    """[scenarios, worst] the lowest supports at `rates`, ascending; infinite where there is none"""
    lane: I8
    """[scenarios, worst] their head lanes"""
    doubts: I8
    """[room, 2] scenario and head lane of pools in the guard band; not counted above"""
    doubt_notional: F8
    """[room] gross notional of these, at `rates`"""
    number: I8
    """[1] how many there were; where more than there is room for, the rest are lost"""


class Worst(NamedTuple):
    """Per head lane, over all scenarios so far."""

    scenario: I4
    """[lanes] number of the scenario with the lowest buffer"""
    buffer: F8
    """[lanes] support less requirement there, in the pool's asset"""


@kernel
def stress(
    counter: Any, slices: Any, joints: Any, store: Store, table: Table, units: Units, prices: Any,
    number: int, rates: Any, gross: Any, out: SweepColumns, worst: Worst, tallies: Tally,
) -> None:  # fmt: skip
    """Tally the parts of a book under every scenario of a block, as `counter` hands them out.

    Each part has a tally of its own: what they sum to is equal to the bit for any number of
    threads.

    Args:
        counter: [1] the next part, shared by all threads.
        slices: [parts + 1] where the slices of each part begin.
        joints: [parts + 1] where its joint pools begin.
        store: the accounts.
        table: the terms.
        units: unit values, each [scenarios, contracts].
        prices: [scenarios, rows].
        number: of the block's first scenario.
        rates: [groups] worth of a group's asset in the asset of the sums.
        gross: [64], scratch of a thread.
        out: scratch for all lanes.
        worst: kept up to date.
        tallies: [parts, ...] added to.
    """
    part = claim(counter, 1)
    while part < tallies.count.shape[0]:
        tally = _tally_of(tallies, part)
        _slices(
            slices[part], slices[part + 1], store, table, units, number, rates, gross, out, worst,
            tally,
        )  # fmt: skip
        _joints(
            joints[part], joints[part + 1], store, table, units, prices, number, rates, worst,
            tally,
        )  # fmt: skip
        part = claim(counter, 1)


@inlined
def _slices(
    first: int, last: int, store: Store, table: Table, units: Units, number: int, rates: Any,
    gross: Any, out: SweepColumns, worst: Worst, tally: Tally,
) -> None:  # fmt: skip
    """Tally the pools of one lane in slices `first` up to `last` under every scenario."""
    for tile in range(first, last, TILE):
        for scenario in range(units.pnl.shape[0]):
            of_scenario = _units_of(units, scenario)
            for here in range(tile, min(tile + TILE, last)):
                apart = sweep_slice(store, table, of_scenario, here, gross, out)
                _note_slice(
                    store, table, here, scenario, number, rates, apart, gross, out, worst, tally
                )


@inlined
def _note_slice(
    store: Store, table: Table, here: int, scenario: int, number: int, rates: Any, apart: bool,
    gross: Any, out: SweepColumns, worst: Worst, tally: Tally,
) -> None:  # fmt: skip
    """Enter the pools of a slice; those of several lanes are left to `_joints`."""
    first, last = here * LANES, here * LANES + LANES
    lanes = store.lanes
    seek = max(tally.support[scenario, tally.support.shape[1] - 1], 0.0)
    joint, heads, low = survey(
        lanes.group[first:last], lanes.joint[first:last], lanes.scale[first:last], rates,
        out.support[first:last], seek,
    )  # fmt: skip
    if joint:
        for lane in range(first, last):
            if lanes.joint[lane] < 0 and is_head(store, lane):
                _note(
                    store, table, scenario, number, rates, lane, out.support[lane],
                    out.charge[lane], gross[lane - first], np.int64(out.status[lane]), worst, tally,
                )  # fmt: skip
        return
    keep_worst(
        number + scenario, lanes.group[first:last], table.groups.level, out.support[first:last],
        out.charge[first:last], worst.buffer[first:last], worst.scenario[first:last],
    )  # fmt: skip
    if low:
        for lane in range(first, last):
            support = out.support[lane] * rates[lanes.group[lane]]
            if support < seek and lanes.scale[lane] != 0.0:
                _note_support(tally, scenario, lane, support)
    if apart:
        _count_each(store, here, heads, rates, scenario, gross, out, tally)
        return
    total = 0.0
    for column in range(LANES):
        total += gross[column] * rates[lanes.group[first + column]]
    tally.count[scenario, 0] += heads
    tally.notional[scenario, 0] += total


@inlined
def _count_each(
    store: Store, here: int, heads: int, rates: Any, scenario: int, gross: Any, out: SweepColumns,
    tally: Tally,
) -> None:  # fmt: skip
    """Count the pools of a slice of which some are not healthy."""
    # A free lane has status 0 and no value: it is one too many among those of status 0.
    tally.count[scenario, 0] += heads - LANES
    for column in range(LANES):
        lane = here * LANES + column
        value, status = gross[column] * rates[store.lanes.group[lane]], out.status[lane]
        if status >= DOUBT:
            _note_doubt(tally, scenario, lane, value)
        else:
            tally.count[scenario, status] += 1
            tally.notional[scenario, status] += value if finite(value) else 0.0


@distinct
def survey(
    group: Any, joint: Any, scale: Any, rates: Any, support: Any, seek: float
) -> tuple[bool, int, bool]:
    """Of a slice: whether it has lanes of joint pools, its pools, whether a support is low."""
    joints, heads, low = 0, 0, 0
    for column in range(LANES):
        joints |= np.int64(joint[column] >= 0)
        heads += np.int64(scale[column] != 0.0)
        low |= np.int64(support[column] * rates[group[column]] < seek)
    return joints != 0, heads, low != 0


@distinct
def keep_worst(
    number: int, group: Any, level: Any, support: Any, charge: Any, buffer: Any, scenario: Any
) -> None:
    """Keep the lowest buffer of each lane of a slice, and the scenario that it came from."""
    for column in range(LANES):
        here = support[column] - charge[column] * level[group[column]]
        lower = here < buffer[column]
        buffer[column] = here if lower else buffer[column]
        scenario[column] = number if lower else scenario[column]


@inlined
def _joints(
    first: int, last: int, store: Store, table: Table, units: Units, prices: Any, number: int,
    rates: Any, worst: Worst, tally: Tally,
) -> None:  # fmt: skip
    """Tally joint pools `first` up to `last` under every scenario; `prices`: [scenarios, rows]."""
    for joint in range(first, last):
        if store.joints.leg[joint] < 0:
            continue
        for scenario in range(units.pnl.shape[0]):
            of_scenario = _units_of(units, scenario)
            found = look_at_joint(store, table, of_scenario, prices[scenario], joint)
            support, charge, _, gross, status = found
            _note(
                store, table, scenario, number, rates, np.int64(store.joints.lane[joint]), support,
                charge, gross, status, worst, tally,
            )  # fmt: skip


@inlined
def _units_of(units: Units, scenario: int) -> Units:
    return Units(
        units.value[scenario],
        units.pnl[scenario],
        units.key[scenario],
        units.scale[scenario],
        units.fees[scenario],
        units.base[scenario],
        units.small[scenario],
    )


@inlined
def _tally_of(tallies: Tally, part: int) -> Tally:
    return Tally(
        tallies.count[part],
        tallies.notional[part],
        tallies.shortfall[part],
        tallies.support[part],
        tallies.lane[part],
        tallies.doubts[part],
        tallies.doubt_notional[part],
        tallies.number[part],
    )


@inlined
def _note(
    store: Store, table: Table, scenario: int, number: int, rates: Any, lane: int, support: float,
    charge: float, gross: float, status: int, worst: Worst, tally: Tally,
) -> None:  # fmt: skip
    """Enter one pool under one scenario."""
    group = store.lanes.group[lane]
    buffer = support - charge * table.groups.level[group]
    if buffer < worst.buffer[lane]:
        worst.buffer[lane], worst.scenario[lane] = buffer, number + scenario
    support *= rates[group]
    gross = gross * rates[group] if finite(gross) else 0.0
    _note_support(tally, scenario, lane, support)
    if status >= DOUBT:
        _note_doubt(tally, scenario, lane, gross)
    else:
        tally.count[scenario, status] += 1
        tally.notional[scenario, status] += gross


@inlined
def _note_support(tally: Tally, scenario: int, lane: int, support: float) -> None:
    """Add a support below zero to the shortfall, and a low one to the worst."""
    if support < 0.0:
        tally.shortfall[scenario] -= support
    place = tally.support.shape[1]
    while place > 0 and support < tally.support[scenario, place - 1]:
        place -= 1
        if place + 1 < tally.support.shape[1]:
            tally.support[scenario, place + 1] = tally.support[scenario, place]
            tally.lane[scenario, place + 1] = tally.lane[scenario, place]
        tally.support[scenario, place], tally.lane[scenario, place] = support, lane


@inlined
def _note_doubt(tally: Tally, scenario: int, lane: int, notional: float) -> None:
    place = tally.number[0]
    tally.number[0] += 1
    if place < tally.doubts.shape[0]:
        tally.doubts[place, 0], tally.doubts[place, 1] = scenario, lane
        tally.doubt_notional[place] = notional


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
        if seen[lane] or store.lanes.used[lane] == 0 or (status[head] % DOUBT) < worst:
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

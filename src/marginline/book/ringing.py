"""The kernels of a watch: edges in rings of price buckets, ticks, and looks at pools.

Each position lies with two edges in the ring of its instrument: one where the price may rise to,
one where it may fall to, before its pool must be looked at again. A ring is a circle of buckets of
equal width in log price; a bucket is a doubly linked list through its edges. A tick visits the
buckets from the old price to the new one, both included, and no others. The proof that this misses
nothing stands in docs/concepts/book.md.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from marginline.book.columns import F8, I8, U1, U2, U4, Store, Table, Units
from marginline.book.compiled import inlined, kernel
from marginline.book.limits import LANES, NONE
from marginline.book.looks import (
    INFINITY,
    LEVEL_UNKNOWN,
    first_slot,
    guard_band,
    in_doubt,
    leg_price,
    leg_value,
    level_of,
    look_at_lane,
    price_contract,
    usable,
)
from marginline.book.sweeping import leg_in_doubt

BUCKETS = 8192
WIDTH = 5e-5  # of a bucket, in log price: half a basis point
FARTHEST = 0.2  # no edge lies farther than this; half a ring is 0.2048
_LOG_ROUNDING = 1e-12  # a thousand times what log, exp and a subtraction may cost
_SHAVE = 1.0 - 1e-9
_NONE = np.uint32(NONE)
_FREE = np.uint32(NONE - 1)  # an edge that lies in no ring
SMALLEST = 1e-300


class Rings(NamedTuple):
    """The rings, and what a tick needs. An edge is 2 * slot (above) or 2 * slot + 1 (below)."""

    head: U4
    """[instruments * BUCKETS] first edge of each bucket"""
    bucket: I8
    """[instruments] bucket of the last valid price, counted from price 1"""
    valid: U1
    """[instruments]"""
    next: U4
    """[edges]"""
    prev: U4
    """[edges]"""
    place: U2
    """[edges] bucket on the ring"""
    candidate: U4
    """[lanes] head lanes to be looked at; then events: pool"""
    before: U1
    """[lanes] of events: level before"""
    after: U1
    """[lanes] of events: level after; 128 is added in the guard band"""
    threshold: F8
    """[groups, 4] as in `Groups`, or the watch's own"""
    first_contract: I8
    """[instruments]"""
    next_contract: I8
    """[contracts]"""


# -- edges -------------------------------------------------------------------------------------


@inlined
def unlink(rings: Rings, edge: int, instrument: int) -> None:
    """Take an edge out of its bucket."""
    before = rings.prev[edge]
    if before == _FREE:
        return
    after = rings.next[edge]
    if before == _NONE:
        rings.head[instrument * BUCKETS + np.int64(rings.place[edge])] = after
    else:
        rings.next[before] = after
    if after != _NONE:
        rings.prev[after] = before
    rings.prev[edge] = _FREE


@inlined
def link(rings: Rings, edge: int, instrument: int, bucket: int) -> None:
    """Put an edge into a bucket (counted from price 1); nothing to do where it is there."""
    place = bucket & (BUCKETS - 1)
    if rings.prev[edge] != _FREE:
        if rings.place[edge] == place:
            return
        unlink(rings, edge, instrument)
    head = instrument * BUCKETS + place
    after = rings.head[head]
    rings.next[edge], rings.prev[edge], rings.place[edge] = after, _NONE, place
    if after != _NONE:
        rings.prev[after] = edge
    rings.head[head] = edge


@inlined
def bucket_of(log_price: float) -> int:
    """Bucket of a log price, counted from price 1."""
    return np.int64(math.floor(log_price / WIDTH))


@kernel
def arm_lane(
    store: Store, table: Table, rings: Rings, prices: Any, lane: int, reach: float
) -> None:
    """Put the edges of a lane's positions at `reach` (in log price) from the prices of now."""
    slots = store.slots
    slot = first_slot(store.slices, lane)
    for _ in range(store.lanes.used[lane]):
        instrument = np.int64(table.contracts.instrument[slots.contract[slot]])
        if rings.valid[instrument]:
            here = math.log(prices[instrument])
            above, below = bucket_of(here + reach), bucket_of(here - reach)
        else:
            # Every edge of an instrument without a price is visited when it has one again.
            above = below = rings.bucket[instrument]
        link(rings, 2 * slot, instrument, above)
        link(rings, 2 * slot + 1, instrument, below)
        slot += LANES


@kernel
def disarm_lane(store: Store, table: Table, rings: Rings, lane: int) -> None:
    """Take all edges of a lane out of the rings."""
    slots = store.slots
    slot = first_slot(store.slices, lane)
    for _ in range(store.lanes.used[lane]):
        instrument = np.int64(table.contracts.instrument[slots.contract[slot]])
        unlink(rings, 2 * slot, instrument)
        unlink(rings, 2 * slot + 1, instrument)
        slot += LANES


# -- one look ----------------------------------------------------------------------------------


@inlined
def safe_reach(
    threshold: Any, group: int, support: float, requirement: float,
    support_steep: float, requirement_steep: float, room: float, band: float,
) -> float:  # fmt: skip
    """How far, in log price, all prices may move before the level can change.

    `support` and `requirement` move by at most their steepness times rho while every price stays
    within a factor 1 + rho of where it is (rho <= 1).
    """
    rho = room
    for place in range(4):
        theta = threshold[group, place]
        if math.isnan(theta):
            break
        away = abs(requirement - theta * support) - band * (1.0 + theta)
        rho = min(rho, away / (theta * support_steep + requirement_steep + SMALLEST))
    if requirement == 0.0:
        rho = min(rho, (abs(support) - band) / (support_steep + SMALLEST))
        if support < 0.0 and requirement_steep > 0.0:
            rho = 0.0
    elif support <= 0.0:
        rho = min(rho, requirement / (requirement_steep + SMALLEST))
    reach = math.log1p(max(min(rho, 1.0) * _SHAVE, 0.0)) - _LOG_ROUNDING
    return min(max(reach, 0.0), FARTHEST)


@kernel
def look(store: Store, table: Table, rings: Rings, units: Units, prices: Any, head: int) -> int:
    """Look at a pool: arm its edges, keep its level; the level, +128 in the guard band."""
    lanes, groups, threshold = store.lanes, table.groups, rings.threshold
    group, joint = np.int64(lanes.group[head]), np.int64(lanes.joint[head])
    if joint < 0:
        found = look_at_lane(store.slots, lanes, store.slices, table, units, head)
        support, charge, gross, steep, room, doubt = found
        support_steep, requirement_steep = gross, steep * groups.level[group]
        band = guard_band(lanes.used[head], gross + lanes.scale[head])
        requirement = charge * groups.level[group]
    else:
        support, charge = store.joints.support[joint], store.joints.maintenance[joint]
        scale, support_steep, steep = abs(support) + abs(charge), 0.0, 0.0
        positions, room, doubt = 0, INFINITY, False
        leg = store.joints.leg[joint]
        while leg >= 0:
            lane = np.int64(store.legs.lane[leg])
            own = _look_at_leg(store, table, units, prices, leg, lane)
            support, charge = support + own[0], charge + own[1]
            support_steep, steep, scale = support_steep + own[2], steep + own[3], scale + own[4]
            room, doubt = min(room, own[5]), doubt or own[6]
            positions += lanes.used[lane] + 4
            leg = store.legs.next[leg]
        requirement, requirement_steep = charge * groups.level[group], steep * groups.level[group]
        band = guard_band(positions, scale)
    level = level_of(threshold, groups.strict, group, support, requirement)
    reach = FARTHEST
    if level != LEVEL_UNKNOWN:
        doubt = doubt or in_doubt(threshold, group, support, requirement, band)
        reach = safe_reach(
            threshold, group, support, requirement, support_steep, requirement_steep, room, band
        )
        if doubt:
            reach = 0.0
    else:
        doubt = False
    if joint < 0:
        arm_lane(store, table, rings, prices, head, reach)
    else:
        leg = store.joints.leg[joint]
        while leg >= 0:
            arm_lane(store, table, rings, prices, np.int64(store.legs.lane[leg]), reach)
            leg = store.legs.next[leg]
    return level + 128 if doubt else level


@inlined
def _look_at_leg(
    store: Store, table: Table, units: Units, prices: Any, leg: int, lane: int
) -> tuple[float, float, float, float, float, float, bool]:
    """A leg in the pool's asset: value, charge, their steepness, scale, room, doubt."""
    lanes, collaterals, haircuts = store.lanes, table.collaterals, table.haircuts
    kind = np.int64(store.legs.collateral[leg])
    price = leg_price(collaterals, kind, prices)
    amount, charge, gross, steep, room, doubt = look_at_lane(
        store.slots, lanes, store.slices, table, units, lane
    )
    cash = lanes.cash[lane]
    value = leg_value(collaterals, haircuts, kind, cash, amount, price)
    rate, negative = price * collaterals.positive[kind], price * collaterals.negative[kind]
    converted, index = price * collaterals.requirement[kind], price * collaterals.report[kind]
    # Of a product both of whose factors move: |d(ab)| <= rho |b| |a| + rho (1 + rho) |b| da.
    moves, twice = (0.0, 1.0) if collaterals.price[kind] < 0 else (1.0, 2.0)
    most = max(rate, negative)
    if collaterals.cuts_pnl[kind]:
        value_steep = most * (moves * abs(amount) + twice * gross)
        key, key_steep = amount, gross
    else:
        value_steep = most * moves * abs(cash) + index * (
            moves * abs(amount - cash) + twice * gross
        )
        key, key_steep = cash, 0.0
    if collaterals.table[kind] >= 0 and collaterals.whole[kind]:
        if not collaterals.by_quantity[kind]:
            key_steep = rate * (moves * abs(key) + twice * key_steep)
            key *= rate
        table_of = collaterals.table[kind]
        for row in range(haircuts.first[table_of] + 1, haircuts.first[table_of + 1]):
            room = min(room, abs(key - haircuts.floor[row]) / (key_steep + SMALLEST))
        doubt = doubt or leg_in_doubt(table, kind, cash, amount, price)
    scale = (gross + lanes.scale[lane]) * max(most, index, converted)
    requirement_steep = converted * (moves * charge + twice * steep)
    return value, charge * converted, value_steep, requirement_steep, scale, room, doubt


# -- arming everything, and ticks --------------------------------------------------------------


@kernel
def arm_all(
    store: Store, table: Table, rings: Rings, units: Units, prices: Any, first: int, last: int
) -> int:
    """Look at the pools of lanes `first` up to `last`; write down those whose level is another.

    Returns how many. Levels are kept; events stand in `candidate`, `before`, `after`.
    """
    events = 0
    for lane in range(first, last):
        if is_head(store, lane):
            events = look_and_note(store, table, rings, units, prices, lane, events)
    return events


@inlined
def is_head(store: Store, lane: int) -> bool:
    """Whether a lane is in use and stands for a pool."""
    lanes = store.lanes
    joint = lanes.joint[lane]
    if joint >= 0:
        return np.int64(store.joints.lane[joint]) == lane
    return lanes.scale[lane] != 0.0


@inlined
def look_and_note(
    store: Store, table: Table, rings: Rings, units: Units, prices: Any, head: int, events: int
) -> int:
    """Look at a pool, and write down where its level has changed or is in doubt."""
    level = look(store, table, rings, units, prices, head)
    before = store.lanes.level[head]
    if level != before:
        rings.candidate[events], rings.before[events] = store.lanes.pool[head], before
        rings.after[events] = level
        store.lanes.level[head] = level & 127
        return events + 1
    return events


@kernel
def tick(
    store: Store, table: Table, rings: Rings, units: Units, prices: Any, rows: I8, news: F8
) -> tuple[int, int]:
    """New prices `news` of the instruments `rows`: how many pools looked at, how many events."""
    for place in range(rows.shape[0]):
        row = rows[place]
        prices[row] = news[place]
        contract = rings.first_contract[row]
        while contract > 0:
            price_contract(table.contracts, table.tiers, contract, news[place], units)
            contract = rings.next_contract[contract]
    found = 0
    for place in range(rows.shape[0]):
        found = _touched(store, rings, rows[place], prices[rows[place]], found)
    events = 0
    for place in range(found):
        head = np.int64(rings.candidate[place])
        store.lanes.queued[head] = 0
        # Events are written over candidates that have been looked at: there are never more.
        events = look_and_note(store, table, rings, units, prices, head, events)
    return found, events


@inlined
def _touched(store: Store, rings: Rings, row: int, price: float, found: int) -> int:
    """Queue the pools whose edges lie between an instrument's old bucket and its new one."""
    was_valid, old = rings.valid[row], rings.bucket[row]
    now_valid = usable(price)
    new = bucket_of(math.log(price)) if now_valid else old
    rings.valid[row], rings.bucket[row] = now_valid, new
    if not now_valid and not was_valid:
        return found
    low, high = min(old, new), max(old, new)
    if now_valid != was_valid or high - low >= BUCKETS:
        low, high = 0, BUCKETS - 1
    for bucket in range(low, high + 1):
        edge = rings.head[row * BUCKETS + (bucket & (BUCKETS - 1))]
        while edge != _NONE:
            slot = np.int64(edge) >> 1
            lane = np.int64(store.slices.block_lane[slot // LANES]) + slot % LANES
            joint = store.lanes.joint[lane]
            if joint >= 0:
                lane = np.int64(store.joints.lane[joint])
            if not store.lanes.queued[lane]:
                store.lanes.queued[lane] = 1
                rings.candidate[found] = lane
                found += 1
            edge = rings.next[edge]
    return found

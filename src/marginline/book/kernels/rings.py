"""The kernels of a watch: edges in rings of price buckets, ticks, and looks at pools.

Each position lies with two edges in the ring of its instrument: one where the price may rise to,
one where it may fall to, before its pool must be looked at again. A ring is a circle of places of
equal width in log price, eight to a bucket; a bucket is a doubly linked list through its edges. A
tick visits the places from the old price to the new one, both included, and no others. The proof
that this misses nothing stands in docs/concepts/book.md.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from marginline.book.kernels.columns import DOUBT, F8, I8, U1, U2, U4, Legs, Store, Table, Units
from marginline.book.kernels.compiled import inlined, kernel, unfolded
from marginline.book.kernels.limits import LANES, NONE
from marginline.book.kernels.sweep import leg_in_doubt, loan_in_doubt
from marginline.book.kernels.values import (
    INFINITY,
    LEVEL_UNKNOWN,
    at_rate,
    first_slot,
    guard_band,
    in_doubt,
    leg_price,
    leg_value,
    level_of,
    loan_charge,
    look_at_lane,
    owed,
    price_contract,
    scale_of,
    usable,
)

PLACES = 2**16  # of a ring: two bytes
WIDTH = 6.25e-6  # of a place, in log price: a sixteenth of a basis point
BUCKETS = PLACES // 8
FARTHEST = 0.2  # no edge is put farther than this; half a ring is 0.2048
_FAR = 0.2214028  # 1 + rho reaches beyond it
_LOG_ROUNDING = 1e-12  # a thousand times what log, exp and a subtraction may cost
_SHAVE = 1.0 - 1e-9
_NONE = np.uint32(NONE)
_FREE = np.uint32(NONE - 1)  # an edge that lies in no ring
SMALLEST = 1e-300


class Rings(NamedTuple):
    """The rings, and what a tick needs. An edge is 2 * slot (above) or 2 * slot + 1 (below)."""

    head: U4
    """[instruments * BUCKETS] first edge of each bucket"""
    here: I8
    """[instruments] place of the last valid price, counted from price 1"""
    valid: U1
    """[instruments]"""
    next: U4
    """[edges]"""
    prev: U4
    """[edges]"""
    place: U2
    """[edges] on the ring"""
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
        rings.head[instrument * BUCKETS + np.int64(rings.place[edge]) // 8] = after
    else:
        rings.next[before] = after
    if after != _NONE:
        rings.prev[after] = before
    rings.prev[edge] = _FREE


@inlined
def link(rings: Rings, edge: int, instrument: int, place: int) -> None:
    """Put an edge at a place (counted from price 1); nothing to do where it is there."""
    place &= PLACES - 1
    if rings.prev[edge] != _FREE:
        if rings.place[edge] == place:
            return
        unlink(rings, edge, instrument)
    head = instrument * BUCKETS + place // 8
    after = rings.head[head]
    rings.next[edge], rings.prev[edge], rings.place[edge] = after, _NONE, place
    if after != _NONE:
        rings.prev[after] = edge
    rings.head[head] = edge


@inlined
def place_of(log_price: float) -> int:
    """Place of a log price, counted from price 1."""
    return np.int64(math.floor(log_price / WIDTH))


@unfolded
def arm_lane(
    store: Store, table: Table, rings: Rings, lane: int, against: float, along: float
) -> None:
    """Put the edges of a lane's positions around the prices of now.

    At `against` (in log price) where the price moves against the position, at `along` where it
    moves with it; each rounded to whole places towards the price.
    """
    slots = store.slots
    slot = first_slot(store.slices, lane)
    adverse, kind = np.int64(against / WIDTH), np.int64(along / WIDTH)
    for _ in range(store.lanes.used[lane]):
        instrument = np.int64(table.contracts.instrument[slots.contract[slot]])
        here = rings.here[instrument]
        if rings.valid[instrument]:
            up, down = (kind, adverse) if slots.size[slot] > 0.0 else (adverse, kind)
            _keep_or_link(rings, 2 * slot, instrument, here, up)
            _keep_or_link(rings, 2 * slot + 1, instrument, here, -down)
        else:
            # Every edge of an instrument without a price is visited when it has one again.
            link(rings, 2 * slot, instrument, here)
            link(rings, 2 * slot + 1, instrument, here)
        slot += LANES


@inlined
def _keep_or_link(rings: Rings, edge: int, instrument: int, here: int, far: int) -> None:
    """Put an edge so far from here, unless it already lies on the way there and not too near."""
    if rings.prev[edge] != _FREE:
        way = (np.int64(rings.place[edge]) - here) & (PLACES - 1)
        if far < 0:
            way = -way & (PLACES - 1)
        if abs(far) // 2 < way <= abs(far):
            return
    link(rings, edge, instrument, here + far)


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
def safe_reaches(
    threshold: Any, group: int, support: float, requirement: float,
    support_steep: float, requirement_steep: float, room: float, band: float,
) -> tuple[float, float]:  # fmt: skip
    """How far prices may move before the level can rise, and before it can fall, as rho.

    `support` and `requirement` move by at most their steepness times rho while every price stays
    within a factor 1 + rho of where it is (rho <= 1).
    """
    against, along = room, room
    for place in range(4):
        theta = threshold[group, place]
        if math.isnan(theta):
            break
        health = theta * support - requirement
        away = abs(health) - band * (1.0 + theta)
        rho = away / (theta * support_steep + requirement_steep + SMALLEST)
        if health > 0.0:
            against = min(against, rho)
        else:
            along = min(along, rho)
    both = INFINITY
    if requirement == 0.0:
        both = (abs(support) - band) / (support_steep + SMALLEST)
        if support < 0.0 and requirement_steep > 0.0:
            both = 0.0
    elif support <= 0.0:
        both = requirement / (requirement_steep + SMALLEST)
    return min(against, both), min(along, both)


@inlined
def log_reach(rho: float) -> float:
    """Where an edge may lie, in log price, for prices to stay within a factor 1 + rho."""
    if rho >= _FAR:
        return FARTHEST
    return max(math.log1p(rho * _SHAVE) - _LOG_ROUNDING, 0.0) if rho > 0.0 else 0.0


@unfolded
def look(store: Store, table: Table, rings: Rings, units: Units, prices: Any, head: int) -> int:
    """Look at a pool: arm its edges, keep its level; the level, +128 in the guard band."""
    lanes, groups, threshold = store.lanes, table.groups, rings.threshold
    group, joint = np.int64(lanes.group[head]), np.int64(lanes.joint[head])
    if joint < 0:
        # Below this slope a requirement grows slower than the health that a price gives a position.
        gentle = threshold[group, 0] / groups.level[group]
        found = look_at_lane(store.slots, lanes, store.slices, table, units, head, gentle)
        support, charge, gross, steep, room, doubt, both_ways = found
        support_steep, requirement_steep = gross, steep * groups.level[group]
        band = guard_band(lanes.used[head], gross + lanes.scale[head])
        requirement = charge * groups.level[group]
    else:
        support, charge = store.joints.support[joint], store.joints.maintenance[joint]
        scale, support_steep, steep = abs(support) + abs(charge), 0.0, 0.0
        positions, room, doubt, both_ways = 0, INFINITY, False, True
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
    if level == LEVEL_UNKNOWN:
        # A price that comes back visits its whole ring; what else is unknown ends at a jump.
        against = along = room
    else:
        doubt = doubt or in_doubt(threshold, group, support, requirement, band)
        against, along = safe_reaches(
            threshold, group, support, requirement, support_steep, requirement_steep, room, band
        )
        if both_ways:
            against = along = min(against, along)
    against, along = (0.0, 0.0) if doubt else (log_reach(against), log_reach(along))
    if joint < 0:
        arm_lane(store, table, rings, head, against, along)
    else:
        leg = store.joints.leg[joint]
        while leg >= 0:
            arm_lane(store, table, rings, np.int64(store.legs.lane[leg]), against, along)
            leg = store.legs.next[leg]
    return level + DOUBT if doubt else level


@inlined
def _look_at_leg(
    store: Store, table: Table, units: Units, prices: Any, leg: int, lane: int
) -> tuple[float, float, float, float, float, float, bool]:
    """A leg in the pool's asset: value, charge, their steepness, scale, room, doubt."""
    lanes, collaterals, haircuts = store.lanes, table.collaterals, table.haircuts
    kind = np.int64(store.legs.collateral[leg])
    price = leg_price(collaterals, kind, prices)
    amount, charge, gross, steep, room, doubt, _ = look_at_lane(
        store.slots, lanes, store.slices, table, units, lane, 0.0
    )
    cash, loan = lanes.cash[lane], np.int64(store.legs.loan[leg])
    near = guard_band(lanes.used[lane] + 4, gross + scale_of(lanes, lane))
    value = leg_value(collaterals, haircuts, kind, cash, amount, price)
    if math.isnan(price):
        # What needs no price is known without: nothing of a coin, or one that does not support. The
        # price's return visits its whole ring; until then P&L alone can change what is known.
        charge = at_rate(charge, price)
        if loan > 0:
            charge += _look_at_loan(store.legs, table, leg, loan, amount, gross, price, near)[0]
        return value, charge, 0.0, 0.0, 0.0, INFINITY if gross == 0.0 else 0.0, False
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
            away = abs(key - haircuts.floor[row]) - near * max(rate, 1.0)
            room = min(room, away / (key_steep + SMALLEST))
        doubt = doubt or leg_in_doubt(table, kind, cash, amount, price, near)
    scale = (gross + lanes.scale[lane]) * max(most, index, converted)
    requirement_steep = converted * (moves * charge + twice * steep)
    charge *= converted
    if loan > 0:
        own = _look_at_loan(store.legs, table, leg, loan, amount, gross, price, near)
        charge, requirement_steep = charge + own[0], requirement_steep + own[1]
        room, doubt, scale = min(room, own[2]), doubt or own[3], scale + own[4]
    return value, charge, value_steep, requirement_steep, scale, room, doubt


@inlined
def _look_at_loan(
    legs: Legs, table: Table, leg: int, loan: int, amount: float, gross: float, price: float,
    near: float,
) -> tuple[float, float, float, bool, float]:  # fmt: skip
    """A leg's loan in the pool's asset: charge, its steepness, room before a jump, doubt, scale.

    `near`: the guard band of the amount.
    """
    loans, rates = table.loans, table.rates
    coins, left = owed(legs, loans, leg, amount), amount + legs.spare[leg]
    price *= loans.factor[loan]
    of, whole, by_quantity = loans.table[loan], loans.whole[loan], loans.by_quantity[loan]
    charge = loan_charge(rates, of, whole, by_quantity, coins, price)
    # What is owed moves with the amount, but not before the amount can have come below zero.
    grows = gross if loans.follows[loan] and left < 2.0 * gross else 0.0
    steep = price * loans.steepest[loan] * (coins + 2.0 * grows)
    room = INFINITY
    if of < 0:
        room = (abs(left) - near) / (grows + SMALLEST)
    elif whole:
        key = coins if by_quantity else coins * price
        key_steep = grows if by_quantity else price * (coins + 2.0 * grows)
        for row in range(rates.first[of] + 1, rates.first[of + 1]):
            away = abs(key - rates.floor[row]) - near * max(price, 1.0)
            room = min(room, away / (key_steep + SMALLEST))
    scale = (legs.borrowed[leg] + abs(legs.spare[leg])) * price
    return charge, steep, room, loan_in_doubt(table, loan, coins, left, price, near), scale


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
    joint = store.lanes.joint[lane]
    if store.lanes.scale[lane] == 0.0:
        return False
    return joint < 0 or np.int64(store.joints.lane[joint]) == lane


@unfolded
def look_and_note(
    store: Store, table: Table, rings: Rings, units: Units, prices: Any, head: int, events: int
) -> int:
    """Look at a pool, and write down where its level has changed or is in doubt."""
    level = look(store, table, rings, units, prices, head)
    before = store.lanes.level[head]
    if level != before:
        rings.candidate[events], rings.before[events] = store.lanes.pool[head], before
        rings.after[events] = level
        store.lanes.level[head] = level % DOUBT
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
    found = events = 0
    for place in range(rows.shape[0]):
        found = _touched(store, rings, rows[place], prices[rows[place]], found)
    for place in range(found):
        head = np.int64(rings.candidate[place])
        store.lanes.queued[head] = 0
        # Events are written over candidates that have been looked at: there are never more.
        events = look_and_note(store, table, rings, units, prices, head, events)
    return found, events


@inlined
def _touched(store: Store, rings: Rings, row: int, price: float, found: int) -> int:
    """Queue the pools whose edges lie between an instrument's old place and its new one."""
    was_valid, old, new = rings.valid[row], rings.here[row], rings.here[row]
    now_valid = usable(price)
    if now_valid:
        new = place_of(math.log(price))
        rings.here[row] = new
    rings.valid[row] = now_valid
    if not now_valid and not was_valid:
        return found
    low, high = min(old, new), max(old, new)
    if now_valid != was_valid or high - low >= PLACES - 8:
        low, high = 0, PLACES - 1
    for bucket in range(low >> 3, (high >> 3) + 1):
        head = row * BUCKETS + (bucket & (BUCKETS - 1))
        edge, whole = rings.head[head], low <= bucket << 3 and (bucket << 3) + 7 <= high
        if whole:  # each of its edges is put anew: none is taken out by itself
            rings.head[head] = _NONE
        while edge != _NONE:
            if whole or (np.int64(rings.place[edge]) - low) & (PLACES - 1) <= high - low:
                found = _queue(store, rings, np.int64(edge) >> 1, found)
            rings.prev[edge] = _FREE if whole else rings.prev[edge]
            edge = rings.next[edge]
    return found


@inlined
def _queue(store: Store, rings: Rings, slot: int, found: int) -> int:
    """Queue the pool of a slot, once."""
    lane = np.int64(store.slices.block_lane[slot // LANES]) + slot % LANES
    joint = store.lanes.joint[lane]
    if joint >= 0:
        lane = np.int64(store.joints.lane[joint])
    if store.lanes.queued[lane]:
        return found
    store.lanes.queued[lane] = 1
    rings.candidate[found] = lane
    return found + 1

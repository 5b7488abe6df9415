"""Where lanes lie: taking room, giving it back, placing rows, growing.

Lanes of one width class share slices. A free lane stands in its class's list, and room given back
is the first to be used again, so that a book whose accounts come and go does not grow.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from marginline.book.kernels.columns import (
    F8,
    FREE_JOINT,
    FREE_LEG,
    I4,
    I8,
    JOINTS,
    LANES_USED,
    LEGS,
    POSITIONS,
    SLICES,
    SLOTS,
    U2,
    U4,
    Joints,
    Lanes,
    Legs,
    Room,
    Slices,
    Store,
    Table,
    empty_lanes,
    empty_slots,
    extended,
)
from marginline.book.kernels.compiled import inlined, kernel
from marginline.book.kernels.limits import LANES, NONE, POOLS_MAX, SLOTS_MAX, refuse_above
from marginline.book.kernels.values import first_slot, restate_lane

_NONE = np.uint32(NONE)


def _widths() -> I4:
    widths = [*range(17), *range(20, 65, 4)]
    while widths[-1] < 2**15:
        widths.append(-(-widths[-1] * 5 // 16) * 4)
    return np.array([*widths, 2**16 - 1], np.int32)


WIDTHS = _widths()


class Rows(NamedTuple):
    """Lanes to place, with their positions end to end, and the joint pools they belong to.

    `lane_joint` and the references of joints and legs count from 0 within these rows.
    """

    pool: U4
    joint: I4
    group: U2
    cash: F8
    held: I8
    contract: U2
    size: F8
    entry: F8
    code: U2
    joint_head: I8
    joint_support: F8
    joint_maintenance: F8
    joint_initial: F8
    leg_lane: I8
    leg_joint: I8
    leg_collateral: U2
    leg_beside: F8
    leg_loan: U2
    leg_borrowed: F8
    leg_spare: F8
    leg_orders: F8
    leg_liability: F8


def empty_store() -> Store:
    """A store with no accounts and no room."""
    return Store(
        empty_slots(0),
        empty_lanes(0),
        Slices(np.zeros(0, np.int64), np.zeros(0, np.int32), np.zeros(0, np.uint32)),
        _joints(0),
        _legs(0),
        Room(
            WIDTHS,
            np.full(len(WIDTHS), NONE, np.uint32),
            np.array([0, 0, 0, 0, -1, -1, 0, 0], np.int64),
        ),
    )


def _joints(count: int) -> Joints:
    free = np.full(count, -1, np.int32)
    return Joints(np.zeros(count, np.uint32), free, *(np.zeros(count) for _ in range(3)))


def _legs(count: int) -> Legs:
    return Legs(
        np.zeros(count, np.uint32),
        np.full(count, -1, np.int32),
        np.zeros(count, np.uint16),
        np.zeros(count),
        np.zeros(count, np.uint16),
        *(np.zeros(count) for _ in range(4)),
    )


def slices_for(store: Store, counts: I8) -> tuple[int, int]:
    """New slices and new slots that so many positions per lane would take."""
    classes = np.bincount(np.searchsorted(WIDTHS, counts), minlength=len(WIDTHS))
    slices = slots = 0
    for place, wanted in enumerate(classes):
        lanes = int(wanted) - _free_lanes(store, place, int(wanted))
        new = -(-lanes // LANES)
        slices += new
        slots += new * LANES * int(WIDTHS[place])
    return slices, slots


def _free_lanes(store: Store, place: int, most: int) -> int:
    found, lane = 0, int(store.room.free[place])
    while lane != NONE and found < most:
        found, lane = found + 1, int(store.lanes.pool[lane])
    return found


def grown(
    store: Store, slices: int, slots: int, joints: int = 0, legs: int = 0, *, spare: float = 0.0
) -> Store:
    """The store with room for so many more; `spare` is a share to add on top.

    Raises:
        BookTooLarge: a slot or a lane would not fit its index.
    """
    count = store.room.tally
    wanted_slices = _wanted(len(store.slices.slot), int(count[SLICES]) + slices, spare)
    wanted_slots = _wanted(len(store.slots.size), int(count[SLOTS]) + slots, spare)
    wanted_slots = -(-wanted_slots // LANES) * LANES
    refuse_above("positions (with room)", wanted_slots, SLOTS_MAX, "split the book by account")
    refuse_above("accounts (with room)", wanted_slices * LANES, POOLS_MAX, "split the book")
    lanes = wanted_slices * LANES
    joint_rows = _wanted(len(store.joints.leg), int(count[JOINTS]) + joints, spare)
    leg_rows = _wanted(len(store.legs.next), int(count[LEGS]) + legs, spare)
    of_slots, of_lanes = store.slots, store.lanes
    return Store(
        of_slots._replace(
            **{
                name: extended(getattr(of_slots, name), wanted_slots)
                for name in of_slots._fields[:-1]
            },
            big=extended(of_slots.big, wanted_slots // LANES),
        ),
        _more_lanes(of_lanes, lanes),
        Slices(
            extended(store.slices.slot, wanted_slices),
            extended(store.slices.width, wanted_slices),
            extended(store.slices.block_lane, wanted_slots // LANES),
        ),
        Joints(*(extended(column, joint_rows) for column in store.joints)),
        Legs(*(extended(column, leg_rows) for column in store.legs)),
        store.room,
    )


def _more_lanes(held: Lanes, count: int) -> Lanes:
    if count == len(held.cash):
        return held
    fresh = empty_lanes(count)
    for name in Lanes._fields:
        old = getattr(held, name)
        getattr(fresh, name)[: len(old)] = old
    return fresh


def _wanted(held: int, needed: int, spare: float) -> int:
    return held if needed <= held else needed + int(needed * spare)


# -- kernels -----------------------------------------------------------------------------------


@inlined
def class_of(room: Room, positions: int) -> int:
    """The narrowest class of lanes that holds so many positions."""
    low, high = 0, room.width.shape[0]
    while low < high:
        middle = (low + high) // 2
        if room.width[middle] < positions:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def take_lane(store: Store, positions: int) -> int:
    """A free lane with room for so many positions; -1: the store must grow first."""
    room, lanes, slices = store.room, store.lanes, store.slices
    place = class_of(room, positions)
    if room.free[place] == _NONE:
        here, slot = room.tally[SLICES], room.tally[SLOTS]
        width = room.width[place]
        too_many = here >= slices.slot.shape[0] or slot + width * LANES > store.slots.size.shape[0]
        if too_many:
            return -1
        slices.slot[here], slices.width[here] = slot, width
        for row in range(width):
            slices.block_lane[slot // LANES + row] = here * LANES
        for column in range(LANES - 1, -1, -1):
            lanes.pool[here * LANES + column] = room.free[place]
            room.free[place] = here * LANES + column
        room.tally[SLICES] += 1
        room.tally[SLOTS] += width * LANES
    lane = np.int64(room.free[place])
    room.free[place] = lanes.pool[lane]
    room.tally[LANES_USED] += 1
    lanes.joint[lane], lanes.level[lane], lanes.queued[lane] = -1, 0, 0
    lanes.used[lane] = 0
    return lane


@kernel
def free_lane(store: Store, lane: int) -> None:
    """Empty a lane and give it back."""
    room, lanes = store.room, store.lanes
    slot = first_slot(store.slices, lane)
    for _ in range(lanes.used[lane]):
        clear_slot(store, slot)
        slot += LANES
    room.tally[POSITIONS] -= lanes.used[lane]
    room.tally[LANES_USED] -= 1
    lanes.used[lane], lanes.group[lane], lanes.joint[lane] = 0, 0, -1
    lanes.cash[lane], lanes.static[lane] = 0.0, 0.0
    lanes.charge[lane], lanes.initial[lane], lanes.scale[lane] = 0.0, 0.0, 0.0
    place = class_of(room, store.slices.width[lane // LANES])
    lanes.pool[lane] = room.free[place]
    room.free[place] = lane


@inlined
def clear_slot(store: Store, slot: int) -> None:
    """Make a slot empty."""
    slots = store.slots
    slots.contract[slot], slots.code[slot] = 0, 0
    slots.size[slot], slots.entry[slot] = 0.0, 0.0
    set_big(store, slot, False)


@inlined
def set_big(store: Store, slot: int, big: bool) -> None:
    """Set or clear a slot's flag."""
    bit = np.uint64(1) << np.uint64(slot % LANES)
    if big:
        store.slots.big[slot // LANES] |= bit
    else:
        store.slots.big[slot // LANES] &= ~bit


@kernel
def place_rows(store: Store, table: Table, rows: Rows, lane_of_pool: U4, lane_of_row: I8) -> bool:
    """Place lanes with their positions. False: there was no room (it is made beforehand)."""
    slots, lanes = store.slots, store.lanes
    position = 0
    for row in range(rows.cash.shape[0]):
        count = rows.held[row]
        lane = take_lane(store, count)
        if lane < 0:
            return False
        lane_of_row[row] = lane
        lanes.pool[lane], lanes.group[lane] = rows.pool[row], rows.group[row]
        lanes.cash[lane], lanes.used[lane] = rows.cash[row], count
        if rows.joint[row] < 0:
            lane_of_pool[rows.pool[row]] = lane
        slot = first_slot(store.slices, lane)
        for _ in range(count):
            slots.contract[slot], slots.code[slot] = rows.contract[position], rows.code[position]
            slots.size[slot], slots.entry[slot] = rows.size[position], rows.entry[position]
            slot += LANES
            position += 1
        store.room.tally[POSITIONS] += count
        restate_lane(slots, lanes, store.slices, table, lane)
    return True


@kernel
def place_joints(
    store: Store, rows: Rows, lane_of_pool: U4, lane_of_row: I8, joint_of_row: I8
) -> None:
    """Chain the legs of joint pools after their lanes were placed."""
    joints, legs, count = store.joints, store.legs, store.room.tally
    for row in range(rows.joint_head.shape[0]):
        joint = count[FREE_JOINT]
        if joint >= 0:
            count[FREE_JOINT] = np.int64(joints.lane[joint]) - 1
        else:
            joint = count[JOINTS]
            count[JOINTS] += 1
        joint_of_row[row] = joint
        head = lane_of_row[rows.joint_head[row]]
        joints.lane[joint], joints.leg[joint] = head, -1
        joints.support[joint], joints.maintenance[joint] = (
            rows.joint_support[row],
            rows.joint_maintenance[row],
        )
        joints.initial[joint] = rows.joint_initial[row]
        lane_of_pool[store.lanes.pool[head]] = head
    for row in range(rows.leg_lane.shape[0] - 1, -1, -1):
        leg = count[FREE_LEG]
        if leg >= 0:
            count[FREE_LEG] = legs.next[leg]
        else:
            leg = count[LEGS]
            count[LEGS] += 1
        joint, lane = joint_of_row[rows.leg_joint[row]], lane_of_row[rows.leg_lane[row]]
        legs.lane[leg], legs.next[leg] = lane, joints.leg[joint]
        legs.collateral[leg], legs.beside[leg] = rows.leg_collateral[row], rows.leg_beside[row]
        legs.loan[leg], legs.borrowed[leg] = rows.leg_loan[row], rows.leg_borrowed[row]
        legs.spare[leg], legs.orders[leg] = rows.leg_spare[row], rows.leg_orders[row]
        legs.liability[leg] = rows.leg_liability[row]
        joints.leg[joint] = leg
        store.lanes.joint[lane] = joint


@inlined
def free_joint(store: Store, joint: int) -> None:
    """Give back a joint pool's row and legs; their lanes are the caller's."""
    count, joints, legs = store.room.tally, store.joints, store.legs
    leg = joints.leg[joint]
    while leg >= 0:
        following = legs.next[leg]
        legs.next[leg] = count[FREE_LEG]
        count[FREE_LEG] = leg
        leg = following
    joints.leg[joint] = -1
    joints.lane[joint] = count[FREE_JOINT] + 1
    count[FREE_JOINT] = joint


@kernel
def restate_lanes(store: Store, table: Table, first: int, last: int) -> None:
    """Make the price-independent part of lanes `first` up to `last` anew."""
    for lane in range(first, last):
        if store.lanes.scale[lane] != 0.0:  # a free lane stays free
            restate_lane(store.slots, store.lanes, store.slices, table, lane)

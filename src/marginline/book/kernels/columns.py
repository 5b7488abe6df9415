"""The columns: NamedTuples of arrays that kernels read by name.

**Lanes and slots.** A *lane* is what one pool holds of one settle asset; most pools are one lane.
Sixty-four lanes of equal room stand side by side in a *slice*; a slice of width w has w rows of 64
*slots*, a slot is a position. Position j of lane l lies at `slice_slot[l // 64] + 64 * j + l % 64`,
so that a pass over the book reads every column from end to end. An empty slot has size 0 and
contract 0, which is worth nothing at any price.

**Joint pools.** A pool of several assets, or with haircuts, resting orders or adjustments, is a
chain of *legs*; each leg has its lane. A leg whose asset has a price carries a position of size 1
in that asset's *rate contract*: worth nothing by itself, it makes the asset's price move the pool.

Every array may be longer than what is in use; `Sizes` says how much is.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from marginline.book.kernels.limits import LANES, NONE

F8 = NDArray[np.float64]
F4 = NDArray[np.float32]
I8 = NDArray[np.int64]
I4 = NDArray[np.int32]
U8 = NDArray[np.uint64]
U4 = NDArray[np.uint32]
U2 = NDArray[np.uint16]
U1 = NDArray[np.uint8]

LINEAR, INVERSE, RATE = 0, 1, 2  # payoff of a contract; quanto is linear with its own unit
BY_NOTIONAL, BY_SIZE = 0, 1
AT_MARK, AT_ENTRY, AT_INDEX = 0, 1, 2


class Contracts(NamedTuple):
    """Per contract: an instrument with one set of terms. Contract 0 is the empty slot."""

    instrument: U4
    """row of the price vector"""
    side: U1
    """0 both, 1 long, 2 short"""
    asset: U2
    """number of the settle asset"""
    payoff: U1
    unit: F8
    """settle asset per unit of size and of price; inverse: face"""
    table: I4
    """tier table"""
    by_size: U1
    jumps: U1
    """the charge jumps at the floors: whole tiers, or deductions that contradict them"""
    basis: U1
    index_ratio: F8
    """index price / mark price"""
    fee_rate: F8
    """fraction of the charged value, inside maintenance margin"""
    closing_rate: F8
    """fraction of the notional at the mark, on top of maintenance margin"""
    big_above: F8
    """a position whose |size| * charge key at some price has been above the first floor is *big*
    while `key_unit` is at or below this"""


class Tiers(NamedTuple):
    """All tier tables end to end; table t is rows `first[t]` up to `first[t + 1]`."""

    first: I8
    floor: F8
    rate: F8
    deduction: F8


class Codes(NamedTuple):
    """Initial terms of a position by code: fractions of its notional."""

    at_mark: F8
    """initial margin, of the notional at the mark"""
    at_entry: F8
    """initial margin, of the notional at entry"""
    charge_at_entry: F8
    """part of maintenance margin, of the notional at entry (a reserved closing fee)"""


class Groups(NamedTuple):
    """Per group of pools with the same trigger, kind, asset and rulebook."""

    asset: U2
    """number of the asset, as in `Contracts`"""
    level: F8
    """multiplies maintenance margin"""
    threshold: F8
    """[groups, 4] requirement / support from which a status holds, ascending; NaN: none"""
    status: U1
    """[groups, 5] status by the number of thresholds reached"""
    strict: U1
    """[groups, 4] 1: at the threshold is not over it"""
    without_requirement: U1
    """status of a negative support that nothing is required of"""


class Collaterals(NamedTuple):
    """Per kind of collateral leg: what its amount counts for; factors of the asset's price."""

    asset: U2
    """number of the asset, as in `Contracts`"""
    price: I4
    """row of the price vector, -1: the pool's own asset, price 1"""
    table: I4
    """haircut table, -1: none"""
    by_quantity: U1
    whole: U1
    supports: U1
    cuts_pnl: U1
    positive: F8
    negative: F8
    report: F8
    requirement: F8


class Loans(NamedTuple):
    """Per kind of loan: what it adds to the requirement and to initial margin. Kind 0: no loan."""

    follows: U1
    """1: what the leg falls below zero is owed, too"""
    factor: F8
    """price that values the loan / price of the leg"""
    table: I4
    """rate table of maintenance; -1: nobody knows it"""
    initial_table: I4
    """rate table of initial margin; -1: nobody knows it"""
    by_quantity: U1
    initial_by_quantity: U1
    whole: U1
    initial_whole: U1
    steepest: F8
    """highest rate of the maintenance table"""


class Haircuts(NamedTuple):
    """All haircut tables end to end."""

    first: I8
    floor: F8
    ratio: F8
    cumulative: F8


class Units(NamedTuple):
    """What one unit of size is worth at given prices, per contract; made anew for each look."""

    value: F8
    """|value|"""
    pnl: F8
    """signed: + value (linear), - value (inverse), 0 (rate contract)"""
    key: F8
    """what the tiers are keyed by, per unit of |size|"""
    scale: F8
    """settle asset per unit of tiered charge: 1, or the unit's value where keyed by size"""
    fees: F8
    """charge beside the tiers"""
    base: F8
    """whole charge per unit of |size| in the first tier, fees included"""
    small: F8
    """|size| up to which a position is in its first tier"""


class Slots(NamedTuple):
    """Per slot."""

    contract: U2
    size: F8
    """signed"""
    entry: F8
    """average entry price"""
    code: U2
    big: U8
    """[slots / 64] one bit a slot: it may be above its first tier"""


class Lanes(NamedTuple):
    """Per lane, in its settle asset."""

    cash: F8
    """what supports positions, P&L aside"""
    static: F8
    """cash less the value at entry: the amount is `static + sum(size * unit value)`"""
    charge: F8
    """requirement that does not move with prices"""
    initial: F8
    """initial margin that does not move with prices"""
    scale: F4
    """at least |cash| + sum of values at entry: what roundings are measured against; 0: free"""
    pool: U4
    """pool number; of a free lane the next free one"""
    joint: I4
    """row of `Joints`, -1: the lane is the pool"""
    group: U2
    used: U2
    """slots in use"""
    level: U1
    """watch: thresholds reached at the last look; 5 unknown"""
    queued: U1


class Slices(NamedTuple):
    """Per slice of 64 lanes; `block_lane` is per block of 64 slots: the first lane of its slice."""

    slot: I8
    width: I4
    block_lane: U4


class Joints(NamedTuple):
    """Per joint pool, in its asset."""

    lane: U4
    """head lane"""
    leg: I4
    """first leg; of a free row -1"""
    support: F8
    """added to the margin balance"""
    maintenance: F8
    """requirement that no position carries"""
    initial: F8
    """initial margin of named parts, and of orders at a rate other than their leg's"""


class Legs(NamedTuple):
    """Per leg of a joint pool."""

    lane: U4
    next: I4
    collateral: U2
    beside: F8
    """worth that supports nothing (locked, options): in equity, not in the margin balance"""
    loan: U2
    """kind of loan, 0: none"""
    borrowed: F8
    """what is owed whatever the leg's amount is, in the leg's asset"""
    spare: F8
    """what beside the amount repays before the loan grows; negative: what is kept from repaying"""
    orders: F8
    """initial margin of resting orders in the leg's asset"""
    liability: F8
    """what of the leg is owed: in the wallet balance, not in what supports"""


class Room(NamedTuple):
    """Where there is room, and how much is in use."""

    width: I4
    """[classes] positions a lane of the class can hold, ascending"""
    free: U4
    """[classes] first free lane; the next stands in its `pool`"""
    tally: I8
    """see the names below"""


SLICES, SLOTS, JOINTS, LEGS, FREE_JOINT, FREE_LEG, LANES_USED, POSITIONS = range(8)


class Table(NamedTuple):
    """All tables of terms: small, shared by the whole book, in the first-level cache."""

    contracts: Contracts
    tiers: Tiers
    codes: Codes
    groups: Groups
    collaterals: Collaterals
    haircuts: Haircuts
    loans: Loans
    rates: Tiers
    """rate tables of loans, keyed by quantity or value"""


class Store(NamedTuple):
    """All columns of accounts."""

    slots: Slots
    lanes: Lanes
    slices: Slices
    joints: Joints
    legs: Legs
    room: Room


class SweepColumns(NamedTuple):
    """What a sweep fills, by lane; of joint pools the head lane holds the pool's figures."""

    support: F8
    charge: F8
    initial: F8
    status: U1
    """UNKNOWN is `Status.UNKNOWN.rank`; 128 is added where the guard band was met"""


DOUBT = 128


def empty_slots(count: int) -> Slots:
    """So many empty slots."""
    return Slots(
        np.zeros(count, np.uint16),
        np.zeros(count),
        np.zeros(count),
        np.zeros(count, np.uint16),
        np.zeros((count + LANES - 1) // LANES, np.uint64),
    )


def empty_lanes(count: int) -> Lanes:
    """So many free lanes, in no list yet."""
    return Lanes(
        cash=np.zeros(count),
        static=np.zeros(count),
        charge=np.zeros(count),
        initial=np.zeros(count),
        scale=np.zeros(count, np.float32),
        pool=np.full(count, NONE, np.uint32),
        joint=np.full(count, -1, np.int32),
        group=np.zeros(count, np.uint16),
        used=np.zeros(count, np.uint16),
        level=np.zeros(count, np.uint8),
        queued=np.zeros(count, np.uint8),
    )


def empty_units(contracts: int) -> Units:
    """Room for the unit values of so many contracts."""
    return Units(*(np.zeros(contracts) for _ in Units._fields))


def extended(array: NDArray[Any], count: int) -> NDArray[Any]:
    """The array with room for `count` rows; new rows are 0."""
    grown = np.zeros((count, *array.shape[1:]), array.dtype)
    grown[: len(array)] = array
    return grown

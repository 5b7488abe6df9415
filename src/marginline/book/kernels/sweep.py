"""The kernels of a sweep: every account at given prices, in one pass over the columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from marginline.book.kernels.columns import DOUBT, Store, SweepColumns, Table, Units
from marginline.book.kernels.compiled import claim, distinct, inlined, kernel
from marginline.book.kernels.limits import LANES
from marginline.book.kernels.values import (
    at_rate,
    guard_band,
    in_doubt,
    leg_price,
    leg_value,
    level_of,
    loan_charge,
    look_at_lane,
    near_floor,
    owed,
    scale_of,
    status_of_level,
    tiered_charge,
)
from marginline.formulas import initial_margin_at_rate, tier_requirement, value_linear

PART = 16
"""Slices that a thread takes at a time: a thousand accounts, some ten microseconds."""
_ZERO, _ONE = np.uint64(0), np.uint64(1)

# The lowest bit of a word by one multiplication: each shift of a De Bruijn number has its own top.
_DE_BRUIJN, _TOP = np.uint64(0x03F79D71B4CB0A89), np.uint64(58)
_BIT = np.zeros(64, np.int64)
for _place in range(64):
    _BIT[(0x03F79D71B4CB0A89 << _place & 2**64 - 1) >> 58] = _place


@kernel
def sweep_slices(
    counter: Any,
    last: int,
    store: Store,
    table: Table,
    units: Units,
    initial: bool,
    gross: Any,
    out: SweepColumns,
) -> None:
    """Fill `out` for the lanes of slices up to `last`, part by part as `counter` hands them out.

    A lane's sum runs over its positions in their order, whichever thread takes its part: results
    are equal to the bit for any number of threads.

    Args:
        counter: [1] the next slice, shared by all threads.
        last: the slice after the last one.
        store: the accounts.
        table: the terms.
        units: what a unit of each contract is worth.
        initial: whether initial margin is wanted, too.
        gross: [64], scratch of a thread.
        out: filled.
    """
    first = claim(counter, PART)
    while first < last:
        for here in range(first, min(first + PART, last)):
            sweep_slice(store, table, units, here, gross, out)
            if initial:
                _initial(store, table, units, here, out)
        first = claim(counter, PART)


@inlined
def sweep_slice(
    store: Store, table: Table, units: Units, here: int, gross: Any, out: SweepColumns
) -> bool:
    """Fill `out` for one slice, and `gross`, [64], with the gross value of each lane.

    Returns whether any lane is not clear of its first threshold; the status of all others is 0.
    """
    lanes, groups = store.lanes, table.groups
    width, start, lane = store.slices.width[here], store.slices.slot[here], here * LANES
    supports, charges = out.support[lane : lane + LANES], out.charge[lane : lane + LANES]
    statuses = out.status[lane : lane + LANES]
    for column in range(LANES):
        supports[column], charges[column] = lanes.static[lane + column], lanes.charge[lane + column]
        gross[column], statuses[column] = 0.0, 0
    contracts = store.slots.contract[start : start + LANES * width]
    sizes = store.slots.size[start : start + LANES * width]
    add_positions(width, contracts, sizes, units.pnl, units.base, supports, charges, gross)
    _big_positions(store, table, units, here, out)
    group, scale = lanes.group[lane : lane + LANES], lanes.scale[lane : lane + LANES]
    # Nearly every account is clear of its first threshold; the rest are looked at closely.
    apart = set_apart(
        width, group, scale, groups.threshold, groups.level, supports, charges, gross, statuses
    )
    if apart:
        _statuses(store, table, here, gross, out)
    return apart


@distinct
def add_positions(
    width: int, contracts: Any, sizes: Any, pnl: Any, base: Any, support: Any, charge: Any,
    gross: Any,
) -> None:  # fmt: skip
    """Add the positions of a slice to its lanes, the charge as if all were in their first tier."""
    for row in range(width):
        for column in range(LANES):
            slot = row * LANES + column
            contract, size = contracts[slot], sizes[slot]
            value = value_linear(size, 1.0, pnl[contract])
            support[column] += value
            gross[column] += abs(value)
            charge[column] += tier_requirement(abs(size), base[contract], 0.0)


@distinct
def set_apart(
    width: int, groups: Any, scale: Any, threshold: Any, level: Any, support: Any, charge: Any,
    gross: Any, status: Any,
) -> bool:  # fmt: skip
    """Add 1 to the status of every lane that is not clear of its first threshold; whether any."""
    found = 0
    for column in range(LANES):
        group = groups[column]
        # The band is wider than the sum over its positions needs: room is not always used.
        band = guard_band(width, gross[column] + scale[column])
        clear = threshold[group, 0] * support[column] - charge[column] * level[group] > 2.0 * band
        found |= status[column] | np.uint8(not clear)
        status[column] |= np.uint8(not clear)
    return found != 0


@inlined
def _big_positions(store: Store, table: Table, units: Units, here: int, out: SweepColumns) -> None:
    """Positions above their first tier: the tiered charge in place of the first tier's."""
    slots, slices = store.slots, store.slices
    block = slices.slot[here] // LANES
    for row in range(slices.width[here]):
        bits = slots.big[block + row]
        while bits != _ZERO:
            column = _BIT[((bits & (~bits + _ONE)) * _DE_BRUIJN) >> _TOP]
            slot = (block + row) * LANES + column
            lane = here * LANES + column
            out.charge[lane] += _above_first_tier(store, table, units, slot)
            contract = slots.contract[slot]
            if table.contracts.jumps[contract]:
                key = abs(slots.size[slot]) * units.key[contract]
                if near_floor(table.contracts, table.tiers, contract, key):
                    out.status[lane] = DOUBT
            bits &= bits - _ONE


@inlined
def _above_first_tier(store: Store, table: Table, units: Units, slot: int) -> float:
    contract, size = store.slots.contract[slot], abs(store.slots.size[slot])
    # Also where the flag is set: it is set early, and must never change a bit of the result.
    if size <= units.small[contract]:
        return 0.0
    scale = units.scale[contract]
    if scale == 0.0:
        return 0.0
    tiers, rows = table.tiers, table.contracts.table[contract]
    key = size * units.key[contract]
    own = tiered_charge(tiers, rows, key, scale) + size * units.fees[contract]
    return own - tier_requirement(size, units.base[contract], 0.0)


@inlined
def _statuses(store: Store, table: Table, here: int, gross: Any, out: SweepColumns) -> None:
    """Status of the lanes that were set apart."""
    groups, lanes = table.groups, store.lanes
    for column in range(LANES):
        lane = here * LANES + column
        if out.status[lane] == 0:
            continue
        group, doubt = lanes.group[lane], out.status[lane] >= DOUBT
        support, requirement = out.support[lane], out.charge[lane] * groups.level[group]
        band = guard_band(store.slices.width[here], gross[column] + lanes.scale[lane])
        level = level_of(groups.threshold, groups.strict, group, support, requirement)
        status = status_of_level(groups, group, level)
        if doubt or in_doubt(groups.threshold, group, support, requirement, band):
            status += DOUBT
        out.status[lane] = status


@inlined
def _initial(store: Store, table: Table, units: Units, here: int, out: SweepColumns) -> None:
    slots, slices = store.slots, store.slices
    width, start, lane = slices.width[here], slices.slot[here], here * LANES
    end = start + LANES * width
    initial = out.initial[lane : lane + LANES]
    for column in range(LANES):
        initial[column] = store.lanes.initial[lane + column]
    add_initial(
        width, slots.contract[start:end], slots.size[start:end], slots.code[start:end], units.value,
        table.codes.at_mark, initial,
    )  # fmt: skip


@distinct
def add_initial(
    width: int, contracts: Any, sizes: Any, codes: Any, value: Any, at_mark: Any, initial: Any
) -> None:
    """Add the initial margin at the mark of the positions of a slice to its lanes."""
    for row in range(width):
        for column in range(LANES):
            slot = row * LANES + column
            notional = abs(sizes[slot]) * value[contracts[slot]]
            initial[column] += initial_margin_at_rate(notional, at_mark[codes[slot]])


@kernel
def sweep_joints(
    counter: Any,
    last: int,
    store: Store,
    table: Table,
    units: Units,
    prices: Any,
    initial: bool,
    equity: Any,
    out: SweepColumns,
) -> None:
    """Put the legs of joint pools together, after their lanes were swept.

    Args:
        counter: [1] the next joint pool, shared by all threads.
        last: the joint pool after the last one.
        store: the accounts.
        table: the terms.
        units: what a unit of each contract is worth.
        prices: [rows].
        initial: whether initial margin is wanted, too.
        equity: [joint pools], before haircuts, in the pool's asset.
        out: of the lanes; those of heads become those of their pools.
    """
    first = claim(counter, PART)
    while first < last:
        for joint in range(first, min(first + PART, last)):
            if store.joints.leg[joint] < 0:
                continue
            head = store.joints.lane[joint]
            if initial:
                out.initial[head] = _joint_initial(store, table, prices, joint, out)
            found = look_at_joint(store, table, units, prices, joint)
            out.support[head], out.charge[head], equity[joint], _, out.status[head] = found
        first = claim(counter, PART)


@inlined
def _joint_initial(store: Store, table: Table, prices: Any, joint: int, out: SweepColumns) -> float:
    """Initial margin of a joint pool, before the figures of its head lane become its own."""
    legs, collaterals = store.legs, table.collaterals
    leg, initial = store.joints.leg[joint], store.joints.initial[joint]
    while leg >= 0:
        kind = legs.collateral[leg]
        rate = leg_price(collaterals, kind, prices) * collaterals.requirement[kind]
        initial += at_rate(out.initial[legs.lane[leg]] + legs.orders[leg], rate)
        loan = np.int64(legs.loan[leg])
        if loan > 0:
            coins = owed(legs, table.loans, leg, out.support[legs.lane[leg]])
            initial += loan_charge(
                table.rates, table.loans.initial_table[loan], table.loans.initial_whole[loan],
                table.loans.initial_by_quantity[loan], coins,
                leg_price(collaterals, kind, prices) * table.loans.factor[loan],
            )  # fmt: skip
        leg = legs.next[leg]
    return initial


@inlined
def look_at_joint(
    store: Store, table: Table, units: Units, prices: Any, joint: int
) -> tuple[float, float, float, float, int]:
    """Of a joint pool: support, charge, worth before haircuts, gross value, status (+ DOUBT)."""
    joints, legs, lanes = store.joints, store.legs, store.lanes
    collaterals, groups = table.collaterals, table.groups
    leg, group = joints.leg[joint], np.int64(lanes.group[joints.lane[joint]])
    support, charge = joints.support[joint], joints.maintenance[joint]
    worth, gross, scale = 0.0, 0.0, abs(support) + abs(charge)
    positions, doubt = 0, False
    while leg >= 0:
        lane, kind = np.int64(legs.lane[leg]), np.int64(legs.collateral[leg])
        price = leg_price(collaterals, kind, prices)
        found = look_at_lane(store.slots, lanes, store.slices, table, units, lane, 0.0)
        amount, cash = found[0], lanes.cash[lane]
        near = guard_band(lanes.used[lane] + 4, found[2] + scale_of(lanes, lane))
        support += leg_value(collaterals, table.haircuts, kind, cash, amount, price)
        converted, index = price * collaterals.requirement[kind], price * collaterals.report[kind]
        charge += at_rate(found[1], converted)
        worth += (amount + legs.beside[leg]) * index
        loan = np.int64(legs.loan[leg])
        if loan > 0:
            coins, at = owed(legs, table.loans, leg, amount), price * table.loans.factor[loan]
            charge += loan_charge(
                table.rates, table.loans.table[loan], table.loans.whole[loan],
                table.loans.by_quantity[loan], coins, at,
            )  # fmt: skip
            scale += at_rate(legs.borrowed[leg] + abs(legs.spare[leg]), at)
            left = amount + legs.spare[leg]
            doubt = doubt or loan_in_doubt(table, loan, coins, left, at, near)
        gross += at_rate(found[2], index)
        doubt = doubt or found[5] or leg_in_doubt(table, kind, cash, amount, price, near)
        most = max(price * max(collaterals.positive[kind], collaterals.negative[kind]), index)
        scale += at_rate(found[2] + scale_of(lanes, lane), max(most, converted))
        positions += lanes.used[lane] + 4
        leg = legs.next[leg]
    requirement = charge * groups.level[group]
    level = level_of(groups.threshold, groups.strict, group, support, requirement)
    status = status_of_level(groups, group, level)
    band = guard_band(positions, scale)
    if doubt or in_doubt(groups.threshold, group, support, requirement, band):
        status += DOUBT
    return support, charge, worth, gross, status


@inlined
def leg_in_doubt(
    table: Table, kind: int, cash: float, amount: float, price: float, near: float
) -> bool:
    """Whether roundings could decide at which row of a whole haircut table a leg stands.

    `near`: the guard band of the amount, in the leg's asset.
    """
    collaterals, haircuts = table.collaterals, table.haircuts
    if collaterals.table[kind] < 0 or not collaterals.whole[kind]:
        return False
    x = amount if collaterals.cuts_pnl[kind] else cash
    if not collaterals.by_quantity[kind]:
        x *= price * collaterals.positive[kind]
        near *= price * collaterals.positive[kind]
    of = collaterals.table[kind]
    for row in range(haircuts.first[of] + 1, haircuts.first[of + 1]):
        if abs(x - haircuts.floor[row]) <= 1e-12 * haircuts.floor[row] + near:
            return True
    return False


@inlined
def loan_in_doubt(
    table: Table, loan: int, coins: float, left: float, price: float, near: float
) -> bool:
    """Whether roundings could decide at which row of a loan's table it stands, or that it is one.

    `left`: what the leg has before something is owed; `near`: its guard band.
    """
    loans, rates = table.loans, table.rates
    of = loans.table[loan]
    if of < 0:
        # Nothing is charged on nothing; of anything else nobody knows the charge.
        return loans.follows[loan] != 0 and abs(left) <= near + 1e-15 * abs(coins)
    if not loans.whole[loan]:
        return False
    x = coins if loans.by_quantity[loan] else coins * price
    near *= 1.0 if loans.by_quantity[loan] else price
    for row in range(rates.first[of] + 1, rates.first[of + 1]):
        if abs(x - rates.floor[row]) <= 1e-12 * rates.floor[row] + near:
            return True
    return False


@kernel
def closing_fees(first: int, last: int, store: Store, table: Table, units: Units, out: Any) -> None:
    """Per lane, in its settle asset: what the trigger adds on top of maintenance margin."""
    slots, slices, contracts = store.slots, store.slices, table.contracts
    for here in range(first, last):
        for column in range(LANES):
            total, slot = 0.0, slices.slot[here] + column
            for _ in range(slices.width[here]):
                contract = slots.contract[slot]
                total += (
                    abs(slots.size[slot]) * units.value[contract] * contracts.closing_rate[contract]
                )
                slot += LANES
            out[here * LANES + column] = total


@kernel
def flag_big(first: int, last: int, store: Store, table: Table, contract: int) -> None:
    """Flag the positions that may be above their first tier; contract 0: of every contract."""
    slots, slices = store.slots, store.slices
    for here in range(first, last):
        block = slices.slot[here] // LANES
        for row in range(slices.width[here]):
            bits, bit = slots.big[block + row], _ONE
            for column in range(LANES):
                slot = (block + row) * LANES + column
                if contract == 0 or slots.contract[slot] == contract:
                    if is_big(table, slots.contract[slot], slots.size[slot]):
                        bits = bits | bit
                    else:
                        bits = bits & ~bit
                bit = bit << _ONE
            slots.big[block + row] = bits


@inlined
def is_big(table: Table, contract: int, size: float) -> bool:
    """Whether a position may be above its first tier while prices stay where flags hold."""
    if size == 0.0:
        return False
    contracts, tiers = table.contracts, table.tiers
    first = tiers.first[contracts.table[contract]]
    if tiers.deduction[first] != 0.0:
        return True
    if first + 1 == tiers.first[contracts.table[contract] + 1]:
        return False
    return abs(size) * contracts.big_above[contract] * 1.000001 >= tiers.floor[first + 1]


@kernel
def outgrown(contracts: Any, units: Units, count: int, found: Any) -> int:
    """Contracts whose price is above where the flags of big positions hold; how many."""
    number = 0
    for contract in range(1, count):
        key = units.key[contract]
        if key > contracts.big_above[contract]:
            found[number] = contract
            number += 1
    return number

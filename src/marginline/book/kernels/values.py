"""Kernel helpers: what one position, one lane and one leg come to at given unit values.

Each number is a formula's; what stands here is loops and look-ups.
"""

from __future__ import annotations

from typing import Any

from marginline.book.kernels.columns import (
    AT_ENTRY,
    AT_INDEX,
    INVERSE,
    RATE,
    Collaterals,
    Contracts,
    Groups,
    Haircuts,
    Lanes,
    Legs,
    Loans,
    Slices,
    Slots,
    Table,
    Tiers,
    Units,
)
from marginline.book.kernels.compiled import inlined, kernel
from marginline.book.kernels.limits import GUARD_FACTOR, LANES, ROUNDING, ROUNDINGS_BESIDE
from marginline.formulas import (
    collateral_after_haircut,
    collateral_at_worse_side,
    fee,
    initial_margin_at_rate,
    levels_reached,
    loan_requirement,
    negative_part,
    tier_index,
    tier_requirement,
    value_inverse,
    value_linear,
)

NAN = float("nan")
INFINITY = float("inf")
LEVEL_UNKNOWN = 5
LEVEL_WITHOUT = 6  # nothing is required of a negative support
STATUS_UNKNOWN = 2  # Status.UNKNOWN.rank


@inlined
def finite(number: float) -> bool:
    """Neither infinite nor NaN."""
    return number - number == 0.0


@inlined
def usable(price: float) -> bool:
    """Whether a number can be a price at all: finite and above zero."""
    return finite(price) and price > 0.0


# -- unit values -------------------------------------------------------------------------------


@inlined
def unit_value(contracts: Contracts, contract: int, price: float) -> float:
    """|value| of one unit of size at a price, in the settle asset."""
    if contracts.payoff[contract] == INVERSE:
        return value_inverse(1.0, contracts.unit[contract], price)
    return value_linear(1.0, contracts.unit[contract], price)


@inlined
def price_contract(
    contracts: Contracts, tiers: Tiers, contract: int, price: float, units: Units
) -> None:
    """Fill the unit values of one contract at its instrument's price.

    A rate contract is worth nothing at any price: what it stands for is valued by `leg_price`.
    """
    if contracts.payoff[contract] == RATE:
        units.value[contract] = 0.0
        units.pnl[contract] = 0.0
        units.key[contract] = 0.0
        units.scale[contract] = 0.0
        units.fees[contract] = 0.0
        units.base[contract] = 0.0
        units.small[contract] = INFINITY
        return
    if not usable(price):
        units.value[contract] = NAN
        units.pnl[contract] = NAN
        units.key[contract] = NAN
        units.scale[contract] = NAN
        units.fees[contract] = NAN
        units.base[contract] = NAN
        units.small[contract] = NAN
        return
    value = unit_value(contracts, contract, price)
    charged = value
    if contracts.basis[contract] == AT_INDEX:
        charged = unit_value(contracts, contract, price * contracts.index_ratio[contract])
    fees = fee(value, contracts.closing_rate[contract])
    if contracts.basis[contract] == AT_ENTRY:
        key, scale = 0.0, 0.0
    else:
        fees += fee(charged, contracts.fee_rate[contract])
        if contracts.by_size[contract]:
            key, scale = 1.0, charged
        else:
            key, scale = charged, 1.0
    first, end = tiers.first[contracts.table[contract]], tiers.first[contracts.table[contract] + 1]
    small = INFINITY
    if tiers.deduction[first] != 0.0:
        small = 0.0
    elif first + 1 < end and key > 0.0:
        small = tiers.floor[first + 1] / key
    units.value[contract] = value
    units.pnl[contract] = -value if contracts.payoff[contract] == INVERSE else value
    units.key[contract] = key
    units.scale[contract] = scale
    units.fees[contract] = fees
    units.base[contract] = tier_requirement(key, tiers.rate[first], 0.0) * scale + fees
    units.small[contract] = small


@kernel
def price_contracts(
    contracts: Contracts, tiers: Tiers, count: int, prices: Any, units: Units
) -> None:
    """Fill the unit values of all contracts. `prices`: [instruments], float64."""
    for contract in range(1, count):
        price_contract(contracts, tiers, contract, prices[contracts.instrument[contract]], units)


# -- one position ------------------------------------------------------------------------------


@inlined
def tiered_charge(tiers: Tiers, table: int, key: float, scale: float) -> float:
    """Requirement of a position by its tier table, in the settle asset; NaN below zero."""
    first, end = tiers.first[table], tiers.first[table + 1]
    row = first + tier_index(key, tiers.floor[first:end])
    charge = tier_requirement(key, tiers.rate[row], tiers.deduction[row])
    if charge < 0.0:
        return NAN  # a deduction above the whole requirement: the exact path says so, too
    return charge * scale


@inlined
def near_floor(contracts: Contracts, tiers: Tiers, contract: int, key: float) -> bool:
    """Whether roundings could decide on which side of a jump a position stands."""
    if not contracts.jumps[contract] or contracts.by_size[contract]:
        return False
    table = contracts.table[contract]
    for row in range(tiers.first[table] + 1, tiers.first[table + 1]):
        if abs(key - tiers.floor[row]) <= key * (16.0 * ROUNDING):
            return True
    return False


@inlined
def room_before_jump(contracts: Contracts, tiers: Tiers, contract: int, key: float) -> float:
    """By which factor less 1 the key may grow or shrink before its charge jumps."""
    if not contracts.jumps[contract] or contracts.by_size[contract]:
        return INFINITY
    table = contracts.table[contract]
    first, end = tiers.first[table], tiers.first[table + 1]
    row = first + tier_index(key, tiers.floor[first:end])
    room = INFINITY
    if row + 1 < end:
        room = tiers.floor[row + 1] / key - 1.0
    if row > first:
        room = min(room, key / tiers.floor[row] - 1.0)
    return room


@inlined
def steepness(table: Table, units: Units, contract: int, size: float, charge: float) -> float:
    """How fast the charge may grow per relative move, up to a doubling of the price."""
    contracts, tiers = table.contracts, table.tiers
    if contracts.by_size[contract]:
        return charge
    key = abs(size) * units.key[contract]
    tiers_of = contracts.table[contract]
    first, end = tiers.first[tiers_of], tiers.first[tiers_of + 1]
    reach = key if contracts.jumps[contract] else 2.0 * key
    rate = tiers.rate[first + tier_index(reach, tiers.floor[first:end])]
    return key * rate * units.scale[contract] + abs(size) * units.fees[contract]


# -- one lane ----------------------------------------------------------------------------------


@inlined
def first_slot(slices: Slices, lane: int) -> int:
    """Slot of a lane's first position; the next is 64 further."""
    return slices.slot[lane // LANES] + lane % LANES


@kernel
def restate_lane(slots: Slots, lanes: Lanes, slices: Slices, table: Table, lane: int) -> None:
    """Make what does not move with prices anew from cash, sizes and entry prices.

    Sums are compensated: fills by the million leave no drift beyond that of the cash itself.
    """
    contracts, codes = table.contracts, table.codes
    static, lost = lanes.cash[lane], 0.0
    charge, initial = 0.0, 0.0
    scale = abs(lanes.cash[lane])
    slot = first_slot(slices, lane)
    for _ in range(lanes.used[lane]):
        contract, size = slots.contract[slot], slots.size[slot]
        if size != 0.0 and contracts.payoff[contract] != RATE:
            value = abs(size) * unit_value(contracts, contract, slots.entry[slot])
            paid = -value if (size > 0.0) == (contracts.payoff[contract] != INVERSE) else value
            total = static + paid
            if abs(static) >= abs(paid):
                lost += (static - total) + paid
            else:
                lost += (paid - total) + static
            static = total
            scale += value
            code = slots.code[slot]
            initial += initial_margin_at_rate(value, codes.at_entry[code])
            charge += fee(value, codes.charge_at_entry[code])
            if contracts.basis[contract] == AT_ENTRY:
                if contracts.by_size[contract]:
                    unit = value / abs(size)
                    charge += tiered_charge(table.tiers, contracts.table[contract], abs(size), unit)
                else:
                    charge += tiered_charge(table.tiers, contracts.table[contract], value, 1.0)
                charge += fee(value, contracts.fee_rate[contract])
        slot += LANES
    lanes.static[lane] = static + lost
    lanes.charge[lane] = charge
    lanes.initial[lane] = initial
    # Float32 must not round it down; and a lane in use is told from a free one by its scale.
    lanes.scale[lane] = (scale + charge) * 1.0000002 + 1e-30


@kernel
def look_at_lane(
    slots: Slots,
    lanes: Lanes,
    slices: Slices,
    table: Table,
    units: Units,
    lane: int,
    gentle: float,
) -> tuple[float, float, float, float, float, bool, bool]:
    """Amount, charge, gross value, steepness of the charge, room before a jump, doubt, steep.

    `steep`: a charge may jump, or grow by more than `gentle` times what its position is worth.
    """
    amount, charge = lanes.static[lane], lanes.charge[lane]
    gross, steepest, room, doubt, steep = 0.0, 0.0, INFINITY, False, False
    slot = first_slot(slices, lane)
    for _ in range(lanes.used[lane]):
        contract, size = slots.contract[slot], slots.size[slot]
        value = value_linear(size, 1.0, units.pnl[contract])
        amount += value
        gross += abs(value)
        jumps = table.contracts.jumps[contract] != 0
        if units.scale[contract] == 0.0:
            own = growth = fee(abs(size), units.fees[contract])
        elif 2.0 * abs(size) <= units.small[contract] and not jumps:
            # In its first tier, also at twice the price: one line.
            own = growth = tier_requirement(abs(size), units.base[contract], 0.0)
        else:
            key = abs(size) * units.key[contract]
            own = tiered_charge(
                table.tiers, table.contracts.table[contract], key, units.scale[contract]
            )
            own += fee(abs(size), units.fees[contract])
            growth = steepness(table, units, contract, size, own)
            if jumps:
                room = min(room, room_before_jump(table.contracts, table.tiers, contract, key))
                doubt = doubt or near_floor(table.contracts, table.tiers, contract, key)
                steep = True
        charge += own
        steepest += growth
        steep = steep or growth > gentle * abs(value)
        slot += LANES
    return amount, charge, gross, steepest, room, doubt, steep


# -- one leg of a joint pool -------------------------------------------------------------------


@inlined
def leg_price(collaterals: Collaterals, kind: int, prices: Any) -> float:
    """Price of a leg's asset in the pool's asset; NaN where there is none."""
    row = collaterals.price[kind]
    if row < 0:
        return 1.0
    price = prices[row]
    return price if usable(price) else NAN


@inlined
def scale_of(lanes: Lanes, lane: int) -> float:
    """A lane's scale; 0 of an empty one, whose own is only not 0."""
    scale = lanes.scale[lane]
    return 0.0 if scale < 1e-29 else scale


@inlined
def at_rate(amount: float, rate: float) -> float:
    """An amount at a rate; nothing is worth nothing, also where the rate is not known."""
    return 0.0 if amount == 0.0 else amount * rate


@inlined
def leg_value(
    collaterals: Collaterals,
    haircuts: Haircuts,
    kind: int,
    cash: float,
    amount: float,
    price: float,
) -> float:
    """A leg's share of the margin balance, in the pool's asset: see `core.pool.Leg.value`.

    Args:
        collaterals: the kinds of legs.
        haircuts: their tables.
        kind: the leg's.
        cash: what supports, P&L aside, in the leg's asset.
        amount: the same with P&L.
        price: of the leg's asset.
    """
    pnl = 0.0
    if not collaterals.cuts_pnl[kind]:
        pnl, amount = amount - cash, cash
    positive, negative = price * collaterals.positive[kind], price * collaterals.negative[kind]
    if amount == 0.0:
        value = 0.0
    elif amount < 0.0 or collaterals.table[kind] < 0:
        value = collateral_at_worse_side(amount, positive, negative)
        if amount > 0.0 and not collaterals.supports[kind]:
            value = 0.0
    elif not collaterals.supports[kind]:
        value = 0.0
    else:
        value = _cut(haircuts, collaterals, kind, amount, positive)
    return value + at_rate(pnl, price * collaterals.report[kind])


@inlined
def _cut(
    haircuts: Haircuts, collaterals: Collaterals, kind: int, amount: float, rate: float
) -> float:
    first = haircuts.first[collaterals.table[kind]]
    end = haircuts.first[collaterals.table[kind] + 1]
    return collateral_after_haircut(
        amount, rate, collaterals.by_quantity[kind], collaterals.whole[kind],
        haircuts.floor[first:end], haircuts.ratio[first:end], haircuts.cumulative[first:end],
    )  # fmt: skip


# -- loans -------------------------------------------------------------------------------------


@inlined
def owed(legs: Legs, loans: Loans, leg: int, amount: float) -> float:
    """Coins that a leg's loan is charged on: see `core.figures.PoolFigures.owed`.

    Args:
        legs: the legs.
        loans: the kinds of loans.
        leg: whose asset is owed.
        amount: of the leg, with P&L.
    """
    coins = legs.borrowed[leg]
    if loans.follows[legs.loan[leg]]:
        coins -= negative_part(amount + legs.spare[leg])
    return coins


@inlined
def loan_charge(rates: Tiers, table: int, whole: int, by_quantity: int, coins: float,
                price: float) -> float:  # fmt: skip
    """Requirement of a loan of so many coins, in the pool's asset; NaN where nobody knows it."""
    if coins == 0.0:
        return 0.0
    if table < 0:
        return NAN
    first, end = rates.first[table], rates.first[table + 1]
    return loan_requirement(
        coins, price, by_quantity, whole,
        rates.floor[first:end], rates.rate[first:end], rates.deduction[first:end],
    )  # fmt: skip


# -- levels ------------------------------------------------------------------------------------


@inlined
def level_of(threshold: Any, strict: Any, group: int, support: float, requirement: float) -> int:
    """How many thresholds a pool has reached; 5 unknown, 6 negative with nothing required."""
    if not (finite(support) and finite(requirement)):
        return LEVEL_UNKNOWN
    if requirement == 0.0:
        return 0 if support >= 0.0 else LEVEL_WITHOUT
    return levels_reached(requirement, support, threshold[group], strict[group])


@inlined
def status_of_level(groups: Groups, group: int, level: int) -> int:
    """Rank of the status that a level stands for."""
    if level == LEVEL_UNKNOWN:
        return STATUS_UNKNOWN
    if level == LEVEL_WITHOUT:
        return groups.without_requirement[group]
    return groups.status[group, level]


@inlined
def guard_band(positions: int, scale: float) -> float:
    """How far a health in floats may be from the exact one: see docs/concepts/book.md."""
    return GUARD_FACTOR * (positions + ROUNDINGS_BESIDE) * ROUNDING * scale


@inlined
def in_doubt(threshold: Any, group: int, support: float, requirement: float, band: float) -> bool:
    """Whether roundings could decide the level."""
    if requirement == 0.0:
        return abs(support) < band
    for place in range(4):
        theta = threshold[group, place]
        if abs(requirement - theta * support) < band * (1.0 + theta):
            return True
    return False

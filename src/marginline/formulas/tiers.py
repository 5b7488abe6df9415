"""Requirements that grow with size: tier schedules, marginal and whole.

A marginal schedule charges each slice at its own rate, like an income tax; a whole one charges
the whole position at the rate of the tier it reaches, and so jumps at the edges.
"""

from __future__ import annotations

from collections.abc import Sequence

from marginline.formulas._formula import Number, formula
from marginline.formulas.numbers import larger


@formula(unit="unit of the notional", source="glossary:deduction", sign=">= 0")
def next_deduction(deduction: Number, floor: Number, previous_rate: Number, rate: Number) -> Number:
    """Deduction of a tier from the tier below: `deduction + floor * (rate - previous_rate)`.

    It makes the requirement continuous at the floor. The first tier's deduction is 0.

    Args:
        deduction: deduction of the tier below.
        floor: lower bound of this tier.
        previous_rate: rate of the tier below, a fraction.
        rate: rate of this tier, a fraction.
    """
    return deduction + floor * (rate - previous_rate)


@formula(unit="row, from 0", source="glossary:tier", sign=">= 0")
def tier_index(key: Number, floors: Sequence[Number]) -> int:
    """The row of a tier table: the last whose floor is below the key (floor < key <= cap).

    A key of 0 is in the first row; above the last floor is the last row, without end.

    Args:
        key: what the table is keyed by (notional or size), >= 0.
        floors: lower bounds of the rows, ascending, the first 0; unit of `key`.
    """
    tier = 0
    for candidate in range(1, len(floors)):
        if key > floors[candidate]:
            tier = candidate
    return tier


@formula(unit="unit of the notional", source="glossary:tier", sign=">= 0 inside the tier")
def tier_requirement(notional: Number, rate: Number, deduction: Number) -> Number:
    """Requirement of a position within one tier: `notional * rate - deduction`.

    Args:
        notional: position value, >= 0.
        rate: the tier's rate, a fraction.
        deduction: the tier's deduction, in the unit of `notional`.
    """
    return notional * rate - deduction


@formula(unit="unit of the notional", source="glossary:marginal-tiers", sign=">= 0")
def requirement_marginal(
    notional: Number, rates: Sequence[Number], deductions: Sequence[Number]
) -> Number:
    """Requirement under a marginal schedule, slice by slice.

    The largest of `notional * rate - deduction` over all tiers: the curve is convex, so that
    each tier's line is the highest exactly inside its tier, and no search is needed.

    Args:
        notional: position value, >= 0.
        rates: rate of each tier, a fraction, not falling; at least one.
        deductions: deduction of each tier (`next_deduction`), in the unit of `notional`.
    """
    requirement = tier_requirement(notional, rates[0], deductions[0])
    for tier in range(1, len(rates)):
        line = tier_requirement(notional, rates[tier], deductions[tier])
        requirement = larger(requirement, line)
    return requirement


@formula(unit="unit of the notional", source="glossary:whole-tiers", sign=">= 0")
def requirement_whole(
    notional: Number, key: Number, floors: Sequence[Number], rates: Sequence[Number]
) -> Number:
    """Requirement under a whole schedule: all of the notional at the rate of the tier reached.

    Args:
        notional: position value, >= 0.
        key: what the table is keyed by, >= 0: the notional again, or the size.
        floors: lower bounds of the tiers, ascending, the first 0; unit of `key`.
        rates: rate of each tier, a fraction.
    """
    return notional * rates[tier_index(key, floors)]


@formula(unit="valuation asset", source="glossary:borrow-initial-margin", sign=">= 0")
def loan_requirement(  # noqa: PLR0917 - kernels call by position
    coins: Number,
    price: Number,
    by_quantity: int,
    whole: int,
    floors: Sequence[Number],
    rates: Sequence[Number],
    deductions: Sequence[Number],
) -> Number:
    """Requirement of a loan, initial or maintenance, whichever way the venue's table is read.

    Args:
        coins: what is owed, >= 0, in the asset.
        price: valuation asset per coin.
        by_quantity: 1 where the table is keyed by the coins, 0 where by their value.
        whole: 1 where all of it is at the rate of the tier reached, 0 where slice by slice.
        floors: lower bounds of the tiers, ascending, the first 0.
        rates: rate of each tier, a fraction.
        deductions: deduction of each tier (`next_deduction`); not read where `whole`.
    """
    x = coins * price
    if by_quantity:
        x = coins
    if whole:
        charge = requirement_whole(x, x, floors, rates)
    else:
        charge = requirement_marginal(x, rates, deductions)
    if by_quantity:
        return charge * price
    return charge

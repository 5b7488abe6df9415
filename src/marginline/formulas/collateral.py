"""What collateral counts for: slices that count less and less, and debts that count in full."""

from __future__ import annotations

from collections.abc import Sequence

from marginline.formulas._formula import Number, formula
from marginline.formulas.numbers import smaller
from marginline.formulas.tiers import tier_index


@formula(unit="unit of the value", source="glossary:collateral-tiers", sign=">= 0")
def next_cumulative(
    cumulative: Number, floor: Number, previous_ratio: Number, ratio: Number
) -> Number:
    """Cumulative of a collateral tier: `cumulative + floor * (previous_ratio - ratio)`.

    What the slices below count for beyond this tier's own ratio; the first tier's is 0.

    Args:
        cumulative: cumulative of the tier below.
        floor: lower bound of this tier.
        previous_ratio: collateral ratio of the tier below, a fraction.
        ratio: collateral ratio of this tier, a fraction.
    """
    return cumulative + floor * (previous_ratio - ratio)


@formula(unit="unit of the value", source="glossary:collateral-value", sign=">= 0")
def collateral_slices(
    value: Number, ratios: Sequence[Number], cumulatives: Sequence[Number]
) -> Number:
    """Collateral value, slice by slice: each slice of the value at its own ratio.

    The smallest of `value * ratio + cumulative` over all tiers: the curve is concave, so that
    each tier's line is the lowest exactly inside its tier, and no search is needed.

    Args:
        value: value (or quantity, if the tiers are in quantity) before the haircut, >= 0.
        ratios: collateral ratio of each tier, a fraction, not rising; at least one.
        cumulatives: cumulative of each tier (`next_cumulative`), in the unit of `value`.
    """
    counted = value * ratios[0] + cumulatives[0]
    for tier in range(1, len(ratios)):
        counted = smaller(counted, value * ratios[tier] + cumulatives[tier])
    return counted


@formula(unit="valuation asset", source="glossary:collateral-value", sign="sign of the amount")
def collateral_at_worse_side(
    amount: Number, rate_positive: Number, rate_negative: Number
) -> Number:
    """Value of an asset at the side that is worse for its holder.

    What he has is sold at `rate_positive` (bid), what he owes is bought at `rate_negative` (ask).

    Args:
        amount: amount of the asset, a debt < 0.
        rate_positive: valuation asset per unit that he has, at or below `rate_negative`.
        rate_negative: valuation asset per unit that he owes.
    """
    if amount < 0:
        return amount * rate_negative
    return amount * rate_positive


@formula(unit="unit of the value", source="glossary:collateral-value", sign=">= 0")
def collateral_whole(
    value: Number, key: Number, floors: Sequence[Number], ratios: Sequence[Number]
) -> Number:
    """Collateral value, all of it at the ratio of the tier reached.

    Args:
        value: value before the haircut, >= 0.
        key: what the table is keyed by, >= 0: the value again, or the quantity.
        floors: lower bounds of the tiers, ascending, the first 0; unit of `key`.
        ratios: collateral ratio of each tier, a fraction.
    """
    return value * ratios[tier_index(key, floors)]


@formula(unit="valuation asset", source="glossary:collateral-value", sign=">= 0")
def collateral_after_haircut(  # noqa: PLR0917 - kernels call by position
    amount: Number,
    rate: Number,
    by_quantity: int,
    whole: int,
    floors: Sequence[Number],
    ratios: Sequence[Number],
    cumulatives: Sequence[Number],
) -> Number:
    """What an amount counts for after its haircut, whichever way the venue's table is read.

    Args:
        amount: amount of the asset, >= 0.
        rate: valuation asset per unit.
        by_quantity: 1 where the table is keyed by the amount, 0 where by its value.
        whole: 1 where all of it is at the ratio of the tier reached, 0 where slice by slice.
        floors: lower bounds of the tiers, ascending, the first 0.
        ratios: collateral ratio of each tier, a fraction.
        cumulatives: cumulative of each tier (`next_cumulative`); not read where `whole`.
    """
    x = amount * rate
    if by_quantity:
        x = amount
    if whole:
        counted = collateral_whole(x, x, floors, ratios)
    else:
        counted = collateral_slices(x, ratios, cumulatives)
    if by_quantity:
        return counted * rate
    return counted

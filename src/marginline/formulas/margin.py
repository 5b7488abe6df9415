"""Initial margin of positions and orders, and the figures that compare support with need."""

from __future__ import annotations

from collections.abc import Sequence

from marginline.formulas._formula import Number, formula
from marginline.formulas.numbers import larger, negative_part


@formula(unit="unit of the notional", source="glossary:initial-margin", sign=">= 0")
def initial_margin(notional: Number, leverage: Number) -> Number:
    """Collateral to open a position at a chosen leverage: `notional / leverage`.

    Args:
        notional: position or order value, >= 0.
        leverage: chosen leverage, > 0 (10 is 10x).
    """
    return notional / leverage


@formula(unit="unit of the notional", source="glossary:initial-margin", sign=">= 0")
def initial_margin_at_rate(notional: Number, rate: Number) -> Number:
    """Collateral to open a position at an initial margin rate: `notional * rate`.

    Args:
        notional: position or order value, >= 0.
        rate: initial margin rate, a fraction (0.01 is 1 %).
    """
    return notional * rate


@formula(unit="unit of the position", source="glossary:order-initial-margin", sign=">= 0")
def netted_order_exposure(position: Number, bids: Number, asks: Number) -> Number:
    """What position and resting orders can become: `max(|position + bids|, |position - asks|)`.

    The worse of "all bids fill" and "all asks fill". Orders against the position cost nothing
    up to twice its size.

    Args:
        position: signed value of the position, at the mark.
        bids: value of the resting buy orders, >= 0.
        asks: value of the resting sell orders, >= 0.
    """
    return larger(abs(position + bids), abs(position - asks))


@formula(unit="settle asset", source="glossary:open-loss", sign=">= 0")
def open_order_loss(
    quantity: Number,
    contract_size: Number,
    direction: int,
    mark_price: Number,
    order_price: Number,
) -> Number:
    """What a linear order loses against the mark the moment it fills; 0 if it would gain.

    `quantity * contract_size * |min(0, direction * (mark_price - order_price))|`

    Args:
        quantity: unsigned size of the order.
        contract_size: coins per unit of `quantity`, > 0.
        direction: 1 buys, -1 sells.
        mark_price: mark price.
        order_price: price at which the order is assumed to fill.
    """
    return quantity * contract_size * abs(negative_part(direction * (mark_price - order_price)))


@formula(unit="settle asset", source="glossary:order-cost", sign=">= 0")
def order_cost(initial_margin: Number, open_loss: Number) -> Number:
    """What an order takes from the available balance: `initial_margin + open_loss`."""
    return initial_margin + open_loss


@formula(unit="fraction", source="glossary:margin-ratio", sign="liquidation at 1")
def margin_ratio(requirement: Number, support: Number) -> Number:
    """How much of the support is needed: `requirement / support`. Liquidation at 1.

    Args:
        requirement: maintenance margin and what the venue adds to it, >= 0.
        support: what stands against it, > 0. At or below 0 there is no ratio: the caller asks
            first, because a ratio of a negative support would look safe.
    """
    return requirement / support


@formula(unit="number of levels", source="glossary:margin-ratio", sign=">= 0")
def levels_reached(
    requirement: Number, support: Number, levels: Sequence[Number], strict: Sequence[int]
) -> int:
    """How many levels of the margin ratio a pool has reached: what its status is decided by.

    Multiplied, not divided: `requirement` against `level * support`, so that no rounding of a ratio
    decides, and a support at or below 0 has reached every level.

    Args:
        requirement: maintenance margin and what the venue adds to it, > 0.
        support: what stands against it.
        levels: margin ratios, ascending: watch, margin call, the line.
        strict: 1 for each level that must be passed, 0 where meeting it is enough.
    """
    reached = 0
    for place in range(len(levels)):
        line = levels[place] * support
        if requirement > line or (requirement == line and not strict[place]):
            reached = place + 1
    return reached


@formula(unit="settle asset", source="glossary:available-margin", sign="negative is a shortfall")
def available_margin(support: Number, initial_margin: Number) -> Number:
    """What is left for new positions: `support - initial_margin`. Venues differ in flooring it."""
    return support - initial_margin


@formula(unit="unit of the value", source="glossary:haircut", sign=">= 0")
def haircut(value: Number, ratio: Number) -> Number:
    """What of a collateral's value does not count: `value * (1 - ratio)`.

    Args:
        value: value before the haircut, >= 0.
        ratio: collateral ratio, a fraction (0.95 counts 95 %).
    """
    return value * (1 - ratio)

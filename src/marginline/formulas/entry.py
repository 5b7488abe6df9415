"""Average entry prices, and what a fill does to them and to the realized P&L."""

from __future__ import annotations

from collections.abc import Sequence

from marginline.formulas._formula import Number, formula
from marginline.formulas.numbers import zero_of
from marginline.formulas.pnl import unrealized_pnl_inverse, unrealized_pnl_linear


@formula(unit="price", source="glossary:entry-price", sign="> 0")
def average_entry_arithmetic(quantities: Sequence[Number], prices: Sequence[Number]) -> Number:
    """Average entry price of linear fills: `sum(quantity * price) / sum(quantity)`.

    Args:
        quantities: sizes of fills of one direction, not all 0; at least one.
        prices: one price per fill.
    """
    quantity = quantities[0]
    cost = quantities[0] * prices[0]
    for fill in range(1, len(quantities)):
        quantity = quantity + quantities[fill]
        cost = cost + quantities[fill] * prices[fill]
    return cost / quantity


@formula(unit="price", source="glossary:entry-price", sign="> 0")
def average_entry_harmonic(quantities: Sequence[Number], prices: Sequence[Number]) -> Number:
    """Average entry price of inverse fills: `sum(quantity) / sum(quantity / price)`.

    Harmonic, because the P&L of an inverse contract is linear in 1/price.

    Args:
        quantities: contracts of fills of one direction, not all 0; at least one.
        prices: one price per fill, > 0.
    """
    quantity = quantities[0]
    coins = quantities[0] / prices[0]
    for fill in range(1, len(quantities)):
        quantity = quantity + quantities[fill]
        coins = coins + quantities[fill] / prices[fill]
    return quantity / coins


@formula(unit="price", source="glossary:entry-price", sign=">= 0; 0 is flat")
def entry_after_fill_linear(
    size: Number, entry_price: Number, fill_size: Number, fill_price: Number
) -> Number:
    """Entry price of a linear position after one more fill.

    Increase: average by size. Reduce: unchanged. Flip, or opened from flat: the fill's price.
    Closed to flat: 0, as venues print it.

    Args:
        size: signed size before the fill; 0 is flat, and then `entry_price` is not read.
        entry_price: average entry price before the fill.
        fill_size: signed size of the fill, buy > 0.
        fill_price: its price.
    """
    new_size = size + fill_size
    if new_size == 0:
        return zero_of(fill_price)
    if size * fill_size > 0:
        return (size * entry_price + fill_size * fill_price) / new_size
    if abs(fill_size) > abs(size):
        return fill_price
    return entry_price


@formula(unit="price", source="glossary:entry-price", sign=">= 0; 0 is flat")
def entry_after_fill_inverse(
    size: Number, entry_price: Number, fill_size: Number, fill_price: Number
) -> Number:
    """Entry price of an inverse position after one more fill.

    As `entry_after_fill_linear`, but an increase averages 1/price: contracts per coin.

    Args:
        size: signed contracts before the fill; 0 is flat, and then `entry_price` is not read.
        entry_price: average entry price before the fill, > 0 unless flat.
        fill_size: signed contracts of the fill, buy > 0.
        fill_price: its price, > 0.
    """
    new_size = size + fill_size
    if new_size == 0:
        return zero_of(fill_price)
    if size * fill_size > 0:
        return new_size / (size / entry_price + fill_size / fill_price)
    if abs(fill_size) > abs(size):
        return fill_price
    return entry_price


@formula(unit="size", source="glossary:realized-pnl", sign="sign of the position that is closed")
def size_closed_by_fill(size: Number, fill_size: Number) -> Number:
    """How much of a position a fill closes, with the sign of the position; 0 if it closes none.

    Args:
        size: signed size before the fill.
        fill_size: signed size of the fill, buy > 0.
    """
    if size * fill_size >= 0:
        return zero_of(size)
    if abs(fill_size) > abs(size):
        return size
    return -fill_size


@formula(unit="settle asset", source="glossary:realized-pnl", sign="profit > 0")
def realized_pnl_of_fill_linear(
    size: Number,
    contract_size: Number,
    entry_price: Number,
    fill_size: Number,
    fill_price: Number,
) -> Number:
    """Realized P&L of one fill on a linear position, fees apart.

    `closed * contract_size * (fill_price - entry_price)`, where `closed` is the part of the
    position that the fill closes; 0 if it opens or adds.

    Args:
        size: signed size before the fill.
        contract_size: coins per unit of `size`, > 0.
        entry_price: average entry price before the fill.
        fill_size: signed size of the fill, buy > 0.
        fill_price: its price.
    """
    closed = size_closed_by_fill(size, fill_size)
    return unrealized_pnl_linear(closed, contract_size, entry_price, fill_price)


@formula(unit="settle asset (coin)", source="glossary:realized-pnl", sign="profit > 0")
def realized_pnl_of_fill_inverse(
    size: Number,
    face: Number,
    entry_price: Number,
    fill_size: Number,
    fill_price: Number,
) -> Number:
    """Realized P&L of one fill on an inverse position, in coins, fees apart.

    `closed * face * (1/entry_price - 1/fill_price)`; 0 if the fill opens or adds.

    Args:
        size: signed contracts before the fill.
        face: quote currency per contract, > 0.
        entry_price: average entry price before the fill; not read when nothing is closed.
        fill_size: signed contracts of the fill, buy > 0.
        fill_price: its price, > 0.
    """
    closed = size_closed_by_fill(size, fill_size)
    if closed == 0:
        return closed
    return unrealized_pnl_inverse(closed, face, entry_price, fill_price)

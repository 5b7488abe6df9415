"""Profit and loss of an open position against its entry price."""

from __future__ import annotations

from marginline.formulas._formula import Number, formula


@formula(unit="settle asset", source="glossary:unrealized-pnl", sign="profit > 0")
def unrealized_pnl_linear(
    size: Number, contract_size: Number, entry_price: Number, price: Number
) -> Number:
    """Unrealized P&L of a linear position: `size * contract_size * (price - entry_price)`.

    Args:
        size: signed size in coins or contracts.
        contract_size: coins per unit of `size`, > 0.
        entry_price: average entry price.
        price: the price to value at, usually the mark.
    """
    return size * contract_size * (price - entry_price)


@formula(unit="settle asset (coin)", source="glossary:unrealized-pnl", sign="profit > 0")
def unrealized_pnl_inverse(
    size: Number, face: Number, entry_price: Number, price: Number
) -> Number:
    """Unrealized P&L of an inverse position, in coins: `size * face * (1/entry_price - 1/price)`.

    Args:
        size: signed size in contracts.
        face: quote currency per contract, > 0.
        entry_price: average entry price, > 0.
        price: the price to value at, > 0.
    """
    # Over one denominator: the difference of two close reciprocals would lose digits.
    return size * face * (price - entry_price) / (entry_price * price)


@formula(unit="settle asset", source="glossary:unrealized-pnl", sign="profit > 0")
def unrealized_pnl_quanto(
    size: Number, multiplier: Number, entry_price: Number, price: Number
) -> Number:
    """Unrealized P&L of a quanto position: `size * multiplier * (price - entry_price)`.

    Args:
        size: signed size in contracts.
        multiplier: settle asset per contract and unit of price, > 0.
        entry_price: average entry price.
        price: the price to value at, usually the mark.
    """
    return size * multiplier * (price - entry_price)

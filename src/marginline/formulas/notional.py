"""What a position is worth, by payoff: signed value, and notional without the sign.

A linear contract pays per unit of price, an inverse one per unit of 1/price (its face is in the
quote currency, its value in coins), a quanto one pays a fixed multiplier of a third asset.
"""

from __future__ import annotations

from marginline.formulas._formula import Number, formula


@formula(unit="settle asset", source="glossary:position-value", sign="long > 0, short < 0")
def value_linear(size: Number, contract_size: Number, price: Number) -> Number:
    """Signed value of a linear position: `size * contract_size * price`.

    Args:
        size: signed size in coins or contracts.
        contract_size: coins per unit of `size`, > 0.
        price: settle asset per coin.
    """
    return size * contract_size * price


@formula(unit="settle asset (coin)", source="glossary:position-value", sign="long > 0, short < 0")
def value_inverse(size: Number, face: Number, price: Number) -> Number:
    """Signed value of an inverse position in coins: `size * face / price`.

    Args:
        size: signed size in contracts.
        face: quote currency per contract, > 0.
        price: quote currency per coin, > 0.
    """
    return size * face / price


@formula(unit="settle asset", source="glossary:position-value", sign="long > 0, short < 0")
def value_quanto(size: Number, multiplier: Number, price: Number) -> Number:
    """Signed value of a quanto position: `size * multiplier * price`.

    Args:
        size: signed size in contracts.
        multiplier: settle asset per contract and unit of price, > 0.
        price: quote currency per coin; the settle asset is neither of the two.
    """
    return size * multiplier * price


@formula(unit="settle asset", source="glossary:notional", sign=">= 0")
def notional_linear(size: Number, contract_size: Number, price: Number) -> Number:
    """Notional of a linear position: `|size| * contract_size * price`."""
    return abs(value_linear(size, contract_size, price))


@formula(unit="settle asset (coin)", source="glossary:notional", sign=">= 0")
def notional_inverse(size: Number, face: Number, price: Number) -> Number:
    """Notional of an inverse position in coins: `|size| * face / price`; a higher price, less."""
    return abs(value_inverse(size, face, price))


@formula(unit="settle asset", source="glossary:notional", sign=">= 0")
def notional_quanto(size: Number, multiplier: Number, price: Number) -> Number:
    """Notional of a quanto position: `|size| * multiplier * price`."""
    return abs(value_quanto(size, multiplier, price))

"""Trading fees, and the fee that a venue sets aside for closing a position."""

from __future__ import annotations

from marginline.formulas._formula import Number, formula


@formula(unit="unit of the notional", source="glossary:fee", sign="> 0 is a cost")
def fee(notional: Number, rate: Number) -> Number:
    """Fee of a trade: `notional * rate`. A negative rate is a rebate.

    Args:
        notional: value traded, at the fill price, >= 0.
        rate: fee rate, a fraction (0.0005 is 0.05 %).
    """
    return notional * rate


@formula(unit="settle asset", source="glossary:closing-fee", sign=">= 0")
def close_fee_at_bankruptcy_linear(  # noqa: PLR0917 - kernels call by position
    quantity: Number,
    contract_size: Number,
    entry_price: Number,
    leverage: Number,
    rate: Number,
    side: int,
) -> Number:
    """Fee to close a linear position at its isolated bankruptcy price.

    `quantity * contract_size * entry_price * (leverage - side) * rate / leverage`

    Args:
        quantity: unsigned size.
        contract_size: coins per unit of `quantity`, > 0.
        entry_price: average entry price.
        leverage: chosen leverage, >= 1 for a long.
        rate: taker fee rate, a fraction.
        side: 1 long, -1 short.
    """
    return fee(quantity * contract_size * entry_price * (leverage - side), rate) / leverage


@formula(unit="settle asset (coin)", source="glossary:closing-fee", sign=">= 0")
def close_fee_at_bankruptcy_inverse(  # noqa: PLR0917 - kernels call by position
    quantity: Number,
    face: Number,
    entry_price: Number,
    leverage: Number,
    rate: Number,
    side: int,
) -> Number:
    """Fee to close an inverse position at its isolated bankruptcy price, in coins.

    `quantity * face * (leverage + side) * rate / (entry_price * leverage)`: the bankruptcy price of
    a long is `entry_price * leverage / (leverage + 1)`.

    Args:
        quantity: unsigned contracts.
        face: quote currency per contract, > 0.
        entry_price: average entry price, > 0.
        leverage: chosen leverage, >= 1 for a short.
        rate: taker fee rate, a fraction.
        side: 1 long, -1 short.
    """
    return fee(quantity * face * (leverage + side), rate) / (entry_price * leverage)

"""Closed forms for one leg in one tier, to check the general solver against.

All return 0 where nothing can move the balance (no size, or a vanished slope), and may return a
negative number. **A result <= 0 means that no such price exists**: the balance is on one side of
the line at every price, and its sign at any price says on which.
"""

from __future__ import annotations

from marginline.formulas._formula import Number, formula
from marginline.formulas.numbers import zero_of


@formula(unit="price", source="glossary:liquidation-price", sign="<= 0: none exists")
def liquidation_price_linear(  # noqa: PLR0917 - kernels call by position
    size: Number,
    contract_size: Number,
    entry_price: Number,
    cash: Number,
    rate: Number,
    deduction: Number,
) -> Number:
    """Liquidation price of one linear leg: where support meets maintenance margin.

    Root of `cash + contract_size * size * (P - entry_price) = contract_size * |size| * P * rate -
    deduction`. Right only if `rate` and `deduction` belong to the tier of the notional at P.

    Args:
        size: signed size in coins or contracts.
        contract_size: coins per unit of `size`, > 0.
        entry_price: average entry price.
        cash: wallet balance - maintenance margin and + unrealized P&L of the pool's other legs.
        rate: maintenance rate, a fraction.
        deduction: deduction of the tier, settle asset.
    """
    slope = contract_size * (size - abs(size) * rate)
    if slope == 0:
        return zero_of(entry_price)
    return (contract_size * size * entry_price - cash - deduction) / slope


@formula(unit="price", source="glossary:liquidation-price", sign="<= 0: none exists")
def liquidation_price_inverse(  # noqa: PLR0917 - kernels call by position
    size: Number,
    face: Number,
    entry_price: Number,
    cash: Number,
    rate: Number,
    deduction: Number,
) -> Number:
    """Liquidation price of one inverse leg: where support meets maintenance margin, in coins.

    Root of `cash + face * size * (1/entry_price - 1/P) = face * |size| / P * rate - deduction`.
    A short whose coins cover its face has none.

    Args:
        size: signed size in contracts.
        face: quote currency per contract, > 0.
        entry_price: average entry price, > 0.
        cash: wallet balance - maintenance margin and + unrealized P&L of the pool's other legs.
        rate: maintenance rate, a fraction.
        deduction: deduction of the tier, coins.
    """
    support = cash + deduction + face * size / entry_price
    if support == 0:
        return zero_of(entry_price)
    return face * (size + abs(size) * rate) / support


@formula(unit="price", source="glossary:bankruptcy-price", sign="<= 0: none exists")
def bankruptcy_price_linear(
    size: Number, contract_size: Number, entry_price: Number, cash: Number
) -> Number:
    """Bankruptcy price of one linear leg: where its loss has eaten its cash.

    `entry_price - cash / (size * contract_size)`

    Args:
        size: signed size in coins or contracts; 0 gives 0.
        contract_size: coins per unit of `size`, > 0.
        entry_price: average entry price.
        cash: what stands behind the leg, settle asset.
    """
    if size == 0:
        return zero_of(entry_price)
    return entry_price - cash / (size * contract_size)


@formula(unit="price", source="glossary:bankruptcy-price", sign="<= 0: none exists")
def bankruptcy_price_inverse(
    size: Number, face: Number, entry_price: Number, cash: Number
) -> Number:
    """Bankruptcy price of one inverse leg: where its loss has eaten its coins.

    `size * face / (cash + size * face / entry_price)`, the root of
    `cash + size * face * (1/entry_price - 1/P) = 0`.

    Args:
        size: signed size in contracts; 0 gives 0.
        face: quote currency per contract, > 0.
        entry_price: average entry price, > 0.
        cash: what stands behind the leg, coins.
    """
    contracts = size * face
    support = cash + contracts / entry_price
    if support == 0:
        return zero_of(entry_price)
    return contracts / support


@formula(unit="price", source="glossary:call-price", sign="<= 0: none exists")
def call_price(
    settle_price: Number,
    size: Number,
    contract_size: Number,
    equity: Number,
    maintenance: Number,
) -> Number:
    """Settlement price at which equity meets a maintenance that does not move with price.

    `settle_price - (equity - maintenance) / (size * contract_size)`

    Args:
        settle_price: last settlement price, at which `equity` stands.
        size: signed contracts; 0 gives 0.
        contract_size: coins per contract, > 0.
        equity: equity at `settle_price`, settle asset.
        maintenance: maintenance margin, an amount, settle asset.
    """
    # The call comes when all that exceeds the maintenance is eaten.
    return bankruptcy_price_linear(size, contract_size, settle_price, equity - maintenance)


@formula(unit="price", source="glossary:break-even-price", sign="<= 0: none exists")
def break_even_linear(
    entry_price: Number, size: Number, contract_size: Number, fees: Number
) -> Number:
    """Break-even price of a linear position: where its P&L has earned its fees. No funding in it.

    `entry_price - fees / (size * contract_size)`

    Args:
        entry_price: average entry price.
        size: signed size in coins or contracts; 0 gives 0.
        contract_size: coins per unit of `size`, > 0.
        fees: cash flow of the fees, paid < 0, settle asset.
    """
    # The same root: `fees + P&L = 0`.
    return bankruptcy_price_linear(size, contract_size, entry_price, fees)


@formula(unit="price", source="glossary:break-even-price", sign="<= 0: none exists")
def break_even_inverse(entry_price: Number, size: Number, face: Number, fees: Number) -> Number:
    """Break-even price of an inverse position: where its P&L has earned its fees.

    `size * face / (fees + size * face / entry_price)`

    Args:
        entry_price: average entry price, > 0.
        size: signed size in contracts; 0 gives 0.
        face: quote currency per contract, > 0.
        fees: cash flow of the fees, paid < 0, coins.
    """
    return bankruptcy_price_inverse(size, face, entry_price, fees)

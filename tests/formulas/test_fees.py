"""Trading fees and closing fees."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given

from marginline.formulas import (
    bankruptcy_price_inverse,
    bankruptcy_price_linear,
    close_fee_at_bankruptcy_inverse,
    close_fee_at_bankruptcy_linear,
    fee,
    initial_margin,
    notional_inverse,
    notional_linear,
)
from tests.formulas.draw import contract_sizes, decimals, factors, prices, quantities, rates

D = Decimal
leverages = decimals(2, 125, 1)


@pytest.mark.parametrize(
    ("notional", "rate", "expected"),
    [
        # Bybit help Order-Cost-USDT-Contract.
        pytest.param("50_000", "0.00055", "27.5", id="Bybit order cost, open fee"),
        pytest.param("60_000", "-0.0001", "-6", id="a rebate is a negative fee, derived"),
    ],
)
def test_fee(notional: str, rate: str, expected: str) -> None:
    assert fee(D(notional), D(rate)) == D(expected)


@pytest.mark.parametrize(
    ("quantity", "side", "expected"),
    [
        # Bybit help on the new margin calculation (2025-07-14): 0.5 BTC at 50,000, 10x, 0.055 %.
        pytest.param("0.5", 1, "12.375", id="Bybit long 0.5 BTC"),
        # Bybit help Order-Cost-USDT-Contract: 1 BTC.
        pytest.param("1", 1, "24.75", id="Bybit long 1 BTC"),
        pytest.param("1", -1, "30.25", id="short: the bankruptcy price is above, derived"),
    ],
)
def test_close_fee_at_bankruptcy_linear(quantity: str, side: int, expected: str) -> None:
    arguments = D(quantity), D(1), D(50_000), D(10), D("0.00055")
    assert close_fee_at_bankruptcy_linear(*arguments, side) == D(expected)


@pytest.mark.parametrize(
    ("side", "expected"),
    [
        # Bybit inverse: Q / P * (1 + 1/L) * f long, (1 - 1/L) short; figures made up.
        pytest.param(1, "0.00121", id="long"),
        pytest.param(-1, "0.00099", id="short"),
    ],
)
def test_close_fee_at_bankruptcy_inverse(side: int, expected: str) -> None:
    arguments = D(1_000), D(100), D(50_000), D(10), D("0.00055")
    assert close_fee_at_bankruptcy_inverse(*arguments, side) == D(expected)


@given(quantity=quantities, size=contract_sizes, entry=prices, leverage=leverages, rate=rates)
def test_closing_fee_is_the_fee_at_the_isolated_bankruptcy_price(
    quantity: Fraction, size: Fraction, entry: Fraction, leverage: Fraction, rate: Fraction
) -> None:
    for side in (1, -1):
        cash = initial_margin(notional_linear(quantity, size, entry), leverage)
        price = bankruptcy_price_linear(side * quantity, size, entry, cash)
        expected = fee(notional_linear(quantity, size, price), rate)
        closing = close_fee_at_bankruptcy_linear(quantity, size, entry, leverage, rate, side)
        assert closing == expected

        cash = initial_margin(notional_inverse(quantity, size, entry), leverage)
        price = bankruptcy_price_inverse(side * quantity, size, entry, cash)
        expected = fee(notional_inverse(quantity, size, price), rate)
        closing = close_fee_at_bankruptcy_inverse(quantity, size, entry, leverage, rate, side)
        assert closing == expected


@given(quantity=quantities, size=contract_sizes, entry=prices, leverage=leverages, k=factors)
def test_closing_fee_scales_with_quantity_and_rate(
    quantity: Fraction, size: Fraction, entry: Fraction, leverage: Fraction, k: Fraction
) -> None:
    rate = Fraction(1, 2_000)
    for closing in (close_fee_at_bankruptcy_linear, close_fee_at_bankruptcy_inverse):
        once = closing(quantity, size, entry, leverage, rate, 1)
        assert closing(k * quantity, size, entry, leverage, rate, 1) == k * once
        assert closing(quantity, size, entry, leverage, k * rate, 1) == k * once

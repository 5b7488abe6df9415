"""Position value and notional."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given

from marginline.formulas import (
    notional_inverse,
    notional_linear,
    notional_quanto,
    value_inverse,
    value_linear,
    value_quanto,
)
from tests.formulas.draw import contract_sizes, factors, prices, sizes

D = Decimal


@pytest.mark.parametrize(
    ("size", "contract_size", "price", "expected"),
    [
        # BitMEX guide: 1e6 USDT at 5,000 with 1e-6 USDT a contract is 200,000,000 contracts.
        pytest.param(D(200_000_000), D("1e-6"), D(5_000), D(1_000_000), id="BitMEX guide, linear"),
        # ccxt 4.4.90 bitmex.py: 2,000 ETHUSDT contracts of 10 USDt at 1,963, in USDt.
        pytest.param(D(2_000), D(10), D(1_963), D(39_260_000), id="BitMEX ETHUSDT payload, USDt"),
        pytest.param(D(-1), D("0.01"), D(60_000), D(-600), id="OKX BTC-USDT-SWAP, short, derived"),
        pytest.param(D(0), D(1), D(60_000), D(0), id="flat"),
    ],
)
def test_value_linear(size: D, contract_size: D, price: D, expected: D) -> None:
    assert value_linear(size, contract_size, price) == expected
    assert notional_linear(size, contract_size, price) == abs(expected)


@pytest.mark.parametrize(
    ("size", "face", "price", "expected"),
    [
        # Binance COIN-M leverage and margin: 0.4 BTC.
        pytest.param(D(100), D(100), D(25_000), D("0.4"), id="Binance COIN-M, 100 contracts"),
        # OKX instruments: ctVal 10 USD of ETH-USD.
        pytest.param(D(-1_000), D(10), D(2_500), D(-4), id="OKX ETH-USD, short, derived"),
        # Kraken futures, single-collateral liquidation example.
        pytest.param(D(1_000), D(1), D(8_000), D("0.125"), id="Kraken example 1,000 @ 8,000"),
        pytest.param(D(0), D(100), D(25_000), D(0), id="flat"),
    ],
)
def test_value_inverse(size: D, face: D, price: D, expected: D) -> None:
    assert value_inverse(size, face, price) == expected
    assert notional_inverse(size, face, price) == abs(expected)


def test_value_inverse_of_the_bybit_sample() -> None:
    # Bybit docs, /v5/position/list: BTCUSD short 300 @ 27464.50441675, positionValue 0.01092319.
    value = value_inverse(D(-300), D(1), D("27464.50441675"))
    assert round(value, 8) == D("-0.01092319")


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        # BitMEX ETHUSD: 0.000001 XBT per USD.
        pytest.param(D(50_000), D(100), id="long"),
        pytest.param(D(-50_000), D(-100), id="short"),
        pytest.param(D(0), D(0), id="flat"),
    ],
)
def test_value_quanto_of_bitmex_ethusd(size: D, expected: D) -> None:
    assert value_quanto(size, D("0.000001"), D(2_000)) == expected
    assert notional_quanto(size, D("0.000001"), D(2_000)) == abs(expected)


@given(size=sizes, contract_size=contract_sizes, price=prices, k=factors)
def test_value_scales_with_size_and_turns_with_side(
    size: Fraction, contract_size: Fraction, price: Fraction, k: Fraction
) -> None:
    for value in (value_linear, value_inverse, value_quanto):
        assert value(k * size, contract_size, price) == k * value(size, contract_size, price)
        assert value(-size, contract_size, price) == -value(size, contract_size, price)


@given(size=sizes, contract_size=contract_sizes, price=prices, k=factors)
def test_inverse_value_falls_as_linear_value_rises(
    size: Fraction, contract_size: Fraction, price: Fraction, k: Fraction
) -> None:
    linear = value_linear(size, contract_size, k * price)
    inverse = value_inverse(size, contract_size, k * price)
    assert linear == k * value_linear(size, contract_size, price)
    assert inverse == value_inverse(size, contract_size, price) / k

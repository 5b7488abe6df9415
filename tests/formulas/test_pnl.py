"""Unrealized P&L."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given

from marginline.formulas import (
    unrealized_pnl_inverse,
    unrealized_pnl_linear,
    unrealized_pnl_quanto,
)
from tests.formulas.draw import contract_sizes, factors, prices, sizes

D = Decimal


@pytest.mark.parametrize(
    ("size", "contract_size", "entry_price", "price", "expected"),
    [
        # Guide on margin calculations: 1 BTC from 60,000.
        pytest.param(D(1), D(1), D(60_000), D(62_000), D(2_000), id="guide 2, up"),
        pytest.param(D(1), D(1), D(60_000), D(58_000), D(-2_000), id="guide 2, down"),
        # Hyperliquid clearinghouseState of 2024-03-05: ETH 3.6, positionValue 13,694.04.
        pytest.param(D("3.6"), D(1), D(1_100), D("3803.9"), D("9734.04"), id="Hyperliquid, live"),
        # Binance FAQ b3c689c1f50a44cabb3a84e663b81d93: BTCUSDT, printed -56,354.57.
        pytest.param(
            D("109.488"), D(1), D("32481.98"), D("31967.27"), D("-56354.56848"), id="Binance FAQ"
        ),
        pytest.param(D(-50), D("0.01"), D(60_000), D(58_000), D(1_000), id="short in contracts"),
    ],
)
def test_unrealized_pnl_linear(
    size: D, contract_size: D, entry_price: D, price: D, expected: D
) -> None:
    assert unrealized_pnl_linear(size, contract_size, entry_price, price) == expected


@pytest.mark.parametrize(
    ("size", "face", "entry_price", "price", "expected"),
    [
        # Bybit docs, /v5/position/list, cut at 8 decimals.
        pytest.param(
            D(-300), D(1), D("27464.50441675"), D("28224.50"), D("-0.00029413"), id="Bybit sample"
        ),
        pytest.param(D(50_000), D(1), D(50_000), D(62_500), D("0.2"), id="long up, derived"),
        pytest.param(D(500), D(100), D(50_000), D(40_000), D("-0.25"), id="long down, derived"),
    ],
)
def test_unrealized_pnl_inverse(size: D, face: D, entry_price: D, price: D, expected: D) -> None:
    assert round(unrealized_pnl_inverse(size, face, entry_price, price), 8) == expected


def test_unrealized_pnl_quanto_is_linear_in_price() -> None:
    # BitMEX ETHUSD: 0.000001 XBT per USD; derived.
    assert unrealized_pnl_quanto(D(-1_000), D("0.000001"), D(2_000), D(1_900)) == D("0.1")


@given(size=sizes, contract_size=contract_sizes, entry=prices, price=prices, k=factors)
def test_pnl_is_nothing_at_entry_scales_with_size_and_turns_with_side(
    size: Fraction, contract_size: Fraction, entry: Fraction, price: Fraction, k: Fraction
) -> None:
    for pnl in (unrealized_pnl_linear, unrealized_pnl_inverse, unrealized_pnl_quanto):
        assert pnl(size, contract_size, price, price) == 0
        at_price = pnl(size, contract_size, entry, price)
        assert pnl(k * size, contract_size, entry, price) == k * at_price
        assert pnl(size, k * contract_size, entry, price) == k * at_price
        assert pnl(-size, contract_size, entry, price) == -at_price
        assert (at_price > 0) == ((price - entry) * size > 0)


@given(size=sizes, contract_size=contract_sizes, entry=prices, via=prices, price=prices)
def test_pnl_adds_up_along_a_path(
    size: Fraction, contract_size: Fraction, entry: Fraction, via: Fraction, price: Fraction
) -> None:
    for pnl in (unrealized_pnl_linear, unrealized_pnl_inverse, unrealized_pnl_quanto):
        legs = pnl(size, contract_size, entry, via) + pnl(size, contract_size, via, price)
        assert legs == pnl(size, contract_size, entry, price)


@given(size=sizes, face=contract_sizes, entry=prices, price=prices)
def test_inverse_pnl_is_linear_pnl_of_the_opposite_side_in_reciprocal_prices(
    size: Fraction, face: Fraction, entry: Fraction, price: Fraction
) -> None:
    inverse = unrealized_pnl_inverse(size, face, entry, price)
    assert inverse == unrealized_pnl_linear(-size, face, 1 / entry, 1 / price)


def test_inverse_pnl_keeps_its_digits_between_close_prices() -> None:
    pnl = unrealized_pnl_inverse(1e6, 1.0, 60_000.0, 60_000.01)
    exact = Fraction(10**6) * (1 / Fraction(60_000) - 1 / Fraction(60_000.01))
    assert pnl == pytest.approx(float(exact), rel=1e-15)

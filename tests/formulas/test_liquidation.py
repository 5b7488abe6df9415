"""Closed forms of liquidation, bankruptcy, call and break-even prices."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from marginline.formulas import (
    bankruptcy_price_inverse,
    bankruptcy_price_linear,
    break_even_inverse,
    break_even_linear,
    call_price,
    liquidation_price_inverse,
    liquidation_price_linear,
    next_deduction,
    notional_linear,
)

D = Decimal


@pytest.mark.parametrize(
    ("size", "entry_price", "cash", "rate", "deduction", "expected"),
    [
        # Binance FAQ b3c689c1f50a44cabb3a84e663b81d93, calculation example: a cross wallet of
        # 1,535,443.01 with ETHUSDT and BTCUSDT; cash = wallet - the other's maintenance margin
        # + the other's P&L. The other's figures are those that the page prints.
        pytest.param(
            "3683.979",
            "1456.84",
            D("1535443.01") - D("71200.81144") - D("56354.57"),
            "0.1",
            "135365",
            "1153.26",
            id="Binance ETHUSDT, cross",
        ),
        pytest.param(
            "109.488",
            "32481.98",
            D("1535443.01") - D("356512.508") - D("448192.89"),
            "0.025",
            "16300",
            "26316.89",
            id="Binance BTCUSDT, cross",
        ),
        # Bitget API documentation, single-position: isolated, 0.4 % and 0.06 % taker fee.
        pytest.param(
            "0.01",
            "25000",
            D("9.6695050093373343"),
            "0.0046",
            "0",
            "24144.1124161806977798",
            id="Bitget BTCUSDT, isolated",
        ),
        pytest.param("-1", "50000", D(13_000), "0.05", "0", "60000", id="short, derived"),
        pytest.param(
            "-1", "50000", D(12_900), "0.05", "100", "60000", id="short in tier 2, derived"
        ),
    ],
)
def test_liquidation_price_linear(
    size: str, entry_price: str, cash: Decimal, rate: str, deduction: str, expected: str
) -> None:
    price = liquidation_price_linear(D(size), D(1), D(entry_price), cash, D(rate), D(deduction))
    assert price.quantize(D(expected)) == D(expected)


def test_liquidation_price_of_the_coin_margined_example() -> None:
    # dev.binance.vision thread 6292: wallet 101 BTC, long 100,000 contracts of 100 USD from 45,000;
    # Binance's calculator says 33,599.40. BTCUSD tiers: from 200 BTC 12.5 %.
    deduction = D(0)
    ladder = ["0.004", "0.005", "0.01", "0.025", "0.05", "0.1", "0.125"]
    for row, floor in enumerate([5, 10, 20, 50, 100, 200], start=1):
        deduction = next_deduction(deduction, D(floor), D(ladder[row - 1]), D(ladder[row]))
    assert deduction == D("11.605")
    price = liquidation_price_inverse(D(100_000), D(100), D(45_000), D(101), D("0.125"), deduction)
    assert round(price, 2) == D("33599.42")


def test_liquidation_and_bankruptcy_price_of_the_kraken_example() -> None:
    # Kraken futures, single-collateral liquidation example: 1,000 @ 8,000 with 0.01 BTC and 1 %.
    price = liquidation_price_inverse(D(1_000), D(1), D(8_000), D("0.01"), D("0.01"), D(0))
    assert int(price) == 7_481
    assert int(bankruptcy_price_inverse(D(1_000), D(1), D(8_000), D("0.01"))) == 7_407


def test_bankruptcy_price_of_the_bybit_inverse_example() -> None:
    # Bybit help 900000031623: 7,890.08 at 50x goes bankrupt at entry * 50 / 51.
    entry_price = D("7890.08")
    cash = 1 / entry_price / 50
    assert round(bankruptcy_price_inverse(D(1), D(1), entry_price, cash), 6) == D("7735.372549")


@pytest.mark.parametrize(
    ("side", "expected"),
    [
        # E * (1 -/+ 1/L): Bybit linear isolated, 8,000 at 40x.
        pytest.param(1, 7_800, id="long"),
        pytest.param(-1, 8_200, id="short"),
    ],
)
def test_bankruptcy_price_linear(side: int, expected: int) -> None:
    assert bankruptcy_price_linear(D(2 * side), D("0.5"), D(8_000), D(200)) == expected


@pytest.mark.parametrize(
    ("entry_price", "size", "initial", "maintenance", "expected"),
    [
        # Bybit isolated before 2025-09-02: maintenance on entry, so that it stands still.
        pytest.param(20_000, 1, 400, 100, 19_700, id="Bybit 20,000 at 50x"),
        pytest.param(10_000, 1, 200, 50, 9_850, id="Bybit 10,000 at 50x"),
        pytest.param(8_000, -1, 200, 40, 8_160, id="Bybit short 8,000 at 40x"),
    ],
)
def test_call_price(
    entry_price: int, size: int, initial: int, maintenance: int, expected: int
) -> None:
    price = call_price(D(entry_price), D(size), D(1), D(initial), D(maintenance))
    assert price == expected


@pytest.mark.parametrize(
    ("entry_price", "size", "expected"),
    [
        # Binance positionRisk samples: only the opening fee is in breakEvenPrice.
        pytest.param("0.385", "100", "0.385077", id="Binance long, fee 0.02 %"),
        pytest.param("8.616", "-100", "8.611692", id="Binance short, fee 0.05 %"),
    ],
)
def test_break_even_linear(entry_price: str, size: str, expected: str) -> None:
    rate = D("0.0002") if D(size) > 0 else D("0.0005")
    fees = -notional_linear(D(size), D(10), D(entry_price)) * rate
    assert break_even_linear(D(entry_price), D(size), D(10), fees) == D(expected)


def test_break_even_inverse_of_a_paid_fee_lies_beyond_the_entry() -> None:
    assert break_even_inverse(D(8_000), D(8_000), D(1), D("-0.2")) == 10_000
    assert round(break_even_inverse(D(8_000), D(-8_000), D(1), D("-0.25")), 6) == 6_400


@pytest.mark.parametrize(
    "cash",
    [
        pytest.param(D("0.2"), id="coins cover the face: no price at all"),
        pytest.param(D("0.3"), id="more than cover it: a negative root"),
    ],
)
def test_a_fully_covered_inverse_short_has_no_liquidation_price(cash: Decimal) -> None:
    assert liquidation_price_inverse(D(-100), D(100), D(50_000), cash, D("0.004"), D(0)) <= 0
    assert bankruptcy_price_inverse(D(-100), D(100), D(50_000), cash) <= 0


@pytest.mark.parametrize("zero", [D(0), Fraction(0), 0.0], ids=lambda zero: type(zero).__name__)
def test_no_size_has_no_price(zero: Decimal) -> None:
    entry, cash, rate = zero + 50, zero + 7, zero + 0
    results = [
        liquidation_price_linear(zero, zero + 1, entry, cash, rate, zero),
        liquidation_price_inverse(zero, zero + 1, entry, cash, rate, zero),
        liquidation_price_inverse(zero, zero + 1, entry, zero, rate, zero),
        bankruptcy_price_linear(zero, zero + 1, entry, cash),
        bankruptcy_price_inverse(zero, zero + 1, entry, cash),
        bankruptcy_price_inverse(zero, zero + 1, entry, zero),
        call_price(entry, zero, zero + 1, cash, zero),
        break_even_linear(entry, zero, zero + 1, cash),
        break_even_inverse(entry, zero, zero + 1, cash),
    ]
    assert results == [zero] * len(results)
    assert {type(result) for result in results} == {type(zero)}


def test_a_long_that_needs_all_its_value_has_no_price() -> None:
    assert liquidation_price_linear(D(2), D(1), D(50), D(7), D(1), D(0)) == 0

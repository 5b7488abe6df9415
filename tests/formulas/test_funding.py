"""Funding, premium and mark price."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marginline.formulas import (
    average_premium_equal,
    average_premium_weighted,
    funding_payment,
    funding_rate,
    funding_rate_capped,
    impact_margin_notional,
    mark_price_perpetual,
    premium_index,
    price_one,
    price_two,
)
from tests.formulas.draw import amounts, decimals, factors, positive, prices

D = Decimal
premiums = decimals(-1, 1, 6)
small_rates = positive(1, 4)
samples = st.lists(premiums, min_size=1, max_size=10)

# Binance since 2025-09-18 (FAQ 360033525031): 0.01 % interest and 0.05 % clamp, of 8 hours.
INTEREST, CLAMP = D("0.0001"), D("0.0005")


@pytest.mark.parametrize(
    ("value", "rate", "expected"),
    [
        pytest.param(60_000, "0.0001", "-6", id="a long pays a positive rate"),
        pytest.param(-60_000, "0.0001", "6", id="a short receives it"),
        pytest.param(60_000, "-0.0001", "6", id="a long receives a negative rate"),
        pytest.param(0, "0.0001", "0", id="flat"),
    ],
)
def test_funding_payment(value: int, rate: str, expected: str) -> None:
    assert funding_payment(D(value), D(rate)) == D(expected)


@pytest.mark.parametrize(
    ("premium", "intervals", "expected"),
    [
        # The dead zone of -0.04 % to 0.06 % gives the interest rate.
        pytest.param("-0.0004", 1, "0.0001", id="lower end of the dead zone"),
        pytest.param("0", 1, "0.0001", id="no premium"),
        pytest.param("0.0006", 1, "0.0001", id="upper end of the dead zone"),
        pytest.param("-0.0005", 1, "0", id="below the dead zone"),
        pytest.param("0.0010", 1, "0.0005", id="above the dead zone"),
        pytest.param("0.0010", 2, "0.00025", id="every four hours, half of it"),
        pytest.param("0.0010", 8, "0.0000625", id="every hour, an eighth (Hyperliquid too)"),
    ],
)
def test_funding_rate(premium: str, intervals: int, expected: str) -> None:
    assert funding_rate(D(premium), INTEREST, CLAMP, D(intervals)) == D(expected)


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        # Binance BTCUSDT: 0.75 * 0.4 % = 0.3 %.
        pytest.param("0.0031", "0.003", id="above the cap"),
        pytest.param("-0.0031", "-0.003", id="below the floor"),
        pytest.param("0.0001", "0.0001", id="between them"),
    ],
)
def test_funding_rate_capped(rate: str, expected: str) -> None:
    cap = D("0.75") * D("0.004")
    assert funding_rate_capped(D(rate), -cap, cap) == D(expected)


@pytest.mark.parametrize(
    ("initial_rate", "expected"),
    [
        # Binance FAQ 360033525031: 200 USDT / initial margin rate at the highest leverage.
        pytest.param("0.05", 4_000, id="Binance, 20x"),
        pytest.param("0.008", 25_000, id="Binance, 125x"),
    ],
)
def test_impact_margin_notional(initial_rate: str, expected: int) -> None:
    assert impact_margin_notional(D(200), D(initial_rate)) == expected


@pytest.mark.parametrize(
    ("impact_bid", "impact_ask", "expected"),
    [
        # Rule of Binance FAQ 360033525031 and of Hyperliquid; figures made up.
        pytest.param(10_010, 10_020, "0.001", id="bids above the index"),
        pytest.param(9_980, 9_990, "-0.001", id="asks below the index"),
        pytest.param(9_990, 10_010, "0", id="the index lies inside the spread"),
        pytest.param(10_010, 9_970, "-0.002", id="a crossed book counts both"),
    ],
)
def test_premium_index(impact_bid: int, impact_ask: int, expected: str) -> None:
    assert premium_index(D(impact_bid), D(impact_ask), D(10_000)) == D(expected)


def test_average_premium_weighs_late_samples_more() -> None:
    assert average_premium_weighted([D(1), D(4), D(6)]) == D(27) / 6
    assert average_premium_equal([D(1), D(4), D(7)]) == 4


def test_price_one_of_the_binance_example() -> None:
    # Binance FAQ fff6ec1b3f5845d19f1fb924644a0877: 10,000, 0.03 %, four of eight hours to go.
    assert price_one(D(10_000), D("0.0003"), D(4), D(8)) == D("10001.5")


def test_price_two_adds_the_average_basis() -> None:
    assert price_two(D(10_000), D(-3)) == 9_997


@pytest.mark.parametrize(
    ("contract_price", "expected"),
    [
        pytest.param("9_990", "10_001.5", id="a low last trade is ignored"),
        pytest.param("10_003", "10_003", id="the last trade is in the middle"),
        pytest.param("10_900", "10_004", id="a high last trade is ignored"),
    ],
)
def test_mark_price_perpetual(contract_price: str, expected: str) -> None:
    mark = mark_price_perpetual(D("10001.5"), D(10_004), D(contract_price))
    assert mark == D(expected)


@given(value=amounts, rate=premiums, k=factors)
def test_funding_is_a_transfer_between_the_sides(
    value: Fraction, rate: Fraction, k: Fraction
) -> None:
    payment = funding_payment(value, rate)
    assert payment + funding_payment(-value, rate) == 0
    assert funding_payment(value, -rate) == -payment
    assert funding_payment(k * value, rate) == k * payment


@given(premium=premiums, interest=premiums, width=small_rates, intervals=st.integers(1, 8))
def test_funding_rate_is_within_the_clamp_of_the_premium_and_odd(
    premium: Fraction, interest: Fraction, width: Fraction, intervals: int
) -> None:
    rate = funding_rate(premium, interest, width, Fraction(intervals))
    assert abs(rate * intervals - premium) <= width
    assert funding_rate(-premium, -interest, width, Fraction(intervals)) == -rate
    if abs(interest - premium) <= width:
        assert rate == interest / intervals


@given(amount=positive(1_000, 2), initial_rate=small_rates)
def test_impact_notional_needs_just_the_margin_amount(
    amount: Fraction, initial_rate: Fraction
) -> None:
    assert impact_margin_notional(amount, initial_rate) * initial_rate == amount


@given(rate=premiums, cap=small_rates)
def test_capped_rate_is_the_nearest_allowed(rate: Fraction, cap: Fraction) -> None:
    assert funding_rate_capped(rate, -cap, cap) == max(-cap, min(rate, cap))


@given(bid=prices, ask=prices, index=prices, k=factors)
def test_premium_index_is_free_of_the_unit_of_price(
    bid: Fraction, ask: Fraction, index: Fraction, k: Fraction
) -> None:
    premium = premium_index(bid, ask, index)
    assert premium_index(k * bid, k * ask, k * index) == premium
    zero = Fraction(0)
    assert premium == (max(zero, bid - index) - max(zero, index - ask)) / index


@given(premiums=samples)
def test_average_premiums_match_their_definitions(premiums: list[Fraction]) -> None:
    count = len(premiums)
    weighted = sum(i * premium for i, premium in enumerate(premiums, start=1))
    assert average_premium_weighted(premiums) == weighted / Fraction(sum(range(1, count + 1)))
    assert average_premium_equal(premiums) == sum(premiums) / Fraction(count)


@given(index=prices, basis=amounts, rate=premiums, hours=decimals(0, 8, 2), last=prices)
def test_mark_price_is_the_middle_of_three_and_starts_from_the_index(
    index: Fraction, basis: Fraction, rate: Fraction, hours: Fraction, last: Fraction
) -> None:
    interval = Fraction(8)
    one, two = price_one(index, rate, hours, interval), price_two(index, basis)
    assert one - index == index * rate * hours / 8
    assert two - index == basis
    assert mark_price_perpetual(one, two, last) == sorted([one, two, last])[1]

"""Numbers for people: rounded, and never on the wrong side of what is exact."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marginline.cli.page.numbers import DOWN, UP, Style

D = Decimal
ROUNDED, EXACT = Style(), Style(exact=True)
LINES = (D("0.8"), D(1))


@pytest.mark.parametrize(
    ("value", "asset", "shown"),
    [
        pytest.param("12480.514", "USDT", "12,480.51", id="dollars have cents"),
        pytest.param("12480.515", "USDT", "12,480.52", id="half to even, up"),
        pytest.param("-0.004", "USDT", "-0.004", id="a small amount is not 0"),
        pytest.param("0.00000031", "USDT", "0.00000031", id="two digits of a tiny one"),
        pytest.param("0", "USDT", "0.00", id="zero"),
        pytest.param("-0.000", "USDT", "0.00", id="no minus before zero"),
        pytest.param("0.35123456", "BTC", "0.351235", id="coins have six places"),
        pytest.param("1E+7", "USDT", "10,000,000.00", id="no exponent"),
        pytest.param("1234567890123456789012345678901234567890", "USDT",
                     "1,234,567,890,123,456,789,012,345,678,901,234,567,890.00", id="forty digits"),
    ],
)  # fmt: skip
def test_amounts(value: str, asset: str, shown: str) -> None:
    assert ROUNDED.amount(D(value), asset) == shown


def test_what_may_be_taken_is_rounded_down() -> None:
    assert ROUNDED.amount(D("5930.0583"), "USDT", DOWN) == "5,930.05"
    assert ROUNDED.amount(D("-5930.0583"), "USDT", DOWN) == "-5,930.06"


@pytest.mark.parametrize(
    ("ratio", "shown"),
    [
        pytest.param("0.5", "50.0 %", id="half"),
        pytest.param("1", "100.0 %", id="at the line"),
        pytest.param("0.9999999", "99.99999 %", id="below 1 never shows 100 %"),
        pytest.param("1.0000001", "100.00001 %", id="above 1 never shows 100 %"),
        pytest.param("0.79996", "79.996 %", id="below watch never shows 80 %"),
        pytest.param("0.0001", "0.0 %", id="nothing much"),
    ],
)
def test_ratios_stay_on_their_side_of_every_line(ratio: str, shown: str) -> None:
    assert ROUNDED.percent(D(ratio), LINES) == shown


@given(st.decimals("0", "3", places=9))
def test_a_ratio_reads_as_full_only_when_it_is(ratio: Decimal) -> None:
    shown = D(ROUNDED.percent(ratio, LINES).removesuffix(" %").replace(",", ""))
    assert (shown >= 100) == (ratio >= 1)
    assert (shown >= 80) == (ratio >= D("0.8"))


@pytest.mark.parametrize(
    ("value", "places", "rounding", "shown"),
    [
        pytest.param("62684.59222", 1, UP, "62,684.6", id="below the mark: up"),
        pytest.param("5076.82857", 2, DOWN, "5,076.82", id="above the mark: down"),
        pytest.param("0.0000123456", 2, UP, "0.0000124", id="a small price keeps three digits"),
        pytest.param("0", 2, UP, "0.00", id="zero"),
    ],
)
def test_prices(value: str, places: int, rounding: str, shown: str) -> None:
    assert ROUNDED.price(D(value), places, rounding) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [("-0.29099", "-29.0 %"), ("0.72089", "+72.0 %"), ("-0.00089", "-0.08 %"), ("0", "0.00 %")],
)
def test_distances_are_never_farther_than_they_are(value: str, shown: str) -> None:
    assert ROUNDED.distance(D(value)) == shown


def test_exact_means_every_digit() -> None:
    third = D(1) / D(3)
    assert EXACT.amount(third, "USDT") == str(third)
    assert EXACT.percent(D("0.123456789")) == "12.3456789 %"
    assert EXACT.price(D("62684.59222030981"), 1) == "62684.59222030981"
    assert EXACT.times(D("4.740475926")) == "4.740475926x"


def test_figures_keep_ten_digits() -> None:
    assert ROUNDED.figure(D("0.01896190370651472")) == "0.01896190371"
    assert ROUNDED.figure(D("123456789012.5")) == "123,456,789,012"
    assert ROUNDED.figure(D("0.0040")) == "0.004"

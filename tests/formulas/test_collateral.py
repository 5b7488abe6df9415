"""Collateral: slices, whole tiers, and the worse side of the market."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given

from marginline.formulas import (
    collateral_after_haircut,
    collateral_at_worse_side,
    collateral_slices,
    collateral_whole,
    next_cumulative,
    tier_index,
)
from tests.formulas.draw import (
    Schedule,
    amounts,
    collateral_schedules,
    factors,
    notionals,
    prices,
    sum_over_slices,
)

D = Decimal

Table = list[tuple[str, str, str]]  # floor, ratio, cumulative

# OKX multi-currency margin, help page iv-multi-currency-margin-mode: USDT, second-hand.
OKX_USDT: Table = [
    ("0", "1", "0"),
    ("5_000_000", "0.975", "125_000"),
    ("10_000_000", "0.95", "375_000"),
]
# Binance portfolio margin Pro, FAQ 146ac090710a49f99c4732b00f8c09df: PENGU in September 2025;
# cumulatives derived.
BINANCE_PENGU: Table = [
    ("0", "1", "0"),
    ("200_000", "0.8", "40_000"),
    ("400_000", "0.7", "80_000"),
    ("800_000", "0.4", "320_000"),
    ("1_000_000", "0.2", "520_000"),
]
# Bybit UTA, help Assets-Collateral-Value-Ratio-List-UTA: BTC by quantity; cumulatives derived.
BYBIT_BTC: Table = [
    ("0", "0.98", "0"),
    ("10", "0.95", "0.3"),
    ("20", "0.9", "1.3"),
    ("30", "0.85", "2.8"),
    ("40", "0.8", "4.8"),
    ("50", "0", "44.8"),
]


@pytest.mark.parametrize(
    ("table", "value", "expected"),
    [
        pytest.param(OKX_USDT, "11_000_000", "10_825_000", id="OKX, 11M USDT"),
        pytest.param(OKX_USDT, "5_000_000", "5_000_000", id="OKX, at the first cap"),
        pytest.param(BINANCE_PENGU, "1_200_000", "760_000", id="Binance PENGU, five slices"),
        pytest.param(BYBIT_BTC, "0", "0", id="Bybit, nothing"),
        pytest.param(BYBIT_BTC, "15", "14.55", id="Bybit, 15 BTC"),
        pytest.param(BYBIT_BTC, "80", "44.8", id="Bybit, above 50 BTC nothing more counts"),
    ],
)
def test_collateral_slices(table: Table, value: str, expected: str) -> None:
    ratios, cumulatives = [D(row[1]) for row in table], [D(row[2]) for row in table]
    assert collateral_slices(D(value), ratios, cumulatives) == D(expected)


@pytest.mark.parametrize(
    ("by_quantity", "whole", "expected"),
    [
        pytest.param(1, 0, "1_455_000", id="15 BTC by quantity, slice by slice: 14.55 BTC"),
        pytest.param(1, 1, "1_425_000", id="15 BTC by quantity, all at 0.95"),
        pytest.param(0, 0, "44.8", id="1.5 M by value: above 50 nothing more counts"),
        pytest.param(0, 1, "0", id="1.5 M by value, all at the last ratio"),
    ],
)
def test_a_haircut_reads_its_table_as_the_venue_does(
    by_quantity: int, whole: int, expected: str
) -> None:
    floors, ratios, cumulatives = ([D(row[column]) for row in BYBIT_BTC] for column in range(3))
    counted = collateral_after_haircut(
        D(15), D(100_000), by_quantity, whole, floors, ratios, cumulatives
    )
    assert counted == D(expected)


def test_a_first_cumulative_counts_like_any_other() -> None:
    assert collateral_slices(D(100), [D("0.9")], [D(5)]) == 95


@pytest.mark.parametrize("table", [OKX_USDT, BINANCE_PENGU, BYBIT_BTC])
def test_every_cumulative_follows_from_the_row_below(table: Table) -> None:
    rows = [(D(floor), D(ratio), D(cumulative)) for floor, ratio, cumulative in table]
    for (_, ratio_below, below), (floor, ratio, cumulative) in pairwise(rows):
        assert next_cumulative(below, floor, ratio_below, ratio) == cumulative


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        # Binance multi-assets, FAQ 29b45c485d664028b9ca1cdf90b24f6f: index -/+ buffer.
        pytest.param("2", "1.9", id="held, at the bid"),
        pytest.param("0.5", "0.475", id="less than one unit held"),
        pytest.param("-2", "-2.1", id="owed, at the ask"),
        pytest.param("0", "0", id="nothing"),
    ],
)
def test_collateral_at_worse_side(amount: str, expected: str) -> None:
    assert collateral_at_worse_side(D(amount), D("0.95"), D("1.05")) == D(expected)


@pytest.mark.parametrize(
    ("value", "key", "expected"),
    [
        pytest.param("2_000", "0.1", "1_950", id="Bitget union, 0.1 BTC at 20,000: 0.975"),
        pytest.param("200_000", "10", "195_000", id="at the cap, the higher ratio"),
        pytest.param("202_000", "10.1", "181_800", id="above it, all at the lower ratio"),
    ],
)
def test_collateral_whole(value: str, key: str, expected: str) -> None:
    floors, ratios = [D(0), D(10)], [D("0.975"), D("0.9")]
    assert collateral_whole(D(value), D(key), floors, ratios) == D(expected)


@given(schedule=collateral_schedules(), value=notionals)
def test_smallest_line_is_the_line_of_the_tier_and_the_sum_over_slices(
    schedule: Schedule, value: Fraction
) -> None:
    counted = collateral_slices(value, schedule.rates, schedule.offsets)
    tier = tier_index(value, schedule.floors)
    assert counted == value * schedule.rates[tier] + schedule.offsets[tier]
    assert counted == sum_over_slices(value, schedule)


@given(schedule=collateral_schedules(), a=notionals, b=notionals)
def test_collateral_is_concave_never_falls_and_never_counts_more_than_it_is(
    schedule: Schedule, a: Fraction, b: Fraction
) -> None:
    def counted(value: Fraction) -> Fraction:
        return collateral_slices(value, schedule.rates, schedule.offsets)

    assert counted((a + b) / 2) * 2 >= counted(a) + counted(b)
    assert counted(min(a, b)) <= counted(max(a, b))
    assert 0 <= counted(a) <= a * schedule.rates[0]


@given(schedule=collateral_schedules(), value=notionals, k=factors)
def test_collateral_scales_with_the_unit_of_money(
    schedule: Schedule, value: Fraction, k: Fraction
) -> None:
    offsets = [k * offset for offset in schedule.offsets]
    counted = collateral_slices(value, schedule.rates, schedule.offsets)
    assert collateral_slices(k * value, schedule.rates, offsets) == k * counted
    floors = [k * floor for floor in schedule.floors]
    whole = collateral_whole(value, value, schedule.floors, schedule.rates)
    assert collateral_whole(k * value, k * value, floors, schedule.rates) == k * whole
    assert whole <= counted


@given(amount=amounts, a=prices, b=prices)
def test_worse_side_is_the_smaller_of_the_two_values(
    amount: Fraction, a: Fraction, b: Fraction
) -> None:
    bid, ask = min(a, b), max(a, b)
    assert collateral_at_worse_side(amount, bid, ask) == min(amount * bid, amount * ask)

"""Tier schedules of requirements: deductions, look-up, marginal and whole."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given

from marginline.formulas import (
    loan_requirement,
    next_deduction,
    requirement_marginal,
    requirement_whole,
    tier_index,
    tier_requirement,
)
from tests.formulas.draw import Schedule, factors, notionals, schedules, sum_over_slices

D = Decimal

# Floor, rate, deduction as the venue prints it.
Table = list[tuple[str, str, str]]

# Binance USDS-M leverage and margin, BTCUSDT in October 2024.
BINANCE_BTCUSDT: Table = [
    ("0", "0.004", "0"),
    ("50_000", "0.005", "50"),
    ("600_000", "0.0065", "950"),
    ("3_000_000", "0.01", "11_450"),
    ("12_000_000", "0.02", "131_450"),
    ("70_000_000", "0.025", "481_450"),
    ("100_000_000", "0.05", "2_981_450"),
    ("230_000_000", "0.1", "14_481_450"),
    ("480_000_000", "0.125", "26_481_450"),
    ("600_000_000", "0.15", "41_481_450"),
]

# Bybit announcement-info/margin-parameters, BTCUSDT; its limits are the next tier's floors.
BYBIT_BTCUSDT: Table = [
    ("0", "0.005", "0"),
    ("2_000_000", "0.0056", "1_200"),
    ("2_600_000", "0.0063", "3_020"),
    ("3_200_000", "0.0067", "4_300"),
    ("3_800_000", "0.0071", "5_820"),
    ("4_400_000", "0.0077", "8_460"),
    ("5_000_000", "0.0091", "15_460"),
    ("5_600_000", "0.01", "20_500"),
    ("8_500_000", "0.013", "46_000"),
    ("10_000_000", "0.015", "66_000"),
    ("14_000_000", "0.016", "80_000"),
    ("20_000_000", "0.02", "160_000"),
    ("28_000_000", "0.025", "300_000"),
    ("38_000_000", "0.029", "452_000"),
    ("50_000_000", "0.03", "502_000"),
    ("55_000_000", "0.035", "777_000"),
    ("60_000_000", "0.036", "837_000"),
    ("65_000_000", "0.038", "967_000"),
    ("70_000_000", "0.04", "1_107_000"),
    ("75_000_000", "0.045", "1_482_000"),
]

# Binance COIN-M leverage and margin, BTCUSD, in BTC.
BINANCE_BTCUSD: Table = [("0", "0.004", "0"), ("5", "0.005", "0.005"), ("10", "0.01", "0.055")]

# BingX BTC-USDT, sample of /openApi/swap/v1/maintMarginRatio.
BINGX_BTC: Table = [("0", "0.0038", "0"), ("150_000", "0.0040", "30")]

TABLES = [
    pytest.param(BINANCE_BTCUSDT, id="Binance BTCUSDT 2024-10"),
    pytest.param(BYBIT_BTCUSDT, id="Bybit BTCUSDT"),
    pytest.param(BINANCE_BTCUSD, id="Binance COIN-M BTCUSD"),
    pytest.param(BINGX_BTC, id="BingX BTC-USDT"),
]


def columns(table: Table) -> tuple[list[Decimal], list[Decimal], list[Decimal]]:
    return (
        [D(row[0]) for row in table],
        [D(row[1]) for row in table],
        [D(row[2]) for row in table],
    )


@pytest.mark.parametrize("table", TABLES)
def test_every_printed_deduction_follows_from_the_row_below(table: Table) -> None:
    floors, rates, deductions = columns(table)
    for tier in range(1, len(table)):
        below = tier - 1
        expected = next_deduction(deductions[below], floors[tier], rates[below], rates[tier])
        assert deductions[tier] == expected


def test_next_deduction_of_the_binance_faq() -> None:
    # Binance FAQ b3c689c1f50a44cabb3a84e663b81d93: [250,000 * (1 % - 0.5 %)] + 50 = 1,300.
    assert next_deduction(D(50), D(250_000), D("0.005"), D("0.01")) == 1_300


@pytest.mark.parametrize(
    ("notional", "rate", "deduction", "expected"),
    [
        # Binance FAQ b3c689c1f50a44cabb3a84e663b81d93, calculation example:
        # 4,918,775.081 * 10 % - 135,365 and 3,500,032.458 * 2.5 % - 16,300.
        pytest.param("4_918_775.081", "0.1", "135_365", "356_512.5081", id="Binance ETHUSDT"),
        pytest.param("3_500_032.458", "0.025", "16_300", "71_200.81145", id="Binance BTCUSDT"),
        # Binance COIN-M leverage and margin: 100 contracts at 25,000 are 0.4 BTC.
        pytest.param("0.4", "0.004", "0", "0.0016", id="Binance COIN-M, 100 contracts"),
        # Hyperliquid clearinghouseState of 2024-03-05: crossMaintenanceMarginUsed at 1 %.
        pytest.param("14157.9994", "0.01", "0", "141.579994", id="Hyperliquid, live"),
        # Guide on margin calculations: BTC 60,000, maintenance 0.5 %.
        pytest.param("60_000", "0.005", "0", "300", id="guide 2"),
    ],
)
def test_tier_requirement(notional: str, rate: str, deduction: str, expected: str) -> None:
    assert tier_requirement(D(notional), D(rate), D(deduction)) == D(expected)


@pytest.mark.parametrize(
    ("key", "row"),
    [
        pytest.param("0", 0, id="nothing is in the first row"),
        pytest.param("49_999.99", 0, id="inside the first row"),
        pytest.param("50_000", 0, id="a cap belongs to its row"),
        pytest.param("50_000.01", 1, id="above the cap begins the next"),
        pytest.param("600_000", 1, id="the next cap"),
        pytest.param("600_000.01", 2, id="above the next cap"),
        pytest.param("900_000_000", 9, id="above the last floor, without end"),
    ],
)
def test_tier_index(key: str, row: int) -> None:
    floors, _, _ = columns(BINANCE_BTCUSDT)
    assert tier_index(D(key), floors) == row


def test_a_table_of_one_row_has_one_answer() -> None:
    assert tier_index(D(7), [D(0)]) == 0
    assert requirement_marginal(D(100), [D("0.02")], [D(0)]) == 2
    assert requirement_whole(D(100), D(7), [D(0)], [D("0.02")]) == 2


@pytest.mark.parametrize(
    ("notional", "expected"),
    [
        pytest.param("0", "0", id="no position"),
        pytest.param("50_000", "200", id="last cent of tier 1"),
        pytest.param("50_000.01", "200.00005", id="first cent of tier 2 does not jump"),
        pytest.param("1_000_000", "5_550", id="tier 3: 200 + 2,750 + 2,600"),
    ],
)
def test_requirement_marginal_on_binance_btcusdt(notional: str, expected: str) -> None:
    _, rates, deductions = columns(BINANCE_BTCUSDT)
    assert requirement_marginal(D(notional), rates, deductions) == D(expected)


def test_requirement_of_the_bitget_example_whole_before_marginal_after() -> None:
    # Bitget announcement of 2025-11-10: 3 BTC at 110,000; the rates have the taker fee in them.
    notional, rates = D(330_000), [D("0.0046"), D("0.0056")]
    assert requirement_whole(notional, notional, [D(0), D(150_000)], rates) == 1_848
    deduction = next_deduction(D(0), D(200_000), *rates)
    assert requirement_marginal(notional, rates, [D(0), deduction]) == 1_648


def test_requirement_of_the_okx_stablecoin_hedge_example() -> None:
    # OKX portfolio margin MR9: 1M * 0.75 % + 4M * 1.75 % + 5M * 2.5 % = 202,500.
    rates = [D("0.0075"), D("0.0175"), D("0.025")]
    second = next_deduction(D(0), D(1_000_000), rates[0], rates[1])
    third = next_deduction(second, D(5_000_000), rates[1], rates[2])
    assert requirement_marginal(D(10_000_000), rates, [D(0), second, third]) == 202_500


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        # Keyed by size, charged on notional, as OKX does; rates are made up.
        pytest.param("300", "40", id="at the cap, the lower rate"),
        pytest.param("300.1", "60", id="above the cap, all of it at the higher rate"),
    ],
)
def test_requirement_whole_jumps_where_its_key_says(size: str, expected: str) -> None:
    rates = [D("0.004"), D("0.006")]
    assert requirement_whole(D(10_000), D(size), [D(0), D(300)], rates) == D(expected)


@given(schedule=schedules(), notional=notionals)
def test_largest_line_is_the_line_of_the_tier_and_the_sum_over_slices(
    schedule: Schedule, notional: Fraction
) -> None:
    requirement = requirement_marginal(notional, schedule.rates, schedule.offsets)
    tier = tier_index(notional, schedule.floors)
    looked_up = tier_requirement(notional, schedule.rates[tier], schedule.offsets[tier])
    assert requirement == looked_up == sum_over_slices(notional, schedule)


@given(schedule=schedules())
def test_marginal_requirement_is_continuous_at_every_edge(schedule: Schedule) -> None:
    for tier in range(1, len(schedule.floors)):
        edge = schedule.floors[tier]
        below = tier_requirement(edge, schedule.rates[tier - 1], schedule.offsets[tier - 1])
        assert below == tier_requirement(edge, schedule.rates[tier], schedule.offsets[tier])


@given(schedule=schedules(), a=notionals, b=notionals)
def test_marginal_requirement_is_convex_and_never_falls(
    schedule: Schedule, a: Fraction, b: Fraction
) -> None:
    def requirement(notional: Fraction) -> Fraction:
        return requirement_marginal(notional, schedule.rates, schedule.offsets)

    assert requirement((a + b) / 2) * 2 <= requirement(a) + requirement(b)
    assert requirement(min(a, b)) <= requirement(max(a, b))
    assert requirement(a) <= a * schedule.rates[-1]


@given(schedule=schedules(), notional=notionals, k=factors)
def test_requirements_scale_with_the_unit_of_money(
    schedule: Schedule, notional: Fraction, k: Fraction
) -> None:
    floors = [k * floor for floor in schedule.floors]
    offsets = [k * offset for offset in schedule.offsets]
    marginal = requirement_marginal(notional, schedule.rates, schedule.offsets)
    assert requirement_marginal(k * notional, schedule.rates, offsets) == k * marginal
    whole = requirement_whole(notional, notional, schedule.floors, schedule.rates)
    assert requirement_whole(k * notional, k * notional, floors, schedule.rates) == k * whole


@given(schedule=schedules(), notional=notionals)
def test_whole_requirement_is_never_below_the_marginal_one(
    schedule: Schedule, notional: Fraction
) -> None:
    whole = requirement_whole(notional, notional, schedule.floors, schedule.rates)
    assert whole >= requirement_marginal(notional, schedule.rates, schedule.offsets)


@pytest.mark.parametrize(
    ("by_quantity", "whole", "expected"),
    [
        pytest.param(1, 0, "1_200", id="3 coins by quantity: 1 at 2 %, 2 at 5 %"),
        pytest.param(1, 1, "1_500", id="3 coins by quantity, all at 5 %"),
        pytest.param(0, 0, "1_499.97", id="30,000 by value, slice by slice"),
        pytest.param(0, 1, "1_500", id="30,000 by value, all at 5 %"),
    ],
)
def test_a_loan_is_charged_as_its_table_is_read(
    by_quantity: int, whole: int, expected: str
) -> None:
    floors, rates, deductions = [D(0), D(1)], [D("0.02"), D("0.05")], [D(0), D("0.03")]
    charge = loan_requirement(D(3), D(10_000), by_quantity, whole, floors, rates, deductions)
    assert charge == D(expected)

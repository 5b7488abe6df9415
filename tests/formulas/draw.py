"""What the property tests of this folder draw: exact numbers of market size, and tier tables."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from marginline.formulas import next_cumulative, next_deduction

Numbers = SearchStrategy[Fraction]


def decimals(low: int, high: int, places: int) -> Numbers:
    """Numbers with so many decimal places, from `low` to `high`, both included."""
    unit: int = 10**places
    return st.integers(low * unit, high * unit).map(lambda count: Fraction(count, unit))


def positive(high: int, places: int) -> Numbers:
    return decimals(0, high, places).filter(lambda x: x > 0)


prices = positive(200_000, 2)
contract_sizes = positive(100, 4)
quantities = positive(10_000, 3)
sizes = st.tuples(st.sampled_from([1, -1]), quantities).map(lambda pair: pair[0] * pair[1])
amounts = decimals(-1_000_000, 1_000_000, 2)
notionals = decimals(0, 1_000_000, 2)
rates = decimals(0, 1, 4).filter(lambda rate: rate < 1)
factors = positive(1_000, 2)


class Schedule(NamedTuple):
    """A tier table of requirement (rates rise) or collateral (rates fall), with its offsets."""

    floors: list[Fraction]
    rates: list[Fraction]
    offsets: list[Fraction]


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    """Tiers of a marginal requirement: ascending floors from 0, rates that do not fall."""
    floors, rising = draw(ladders())
    offsets = [Fraction(0)]
    for tier in range(1, len(floors)):
        offsets.append(next_deduction(offsets[-1], floors[tier], rising[tier - 1], rising[tier]))
    return Schedule(floors, rising, offsets)


@st.composite
def collateral_schedules(draw: st.DrawFn) -> Schedule:
    """Tiers of collateral: ascending floors from 0, ratios that do not rise."""
    floors, rising = draw(ladders())
    falling = rising[::-1]
    offsets = [Fraction(0)]
    for tier in range(1, len(floors)):
        offsets.append(next_cumulative(offsets[-1], floors[tier], falling[tier - 1], falling[tier]))
    return Schedule(floors, falling, offsets)


@st.composite
def ladders(draw: st.DrawFn) -> tuple[list[Fraction], list[Fraction]]:
    floors = draw(st.lists(positive(900_000, 2), max_size=8, unique=True).map(sorted))
    rising = draw(st.lists(rates, min_size=len(floors) + 1, max_size=len(floors) + 1).map(sorted))
    return [Fraction(0), *floors], rising


def sum_over_slices(value: Fraction, schedule: Schedule) -> Fraction:
    """What the table means in words: each slice at its own rate. The slow, independent way."""
    total = Fraction(0)
    caps = [*schedule.floors[1:], max(value, schedule.floors[-1])]
    for floor, cap, rate in zip(schedule.floors, caps, schedule.rates, strict=True):
        total += max(min(value, cap) - floor, Fraction(0)) * rate
    return total

"""Every row of two real tables of one venue, two years apart: 10,081 tiers of 1,256 ladders."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest

from marginline.formulas import (
    next_deduction,
    requirement_marginal,
    tier_index,
    tier_requirement,
)

D = Decimal


class Ladder(NamedTuple):
    symbol: str
    floors: list[Decimal]
    caps: list[Decimal]
    rates: list[Decimal]
    deductions: list[Decimal]


class Table(NamedTuple):
    file: str
    contracts: int
    tiers: int


TABLES = [
    pytest.param(Table("binance_leverage_tiers_2024-10.json.gz", 349, 2_805), id="2024-10"),
    pytest.param(Table("binance_leverage_tiers_2026-09.json.gz", 907, 7_276), id="2026-09"),
]
pytestmark = pytest.mark.parametrize("table", TABLES)


def read(folder: Path, table: Table) -> list[Ladder]:
    with gzip.open(folder / table.file) as file:
        document = json.load(file, parse_float=Decimal, parse_int=Decimal)
    ladders = []
    for symbol, tiers in document.items():
        rows = [tier["info"] for tier in tiers]
        columns = ("notionalFloor", "notionalCap", "maintMarginRatio", "cum")
        # The older table has strings, the newer one numbers.
        ladders.append(Ladder(symbol, *([D(row[name]) for row in rows] for name in columns)))
    assert len(ladders) == table.contracts
    assert sum(len(ladder.floors) for ladder in ladders) == table.tiers
    return ladders


def test_every_printed_deduction_follows_from_the_row_below(
    shared_data: Path, table: Table
) -> None:
    for symbol, floors, caps, rates, deductions in read(shared_data, table):
        assert floors[0] == deductions[0] == 0, symbol
        for tier in range(1, len(floors)):
            below = tier - 1
            assert floors[tier] == caps[below], symbol
            expected = next_deduction(deductions[below], floors[tier], rates[below], rates[tier])
            assert deductions[tier] == expected, symbol


def test_requirement_does_not_jump_at_any_edge(shared_data: Path, table: Table) -> None:
    for symbol, floors, _, rates, deductions in read(shared_data, table):
        for tier in range(1, len(floors)):
            edge = floors[tier]
            below = tier_requirement(edge, rates[tier - 1], deductions[tier - 1])
            assert below == tier_requirement(edge, rates[tier], deductions[tier]), symbol


def test_largest_line_is_the_line_of_the_tier_inside_and_at_the_edges_of_every_row(
    shared_data: Path, table: Table
) -> None:
    cent = D("0.01")
    for symbol, floors, caps, rates, deductions in read(shared_data, table):
        for tier, (floor, cap) in enumerate(zip(floors, caps, strict=True)):
            for notional in (floor + cent, (floor + cap) / 2, cap):
                assert tier_index(notional, floors) == tier, symbol
                looked_up = tier_requirement(notional, rates[tier], deductions[tier])
                assert requirement_marginal(notional, rates, deductions) == looked_up, symbol
        beyond = caps[-1] * 2
        last = tier_requirement(beyond, rates[-1], deductions[-1])
        assert requirement_marginal(beyond, rates, deductions) == last, symbol

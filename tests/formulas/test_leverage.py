"""Effective leverage and shares of a balance."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given

from marginline.formulas import effective_leverage, share
from tests.formulas.draw import amounts, factors, notionals, positive

D = Decimal
balances = positive(1_000_000, 2)


@pytest.mark.parametrize(
    ("gross_notional", "margin_balance", "expected"),
    [
        pytest.param(60_000, 600, 100, id="guide 2: a margin of 600 under one bitcoin"),
        pytest.param(80_000, 10_000, 8, id="two positions on one balance, derived"),
        pytest.param(0, 10_000, 0, id="no position"),
    ],
)
def test_effective_leverage(gross_notional: int, margin_balance: int, expected: int) -> None:
    assert effective_leverage(D(gross_notional), D(margin_balance)) == expected


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        # Guide 1: 10,000 posted and 1,200 of unrealized profit, then a loss of 1,500 and fees.
        pytest.param("1_200", "12_000", "0.1", id="unrealized profit"),
        pytest.param("-1_500", "8_400", "0", id="a loss is no share"),
        pytest.param("0", "8_400", "0", id="nothing"),
    ],
)
def test_share(part: str, whole: str, expected: str) -> None:
    assert share(D(part), D(whole)) == D(expected)


@given(notional=notionals, balance=balances, part=amounts, k=factors)
def test_both_are_pure_numbers(
    notional: Fraction, balance: Fraction, part: Fraction, k: Fraction
) -> None:
    assert effective_leverage(k * notional, k * balance) == effective_leverage(notional, balance)
    assert share(k * part, k * balance) == share(part, balance)
    assert effective_leverage(notional, balance) * balance == notional
    assert share(part, balance) * balance == max(part, 0)

"""What stands where a number would be: arithmetic absorbs it, a decision asks for the number."""

from __future__ import annotations

import copy
import operator
import pickle
from collections.abc import Callable
from decimal import Decimal as D
from typing import Any

import pytest

from marginline.core.findings import AbsentError, Gap, missing, unsupported
from marginline.core.numbers import ONE, ZERO, Quotient
from marginline.core.pool.exposure import Figure, figured, known, need

GAP = missing("the mark of X is not given")
OTHER = unsupported("its rule is not public")
NUMBERS = (ZERO, D("-2.5"), D(7), 3, Quotient(ONE, D(3)))
ARITHMETIC = (operator.add, operator.sub, operator.mul, operator.truediv)
ORDER = (operator.lt, operator.le, operator.gt, operator.ge)


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("compute", ARITHMETIC)
def test_arithmetic_with_a_gap_is_that_gap_whatever_the_number(
    compute: Callable[..., Any], number: D | int
) -> None:
    assert compute(GAP, number) is GAP
    assert compute(number, GAP) is GAP


@pytest.mark.parametrize("compute", ARITHMETIC)
def test_of_two_gaps_the_first_is_told(compute: Callable[..., Any]) -> None:
    assert compute(GAP, OTHER) is GAP
    assert compute(OTHER, GAP) is OTHER
    assert -GAP is GAP


def test_a_sum_is_its_first_gap() -> None:
    figures: list[Figure] = [D(1), OTHER, D(2), GAP]
    assert sum(figures, ZERO) is OTHER


@pytest.mark.parametrize("decide", ORDER)
@pytest.mark.parametrize("number", [*NUMBERS, OTHER])
def test_which_is_larger_is_never_answered_but_with_the_reason(
    decide: Callable[..., Any], number: D | int | Gap
) -> None:
    with pytest.raises(AbsentError) as absent:
        decide(GAP, number)
    assert absent.value.gap is GAP
    with pytest.raises(AbsentError):
        decide(number, GAP)


@pytest.mark.parametrize("decide", [bool, operator.not_, lambda gap: gap or ZERO])
def test_whether_it_is_zero_is_never_answered(decide: Callable[..., Any]) -> None:
    with pytest.raises(AbsentError, match="the mark of X"):
        decide(GAP)


def test_it_is_equal_to_the_same_gap_and_to_no_number() -> None:
    assert missing("the mark of X is not given") == GAP
    assert hash(missing("the mark of X is not given")) == hash(GAP)
    assert GAP != OTHER
    assert not any(number == GAP for number in NUMBERS)


def test_it_survives_copies_and_processes() -> None:
    assert pickle.loads(pickle.dumps(GAP)) == copy.deepcopy(GAP) == GAP


def test_a_formula_over_a_gap_gives_the_gap() -> None:
    @figured
    def formula(mark: Figure, size: D) -> Figure:
        value = mark * size - ONE
        return value if need(value) > 0 else ZERO

    assert formula(GAP, D(2)) is GAP
    assert formula(D(3), D(2)) == D(5)
    assert known(formula(GAP, D(2))) is None
    assert known(formula(D(3), D(2))) == D(5)

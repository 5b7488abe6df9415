"""The parts of the normal form: what a leg counts, a loan costs, a position is worth."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from marginline.core.findings import AbsentError, Gap, missing
from marginline.core.numbers import Direction
from marginline.core.pool import terms
from marginline.core.pool.exposure import Basis, Exposure, InitialTerm, MaintenanceTerm
from marginline.core.pool.pool import BorrowTerm, Leg, Trigger
from marginline.core.pool.schedules import RateSchedule, Rounding
from tests.core.pools import (
    INVERSE,
    LINEAR,
    QUANTO,
    exposure,
    haircut,
    leg,
    pool,
    schedule,
    term,
)

GAP = missing("it is not given")
TIERED = haircut(("0", "1"), ("100", "0.5"))
IN_COINS = haircut(("0", "1"), ("10", "0.5"), keyed_by="quantity")
WHOLE = haircut(("0", "1"), ("100", "0.5"), kind="whole")
VALUES = [
    pytest.param(leg("0"), "7", "7", id="plain money"),
    pytest.param(leg("0"), "-7", "-7", id="plain debt"),
    pytest.param(leg("0", rate_positive=D(2), rate_negative=D(3)), "7", "14", id="at the bid"),
    pytest.param(leg("0", rate_positive=D(2), rate_negative=D(3)), "-7", "-21", id="at the ask"),
    pytest.param(leg("0", supports=False), "7", "0", id="switched off"),
    pytest.param(leg("0", supports=False), "-7", "-7", id="a debt counts all the same"),
    pytest.param(leg("0", haircut=TIERED), "100", "100", id="the whole first slice"),
    pytest.param(leg("0", haircut=TIERED), "140", "120", id="half of the second"),
    pytest.param(leg("0", haircut=TIERED, rate_positive=D(20)), "7", "120", id="keyed by value"),
    pytest.param(leg("0", haircut=IN_COINS, rate_positive=D(20)), "14", "240", id="by quantity"),
    pytest.param(leg("0", haircut=TIERED), "-140", "-140", id="a debt is never cut"),
    pytest.param(leg("0", haircut=WHOLE), "100", "100", id="whole: the edge is in the row below"),
    pytest.param(leg("0", haircut=WHOLE), "140", "70", id="whole: all at the row's ratio"),
    pytest.param(leg("0", haircut=GAP, rate_positive=GAP, rate_negative=GAP), "0", "0", id="0"),
    pytest.param(leg("0", haircut=GAP), "-3", "-3", id="a debt needs no ratio"),
    pytest.param(leg("0", rate_negative=GAP), "3", "3", id="what it has needs no ask"),
]


@pytest.mark.parametrize(("of", "amount", "value"), VALUES)
def test_value_of_a_leg(of: Leg, amount: str, value: str) -> None:
    assert of.value(D(amount)) == D(value)


@pytest.mark.parametrize(
    ("of", "amount"),
    [
        (leg("0", haircut=GAP), "1"),
        (leg("0", rate_positive=GAP), "1"),
        (leg("0", rate_negative=GAP), "-1"),
    ],
)
def test_value_that_lacks_something_is_absent(of: Leg, amount: str) -> None:
    with pytest.raises(AbsentError):
        of.value(D(amount))


MARGINAL = RateSchedule("value", "marginal", (D(0), D(100)), (D("0.1"), D("0.2")), (D(0), D(10)))
FULL = RateSchedule("value", "whole", (D(0), D(100)), (D("0.1"), D("0.2")), (D(0), D(0)))
COINS = RateSchedule("quantity", "marginal", (D(0), D(10)), (D("0.1"), D("0.2")), (D(0), D(1)))
LOANS = [
    pytest.param(MARGINAL, "15", "20", id="marginal by value: 100 at 10 %, 50 at 20 %"),
    pytest.param(FULL, "15", "30", id="whole by value"),
    pytest.param(COINS, "15", "20", id="by quantity: (1 + 1) coins at 10"),
    pytest.param(D("0.25"), "15", "37.5", id="a flat rate"),
    pytest.param(GAP, "0", "0", id="nothing owed needs no rate"),
]


@pytest.mark.parametrize(("rates", "owed", "charge"), LOANS)
def test_charge_of_a_loan(rates: RateSchedule | D | Gap, owed: str, charge: str) -> None:
    loan = BorrowTerm("BTC", D(owed), D(10), MARGINAL, MARGINAL)
    assert loan.charge(D(owed), rates) == D(charge)


def test_loan_without_its_rate_or_price_is_absent() -> None:
    with pytest.raises(AbsentError):
        BorrowTerm("BTC", D(1), D(10), GAP, GAP).charge(D(1), GAP)
    with pytest.raises(AbsentError):
        BorrowTerm("BTC", D(1), GAP, MARGINAL, MARGINAL).charge(D(1), MARGINAL)


POSITIONS = [
    pytest.param(exposure("2", "90", "100"), "200", "20", id="linear long"),
    pytest.param(exposure("-2", "90", "100"), "200", "-20", id="linear short"),
    pytest.param(exposure("100", "50", "100", instrument=INVERSE), "1", "1", id="inverse long"),
    pytest.param(exposure("-100", "50", "100", instrument=INVERSE), "1", "-1", id="inverse short"),
    pytest.param(exposure("2", "90", "100", instrument=QUANTO), "100", "10", id="quanto"),
]


@pytest.mark.parametrize(("of", "notional", "pnl"), POSITIONS)
def test_notional_and_pnl(of: Exposure, notional: str, pnl: str) -> None:
    assert of.notional_at(D(100)) == D(notional)
    assert of.pnl_at(D(100)) == D(pnl)


def test_quanto_without_multiplier_is_absent() -> None:
    from dataclasses import replace

    bare = exposure("1", instrument=replace(QUANTO, multiplier=None))
    with pytest.raises(AbsentError, match="multiplier"):
        bare.notional_at(D(1))


STEP = Rounding(D(1), Direction.UP)
TERMS = [
    pytest.param(term(("0", "0.1"), ("100", "0.2")), "50", id="marginal: 10 + 2 * 20"),
    pytest.param(
        MaintenanceTerm(schedule(("0", "0.1"), ("100", "0.2"), kind="whole")), "60", id="whole"
    ),
    pytest.param(
        MaintenanceTerm(schedule(("0", "0.1"), ("1", "0.2"), keyed_by="size", per_unit=True)),
        "50",
        id="by size: one at 10 %, two at 20 %",
    ),
    pytest.param(
        MaintenanceTerm(schedule(("0", "0.1"), ("2", "0.6"), keyed_by="size", per_unit=True)),
        "80",
        id="by size with a deduction of 1 a coin: two at 10 %, one at 60 %",
    ),
    pytest.param(term(fee_constant=D(3), fee_rate=D("0.01")), "36", id="closing fees inside it"),
    pytest.param(term(extra_notional=D(100)), "40", id="orders charged with it"),
    pytest.param(term(basis=Basis.ENTRY), "27", id="at entry"),
    pytest.param(term(slope=D("0.01")), "39", id="the rate grows by a hundredth a coin"),
    pytest.param(term(fee_constant=D("0.2"), rounding=STEP), "31", id="rounded up to the step"),
]


@pytest.mark.parametrize(("maintenance", "charge"), TERMS)
def test_maintenance_of_three_at_100(maintenance: object, charge: str) -> None:
    of = exposure("-3", "90", "100", maintenance)  # type: ignore[arg-type]
    assert terms.maintenance_amount(of) == D(charge)


@pytest.mark.parametrize(
    ("initial", "margin"),
    [
        pytest.param(InitialTerm(D("0.2")), "60", id="at the mark"),
        pytest.param(InitialTerm(D("0.2"), basis=Basis.ENTRY), "54", id="at entry"),
        pytest.param(InitialTerm(D("0.2"), fee_constant=D(1), fee_rate=D("0.01")), "64", id="fees"),
        pytest.param(InitialTerm(D("0.201"), rounding=STEP), "61", id="rounded up"),
    ],
)
def test_initial_margin_of_three_at_100(initial: InitialTerm, margin: str) -> None:
    assert terms.initial_amount(exposure("-3", "90", "100", initial=initial)) == D(margin)


def test_closing_fee_is_on_the_notional_at_the_mark() -> None:
    assert terms.closing_fee_amount(exposure("-3", "90", "100", term())) == 0
    fee = term(closing_fee_rate=D("0.01"))
    assert terms.closing_fee_amount(exposure("-3", "90", "100", fee)) == 3


@pytest.mark.parametrize(("mark", "row"), [("100", 0), ("100.01", 1), ("0.01", 0)])
def test_an_edge_belongs_to_the_row_below(mark: str, row: int) -> None:
    of = exposure("1", "100", mark, term(("0", "0.1"), ("100", "0.2")))
    assert terms.tier_row(of) == row


@pytest.mark.parametrize(
    ("inclusive", "requirement", "reached"),
    [(True, "10", True), (False, "10", False), (False, "10.1", True), (True, "9.9", False)],
)
def test_trigger_at_the_line(inclusive: bool, requirement: str, reached: bool) -> None:
    assert Trigger(inclusive=inclusive).reached(D(requirement), D(10)) == reached


def test_pool_at_other_marks_moves_the_index_in_the_same_ratio() -> None:
    other = exposure("1", instrument=INVERSE, index=D(100))
    moved = pool(leg("0"), exposure("1", index=D(80)), other).at({"X": D(50)})
    assert [(e.mark, e.index) for e in moved.exposures] == [(D(50), D(40)), (D(100), D(100))]


def test_every_asset_of_an_exposure_has_a_leg() -> None:
    with pytest.raises(AssertionError, match="no leg for BTC"):
        pool(leg("0")).leg("BTC")


def test_linear_is_not_inverse() -> None:
    assert not exposure("1", instrument=LINEAR).inverse
    assert exposure("1", instrument=INVERSE).inverse

"""Every measure of a pool and of a position by its own definition, on numbers worked by hand."""

from __future__ import annotations

import gc
from decimal import Decimal as D
from weakref import ref

import pytest

from marginline.core.assessment.figures import Asked
from marginline.core.findings import AbsentError, Gap, missing
from marginline.core.measures import Measure as M
from marginline.core.numbers import exact
from marginline.core.pool.pool import BorrowTerm, Kind, OrderTerm, Part, Pool, Trigger
from marginline.core.pool.schedules import RateSchedule
from tests.core.pools import INVERSE, exposure, figures, haircut, leg, pool, term

GAP = missing("it is not given")
RATES = RateSchedule("value", "marginal", (D(0),), (D("0.5"),), (D(0),))
RICH = pool(
    leg("1000", liability=D(100), locked=D(50), credit=D(40), options_value=D(7)),
    exposure("2", "90", fees=D(-3), funding_rate=D("0.001")),
    exposure("-1", "90", key="s", maintenance=term(closing_fee_rate=D("0.01"))),
    orders=(OrderTerm("X", "USD", D(11)), OrderTerm("Y", "USD", D(4), D(2))),
    borrows=(BorrowTerm("USD", D(8), D(1), RATES, D("0.25")),),
    adjustments=(Part("frozen", D(-10)),),
    maintenance_parts=(Part("part", D(5)),),
    initial_parts=(Part("part", D(6)),),
)
POOL = [
    ("wallet_balance", "1000"),
    ("credit", "40"),
    ("unrealized_pnl", "10"),
    ("equity", "917"),
    ("collateral_value", "900"),
    ("haircut", "0"),
    ("margin_balance", "860"),
    ("support", "850"),
    ("position_initial_margin", "66"),
    ("order_initial_margin", "19"),
    ("borrow_initial_margin", "2"),
    ("initial_margin", "87"),
    ("maintenance_margin", "39"),
    ("closing_fee", "1"),
    ("buffer", "810"),
    ("available_balance", "763"),
    ("gross_notional", "300"),
    ("net_notional", "100"),
]


@pytest.mark.parametrize(("name", "value"), POOL)
def test_measure_of_a_pool(name: str, value: str) -> None:
    assert figures(RICH)[M(name)] == D(value)


def test_ratios_of_a_pool() -> None:
    with exact():
        found = figures(RICH)
        assert found[M.MARGIN_RATIO] == found[M.VENUE_RATIO] == D(40) / 850
        assert found[M.INITIAL_MARGIN_RATIO] == D(87) / 850
        assert found[M.EFFECTIVE_LEVERAGE] == D(300) / 860
        assert found[M.UNREALIZED_SHARE] == D(10) / 860
        assert found[M.CREDIT_SHARE] == D(40) / 860


POSITION = [
    ("notional", "200"),
    ("unrealized_pnl", "20"),
    ("initial_margin", "40"),
    ("maintenance_margin", "20"),
    ("closing_fee", "0"),
    ("tier", "1"),
    ("maintenance_rate", "0.1"),
    ("break_even_price", "91.5"),
    ("return_on_margin", "0.5"),
    ("funding_next", "-0.2"),
]


@pytest.mark.parametrize(("name", "value"), POSITION)
def test_measure_of_a_position(name: str, value: str) -> None:
    assert figures(RICH).positions[0][M(name)] == D(value)


def test_a_short_earns_a_positive_rate() -> None:
    of = pool(leg("1"), exposure("-2", funding_rate=D("0.001")))
    assert figures(of).positions[0][M.FUNDING_NEXT] == D("0.2")


@pytest.mark.parametrize("balance", ["0", "-5"])
@pytest.mark.parametrize("measure", [M.MARGIN_RATIO, M.INITIAL_MARGIN_RATIO, M.EFFECTIVE_LEVERAGE])
def test_a_ratio_to_nothing_is_not_applicable(balance: str, measure: M) -> None:
    found = figures(pool(leg(balance))).figure(measure)
    assert isinstance(found, Gap)
    assert found.code.name == "NOT_APPLICABLE"


def test_a_pool_without_requirement_has_the_ratio_0() -> None:
    found = figures(pool(leg("5")))
    assert (found[M.MARGIN_RATIO], found[M.INITIAL_MARGIN_RATIO]) == (D(0), D(0))


def test_a_loss_is_no_share_of_profit() -> None:
    assert figures(pool(leg("50"), exposure("1", "120")))[M.UNREALIZED_SHARE] == 0


JOINT = pool(
    leg("100"),
    leg("10", "EUR", index=D(2), rate_positive=D("1.5"), rate_negative=D(3), credit=D(1)),
    leg("40", "BTC", index=D(1), haircut=haircut(("0", "0.5"))),
    exposure("1", "90", asset="EUR", value_rate=D(2), requirement_rate=D(3)),
    kind=Kind.ACCOUNT,
    trigger=Trigger(level=D(2)),
)
OF_JOINT = [
    ("wallet_balance", "160"),
    ("credit", "2"),
    ("unrealized_pnl", "20"),
    ("equity", "180"),
    ("margin_balance", "150"),
    ("collateral_value", "150"),
    ("haircut", "30"),
    ("maintenance_margin", "30"),
    ("position_initial_margin", "60"),
    ("gross_notional", "200"),
    ("buffer", "90"),
    ("margin_ratio", "0.4"),
]


@pytest.mark.parametrize(("name", "value"), OF_JOINT)
def test_measure_of_a_joint_pool(name: str, value: str) -> None:
    """Reports at index, support at the leg's rates, requirements at their own."""
    assert figures(JOINT)[M(name)] == D(value)


def test_pnl_that_joins_after_the_haircut_counts_at_index() -> None:
    half = leg("100", haircut=haircut(("0", "0.5")), cuts_pnl=False)
    found = figures(pool(half, exposure("1", "90"), kind=Kind.ACCOUNT))
    assert (found[M.MARGIN_BALANCE], found[M.COLLATERAL_VALUE]) == (D(60), D(50))


def test_collateral_of_one_asset_is_its_worth_unless_it_is_cut_or_has_two_rates() -> None:
    plain, cut = leg("100", locked=D(5)), leg("100", haircut=haircut(("0", "0.5")))
    sided = leg("100", rate_positive=D("0.5"), rate_negative=D(2))
    gain = exposure("1", "90")
    for legs, value, taken in (
        ((plain,), "100", "0"),
        ((cut,), "55", "55"),
        ((sided,), "55", "55"),
        ((plain, leg("7", "EUR")), "112", "0"),
    ):
        found = figures(pool(*legs, gain))
        assert (found[M.COLLATERAL_VALUE], found[M.HAIRCUT]) == (D(value), D(taken))
    joint = figures(pool(plain, gain, kind=Kind.ACCOUNT))
    assert joint[M.COLLATERAL_VALUE] == joint[M.MARGIN_BALANCE] == 105


def test_effective_leverage_of_a_position_is_on_the_pools_balance() -> None:
    joint = figures(JOINT)
    with exact():
        assert joint.positions[0][M.EFFECTIVE_LEVERAGE] == D(200) / 150


def test_measures_of_a_position_can_be_read_when_all_else_is_gone() -> None:
    def only() -> Asked:
        joint = figures(JOINT)
        return Asked(joint.positions[0], (M.EFFECTIVE_LEVERAGE,))

    with exact():
        assert only()[M.EFFECTIVE_LEVERAGE] == D(200) / 150


def test_figures_that_are_superseded_go_without_a_collector() -> None:
    """A monitor makes thousands a minute; collecting them would halt it for half a second."""
    gc.collect()
    gc.disable()
    try:
        found = figures(JOINT)
        gone = ref(found), ref(found.positions[0])
        assert found[M.BUFFER] is not None
        assert found.positions[0][M.EFFECTIVE_LEVERAGE] is not None
        position = found.positions[0]
        del found
        assert gone[0]() is None
        with pytest.raises(ReferenceError, match=r"the pool of \S+ is gone"):
            _ = position.pool
        del position
        assert gone[1]() is None
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("size", "fees", "price"),
    [
        pytest.param("2", "-3", "101.5", id="a long pays"),
        pytest.param("-2", "-3", "98.5", id="a short pays"),
        pytest.param("2", "3", "98.5", id="a rebate"),
        pytest.param("2", "199", "0.5", id="a rebate that leaves little"),
        pytest.param("2", "200", None, id="a rebate as large as the price"),
        pytest.param("2", "300", None, id="a rebate beyond the price"),
    ],
)
def test_break_even(size: str, fees: str, price: str | None) -> None:
    found = figures(pool(leg("1"), exposure(size, fees=D(fees)))).positions[0]
    figure = found.figure(M.BREAK_EVEN_PRICE)
    assert isinstance(figure, Gap) if price is None else figure == D(price)


@pytest.mark.parametrize(
    ("fees", "price"),
    [pytest.param("-0.2", "125", id="in coins"), pytest.param("-1", None, id="more than it holds")],
)
def test_break_even_of_an_inverse_position(fees: str, price: str | None) -> None:
    of = exposure("100", instrument=INVERSE, asset="X", fees=D(fees))
    figure = figures(pool(leg("1", "X"), of, asset="X")).positions[0].figure(M.BREAK_EVEN_PRICE)
    assert isinstance(figure, Gap) if price is None else figure == D(price)


def test_without_initial_margin_there_is_no_return_on_it() -> None:
    from marginline.core.pool.exposure import InitialTerm

    free = exposure("1", initial=InitialTerm(D(0)))
    assert isinstance(figures(pool(leg("1"), free)).positions[0].figure(M.RETURN_ON_MARGIN), Gap)


def test_groups_count_their_larger_side_in_the_pool() -> None:
    legs = [exposure(s, key=s, maintenance=term(group="x")) for s in ("2", "-3", "1")]
    assert figures(pool(leg("500"), *legs))[M.MAINTENANCE_MARGIN] == 30
    shown = exposure("5", key="shown", maintenance=term(counts=False))
    assert figures(pool(leg("500"), shown))[M.MAINTENANCE_MARGIN] == 0
    assert figures(pool(leg("500"), shown)).positions[0][M.MAINTENANCE_MARGIN] == 50


def test_the_larger_of_loans_and_positions_may_be_the_rule() -> None:
    loans = (BorrowTerm("USD", D(30), D(1), RATES, RATES),)
    both = pool(leg("500"), exposure("1"), borrows=loans)
    larger = pool(leg("500"), exposure("1"), borrows=loans, larger_of_loans=True)
    assert figures(both)[M.MAINTENANCE_MARGIN] == 25
    assert figures(larger)[M.MAINTENANCE_MARGIN] == 15


def test_loan_that_follows_its_leg_is_what_the_leg_falls_below_zero() -> None:
    def owed(of: Pool) -> D:
        return figures(of).owed(of.borrows[0])

    loan = (BorrowTerm("USD", D(5), D(1), RATES, RATES, follows_leg=True),)
    assert owed(pool(leg("10"), exposure("1", "90"), borrows=loan)) == 5
    assert owed(pool(leg("-10", locked=D(2)), exposure("1", "90"), borrows=loan)) == 7
    assert owed(pool(leg("-10"), exposure("1", "120"), borrows=loan)) == 35


def test_an_absent_number_names_what_is_missing_wherever_it_is_asked_for() -> None:
    from dataclasses import replace

    blind = replace(exposure("1"), mark=missing("the mark of X is not given"))
    found = figures(pool(leg("1"), blind))
    for measure in (
        M.UNREALIZED_PNL,
        M.MARGIN_BALANCE,
        M.MARGIN_RATIO,
        M.BUFFER,
        M.AVAILABLE_BALANCE,
    ):
        figure = found.figure(measure)
        assert isinstance(figure, Gap)
        assert figure.message == "the mark of X is not given"
    with pytest.raises(AbsentError):
        _ = found[M.BUFFER]
    assert found[M.WALLET_BALANCE] == 1


def test_a_measure_that_no_rule_knows_is_not_applicable() -> None:
    figure = figures(pool(leg("1"))).figure(M.CALL_AMOUNT)
    assert isinstance(figure, Gap)
    assert figure.code.name == "NOT_APPLICABLE"

"""The walk over a pool's segments: where the safe range ends, whatever the pool is made of."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marginline.core.account.account import Instrument
from marginline.core.findings import AbsentError, missing
from marginline.core.measures import Measure as M
from marginline.core.numbers import exact
from marginline.core.polynomial import Curve
from marginline.core.pool.exposure import Basis, Exposure, MaintenanceTerm
from marginline.core.pool.pool import BorrowTerm, Kind, Part, Pool, Trigger
from marginline.core.pool.schedules import RateSchedule
from marginline.core.solver.health import Path, PoolCurves, middle
from marginline.core.solver.safe_range import SafeRange, _facing, _saving, safe_range
from marginline.core.solver.standing import Standing
from tests.core.pools import (
    INVERSE,
    LINEAR,
    QUANTO,
    exposure,
    figures,
    haircut,
    leg,
    pool,
    schedule,
    term,
)

Ends = tuple[str | None, str | None, str | None]
GAP = missing("it is not given")


def walked(of: Pool, symbol: str = "X", *, bankruptcy: bool = False) -> Ends:
    """Below, above, price; to nine places."""
    with exact():
        found = safe_range(Standing(of), symbol, bankruptcy=bankruptcy)
    return nine(found.below), nine(found.above), nine(found.price)


def nine(price: D | str | None) -> str | None:
    return None if price is None else f"{D(price):.9f}"


def inverse(size: str, **more: object) -> Exposure:
    return exposure(size, instrument=INVERSE, asset="X", **more)  # type: ignore[arg-type]


FIXED = RateSchedule("value", "marginal", (D(0),), (D("0.1"),), (D(0),))
LADDER = RateSchedule("value", "marginal", (D(0), D(50)), (D("0.1"), D("0.3")), (D(0), D(10)))
IN_COINS = RateSchedule("quantity", "whole", (D(0), D(50)), (D("0.1"), D("0.3")), (D(0), D(0)))


def usd(balance: str, *parts: Exposure, **more: object) -> Pool:
    return pool(leg(balance), *parts, **more)  # type: ignore[arg-type]


# Each line: health as a function of the price P of X, all of it worked by hand.
CASES = [
    pytest.param(usd("46", exposure("1")), ("60", None, "60"), id="P - 54 = 0.1 P"),
    pytest.param(usd("21", exposure("-1")), (None, "110", "110"), id="121 - P = 0.1 P"),
    pytest.param(
        usd("46", exposure("1", maintenance=term(basis=Basis.ENTRY))),
        ("64", None, "64"),
        id="maintenance fixed at entry: P - 54 = 10",
    ),
    pytest.param(
        usd("46", exposure("1", index=D(200), maintenance=term(basis=Basis.INDEX))),
        ("67.5", None, "67.5"),
        id="maintenance at the index, which moves with the mark: P - 54 = 0.2 P",
    ),
    pytest.param(
        usd("46", exposure("1", maintenance=term(fee_constant=D(9), fee_rate=D("0.1")))),
        ("78.75", None, "78.75"),
        id="closing fees inside: P - 54 = 0.2 P + 9",
    ),
    pytest.param(
        usd("46", exposure("1", maintenance=term(closing_fee_rate=D("0.1")))),
        ("67.5", None, "67.5"),
        id="closing fee on top: P - 54 = 0.2 P",
    ),
    pytest.param(
        usd("46", exposure("1", maintenance=term(extra_notional=D(90)))),
        ("70", None, "70"),
        id="orders charged with it stand: P - 54 = 0.1 (P + 90)",
    ),
    pytest.param(
        usd("46", exposure("1"), trigger=Trigger(level=D(4))),
        ("90", None, "90"),
        id="level 4: P - 54 = 0.4 P",
    ),
    pytest.param(
        usd("46", exposure("1"), adjustments=(Part("frozen", D(-18)),)),
        ("80", None, "80"),
        id="what the venue takes off: P - 72 = 0.1 P",
    ),
    pytest.param(
        usd("46", exposure("1"), maintenance_parts=(Part("part", D(9)),)),
        ("70", None, "70"),
        id="a part that stands: P - 54 = 0.1 P + 9",
    ),
    pytest.param(
        usd("46", exposure("1", requirement_rate=D(2))),
        ("67.5", None, "67.5"),
        id="requirement at a worse rate: P - 54 = 0.2 P",
    ),
    pytest.param(
        usd("46", exposure("1", maintenance=term(slope=D("0.1")))),
        ("67.5", None, "67.5"),
        id="rate grows with the coins: P - 54 = (0.1 + 0.1) P",
    ),
    pytest.param(
        usd("46", exposure("1", maintenance=term(("0", "0.1"), ("70", "0.4")))),
        ("60", None, "60"),
        id="only the slice above 70 pays 40 %, and 60 is below it",
    ),
    pytest.param(
        usd("37", exposure("1", maintenance=term(("0", "0.1"), ("70", "0.4")))),
        ("70", None, "70"),
        id="exactly on the edge between two tiers",
    ),
    pytest.param(
        usd("10", exposure("1", maintenance=term(("0", "0.1"), ("70", "0.4")))),
        ("115", None, "115"),
        id="under: 0.6 P = 69",
    ),
    pytest.param(
        usd(
            "46",
            exposure(
                "1",
                maintenance=MaintenanceTerm(
                    schedule(("0", "0.1"), ("0.5", "0.3"), keyed_by="size", per_unit=True)
                ),
            ),
        ),
        ("67.5", None, "67.5"),
        id="by size: half at 10 %, half at 30 %",
    ),
    pytest.param(
        usd("54", exposure("1"), exposure("1", key="b")),
        ("81.111111111", None, "81.111111111"),
        id="two rows of one instrument move together: 2 P - 146 = 0.2 P",
    ),
    pytest.param(
        pool(leg("0"), leg("27", "BTC", index=D(2), rate_positive=D(2), rate_negative=D(3)),
             exposure("2", instrument=QUANTO, asset="BTC", value_rate=D(2), requirement_rate=D(3))),
        ("85.882352941", None, "85.882352941"),
        id="quanto: 2 (27 + P - 100) = 3 * 0.1 P",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("of", "expected"), CASES)
def test_linear(of: Pool, expected: Ends) -> None:
    symbol = of.exposures[0].instrument.symbol
    assert walked(of, symbol) == tuple(map(nine, expected))


GROUPED = term(group="x")
GROUPS = [
    pytest.param("2", "-1", "40", ("75", None, "75"), id="the long side: 40 + P - 100 = 0.2 P"),
    pytest.param("1", "-2", "40", (None, "116.666666667", "116.666666667"), id="the short side"),
    pytest.param("1", "-1", "11", (None, "110", "110"), id="equal: one of them counts"),
]


@pytest.mark.parametrize(("long", "short", "balance", "expected"), GROUPS)
def test_of_a_group_the_larger_side_counts(
    long: str, short: str, balance: str, expected: Ends
) -> None:
    legs = (exposure(long, maintenance=GROUPED), exposure(short, key="s", maintenance=GROUPED))
    assert walked(usd(balance, *legs)) == tuple(map(nine, expected))


def test_side_of_a_group_may_change_along_the_path() -> None:
    """Long 1 at 10 %; short 1 at 5 %, but 40 % above 100: above 116.67 the short costs more."""
    short = term(("0", "0.05"), ("100", "0.4"), group="x")
    of = usd("40", exposure("1", maintenance=GROUPED), exposure("-1", key="s", maintenance=short))
    assert walked(of) == tuple(map(nine, (None, "187.5", "187.5")))


INVERSES = [
    pytest.param("2", "1000", ("91.666666667", None, "91.666666667"), id="long: 11 / 0.12"),
    pytest.param("2", "-1000", (None, "112.5", "112.5"), id="short"),
    pytest.param("10", "-1000", (None, None, None), id="a covered short"),
    pytest.param("-1", "-1000", (None, "81.818181818", "81.818181818"), id="a short under"),
    pytest.param("-10", "1000", (None, None, None), id="no price saves it"),
]


@pytest.mark.parametrize(("balance", "size", "expected"), INVERSES)
def test_inverse(balance: str, size: str, expected: Ends) -> None:
    of = pool(leg(balance, "X"), inverse(size), asset="X")
    assert walked(of, "XUSD") == tuple(map(nine, expected))


# -- collateral and loans ------------------------------------------------------------------------

CUT = haircut(("0", "1"), ("40", "0.5"))


def test_haircut_slices_of_the_pnl_are_walked() -> None:
    """Amount P - 40, cut in half above 40: P - 40 up to P = 80, then 0.5 P."""
    low = exposure("1", maintenance=term(("0", "0.2")))
    assert walked(pool(leg("60", haircut=CUT), low)) == tuple(map(nine, ("50", None, "50")))
    high = exposure("1", maintenance=term(("0", "0.45")))
    assert walked(pool(leg("60", haircut=CUT), high)) == tuple(
        map(nine, ("72.727272727", None, "72.727272727"))
    )


def test_debt_counts_at_the_worse_rate_below_the_kink() -> None:
    """Amount P - 90 at 0.5 above 0 and at 2 below; 30 beside it: 2 (P - 90) + 30 = 0.1 P."""
    of = pool(
        leg("10", rate_positive=D("0.5"), rate_negative=D(2)), leg("30", "EUR"), exposure("1")
    )
    assert walked(of) == tuple(map(nine, (D(150) / D("1.9"), None, D(150) / D("1.9"))))


def test_collateral_that_is_switched_off_counts_only_as_a_debt() -> None:
    """P - 60 counts 0 above 60; 20 beside it: 20 = 0.1 P above, P - 40 = 0.1 P below."""
    of = pool(leg("40", supports=False), leg("20", "EUR"), exposure("1"))
    assert walked(of) == tuple(map(nine, ("44.444444444", "200", "44.444444444")))


def test_pnl_that_joins_after_the_haircut() -> None:
    """Half of 80 counts, the P&L whole: 40 + P - 100 = 0.1 P."""
    of = pool(leg("80", haircut=haircut(("0", "0.5")), cuts_pnl=False), exposure("1"))
    assert walked(of) == tuple(map(nine, ("66.666666667", None, "66.666666667")))


def loan(fixed: str, rates: RateSchedule = FIXED, *, follows: bool = False) -> BorrowTerm:
    return BorrowTerm("USD", D(fixed), D(1), rates, rates, follows_leg=follows)


LOANS = [
    pytest.param(loan("90"), ("70", None, "70"), id="a loan stands: P - 54 = 0.1 P + 9"),
    pytest.param(
        loan("0", follows=True),
        ("60", None, "60"),
        id="a loan that follows a leg: above 54 there is none",
    ),
    pytest.param(loan("60", LADDER), ("68.888888889", None, "68.888888889"), id="its tiers: 5 + 3"),
    pytest.param(loan("60", IN_COINS), ("80", None, "80"), id="whole, by quantity: 18"),
]


@pytest.mark.parametrize(("term_", "expected"), LOANS)
def test_loans(term_: BorrowTerm, expected: Ends) -> None:
    assert walked(usd("46", exposure("1"), borrows=(term_,))) == tuple(map(nine, expected))


def test_loan_that_follows_its_leg_grows_below_the_kink() -> None:
    """BTC at 1: its amount P - 120 is owed below 120, at 10 % up to 50 and 30 % beyond; USD 60.

    At 100 it owes 20: 60 + P - 120 - 0.1 P - 0.1 (120 - P); below 70 it owes more than 50.
    """
    rates = BorrowTerm("BTC", D(0), D(1), LADDER, LADDER, follows_leg=True)
    of = pool(leg("60"), leg("-20", "BTC"), exposure("1", asset="BTC"), borrows=(rates,))
    assert walked(of) == tuple(map(nine, ("72", None, "72")))
    richer = pool(leg("70"), leg("-20", "BTC"), exposure("1", asset="BTC"), borrows=(rates,))
    assert walked(richer) == tuple(map(nine, ("63.333333333", None, "63.333333333")))


def test_larger_of_loans_and_positions() -> None:
    """P - 54 must exceed the larger of 0.1 P and 9."""
    of = usd("46", exposure("1"), borrows=(loan("90"),), larger_of_loans=True)
    assert walked(of) == tuple(map(nine, ("63", None, "63")))
    small = usd("46", exposure("1"), borrows=(loan("20"),), larger_of_loans=True)
    assert walked(small) == tuple(map(nine, ("60", None, "60")))


def test_the_larger_changes_within_a_segment() -> None:
    """The loan's 9 count below 90; the segment reaches to the tier's edge at 130."""
    tiers = term(("0", "0.1"), ("130", "0.2"))
    of = usd("46", exposure("1", maintenance=tiers), borrows=(loan("90"),), larger_of_loans=True)
    assert walked(of) == tuple(map(nine, ("63", None, "63")))


def test_a_loan_does_not_follow_its_leg_above_zero_by_however_little() -> None:
    """At 100 the leg holds half a euro: nothing is owed, and the requirement is 10."""
    rates = BorrowTerm("EUR", D(0), D(1), FIXED, FIXED, follows_leg=True)
    of = pool(leg("500"), leg("0.5", "EUR"), exposure("1", asset="EUR"), borrows=(rates,))
    with exact():
        curves = PoolCurves(
            Standing(of), Path({"X/both": Curve(D(0), D(1))}, {}, D(100)), of.exposures
        )
        assert curves.health(D(100)).at(D(100)) == figures(of)[M.BUFFER] == D("490.5")


# -- choice --------------------------------------------------------------------------------------


def test_strictness_decides_at_the_line() -> None:
    """Support equals the requirement at 100: not safe where inclusive, safe where not."""
    at_the_line = usd("10", exposure("-1"))
    strict = usd("10", exposure("-1"), trigger=Trigger(inclusive=False))
    assert walked(at_the_line) == walked(strict) == tuple(map(nine, (None, "100", "100")))
    assert figures(at_the_line)[M.BUFFER] == 0


@pytest.mark.parametrize(
    ("below", "above", "net", "mark", "price"),
    [
        pytest.param("80", "150", "1", "100", "80", id="a long: the lower end"),
        pytest.param("80", "150", "-1", "100", "150", id="a short: the upper end"),
        pytest.param("80", "150", "0", "100", "80", id="flat: the nearer, below"),
        pytest.param("80", "150", "0", "130", "150", id="flat: the nearer, above"),
        pytest.param("80", "120", "0", "100", "80", id="flat: as near, below"),
        pytest.param(None, "150", "1", "100", "150", id="a long without a lower end: the upper"),
        pytest.param("80", None, "-1", "100", "80", id="a short without an upper end: the lower"),
        pytest.param(None, None, "1", "100", None, id="none"),
    ],
)
def test_price_is_the_end_on_the_side_that_hurts(
    below: str | None, above: str | None, net: str, mark: str, price: str | None
) -> None:
    ends = (None if below is None else D(below), None if above is None else D(above))
    found = _facing(ends, D(net), D(mark))
    assert found == SafeRange(*ends, None if price is None else D(price))


@pytest.mark.parametrize(
    ("below", "above", "mark", "price"),
    [
        pytest.param("80", "150", "70", "80", id="above the mark: its lower end saves"),
        pytest.param("80", "150", "160", "150", id="below the mark: its upper end saves"),
        pytest.param("80", None, "70", "80", id="open above"),
        pytest.param(None, "150", "160", "150", id="open below"),
        pytest.param("80", "150", "80", "80", id="at the very end"),
    ],
)
def test_price_that_saves(below: str | None, above: str | None, mark: str, price: str) -> None:
    ends = (None if below is None else D(below), None if above is None else D(above))
    assert _saving(ends, D(mark)).price == D(price)


def test_no_price_saves_an_empty_range() -> None:
    with exact():
        found = safe_range(Standing(usd("-200", exposure("-1"))), "X")
    assert found == SafeRange(None, None, None, empty=True)


def test_bankruptcy_leaves_requirements_out() -> None:
    of = usd("46", exposure("1", maintenance=MaintenanceTerm(GAP)))
    assert walked(of, bankruptcy=True) == tuple(map(nine, ("54", None, "54")))
    with pytest.raises(AbsentError):
        walked(of)


def test_bankruptcy_counts_what_the_venue_takes_off_as_the_pools_own() -> None:
    of = usd("46", exposure("1"), adjustments=(Part("frozen", D(-18)),))
    assert walked(of, bankruptcy=True)[2] == nine("54")


def test_a_balance_that_never_rises_above_zero_has_no_bankruptcy_price() -> None:
    """Collateral switched off: the amount counts as a debt or not at all, and no rounding saves."""
    row = exposure("0.00052", "0.000442", "0.00052", instrument=INVERSE, asset="X")
    of = pool(leg("0", "X", supports=False, rate_negative=D("0.00121")), row, asset="X")
    assert walked(of, "XUSD", bankruptcy=True) == (None, None, None)


def test_an_asset_that_is_not_there_needs_no_rate() -> None:
    nothing = leg("0", "EUR", rate_positive=GAP, rate_negative=GAP)
    of = pool(leg("46"), nothing, exposure("1"))
    assert walked(of) == tuple(map(nine, ("60", None, "60")))
    owed = pool(leg("46"), leg("-1", "EUR", rate_positive=GAP, rate_negative=GAP), exposure("1"))
    with pytest.raises(AbsentError):
        walked(owed)


def test_an_absent_mark_of_another_position_is_the_reason() -> None:
    other = replace(
        exposure("1", instrument=INVERSE), mark=missing("the mark of XUSD is not given")
    )
    with pytest.raises(AbsentError, match="mark of XUSD"):
        walked(pool(leg("5"), leg("1", "X"), exposure("1"), other))


PRICES = st.integers(1, 1000).map(D)


@given(
    balance=st.integers(-500, 2000),
    rows=st.lists(st.tuples(st.integers(-9, 9).filter(bool), PRICES), min_size=1, max_size=4),
    floors=st.lists(st.integers(1, 5000), max_size=4, unique=True),
    whole=st.booleans(),
    inclusive=st.booleans(),
)
@settings(max_examples=max(50, settings().max_examples // 2))
def test_health_changes_its_sign_at_every_end(
    balance: int, rows: list[tuple[int, D]], floors: list[int], whole: bool, inclusive: bool
) -> None:
    steps = [("0", "0.01"), *((str(f), str(D(n) / 20)) for n, f in enumerate(sorted(floors), 1))]
    table = schedule(*steps, kind="whole" if whole else "marginal")
    positions = tuple(
        exposure(str(size), str(entry), "100", MaintenanceTerm(table), key=f"p{n}")
        for n, (size, entry) in enumerate(rows)
    )
    of = usd(str(balance), *positions, trigger=Trigger(inclusive=inclusive))
    with exact():
        found = safe_range(Standing(of), "X")
        for end in (found.below, found.above):
            if end is not None:
                hair = end * D("1e-20")
                there = [_stands(of, price) for price in (end - hair, end + hair)]
                assert there == ([False, True] if end == found.below else [True, False])


def _stands(of: Pool, price: D) -> bool:
    moved = figures(of.at({"X": price}))
    return moved[M.BUFFER] > 0


# -- curves against the pool recomputed ----------------------------------------------------------


@st.composite
def crowded(draw: st.DrawFn) -> Pool:
    """A pool with all that can be in one: legs cut and not, loans, groups, every basis."""

    def number(low: int, high: int) -> D:
        return D(draw(st.integers(low, high)))

    def terms_of(asset: str) -> MaintenanceTerm:
        steps = sorted(draw(st.sets(st.integers(1, 900), max_size=3)))
        rows = [("0", "0.02"), *((str(s), str(D(n) / 10)) for n, s in enumerate(steps, 1))]
        keyed = draw(st.sampled_from(("notional", "size")))
        kind = draw(st.sampled_from(("marginal", "whole")))
        table = schedule(*rows, keyed_by=keyed, kind=kind)
        table = replace(table, per_unit=keyed == "size" and kind == "marginal")
        group = draw(st.sampled_from((None, None, "g")))
        return MaintenanceTerm(
            table,
            basis=draw(st.sampled_from(tuple(Basis))),
            fee_constant=number(0, 5),
            fee_rate=number(0, 3) / 100,
            closing_fee_rate=D(0) if larger or group else number(0, 2) / 100,
            extra_notional=number(0, 300),
            slope=number(0, 1) / 1000 if asset == "USD" and keyed == "notional" else D(0),
            group=group,
            counts=draw(st.integers(0, 5)) > 0,
        )

    # Where the larger of two counts (sides, loans) no venue adds a closing fee on top.
    larger = draw(st.booleans())
    rows = []
    double = replace(LINEAR, contract_size=D(2))
    still = Instrument(symbol="Y", payoff="linear", base="Y", quote="USD", settle="USD")
    for n in range(draw(st.integers(1, 5))):
        asset = draw(st.sampled_from(("USD", "EUR")))
        size = draw(st.integers(-5, 5).filter(bool))
        rate = D(2) if asset == "EUR" else D(1)
        more: dict[str, Any] = {"asset": asset, "index": number(90, 110)}
        more["requirement_rate"] = rate + number(0, 1)
        entry = draw(st.integers(50, 150))
        named = draw(st.sampled_from((double, double, still))) if n else double
        more |= {"key": f"p{n}", "instrument": named}
        rows.append(exposure(str(size), str(entry), "100", terms_of(asset), **more))
    kind = draw(st.sampled_from(("marginal", "whole")))
    keyed = draw(st.sampled_from(("value", "quantity")))
    cut = haircut(("0", "0.9"), ("100", "0.5"), ("300", "0.1"), kind=kind, keyed_by=keyed)
    euros = leg(
        str(draw(st.integers(-300, 600))),
        "EUR",
        locked=number(0, 50),
        liability=number(0, 50),
        options_value=number(-20, 20),
        options_support=draw(st.booleans()),
        supports=draw(st.integers(0, 4)) > 0,
        rate_positive=D("1.9"),
        rate_negative=D("2.1"),
        index=D(2),
        haircut=draw(st.sampled_from((None, cut))),
        cuts_pnl=draw(st.booleans()),
    )
    ladder = RateSchedule(keyed, kind, (D(0), D(80)), (D("0.1"), D("0.3")), (D(0), D(16)))
    follows = {"follows_leg": draw(st.booleans()), "kept": number(0, 30)}
    loans = [BorrowTerm("EUR", number(0, 200), D(2), ladder, ladder, **follows)]  # type: ignore[arg-type]
    return pool(
        leg(str(draw(st.integers(-500, 2000)))),
        euros,
        *rows,
        kind=Kind.ACCOUNT,
        borrows=tuple(loans[: draw(st.integers(0, 1))]),
        adjustments=(Part("frozen", -number(0, 20)),),
        maintenance_parts=(Part("part", number(0, 20)),),
        trigger=Trigger(level=D("1.05")),
        larger_of_loans=larger,
    )


def along(of: Pool, t: D, *, coin: bool) -> Pool:
    """The pool with the mark of X `t` times its own; with `coin` the euro's rates too."""
    marked = of.at({"X": 100 * t})
    if not coin:
        return marked

    def rates(part: Any, *names: str) -> Any:
        return replace(part, **{name: getattr(part, name) * t for name in names})

    legs = [
        rates(part, "rate_positive", "rate_negative", "index") if part.asset == "EUR" else part
        for part in marked.legs
    ]
    rows = [
        rates(e, "value_rate", "requirement_rate") if e.asset == "EUR" else e
        for e in marked.exposures
    ]
    loans = [rates(loan, "index") for loan in marked.borrows]
    return replace(marked, legs=tuple(legs), exposures=tuple(rows), borrows=tuple(loans))


@given(of=crowded(), coin=st.booleans(), hundredths=st.integers(20, 300))
@settings(max_examples=max(60, settings().max_examples))
def test_curves_along_a_path_are_the_pool_recomputed(of: Pool, coin: bool, hundredths: int) -> None:
    """At any `t`: the mark of X at `t` times its own, the euro's rates too where they move."""
    t = D(hundredths) / 100
    with exact():
        moving = [e for e in of.exposures if e.instrument.symbol == "X"]
        states = {e.key: Curve(D(0), D(100)) for e in moving}
        rates = {"EUR": Curve(D(0), D(1))} if coin else {}
        path = Path(states, rates, D(1), high=D(500))
        curves = PoolCurves(Standing(of), path, moving)
        there = figures(along(of, t, coin=coin))
        near = D("1e-26") * 10_000
        assert abs(curves.margin_balance(t).at(t) - there[M.MARGIN_BALANCE]) < near
        assert abs(curves.health(t).at(t) - there[M.BUFFER]) < near
        # Between two edges one formula holds: it may be taken at any point of the segment.
        for low, high in curves.segments(curves.edges):
            if low < t and (high is None or t < high):
                inside = curves.health(middle(low, high))
                assert abs(inside.at(t) - there[M.BUFFER]) < near


def test_edges_lie_inside_the_path() -> None:
    of = usd("46", exposure("1", maintenance=term(("0", "0.1"), ("70", "0.4"), ("130", "0.5"))))
    line = {"X/both": Curve(D(0), D(1))}
    with exact():
        standing = Standing(of)
        whole = PoolCurves(standing, Path(line, {}, D(100)), of.exposures)
        part = PoolCurves(standing, Path(line, {}, D(100), D(70), D(130)), of.exposures)
        assert whole.edges == [D(54), D(70), D(130)]
        assert part.edges == []
        assert part.segments([]) == [(D(70), D(130))]
        assert whole.collateral_edges == [D(54)]


def test_loan_tiers_by_value_and_by_quantity() -> None:
    """EUR at 2, owed below 100: the second tier is from 50 EUR by value, from 80 by coins."""
    tenths = (D("0.1"), D("0.3"))
    by_value = RateSchedule("value", "marginal", (D(0), D(100)), tenths, (D(0), D(20)))
    by_coins = RateSchedule("quantity", "marginal", (D(0), D(80)), tenths, (D(0), D(16)))
    for rates, edges in ((by_value, [D(50), D(100)]), (by_coins, [D(20), D(100)])):
        loan_ = BorrowTerm("EUR", D(0), D(2), rates, rates, follows_leg=True)
        of = pool(
            leg("500"),
            leg("0", "EUR", index=D(2), rate_positive=D(2), rate_negative=D(2)),
            exposure("1", asset="EUR", value_rate=D(2), requirement_rate=D(2)),
            borrows=(loan_,),
        )
        with exact():
            line = Path({"X/both": Curve(D(0), D(1))}, {}, D(100))
            assert PoolCurves(Standing(of), line, of.exposures).edges == edges


def test_a_crossing_of_the_sides_of_a_group_is_an_edge() -> None:
    """The long side counts up to 116.67: with 11 behind it the end is at 110."""
    short = term(("0", "0.05"), ("100", "0.4"), group="x")
    of = usd("11", exposure("1", maintenance=GROUPED), exposure("-1", key="s", maintenance=short))
    assert walked(of) == tuple(map(nine, (None, "110", "110")))


def test_inverse_whole_tiers_jump_at_a_price_too() -> None:
    """2,000 contracts from 100: 20 coins at the edge of the tiers, 10 % up to it, 50 % beyond.

    With x = 1/P a long stands at B + 20 - 2200 x up to x = 0.01 and at B + 20 - 3000 x beyond.
    """
    table = MaintenanceTerm(schedule(("0", "0.1"), ("20", "0.5"), kind="whole"))

    def long(balance: str, mark: str) -> Ends:
        row = inverse("2000", mark=mark, maintenance=table)
        return walked(pool(leg(balance, "X"), row, asset="X"), "XUSD")

    assert long("2.5", "100") == tuple(map(nine, ("100", None, "100")))
    assert long("9", "90") == tuple(map(nine, ("100", None, "100")))
    assert long("16", "90") == tuple(map(nine, ("83.333333333", None, "83.333333333")))


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        pytest.param("101", ("100", "102.857142857", "102.857142857"), id="the upper range"),
        pytest.param("50", (None, "57.142857143", "57.142857143"), id="the lower range"),
        pytest.param("90", ("100", "102.857142857", "100"), id="between, nearer to the upper"),
        pytest.param("60", (None, "57.142857143", "57.142857143"), id="nearer to the lower"),
    ],
)
def test_inverse_short_under_whole_tiers_has_two_safe_ranges(mark: str, expected: Ends) -> None:
    """-17.5 + 1800 x up to x = 0.01, -17.5 + 1000 x beyond."""
    table = MaintenanceTerm(schedule(("0", "0.1"), ("20", "0.5"), kind="whole"))
    row = inverse("-2000", mark=mark, maintenance=table)
    assert walked(pool(leg("2.5", "X"), row, asset="X"), "XUSD") == tuple(map(nine, expected))


def test_the_tier_may_be_chosen_by_another_price_than_the_charge() -> None:
    """Charged at entry, tier by the mark: 10 up to 100, 40 above."""
    by_mark = schedule(("0", "0.1"), ("100", "0.4"), kind="whole")
    keyed = MaintenanceTerm(by_mark, basis=Basis.ENTRY, keyed_at=Basis.MARK)
    low = usd("30", exposure("1", maintenance=keyed))
    assert walked(low) == tuple(map(nine, ("80", "100", "80")))
    high = usd("60", exposure("1", mark="101", maintenance=keyed))
    assert walked(high) == tuple(map(nine, ("50", None, "50")))

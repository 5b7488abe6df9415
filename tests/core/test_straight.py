"""What slopes find is what the walk finds, and what rounding could decide is left to the walk."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from marginline.core.assessment.bulk import judged
from marginline.core.distance.distance import motion_together
from marginline.core.distance.reach import Reach, health, reach
from marginline.core.findings import AbsentError, missing
from marginline.core.numbers import exactly
from marginline.core.pool.pool import BorrowTerm, Part, Pool
from marginline.core.pool.schedules import RateSchedule
from marginline.core.solver.safe_range import SafeRange, safe_range
from marginline.core.solver.standing import Standing
from tests.book.draw import World
from tests.core import pools

D = Decimal
PREFIX = D("1e-26")


def same(one: Decimal | None, two: Decimal | None) -> bool:
    if one is None or two is None:
        return one is two
    return abs(one - two) <= PREFIX * abs(two)


def with_larger(drawn: list[Pool]) -> list[Pool]:
    """And those with loans once more where the larger of charges and loans is required."""
    return drawn + [replace(p, larger_of_loans=True) for p in drawn if p.borrows]


@exactly
def answers(pool: Pool, symbol: str, *, bankruptcy: bool) -> SafeRange | None:
    try:
        return safe_range(Standing(pool), symbol, bankruptcy=bankruptcy)
    except AbsentError:
        return None


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("bankruptcy", [False, True])
def test_slopes_and_walk_find_the_same_ends(
    seed: int, bankruptcy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(seed)
    pools = with_larger([world.pool() for _ in range(25)])
    held = [(p, s) for p in pools for s in {e.instrument.symbol for e in p.exposures}]
    fast = [answers(pool, symbol, bankruptcy=bankruptcy) for pool, symbol in held]
    monkeypatch.setattr(Standing, "plain", lambda *_, **__: None)
    sloping = [answers(pool, symbol, bankruptcy=bankruptcy) for pool, symbol in held]
    monkeypatch.setattr(Standing, "line", lambda *_, **__: None)
    slow = [answers(pool, symbol, bankruptcy=bankruptcy) for pool, symbol in held]
    found = [*zip(fast, slow, held, strict=True), *zip(sloping, slow, held, strict=True)]
    for one, two, (pool, symbol) in found:
        if one is None or two is None:
            assert one is two
            continue
        told = f"{pool.id} {symbol}: {one} {two}"
        assert one.empty == two.empty, told
        for end in ("below", "above", "price"):
            assert same(getattr(one, end), getattr(two, end)), told


@pytest.mark.parametrize("way", ["plain", "line"])
def test_most_plain_pools_are_answered_without_a_walk(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or the search would be slow without anyone seeing it."""
    world, asked, answered = World(5, joint=0.0), 0, 0
    monkeypatch.setattr(Standing, "plain", Standing.plain if way == "plain" else _untold)
    told = getattr(Standing, way)

    def counted(*given: object, **more: object) -> object:
        nonlocal asked, answered
        found = told(*given, **more)
        asked, answered = asked + 1, answered + (found is not None)
        return found

    monkeypatch.setattr(Standing, way, counted)
    for pool in (world.pool() for _ in range(60)):
        for exposure in pool.exposures:
            answers(pool, exposure.instrument.symbol, bankruptcy=False)
    assert answered > asked * (0.2 if way == "plain" else 0.5)


def _untold(*_: object, **__: object) -> None:
    """A way that never tells."""


def test_a_bankruptcy_price_stands_where_only_what_is_taken_off_is_missing() -> None:
    gap = missing("what orders would lose is not given")
    held = pools.pool(pools.leg("100"), pools.exposure("10"), adjustments=(Part("orders", gap),))
    found = answers(held, "X", bankruptcy=True)
    assert found is not None
    assert found.price == D(90)
    assert answers(held, "X", bankruptcy=False) is None


@pytest.mark.parametrize(("kept", "told"), [("0", True), ("120", False)])
def test_a_loan_that_arises_before_the_line_is_left_to_the_slopes(kept: str, told: bool) -> None:
    """Of 200, what is kept repays nothing: with 120 of it a loss of 80 begins a loan."""
    rates = RateSchedule("quantity", "marginal", (D(0),), (D("0.1"),), (D(0),))
    loan = BorrowTerm("USD", D(0), D(1), rates, rates, follows_leg=True, kept=D(kept))
    held = pools.pool(pools.leg("200"), pools.exposure("10"), borrows=(loan,))
    plain = exactly(Standing(held).plain)("X", bankruptcy=False)
    assert (plain is not None) is told
    found = answers(held, "X", bankruptcy=False)
    assert found is not None
    assert found.price is not None
    there = exactly(lambda: health(judged(held.at({"X": found.price or D(0)}), pools.RULES)))()
    assert abs(there) < D("1e-25")


@exactly
def together(held: Pool) -> Reach | None:
    try:
        return reach(judged(held, pools.RULES), motion_together(held), coarse=True)
    except (AbsentError, ArithmeticError):
        return None


@pytest.mark.parametrize("seed", range(4))
def test_slopes_and_walk_find_the_same_joint_moves(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(seed, joint=0.3)
    drawn = with_larger([world.pool() for _ in range(40)])
    drawn = [p for p in drawn if motion_together(p).moves(p)]
    sloped, along = 0, Standing.along

    def counted(*given: Any) -> Any:
        nonlocal sloped
        found = along(*given)
        sloped += found is not None
        return found

    monkeypatch.setattr(Standing, "along", counted)
    fast = [together(held) for held in drawn]
    assert sloped > 3
    monkeypatch.setattr(Standing, "along", _untold)
    for one, held in zip(fast, drawn, strict=True):
        two = together(held)
        assert (one is None) == (two is None)
        if one is not None and two is not None:
            assert (one.scanned, one.under) == (two.scanned, two.under)
            assert same(one.down, two.down), (held, one, two)
            assert same(one.up, two.up), (held, one, two)

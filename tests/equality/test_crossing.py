"""Where a motion meets the line is found by chords as by bisection, digit for digit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

import marginline as ml
from marginline.core.assessment.figures import PoolFigures
from marginline.core.distance.distance import motion_alone, motion_together, symbols_of
from marginline.core.distance.motion import Motion
from marginline.core.distance.reach import crossing, health, refined, stands
from marginline.core.findings import AbsentError
from marginline.core.numbers import ZERO, exactly
from marginline.errors import MarginlineError
from marginline.venues import at
from tests.core.pools import exposure, leg, pool
from tests.equality.drawn import GROUPS, accounts

DRAWN = 8
GRAIN = Decimal("1e-9")
ENDS = (Decimal("-0.2"), Decimal("0.2"))


def searched(document: dict[str, object]) -> Iterator[tuple[PoolFigures, Motion, Decimal]]:
    """Pools that stand, with each motion that moves them and each end of it where they do not."""
    account = ml.from_dict(document)
    book = at(account.venue, account.mode, account.as_of)
    for each in book.resolve(account).pools:
        figures = PoolFigures(each, book.rules)
        for motion in (motion_together(each), *(motion_alone(each, s) for s in symbols_of(each))):
            for end in ENDS if motion.moves(each) and stands(health(figures), each) else ():
                if not stands(moved(figures, motion, end), each):
                    yield figures, motion, end


def moved(figures: PoolFigures, motion: Motion, t: Decimal) -> Decimal:
    """The health after a motion."""
    return health(PoolFigures(motion.pool_at(figures.pool, t), figures.all_rules))


@exactly
def compared(document: dict[str, object]) -> tuple[int, int]:
    """How many searches agreed, and how many healths the chords asked for."""
    found, asked = 0, []
    for figures, motion, end in searched(document):

        def value(t: Decimal, figures: PoolFigures = figures, motion: Motion = motion) -> Decimal:
            asked.append(t)
            return moved(figures, motion, t)

        def safe(t: Decimal, figures: PoolFigures = figures, motion: Motion = motion) -> bool:
            return stands(moved(figures, motion, t), figures.pool)

        ends = (ZERO, health(figures)), (end, moved(figures, motion, end))
        assert crossing(value, figures.pool, *ends, GRAIN) == refined(safe, ZERO, end, GRAIN)
        found += 1
    return found, len(asked)


def test_chords_find_what_bisection_finds_at_a_third_of_its_cost_or_less() -> None:
    found = asked = 0
    for group in GROUPS:
        for document in accounts(group, DRAWN, 7):
            try:
                more = compared(document)
            except (MarginlineError, AbsentError):
                continue
            found, asked = found + more[0], asked + more[1]
    assert found > 30, "too few pools that a motion brings to the line"
    assert asked < found * 9, "a bisection asks for 27 healths or 28"


@pytest.mark.parametrize("inclusive", [False, True])
def test_a_line_with_kinks_and_jumps_is_met_where_bisection_meets_it(inclusive: bool) -> None:
    """Health that falls in bends, and at once, as at the floor of a tier."""
    held = pool(leg("200"), exposure("10"))
    held = replace(held, trigger=replace(held.trigger, inclusive=inclusive))
    shapes = (
        lambda t: 1 - 7 * t,
        lambda t: 1 - t - 900 * max(t - Decimal("0.13"), ZERO),
        lambda t: 1 - 40 * t * t,
        lambda t: 1 - t if t < Decimal("0.1234567") else -5 - t,
        lambda t: (1 - t) if t < Decimal("0.15") else ZERO,
    )
    for shape in shapes:
        for end in (Decimal("0.2"), Decimal("-0.2")):

            def value(t: Decimal, shape: object = shape) -> Decimal:
                assert callable(shape)
                found: Decimal = shape(abs(t))
                return found

            ends = (ZERO, value(ZERO)), (end, value(end))
            bisected = refined(lambda t: stands(value(t), held), ZERO, end, GRAIN)
            assert crossing(value, held, *ends, GRAIN) == bisected

"""The least that does it: a step less does not, whatever was tried before; and the band it asks."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal as D

import pytest

import marginline as ml
from marginline.core.account.account import Account
from marginline.core.assessment.figures import PoolFigures
from marginline.core.distance import band
from marginline.core.distance.distance import motion_alone, motion_together, symbols_of
from marginline.core.findings import AbsentError
from marginline.core.measures import Measure
from marginline.core.numbers import exactly
from marginline.errors import MarginlineError
from marginline.risk.sizing.least import AMOUNT, FRACTION, WHOLE, Case, Least
from marginline.risk.what_if.orders import Change, Trade, Transfer
from marginline.venues import at
from tests.equality.drawn import GROUPS, accounts

DRAWN = 3
BAND = D("0.05")


def drawn(group: str) -> Iterator[tuple[Account, PoolFigures]]:
    """Every pool of some drawn accounts."""
    for document in accounts(group, DRAWN, 1):
        try:
            account = ml.from_dict(document)
            book = at(account.venue, account.mode, account.as_of)
            pools = book.resolve(account).pools
        except MarginlineError:
            continue
        yield from ((account, PoolFigures(pool, book.rules)) for pool in pools)


def a_step_less(found: Least, account: Account, case: Case) -> list[Change]:
    """The same way with the smallest step less: of a fraction, or of what is paid in."""
    less: list[Change] = []
    assert found.amount is not None
    for change in found.changes:
        if isinstance(change, Transfer):
            less.append(ml.deposit(change.asset, change.amount - AMOUNT))
        elif isinstance(change, Trade):
            row = next(each for each in account.positions if each.key == change.instrument)
            n = min(int(found.amount / FRACTION), WHOLE) - 1
            size = case.part(row, n)
            less += [Trade(row.key, size, reduce_only=True)] if size else []
    return less


@exactly
def checked(account: Account, pool: str, target: D) -> int:
    """How many ways were found and are the least, asked of a case that has tried nothing else."""
    case, count = Case(account, pool, target), 0
    for distance in (None, BAND):
        case.keep_away(distance)
        try:
            if case.reached(()):
                continue
            ways = [case.by_closing(), case.by_paying(case.asset_of(None))]
        except (AbsentError, ArithmeticError):
            continue
        fresh = Case(account, pool, target)
        fresh.keep_away(distance)
        for way in ways:
            if way.amount is None or not isinstance(way.changes[0], Transfer | Trade):
                continue
            less = a_step_less(way, account, case)
            if tuple(less) == way.changes:  # a whole position: closed by need
                continue
            assert fresh.reached(way.changes), (pool, distance, way)
            assert not fresh.reached(less), (pool, distance, way)
            count += 1
    return count


@pytest.mark.parametrize("group", GROUPS)
def test_what_is_found_does_it_and_a_step_less_does_not(group: str) -> None:
    found = 0
    for account, figures in drawn(group):
        ratio = figures.told(Measure.MARGIN_RATIO)
        if ratio:
            found += checked(account, figures.name, (ratio * D("0.7")).quantize(D("1e-6")))
            found += checked(account, figures.name, D("0.9"))
    assert found, "an audit of nothing shows nothing"


@exactly
def each_to_its_end(figures: PoolFigures) -> D | None:
    """The nearest move within the band, every motion followed to where it meets the line."""
    pool = figures.pool
    motions = [motion_together(pool), *(motion_alone(pool, each) for each in symbols_of(pool))]
    found = [
        t
        for motion in motions
        for end in (-BAND, BAND)
        if (t := band.end_of(figures, motion, end)) is not None
    ]
    return min(found, key=abs, default=None)


@pytest.mark.parametrize("group", GROUPS)
def test_the_nearest_move_is_that_of_every_motion_followed_to_its_end(group: str) -> None:
    for _, figures in drawn(group):
        pool = figures.pool
        if not pool.exposures and not pool.borrows:
            continue
        try:
            naive = each_to_its_end(figures)
        except AbsentError:
            continue
        with_bound = exactly(band.within)(figures, BAND)
        assert (None if with_bound is None else with_bound.move) == naive
        assert exactly(band.clear)(figures, BAND) is (naive is None)

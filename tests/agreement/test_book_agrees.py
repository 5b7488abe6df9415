"""Decimal = float = kernel, on drawn pools of every kind that fits columns.

Decimal is the exact path on the pool as drawn; float the kernel helpers run by Python; kernel the
compiled sweep. Amounts agree to 1e-9 of what they are made of; statuses agree outside the guard
band, and the band holds every difference seen.
"""

from __future__ import annotations

import math
from typing import Any

import pytest

pytest.importorskip("numba", reason="the extra `book` is not installed")

import numpy as np

from marginline.book.accounts import STANDARD_RULES
from marginline.book.book import Book
from marginline.book.intake.packing import Packer
from marginline.book.kernels.values import guard_band, look_at_lane
from marginline.core.assessment.assess import status_of
from marginline.core.assessment.figures import PoolFigures
from marginline.core.assessment.standard_pool import requirement
from marginline.core.findings import Gap
from marginline.core.measures import Measure as M
from marginline.core.numbers import exact
from marginline.core.pool.pool import Pool
from tests.book.draw import World

SEEDS = (1, 2, 3, 4)
POOLS = 250


def packed(seed: int, pools: int = POOLS) -> tuple[Book, list[Pool]]:
    world = World(seed)
    drawn = [world.pool() for _ in range(pools)]
    book = Book(threads=2)
    packer = Packer(book)
    for pool in drawn:
        packer.pool(pool, "drawn")
    packer.add()
    assert not book.odd, book.odd_reasons()
    return book, drawn


def figure(figures: PoolFigures, measure: M) -> float:
    """A figure of the exact path; NaN where it is not known."""
    found = figures.figure(measure)
    return math.nan if isinstance(found, Gap) else float(found)


def needed_by(figures: PoolFigures) -> float:
    """The requirement by the exact path; NaN where it is not known."""
    known = not isinstance(figures.figure(M.MAINTENANCE_MARGIN), Gap)
    return float(requirement(figures)) if known else math.nan


@pytest.mark.parametrize("seed", SEEDS)
def test_kernel_and_exact_path_agree(seed: int) -> None:
    book, drawn = packed(seed)
    sweep = book.sweep()
    statuses = set()
    for number, pool in enumerate(drawn):
        with exact():
            figures = PoolFigures(pool, STANDARD_RULES)
            support, equity = figure(figures, M.SUPPORT), figure(figures, M.EQUITY)
            initial = figure(figures, M.INITIAL_MARGIN)
            maintenance = figure(figures, M.MAINTENANCE_MARGIN)
            needed, status = needed_by(figures), status_of(figures)[0]
            gross = figure(figures, M.GROSS_NOTIONAL)
        made_of = abs(equity) + gross
        near: dict[str, Any] = {"rel": 1e-9, "abs": 1e-12 * (made_of + 1e-9), "nan_ok": True}
        assert sweep.support[number] == pytest.approx(support, **near), (seed, number)
        assert sweep.equity[number] == pytest.approx(equity, **near), (seed, number)
        assert sweep.requirement[number] == pytest.approx(needed, **near), (seed, number)
        assert sweep.maintenance_margin[number] == pytest.approx(maintenance, **near), (
            seed,
            number,
        )
        assert sweep.initial_margin[number] == pytest.approx(initial, **near), (seed, number)
        assert sweep.status(number) is status, (seed, number)
        statuses.add(status)
    assert len(statuses) >= 4


@pytest.mark.parametrize("seed", SEEDS)
def test_float_and_kernel_agree_and_the_band_holds_the_difference(seed: int) -> None:
    book, drawn = packed(seed, 80)
    sweep = book.sweep()
    units = book.units(book.prices)
    store, table = book.store, book.table
    for number, pool in enumerate(drawn):
        lane = int(book.lane_of_pool[number])
        if store.lanes.joint[lane] >= 0:
            continue
        python = look_at_lane.py_func  # type: ignore[attr-defined]
        plain = python(store.slots, store.lanes, store.slices, table, units, lane, 0.0)
        band = guard_band(int(store.lanes.used[lane]), plain[2] + float(store.lanes.scale[lane]))
        with exact():
            figures = PoolFigures(pool, STANDARD_RULES)
            support = float(figures[M.SUPPORT])
            charge = float(figures[M.MAINTENANCE_MARGIN] + figures[M.CLOSING_FEE])
        for found in (plain[0], float(sweep.out.support[lane])):
            assert abs(found - support) <= band
        for found in (plain[1], float(sweep.out.charge[lane])):
            assert abs(found - charge) <= band


@pytest.mark.parametrize("seed", SEEDS)
def test_moved_prices_agree(seed: int) -> None:
    book, drawn = packed(seed, 100)
    factor = np.random.default_rng(seed).uniform(0.6, 1.6, len(book.prices))
    prices = book.prices * factor
    sweep = book.sweep(prices)
    for number in range(len(drawn)):
        with exact():
            figures = PoolFigures(book.unpack(number, prices), STANDARD_RULES)
            support, needed = float(figures[M.SUPPORT]), needed_by(figures)
            made_of = abs(float(figures[M.EQUITY])) + float(figures[M.GROSS_NOTIONAL])
            status = status_of(figures)[0]
        near: dict[str, Any] = {"rel": 1e-9, "abs": 1e-12 * (made_of + 1e-9), "nan_ok": True}
        assert sweep.support[number] == pytest.approx(support, **near), (seed, number)
        assert sweep.requirement[number] == pytest.approx(needed, **near), (seed, number)
        assert sweep.status(number) is status, (seed, number)


def test_unpacked_is_what_was_packed() -> None:
    book, drawn = packed(7, 60)
    for number, pool in enumerate(drawn):
        again = book.unpack(number)
        assert (again.kind, again.asset, again.trigger) == (pool.kind, pool.asset, pool.trigger)
        assert [
            (e.size, e.entry_price, e.mark, e.leverage) for e in sorted(again.exposures, key=str)
        ] == [(e.size, e.entry_price, e.mark, e.leverage) for e in sorted(pool.exposures, key=str)]
        assert sorted(e.key for e in again.exposures) == sorted(e.key for e in pool.exposures)
        assert {leg.asset: leg.worth for leg in again.legs}.keys() == {
            leg.asset for leg in pool.legs
        }

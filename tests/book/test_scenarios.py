"""The scenario grid and the liquidation map, against sweeps done one by one."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("numba", reason="the extra `book` is not installed")

from decimal import Decimal

import numpy as np

from marginline.book.book import Book
from marginline.book.changes import Changes
from marginline.book.intake.crowd import Crowd, generate
from marginline.book.kernels.limits import BookMisuse, BookTooLarge
from marginline.book.scenarios import stress as scenarios
from marginline.book.scenarios.liquidation_map import liquidation_map
from marginline.book.scenarios.stress import monte_carlo, shocks, stress
from marginline.core.findings import Status
from marginline.core.pool.exposure import need
from marginline.core.pool.pool import Kind, Leg, Pool
from tests.book.draw import odd_and_even, packed


@pytest.fixture(scope="module")
def book() -> Book:
    return generate(Crowd(2_000, instruments=30, seed=3, joint=0.2, inverse=0.2, whole_tiers=0.2))


def test_a_grid_is_its_sweeps(book: Book) -> None:
    names, named = shocks(book, {"crash": {"*": -0.3, "C0010USDT": 0.1}, "rally": {"*": 0.4}})
    prices = np.concatenate([named, monte_carlo(book, 4, volatility=0.2)])
    prices[3, 7] = np.nan
    seen: list[int] = []
    grid = stress(
        book, prices, [*names, "a", "b", "c", "d"], progress=lambda _, n, __: seen.append(n)
    )
    assert seen[-1] == 6
    worst = np.full(book.pools, np.inf)
    for row, vector in enumerate(prices):
        sweep = book.sweep(vector)
        counts = sweep.counts()
        assert grid.count[row].tolist() == [counts[status] for status in Status]
        short = -np.nansum(np.minimum(sweep.support, 0))
        assert grid.shortfall[row] == pytest.approx(short)
        assert grid.worst_support[row, 0] == np.nanmin(sweep.support)
        worst = np.fmin(worst, sweep.support - sweep.requirement)
    assert np.allclose(grid.worst_buffer, worst)


def test_a_grid_is_equal_to_the_bit_for_any_number_of_threads(book: Book) -> None:
    prices = monte_carlo(book, 3, volatility=0.3)
    one, three = stress(book, prices, threads=1), stress(book, prices, threads=3)
    assert one.notional.tobytes() == three.notional.tobytes()
    assert one.shortfall.tobytes() == three.shortfall.tobytes()


def test_a_grid_of_several_blocks_counts_as_one_by_one(book: Book) -> None:
    prices = monte_carlo(book, 35, volatility=0.1)
    seen: list[int] = []
    grid = stress(book, prices, worst=3, progress=lambda _, n, __: seen.append(n))
    assert seen == [32, 35]
    for row in (0, 31, 32, 34):
        alone = stress(book, prices[row : row + 1], worst=3)
        assert (grid.count[row] == alone.count[0]).all()
        assert grid.notional[row].tobytes() == alone.notional[0].tobytes()
        assert (grid.worst_pool[row] == alone.worst_pool[0]).all()


def test_notional_by_status_is_that_of_the_pools(book: Book) -> None:
    grid = stress(book, monte_carlo(book, 1, volatility=0.2))
    prices = monte_carlo(book, 1, volatility=0.2)[0]
    codes, gross = book.sweep(prices).status_codes, np.zeros(len(Status))
    for pool in range(book.pools):
        held = book.unpack(pool, prices)
        values = (e.notional_at(need(e.mark)) * need(e.value_rate) for e in held.exposures)
        gross[codes[pool]] += float(sum(values, Decimal(0)))
    assert grid.notional[0] == pytest.approx(gross)


def test_what_does_not_fit_columns_is_in_the_grid() -> None:
    book = odd_and_even()
    prices = np.stack([book.prices, book.prices * 0.5, book.prices * 2.0])
    grid = stress(book, prices)
    for row, vector in enumerate(prices):
        sweep = book.sweep(vector)
        assert grid.count[row].sum() == 2
        # The two pools are the same but for a rounding, and so is all that the grid says of them.
        assert grid.notional[row].sum() == pytest.approx(2 * book.odd_figures(vector)[1].notional)
        assert sorted(grid.worst_pool[row, :2].tolist()) == [0, 1]
        assert grid.worst_support[row, :2] == pytest.approx(np.sort(sweep.support))
    assert grid.worst_scenario[0] == grid.worst_scenario[1]
    assert grid.worst_buffer[0] == pytest.approx(grid.worst_buffer[1], abs=0.1)


def test_pools_in_the_guard_band_are_decided_by_the_exact_path(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    prices = monte_carlo(book, 2, volatility=0.2)
    plain = stress(book, prices)
    # Thresholds that lie on the accounts' own ratios put them all in doubt.
    sweep = book.sweep(prices[0])
    ratio = float(sweep.ratio[np.argmax((sweep.ratio > 0.1) & (sweep.ratio < 0.7))])
    groups = book.table.groups
    before = groups.threshold.copy()
    try:
        groups.threshold[:, 0] = ratio
        monkeypatch.setattr(scenarios, "_DOUBTS", 0)
        doubted = stress(book, prices)
    finally:
        groups.threshold[:] = before
    assert doubted.count.sum() == plain.count.sum()
    assert doubted.notional.sum() == pytest.approx(plain.notional.sum())


@pytest.mark.parametrize("slices", [0, 1, 31, 32, 33, 8_191, 8_192, 8_193, 156_250])
@pytest.mark.parametrize("joints", [0, 1, 40, 1_000_000])
def test_the_parts_of_a_grid_hold_every_slice_and_joint_pool_once(slices: int, joints: int) -> None:
    first, joint = scenarios.parts_of(slices, joints)
    assert (first[0], first[-1], joint[0], joint[-1]) == (0, slices, 0, joints)
    assert (np.diff(first) >= 0).all()
    assert (np.diff(joint) >= 0).all()
    assert len(first) == len(joint)


def test_a_large_book_has_more_parts_than_any_machine_cores() -> None:
    first, _ = scenarios.parts_of(15_625, 0)  # a million accounts
    assert len(first) - 1 == 256
    assert np.diff(first).max() <= 2 * np.diff(first).min()


def test_pools_in_several_assets_need_rates_to_be_added_up() -> None:
    legs = (Leg("USDT", Decimal(100)), Leg("BTC", Decimal("-0.5")))
    book = packed(*(Pool(leg.asset, Kind.CROSS, leg.asset, (leg,)) for leg in legs))
    prices = book.prices[None, :]
    with pytest.raises(BookMisuse, match="BTC, USDT"):
        stress(book, prices)
    with pytest.raises(BookMisuse, match=r"rates\.BTC"):
        stress(book, prices, rates={"USDT": 1.0})
    grid = stress(book, prices, rates={"USDT": 1.0, "BTC": 60_000.0})
    sweep = book.sweep()
    assert grid.worst_support[0, :2] == pytest.approx(sorted(sweep.support * [1.0, 60_000.0]))


def test_an_empty_account_is_counted_a_closed_one_is_not() -> None:
    pools = (Pool("a", Kind.CROSS, "USDT", (Leg("USDT", Decimal(n)),)) for n in (0, 5, 0))
    book = packed(*pools)
    assert stress(book, book.prices[None, :]).count.sum() == 3
    changes = Changes(book)
    changes.close(2)
    changes.apply()
    assert stress(book, book.prices[None, :]).count.sum() == 2


def test_a_grid_beyond_its_budget_is_refused_before_it_starts(book: Book) -> None:
    with pytest.raises(BookTooLarge, match="budget"):
        stress(book, monte_carlo(book, 2), memory_budget=1000)


def test_a_fall_of_everything_is_refused(book: Book) -> None:
    with pytest.raises(BookMisuse, match="100 %"):
        shocks(book, {"end": {"*": -1.0}})


def test_the_map_counts_each_pool_where_it_is_reached_first(book: Book) -> None:
    name = "C0006USDT"
    found = liquidation_map(book, name, reach=0.4, steps=16)
    assert len(found.price) == 16
    assert (np.diff(found.price) > 0).all()
    now = book.sweep(initial=False).status_codes
    low = book.sweep({name: found.price[0]}, initial=False).status_codes
    liquidated = (low == Status.LIQUIDATION.rank) & (now != Status.LIQUIDATION.rank)
    below = found.price < found.mark
    assert found.pools[below].sum() >= liquidated.sum() > 0
    assert found.long[below].sum() > found.short[below].sum()
    assert found.short[~below].sum() > found.long[~below].sum()
    assert found.svg().startswith("<svg")
    assert found.svg().rstrip().endswith("</svg>")
    assert len(found.picture().splitlines()) == 16


def test_the_mark_stands_midway_between_the_prices_around_it(book: Book) -> None:
    picture = liquidation_map(book, "C0006USDT", reach=0.4, steps=2).svg()
    rects = re.findall(r'<rect x="([\d.]+)".*? width="([\d.]+)"', picture)
    bars = [(float(x), float(width)) for x, width in rects]
    (mark,) = re.findall(r'x1="([\d.]+)" x2="[\d.]+" y1="30', picture)
    left, right = bars[0][0], bars[-1][0] + bars[-1][1]
    assert float(mark) == pytest.approx((left + right) / 2, abs=0.2)


def test_with_a_beta_the_others_fall_along(book: Book) -> None:
    name = "C0006USDT"
    alone = liquidation_map(book, name, reach=0.3, steps=4)
    along = liquidation_map(book, name, reach=0.3, steps=4, beta=1.0)
    assert along.pools.sum() >= alone.pools.sum()

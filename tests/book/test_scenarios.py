"""The scenario grid and the liquidation map, against sweeps done one by one."""

from __future__ import annotations

import pytest

pytest.importorskip("numba", reason="the extra `book` is not installed")

import numpy as np

from marginline.book.book import Book
from marginline.book.generating import Crowd, generate
from marginline.book.limits import BookMisuse, BookTooLarge
from marginline.book.liquidation_map import liquidation_map
from marginline.book.scenarios import monte_carlo, shocks, stress
from marginline.core.findings import Status


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
    assert seen == [1, 2, 3, 4, 5, 6]
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


def test_with_a_beta_the_others_fall_along(book: Book) -> None:
    name = "C0006USDT"
    alone = liquidation_map(book, name, reach=0.3, steps=4)
    along = liquidation_map(book, name, reach=0.3, steps=4, beta=1.0)
    assert along.pools.sum() >= alone.pools.sum()

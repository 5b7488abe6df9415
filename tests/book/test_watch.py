"""The watch against a full sweep after every tick: nothing is missed, nothing invented."""

from __future__ import annotations

import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

pytest.importorskip("numba", reason="the extra `book` is not installed")

from marginline.book.book import Book
from marginline.book.intake.crowd import Crowd, generate
from marginline.book.kernels.columns import U1
from marginline.book.kernels.limits import BookMisuse
from marginline.book.kernels.values import LEVEL_UNKNOWN, LEVEL_WITHOUT
from marginline.book.watch import Watch
from marginline.core.findings import Status
from marginline.core.pool.exposure import Exposure, InitialTerm, MaintenanceTerm
from marginline.core.pool.pool import Kind, Leg, Pool
from marginline.core.pool.schedules import TierSchedule
from tests.book.draw import World, packed

MIXED = {"joint": 0.2, "inverse": 0.2, "whole_tiers": 0.3}


def compare(watch: Watch[Book]) -> U1:
    """The levels, which a sweep of all pools confirms."""
    held, found = watch.book.open_pools(), watch.levels()
    codes, levels = watch.book.sweep(initial=False).status_codes[held], found[held]
    groups = watch.book.table.groups
    group = watch.book.store.lanes.group[watch.book.lanes_of_pools()[held]]
    by_level = groups.status[group, np.minimum(levels, 4)]
    by_level = np.where(levels == LEVEL_UNKNOWN, Status.UNKNOWN.rank, by_level)
    by_level = np.where(levels == LEVEL_WITHOUT, groups.without_requirement[group], by_level)
    wrong = np.flatnonzero(by_level != codes)
    assert not len(wrong), (len(wrong), wrong[:5], levels[wrong[:5]], codes[wrong[:5]])
    return found


def paths(kind: str, prices: Any, ticks: int, seed: int) -> Iterator[Any]:
    """Price vectors of a scene: [labels] per tick."""
    random = np.random.default_rng(seed)
    now = prices.copy()
    for step in range(ticks):
        noise = random.normal(0, 1, len(now))
        if kind == "calm":
            now = now * np.exp(0.0003 * noise)
        elif kind == "crash":
            now = now * np.exp(-0.01 + 0.01 * noise)
        elif kind == "rally":
            now = now * np.exp(0.01 + 0.01 * noise)
        elif kind == "gaps":
            now = now * np.exp(random.choice([-0.3, 0.0, 0.3, 0.9, -0.9], len(now)))
            now = np.clip(now, prices * 1e-3, prices * 1e3)
        elif kind == "stalls":
            still = random.random(len(now)) < 0.9
            now = np.where(still, now, now * np.exp(0.02 * noise))
        elif kind == "tiny":
            now = now * (1 + random.choice([-1e-12, 1e-12, 1e-9, -1e-9, 0], len(now)))
        elif kind == "feed fails":
            now = now * np.exp(0.003 * noise)
            shown = now.copy()
            broken = random.random(len(now)) < 0.03
            shown[broken] = random.choice([np.nan, np.inf, 0.0, -1.0], broken.sum())
            yield shown
            continue
        elif kind == "whipsaw":
            now = prices * np.exp(0.08 * (-1) ** step + 0.01 * noise)
        yield now


THETAS = (0.2, 0.5, 0.8, 1.0)
KINDS = ("calm", "crash", "rally", "gaps", "stalls", "tiny", "feed fails", "whipsaw")


def drive(book: Book, kind: str, ticks: int, seed: int) -> tuple[int, int]:
    watch = Watch(book)
    before, fell = compare(watch), 0
    for prices in paths(kind, book.prices.copy(), ticks, seed):
        events = watch.tick(prices)
        after = compare(watch)
        assert np.array_equal(np.sort(events.pool), np.flatnonzero(before != after))
        before = after
        fell += len(events.fell)
    return fell, watch.looked


@pytest.mark.parametrize("kind", KINDS)
def test_watch_misses_nothing_in_a_crowd(kind: str) -> None:
    book = generate(Crowd(4_000, instruments=40, seed=5, **MIXED))
    fell, _ = drive(book, kind, 40, 11)
    assert fell or kind in {"calm", "tiny", "stalls"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", [21, 22])
def test_watch_misses_nothing_among_drawn_pools_of_every_kind(kind: str, seed: int) -> None:
    world = World(seed, tight=0.6)
    _, looked = drive(packed(*(world.pool() for _ in range(250))), kind, 25, seed)
    assert looked or kind == "tiny", "not one pool was looked at: the drive compared nothing"


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_watch_misses_nothing_in_tens_of_millions_of_account_ticks(kind: str) -> None:
    book = generate(Crowd(40_000, instruments=120, seed=9, **MIXED))
    _, looked = drive(book, kind, 150, 3)  # 8 scenes * 40,000 accounts * 150 ticks = 48 million
    assert looked or kind == "tiny", "not one pool was looked at: the drive compared nothing"


def test_several_thresholds_at_once_in_one_watch() -> None:
    book = generate(Crowd(3_000, instruments=20, seed=2))
    watch = Watch(book, ratios=THETAS)
    prices = book.prices.copy()
    random = np.random.default_rng(4)
    for _ in range(30):
        prices = prices * np.exp(random.normal(-0.004, 0.01, len(prices)))
        watch.tick(prices)
        sweep = book.sweep(initial=False)
        ratio = sweep.ratio
        with np.errstate(invalid="ignore"):
            level = sum(
                ((ratio >= theta).astype(int) for theta in THETAS), np.zeros(len(ratio), int)
            )
        level[sweep.support <= 0] = 4
        assert (watch.levels() == level).all()


def test_a_requirement_steeper_than_the_profit_is_watched_both_ways() -> None:
    # A long position gains where the price rises, and still comes nearer to its threshold.
    random = np.random.default_rng(8)
    world = World(1, joint=0.0)
    instrument, *_ = next(row for row in world.listed if row[0].payoff == "linear")
    rates, none = (Decimal("0.02"), Decimal("0.95")), (None, None)
    floors, deductions = (Decimal(0), Decimal(1000)), (Decimal(0), Decimal(930))
    tiers = TierSchedule("notional", "marginal", floors, rates, deductions, none, none)
    mark, pools = world.marks[instrument.symbol], []
    for number in range(400):
        notional = Decimal(int(random.integers(200, 5_000)))
        size = round(notional / mark / instrument.contract_size, 6) * (-1) ** number
        exposure = Exposure(
            "a", instrument, "both", size, mark, mark, "USDT", MaintenanceTerm(tiers),
            InitialTerm(Decimal(1)),
        )  # fmt: skip
        cash = notional * Decimal(str(round(random.uniform(0.01, 2.5), 6)))
        pools.append(Pool("a", Kind.CROSS, "USDT", (Leg("USDT", cash),), (exposure,)))
    assert sum(drive(packed(*pools), kind, 60, 5)[0] for kind in ("calm", "rally", "whipsaw"))
    watch = Watch(packed(*pools), ratios=(0.3, 0.6, 0.9))
    risen = watch.tick({instrument.symbol: float(mark) * 1.1}).fell
    assert any(pool % 2 == 0 for pool in risen), "a long position that a rise brings nearer"


def test_one_instrument_ticks_alone() -> None:
    book = generate(Crowd(2_000, instruments=20, seed=3))
    watch = Watch(book)
    for _ in range(60):
        watch.tick({"C0000USDT": book.prices[1] * 0.995})
        compare(watch)
    assert watch.looked < 60 * len(book)


def test_a_tick_by_names_costs_at_most_half_more_than_by_vector() -> None:
    watch = Watch(generate(Crowd(20_000, instruments=302, seed=3)))
    vector = watch.book.prices.copy()
    labels = watch.book.labels[1:]
    by_name = dict(zip(labels, vector[1:].tolist(), strict=True))
    assert len(by_name) > 300

    def took(prices: Any) -> float:
        begun = time.perf_counter()
        watch.tick(prices)
        return time.perf_counter() - begun

    def best(prices: Any) -> float:
        return min(took(prices) for _ in range(100))

    ratios = (best(by_name) / best(vector) for _ in range(5))  # a busy machine: one quiet try does
    assert any(ratio <= 1.5 for ratio in ratios)


def test_a_tick_by_names_goes_to_the_rows_of_those_names_whatever_came_before() -> None:
    """Rows are kept from tick to tick: other names, another order, new instruments, wrong names."""
    one, other = (Watch(generate(Crowd(300, seed=3))) for _ in range(2))
    names = one.book.labels[1:]
    price = {name: float(p) for name, p in zip(names, one.book.prices[1:].tolist(), strict=True)}
    for step, wanted in enumerate((names, names[::-1], names[:1], names, [])):
        news = {name: price[name] * (1 + 0.01 * step) for name in wanted}
        vector = other.book.price_vector(news)
        by_name, by_vector = one.tick(news), other.tick(vector)
        assert sorted(by_name) == sorted(by_vector)
        assert np.array_equal(one.book.prices, other.book.prices, equal_nan=True)
    with pytest.raises(BookMisuse, match="NOSUCH"):
        one.tick({**price, "NOSUCH": 1.0})

"""What a run records: bounded, the worst kept; speeds and shares from it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

import marginline as ml
from marginline.monitor.history import LEVELS, POINTS, Recorder, thinned
from marginline.monitor.judging.shares import shares_of
from marginline.monitor.judging.speed import speed_of
from marginline.monitor.keeping.points import Points
from marginline.monitor.process import Batch, process
from marginline.monitor.settings import MonitorSettings, Watching
from marginline.monitor.state import State, Watched, start
from marginline.monitor.why.kept import Keeper
from tests.api.served import samples
from tests.monitor.worlds import START, VENUE, Feed, account

WATCHING = Watching(name="one", venue=VENUE, source="test", kind="file")


def driven(prices: list[str], step_ms: int, **settings: object) -> tuple[State, Recorder]:
    """One account through so many prices."""
    feed, recorder = Feed(), Recorder()
    made = MonitorSettings(**settings)  # type: ignore[arg-type]
    state = start((WATCHING,), made, START)
    for number, price in enumerate(prices):
        now = START + number * step_ms
        batch: Batch = [feed.snapshot(now, account()), feed.mark(now, price)]
        state, _ = process(state, batch, now)
        recorder.point(state.accounts["one"], now)
    return state, recorder


def test_points_are_those_of_the_records() -> None:
    _, recorder = driven(["60000", "55000", "51000"], 1000)
    found = recorder.of("one", 60_000, START + 3000)
    assert [point.support for point in found.points] == ["10000", "5000", "1000"]
    assert [point.requirement for point in found.points] == ["240", "220", "204"]
    assert not found.thinned


def test_a_young_record_is_told_by_the_second_however_long_the_span() -> None:
    _, recorder = driven([str(60_000 - n) for n in range(20)], 1000)
    for span_ms in (60_000, 3_600_000, 604_800_000):
        found = recorder.of("one", span_ms, START + 20_000)
        assert len(found.points) == 20
        assert not found.thinned


def test_of_one_step_the_worst_is_kept() -> None:
    _, recorder = driven(["60000", "50400", "60000"], 100)
    (point,) = recorder.of("one", 60_000, START + 3000).points
    assert point.support == "400"


def test_a_moment_that_is_not_known_is_null() -> None:
    state, recorder = driven(["60000"], 1000)
    state, _ = process(state, [], START + 31_000)
    recorder.point(state.accounts["one"], START + 31_000)
    assert [p.ratio is None for p in recorder.of("one", 60_000, START + 31_000).points] == [
        False,
        True,
    ]


ROWS = st.lists(st.floats(0, 2), min_size=0, max_size=2000)


@given(ROWS)
def test_thinning_keeps_the_ends_and_the_worst(ratios: list[float]) -> None:
    rows = [[float(n), 0.0, ratio, 0.0, 0.0, 0.0, 0.0] for n, ratio in enumerate(ratios)]
    kept = thinned(rows, POINTS)
    assert len(kept) <= POINTS
    if rows:
        assert (kept[0], kept[-1]) == (rows[0], rows[-1])
        assert max(row[2] for row in kept) == max(ratios)
    assert kept == sorted(kept)


def test_memory_is_bounded_over_thirty_days() -> None:
    state, _ = driven(["60000"], 1000)
    recorder, watched = Recorder(), state.accounts["one"]
    for second in range(0, 30 * 86_400, 60):
        recorder.point(watched, START + second * 1000)
    levels = recorder._of["one"].levels
    for level, (_, most) in zip(levels, LEVELS, strict=True):
        assert len(level.flat) <= most * 7 * 5 // 4 + 7
    month = recorder.of("one", 30 * 86_400_000, START + 30 * 86_400_000)
    assert 500 < len(month.points) <= POINTS


def test_a_steady_fall_has_its_speed_and_its_end() -> None:
    """One dollar a second of a long of one coin: 3,600 an hour, less what the requirement eases."""
    state, _ = driven([str(60_000 - n) for n in range(0, 300, 15)], 15_000)
    found = speed_of(state.accounts["one"], state.settings)
    assert found is not None
    assert found.per_hour == "-3585.6"
    assert found.balance_per_hour == "-3600"
    assert found.left_hours is not None
    assert 2.6 < float(found.left_hours) < 2.8


def test_in_a_world_at_twenty_times_the_speed_is_by_the_worlds_hour() -> None:
    prices = [str(60_000 - n) for n in range(0, 300, 15)]
    state, _ = driven(prices, 750, speed=Decimal(20), sample_ms=750)
    found = speed_of(state.accounts["one"], state.settings)
    assert found is not None
    assert found.per_hour == "-3585.6"


def test_below_a_minute_there_is_no_speed() -> None:
    state, _ = driven(["60000", "59000"], 20_000)
    assert speed_of(state.accounts["one"], state.settings) is None


def test_shares_sum_to_one_and_say_what_holds_it_up() -> None:
    by_name = {each.name: each for each in samples()}
    for each in samples():
        for pool in ml.assess(each).pools:
            found = shares_of(pool)
            if found is not None:
                parts = (found.own, found.coins, found.haircut, found.unrealized, found.credit)
                assert sum(map(Decimal, parts)) == 1
                assert min(map(Decimal, parts)) >= 0
    rich = shares_of(ml.assess(by_name["rich-on-paper"]).pools[0])
    assert rich is not None
    assert Decimal(rich.unrealized) > Decimal("0.9")
    coins = shares_of(ml.assess(by_name["coins-as-collateral"]).pools[0])
    assert coins is not None
    assert Decimal(coins.coins) > 0


def test_a_point_waits_for_who_is_behind_and_stands_as_of_its_own_round() -> None:
    recorder = Recorder()
    points = Points(recorder, Keeper())
    one, two = (Watched(Watching(name=name, venue="v", source="s")) for name in ("one", "two"))
    accounts = {"one": one, "two": two}
    first = State(now=5_000, accounts=accounts, touched=("one",), behind={"two": "mark"})
    points.take(first)
    assert recorder.ratios("one") == [], "figures of the others go first"
    points.take(State(now=5_400, accounts=accounts, touched=("two",)))
    assert [at for at, _ in recorder.ratios("one")] == [5_000]
    assert [at for at, _ in recorder.ratios("two")] == [5_400]
    points.take(replace(first, now=6_000))
    points.take(replace(first, now=7_000, touched=()))  # in a flood somebody is always behind
    assert [at for at, _ in recorder.ratios("one")] == [5_000, 6_000]

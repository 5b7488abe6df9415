"""Clocks, waits, allowances, and the life of a stream."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marginline.feeds import Life, Stream, StreamState
from marginline.feeds.telling import Vital, Vitals
from marginline.feeds.timing import Backoff, SystemTimer, VenueClock, late_after
from marginline.feeds.wire.allowance import Allowance
from marginline.feeds.wire.rest import retry_after_ms
from tests.feeds.clock import HandClock, desk_of, of, settled


def test_the_feeds_clock_never_goes_back() -> None:
    timer = SystemTimer()
    moments = [timer.now() for _ in range(1000)]
    assert moments == sorted(moments)


def test_of_the_samples_of_the_venues_clock_the_least_round_trip_counts() -> None:
    clock = VenueClock()
    clock.heard(1000, 6050, 1100)
    clock.heard(2000, 7005, 2010)
    clock.heard(3000, 8090, 3200)
    assert (clock.offset, clock.round_trip) == (5000, 10)
    assert clock.now(4000) == 9000


def test_a_clock_that_was_set_ends_the_samples_before() -> None:
    clock = VenueClock()
    clock.heard(1000, 6005, 1010)
    clock.heard(2000, 307_010, 2020)
    assert clock.offset == 305_000


def test_before_a_sample_the_venues_clock_is_our_own_and_nothing_is_late() -> None:
    clock = VenueClock()
    assert not clock.known
    assert (clock.now(5), clock.delay(1, 100)) == (5, 0)


@given(offset=st.integers(-300_000, 300_000), late=st.integers(0, 60_000), trip=st.integers(0, 400))
def test_how_late_a_message_was_is_known_to_half_a_round_trip_and_never_negative(
    offset: int, late: int, trip: int
) -> None:
    clock = VenueClock()
    clock.heard(1_000_000, 1_000_000 + trip // 2 + offset, 1_000_000 + trip)
    received = 2_000_000
    delay = clock.delay(received + offset - late, received)
    assert 0 <= delay <= late + 1
    assert delay >= late - trip - 2


def test_in_a_sped_up_world_time_is_counted_at_its_speed_and_lateness_is_not_known() -> None:
    clock = VenueClock(speed=20)
    clock.heard(1000, 50_000, 1000)
    assert clock.now(2000) == 70_000
    assert clock.delay(60_000, 2000) == 0


def test_waits_double_up_to_a_limit_and_are_never_all_the_same() -> None:
    backoff = Backoff(500, 4000, draw=lambda: 1.0)
    assert [backoff.next() for _ in range(5)] == [500, 1000, 2000, 4000, 4000]
    half = Backoff(500, 4000, draw=lambda: 0.0)
    assert [half.next() for _ in range(3)] == [250, 500, 1000]
    half.reset()
    assert half.next() == 250


def test_a_wait_that_the_venue_asks_for_is_kept_in_full() -> None:
    assert Backoff(500, 4000, draw=lambda: 0.0).next(30_000) >= 30_000


DATE = "Fri, 20 Nov 2026 14:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        pytest.param({}, None, id="none"),
        pytest.param({"retry-after": "30"}, 30_000, id="seconds"),
        pytest.param({"retry-after": "9" * 30}, 86_400_000, id="for ever"),
        pytest.param({"retry-after": "-5"}, None, id="below zero"),
        pytest.param({"retry-after": "Fri, 20 Nov 2026 14:02:00 GMT", "date": DATE}, 120_000,
                     id="a date"),
        pytest.param({"retry-after": DATE, "date": DATE}, 0, id="a date of now"),
        pytest.param({"retry-after": "Fri, 20 Nov 2020 14:02:00 GMT", "date": DATE}, 0, id="past"),
        pytest.param({"retry-after": "Fri, 20 Nov 2099 14:02:00 GMT"}, 86_400_000, id="far away"),
        pytest.param({"retry-after": "soon", "date": DATE}, None, id="no date"),
        pytest.param({"retry-after": "Fri, 99 Nov 2026 14:02:00 GMT", "date": DATE}, None,
                     id="no day"),
    ],
)  # fmt: skip
def test_retry_after_is_read_as_seconds_and_as_a_date(
    headers: dict[str, str], wait: int | None
) -> None:
    assert retry_after_ms(headers) == wait


# -- allowance ---------------------------------------------------------------------------------


def test_requests_wait_when_the_venue_says_that_most_is_used() -> None:
    async def run() -> list[int]:
        clock = HandClock(0)
        allowance = Allowance(clock, 100, 60_000)
        went = []

        async def ask() -> None:
            await allowance.ask(10)
            went.append(clock.now())

        await ask()
        allowance.heard(79)
        task = asyncio.create_task(ask())
        await clock.turn(59_000)
        assert went == [0]
        await clock.turn(2_000)
        await task
        return went

    assert asyncio.run(run()) == [0, 60_000]


def test_a_pause_holds_every_request_and_a_shorter_one_does_not_end_it() -> None:
    async def run() -> tuple[int, list[int | None]]:
        clock, told = HandClock(0), []
        allowance = Allowance(clock, 100, 60_000, lambda _, __, until: told.append(until))
        allowance.pause(120_000)
        allowance.pause(1_000)
        task = asyncio.create_task(allowance.ask(1))
        await clock.turn(119_000)
        assert not task.done()
        await clock.turn(2_000)
        await task
        return clock.now(), told

    assert asyncio.run(run()) == (121_000, [120_000])


def test_our_own_count_holds_where_the_venue_says_nothing() -> None:
    async def run() -> int:
        clock = HandClock(0)
        allowance = Allowance(clock, 10, 1_000)

        async def all_of_them() -> None:
            for _ in range(20):
                await allowance.ask(1)

        task = asyncio.create_task(all_of_them())
        for _ in range(100):
            await clock.turn(50)
        await task
        return clock.now()

    assert asyncio.run(run()) >= 2_000


# -- lives -------------------------------------------------------------------------------------


def test_a_stream_is_silent_by_the_age_of_its_data_and_says_so_once() -> None:
    clock = HandClock()
    desk, queue = desk_of(clock)
    vital = Vital(desk, Stream.MARKS, None, 5_000)
    vital.beat()
    clock.skip(5_000)
    assert not vital.look()
    clock.skip(1)
    assert vital.look()
    clock.skip(10_000)
    assert not vital.look()
    vital.beat()
    states = [event.state for event in of(StreamState, queue.take())]
    assert states == [Life.LIVE, Life.SILENT, Life.LIVE]


def test_data_that_arrives_old_does_not_make_a_stream_live() -> None:
    clock = HandClock()
    desk, _ = desk_of(clock)
    vital = Vital(desk, Stream.MARKS, None, 5_000)
    vital.beat(60_000)
    assert (vital.state, vital.age_ms) == (Life.CONNECTING, 60_000)
    assert vital.look()


def test_a_stream_that_never_lived_is_silent_after_its_limit() -> None:
    clock = HandClock()
    desk, _ = desk_of(clock)
    vital = Vital(desk, Stream.ACCOUNT, "one", 30_000)
    clock.skip(30_001)
    assert vital.look()


def test_a_gap_is_ended_by_a_snapshot_and_by_nothing_else() -> None:
    clock = HandClock()
    desk, _ = desk_of(clock)
    vital = Vital(desk, Stream.ACCOUNT, "one", 30_000)
    vital.heal("the first snapshot")
    vital.turn(Life.GAP, "lost")
    vital.beat()
    vital.confirm("looks as it did")
    assert not vital.trusted
    vital.heal("a snapshot")
    assert (vital.state, vital.trusted) == (Life.HEALED, True)


@pytest.mark.parametrize("state", [Life.REFUSED, Life.CLOSED])
def test_what_has_ended_does_not_fall_silent(state: Life) -> None:
    clock = HandClock()
    desk, _ = desk_of(clock)
    vital = Vital(desk, Stream.ACCOUNT, "one", 1_000)
    vital.turn(state, "over")
    clock.skip(10_000)
    assert not vital.look()


def test_a_venue_is_not_silent_because_this_process_came_late() -> None:
    clock = HandClock()
    desk, _ = desk_of(clock)
    vital = Vital(desk, Stream.MARKS, None, 5_000)
    vital.beat()
    clock.skip(9_000)  # busy elsewhere: what came meanwhile waits in the socket
    assert not vital.look(late_ms=8_750)
    clock.skip(250)
    assert vital.look(), "it has been on time since, and nothing came"


def test_a_wait_tells_by_how_much_it_was_late() -> None:
    clock = HandClock()

    async def run() -> int:
        waiting = asyncio.ensure_future(late_after(clock, 250))
        await settled()
        clock.skip(1_000)
        await clock.turn(1)
        return await waiting

    assert 700 <= asyncio.run(run()) <= 1_000


# -- streams that begin and end together -------------------------------------------------------


def test_streams_turn_together_and_one_that_was_refused_keeps_its_reason_at_the_end() -> None:
    desk, _ = desk_of(HandClock())
    one, two = (Vital(desk, stream, "one", 5_000) for stream in (Stream.ACCOUNT, Stream.TIERS))
    vitals = Vitals((one, two))
    vitals.turn(Life.CONNECTING, "starting")
    assert {(state.state, state.reason) for state in vitals.states()} == {
        (Life.CONNECTING, "starting")
    }
    one.turn(Life.REFUSED, "the key may trade")
    vitals.end()
    vitals.end()
    told = [(state.stream, state.state, state.reason) for state in vitals.states()]
    assert told == [
        (Stream.ACCOUNT, Life.REFUSED, "the key may trade"),
        (Stream.TIERS, Life.CLOSED, "the feed ended"),
    ]

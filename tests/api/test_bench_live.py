"""The live benchmark with tiny numbers: it measures what it says."""

from __future__ import annotations

import asyncio

from benchmarks.live_latency import desk, latency_rows, round_trip, to_socket
from benchmarks.live_world import Moment, month_rows
from benchmarks.measuring import Row


def test_a_mark_is_followed_from_the_queue_to_a_socket_of_the_page() -> None:
    async def tiny() -> list[Row]:
        async with desk("2") as one:
            return await to_socket(one, 2, 0.1, await round_trip(one.urls["echo"]))

    median, slowest = asyncio.run(tiny())
    assert 0 < median.value <= slowest.value
    assert median.ratio is not None


def test_where_nothing_arrived_there_is_no_figure() -> None:
    assert latency_rows("nothing", [], 1.0) == []


def test_an_aim_says_whether_it_is_met() -> None:
    """Beside the figure, in the table and in the file."""
    met, missed = (Row("a", value, "ms", most=100.0) for value in (99.5, 100.5))
    assert (met.bar, missed.bar) == ("at most 100 ms: met", "at most 100 ms: not met")
    assert missed.to_dict()["bar"] == missed.bar


def test_monitor_and_sandbox_are_told_apart_and_week_is_held_against_week() -> None:
    """One that grows in the last week alone misses; the days before the second week are free."""
    moments = [
        Moment(
            days=day,
            at=day * 10.0,
            memory={"monitor": min(100.0, 80.0 + 4 * day), "sandbox": 70.0 + (day > 22) * 5},
            used={"monitor": day * 2.0, "sandbox": day * 1.0},
        )
        for day in range(31)
    ]
    rows = {row.name: row for row in month_rows(moments)}
    assert rows["live: apart, world reached, of 30 days"].value == 30
    steady = rows["live: apart, monitor, memory at the end"]
    grown = rows["live: apart, sandbox, memory at the end"]
    assert (steady.value, steady.yardstick, steady.yardstick_value) == (100, "second week", 100)
    assert steady.bar.endswith(": met")
    assert (grown.value, grown.yardstick_value) == (75, 70)
    assert grown.bar.endswith(": not met")
    assert rows["live: apart, sandbox, CPU"].value == 0.1
    short = month_rows(moments[:9])
    assert {row.yardstick for row in short if "memory" in row.name} == {"second quarter"}

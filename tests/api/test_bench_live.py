"""The live benchmark with tiny numbers: it measures what it says."""

from __future__ import annotations

import asyncio

from benchmarks.live_latency import desk, latency_rows, round_trip, to_socket
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

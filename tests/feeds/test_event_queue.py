"""The queue between feeds and monitor."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marginline.feeds import AssetRate, Event, EventQueue, LedgerEvent, MarkPrice


def mark(instrument: str, price: int, at: int | None = 0) -> MarkPrice:
    return MarkPrice(
        venue="binance_usdm", at=at, received=0, sequence=0, instrument=instrument,
        mark=Decimal(price),
    )  # fmt: skip


def booked(number: int) -> LedgerEvent:
    return LedgerEvent(
        venue="binance_usdm", received=0, sequence=number, account="one", kind="COMMISSION",
        asset="USDT", amount=Decimal(-1), id=str(number), text="",
    )  # fmt: skip


def test_the_newest_mark_of_an_instrument_wins_and_stands_at_its_arrival() -> None:
    queue = EventQueue(10)
    for event in (mark("BTCUSDT", 1), booked(1), mark("ETHUSDT", 5), mark("BTCUSDT", 2)):
        queue.put(event)
    assert queue.take() == (booked(1), mark("ETHUSDT", 5), mark("BTCUSDT", 2))
    assert queue.replaced == 1


def test_a_mark_that_is_older_by_the_venues_moment_does_not_win() -> None:
    queue = EventQueue(10)
    queue.put(mark("BTCUSDT", 2, at=2000))
    queue.put(mark("BTCUSDT", 1, at=1000))
    assert queue.take() == (mark("BTCUSDT", 2, at=2000),)


def test_the_same_symbol_of_two_venues_are_two_prices() -> None:
    queue = EventQueue(10)
    one = AssetRate(venue="binance_usdm", received=0, sequence=0, asset="BTC", rate=Decimal(1))
    other = AssetRate(venue="bybit_unified", received=0, sequence=0, asset="BTC", rate=Decimal(2))
    queue.put(one)
    queue.put(other)
    assert queue.take() == (one, other)


def test_a_full_queue_is_an_alarm_and_still_loses_nothing() -> None:
    queue = EventQueue(2)
    for number in range(5):
        queue.put(booked(number))
    full = queue.overfull
    batch = queue.take()
    assert batch == tuple(booked(number) for number in range(5))
    assert (full, queue.overfull, queue.overfull_count, queue.highest) == (True, False, 1, 5)


def test_a_capacity_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="capacity"):
        EventQueue(0)


async def _held_back() -> list[str]:
    queue, told = EventQueue(1), []
    queue.put(booked(1))

    async def reader() -> None:
        await queue.room()
        told.append("read on")

    task = asyncio.create_task(reader())
    await asyncio.sleep(0)
    told.append("taken")
    queue.take()
    await task
    return told


def test_a_reader_that_asks_for_room_waits_until_the_batch_is_taken() -> None:
    assert asyncio.run(_held_back()) == ["taken", "read on"]


async def _waits() -> tuple[tuple[Event, ...], tuple[Event, ...]]:
    queue = EventQueue(10)
    nothing = await queue.get_batch(max_wait_ms=1)
    asyncio.get_running_loop().call_soon(queue.put, booked(1))
    return nothing, await queue.get_batch()


def test_a_batch_waits_for_the_first_event_and_no_longer_than_it_is_told() -> None:
    assert asyncio.run(_waits()) == ((), (booked(1),))


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.integers(1, 9)) | st.integers(0, 99)))
def test_whatever_comes_the_last_price_stands_and_every_other_event_is_there_in_order(
    told: list[tuple[str, int] | int],
) -> None:
    queue = EventQueue(3)
    for each in told:
        queue.put(booked(each) if isinstance(each, int) else mark(each[0], each[1]))
    batch = queue.take()
    assert [e for e in batch if isinstance(e, LedgerEvent)] == [
        booked(each) for each in told if isinstance(each, int)
    ]
    last = dict(each for each in told if not isinstance(each, int))
    found = {e.instrument: int(e.mark) for e in batch if isinstance(e, MarkPrice)}
    assert found == last

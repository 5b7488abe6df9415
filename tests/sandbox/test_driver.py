"""Time: at a speed, paused, and through what stops the world on the way."""

from __future__ import annotations

import asyncio

import pytest

from marginline.errors import InputError
from marginline.market.events import Event
from tests.sandbox.serving import ear, run, sandbox, until


def test_the_world_runs_at_its_speed_and_stands_when_paused() -> None:
    async def main() -> None:
        async with sandbox(speed=60) as venue:
            loop = asyncio.get_running_loop()
            began, before = loop.time(), venue.world_now()
            await until(lambda: venue.world_now() - before >= 20_000)
            ran = venue.world_now() - before
            assert ran <= 60_000 * (loop.time() - began) + 2_000
            venue.pause()
            await asyncio.sleep(0.4)
            stands = venue.world_now()
            await asyncio.sleep(0.4)
            assert venue.world_now() == stands == venue.now()
            venue.resume()
            await until(lambda: venue.world_now() > stands)

    run(main())


def test_streams_follow_and_the_clock_never_runs_back() -> None:
    async def main() -> None:
        path = "/market/ws/btcusdt@markPrice@1s"
        async with sandbox(speed=20) as venue, ear(venue, path) as stream:
            seen = []
            for _ in range(3):
                seen.append((await stream.next())["E"])
                assert venue.now() >= seen[-1]
            assert seen == sorted(set(seen))

    run(main())


def test_at_speed_1_a_mark_is_of_now() -> None:
    async def main() -> None:
        path = "/market/ws/btcusdt@markPrice@1s"
        async with sandbox(speed=1) as venue, ear(venue, path) as stream:
            told = (await stream.next())["E"]
            assert abs(told - venue.floor.clock.real_now()) < 20_000  # as late as it was read

    run(main())


def test_every_event_of_the_world_reaches_a_subscriber_once_and_in_order() -> None:
    async def main() -> None:
        seen: list[Event] = []
        async with sandbox() as venue:
            venue.subscribe(seen.append)
            await venue.step(3 * 3_600_000)
        assert seen
        assert [event.at for event in seen] == sorted(event.at for event in seen)

    run(main())


def test_a_dead_client_ends_its_own_stream_and_nobody_elses() -> None:
    async def main() -> None:
        path = "/market/ws/btcusdt@markPrice@1s"
        async with sandbox() as venue, ear(venue, path) as stream:
            async with ear(venue, path) as dead:
                transport = dead.ws.get_extra_info("socket")
                assert transport is not None
                dead.ws._response.connection.transport.abort()  # type: ignore[union-attr]
            for _ in range(5):
                await venue.step(1_000)
            assert len(await stream.all()) == 5

    run(main())


@pytest.mark.parametrize("speed", [0, -1])
def test_no_speed_is_refused(speed: float) -> None:
    async def main() -> None:
        async with sandbox(speed=speed):
            pass

    with pytest.raises(InputError):
        run(main())

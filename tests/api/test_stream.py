"""The WebSocket over real sockets: a snapshot, then changes; slow readers; who is let in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from marginline.api.app import create_app
from marginline.api.serving import serving
from marginline.api.settings import ApiSettings
from marginline.monitor.run import Monitor
from marginline.monitor.settings import Watching
from marginline.monitor.taking.commands import Forget
from tests.api.served import Clock, Feed, account, watching
from tests.monitor.worlds import START

TOKEN = "t" * 40


@asynccontextmanager
async def up(settings: ApiSettings, accounts: int = 2) -> AsyncIterator[tuple[Monitor, str]]:
    """A server on a free port over so many accounts."""
    clock = Clock()
    monitor = await watching([account(f"a{n}") for n in range(accounts)], clock)
    async with serving(create_app(monitor, settings), settings) as address:
        yield monitor, address.replace("http", "ws") + "/api/v1/stream"


def reader(address: str, **more: Any) -> connect:
    """A client that takes no proxy from the environment."""
    return connect(address, proxy=None, compression=None, **more)


async def heard(socket: ClientConnection) -> dict[str, Any]:
    found = json.loads(await asyncio.wait_for(socket.recv(), 30))
    assert isinstance(found, dict)
    return found


async def all_within(socket: ClientConnection, seconds: float) -> None:
    """Read until nothing comes for so long: then TimeoutError."""
    while True:
        await asyncio.wait_for(socket.recv(), seconds)


async def until(
    socket: ClientConnection, wanted: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    for _ in range(200):
        found = await heard(socket)
        if wanted(found):
            return found
    raise AssertionError("never heard")


async def left(monitor: Monitor) -> None:
    """Until the monitor knows of no reader."""
    while monitor.readers:
        await asyncio.sleep(0.01)


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(test, 90))


OPEN = ApiSettings(port=0)


def test_the_first_message_is_everything_and_the_next_what_changed() -> None:
    async def test() -> None:
        async with up(OPEN) as (monitor, address), reader(address) as socket:
            first = await heard(socket)
            assert first["type"] == "snapshot"
            assert [row["name"] for row in first["accounts"]] == ["a0", "a1"]
            assert first["accounts"][0]["pools"][0]["positions"]
            monitor.queue.put(Feed().mark(START + 5, "50240"))
            await monitor.step()
            change = await until(socket, lambda m: bool(m["accounts"]))
            assert change["type"] == "change"
            assert {row["name"]: row["status"] for row in change["accounts"]} == {
                "a0": "watch",
                "a1": "watch",
            }
            assert change["alerts"]
            assert change["since"] >= first["seq"]
            assert change["seq"] > change["since"]

    run(test())


def test_while_judging_stands_still_there_is_no_sign_of_life() -> None:
    async def test() -> None:
        async with up(OPEN) as (monitor, address), reader(address) as socket:
            assert (await heard(socket))["type"] == "snapshot"
            monitor.counts.began = monitor.clock() - 10_001  # a round that does not end
            with pytest.raises(TimeoutError):
                await all_within(socket, 2.5)
            monitor.counts.began = None
            assert (await heard(socket))["type"] == "change"

    run(test())


def test_a_message_comes_every_second_though_nothing_changes() -> None:
    async def test() -> None:
        async with up(OPEN) as (_, address), reader(address) as socket:
            await heard(socket)
            alive = await heard(socket)
            assert (alive["type"], alive["accounts"], alive["gone"]) == ("change", [], [])

    run(test())


@pytest.mark.parametrize("known", ["", "?since={seq}", "?since=99999999", "?since=x"])
def test_who_comes_back_begins_with_everything_again_whatever_it_knew(known: str) -> None:
    async def test() -> None:
        async with up(OPEN) as (_, address):
            async with reader(address) as socket:
                seq = (await heard(socket))["seq"]
            async with reader(address + known.format(seq=seq)) as socket:
                again = await heard(socket)
                assert (again["type"], len(again["accounts"])) == ("snapshot", 2)
                assert again["seq"] >= seq

    run(test())


def test_an_account_that_is_gone_is_named() -> None:
    async def test() -> None:
        async with up(OPEN) as (monitor, address), reader(address) as socket:
            await heard(socket)
            asked = asyncio.create_task(monitor.ask(Forget("a1")))
            await asyncio.sleep(0)
            await monitor.step()
            await asked
            assert (await until(socket, lambda m: bool(m["gone"])))["gone"] == ["a1"]

    run(test())


def test_of_many_accounts_pools_come_only_to_who_watches_them() -> None:
    async def test() -> None:
        async with up(OPEN, accounts=31) as (_, address), reader(address) as socket:
            first = await heard(socket)
            assert {row["pools"] is None for row in first["accounts"]} == {True}
            await socket.send('{"type": "watch", "accounts": ["a7"]}')
            change = await until(socket, lambda m: bool(m["accounts"]))
            assert [row["name"] for row in change["accounts"]] == ["a7"]
            assert change["accounts"][0]["pools"]

    run(test())


def test_a_second_reader_of_an_account_that_stands_still_gets_its_pools_as_well() -> None:
    """One asks before its snapshot is made, one after it; both know the same from then on."""

    async def test() -> None:
        async with up(OPEN, accounts=31) as (monitor, _):
            early, late = monitor.subscribe(), monitor.subscribe()
            early.watch(["a7"], monitor.state.accounts)
            for slot in (early, late):
                assert json.loads(monitor.frame(slot))["type"] == "snapshot"
            assert json.loads(monitor.frame(early))["accounts"] == []  # a sign of life
            late.watch(["a7"], monitor.state.accounts)
            change = json.loads(monitor.frame(late))
            assert [row["name"] for row in change["accounts"]] == ["a7"]
            assert change["accounts"][0]["pools"]

    run(test())


def test_lines_of_a_story_between_two_batches_come_once_each() -> None:
    """What was said before is not said again for having been made already."""

    async def test() -> None:
        async with up(OPEN) as (monitor, _):
            slots = [monitor.subscribe(), monitor.subscribe()]
            for slot in slots:
                monitor.frame(slot)
            heard: list[list[str]] = []
            for text in ("A crash.", "The venue acts.", "It is over."):
                monitor.tell(START, text)
                messages = [json.loads(monitor.frame(slot)) for slot in slots]
                heard += [[line["text"] for line in m["story"]] for m in messages]
            assert heard == [["A crash."]] * 2 + [["The venue acts."]] * 2 + [["It is over."]] * 2

    run(test())


def test_a_slow_reader_gets_the_newest_rows_and_slows_nobody() -> None:
    """One reader reads nothing while the other follows 60 rounds."""

    async def test() -> None:
        async with up(OPEN) as (monitor, address), reader(address) as slow, reader(address) as fast:
            await heard(slow)
            await heard(fast)
            feed = Feed()
            for number in range(60):
                monitor.queue.put(feed.mark(START + number, str(60_000 + number)))
                await monitor.step()
                await asyncio.sleep(0)
            for socket in (fast, slow):
                newest = await until(
                    socket,
                    lambda m: any(
                        row["pools"][0]["positions"][0]["mark"] == "60059" for row in m["accounts"]
                    ),
                )
                assert newest["seq"] == monitor.frames.version
            assert all(len(slot.accounts) <= 2 for slot in monitor._subscriptions)

    run(test())


WRONG = [b"\xff\xfe\xfd", "nonsense", '{"type": "order"}', '{"type": "watch"}', "[" * 10_000]


@pytest.mark.parametrize("said", WRONG)
def test_a_reader_that_says_anything_else_is_shown_out(said: str | bytes) -> None:
    async def test() -> None:
        async with up(OPEN) as (monitor, address), reader(address) as socket:
            await heard(socket)
            await socket.send(said)
            with pytest.raises(ConnectionClosed):
                await until(socket, lambda _: False)
            await left(monitor)

    run(test())


def test_a_page_of_another_site_is_not_let_in() -> None:
    async def test() -> None:
        async with up(OPEN) as (_, address):
            with pytest.raises(InvalidStatus) as caught:
                async with reader(address, origin="https://evil.example"):
                    pass
            assert caught.value.response.status_code == 403

    run(test())


def test_the_token_travels_in_the_subprotocol() -> None:
    async def test() -> None:
        settings = ApiSettings(port=0, token=TOKEN)
        async with up(settings) as (_, address):
            with pytest.raises(InvalidStatus):
                async with reader(address):
                    pass
            protocols = ["marginline", f"bearer.{TOKEN}"]
            async with reader(address, subprotocols=protocols) as socket:
                assert socket.subprotocol == "marginline"
                assert (await heard(socket))["type"] == "snapshot"

    run(test())


def test_there_is_an_end_to_how_many_may_read() -> None:
    async def test() -> None:
        settings = ApiSettings(port=0, readers=1)
        async with up(settings) as (_, address), reader(address) as first:
            await heard(first)
            async with reader(address) as second:
                with pytest.raises(ConnectionClosed):
                    await heard(second)

    run(test())


def test_a_reader_that_leaves_is_forgotten_and_the_server_ends_with_readers_on() -> None:
    async def test() -> None:
        async with up(OPEN) as (monitor, address):
            async with reader(address) as socket:
                await heard(socket)
                assert monitor.readers == 1
            await left(monitor)
            stays = await reader(address)
            await heard(stays)
        with pytest.raises(ConnectionClosed):
            await until(stays, lambda _: False)
        await stays.close()

    run(test())


def test_the_loop_runs_by_itself_and_judges_what_comes() -> None:
    async def test() -> None:
        clock = Clock()
        monitor = await watching([account("a0")], clock)
        going = asyncio.create_task(monitor.run())
        monitor.queue.put(Feed().mark(START + 5, "50100"))
        try:
            async with asyncio.timeout(60):
                while monitor.row("a0").status != "liquidation":
                    await asyncio.sleep(0.01)
            assert monitor.counts.judged
        finally:
            going.cancel()
            await asyncio.gather(going, return_exceptions=True)

    run(test())


def test_an_event_at_fault_does_not_blind_the_monitor() -> None:
    async def test() -> None:
        clock = Clock()
        monitor = await watching([account("a0"), account("a1")], clock)
        slot = monitor.subscribe()
        monitor.frame(slot)
        feed = Feed()
        bad = replace(account("a1"), wallets=None)  # type: ignore[arg-type]
        monitor.queue.put(feed.mark(START + 1, "50100"))
        monitor.queue.put(feed.snapshot(START + 1, bad))
        await monitor.step()
        assert monitor.row("a0").status == "liquidation"
        assert monitor.counts.dropped == 1
        assert "AccountSnapshot" in monitor.state.refusals[0].field
        told = json.loads(monitor.frame(slot))  # readers are told of all of it
        assert {row["name"]: row["status"] for row in told["accounts"]}["a0"] == "liquidation"
        assert {"a0", "a1"} == {alert["account"] for alert in told["alerts"]}

    run(test())


def test_an_account_of_which_something_could_not_be_read_is_unknown_until_it_is_told_anew() -> None:
    async def test() -> None:
        clock = Clock()
        monitor = await watching([account("a0")], clock)
        feed = Feed()
        bad = replace(account("a0"), wallets=None)  # type: ignore[arg-type]
        monitor.queue.put(feed.changed(START + 1, bad))
        await monitor.step()
        row = monitor.row("a0")
        assert row.status == "unknown"
        assert "could not be processed" in row.reasons[0].message
        clock.now += 5_000
        monitor.queue.put(feed.mark(START + 5_000, "60001"))
        await monitor.step()
        assert monitor.row("a0").status == "unknown"
        monitor.queue.put(feed.snapshot(START + 5_000, account("a0")))
        await monitor.step()
        assert monitor.row("a0").status == "healthy"

    run(test())


def test_watching_names_are_told_from_the_first_moment() -> None:
    async def test() -> None:
        from marginline.feeds.event_queue import EventQueue

        one = Watching(name="one", venue="binance_usdm", source="key 1")
        monitor = Monitor(EventQueue(), [one], clock=Clock())
        (row,) = monitor.snapshot().accounts
        assert (row.name, row.status, row.ratio) == ("one", "unknown", None)
        assert row.sentence[0].text == "cannot be judged: "

    run(test())

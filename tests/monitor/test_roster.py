"""Accounts that are watched from a moment on, by their keys, and no longer from another on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest

from marginline.core.findings import Status
from marginline.errors import InputError
from marginline.feeds.event_queue import EventQueue
from marginline.feeds.opening import Feeds
from marginline.feeds.timing import Cadence, SystemTimer
from marginline.feeds.wire.connection import Connection
from marginline.monitor.connecting.keys import KeyDesk, connection_from
from marginline.monitor.connecting.roster import Roster, watching_of
from marginline.monitor.run import Monitor
from marginline.monitor.settings import Watching
from marginline.sandbox import Sandbox
from marginline.store.secrets.records import KeyRecord
from tests.feeds.plans.playing import VENUES, Player, playing
from tests.sandbox.serving import served

BRISK = Cadence(poll=60, look=30, backoff=20, backoff_most=50, marks=60_000, account=60_000)


class Run:
    """A monitor with its feeds, running, that watches these connections at first."""

    def __init__(self, *first: Connection, others: tuple[Watching, ...] = ()) -> None:
        timer, queue = SystemTimer(), EventQueue()
        watching = [*map(watching_of, first), *others]
        self.monitor = Monitor(queue, watching, clock=timer.now)
        self.feeds = Feeds(queue, clock=timer, cadence=BRISK)
        for each in first:
            self.feeds.open(each)
        self.roster = Roster(self.monitor, self.feeds, {each.account: (each,) for each in first})

    async def does(self, story: Callable[[Run], Awaitable[None]]) -> None:
        parts = [asyncio.ensure_future(part()) for part in (self.monitor.run, self.feeds.run)]
        try:
            async with asyncio.timeout(40):
                await story(self)
        finally:
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)

    async def until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            await asyncio.sleep(0.02)

    def known(self, name: str) -> bool:
        watched = self.monitor.state.accounts[name]
        return watched.known and watched.status is not Status.UNKNOWN

    def says(self, name: str) -> str:
        return " ".join(each.message for each in self.monitor.state.accounts[name].ages.reasons)


def record(sandbox: Sandbox, account: str, name: str) -> KeyRecord:
    key = sandbox.key(account)
    return KeyRecord(
        name=name, venue=key.venue, key=key.key, secret=key.secret, url=sandbox.rest_url
    )


def told(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(story)


def test_a_key_is_watched_at_once_and_no_longer_when_it_is_removed() -> None:
    with served(speed=1) as sandbox:
        first = connection_from(record(sandbox, "gambler", "first"))
        second = record(sandbox, "gambler", "second")

        async def story(run: Run) -> None:
            await run.until(lambda: run.known("first"))
            assert await run.roster.watch(second) == ("second",)
            assert run.roster.of("second") == ("second",)
            assert not run.known("second"), "until the venue has told it whole"
            await run.until(lambda: run.known("second"))
            await run.roster.leave("second")
            await run.until(lambda: not run.known("second"))
            assert run.monitor.state.accounts["second"].status is Status.UNKNOWN
            await run.until(lambda: "its key was removed" in run.says("second"))
            assert run.roster.of("second") == ()
            assert run.known("first"), "the others are watched on"
            assert len(list(run.feeds.markets)) == 1
            await run.roster.watch(second)
            await run.until(lambda: run.known("second"))
            for name in ("first", "second"):
                await run.roster.leave(name)
            assert list(run.feeds.markets) == [], "what nobody needs is closed"

        told(Run(first).does(story))


def test_a_key_that_takes_the_place_of_another_is_watched_from_unknown_on() -> None:
    with served(speed=1) as sandbox:
        first = connection_from(record(sandbox, "gambler", "first"))
        other = record(sandbox, "gambler", "first")

        async def story(run: Run) -> None:
            await run.until(lambda: run.known("first"))
            before = run.monitor.state.accounts["first"].told_events
            assert before
            await run.roster.watch(other)
            assert not run.known("first")
            await run.until(lambda: run.known("first"))

        told(Run(first).does(story))


def test_an_account_that_is_watched_otherwise_keeps_its_name() -> None:
    of_file = Watching(name="paper", venue="okx", source="paper.json", kind="file")
    run = Run(others=(of_file,))
    key = KeyRecord(name="paper", venue="okx", key="k" * 9, secret="s" * 9, passphrase="p" * 9)

    async def story() -> None:
        with pytest.raises(InputError, match="watched already, and not with this key"):
            await run.roster.watch(key)
        assert run.monitor.state.accounts["paper"].watching is of_file
        with pytest.raises(InputError, match="no monitor runs here"):
            await KeyDesk(lambda: pytest.fail("was opened")).watch("paper")

    told(story())


def polled(player: Player, name: str) -> Connection:
    return Connection(account=name, venue="okx", key="k" * 12, secret="s" * 12, passphrase="p" * 9,
                      rest_url=player.url)  # fmt: skip


def test_the_end_of_one_polled_account_leaves_the_others_of_its_venue_their_marks() -> None:
    trades = VENUES["okx"][1]()
    trades["/api/v5/account/config"]["data"][0]["perm"] = "read_only,trade"
    with playing(VENUES["okx"][1]()) as player, playing(trades) as other:

        async def story(run: Run) -> None:
            await run.until(lambda: run.known("one"))
            run.feeds.open(polled(other, "refused"))
            await run.until(lambda: "may do more" in run.says("refused"))
            run.feeds.open(polled(player, "two"))
            await run.until(lambda: run.known("two"))
            await run.feeds.close("two", "as the test wants it")
            await run.until(lambda: "as the test wants it" in run.says("two"))
            rounds = run.monitor.counts.batches
            await run.until(lambda: run.monitor.counts.batches > rounds + 5)
            assert run.known("one"), run.says("one")

        others = tuple(watching_of(polled(player, name)) for name in ("two", "refused"))
        told(Run(polled(player, "one"), others=others).does(story))

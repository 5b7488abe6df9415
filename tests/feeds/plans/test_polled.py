"""Accounts that are polled: recorded answers on loopback, real signed requests."""

from __future__ import annotations

import asyncio
import copy
from decimal import Decimal
from typing import Any

import pytest

from marginline.cli.live.sentences import said
from marginline.core.account.account import Account
from marginline.errors import InputError
from marginline.feeds import (
    AccountSnapshot,
    Cadence,
    Connection,
    Event,
    EventQueue,
    Life,
    MarkPrice,
    Refused,
    Stream,
    open_feeds,
)
from marginline.feeds.plans.venues import VENUES as CARRIED
from marginline.feeds.wire.door import Door
from marginline.monitor.run import Monitor
from marginline.monitor.settings import Watching
from marginline.venues.assessing import assess
from tests.feeds.clock import HandClock, desk_of
from tests.feeds.plans.playing import VENUES, Player, playing

BRISK = Cadence(poll=60, marks=1_500, account=1_500, look=30, backoff=20, backoff_most=50)
SECRET = "canary-secret-of-polling"


class Watched:
    """The feed of one venue on a player, and everything that it told."""

    def __init__(self, venue: str, player: Player) -> None:
        self.events: list[Event] = []
        self.queue = EventQueue()
        connection = Connection(account="one", venue=venue, key="k" * 12, secret=SECRET,
                                passphrase="p" * 9, rest_url=player.url)  # fmt: skip
        self.feeds = open_feeds([connection], self.queue, cadence=BRISK)

    async def until(self, condition: Any) -> None:
        running = asyncio.create_task(self.feeds.run())
        try:
            async with asyncio.timeout(30):
                while not condition(self):
                    await asyncio.sleep(0.02)
                    self.events += self.queue.take()
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def life(self, stream: Stream) -> set[Life]:
        return {state.state for state in self.feeds.streams() if state.stream is stream}


@pytest.mark.parametrize("venue", VENUES)
def test_it_tells_whole_accounts_and_their_marks_and_says_that_it_polls(venue: str) -> None:
    with playing(VENUES[venue][1]()) as player:
        watched = Watched(venue, player)
        asyncio.run(watched.until(lambda w: len(w.of(AccountSnapshot)) >= 2))
        paths = [path for _, path, _, _ in player.asked]
    state: Account = watched.of(AccountSnapshot)[-1].state
    assert any(position.size for position in state.positions)
    assert watched.of(MarkPrice)
    assert "polled" in str(state.extra["notes"])
    assess(state)
    slow = [path for path in paths if "leverageBracket" in path or "tier" in path.lower()]
    assert len(slow) == len(set(slow)), "terms are not asked for with every visit"


def test_without_answers_it_is_silent_and_what_was_known_ages() -> None:
    with playing(VENUES["binance_coinm"][1]()) as player:
        watched = Watched("binance_coinm", player)

        def silent(w: Watched) -> bool:
            if w.of(AccountSnapshot):
                player.played["/dapi/v1/account"] = (200, "<html>")
            refused = any("account" in event.field for event in w.of(Refused))
            return refused and w.life(Stream.ACCOUNT) == {Life.SILENT}

        asyncio.run(watched.until(silent))
        known = watched.of(AccountSnapshot)[0]
        refused = next(event for event in watched.of(Refused) if "account" in event.field)
        assert watched.of(AccountSnapshot)[-1].state == known.state
        assert known.received <= refused.received


def test_a_key_that_may_trade_is_refused_before_anything_else_is_asked() -> None:
    played = dict(VENUES["okx"][1]())
    config = played["/api/v5/account/config"]
    assert isinstance(config, dict)
    config["data"][0]["perm"] = "read_only,trade"
    with playing(played) as player:
        watched = Watched("okx", player)
        asyncio.run(watched.until(lambda w: w.life(Stream.ACCOUNT) == {Life.REFUSED}))
        assert {path for _, path, _, _ in player.asked} == {
            "/api/v5/public/time", "/api/v5/account/config",
        }  # fmt: skip
    assert not watched.of(AccountSnapshot)
    assert SECRET not in str(watched.events)


def test_a_venue_that_is_not_built_says_so_by_name() -> None:
    connection = Connection(account="one", venue="deribit", key="k" * 12, secret=SECRET)
    with pytest.raises(InputError, match="no feed is built"):
        open_feeds([connection], EventQueue())


@pytest.mark.parametrize(
    ("venue", "path", "rate", "effect"),
    [
        ("okx", "/api/v5/public/position-tiers", "mmr",
         "BTC-USDT-SWAP changed; the requirement goes from 136.80 USDT to 258.40 USDT, use from"),
        ("bitget_futures", "/api/v2/mix/market/query-position-lever?symbol=BTCUSDT",
         "keepMarginRate",
         "BTCUSDT changed; the requirement goes from 115.46 USDT to 215.86 USDT, use from"),
    ],
)  # fmt: skip
def test_tiers_that_change_at_a_polled_venue_are_told_with_their_effect(
    venue: str, path: str, rate: str, effect: str
) -> None:
    """All the way: other answers of the venue, polled, judged, an alert in numbers."""

    async def main(player: Player) -> str:
        queue = EventQueue()
        connection = Connection(account="one", venue=venue, key="k" * 12, secret=SECRET,
                                passphrase="p" * 9, rest_url=player.url)  # fmt: skip
        often = Cadence(poll=60, look=30, renew_tiers=100, marks=60_000, account=60_000)
        feeds = open_feeds([connection], queue, cadence=often)
        monitor = Monitor(queue, [Watching(name="one", venue=venue, source="played")])
        running = asyncio.create_task(feeds.run())

        async def until(condition: Any) -> None:
            async with asyncio.timeout(30):
                while not condition():
                    await monitor.step()
                    await asyncio.sleep(0.02)

        def told() -> list[str]:
            return [each.id for each in monitor.state.alerts.values() if each.kind == "tiers"]

        try:
            await until(lambda: monitor.state.accounts["one"].judged is not None)
            assert not told()
            body: Any = copy.deepcopy(player.played[path])
            for row in body["data"]:
                row[rate] = str(Decimal(row[rate]) * 2)
            player.played[path] = body
            await until(told)
            return said(monitor.alert(told()[0]).sentence)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    with playing(VENUES[venue][1]()) as player:
        sentence = asyncio.run(main(player))
    assert sentence.startswith(f"one is judged by new terms: the tiers of {effect}")


def test_a_door_whose_closing_is_cancelled_leaves_no_session_open() -> None:
    async def main() -> bool:
        desk, _ = desk_of(HandClock(), "okx")
        door = Door(CARRIED["okx"].manners, desk, BRISK)
        await door.__aenter__()
        sessions = [door._session, door._sockets]
        assert all(each is not None for each in sessions)
        first = sessions[0]
        assert first is not None
        closing = first.close

        async def cancelled() -> None:
            await closing()
            raise asyncio.CancelledError

        first.close = cancelled  # type: ignore[method-assign]
        with pytest.raises(asyncio.CancelledError):
            await door.__aexit__(None, None, None)
        return all(each is not None and each.closed for each in sessions)

    assert asyncio.run(main())

"""Public streams of polled venues on loopback: prices between visits, and REST where they fail."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from aiohttp import WSMsgType, web

from marginline.core.account.account import Account, Instrument, Order
from marginline.feeds import (
    AccountSnapshot,
    Cadence,
    Connection,
    Event,
    EventQueue,
    Funding,
    Gap,
    Life,
    MarkPrice,
    Refused,
    Stream,
    StreamState,
    open_feeds,
)
from marginline.feeds.prices import speaking
from marginline.feeds.prices.feed import contracts
from marginline.monitor.run import Monitor
from marginline.monitor.settings import Watching
from tests.feeds.plans.playing import VENUES, Player, playing
from tests.feeds.prices.frames import PUBLIC

PATHS = {public.path for public in PUBLIC.values()} | {"/market"}
ONCE = Cadence(poll=3_600_000, account=3_600_000, marks=3_600_000, public=3_600_000, look=50,
               backoff=30, backoff_most=60, heartbeat=2_000, answer=5_000)  # fmt: skip
OFTEN = Cadence(poll=60, account=3_600_000, public=600, look=30, backoff=30, backoff_most=60)


class Stage:
    """A venue's public sockets on loopback: what each was asked; private ones stay mute."""

    def __init__(self, venue: str) -> None:
        self.venue = venue
        self.url = ""
        self.public: list[web.WebSocketResponse] = []
        self.paths: list[str] = []
        self.topics: list[list[Any]] = []
        self.words: list[str] = []
        self.open = 0

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        public = request.path in PATHS and not request.query
        if public:
            self.public.append(ws)
            self.paths.append(request.path)
            self.topics.append([])
        mine = len(self.public) - 1
        self.open += 1
        try:
            async for message in ws:
                if message.type is WSMsgType.TEXT and public:
                    await self.hear(ws, mine, message.data)
        finally:
            self.open -= 1
        return ws

    async def hear(self, ws: web.WebSocketResponse, mine: int, text: str) -> None:
        if not text.startswith("{"):
            self.words.append(text)
            return
        value = json.loads(text)
        asked = value.get("params") or value.get("args") or [value.get("dataType")]
        self.topics[mine] += asked
        if value.get("op") == "subscribe" and "req_id" in value:  # Bybit's is waited for
            told = {"success": True, "op": "subscribe", "req_id": value["req_id"], "ret_msg": ""}
            await ws.send_str(json.dumps(told))

    async def say(self, *texts: str, on: int = -1) -> None:
        for text in texts:
            if self.venue == "bingx_perpetual":
                await self.public[on].send_bytes(gzip.compress(text.encode()))
            else:
                await self.public[on].send_str(text)


class Watched:
    """Feeds of one venue on a player and a stage, and all that they told."""

    def __init__(self, venue: str, player: Player, stage: Stage, cadence: Cadence, n: int) -> None:
        self.events: list[Event] = []
        self.queue = EventQueue()
        self.feeds = open_feeds(
            [Connection(account=f"a{i}", venue=venue, key="k" * 12, secret="s" * 12,
                        passphrase="p" * 9, rest_url=player.url, ws_url=stage.url)
             for i in range(n)],
            self.queue, cadence=cadence,
        )  # fmt: skip

    def of(self, kind: type[Any]) -> list[Any]:
        self.events += self.queue.take()
        return [event for event in self.events if isinstance(event, kind)]

    def marks(self, symbol: str) -> list[str]:
        return [str(each.mark) for each in self.of(MarkPrice) if each.instrument == symbol]

    def told(self, stream: Stream) -> list[StreamState]:
        return [event for event in self.of(StreamState) if event.stream is stream]

    def reason(self) -> str:
        told = self.told(Stream.MARKS)
        return told[-1].reason if told else ""

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(30):
            while not condition():
                await asyncio.sleep(0.02)


def lived(venue: str, deed: Any, cadence: Cadence = ONCE, accounts: int = 1) -> Watched:
    """Feeds live while the deed is done; no socket of theirs stays open behind them."""

    async def main(player: Player) -> Watched:
        stage = Stage(venue)
        app = web.Application()
        app.router.add_get("/{path:.*}", stage.serve)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        stage.url = f"ws://127.0.0.1:{runner.addresses[0][1]}"
        watched = Watched(venue, player, stage, cadence, accounts)
        running = asyncio.create_task(watched.feeds.run())
        try:
            await deed(watched, stage, player)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await watched.until(lambda: stage.open == 0)
            await runner.cleanup()
        return watched

    with playing(VENUES[venue][1]()) as player:
        return asyncio.run(main(player))


def subscribed(stage: Stage, venue: str, on: int = -1) -> bool:
    return bool(stage.topics) and all(t in stage.topics[on] for t in PUBLIC[venue].asked)


@pytest.mark.parametrize("venue", PUBLIC)
def test_what_is_held_is_subscribed_and_told_between_two_visits(venue: str) -> None:
    public = PUBLIC[venue]

    async def deed(watched: Watched, stage: Stage, _: Player) -> None:
        await watched.until(lambda: public.path in stage.paths)
        on = stage.paths.index(public.path)
        await watched.until(lambda: subscribed(stage, venue, on))
        await stage.say(*public.told(public.at + 500, "23456.70"), on=on)
        await watched.until(lambda: "23456.70" in watched.marks(public.symbol))
        assert watched.told(Stream.PUBLIC)[-1].state is Life.LIVE

    watched = lived(venue, deed)
    mark = watched.of(MarkPrice)[-1]
    assert mark.at == public.at + 500
    assert str(mark.index) == str(public.index)
    funding = [(str(each.rate), each.next_at) for each in watched.of(Funding)]
    assert public.rate is None or funding[-1] == (public.rate, public.due)


def test_both_books_of_portfolio_margin_are_told_each_by_its_own_socket() -> None:
    async def deed(watched: Watched, stage: Stage, _: Player) -> None:
        await watched.until(lambda: len(stage.paths) == 2 and all(stage.topics))
        assert dict(zip(stage.paths, stage.topics, strict=True)) == {
            "/market/ws": ["btcusdt@markPrice@1s"], "/ws": ["btcusd_perp@markPrice@1s"],
        }  # fmt: skip
        coin = PUBLIC["binance_coinm"]
        await stage.say(*coin.told(coin.at + 500, "61999"), on=stage.paths.index("/ws"))
        await watched.until(lambda: "61999" in watched.marks("BTCUSD_PERP"))
        assert watched.told(Stream.PUBLIC_COIN)[-1].state is Life.LIVE

    lived("binance_pm", deed)


def test_accounts_of_a_venue_share_one_socket_and_the_reason_says_by_what_prices_come() -> None:
    async def deed(watched: Watched, stage: Stage, _: Player) -> None:
        public = PUBLIC["okx"]
        await watched.until(lambda: subscribed(stage, "okx"))
        reasons = [each.reason for each in watched.told(Stream.MARKS)]
        assert "by REST every 0.06 s: the public stream is connecting" in reasons
        at = public.at + 1_000

        def told() -> bool:
            return watched.reason() == "by public stream, and by REST every 0.06 s"

        while not told():
            at += 20
            await stage.say(*public.told(at, "60777"))
            await asyncio.sleep(0.05)
        assert stage.paths == [public.path]
        seen = len(watched.told(Stream.PUBLIC))
        await watched.until(lambda: len(watched.told(Stream.PUBLIC)) > seen + 1)

    patient = Cadence(poll=60, account=3_600_000, marks=60_000, public=60_000, look=30)
    lived("okx", deed, patient, accounts=2)


def test_a_stream_that_is_silent_is_left_and_rest_tells_the_marks_meanwhile() -> None:
    async def deed(watched: Watched, stage: Stage, _: Player) -> None:
        public = PUBLIC["binance_coinm"]
        await watched.until(lambda: subscribed(stage, "binance_coinm"))
        await stage.say(*public.told(public.at + 500, "25222.5"))
        await watched.until(lambda: "25222.5" in watched.marks(public.symbol))
        await watched.until(lambda: len(stage.public) >= 2)
        lives = [each.state for each in watched.told(Stream.PUBLIC)]
        assert Life.SILENT in lives
        seen = len(watched.marks(public.symbol))
        await watched.until(lambda: len(watched.marks(public.symbol)) > seen + 1)
        assert watched.marks(public.symbol)[-1] == "25000", "what REST tells, not what was streamed"
        assert watched.reason().startswith("by REST every 0.06 s: the public stream is ")
        assert watched.told(Stream.MARKS)[-1].state is Life.LIVE
        await watched.until(lambda: subscribed(stage, "binance_coinm"))

    lived("binance_coinm", deed, OFTEN)


def test_the_socket_is_closed_with_the_last_account_of_its_venue() -> None:
    async def deed(watched: Watched, stage: Stage, _: Player) -> None:
        await watched.until(lambda: subscribed(stage, "okx"))
        await watched.feeds.close("a0", "removed")
        assert not stage.public[0].closed
        await watched.feeds.close("a1", "removed")
        await watched.until(lambda: stage.public[0].closed)
        assert not watched.feeds.prices

    lived("okx", deed, accounts=2)


def test_the_socket_is_closed_when_the_last_account_of_its_venue_is_refused_for_good() -> None:
    async def deed(watched: Watched, stage: Stage, player: Player) -> None:
        await watched.until(lambda: subscribed(stage, "okx"))
        await watched.feeds.close("a0", "removed")
        body = {"code": "50111", "msg": "Invalid OK-ACCESS-KEY", "data": []}
        player.played["/api/v5/account/balance"] = (401, body)
        await watched.until(lambda: not watched.feeds.prices)
        assert watched.told(Stream.ACCOUNT)[-1].state is Life.REFUSED
        await watched.until(lambda: stage.public[0].closed)
        await watched.feeds.close("a1", "removed")

    lived("okx", deed, replace(ONCE, poll=60), accounts=2)


def test_a_line_that_is_cut_is_opened_anew_with_its_subscriptions_and_the_gap_is_told() -> None:
    async def deed(watched: Watched, stage: Stage, _: Player) -> None:
        public = PUBLIC["binance_coinm"]
        await watched.until(lambda: subscribed(stage, "binance_coinm"))
        await stage.say(*public.told(public.at + 500, "25111"))
        await watched.until(lambda: "25111" in watched.marks(public.symbol))
        await stage.public[-1].close(code=1008)
        await watched.until(lambda: len(stage.public) == 2)
        await watched.until(lambda: subscribed(stage, "binance_coinm"))
        await stage.say(*public.told(public.at + 900, "25112"))
        await watched.until(lambda: "25112" in watched.marks(public.symbol))

    watched = lived("binance_coinm", deed)
    gaps = [event for event in watched.of(Gap) if event.stream is Stream.PUBLIC]
    assert [event.healed_at is None for event in gaps] == [True, False]


def test_late_doubled_and_garbage_frames_are_harmless_and_a_future_one_is_refused() -> None:
    async def deed(watched: Watched, stage: Stage, _: Player) -> None:
        public = PUBLIC["okx"]
        await watched.until(lambda: subscribed(stage, "okx"))
        whole = public.told(public.at + 500, "60900")
        future = public.told(public.at + 86_400_000, "1")
        late = public.told(public.at + 100, "2")
        await stage.say(*whole, "<html>", *future, *whole, *late, '{"event":"error","code":"1"}')
        await stage.say(*public.told(public.at + 600, "60901"))
        await watched.until(lambda: "60901" in watched.marks(public.symbol))

    watched = lived("okx", deed)
    marks = watched.marks("BTC-USDT-SWAP")
    assert not {"1", "2"} & set(marks)
    refused = {event.reason for event in watched.of(Refused)}
    assert {"is of the future", "is no message of prices", "the venue refuses it (1)"} <= refused


def test_nothing_held_opens_no_socket_and_what_comes_to_be_held_is_subscribed_on_one() -> None:
    path = "/openApi/swap/v2/user/positions"

    async def deed(watched: Watched, stage: Stage, player: Player) -> None:
        body: Any = player.played[path]
        player.played[path] = body | {"data": []}
        await watched.until(lambda: "no contract is held" in watched.reason())
        assert not watched.told(Stream.PUBLIC)
        player.played[path] = body
        await watched.until(lambda: subscribed(stage, "bingx_perpetual"))
        state = watched.of(AccountSnapshot)[-1].state
        (position,) = state.positions
        more = replace(state, positions=(replace(position, instrument="XRP-USDT"),))
        (prices,) = watched.feeds.prices
        prices.visited("another", more)
        await watched.until(lambda: "XRP-USDT@markPrice" in stage.topics[0])
        assert stage.topics == [["BTC-USDT@markPrice", "XRP-USDT@markPrice"]]

    # No quicker: a visit takes its part of what we ask BingX within ten seconds.
    lived("bingx_perpetual", deed, Cadence(poll=800, account=3_600_000, public=3_600_000, look=30))


def test_a_contract_that_is_only_ordered_is_wanted_and_one_that_nobody_knows_is_not() -> None:
    known = Instrument(symbol="ETH-USDT-SWAP", payoff="linear", base="ETH", quote="USDT",
                       settle="USDT")  # fmt: skip
    orders = tuple(Order(instrument=name, side="buy", size=Decimal(1), price=Decimal(2))
                   for name in ("ETH-USDT-SWAP", "BTC-USDT"))  # fmt: skip
    account = Account(venue="okx", as_of=datetime(2026, 6, 1, tzinfo=UTC), orders=orders,
                      instruments={known.symbol: known})  # fmt: skip
    assert contracts(account) == {"ETH-USDT-SWAP": "USDT"}


def test_pings_are_said_and_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speaking, "PING_MS", 50)

    async def pings(watched: Watched, stage: Stage, _: Player) -> None:
        await watched.until(lambda: stage.words.count("ping") >= 2)
        await stage.say("pong")

    async def answers(watched: Watched, stage: Stage, _: Player) -> None:
        await watched.until(lambda: subscribed(stage, "bingx_perpetual"))
        await stage.say("Ping")
        await watched.until(lambda: stage.words == ["Pong"])

    told = lived("bitget_unified", pings).of(Refused)
    assert not [event for event in told if "marks" in event.field]
    lived("bingx_perpetual", answers)


def test_the_monitor_judges_by_the_streamed_mark_and_not_by_the_visit_before() -> None:
    async def deed(watched: Watched, stage: Stage, _: Player) -> None:
        monitor = Monitor(watched.queue, [Watching(name="a0", venue="okx", source="played")])
        public = PUBLIC["okx"]

        async def until(condition: Callable[[], bool]) -> None:
            async with asyncio.timeout(30):
                while not condition():
                    await monitor.step()
                    await asyncio.sleep(0.02)

        def judged() -> Any:
            return monitor.state.accounts["a0"].judged

        await until(lambda: judged() is not None and subscribed(stage, "okx"))
        before = judged().assessment.pools[0].margin_balance
        await stage.say(*public.told(public.at + 500, "50000"))
        await until(lambda: monitor.state.markets["okx"].prices[public.symbol].mark == 50_000)
        await until(lambda: judged().assessment.pools[0].margin_balance != before)

    lived("okx", deed)

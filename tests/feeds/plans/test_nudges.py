"""Private streams of polled venues: login, pings, subscriptions; a message is looked at at once."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import WSMsgType, web

from marginline.feeds import (
    AccountSnapshot,
    Cadence,
    Connection,
    Event,
    EventQueue,
    LedgerEvent,
    Life,
    Refused,
    Stream,
    StreamState,
    open_feeds,
)
from marginline.feeds.messages import Unreadable
from marginline.feeds.nudges import logins
from marginline.feeds.nudges.bingx import BingxEar
from marginline.feeds.nudges.listen_keys import COINM, ListenKeyEar
from marginline.feeds.nudges.logins import LoginEar
from marginline.feeds.wire import lines
from marginline.feeds.wire.lines import LineClosed
from tests.feeds.plans.playing import VENUES, Played, Player, playing

SECRET, PASSPHRASE, KEY = "canary-secret-of-nudges", "canary-phrase", "canary-key-of-nudges"
LISTEN_KEY = "canarylistenkey1234567890"
PUBLIC = ("/ws", "/market/ws", "/v5/public/inverse", "/v2/ws/public", "/v3/ws/public",
          "/ws/v5/public", "/swap-market", "/market")  # fmt: skip
PATIENT = Cadence(poll=3_600_000, account=3_600_000, marks=3_600_000, look=50, backoff=30,
                  backoff_most=60, heartbeat=2_000, answer=5_000)  # fmt: skip


class Stage:
    """A venue's private socket on loopback: who logged in, what was sent."""

    def __init__(self, venue: str) -> None:
        self.venue = venue
        self.paths: list[str] = []
        self.heard: list[Any] = []
        self.sockets: list[web.WebSocketResponse] = []
        self.refuse: dict[str, Any] | None = None
        self.url = ""

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        if request.path in PUBLIC and not request.query:  # prices: tests/feeds/prices
            async for _ in ws:
                pass
            return ws
        self.paths.append(request.path)
        self.sockets.append(ws)
        async for message in ws:
            if message.type is not WSMsgType.TEXT:
                break
            if message.data in ("ping", "Pong"):
                self.heard.append(message.data)
                if message.data == "ping":
                    await ws.send_str("pong")
                continue
            value = json.loads(message.data)
            self.heard.append(value)
            for answer in self.answers(value):
                await ws.send_str(json.dumps(answer))
        return ws

    def answers(self, value: dict[str, Any]) -> list[dict[str, Any]]:
        if self.refuse is not None:
            return [self.refuse]
        if value["op"] == "login":
            return [{"event": "login", "code": "0" if self.venue == "okx" else 0, "msg": ""}]
        if value["op"] == "auth":
            return [{"success": True, "ret_msg": "", "op": "auth", "req_id": value["req_id"]}]
        if self.venue == "bybit_inverse":
            return [{"success": True, "ret_msg": "", "op": value["op"], "req_id": value["req_id"]}]
        return [{"event": "subscribe", "arg": arg} for arg in value["args"]]

    async def say(self, text: str) -> None:
        if self.venue == "bingx_perpetual":
            await self.sockets[-1].send_bytes(gzip.compress(text.encode()))
        else:
            await self.sockets[-1].send_str(text)


class Watched:
    """A feed of one venue on a player and a stage."""

    def __init__(self, venue: str, player: Player, stage: Stage, cadence: Cadence) -> None:
        self.events: list[Event] = []
        self.raw: list[str] = []
        self.queue = EventQueue()
        connection = Connection(
            account="one", venue=venue, key=KEY, secret=SECRET, passphrase=PASSPHRASE,
            rest_url=player.url, ws_url=stage.url,
        )  # fmt: skip
        self.feeds = open_feeds(
            [connection], self.queue, cadence=cadence,
            raw=lambda came: self.raw.append(f"{came}"),
        )  # fmt: skip

    def of(self, kind: type[Any]) -> list[Any]:
        self.events += self.queue.take()
        return [event for event in self.events if isinstance(event, kind)]

    def life(self) -> Life | None:
        told = [e for e in self.of(StreamState) if e.stream is Stream.PRIVATE]
        return told[-1].state if told else None

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(30):
            while not condition():
                await asyncio.sleep(0.02)


def lived(venue: str, deed: Any, cadence: Cadence = PATIENT, more: Played | None = None) -> Watched:
    """A feed lives while the deed is done; the canaries are nowhere in what it told."""

    async def main(player: Player) -> Watched:
        player.played.update(more or {})
        stage = Stage(venue)
        app = web.Application()
        app.router.add_get("/{path:.*}", stage.serve)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        stage.url = f"ws://127.0.0.1:{runner.addresses[0][1]}"
        watched = Watched(venue, player, stage, cadence)
        running = asyncio.create_task(watched.feeds.run())
        try:
            await deed(watched, stage, player)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            for ws in stage.sockets:
                await ws.close()
            await runner.cleanup()
        return watched

    played = {**VENUES[venue][1]()}
    played |= {f"/{group}/v1/listenKey": {"listenKey": LISTEN_KEY} for group in ("dapi", "papi")}
    played |= {"/openApi/user/auth/userDataStream": {"listenKey": LISTEN_KEY}}
    with playing(played) as player:
        watched = asyncio.run(main(player))
    watched.of(object)
    told = f"{watched.events} {watched.raw}"
    for canary in (SECRET, PASSPHRASE, KEY, LISTEN_KEY):
        assert canary not in told
    return watched


FRAMES = {
    "binance_coinm": json.dumps({"e": "ACCOUNT_UPDATE", "E": 1, "a": {}}),
    "binance_pm": json.dumps({"e": "ORDER_TRADE_UPDATE", "E": 1, "fs": "UM", "o": {}}),
    "bybit_inverse": json.dumps({"id": "1", "topic": "wallet", "creationTime": 1_780_272_000_001,
                                 "data": [{}]}),
    "bitget_futures": json.dumps({"action": "snapshot", "arg": {"instType": "USDT-FUTURES",
                                  "channel": "account", "coin": "default"}, "data": []}),
    "bitget_unified": json.dumps({"action": "snapshot", "arg": {"instType": "UTA",
                                  "topic": "account"}, "data": []}),
    "okx": json.dumps({"arg": {"channel": "account", "uid": "1"}, "data": []}),
    "bingx_perpetual": json.dumps({"e": "ACCOUNT_UPDATE", "E": 1, "a": {"m": "ORDER"}}),
}  # fmt: skip
PATHS = {
    "binance_coinm": f"/ws/{LISTEN_KEY}",
    "binance_pm": f"/pm/ws/{LISTEN_KEY}",
    "bybit_inverse": "/v5/private",
    "bitget_futures": "/v2/ws/private",
    "bitget_unified": "/v3/ws/private",
    "okx": "/ws/v5/private",
    "bingx_perpetual": "/swap-market",
}


@pytest.mark.parametrize("venue", FRAMES)
def test_a_message_is_followed_by_a_look_at_once(venue: str) -> None:
    async def deed(watched: Watched, stage: Stage, _: Player) -> None:
        await watched.until(lambda: watched.life() is Life.LIVE)
        await watched.until(lambda: len(watched.of(AccountSnapshot)) >= 2)  # one for the connection
        seen = len(watched.of(AccountSnapshot))
        await stage.say(FRAMES[venue])
        await watched.until(lambda: len(watched.of(AccountSnapshot)) > seen)
        assert stage.paths == [PATHS[venue]]

    lived(venue, deed)


def test_logins_are_signed_as_each_venue_asks() -> None:
    for venue, path in (("okx", "/users/self/verify"), ("bitget_futures", "/user/verify")):

        async def deed(
            watched: Watched, stage: Stage, _: Player, venue: str = venue, path: str = path
        ) -> None:
            await watched.until(lambda: watched.life() is Life.LIVE)
            entry = stage.heard[0]["args"][0]
            text = f"{entry['timestamp']}GET{path}"
            sealed = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).digest()
            assert entry["sign"] == base64.b64encode(sealed).decode()
            assert (entry["apiKey"], entry["passphrase"]) == (KEY, PASSPHRASE)
            topics = logins.OKX if venue == "okx" else logins.BITGET_CLASSIC
            assert stage.heard[1]["args"] == list(topics.topics)

        lived(venue, deed)


def test_it_pings_and_a_pong_is_no_news(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logins, "PING_MS", 50)

    async def deed(watched: Watched, stage: Stage, _: Player) -> None:
        await watched.until(lambda: stage.heard.count("ping") >= 3)
        await watched.until(lambda: len(watched.of(AccountSnapshot)) >= 2)
        seen = len(watched.of(AccountSnapshot))
        await watched.until(lambda: stage.heard.count("ping") >= 6)
        assert len(watched.of(AccountSnapshot)) == seen

    lived("okx", deed)


def test_a_line_that_is_cut_is_opened_anew_and_looked_after() -> None:
    async def deed(watched: Watched, stage: Stage, _: Player) -> None:
        await watched.until(lambda: watched.life() is Life.LIVE)
        await watched.until(lambda: len(watched.of(AccountSnapshot)) >= 2)
        seen = len(watched.of(AccountSnapshot))
        await stage.sockets[-1].close()
        await watched.until(lambda: len(stage.sockets) == 2)
        await watched.until(lambda: len(watched.of(AccountSnapshot)) > seen)
        lives = [e.state for e in watched.of(StreamState) if e.stream is Stream.PRIVATE]
        assert Life.GAP in lives
        assert lives[-1] in {Life.HEALED, Life.LIVE}

    lived("bitget_unified", deed)


def test_a_login_that_is_refused_for_good_leaves_the_polling_going() -> None:
    async def deed(watched: Watched, stage: Stage, _: Player) -> None:
        stage.refuse = {"event": "error", "code": "60009", "msg": f"Login failed {SECRET}"}
        await watched.until(lambda: watched.life() is Life.REFUSED)
        assert len(stage.sockets) == 1
        seen = len(watched.of(AccountSnapshot))
        await watched.until(lambda: len(watched.of(AccountSnapshot)) > seen)

    watched = lived("okx", deed, Cadence(poll=50, backoff=20, backoff_most=40, look=50))
    assert any("refused (60009)" in event.reason for event in watched.of(Refused))


def test_a_stream_that_is_deaf_is_left_for_a_new_one() -> None:
    async def deed(watched: Watched, stage: Stage, player: Player) -> None:
        await watched.until(lambda: watched.life() is Life.LIVE)
        await watched.until(lambda: len(watched.of(AccountSnapshot)) >= 2)
        account = json.loads(json.dumps(player.played["/dapi/v1/account"]))
        account["assets"][0]["walletBalance"] = "9.87654321"
        player.played["/dapi/v1/account"] = account
        await watched.until(lambda: len(stage.sockets) >= 2)
        told = [e.reason for e in watched.of(StreamState) if e.stream is Stream.PRIVATE]
        assert any("the stream did not tell" in reason for reason in told)

    lived("binance_coinm", deed, Cadence(poll=100, backoff=20, backoff_most=40, look=50))


def test_at_an_address_of_ones_own_no_venue_is_dialled_by_socket() -> None:
    connection = Connection(account="one", venue="okx", key=KEY, secret=SECRET,
                            rest_url="http://127.0.0.1:1")  # fmt: skip
    feeds = open_feeds([connection], EventQueue())
    assert Stream.PRIVATE not in {state.stream for state in feeds.streams()}


def test_a_polled_ledger_is_told_row_by_row_and_once() -> None:
    row = {"symbol": "BTCUSD_PERP", "incomeType": "FUNDING_FEE", "income": "-0.0001",
           "asset": "BTC", "time": 1_780_272_000_000, "info": "", "tranId": "77"}  # fmt: skip

    async def deed(watched: Watched, stage: Stage, player: Player) -> None:
        await watched.until(lambda: len(watched.of(AccountSnapshot)) >= 2)
        player.played["/dapi/v1/income"] = [row]
        await stage.say(FRAMES["binance_coinm"])
        await watched.until(lambda: watched.of(LedgerEvent))
        seen = len(watched.of(AccountSnapshot))
        await stage.say(FRAMES["binance_coinm"])
        await watched.until(lambda: len(watched.of(AccountSnapshot)) > seen)

    watched = lived("binance_coinm", deed, more={"/dapi/v1/income": []})
    (booked,) = watched.of(LedgerEvent)
    assert (booked.kind, booked.asset, str(booked.amount)) == ("FUNDING_FEE", "BTC", "-0.0001")


def test_frames_that_are_none_of_the_stream_are_told() -> None:
    login = LoginEar(None, None, logins.OKX)  # type: ignore[arg-type]
    keyed = ListenKeyEar(None, None, COINM)  # type: ignore[arg-type]
    for ear in (login, keyed, BingxEar(None, None)):  # type: ignore[arg-type]
        for text in ("<html>", "[1]", '{"x":1}', "NaN"):
            with pytest.raises(Unreadable):
                ear.said(text)
    with pytest.raises(LineClosed, match="expired"):
        keyed.said('{"e":"listenKeyExpired","E":"1"}')
    with pytest.raises(LineClosed, match="end the stream"):
        login.said('{"event":"notice","code":"64008","msg":"upgrade"}')
    assert keyed.said('{"e":"TRADE_LITE"}') is None
    assert login.said("pong") is None


def test_bingx_packs_its_frames_asks_for_pongs_and_tells_settings_that_are_no_news() -> None:
    def settings(leverage: int) -> str:
        told = {"s": "BTC-USDT", "l": leverage, "S": 20, "mt": "cross"}
        return json.dumps({"e": "ACCOUNT_CONFIG_UPDATE", "E": leverage, "ac": told})

    async def deed(watched: Watched, stage: Stage, player: Player) -> None:
        await watched.until(lambda: watched.life() is Life.LIVE)
        await watched.until(lambda: len(watched.of(AccountSnapshot)) >= 2)
        seen = len(watched.of(AccountSnapshot))
        for text in ("Ping", settings(20), settings(20), "Ping"):
            await stage.say(text)
            await asyncio.sleep(0.05)
        await watched.until(lambda: stage.heard.count("Pong") == 2)
        assert len(watched.of(AccountSnapshot)) == seen
        await stage.say(settings(50))
        await watched.until(lambda: len(watched.of(AccountSnapshot)) > seen)
        asked = [path for _, path, _, _ in player.asked if path.endswith("trade/leverage")]
        assert len(asked) >= 2, "what was set is asked for again"
        await stage.say('{"e":"listenKeyExpired","E":1}')
        await watched.until(lambda: len(stage.sockets) == 2)
        verbs = [verb for verb, path, _, _ in player.asked if path.endswith("userDataStream")]
        assert verbs == ["POST", "POST"]

    lived("bingx_perpetual", deed)


def test_bingx_renews_its_listen_key_and_an_unknown_one_ends_the_line() -> None:
    async def deed(watched: Watched, stage: Stage, player: Player) -> None:
        await watched.until(lambda: watched.life() is Life.LIVE)
        player.played["/openApi/user/auth/userDataStream"] = (200, "")

        def renewed() -> list[dict[str, str]]:
            return [query for verb, path, query, _ in player.asked
                    if verb == "PUT" and path.endswith("userDataStream")]  # fmt: skip

        await watched.until(lambda: len(renewed()) >= 2)
        assert all(query["listenKey"] == LISTEN_KEY for query in renewed())
        assert len(stage.sockets) == 1
        player.played["/openApi/user/auth/userDataStream"] = (404, "")
        reasons: list[str] = []

        def gone() -> bool:
            told = [e for e in watched.of(StreamState) if e.stream is Stream.PRIVATE]
            reasons[:] = [event.reason for event in told]
            return any("does not know the listen key" in reason for reason in reasons)

        await watched.until(gone)

    brisk = Cadence(poll=3_600_000, account=3_600_000, marks=3_600_000, look=50, backoff=30,
                    backoff_most=60, listen_key=3_600_000, renew_listen_key=60)  # fmt: skip
    lived("bingx_perpetual", deed, brisk)


def test_a_packed_frame_that_unpacks_without_end_ends_the_line() -> None:
    assert lines._unpacked(gzip.compress(b"Ping")) == b"Ping"
    assert lines._unpacked(b"plain") == b"plain"
    cut = gzip.compress(b"x" * 1000)[:-9]
    assert lines._unpacked(cut) == cut, "a frame that is cut is read as what it is: unreadable"
    with pytest.raises(LineClosed, match="8 MiB"):
        lines._unpacked(gzip.compress(b" " * (9 * 1024 * 1024)))


def test_a_fault_of_ours_in_a_message_is_told_and_the_private_stream_begins_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It ended unheard, read as live for ever, and no message was followed by a look any more."""
    at_fault: list[None] = []

    async def deed(watched: Watched, stage: Stage, _: Player) -> None:
        await watched.until(lambda: watched.life() is Life.LIVE)
        with monkeypatch.context() as broken:
            broken.setattr(LoginEar, "said", lambda *_: at_fault[0])
            await stage.say(FRAMES["okx"])
            await watched.until(lambda: watched.life() is Life.GAP)
        await watched.until(lambda: watched.life() in (Life.LIVE, Life.HEALED))
        await watched.until(lambda: len(stage.paths) >= 2)
        await asyncio.sleep(0.6)
        seen = len(watched.of(AccountSnapshot))
        await stage.say(FRAMES["okx"])
        await watched.until(lambda: len(watched.of(AccountSnapshot)) > seen)
        assert any("IndexError" in refused.reason for refused in watched.of(Refused))
        told = [each for each in watched.of(StreamState) if each.stream is Stream.ACCOUNT]
        lives = {each.state for each in told}
        assert lives == {Life.CONNECTING, Life.LIVE}, "the account is watched on"

    lived("okx", deed)

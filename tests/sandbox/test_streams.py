"""The streams as the venues send them: order of messages, routes, keys, acknowledgements."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from marginline.market.views import OrderRequest
from marginline.sandbox import Sandbox
from marginline.venues.reader.reading import apply
from tests.sandbox.answers import account
from tests.sandbox.serving import ear, listen_key, private, run, sandbox


def sell(venue: Sandbox, name: str, symbol: str, size: str) -> None:
    """A market order of an account."""
    request = OrderRequest(symbol=symbol, side="sell", size=Decimal(size), kind="market")
    venue.floor.act(lambda: venue.floor.world.place(name, request))


def kinds(messages: list[dict[str, Any]]) -> list[str]:
    """Binance's events by type, orders with what was executed."""
    return [
        f"{m['e']} {m['o']['x']}" if m["e"] == "ORDER_TRADE_UPDATE" else m["e"] for m in messages
    ]


# -- private ---------------------------------------------------------------------------------------


def test_a_fill_on_binance_is_told_as_new_then_account_then_trade() -> None:
    async def main() -> None:
        async with sandbox() as venue, private(venue, "gambler") as stream:
            sell(venue, "gambler", "BTCUSDT", "0.5")
            told = await stream.all()
            assert kinds(told) == [
                "ORDER_TRADE_UPDATE NEW",
                "ACCOUNT_UPDATE",
                "ORDER_TRADE_UPDATE TRADE",
            ]
            update = told[1]["a"]
            wallet = venue.floor.world.account("gambler").wallets[0].balance
            assert (update["m"], Decimal(update["B"][0]["wb"])) == ("ORDER", wallet)
            assert update["B"][0]["bc"] == "0"  # P&L and commission are no balance change
            assert [(leg["s"], leg["pa"], leg["mt"]) for leg in update["P"]] == [
                ("BTCUSDT", "3.5", "cross")
            ]

    run(main())


def test_a_fill_on_bybit_is_told_as_order_execution_position_order_wallet() -> None:
    async def main() -> None:
        async with sandbox() as venue, private(venue, "unified desk") as stream:
            sell(venue, "unified desk", "BTCUSDT", "0.5")
            told = await stream.all()
            assert [message["topic"] for message in told] == [
                "order",
                "execution",
                "position",
                "order",
                "wallet",
            ]
            assert [told[0]["data"][0]["orderStatus"], told[3]["data"][0]["orderStatus"]] == [
                "New",
                "Filled",
            ]
            assert (told[2]["data"][0]["size"], "entryPrice" in told[2]["data"][0]) == ("9.5", True)

    run(main())


@pytest.mark.parametrize(
    ("name", "symbol"),
    [("gambler", "BTCUSDT"), ("coin holder", "ETHUSDT"), ("unified desk", "BTCUSDT")],
)
def test_a_snapshot_with_the_events_after_it_is_the_account_as_it_is(
    name: str, symbol: str
) -> None:
    """Our readers apply the frames; a later snapshot says the same."""

    async def main() -> None:
        async with sandbox(weight_limit=100_000) as venue, private(venue, name) as stream:
            state = await account(venue, name)
            await venue.step(1_000)
            sell(venue, name, symbol, "0.5")
            for message in await stream.all():
                if message.get("topic") != "execution":
                    state = apply(state, message)
            later = await account(venue, name)
            assert {p.key: (p.size, p.entry_price) for p in state.positions} == {
                p.key: (p.size, p.entry_price) for p in later.positions
            }
            assert {w.asset: w.balance for w in state.wallets} == {
                w.asset: w.balance for w in later.wallets
            }

    run(main())


def test_a_cross_funding_payment_carries_the_balance_alone_and_an_isolated_one_its_position() -> (
    None
):
    async def main() -> None:
        async with (
            sandbox() as venue,
            private(venue, "gambler") as cross,
            private(venue, "isolated basket") as isolated,
        ):
            await venue.step(2 * 3_600_000 + 1_000)
            paid = [m for m in await cross.all() if m["a"]["m"] == "FUNDING_FEE"]
            (row,) = venue.floor.world.ledger("gambler")
            assert [(m["a"]["P"], Decimal(m["a"]["B"][0]["bc"])) for m in paid] == [
                ([], row.amount)
            ]
            updates = [m for m in await isolated.all() if m["e"] == "ACCOUNT_UPDATE"]
            assert {leg["s"] for m in updates for leg in m["a"]["P"]} >= {"LINKUSDT", "AVAXUSDT"}

    run(main())


def test_leverage_and_transfers_are_told() -> None:
    async def main() -> None:
        async with sandbox() as venue, private(venue, "gambler") as stream:
            world = venue.floor.world
            venue.floor.act(lambda: world.set_leverage("gambler", "SOLUSDT", Decimal(20)))
            venue.transfer("gambler", "USDT", Decimal(500))
            setting, update = await stream.all()
            assert setting["ac"] == {"s": "SOLUSDT", "l": 20}
            assert (update["a"]["m"], update["a"]["B"][0]["bc"]) == ("DEPOSIT", "500")
            assert update["a"]["P"] == []

    run(main())


# -- listen keys -----------------------------------------------------------------------------------


def test_a_listen_key_is_one_an_account_and_can_be_extended_and_closed() -> None:
    async def main() -> None:
        async with sandbox() as venue:
            first = await listen_key(venue, "gambler")
            assert await listen_key(venue, "gambler") == first
            assert await listen_key(venue, "gambler", "PUT") == first
            assert await listen_key(venue, "gambler", "DELETE") == {}
            assert (await listen_key(venue, "gambler", "PUT"))["code"] == -1125
            assert await listen_key(venue, "gambler") != first

    run(main())


def test_after_an_hour_the_key_ends_with_an_event_and_the_socket_stays_open_and_silent() -> None:
    async def main() -> None:
        now = [0.0]
        async with sandbox(seconds=lambda: now[0]) as venue, private(venue, "gambler") as stream:
            now[0] = 3_601.0
            await venue.step(1_000)
            (told,) = await stream.all()
            assert told["e"] == "listenKeyExpired"
            assert isinstance(told["E"], str)
            sell(venue, "gambler", "BTCUSDT", "0.5")
            assert await stream.all() == []
            assert not stream.ws.closed
            assert (await listen_key(venue, "gambler", "PUT"))["code"] == -1125

    run(main())


def test_events_in_the_address_choose_what_is_delivered() -> None:
    async def main() -> None:
        async with (
            sandbox() as venue,
            private(venue, "gambler", "&events=ACCOUNT_UPDATE/listenKeyExpired") as some,
            private(venue, "gambler") as all_of_it,
        ):
            sell(venue, "gambler", "BTCUSDT", "0.5")
            assert kinds(await some.all()) == ["ACCOUNT_UPDATE"]
            assert len(await all_of_it.all()) == 3

    run(main())


@pytest.mark.parametrize("form", ["/private/ws/{key}", "/private/stream?listenKey={key}"])
def test_other_forms_of_the_private_address_serve_too(form: str) -> None:
    async def main() -> None:
        async with sandbox() as venue:
            key = (await listen_key(venue, "gambler"))["listenKey"]
            async with ear(venue, form.format(key=key)) as stream:
                sell(venue, "gambler", "BTCUSDT", "0.5")
                told = await stream.all()
                assert len(told) == 3
                assert ("stream" in told[0]) is ("stream" in form)

    run(main())


# -- public ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "topic", "delivered"),
    [
        pytest.param("/market/ws", "btcusdt@markPrice@1s", True, id="a mark on its route"),
        pytest.param("/public/ws", "btcusdt@bookTicker", True, id="a book on its route"),
        pytest.param("/public/ws", "btcusdt@markPrice@1s", False, id="a mark on the books' route"),
        pytest.param("/market/ws", "btcusdt@bookTicker", False, id="a book on the marks' route"),
        pytest.param("/ws", "btcusdt@markPrice@1s", False, id="the retired address"),
    ],
)
def test_a_wrong_route_is_acknowledged_and_never_delivers(
    path: str, topic: str, delivered: bool
) -> None:
    async def main() -> None:
        async with sandbox() as venue, ear(venue, path) as stream:
            ack = await stream.say(method="SUBSCRIBE", params=[topic], id=1)
            assert ack == {"result": None, "id": 1}
            await venue.step(2_000)
            assert bool(await stream.all()) is delivered
            listed = await stream.say(method="LIST_SUBSCRIPTIONS", id=2)
            assert listed["result"] == [topic]

    run(main())


def test_combined_streams_name_the_stream() -> None:
    async def main() -> None:
        path = "/market/stream?streams=btcusdt@markPrice@1s/!markPrice@arr@1s"
        async with sandbox() as venue, ear(venue, path) as stream:
            await venue.step(1_000)
            told = {message["stream"]: message["data"] for message in await stream.all()}
            assert told["btcusdt@markPrice@1s"]["s"] == "BTCUSDT"
            assert len(told["!markPrice@arr@1s"]) == 12

    run(main())


def test_bybits_tickers_are_a_snapshot_and_then_what_changed() -> None:
    async def main() -> None:
        async with sandbox() as venue, ear(venue, "/v5/public/linear") as stream:
            ack = await stream.say(op="subscribe", req_id="7", args=["tickers.BTCUSDT"])
            assert (ack["success"], ack["req_id"], ack["op"]) == (True, "7", "subscribe")
            first = await stream.next()
            state: dict[str, Any] = first["data"]
            assert first["type"] == "snapshot"
            for _ in range(3):
                await venue.step(1_000)
                delta = await stream.next()
                assert delta["type"] == "delta"
                assert len(delta["data"]) < len(state)
                state |= delta["data"]
            quote = venue.floor.world.quote("bybit_unified", "BTCUSDT")
            assert (Decimal(state["markPrice"]), Decimal(state["lastPrice"])) == (
                quote.mark,
                quote.last,
            )
            refused = await stream.say(op="subscribe", args=["tickers.NOSUCH"])
            assert refused["success"] is False

    run(main())


def test_a_silence_of_the_story_silences_streams_and_heals() -> None:
    async def main() -> None:
        async with sandbox("silent stream") as venue, ear(venue, "/v5/public/linear") as stream:
            await stream.say(op="subscribe", args=["tickers.BTCUSDT"])
            await stream.all()
            while "bybit_unified" not in venue.floor.hub.silenced:
                await venue.step(10_000)
            await stream.all()
            await venue.step(20_000)
            assert await stream.all() == []
            assert (await stream.say(op="ping"))["ret_msg"] == "pong"
            while "bybit_unified" in venue.floor.hub.silenced:
                await venue.step(10_000)
            assert (await stream.next())["type"] == "snapshot"

    run(main())


# -- logging in ------------------------------------------------------------------------------------


def test_bybits_private_topics_need_a_login() -> None:
    async def main() -> None:
        async with sandbox() as venue, ear(venue, "/v5/private") as stream:
            refused = await stream.say(op="subscribe", req_id=1, args=["wallet"])
            assert (refused["success"], refused["req_id"]) == (False, 1)
            key = venue.key("empty")
            expires = venue.floor.clock.real_now() + 10_000
            wrong = await stream.say(op="auth", args=[key.key, expires, "0" * 64])
            assert wrong["success"] is False

    run(main())


@pytest.mark.parametrize("text", ["{", "[1]", '{"method":"WHAT","id":1}', '"x"'])
def test_a_message_that_is_none_is_answered_with_an_error(text: str) -> None:
    async def main() -> None:
        for path in ("/market/ws", "/v5/public/linear", "/ws-fapi/v1"):
            async with sandbox() as venue, ear(venue, path) as stream:
                await stream.ws.send_str(text)
                answer = await stream.next()
                assert answer.get("error") or answer.get("success") is False

    run(main())


def test_a_client_that_is_gone_before_it_is_answered_is_no_error(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def gone(*_: object) -> None:
        raise aiohttp.ClientConnectionResetError("Cannot write to closing transport")

    async def main() -> None:
        monkeypatch.setattr(web.WebSocketResponse, "prepare", gone)
        async with sandbox() as venue, aiohttp.ClientSession() as session:
            for route in ("/market/ws", "/v5/public/linear"):
                with pytest.raises(aiohttp.ClientError):
                    await session.ws_connect(venue.ws_url + route)

    run(main())
    assert not [each for each in caplog.records if each.levelname == "ERROR"]

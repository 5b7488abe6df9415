"""What the venues refuse, in their codes: nothing given is read as something else."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from marginline.errors import InputError
from marginline.sandbox import Sandbox
from tests.sandbox.answers import ask
from tests.sandbox.serving import ear, http, login, run, sandbox

ORDER = "/fapi/v1/order?symbol=BTCUSDT&side=SELL&quantity=0.01&"
LIMIT = ORDER + "type=LIMIT&timeInForce=GTC&price=99000"
LEVERAGE = "/fapi/v1/leverage?symbol="
HISTORY = "/v5/order/history?"
LOG = "/v5/account/transaction-log"


async def binance(venue: Sandbox, path: str, name: str = "gambler", verb: str = "GET") -> int:
    """The code of the answer; 0 where it is none of an error."""
    text = (await ask(venue, name, path, verb=verb, trading=True))[1]
    answer = json.loads(text)
    return int(answer.get("code", 0)) if isinstance(answer, dict) else 0


async def bybit(venue: Sandbox, path: str, name: str, **body: object) -> dict[str, Any]:
    """The answer: of a POST where a body is given."""
    verb, text = ("POST", json.dumps(body)) if body else ("GET", "")
    found = (await ask(venue, name, path, verb=verb, body=text, trading=True))[1]
    answer: dict[str, Any] = json.loads(found)
    return answer


@pytest.mark.parametrize(
    ("name", "symbol", "leverage", "code"),
    [
        ("carry desk", "LTCUSDT", "1", -2028),
        ("carry desk", "LTCUSDT", "9", 0),
        ("carry desk", "BTCUSDT", "150", -2027),
        ("carry desk", "SOLUSDT", "1", 0),
        ("isolated basket", "LINKUSDT", "2", -4161),
        ("isolated basket", "LINKUSDT", "20", -4161),
        ("gambler", "BTCUSDT", "0", -4028),
        ("gambler", "BTCUSDT", "151", -4028),
        ("gambler", "BTCUSDT", "7.5", -1130),
        ("gambler", "BTCUSDT", "", -1102),
    ],
)
def test_binance_refuses_a_leverage_that_margin_or_size_do_not_allow(
    name: str, symbol: str, leverage: str, code: int
) -> None:
    async def main() -> None:
        async with sandbox() as venue:
            before = venue.floor.world.account(name)
            path = f"{LEVERAGE}{symbol}&leverage={leverage}"
            assert await binance(venue, path, name, "POST") == code
            after = venue.floor.world.account(name)
            assert (after.settings == before.settings) is (code != 0)

    run(main())


@pytest.mark.parametrize(
    ("name", "leverage", "code", "words"),
    [
        ("unified desk", "1", 110012, "available balance"),
        ("unified desk", "101", 110013, "risk limit"),
        ("unified desk", "0", 10001, "buyLeverage invalid"),
        ("unified desk", "7.5", 10001, "buyLeverage invalid"),
        ("unified desk", "ten", 10001, "buyLeverage invalid"),
        ("unified desk", "9", 0, "OK"),
        ("two isolated", "4", 10001, "open isolated"),
    ],
)
def test_bybit_refuses_a_leverage_that_margin_or_size_do_not_allow(
    name: str, leverage: str, code: int, words: str
) -> None:
    async def main() -> None:
        async with sandbox() as venue:
            given = {"category": "linear", "symbol": "BTCUSDT", "sellLeverage": leverage}
            path = "/v5/position/set-leverage"
            answer = await bybit(venue, path, name, **given, buyLeverage=leverage)
            assert (answer["retCode"], words in answer["retMsg"]) == (code, True)

    run(main())


def test_a_higher_leverage_is_refused_above_what_the_positions_tier_allows() -> None:
    async def main() -> None:
        async with sandbox() as venue:
            world, name = venue.floor.world, "carry desk"
            bracket = world.tiers("binance_usdm", "BTCUSDT").rows
            value = 8 * world.quote("binance_usdm", "BTCUSDT").mark
            allowed = next(r.max_leverage for r in bracket if r.cap is None or value <= r.cap)
            assert allowed == Decimal(100)
            for leverage, code in (("101", -2027), ("100", 0)):
                path = f"{LEVERAGE}BTCUSDT&leverage={leverage}"
                assert await binance(venue, path, name, "POST") == code

    run(main())


BRACKET = "/fapi/v1/order{}?symbol=BTCUSDT&side={}&quantity={}&type=MARKET"


@pytest.mark.parametrize(
    ("leverage", "side", "size", "code"),
    [
        pytest.param("125", "BUY", "0.001", -2027, id="4 BTC are beyond the row of 125 already"),
        pytest.param("100", "BUY", "5", 0, id="9 BTC go with 100"),
        pytest.param("100", "BUY", "5.1", -2027, id="9.1 do not"),
        pytest.param("125", "SELL", "4", 0, id="what closes is taken"),
        pytest.param("125", "SELL", "7", 0, id="3 BTC on the other side go with 125"),
        pytest.param("125", "SELL", "8", -2027, id="4 on the other side do not"),
        pytest.param("125", "SELL", "4&reduceOnly=true", 0, id="what only reduces is taken"),
    ],
)
def test_binance_refuses_what_would_be_beyond_the_bracket_of_the_leverage_in_use(
    leverage: str, side: str, size: str, code: int
) -> None:
    async def main() -> None:
        async with sandbox() as venue:
            mark = venue.floor.world.quote("binance_usdm", "BTCUSDT").mark
            assert Decimal("3.39") * mark < 300_000 < Decimal("3.4") * mark
            assert 9 * mark < 800_000 < Decimal("9.1") * mark
            await binance(venue, f"{LEVERAGE}BTCUSDT&leverage={leverage}", verb="POST")
            for door in ("/test", ""):  # the order that is placed comes last
                path = BRACKET.format(door, side, size)
                assert await binance(venue, path, verb="POST") == code
            assert bool(venue.floor.orders("gambler")) is (code == 0)

    run(main())


def test_what_rests_on_a_side_counts_towards_the_bracket_and_what_only_reduces_does_not() -> None:
    async def main() -> None:
        async with sandbox() as venue:
            await binance(venue, f"{LEVERAGE}BTCUSDT&leverage=100", verb="POST")
            rests = "&type=LIMIT&timeInForce=GTC&price="
            for side, size, price, code in (
                ("BUY", "3", "85000", 0),
                ("BUY", "2.1", "84000", -2027),
                ("SELL", "4", "99000&reduceOnly=true", 0),
                ("BUY", "2", "84000", 0),
            ):
                path = f"/fapi/v1/order?symbol=BTCUSDT&side={side}&quantity={size}{rests}{price}"
                assert await binance(venue, path, verb="POST") == code
            path = f"{LEVERAGE}BTCUSDT&leverage=101"
            assert await binance(venue, path, verb="POST") == -2027

    run(main())


def test_a_leg_is_judged_by_itself_and_may_always_be_closed() -> None:
    async def main() -> None:
        async with sandbox() as venue:
            fund, path = "hedged fund", f"{LEVERAGE}SUIUSDT&leverage=25"
            venue.transfer(fund, "USDT", Decimal(10_000_000))
            assert await binance(venue, path, fund, "POST") == 0
            order = "/fapi/v1/order?symbol=SUIUSDT&type=MARKET&side={}&positionSide={}&quantity={}"
            for side, leg, size, code in (
                ("BUY", "LONG", "300000", -2027),  # to 400,000 that are held: over a million USDT
                ("SELL", "SHORT", "300000", 0),
                ("SELL", "SHORT", "400000", -2027),
                ("SELL", "LONG", "400000", 0),
            ):
                assert await binance(venue, order.format(side, leg, size), fund, "POST") == code

    run(main())


def test_bybit_refuses_over_a_socket_too_what_is_beyond_the_risk_limit_or_the_window() -> None:
    async def main() -> None:
        async with sandbox() as venue, ear(venue, "/v5/trade") as trade:
            desk, given = "swing trader", {"category": "linear", "symbol": "SOLUSDT"}
            venue.transfer(desk, "USDT", Decimal(10_000_000))
            lever = given | {"buyLeverage": "20", "sellLeverage": "20"}
            assert (await bybit(venue, "/v5/position/set-leverage", desk, **lever))["retCode"] == 0
            order = given | {"side": "Buy", "orderType": "Limit", "price": "100", "qty": "50000"}
            answer = await bybit(venue, "/v5/order/create", desk, **order)
            assert answer["retCode"] == 110090
            assert "adjust your leverage to 10 or below" in answer["retMsg"]
            assert (await trade.say(**login(venue, desk, trading=True)))["retCode"] == 0
            now = venue.floor.clock.real_now()
            for stamp, code in ((now, 110090), (now - 60_000, 10002), (None, 10001)):
                head = {} if stamp is None else {"X-BAPI-TIMESTAMP": str(stamp)}
                told = await trade.say(op="order.create", reqId="1", args=[order], header=head)
                assert told["retCode"] == code
            assert not venue.floor.orders(desk)
            sell = order | {"side": "Sell", "orderType": "Market", "qty": "12000"}
            del sell["price"]
            answer = await bybit(venue, "/v5/order/create", desk, **sell, reduceOnly=True)
            assert answer["retCode"] == 0

    run(main())


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (LIMIT + "&reduceOnly=maybe", -1130),
        (LIMIT + "&closePosition=1", -1130),
        (LIMIT + "&newClientOrderId=" + "x" * 3_000, -4015),
        (LIMIT + "&newClientOrderId=a%20b", -1100),
        (ORDER + "type=MARKET&price=1", -1106),
        ("/fapi/v1/order?symbol=BTCUSDT&side=SELL&type=MARKET&quantity=1_0", -1102),
        ("/fapi/v1/order?symbol=BTCUSDT&side=SELL&type=MARKET&quantity=%201", -1102),
        (ORDER + "type=MARKET&timeInForce=GTC", -1106),
        (LIMIT + "&newClientOrderId=" + "x" * 36, 0),
    ],
)
def test_binance_refuses_an_order_whose_words_it_cannot_read(path: str, code: int) -> None:
    async def main() -> None:
        async with sandbox() as venue:
            assert await binance(venue, path, verb="POST") == code
            assert bool(venue.floor.orders("gambler")) is (code == 0)

    run(main())


@pytest.mark.parametrize(
    "given",
    [
        {"reduceOnly": "maybe"},
        {"reduceOnly": {}},
        {"positionIdx": 1.5},
        {"positionIdx": "x"},
        {"orderLinkId": "x" * 3_000},
        {"qty": ["0.01"]},
    ],
)
def test_bybit_refuses_an_order_whose_words_it_cannot_read(given: dict[str, object]) -> None:
    async def main() -> None:
        async with sandbox() as venue:
            order = {"category": "linear", "symbol": "BTCUSDT", "side": "Buy", "qty": "0.01"}
            order |= {"orderType": "Market"}
            desk, path = "unified desk", "/v5/order/create"
            answer = await bybit(venue, path, desk, **(order | given))
            assert (answer["retCode"], venue.floor.orders(desk)) == (10001, [])
            assert next(iter(given)).lower() in answer["retMsg"].lower()

    run(main())


@pytest.mark.parametrize("number", ["1e999999", "1e99999999999999999999", "-1e400", "1E-999999"])
def test_a_number_of_a_body_beyond_all_bounds_is_refused(number: str) -> None:
    """It ended the request in a fault, or was written out digit by digit."""

    async def main() -> None:
        async with sandbox() as venue:
            body = '{"category":"linear","symbol":"BTCUSDT","side":"Buy","orderType":"Market",'
            for name in ("qty", "triggerPrice"):
                text = f'{body}"{name}":{number}}}'
                status, found, _ = await ask(
                    venue, "unified desk", "/v5/order/create", verb="POST", body=text, trading=True
                )
                assert (status, json.loads(found)["retCode"]) == (200, 10001)

    run(main())


@pytest.mark.parametrize(
    "path",
    [
        "/fapi/v1/klines?symbol=BTCUSDT&interval=1m&limit=many",
        "/fapi/v1/klines?symbol=BTCUSDT&interval=1m&startTime=yesterday",
        "/fapi/v1/income?page=1.5",
        "/fapi/v1/userTrades?symbol=BTCUSDT&fromId=x",
        "/fapi/v1/order?symbol=BTCUSDT&orderId=x",
    ],
)
def test_binance_refuses_a_number_that_is_none(path: str) -> None:
    async def main() -> None:
        async with sandbox() as venue:
            assert await binance(venue, path) == -1130

    run(main())


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (HISTORY + "category=linear&cursor=nonsense", 10001),
        (HISTORY + "category=linear&limit=many", 10001),
        (HISTORY + "category=linear&symbol=NONE", 10001),
        (HISTORY + "category=futures", 10001),
        (HISTORY, 10001),
        ("/v5/order/realtime?category=futures&settleCoin=USDT", 10001),
        ("/v5/position/list?category=futures&settleCoin=USDT", 10001),
        ("/v5/execution/list?category=futures", 10001),
        ("/v5/execution/list?category=linear&startTime=yesterday", 10001),
        (LOG + "?category=futures", 10001),
        (LOG + "?accountType=SPOT", 10001),
        (LOG + "?accountType=UNIFIED", 0),
    ],
)
def test_bybit_refuses_a_question_that_it_cannot_read(path: str, code: int) -> None:
    async def main() -> None:
        async with sandbox() as venue:
            assert (await bybit(venue, path, "unified desk"))["retCode"] == code

    run(main())


def test_bybits_lists_hold_the_category_asked_for() -> None:
    async def main() -> None:
        async with sandbox() as venue:
            desk = "unified desk"
            order = {"category": "linear", "symbol": "BTCUSDT", "side": "Sell", "qty": "0.01"}
            await bybit(venue, "/v5/order/create", desk, **order, orderType="Market")
            for path in (LOG, HISTORY[:-1]):
                rows = {
                    category: (await bybit(venue, f"{path}?category={category}", desk))["result"]
                    for category in ("linear", "spot")
                }
                assert [bool(found["list"]) for found in rows.values()] == [True, False]

    run(main())


def test_whoever_pauses_is_told_whether_the_world_stands() -> None:
    async def main() -> None:
        for speed, answers in ((60, [(200, True), (200, False)]), (None, [(422, None)] * 2)):
            async with sandbox(speed=speed) as venue, http() as session:
                head = {"X-Sandbox-Token": venue.token}
                found = []
                for word in ("pause", "resume"):
                    url = f"{venue.rest_url}/__sandbox__/{word}"
                    async with session.post(url, headers=head) as answer:
                        told = await answer.json()
                        found.append((answer.status, told.get("paused")))
                    assert ("step alone" in told.get("error", "")) is (speed is None)
                assert found == answers
                async with session.get(f"{venue.rest_url}/__sandbox__/status", headers=head) as a:
                    assert (await a.json())["paused"] is (speed is None)

    run(main())


def test_a_sandbox_without_a_speed_cannot_be_paused() -> None:
    async def main() -> None:
        async with sandbox() as venue:
            for ask_for in (venue.pause, venue.resume):
                with pytest.raises(InputError, match="step alone"):
                    ask_for()

    run(main())

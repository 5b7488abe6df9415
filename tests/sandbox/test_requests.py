"""Keys, signatures, windows, limits, unknown paths: what every request meets first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from marginline.sandbox.binance import routes as binance_routes
from marginline.sandbox.bybit import routes as bybit_routes
from marginline.sandbox.wire.keys import Credentials, KeyRing
from marginline.sandbox.wire.limits import RollingLimit, WeightLimit
from tests.sandbox.answers import ask
from tests.sandbox.serving import http, run, sandbox

ACCOUNT = "/fapi/v3/account"
INFO = "/v5/account/info"


@pytest.mark.parametrize(
    ("name", "path", "status", "code"),
    [("gambler", ACCOUNT, 400, -1022), ("empty", INFO, 200, 10004)],
)
def test_a_wrong_signature_is_refused(name: str, path: str, status: int, code: int) -> None:
    async def main() -> None:
        async with sandbox() as venue:
            found, text, _ = await ask(venue, name, path, secret="wrong")
            answer = json.loads(text)
            assert (found, answer.get("code", answer.get("retCode"))) == (status, code)

    run(main())


@pytest.mark.parametrize(
    ("name", "path", "window", "code"),
    [("gambler", ACCOUNT, 10_000, -1021), ("empty", INFO, 5_000, 10002)],
)
@pytest.mark.parametrize(("off", "passes"), [(900, True), (2_000, False), (-4_000, True)])
def test_a_timestamp_outside_of_the_window_is_refused(
    name: str, path: str, window: int, code: int, off: int, passes: bool
) -> None:
    async def main() -> None:
        async with sandbox(speed=1) as venue:
            for at, good in ((off, passes), (-window - 500, False)):
                now = venue.floor.clock.real_now()
                _, text, _ = await ask(venue, name, path, at=now + at, window=window)
                answer = json.loads(text)
                refused = answer.get("code", answer.get("retCode")) == code
                assert refused is not good

    run(main())


def test_a_client_eight_seconds_behind_passes_one_venue_and_fails_the_other() -> None:
    """With the windows that ccxt sends: ten seconds to Binance, five to Bybit."""

    async def main() -> None:
        async with sandbox(speed=1) as venue:
            at = venue.floor.clock.real_now() - 8_000
            assert (await ask(venue, "gambler", ACCOUNT, at=at, window=10_000))[0] == 200
            answer = json.loads((await ask(venue, "empty", INFO, at=at))[1])
            assert answer["retCode"] == 10002

    run(main())


def test_at_speed_1_the_venues_clock_is_the_real_one_and_else_the_worlds() -> None:
    async def main() -> None:
        async with sandbox(speed=1) as venue, http() as session:
            async with session.get(f"{venue.rest_url}/fapi/v1/time") as answer:
                told = (await answer.json())["serverTime"]
            assert abs(told - venue.floor.clock.real_now()) < 1_500
        async with sandbox() as venue, http() as session:
            async with session.get(f"{venue.rest_url}/fapi/v1/time") as answer:
                assert (await answer.json())["serverTime"] == venue.world_now()
            for at in (venue.floor.clock.real_now(), venue.world_now()):
                assert (await ask(venue, "gambler", ACCOUNT, at=at))[0] == 200

    run(main())


def test_a_key_that_is_none_or_of_the_other_venue_is_refused() -> None:
    async def main() -> None:
        async with sandbox() as venue, http() as session:
            url = f"{venue.rest_url}{ACCOUNT}?timestamp=1&signature=0"
            for key, code in (("", -2014), ("x", -2015), (venue.key("empty").key, -2015)):
                async with session.get(url, headers={"X-MBX-APIKEY": key}) as answer:
                    assert (answer.status, (await answer.json())["code"]) == (401, code)

    run(main())


def test_an_unknown_path_answers_as_the_venue_does_and_is_noted() -> None:
    async def main() -> None:
        async with sandbox() as venue, http() as session:
            async with session.get(f"{venue.rest_url}/fapi/v1/aggTrades") as answer:
                told = await answer.json()
                assert (answer.status, told["code"]) == (404, -5000)
                assert "the sandbox does not simulate it" in told["msg"]
            async with session.get(f"{venue.rest_url}/v5/market/recent-trade") as answer:
                assert (answer.status, (await answer.json())["retCode"]) == (200, 10404)
            assert venue.floor.gaps == {
                "GET /fapi/v1/aggTrades": 1,
                "GET /v5/market/recent-trade": 1,
            }

    run(main())


def test_the_how_to_lists_what_is_served() -> None:
    file = Path(__file__).parents[2] / "docs/how-to/test-a-bot-against-the-sandbox.md"
    page = file.read_text(encoding="utf-8")
    block = page.partition("<!-- served")[2].split("```")[1]
    rows = [line.split() for line in block.splitlines() if "/" in line]
    listed = {(verb, path) for verbs, path in rows for verb in verbs.split(",")}
    assert listed == set(binance_routes.ROUTES) | set(bybit_routes.ROUTES)


def test_weight_is_counted_refused_and_at_last_banned() -> None:
    async def main() -> None:
        now = [0.0]
        async with sandbox(seconds=lambda: now[0], weight_limit=12) as venue:
            status, _, headers = await ask(venue, "gambler", ACCOUNT)
            assert (status, headers["X-MBX-USED-WEIGHT-1M"]) == (200, "5")
            await ask(venue, "gambler", ACCOUNT)
            status, text, headers = await ask(venue, "gambler", ACCOUNT)
            assert (status, json.loads(text)["code"]) == (429, -1003)
            assert headers["Retry-After"] == "60"
            found = [await ask(venue, "gambler", ACCOUNT) for _ in range(25)]
            assert [status for status, _, _ in found] == [429] * 19 + [418] * 6
            assert found[-1][2]["Retry-After"] == "120"
            now[0] = 121.0
            assert (await ask(venue, "gambler", ACCOUNT))[0] == 200

    run(main())


def test_bybit_says_what_is_left_and_refuses_what_is_too_much() -> None:
    async def main() -> None:
        async with sandbox(seconds=lambda: 0.0) as venue:
            _, _, headers = await ask(venue, "empty", INFO)
            assert (headers["X-Bapi-Limit"], headers["X-Bapi-Limit-Status"]) == ("50", "49")
            codes = [json.loads((await ask(venue, "empty", INFO))[1])["retCode"] for _ in range(50)]
            assert codes == [0] * 49 + [10006]

    run(main())


def test_pages_follow_the_cursor_to_an_empty_one() -> None:
    async def main() -> None:
        async with sandbox() as venue:
            path, cursor, seen = "/v5/position/list?category=linear&settleCoin=USDT&limit=1", "", []
            while True:
                text = (await ask(venue, "unified desk", f"{path}&cursor={cursor}"))[1]
                page = json.loads(text)["result"]
                seen += [row["symbol"] for row in page["list"]]
                cursor = page["nextPageCursor"]
                if not cursor:
                    break
            assert seen == ["BTCUSDT", "ETHUSDT"]

    run(main())


def test_a_body_that_is_no_json_is_refused() -> None:
    async def main() -> None:
        async with sandbox() as venue:
            for body in ("{", "[1]"):
                text = (
                    await ask(
                        venue, "empty", "/v5/order/create", verb="POST", body=body, trading=True
                    )
                )[1]
                assert json.loads(text)["retCode"] == 10001

    run(main())


NINES = "9" * 5_000


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("gambler", f"/fapi/v1/order?symbol=BTCUSDT&orderId={NINES}"),
        ("gambler", f"{ACCOUNT}?recvWindow={NINES}"),
        ("gambler", f"/fapi/v1/income?startTime={NINES}"),
        ("empty", f"/v5/order/realtime?category=linear&orderId={NINES}"),
        ("empty", f"/v5/position/list?category=linear&settleCoin=USDT&cursor={NINES}"),
        ("empty", f"/v5/market/kline?category=linear&symbol=BTCUSDT&interval=1&start={NINES}"),
    ],
)
def test_digits_without_end_are_answered_in_the_venues_own_form(name: str, path: str) -> None:
    async def main() -> None:
        async with sandbox() as venue:
            status, text, _ = await ask(venue, name, path)
            assert status in (200, 400)
            json.loads(text)

    run(main())


@pytest.mark.parametrize(
    "given",
    [
        "type=MARKET&stopPrice=70000",
        "type=MARKET&closePosition=true",
        "type=MARKET&callbackRate=1",
        "type=LIMIT&timeInForce=GTC&price=80000&priceMatch=QUEUE",
        "type=LIMIT&timeInForce=GTC&price=80000&goodTillDate=99",
    ],
)
def test_binance_refuses_what_would_make_it_another_order(given: str) -> None:
    """Until now they were dropped, and a stop was a market order that filled at once."""

    async def main() -> None:
        async with sandbox() as venue:
            path = f"/fapi/v1/order?symbol=BTCUSDT&side=SELL&quantity=0.01&{given}"
            status, text, _ = await ask(venue, "gambler", path, verb="POST", trading=True)
            assert (status, json.loads(text)["code"] < 0) == (400, True)
            assert not venue.floor.orders("gambler")

    run(main())


@pytest.mark.parametrize("condition", ["triggerPrice", "takeProfit", "stopLoss"])
def test_bybit_refuses_an_order_whose_stop_it_would_not_keep(condition: str) -> None:
    async def main() -> None:
        async with sandbox() as venue:
            order = {"category": "linear", "symbol": "BTCUSDT", "side": "Buy", "qty": "0.01"}
            body = json.dumps(order | {"orderType": "Market", condition: "70000"})
            path, desk = "/v5/order/create", "unified desk"
            text = (await ask(venue, desk, path, verb="POST", body=body, trading=True))[1]
            answer = json.loads(text)
            assert (answer["retCode"], "conditional" in answer["retMsg"]) == (10001, True)
            assert not venue.floor.orders(desk)

    run(main())


def test_cancelling_what_is_spot_leaves_the_contracts_orders() -> None:
    async def main() -> None:
        async with sandbox() as venue:
            desk, resting = "unified desk", {"orderType": "Limit", "price": "60000", "qty": "0.01"}
            order = {"category": "linear", "symbol": "BTCUSDT", "side": "Buy"} | resting
            codes = []
            for path, given in (
                ("/v5/order/create", order),
                ("/v5/order/cancel-all", {"category": "spot"}),
            ):
                body = json.dumps(given)
                text = (await ask(venue, desk, path, verb="POST", body=body, trading=True))[1]
                codes.append(json.loads(text)["retCode"])
            assert codes == [0, 10001]
            assert len(venue.floor.world.account(desk).orders) == 1

    run(main())


def test_a_body_nested_without_end_is_refused() -> None:
    async def main() -> None:
        async with sandbox() as venue:
            body, path = "[" * 100_000, "/v5/order/create"
            status, text, _ = await ask(venue, "empty", path, verb="POST", body=body, trading=True)
            assert (status, json.loads(text)["retCode"]) == (200, 10001)

    run(main())


# -- parts -----------------------------------------------------------------------------------------


def test_keys_follow_from_names_and_do_not_show_their_secret() -> None:
    ring = KeyRing({"binance_usdm": ["carry desk"], "bybit_unified": ["empty"]})
    key = ring.of("carry desk")
    assert isinstance(key, Credentials)
    assert KeyRing({"binance_usdm": ["carry desk"]}).of("carry desk") == key
    assert len({each.secret for each in ring.all()} | {each.key for each in ring.all()}) == 8
    assert key.secret not in repr(key)
    assert ring.find(key.key) == key
    with pytest.raises(KeyError, match="carry desk, empty"):
        ring.of("nobody")


def test_a_weight_limit_begins_anew_each_minute() -> None:
    now = [59.0]
    limit = WeightLimit(10, lambda: now[0])
    assert limit.take(10) is None
    refusal = limit.take(1)
    assert refusal is not None
    assert (refusal.status, refusal.retry_after) == (429, 1)
    now[0] = 60.0
    assert limit.take(10) is None


def test_a_rolling_limit_frees_what_leaves_its_span() -> None:
    now = [0.0]
    limit = RollingLimit(2, lambda: now[0], 5.0)
    assert [limit.take(), limit.take(), limit.take()] == [True, True, False]
    assert (limit.left, limit.resets_in()) == (0, 5.0)
    now[0] = 5.0
    assert limit.take()

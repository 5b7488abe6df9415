"""Faults: what the script makes of answers and frames, and scripts that are none."""

from __future__ import annotations

import asyncio
import json
import math
from typing import Any

import aiohttp
import pytest

from marginline.errors import InputError
from marginline.sandbox import FaultScript, Sandbox
from tests.sandbox.answers import ask
from tests.sandbox.serving import WITHIN_S, Ear, ear, http, listen_key, private, run, sandbox

ACCOUNT = "/fapi/v3/account"
WALLET = "/v5/account/wallet-balance?accountType=UNIFIED"
MARKS = "btcusdt@markPrice@1s"


# -- answers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "status", "begins"),
    [
        pytest.param({"status": 429, "retry_after": 7}, 429, '{"code":-1003', id="429"),
        pytest.param({"status": 418, "retry_after": 90}, 418, '{"code":-1003', id="418"),
        pytest.param({"status": 503}, 503, '{"code":-1001', id="503 in JSON"),
        pytest.param({"status": 502, "body": "html"}, 502, "<!DOCTYPE html>", id="502 in HTML"),
        pytest.param({"status": 200, "body": "html"}, 200, "<!DOCTYPE html>", id="200 in HTML"),
        pytest.param({"status": 200, "body": "empty"}, 200, "", id="200 and nothing"),
        pytest.param({"status": 200, "body": "list"}, 200, "[]", id="200 and an empty list"),
        pytest.param({"status": 400, "code": -1021}, 400, '{"code":-1021', id="a code of choice"),
    ],
)
def test_an_answer_is_replaced(fault: dict[str, Any], status: int, begins: str) -> None:
    async def main() -> None:
        async with sandbox() as venue:
            venue.faults.add({"kind": "status", "path": "/fapi/v3/*", "times": 1, **fault})
            found, text, headers = await ask(venue, "gambler", ACCOUNT)
            assert found == status
            assert text.startswith(begins)
            assert bool(text) is bool(begins)
            if "retry_after" in fault:
                assert headers["Retry-After"] == str(fault["retry_after"])
            found, text, _ = await ask(venue, "gambler", ACCOUNT)
            assert found == 200
            assert json.loads(text)["assets"]

    run(main())


def test_fields_are_renamed_blanked_and_answers_cut() -> None:
    async def main() -> None:
        async with sandbox() as venue:
            faults = venue.faults
            faults.add({"kind": "rename", "field": "totalEquity", "to": "totalWorth", "times": 1})
            row = json.loads((await ask(venue, "empty", WALLET))[1])["result"]["list"][0]
            assert ("totalEquity" in row, "totalWorth" in row) == (False, True)
            for value, expected in (("", ""), ("null", None)):
                faults.add({"kind": "blank", "field": "equity", "value": value, "times": 1})
                row = json.loads((await ask(venue, "empty", WALLET))[1])["result"]["list"][0]
                assert row["coin"][0]["equity"] == expected
            faults.add({"kind": "cut", "share": 0.5, "times": 1})
            with pytest.raises(json.JSONDecodeError):
                json.loads((await ask(venue, "empty", WALLET))[1])

    run(main())


def test_faults_hit_the_account_named_and_every_third_answer() -> None:
    async def main() -> None:
        async with sandbox() as venue:
            venue.faults.add({"kind": "status", "account": "gambler", "every": 3})
            mine = [(await ask(venue, "gambler", ACCOUNT))[0] for _ in range(6)]
            assert mine == [200, 200, 503, 200, 200, 503]
            assert (await ask(venue, "carry desk", ACCOUNT))[0] == 200

    run(main())


def test_an_answer_is_late_or_never_comes() -> None:
    async def main() -> None:
        async with sandbox() as venue:
            loop = asyncio.get_running_loop()
            venue.faults.add({"kind": "delay", "ms": 200, "times": 1})
            began = loop.time()
            await ask(venue, "gambler", ACCOUNT)
            assert loop.time() - began >= 0.2
            venue.faults.add({"kind": "hang", "times": 1})
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(ask(venue, "gambler", ACCOUNT), 0.3)

    run(main())


@pytest.mark.parametrize(
    ("skew", "passes"), [(0, True), (-2_000, False), (4_000, True), (11_000, False)]
)
def test_a_clock_that_is_off_refuses_who_does_not_measure_it(skew: int, passes: bool) -> None:
    async def main() -> None:
        async with sandbox() as venue:
            venue.faults.add({"kind": "skew", "ms": skew or 1})
            status, text, _ = await ask(venue, "gambler", ACCOUNT, window=10_000)
            assert (status == 200) is passes
            assert passes or json.loads(text)["code"] == -1021
            now = venue.floor.clock.real_now() + skew
            assert (await ask(venue, "gambler", ACCOUNT, at=now, window=10_000))[0] == 200

    run(main())


# -- frames ----------------------------------------------------------------------------------------


async def marks(venue: Sandbox, stream: Ear, count: int) -> list[int]:
    """Step so many seconds; which of them were told, by their order."""
    began = venue.now()
    for _ in range(count):
        await venue.step(1_000)
    return [(message["E"] - began) // 1_000 for message in await stream.all()]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        pytest.param({"kind": "silence"}, [], id="silence"),
        pytest.param({"kind": "lose", "every": 2}, [1, 3, 5], id="every second is lost"),
        pytest.param({"kind": "double", "times": 1}, [1, 1, 2, 3, 4, 5, 6], id="one comes twice"),
        pytest.param({"kind": "reorder", "count": 3}, [3, 2, 1, 6, 5, 4], id="in threes reversed"),
        pytest.param({"kind": "late", "ms": 700, "times": 1}, [2, 3, 4, 5, 6, 1], id="one is late"),
        pytest.param({"kind": "silence", "stream": "ethusdt*"}, [1, 2, 3, 4, 5, 6], id="another's"),
    ],
)
def test_frames_are_lost_doubled_late_and_reordered(fault: dict[str, Any], told: list[int]) -> None:
    async def main() -> None:
        async with sandbox() as venue, ear(venue, f"/market/ws/{MARKS}") as stream:
            venue.faults.add(fault)
            assert await marks(venue, stream, 6) == told
            assert not stream.ws.closed

    run(main())


def test_silence_answers_pings_unless_it_does_not() -> None:
    async def main() -> None:
        async with sandbox() as venue, ear(venue, f"/market/ws/{MARKS}", autoping=False) as stream:
            venue.faults.add({"kind": "silence", "id": "quiet"})
            await stream.ws.ping()
            assert (await stream.ws.receive(timeout=WITHIN_S)).type is aiohttp.WSMsgType.PONG
            venue.faults.remove("quiet")
            venue.faults.add({"kind": "silence", "pongs": False})
            await stream.ws.ping()
            with pytest.raises(asyncio.TimeoutError):
                await stream.ws.receive(timeout=0.2)

    run(main())


def test_a_deaf_subscription_is_acknowledged_and_stays_deaf() -> None:
    async def main() -> None:
        async with sandbox() as venue, ear(venue, "/market/ws") as stream:
            name = venue.faults.add({"kind": "deaf"})
            ack = await stream.say(method="SUBSCRIBE", params=[MARKS], id=1)
            assert ack == {"result": None, "id": 1}
            venue.faults.remove(name)
            assert await marks(venue, stream, 2) == []

    run(main())


@pytest.mark.parametrize("how", ["cut", "nan", "html", "list"])
def test_one_frame_is_garbled_and_the_next_is_right(how: str) -> None:
    async def main() -> None:
        async with sandbox() as venue, ear(venue, f"/market/ws/{MARKS}") as stream:
            venue.faults.add({"kind": "garble", "how": how, "times": 1})
            await venue.step(1_000)
            text = await stream.raw()
            assert {"cut": "{", "nan": '{"e":NaN', "html": "<html>", "list": "[1,2"}[how] in text
            await venue.step(1_000)
            assert (await stream.next())["s"] == "BTCUSDT"

    run(main())


@pytest.mark.parametrize("code", [1001, 1006, 1008])
def test_a_connection_ends_in_the_middle_of_a_burst(code: int) -> None:
    async def main() -> None:
        async with sandbox() as venue, ear(venue, f"/market/ws/{MARKS}") as stream:
            venue.faults.add({"kind": "close", "frames": 3, "code": code, "times": 1})
            for _ in range(6):
                await venue.step(1_000)
            assert len(await stream.all()) == 3
            assert stream.ws.closed
            assert stream.ws.close_code == code
            async with ear(venue, f"/market/ws/{MARKS}") as again:
                assert len(await marks(venue, again, 2)) == 2

    run(main())


# -- listen keys -----------------------------------------------------------------------------------


@pytest.mark.parametrize("event", [True, False])
@pytest.mark.parametrize("same_key", [True, False])
def test_a_listen_key_ends_with_or_without_a_word(event: bool, same_key: bool) -> None:
    async def main() -> None:
        async with sandbox() as venue, private(venue, "gambler") as stream:
            before = await listen_key(venue, "gambler")
            venue.faults.add({"kind": "expire_listen_key", "event": event, "same_key": same_key})
            told = [message["e"] for message in await stream.all()]
            assert told == (["listenKeyExpired"] if event else [])
            assert (await listen_key(venue, "gambler", "PUT"))["code"] == -1125
            assert (await listen_key(venue, "gambler") == before) is same_key
            await venue.step(1_000)
            assert (await listen_key(venue, "gambler", "PUT")).get("code") is None

    run(main())


# -- scripts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "said"),
    [
        pytest.param({"kind": "explode"}, "kinds are", id="no such kind"),
        pytest.param({"kind": "lose", "path": "/x"}, "path", id="a field of another kind"),
        pytest.param({"kind": "late"}, "ms", id="a field that is missing"),
        pytest.param({"kind": "late", "ms": 0}, "at least 1", id="late by nothing"),
        pytest.param({"kind": "lose", "every": 0}, "every", id="every none"),
        pytest.param({"kind": "silence", "for": -1}, "for", id="a time below 0"),
        pytest.param({"kind": "status", "status": 7}, "status", id="no status"),
        pytest.param({"kind": "lose", "venue": "okx"}, "venue", id="no venue of the sandbox"),
    ],
)
def test_a_row_that_is_no_fault_names_what_is_wrong(row: dict[str, object], said: str) -> None:
    script = FaultScript(seconds=lambda: 0.0)
    with pytest.raises(InputError, match=said):
        script.add(row)
    assert not list(script)


@pytest.mark.parametrize(
    ("row", "path", "value", "message", "remedy"),
    [
        ({"kind": 3}, "kind", "3", "must be text", "kinds are status"),
        ({"for": 3}, "kind", "", "is missing", "kinds are status"),
        ({"kind": "late"}, "ms", "", "is missing", "milliseconds, such as 500"),
        ({"kind": "lose", "for": "5"}, "for", "5", "must be a number", "real seconds"),
        ({"kind": "lose", "id": 5}, "id", "5", "must be text", "in quotes"),
        ({"kind": "lose", "path": "x"}, "path", "x", "is not known here", "a lose may say account"),
        ({"kind": "lose", "venue": "okx"}, "venue", "okx", "is none of the choices", '"bybit_un'),
        ({"kind": "status", "body": "x"}, "body", "x", "is none of the choices", '"json", "html"'),
        ({"kind": "lose", "for": math.inf}, "for", "inf", "must be a number", "real seconds"),
        ({"kind": "lose", "after": math.nan}, "after", "nan", "must be a number", "real seconds"),
        (
            {"kind": "cut", "share": 10**400},
            "share",
            "1" + "0" * 79 + "…",
            "is beyond every number that is read",
            "a share of the text, such as 0.6",
        ),
    ],
)
def test_what_is_wrong_with_a_fault_is_told_by_its_field_in_words_of_the_script(
    row: dict[str, object], path: str, value: str, message: str, remedy: str
) -> None:
    """The whole row and the decoder's own words were printed; a time without end was taken."""
    with pytest.raises(InputError) as caught:
        FaultScript(seconds=lambda: 0.0).load({"fault": [row]})
    problem = caught.value.problems[0]
    assert (problem.path, problem.value) == (f"fault[0].{path}", value)
    assert problem.message == message
    assert problem.remedy.startswith(remedy) or remedy in problem.remedy


@pytest.mark.parametrize(
    ("row", "message", "remedy"),
    [
        ({"kind": "delay", "ms": 3_600_001}, "at most 3,600,000", "milliseconds, such as 500; an"),
        ({"kind": "late", "ms": 10**12}, "at most 3,600,000", "milliseconds, such as 500; a fra"),
        ({"kind": "skew", "ms": 10**30}, "at most 86,400,000", "milliseconds, such as 500"),
        ({"kind": "skew", "ms": -(10**9)}, "at least -86,400,000", "milliseconds, such as 500"),
        ({"kind": "hang", "after": 1e300}, "at most 31,536,000", "real seconds, such as 20"),
        ({"kind": "hang", "for": 1e9}, "at most 31,536,000", "real seconds, such as 15; left out"),
        ({"kind": "hang", "for": 0.0}, "at least 0.001", "real seconds, such as 15"),
        ({"kind": "hang", "times": 10**9}, "at most 1,000,000", "how many are hit, such as 2; l"),
        ({"kind": "hang", "every": 10**9}, "at most 1,000,000", "one of so many is hit"),
        ({"kind": "status", "retry_after": 10**9}, "at most 259,200", "seconds, such as 30"),
        ({"kind": "status", "code": 10**30}, "at most 999,999,999", "a venue's code, such as"),
        ({"kind": "status", "status": 150}, "at least 200", "an HTTP status, such as 503"),
        ({"kind": "reorder", "count": 10**9}, "at most 1,000", "frames, such as 2"),
        ({"kind": "reorder", "count": 1}, "at least 2", "frames, such as 2"),
        ({"kind": "close", "frames": 10**9}, "at most 1,000,000", "frames, such as 5"),
        ({"kind": "close", "code": 70_000}, "at most 4,999", "a venue's code"),
        ({"kind": "close", "code": -5}, "at least 1,000", "a venue's code"),
        ({"kind": "close", "code": 1005}, "is never sent", "a venue's code"),
    ],
)
def test_a_number_of_a_fault_has_bounds(row: dict[str, object], message: str, remedy: str) -> None:
    """An answer late by a thousand years hung; what no frame can hold ended in a fault."""
    with pytest.raises(InputError) as caught:
        FaultScript(seconds=lambda: 0.0).load({"fault": [row]})
    (problem,) = caught.value.problems
    name = list(row)[1]
    assert (problem.path, problem.value) == (f"fault[0].{name}", repr(row[name]))
    assert message in problem.message
    assert problem.remedy.startswith(remedy)


def test_a_document_is_added_whole_or_not_at_all() -> None:
    script = FaultScript(seconds=lambda: 0.0)
    for text in ("[[fault]]\nkind = 'lose'\n[[fault]]\nkind = 'x'\n", "fault = 3", "[x]\n", "]["):
        with pytest.raises(InputError):
            script.load(text)
    assert not list(script)


def test_a_fault_holds_from_its_second_on_and_for_so_long() -> None:
    async def main() -> None:
        now = [100.0]
        async with sandbox(seconds=lambda: now[0]) as venue:
            venue.faults.add({"kind": "status", "after": 10, "for": 5})
            found = []
            for seconds in (0, 9, 10, 14, 15):
                now[0] = 100.0 + seconds
                found.append((await ask(venue, "gambler", ACCOUNT))[0])
            assert found == [200, 200, 503, 503, 200]
            assert venue.faults.document()[0]["hit"] == 2

    run(main())


# -- the control endpoint --------------------------------------------------------------------------


async def control(
    venue: Sandbox, verb: str, path: str, *, token: str | None = None, **body: object
) -> tuple[int, Any]:
    """A request to the control endpoint."""
    headers = {"X-Sandbox-Token": venue.token if token is None else token}
    url = f"{venue.rest_url}/__sandbox__/{path}"
    async with (
        http() as session,
        session.request(verb, url, headers=headers, json=body or None) as answer,
    ):
        return answer.status, await answer.json()


def test_the_control_endpoint_adds_and_takes_away_faults_and_moves_time() -> None:
    async def main() -> None:
        async with sandbox() as venue:
            added = await control(venue, "POST", "faults", kind="status", id="down")
            assert added == (201, {"added": ["down"]})
            assert (await ask(venue, "gambler", ACCOUNT))[0] == 503
            _, rows = await control(venue, "GET", "faults")
            assert [(row["id"], row["kind"], row["hit"]) for row in rows] == [("down", "status", 1)]
            assert (await control(venue, "DELETE", "faults/down"))[0] == 200
            assert (await control(venue, "DELETE", "faults/down"))[0] == 404
            await control(venue, "POST", "faults", kind="skew", ms=5, after=60)
            _, (row,) = await control(venue, "GET", "faults")
            assert (row["id"], row["kind"]) == ("f1", "skew"), "by which it is taken away"
            assert (await ask(venue, "gambler", ACCOUNT))[0] == 200
            before = venue.world_now()
            assert (await control(venue, "POST", "step", ms=5_000))[1] == {"now": before + 5_000}
            body = {"account": "gambler", "asset": "USDT", "amount": "100"}
            assert (await control(venue, "POST", "transfer", **body))[0] == 200
            assert venue.floor.world.ledger("gambler")[-1].kind == "TRANSFER"
            status, told = await control(venue, "GET", "status")
            assert (status, told["requests"]) == (200, 2)

    run(main())


@pytest.mark.parametrize(
    ("verb", "path", "body", "status"),
    [
        pytest.param("POST", "faults", {"kind": "explode"}, 422, id="no fault"),
        pytest.param("POST", "faults", {"kind": "skew", "ms": "a lot"}, 422, id="no number"),
        pytest.param("POST", "step", {"ms": -1}, 422, id="back in time"),
        pytest.param("DELETE", "faults/f7", {}, 404, id="there is no fault 'f7'"),
        pytest.param("POST", "transfer", {"account": "nobody", "amount": "1"}, 422,
                     id="there is no account 'nobody'; there is: carry desk"),
        pytest.param("POST", "transfer", {"account": "gambler", "amount": "NaN"}, 422,
                     id="amount NaN is no number"),
        pytest.param("POST", "transfer", {"account": "gambler", "amount": "1e99999999"}, 422,
                     id="is more than 1,000,000,000,000 USDT"),
        pytest.param("POST", "transfer", {"account": "gambler", "asset": "XYZ", "amount": "1"}, 422,
                     id="XYZ"),
    ],
)  # fmt: skip
def test_what_the_control_endpoint_cannot_do_it_says(
    verb: str, path: str, body: dict[str, Any], status: int, request: pytest.FixtureRequest
) -> None:
    async def main() -> None:
        async with sandbox() as venue:
            found, told = await control(venue, verb, path, **body)
            assert found == status
            named = request.node.callspec.id
            assert told["error"]
            assert named in told["error"] or body.get("kind") or "ms" in body
            assert ("kinds are" in told["error"]) is (body.get("kind") == "explode")

    run(main())


def test_without_the_token_or_by_another_name_nothing_is_controlled() -> None:
    async def main() -> None:
        async with sandbox() as venue:
            assert (await control(venue, "GET", "status", token="wrong"))[0] == 403
            async with http() as session:
                headers = {"X-Sandbox-Token": venue.token, "Host": "evil.example:80"}
                url = f"{venue.rest_url}/__sandbox__/status"
                async with session.get(url, headers=headers) as answer:
                    assert answer.status == 403

    run(main())

"""Every question of the library, asked over HTTP, answers what the library answers."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import pytest

import marginline as ml
from marginline.core.account.account import Account
from tests.api.served import Served, samples
from tests.monitor.worlds import account

STRAINED = next(account for account in samples() if account.name == "strained")

SAME: list[tuple[str, Callable[[Account], object]]] = [
    ("assessment", lambda a: ml.assess(a).to_dict()),
    ("document", ml.to_dict),
    (
        "explanation?where=USDT&measure=maintenance_margin",
        lambda a: ml.explain(ml.assess(a), "USDT", "maintenance_margin").to_dict(),
    ),
    ("liquidation", lambda a: ml.liquidation_prices(a).to_dict()),
    (
        "joint?beta=ETHUSDT:1.2",
        lambda a: {**ml.liquidation_prices(a, {"ETHUSDT": "1.2"}).to_dict(), "alone": []},
    ),
    ("reconcile", lambda a: ml.reconcile(a).to_dict()),
    ("reduce?ratio=0.5", lambda a: ml.reduce_to(a, "USDT", "0.5").to_dict()),
    (
        "size?instrument=XRPUSDT&side=sell&keep_ratio=0.9",
        lambda a: ml.size_for(a, "XRPUSDT", "sell", keep_ratio="0.9").to_dict(),
    ),
]


@pytest.mark.parametrize(("path", "ask"), SAME, ids=[path.partition("?")[0] for path, _ in SAME])
def test_an_answer_is_that_of_the_library(
    served: Served, path: str, ask: Callable[[Account], object]
) -> None:
    answer = served.get(f"/api/v1/accounts/strained/{path}")
    assert answer.status_code == 200
    assert answer.json() == ask(STRAINED)


def test_a_what_if_is_the_librarys_to_the_last_digit(served: Served) -> None:
    changes = [
        {"change": "shock", "moved": "XRPUSDT", "relative": "-0.004"},
        {"change": "order", "instrument": "SOLUSDT", "size": "-1000"},
        {"change": "transfer", "asset": "USDT", "amount": "5000"},
    ]
    answer = served.post("/api/v1/accounts/strained/what-if", json={"changes": changes})
    expected = ml.what_if(
        STRAINED,
        [ml.shock("XRPUSDT", "-0.004"), ml.order("SOLUSDT", "-1000"), ml.deposit("USDT", "5000")],
    )
    assert answer.json() == expected.to_dict()


def test_what_a_what_if_says_of_its_changes_can_be_asked_again(served: Served) -> None:
    """The answer's `changes` are a question."""
    changes = [{"change": "close", "instrument": "XRPUSDT", "fraction": "0.5"}]
    first = served.post("/api/v1/accounts/strained/what-if", json={"changes": changes}).json()
    again = served.post(
        "/api/v1/accounts/strained/what-if", json={"changes": first["changes"]}
    ).json()
    assert again == first


def test_accounts_stand_worst_first_and_nearest_first(served: Served) -> None:
    rows = served.get("/api/v1/accounts").json()["accounts"]
    assert [row["name"] for row in rows[:3]] == ["hedged-but-called", "one-move-away", "strained"]
    assert {row["status"] for row in rows[3:]} == {"healthy"}


def test_the_map_is_exact_at_its_fields(served: Served) -> None:
    answer = served.get("/api/v1/accounts/strained/grid?x=XRPUSDT&y=SOLUSDT&span=0.02&steps=5")
    grid = answer.json()
    assert (grid["steps"], len(grid["ratio"]), len(grid["ratio"][0])) == (5, 5, 5)
    for row, y in enumerate(grid["y"]["moves"]):
        for column, x in enumerate(grid["x"]["moves"]):
            moved = ml.what_if(STRAINED, [ml.shock("XRPUSDT", x), ml.shock("SOLUSDT", y)])
            pool = moved.after.pool("USDT")
            assert pool.margin_ratio is not None
            assert grid["ratio"][row][column] == pytest.approx(float(pool.margin_ratio), rel=1e-12)


def test_a_map_against_all_others_agrees_along_the_axis_of_all(served: Served) -> None:
    path = "/api/v1/accounts/coins-as-collateral/grid?x=BTCUSDT&y=all&span=0.1&steps=3"
    grid = served.get(path).json()
    account = next(a for a in samples() if a.name == "coins-as-collateral")
    moved = ml.what_if(account, [ml.shock("BTCUSDT", "-0.1")]).after.pools[0]
    assert moved.margin_ratio is not None
    assert grid["ratio"][1][0] == pytest.approx(float(moved.margin_ratio), rel=1e-9)


def test_history_is_of_this_run(served: Served) -> None:
    answer = served.get("/api/v1/accounts/strained/history?span=1h").json()
    assert answer["start"] is not None
    assert answer["points"]
    assert float(answer["points"][-1]["ratio"]) == pytest.approx(0.86834, abs=1e-4)


WRONG = [
    ("accounts/nobody", 404, "name"),
    ("accounts/strained/explanation?where=USDT&measure=luck", 422, "measure"),
    ("accounts/strained/explanation?where=XYZ&measure=buffer", 422, "where"),
    ("accounts/strained/explanation?where=USDT", 422, "measure"),
    ("accounts/strained/grid?x=DOGE", 422, "x"),
    ("accounts/strained/grid?x=XRPUSDT&y=XRPUSDT", 422, "y"),
    ("accounts/strained/grid?x=XRPUSDT&steps=60", 422, "steps"),
    ("accounts/strained/grid?x=XRPUSDT&steps=999", 422, "steps"),
    ("accounts/strained/grid?x=XRPUSDT&span=5", 422, "span"),
    ("accounts/strained/history?span=forever", 422, "span"),
    ("accounts/strained/joint?beta=XRPUSDT", 422, "beta"),
    ("accounts/strained/joint?beta=DOGE:1", 422, "betas.DOGE"),
    ("accounts/strained/reduce?ratio=-1", 422, "ratio"),
    ("accounts/strained/reduce?pool=BTC", 422, "pool"),
    ("accounts/strained/size?instrument=XRPUSDT&side=up", 422, "side"),
    ("rules/nowhere", 422, "venue"),
    ("rules/changes?venue=bybit_unified&from=x&to=2026-01-01", 422, "from"),
]


@pytest.mark.parametrize(("path", "status", "field"), WRONG, ids=[path for path, _, _ in WRONG])
def test_a_wrong_question_names_the_field(
    served: Served, path: str, status: int, field: str
) -> None:
    answer = served.get(f"/api/v1/{path}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["field"] == field
    assert problem["status"] == status
    assert problem["detail"]


BAD_CHANGES: list[tuple[object, str]] = [
    ({"changes": [{"change": "shock", "relative": "-0.1"}]}, "changes[0].moved"),
    ({"changes": [{"change": "shock_all", "relative": -0.1}]}, "changes[0].relative"),
    ({"changes": [{"change": "shock_all", "relative": "-1"}]}, "changes[0].change"),
    ({"changes": [{"change": "magic"}]}, "changes[0].change"),
    (
        {"changes": [{"change": "order", "instrument": "X", "size": "1", "luck": 7}]},
        "changes[0].luck",
    ),
    ({"changes": [{"change": "order", "instrument": "XRPUSDT", "size": "NaN"}]}, "changes[0].size"),
    ({}, "changes"),
    ([], "body"),
]


@pytest.mark.parametrize(("body", "field"), BAD_CHANGES)
def test_a_wrong_change_names_its_place(served: Served, body: object, field: str) -> None:
    answer = served.post("/api/v1/accounts/strained/what-if", json=body)
    assert answer.status_code == 422
    assert answer.json()["field"] == field


def test_too_many_changes_are_refused(served: Served) -> None:
    changes = [{"change": "shock_all", "relative": "0.001"}] * 101
    answer = served.post("/api/v1/accounts/strained/what-if", json={"changes": changes})
    assert (answer.status_code, answer.json()["field"]) == (422, "changes")


@pytest.mark.parametrize("name", ["desk/eu", "a/b/c.json", "50%2F50", "què ?#"])
def test_an_account_is_reached_whatever_it_is_called(name: str) -> None:
    served = Served([account(name)])
    path = quote(name, safe="")
    try:
        assert served.get(f"/api/v1/accounts/{path}").json()["name"] == name
        assert served.get(f"/api/v1/accounts/{path}/assessment").status_code == 200
        assert served.get(f"/accounts/{path}.json").json()["name"] == name
        assert served.get("/api/v1/accounts/desk/eu").status_code == 404
    finally:
        served.close()


def test_a_hedge_group_that_is_none_is_refused_with_the_form(served: Served) -> None:
    answer = served.get("/api/v1/accounts/strained/causes?hedge=XRPUSDT")
    assert answer.status_code == 422
    problem = answer.json()
    assert (problem["field"], problem["value"]) == ("hedge", "XRPUSDT")
    assert "KEYS:KEYS@RATIO" in problem["remedy"]


def test_what_is_made_of_an_account_that_is_late_is_unknown_and_says_why() -> None:
    served = Served([account("late")])
    try:
        served.clock.now += 40_000
        served.step()
        assert served.get("/api/v1/accounts/late").json()["status"] == "unknown"
        document = served.get("/api/v1/accounts/late/assessment").json()
        asked = served.post("/api/v1/accounts/late/what-if", json={"changes": []}).json()
        assert document["status"] == asked["before"]["status"] == asked["after"]["status"]
        assert document["status"] == "unknown"
        assert document["findings"][0]["code"] == "STALE"
        assert "account data of late came 40 s ago" in document["findings"][0]["message"]
    finally:
        served.close()

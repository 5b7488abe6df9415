"""Odds by every method and sizes by every measure over HTTP: what the library says of the marks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

import marginline as ml
from marginline.core.account.moments import moment_text
from marginline.monitor.why.odds import PATHS, recorded
from tests.api.served import Served, samples
from tests.monitor.test_volatility import path
from tests.monitor.worlds import account

COMFORTABLE = next(account for account in samples() if account.name == "comfortable")
SYMBOLS = sorted({row.instrument for row in COMFORTABLE.positions if row.size})
MARKS = {symbol: path(24 * 10, 0.04) for symbol in SYMBOLS}
ROOT = "/api/v1/accounts/comfortable"


@pytest.fixture
def asked(served: Served, monkeypatch: pytest.MonkeyPatch) -> Served:
    """The app, with ten days of recorded marks."""
    monkeypatch.setattr(served.monitor, "hourly", lambda _: MARKS)
    return served


def test_odds_by_garch_and_in_steps_are_the_library_s(asked: Served) -> None:
    pytest.importorskip("arch", reason="the extra `risk` is not installed")
    answer = asked.get(f"{ROOT}/odds?within_s=3600&within_s=7200&garch=true&looks_s=3600")
    assert answer.status_code == 200, answer.text
    (pool,) = answer.json()["pools"]
    hour = timedelta(hours=1)
    (found,) = ml.headroom(
        COMFORTABLE, recorded(MARKS, SYMBOLS), horizons=(hour, 2 * hour), paths=PATHS,
        garch=True, looks=hour,
    )  # fmt: skip
    assert pool == found.to_dict()
    assert [each["within_hours"] for each in pool["odds"]] == ["1", "2"]
    assert all(each["garch"] is not None for each in pool["odds"])


def test_sizes_by_chance_by_kelly_and_in_both_modes(asked: Served) -> None:
    of = f"{ROOT}/size?instrument={SYMBOLS[0]}&side=buy"
    plain: dict[str, Any] = asked.get(of).json()
    assert not {"by_chance", "kelly", "modes"} & plain.keys()
    told = asked.get(f"{of}&touch=0.05&edge=0.01&modes=true&within_s=3600").json()
    past, within = recorded(MARKS, SYMBOLS), timedelta(hours=1)
    chance = ml.size_by_chance(COMFORTABLE, SYMBOLS[0], "buy", past, chance="0.05", within=within)
    by_kelly = ml.kelly(COMFORTABLE, SYMBOLS[0], "buy", past, edge="0.01", within=within)
    modes = ml.compare_modes(COMFORTABLE, SYMBOLS[0], plain["size"])
    assert told == plain | {
        "by_chance": chance.to_dict(),
        "kelly": by_kelly.to_dict(),
        "past": {
            "method": "filtered bootstrap",
            "source": "recorded hourly marks",
            "days": f"{past.span.total_seconds() / 86_400:.1f}",
            "ends_at": moment_text(past.ends_at),
        },
        "modes": [each.to_dict() for each in modes],
    }


def test_kelly_without_tiers_is_null_with_the_reason_and_the_other_sizes_stand(
    asked: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    untold = replace(COMFORTABLE, parameters=replace(COMFORTABLE.parameters, tiers={}))
    monkeypatch.setattr(asked.monitor, "account", lambda _: untold)
    answer = asked.get(f"{ROOT}/size?instrument={SYMBOLS[0]}&side=buy&edge=0.01")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["kelly"] is None
    assert any("no size by Kelly" in each["message"] for each in told["findings"])
    rated = asked.get(
        f"{ROOT}/size?instrument={SYMBOLS[0]}&side=buy&edge=0.01&maintenance_rate=0.01"
    )
    assert rated.json()["kelly"] is not None


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("odds?within_s=0", "within_s"),
        ("odds?within_s=soon", "within_s"),
        ("odds?looks_s=-1", "looks_s"),
        (f"size?instrument={SYMBOLS[0]}&side=buy&touch=2", "touch"),
        (f"size?instrument={SYMBOLS[0]}&side=buy&edge=0.1&kelly=0", "kelly"),
        (f"size?instrument={SYMBOLS[0]}&side=buy&edge=0.1&kelly=", "kelly"),
        (f"size?instrument={SYMBOLS[0]}&side=buy&touch=0.1&kelly=0.5", "kelly"),
        (f"size?instrument={SYMBOLS[0]}&side=buy&maintenance_rate=0.01", "maintenance_rate"),
    ],
)
def test_what_cannot_be_asked_names_the_field(asked: Served, query: str, field: str) -> None:
    answer = asked.get(f"{ROOT}/{query}")
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_sizes_by_chance_and_kelly_are_withheld_with_a_reason_below_seven_days() -> None:
    served = Served([account("new")])
    try:
        query = "instrument=BTCUSDT&side=buy&touch=0.05&edge=0.01"
        told = served.get(f"/api/v1/accounts/new/size?{query}")
        assert told.status_code == 200, told.text
        document = told.json()
        assert document["by_chance"] is document["kelly"] is document["past"] is None
        why = document["findings"][-1]
        assert (why["code"], why["where"]) == ("MISSING_DATA", "past")
        assert "needs 7 days of hourly marks of every instrument" in why["message"]
    finally:
        served.close()


def test_a_leg_of_a_hedge_has_sizes_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    document: dict[str, Any] = dict(ml.to_dict(account("legs")))
    document["position_mode"] = "hedge"
    document["positions"][0] |= {"side": "short", "size": "-1"}
    served = Served([ml.from_dict(document)])
    monkeypatch.setattr(served.monitor, "hourly", lambda _: {"BTCUSDT": path(24 * 10, 0.04)})
    try:
        asked_of = "/api/v1/accounts/legs/size?instrument=BTCUSDT&touch=0.05&edge=0.01"
        of = f"{asked_of}&position_side=short"
        closing, adding = (served.get(f"{of}&side={side}").json() for side in ("buy", "sell"))
        assert closing["size"] == "1"
        assert closing["limit"].startswith("BTCUSDT/short holds only -1")
        assert 0 < float(adding["by_chance"]["size"]) <= float(adding["size"])
        refused = served.get(f"{asked_of}&side=buy")
        assert (refused.status_code, refused.json()["field"]) == (422, "position_side")
    finally:
        served.close()

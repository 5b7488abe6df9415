"""Bad days: the same as the what-if that says them, tightened terms, and who suffers."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import marginline as ml
from marginline.core.account.file import from_dict
from marginline.core.findings import Status
from marginline.core.measures import Measure
from marginline.risk.stress.scenarios import BY_NAME, SCENARIOS
from tests.risk.books import INVERSE, JOINT, LINEAR, MIXED, book, codes, hedged, one

D = Decimal
SAMPLES = Path(__file__).parents[2] / "venues" / "samples"
ACCOUNTS = [
    pytest.param(document, id=f"{path.stem} {mode}".strip())
    for path in sorted(SAMPLES.glob("*.json"))
    for mode, document in json.loads(path.read_text(encoding="utf-8")).items()
]


def day(found: ml.Stress, name: str) -> Any:
    return next(each for each in found.days if each.scenario.name == name)


@pytest.mark.parametrize("document", [LINEAR, INVERSE, JOINT, MIXED])
@pytest.mark.parametrize(("name", "move"), [("fall-10", "-0.1"), ("rise-50", "0.5")])
def test_a_fall_of_everything_is_the_what_if_of_it(document: Any, name: str, move: str) -> None:
    account = book(document)
    found = day(ml.stress(account, [BY_NAME[name]]), name)
    after = ml.what_if(account, ml.shock_all(move)).after
    assert found.status == after.status
    for pool in found.pools:
        assert pool.buffer == after.pool(pool.pool).measures[Measure.BUFFER]


@pytest.mark.parametrize("document", ACCOUNTS)
def test_every_sample_of_every_venue_has_its_days(document: dict[str, Any]) -> None:
    found = ml.stress(from_dict(document))
    assert len(found.days) == len(SCENARIOS)
    assert found.worst in Status
    told = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert [each["scenario"] for each in told["days"]] == [each.name for each in SCENARIOS]


def test_coins_move_as_the_day_says_each_by_its_own() -> None:
    account = book(positions=LINEAR["positions"])
    found = ml.stress(account, [BY_NAME["may-2021"]])
    losses = {share.position: share.loss["may-2021"] for share in found.shares}
    assert losses == {
        "BTCUSDT/both": D("0.5") * 60000 * D("0.3"),
        "ETHUSDT/both": D(-3) * 3000 * D("0.4"),
    }


def test_doubled_rates_double_the_requirement_and_nothing_else() -> None:
    found = ml.stress(one("3"), [BY_NAME["tiers"]])
    (pool,) = day(found, "tiers").pools
    maintenance = found.today.pools[0].measures[Measure.MAINTENANCE_MARGIN]
    assert pool.lost == maintenance


@pytest.mark.parametrize("document", [JOINT, MIXED])
def test_deeper_haircuts_take_from_coins_that_are_collateral(document: Any) -> None:
    found = day(ml.stress(book(document, positions=[]), [BY_NAME["haircuts"]]), "haircuts")
    assert found.pools[0].lost > 0


def test_haircuts_leave_an_account_in_dollars_as_it_is() -> None:
    found = day(ml.stress(one("3"), [BY_NAME["haircuts"]]), "haircuts")
    assert found.pools[0].lost == 0


def test_funding_is_paid_on_the_net_of_a_hedge() -> None:
    bare = day(ml.stress(hedged("1", "0"), [BY_NAME["funding-3d"]]), "funding-3d")
    covered = day(ml.stress(hedged("1", "-0.5"), [BY_NAME["funding-3d"]]), "funding-3d")
    assert bare.pools[0].lost == D(60000) * D("0.027")
    assert covered.pools[0].lost == bare.pools[0].lost / 2


def test_scenarios_of_the_venue_are_said_to_stand_when_tiers_change() -> None:
    documents = json.loads((SAMPLES / "bybit_unified.json").read_text(encoding="utf-8"))
    found = day(ml.stress(from_dict(documents["portfolio"]), [BY_NAME["tiers"]]), "tiers")
    assert "UNSUPPORTED" in codes(found.findings)


def test_shares_of_the_requirement_are_of_one_and_closing_frees_what_it_required() -> None:
    found = ml.stress(book(), [BY_NAME["fall-10"]])
    shares = [share.share for share in found.shares]
    assert None not in shares
    assert sum(shares) == 1  # type: ignore[arg-type]
    eth = next(share for share in found.shares if share.position == "ETHUSDT/both")
    fee = D(3) * 3000 * D("0.0005")
    assert eth.requirement is not None
    assert eth.freed == eth.requirement - fee


def test_what_cannot_be_judged_is_unknown_on_every_day_that_moves_it() -> None:
    account = book(market={"mark": {"BTCUSDT": "60000"}})
    found = ml.stress(account, [BY_NAME["fall-10"]])
    assert found.worst is Status.UNKNOWN
    assert {share.share for share in found.shares} == {None}


def test_a_day_of_ones_own() -> None:
    mine = ml.Scenario("mine", "bitcoin halves", coins={"BTC": D("-0.5")})
    found = ml.stress(one("1"), [mine])
    assert found.shares[0].loss == {"mine": D(30000)}

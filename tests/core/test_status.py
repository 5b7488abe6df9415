"""Statuses: the ranked list, what puts a pool where, what outranks what."""

from __future__ import annotations

from decimal import Decimal as D
from itertools import combinations

import pytest

from marginline.core.assessment.assess import status_of
from marginline.core.assessment.figures import PoolFigures, Rules
from marginline.core.assessment.rules import absent
from marginline.core.assessment.standard import GLOSSARY, POOL_RULES, POSITION_RULES
from marginline.core.findings import Code, Gap, Severity, Status, missing
from marginline.core.measures import Measure as M
from marginline.core.numbers import exact
from marginline.core.pool.exposure import MaintenanceTerm
from marginline.core.pool.pool import Part, Pool, Trigger
from tests.core.pools import RULES, exposure, leg, pool

ORDER = ["healthy", "watch", "unknown", "margin_call", "liquidation"]


def test_statuses_stand_in_order_of_gravity() -> None:
    assert [status.value for status in sorted(Status, key=lambda s: s.rank)] == ORDER


@pytest.mark.parametrize(("better", "worse"), list(combinations(ORDER, 2)))
def test_the_gravest_wins(better: str, worse: str) -> None:
    pair = (Status(better), Status(worse))
    assert Status.worst(pair) is Status.worst(pair[::-1]) is Status(worse)


def test_nothing_assessed_is_unknown() -> None:
    assert Status.worst([]) is Status.UNKNOWN


def at_ratio(ratio: str, **trigger: object) -> Pool:
    """A pool whose support is 100 and whose requirement is `ratio` of it."""
    parts = (Part("part", D(ratio) * 100),)
    return pool(leg("100"), maintenance_parts=parts, trigger=Trigger(**trigger))  # type: ignore[arg-type]


def judged(of: Pool, rules: Rules = RULES) -> tuple[str, list[str]]:
    with exact():
        status, notes = status_of(PoolFigures(of, rules))
    return status.value, [note.code.name for note in notes]


STRICT = {"inclusive": False}
CALLS = {"margin_call": D("0.9")}
CALLS_ONLY = {"liquidates": False}
RATIOS = [
    pytest.param("0.79999", {}, "healthy", id="below the watch level"),
    pytest.param("0.8", {}, "watch", id="at the watch level"),
    pytest.param("0.99999", {}, "watch", id="just under the line"),
    pytest.param("1", {}, "liquidation", id="at the line, inclusive"),
    pytest.param("1", STRICT, "watch", id="at the line, strict"),
    pytest.param("1.00001", STRICT, "liquidation", id="over the line, strict"),
    pytest.param("0.89999", CALLS, "watch", id="under the level of a call"),
    pytest.param("0.9", CALLS, "margin_call", id="at the level of a call"),
    pytest.param("1", CALLS, "liquidation", id="the line comes before the call"),
    pytest.param("1", CALLS_ONLY, "margin_call", id="a venue that calls instead"),
    pytest.param("1", CALLS_ONLY | STRICT, "watch", id="and strictly so"),
    pytest.param("0.5", {"watch": D("0.5")}, "watch", id="the venue's own watch level"),
    pytest.param("0.96", {"level": D("1.05")}, "liquidation", id="level 1.05: 1.008"),
    pytest.param("0.95", {"level": D("1.05")}, "watch", id="level 1.05: 0.9975"),
]


@pytest.mark.parametrize(("ratio", "trigger", "status"), RATIOS)
def test_ratio_gives_the_status(ratio: str, trigger: dict[str, object], status: str) -> None:
    assert judged(at_ratio(ratio, **trigger)) == (status, [])


@pytest.mark.parametrize("balance", ["0", "-5"])
def test_a_requirement_without_support_is_liquidation(balance: str) -> None:
    of = pool(leg(balance), maintenance_parts=(Part("part", D(1)),))
    assert judged(of) == ("liquidation", [])


NONE_REQUIRED = [
    pytest.param("5", False, ("healthy", []), id="money"),
    pytest.param("0", False, ("healthy", []), id="nothing at all"),
    pytest.param("-5", False, ("watch", ["NEGATIVE_BALANCE"]), id="a debt"),
    pytest.param("-5", True, ("liquidation", ["NEGATIVE_BALANCE"]), id="a debt that liquidates"),
    pytest.param("0", True, ("healthy", []), id="no debt"),
]


@pytest.mark.parametrize(("balance", "liquidates", "expected"), NONE_REQUIRED)
def test_without_a_requirement(
    balance: str, liquidates: bool, expected: tuple[str, list[str]]
) -> None:
    of = pool(leg(balance), trigger=Trigger(negative_support_liquidates=liquidates))
    assert judged(of) == expected


GAP = missing("it is not given")


@pytest.mark.parametrize(
    "of",
    [
        pytest.param(pool(leg("1"), exposure("1", maintenance=MaintenanceTerm(GAP))), id="tiers"),
        pytest.param(pool(leg("1"), adjustments=(Part("loss", GAP),)), id="an adjustment"),
        pytest.param(pool(leg("1"), maintenance_parts=(Part("part", GAP),)), id="a part"),
    ],
)
def test_what_is_missing_makes_it_unknown(of: Pool) -> None:
    assert judged(of) == ("unknown", ["MISSING_DATA"])


def no_maintenance(gap: Gap) -> Rules:
    own = (absent("T-MM-001", M.MAINTENANCE_MARGIN, gap, GLOSSARY),)
    return Rules.over((POOL_RULES, POSITION_RULES), (own, ()))


def test_a_pool_of_free_money_needs_no_maintenance() -> None:
    """Where the venue has none for it; not when something is open, not when it is unknown."""
    none = no_maintenance(Gap(Code.NOT_APPLICABLE, "free money only"))
    assert judged(pool(leg("1")), none) == ("healthy", [])
    assert judged(pool(leg("-1")), none) == ("watch", ["NEGATIVE_BALANCE"])
    assert judged(pool(leg("1"), exposure("1")), none) == ("unknown", ["NOT_APPLICABLE"])
    silent = no_maintenance(Gap(Code.UNSUPPORTED, "not public"))
    assert judged(pool(leg("1")), silent) == ("unknown", ["UNSUPPORTED"])


def test_codes_are_ranked_and_carry_a_severity() -> None:
    ranks = [code.rank for code in Code]
    assert ranks == sorted(ranks)
    assert Code.MISSING_DATA.rank == 0
    assert Code.MISSING_DATA.severity is Severity.ERROR
    assert Code.NOT_APPLICABLE.severity is Severity.INFO
    names = [code.value[0] for code in Code]
    assert names == [code.name for code in Code]

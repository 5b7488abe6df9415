"""From pools to an assessment: the menus, a reason for every null, the account as a whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal as D

import pytest

from marginline.core.account.account import Account
from marginline.core.account.market import AssetRate, Market
from marginline.core.assessment.assess import Resolved, assess_pool, assess_pools
from marginline.core.assessment.assessment import Assessment, PoolAssessment, RulebookReference
from marginline.core.findings import Code, Finding, missing
from marginline.core.later import Later
from marginline.core.measures import (
    ASSET_MEASURES,
    POOL_MEASURES,
    POSITION_MEASURES,
    REQUIREMENT_MEASURES,
)
from marginline.core.measures import Measure as M
from marginline.core.numbers import exact
from marginline.core.pool.exposure import MaintenanceTerm
from marginline.core.pool.pool import Kind, Part, Pool
from tests.core.pools import INVERSE, RULES, exposure, leg, pool, schedule

BOOK = RulebookReference("T-1", "2026-01-01", Later(lambda: "0" * 64))
GAP = missing("it is not given")


def account(**rates: str) -> Account:
    priced = {asset: AssetRate(index=D(rate)) for asset, rate in rates.items()}
    return Account(
        venue="textbook", as_of=datetime(2026, 6, 1, tzinfo=UTC), market=Market(asset_rate=priced)
    )


def whole(*pools: Pool, findings: tuple[Finding, ...] = (), **rates: str) -> Assessment:
    with exact():
        return assess_pools(account(**rates), Resolved(pools, findings), RULES, BOOK, "USD")


def one(of: Pool) -> PoolAssessment:
    with exact():
        return assess_pool(of, RULES)


def reasons(found: PoolAssessment, where: str) -> dict[M, str]:
    return {f.measure: f.code.name for f in found.findings if f.where == where and f.measure}


def test_every_measure_of_the_menus_is_there_in_order() -> None:
    found = one(pool(leg("100"), exposure("1")))
    assert tuple(found.measures) == POOL_MEASURES
    assert tuple(found.positions[0].measures) == POSITION_MEASURES
    assert found.assets == ()
    assert found.requirement_parts == {}


@pytest.mark.parametrize(
    "of",
    [
        pytest.param(pool(leg("100"), exposure("1")), id="complete"),
        pytest.param(pool(leg("-100"), exposure("1")), id="under water"),
        pytest.param(pool(leg("100")), id="idle"),
        pytest.param(pool(leg("1"), exposure("1", maintenance=MaintenanceTerm(GAP))), id="tiers"),
        pytest.param(
            pool(leg("1"), leg("1", "EUR", index=GAP, rate_positive=GAP), kind=Kind.ACCOUNT),
            id="an asset without a rate",
        ),
        pytest.param(pool(leg("1"), exposure("1", fees=GAP, funding_rate=GAP)), id="fees, funding"),
    ],
)
def test_every_null_has_a_reason_at_its_place(of: Pool) -> None:
    found = one(of)
    for measure, value in found.measures.items():
        assert value is not None or measure in reasons(found, found.id)
    for place in found.positions:
        for measure, value in place.measures.items():
            assert value is not None or measure in reasons(found, place.key)
    for asset in found.assets:
        for measure, value in asset.measures.items():
            told = [f for f in found.findings if f.measure is measure and asset.asset in f.message]
            assert value is not None or told


def test_a_cross_position_has_no_balance_of_its_own_and_an_isolated_one_has() -> None:
    cross, apart = (
        one(pool(leg("50"), exposure("1"))),
        one(pool(leg("50"), exposure("1"), kind=Kind.ISOLATED)),
    )
    assert cross.positions[0].margin_balance is None
    assert reasons(cross, "X/both")[M.MARGIN_RATIO] == "NOT_APPLICABLE"
    assert apart.positions[0].margin_balance == 50
    assert apart.positions[0].margin_ratio == apart.margin_ratio == D("0.2")


def test_a_risk_unit_carries_its_requirement_alone_and_no_status() -> None:
    parts = (Part("worst loss", D(9)),)
    found = one(pool(leg("0"), kind=Kind.RISK_UNIT, maintenance_parts=parts))
    assert tuple(found.measures) == REQUIREMENT_MEASURES
    assert found.status is None
    assert "status" not in found.to_dict()
    assert found.requirement_parts == {"worst loss": D(9)}
    account_pool = pool(leg("5"), id="USD", kind=Kind.ACCOUNT)
    unit = pool(leg("0"), kind=Kind.RISK_UNIT, id="BTC")
    assert whole(account_pool, unit).status == "healthy"


def test_assets_of_a_joint_pool_each_in_their_own() -> None:
    eur = leg("-10", "EUR", index=D(2), rate_positive=D(1), rate_negative=D(3), credit=D(1))
    found = one(pool(leg("100"), eur, exposure("1", "90"), kind=Kind.ACCOUNT))
    usd, other = found.assets
    assert tuple(usd.measures) == (*ASSET_MEASURES, M.MAINTENANCE_MARGIN)
    assert (usd.unrealized_pnl, usd.equity, usd.haircut) == (D(10), D(110), D(0))
    assert usd.maintenance_margin == 10
    assert (other.wallet_balance, other.credit, other.equity) == (D(-10), D(1), D(-10))
    assert (other.collateral_value, other.haircut) == (D(-15), D(5))
    assert other.maintenance_margin == 0


def test_only_pool_stands_for_the_account() -> None:
    of = pool(leg("100", "BTC"), asset="BTC", id="BTC")
    found = whole(of)
    assert found.asset == "BTC"
    assert found.measures == found.pools[0].measures


def test_joint_pool_stands_for_the_account_beside_its_risk_units() -> None:
    joint = pool(leg("100"), id="USD", kind=Kind.ACCOUNT)
    found = whole(pool(leg("0"), kind=Kind.RISK_UNIT, id="BTC"), joint)
    assert found.asset == "USD"
    assert found.measures == found.pools[1].measures


def test_nulls_of_the_pool_are_told_for_the_account_too() -> None:
    found = whole(pool(leg("100"), order_gap=GAP))
    told = {f.measure: f.code.name for f in found.findings if f.where == "account"}
    assert told[M.ORDER_INITIAL_MARGIN] == "MISSING_DATA"
    assert set(told) == {m for m, value in found.measures.items() if value is None}


def test_several_pools_hold_their_equity_in_the_valuation_asset() -> None:
    usd, btc = pool(leg("100"), id="USD"), pool(leg("2", "BTC"), asset="BTC", id="BTC")
    found = whole(usd, btc, BTC="30")
    assert found.measures == {M.EQUITY: D(160)}
    lacking = whole(usd, btc)
    assert lacking.measures == {M.EQUITY: None}
    (why,) = lacking.findings
    assert (why.where, why.measure, why.code) == ("account", M.EQUITY, Code.MISSING_DATA)
    blind = whole(usd, pool(leg("1"), replace(exposure("1"), entry_price=GAP), id="B"))
    assert blind.measures == {M.EQUITY: None}


def test_no_pool_at_all_is_unknown_and_says_what_to_give() -> None:
    found = whole()
    assert (found.status, found.measures) == ("unknown", {M.EQUITY: None})
    assert {f.code.name for f in found.findings} == {"MISSING_DATA"}
    assert any("wallets" in f.message for f in found.findings)


def test_findings_are_ranked_each_once() -> None:
    note = Finding(Code.PACKAGED_PARAMETER, "x", "a table of ours")
    grave = Finding(Code.CONTRADICTION, "y", "two things that cannot both be")
    found = whole(pool(leg("1")), findings=(note, grave, note))
    assert [f.code for f in found.findings][:2] == [Code.CONTRADICTION, Code.PACKAGED_PARAMETER]
    assert found.findings.count(note) == 1


def test_tier_findings_name_the_position() -> None:
    capped = schedule(("0", "0.1"), cap=D(150), max_leverages=(D(20),))
    over = exposure("2", maintenance=MaintenanceTerm(capped), leverage=D(21))
    found = one(pool(leg("100"), over))
    codes = {f.code: f for f in found.findings if f.measure is None}
    assert codes[Code.ABOVE_LAST_TIER].where == "X/both"
    assert "200" in codes[Code.ABOVE_LAST_TIER].message
    assert "21" in codes[Code.LEVERAGE_ABOVE_TIER].message


def test_document_has_decimal_strings_and_nulls_only() -> None:
    document = whole(pool(leg("100.10"), exposure("1", instrument=INVERSE, asset="USD"))).to_dict()
    assert document["schema"] == "marginline/assessment/1"
    assert document["asset"] == "USD"
    assert document["measures"]["wallet_balance"] == "100.1"
    assert document["rulebook"] == {
        "code": "T-1",
        "effective_from": "2026-01-01",
        "digest": "0" * 64,
    }
    for value in document["measures"].values():
        assert value is None or isinstance(value, str)


def test_measures_read_as_attributes_and_unknown_names_do_not() -> None:
    found = whole(pool(leg("7")))
    assert found.equity == 7
    with pytest.raises(AttributeError, match="profit"):
        _ = found.profit  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="tier"):
        _ = found.tier
    with pytest.raises(KeyError, match="there is: USD"):
        found.pool("EUR")
    with pytest.raises(KeyError, match="it has: none"):
        found.pool("USD").position("X/both")

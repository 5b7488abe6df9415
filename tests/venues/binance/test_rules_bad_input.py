"""Input that is wrong or lacks something, end to end: refused, or UNKNOWN; never a safe answer."""

from __future__ import annotations

import copy
import io
import json
from decimal import Decimal as D
from typing import Any

import pytest

import marginline as ml
from marginline.errors import DocumentError, InputError, RulebookError
from tests.venues.documents import (
    Doc,
    assessed,
    flat,
    linear,
    market,
    position,
    usdm,
    wallet,
)

SAFE = ("healthy", "watch")


def book(**parts: object) -> Doc:
    document = usdm(
        wallets=[wallet("USDT", "10000")],
        positions=[
            position("BTCUSDT", "1", "20000", leverage="10"),
            position("ETHUSDT", "1", "1000", leverage="10"),
        ],
        instruments={"BTCUSDT": linear(), "ETHUSDT": linear("ETH")},
        market=market(BTCUSDT="20000", ETHUSDT="1000"),
        parameters={"tiers": {"BTCUSDT": flat("0.01"), "ETHUSDT": flat("0.02")}},
    )
    return document | parts


def without(path: str) -> Doc:
    """The account with one value left out."""
    document = copy.deepcopy(book())
    *way, last = path.split(".")
    place: Any = document
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]
    del place[int(last) if isinstance(place, list) else last]
    return document


MISSING = [
    pytest.param("market.mark.BTCUSDT", "mark price of BTCUSDT", id="a mark"),
    pytest.param("market.mark.ETHUSDT", "mark price of ETHUSDT", id="the other mark"),
    pytest.param("wallets.0.balance", "balance of USDT", id="a balance"),
    pytest.param("wallets.0", "no wallet of USDT", id="the wallet"),
    pytest.param("positions.0.entry_price", "entry price of BTCUSDT/both", id="an entry price"),
    pytest.param("parameters.tiers.ETHUSDT", "maintenance tiers of ETHUSDT", id="tiers"),
    pytest.param("market", "mark price", id="the whole market"),
    pytest.param("parameters", "maintenance tiers", id="all parameters"),
]


@pytest.mark.parametrize(("path", "named"), MISSING)
def test_missing_input_is_named_and_the_status_unknown(path: str, named: str) -> None:
    assessment = assessed(without(path))
    assert assessment.status == "unknown"
    pool = assessment.pool("USDT")
    (why,) = [f for f in pool.findings if f.measure is None and f.where == "USDT"]
    assert named in why.message
    assert why.code.name == "MISSING_DATA"
    assert pool.margin_ratio is None
    assert pool.buffer is None
    for place in pool.positions:
        assert place.liquidation_price is None


def test_missing_leverage_leaves_the_liquidation_side_whole() -> None:
    """Initial margin is not known, maintenance is."""
    assessment = assessed(without("positions.0.leverage"))
    assert assessment.initial_margin is None
    assert assessment.available_balance is None
    assert assessment.withdrawable_balance is None
    assert assessment.status == "healthy"
    assert assessment.pool("USDT").position("BTCUSDT/both").liquidation_price is not None


def test_isolated_position_without_its_margin_blinds_its_own_and_the_cross_pool() -> None:
    document = book()
    document["positions"][0] |= {"margin_mode": "isolated"}
    assessment = assessed(document)
    assert [(p.id, p.status) for p in assessment.pools] == [
        ("USDT", "unknown"),
        ("BTCUSDT/both isolated", "unknown"),
    ]
    document["wallets"] = [wallet("USDT", "10000", isolated_included=False)]
    assert [p.status for p in assessed(document).pools] == ["healthy", "unknown"]
    assert assessed(document).status == "unknown"


def test_unknown_does_not_hide_a_liquidation() -> None:
    document = book(wallets=[wallet("USDT", "-500"), wallet("USDC", "1")])
    document["positions"][1] |= {"margin_mode": "isolated"}
    document["wallets"][0]["isolated_included"] = False
    assessment = assessed(document)
    assert [p.status for p in assessment.pools] == ["liquidation", "healthy", "unknown"]
    assert assessment.status == "liquidation"


REFUSED = [
    pytest.param({"positions": [position("DOGEUSDT", "1", "1")]}, "DOGEUSDT", id="instrument"),
    pytest.param({"venue": "binance_spot"}, "none of the choices", id="venue"),
    pytest.param({"mode": "hedge"}, "not a mode", id="mode"),
    pytest.param({"mode": None}, "has several modes", id="no mode"),
    pytest.param({"as_of": "2020-08-13T23:59:59Z"}, "BNUM-SINGLE-2020-08", id="before all rules"),
    pytest.param({"as_of": "yesterday"}, "moment", id="a moment that is none"),
    pytest.param({"wallets": [wallet("US\x00DT", "1")]}, "do not print", id="control character"),
    pytest.param(
        {"positions": [position("BTC\x1b[31mUSDT", "1", "1")]}, "do not print", id="escape sequence"
    ),
    pytest.param({"market": market(BTCUSDT="0")}, "greater than 0", id="a mark of 0"),
    pytest.param({"market": market(BTCUSDT="-1")}, "greater than 0", id="a negative mark"),
    pytest.param({"market": market(BTCUSDT="nan")}, "finite", id="NaN"),
    pytest.param({"market": market(BTCUSDT="Infinity")}, "finite", id="infinity"),
    pytest.param({"wallets": [wallet("USDT", "ten")]}, "number", id="a word for a number"),
    pytest.param({"wallets": [wallet("USDT", "")]}, "number", id="an empty number"),
    pytest.param({"surprise": 1}, "surprise", id="an unknown field"),
    pytest.param(
        {"wallets": [wallet("USDT", "1"), wallet("USDT", "2")]}, "same asset", id="two wallets"
    ),
]


@pytest.mark.parametrize(("change", "named"), REFUSED)
def test_wrong_input_is_refused_by_name(change: Doc, named: str) -> None:
    with pytest.raises(InputError) as caught:
        assessed(book(**change))
    assert named in str(caught.value)
    assert all(c.isprintable() or c == "\n" for c in str(caught.value))


@pytest.mark.parametrize("content", ["", "   ", "[]", "null", "{", "42", '{"schema": 1}'])
def test_a_file_that_holds_no_account_is_refused(content: str) -> None:
    with pytest.raises(DocumentError):
        ml.load(io.StringIO(content))


def test_an_account_without_anything_is_unknown() -> None:
    assessment = assessed(usdm())
    assert (assessment.status, assessment.pools) == ("unknown", ())
    assert assessment.equity is None
    assert any("neither wallets nor positions" in f.message for f in assessment.findings)


def test_settle_asset_that_nobody_says_is_an_error() -> None:
    quanto = {"payoff": "quanto", "base": "ETH", "quote": "USD", "multiplier": "0.001"}
    with pytest.raises(DocumentError, match="settle"):
        assessed(book(instruments={"BTCUSDT": quanto, "ETHUSDT": linear("ETH")}))


def test_assets_never_mix() -> None:
    """A USDC contract finds no help in USDT: its own wallet is missing."""
    document = book(instruments={"BTCUSDT": linear(), "ETHUSDT": linear("ETH", "USDC")})
    assessment = assessed(document)
    assert {p.id: p.status for p in assessment.pools} == {"USDT": "healthy", "USDC": "unknown"}
    assert assessment.pool("USDT").gross_notional == 20_000


def test_deduction_that_swallows_the_requirement_is_not_a_safe_answer() -> None:
    rows = [{"floor": "0", "rate": "0.01", "deduction": "5000"}]
    document = book()
    document["parameters"]["tiers"]["BTCUSDT"] = rows
    assessment = assessed(document)
    assert assessment.status == "unknown"
    assert assessment.maintenance_margin is None


def test_contradictory_deduction_is_used_and_told() -> None:
    document = book()
    document["parameters"]["tiers"]["BTCUSDT"] = [
        {"floor": "0", "cap": "1000", "rate": "0.01", "deduction": "0"},
        {"floor": "1000", "rate": "0.02", "deduction": "11"},
    ]
    assessment = assessed(document)
    place = assessment.pool("USDT").position("BTCUSDT/both")
    assert place.maintenance_margin == 389
    (why,) = [f for f in assessment.findings if f.code.name == "DEDUCTION_DIFFERS"]
    assert why.where == "parameters.tiers.BTCUSDT.rows[1].deduction"
    assert "11" in why.message
    assert "10" in why.message


@pytest.mark.parametrize(
    ("size", "told"), [("1", False), ("2", True)], ids=["at the cap", "above the cap"]
)
def test_above_the_last_cap_the_last_row_goes_on_with_a_finding(size: str, told: bool) -> None:
    document = book(positions=[position("BTCUSDT", size, "20000", leverage="10")])
    document["parameters"]["tiers"]["BTCUSDT"] = [{"floor": "0", "cap": "20000", "rate": "0.01"}]
    assessment = assessed(document)
    assert assessment.maintenance_margin == D(200) * D(size)
    assert any(f.code.name == "ABOVE_LAST_TIER" for f in assessment.all_findings()) == told


@pytest.mark.parametrize(("leverage", "told"), [("20", False), ("21", True)])
def test_leverage_above_the_tiers_highest_is_told(leverage: str, told: bool) -> None:
    document = book(positions=[position("BTCUSDT", "1", "20000", leverage=leverage)])
    rows = [{"floor": "0", "rate": "0.01", "max_leverage": "20"}]
    document["parameters"]["tiers"]["BTCUSDT"] = rows
    codes = {f.code.name for f in assessed(document).all_findings()}
    assert ("LEVERAGE_ABOVE_TIER" in codes) == told


def test_document_of_an_unknown_account_is_json_with_a_reason_for_every_null() -> None:
    document = json.loads(json.dumps(assessed(without("market")).to_dict()))
    pool = document["pools"][0]
    told = {(f["where"], f.get("measure")) for f in pool["findings"]}
    for name, value in pool["measures"].items():
        assert value is not None or ("USDT", name) in told
    for place in pool["positions"]:
        for name, value in place["measures"].items():
            assert value is not None or (place["key"], name) in told


def test_no_rulebook_for_a_venue_that_is_not_built_names_those_that_are() -> None:
    from marginline.venues import at, folders

    assert "binance_usdm" in folders()
    with pytest.raises(RulebookError, match="binance_usdm"):
        at("nowhere", None, ml.load(book()).as_of)
    with pytest.raises(RulebookError, match="multi_assets"):
        at("binance_usdm", "portfolio", ml.load(book()).as_of)

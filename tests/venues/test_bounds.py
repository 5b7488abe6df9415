"""Where what is missing can only help or only hurt, a null has ends and the status is judged."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

import marginline as ml
from marginline.core.assessment.assessment_schema import assessment_schema
from marginline.core.findings import Code, Finding, Status
from marginline.core.measures import Measure

D = Decimal


def bybit(wallets: dict[str, str], rates: dict[str, str], **parameters: Any) -> dict[str, Any]:
    """A Bybit cross account with half a bitcoin long from 60,000 at 62,000."""
    return {
        "schema": "marginline/account/1",
        "venue": "bybit_unified",
        "mode": "cross",
        "as_of": "2026-11-20T14:00:00Z",
        "wallets": [{"asset": a, "balance": b} for a, b in wallets.items()],
        "positions": [
            {"instrument": "BTCUSDT", "size": "0.5", "entry_price": "60000", "leverage": "10"}
        ],
        "market": {
            "mark": {"BTCUSDT": "62000"},
            "index": {"BTCUSDT": "62000"},
            "asset_rate": {"USDT": "1", **rates},
        },
        "parameters": {
            "tiers": {"BTCUSDT": [{"floor": "0", "rate": "0.005"}]},
            "fees": {"taker": "0.00055"},
            **parameters,
        },
    }


def finding(found: ml.Assessment, where: str, measure: str) -> Finding:
    return next(
        f for f in found.all_findings() if f.where == where and f.measure is Measure(measure)
    )


def test_dust_without_a_ratio_does_not_make_an_account_unknown() -> None:
    found = ml.assess(ml.load(bybit({"USDT": "20000", "XYZ": "1"}, {"XYZ": "0.0002"})))
    assert found.status is Status.HEALTHY
    assert found.pool("USD").margin_balance is None
    ends = finding(found, "USD", "margin_balance")
    assert (ends.at_least, ends.at_most) == (D("21000"), D("21000.0002"))
    assert ends.to_dict()["at_most"] == "21000.0002"


def test_bitcoin_beside_usdt_keeps_the_ends_of_its_liquidation_price() -> None:
    free = {"rows": [{"floor": "0", "initial_rate": "0", "maintenance_rate": "0"}]}
    document = bybit({"USDT": "20000", "BTC": "0.1"}, {"BTC": "62000"}, borrow={"USDT": free})
    found = ml.assess(ml.load(document))
    ends = finding(found, "BTCUSDT/both", "liquidation_price")
    for ratio, end in (("0", ends.at_most), ("1", ends.at_least)):
        document["parameters"]["collateral"] = {"BTC": {"ratio": ratio}}
        whole = ml.assess(ml.load(document))
        assert whole.pool("USD").position("BTCUSDT/both").liquidation_price == end
    assert found.status is Status.HEALTHY
    assert found.pool("USD").distance.nearest is not None


def test_where_the_ends_disagree_the_status_is_unknown_and_says_both() -> None:
    found = ml.assess(ml.load(bybit({"USDT": "-800", "BTC": "1"}, {"BTC": "62000"})))
    assert found.status is Status.UNKNOWN
    told = [f.message for f in found.pool("USD").findings if f.measure is None]
    assert any("at worst" in text and "at best" in text for text in told)


def test_liquidated_at_both_ends_is_liquidation() -> None:
    found = ml.assess(ml.load(bybit({"USDT": "-20000", "XYZ": "1"}, {"XYZ": "0.0002"})))
    assert found.status is Status.LIQUIDATION


def test_a_coin_without_a_price_has_one_end_only() -> None:
    found = ml.assess(ml.load(bybit({"USDT": "20000", "DOT": "5"}, {})))
    assert found.status is Status.HEALTHY
    ends = finding(found, "USD", "margin_balance")
    assert (ends.at_least, ends.at_most) == (D("21000"), None)
    ends = finding(found, "USD", "margin_ratio")
    assert ends.at_least is None
    assert ends.at_most is not None
    strained = ml.assess(ml.load(bybit({"USDT": "-800", "DOT": "5"}, {})))
    assert strained.status is Status.UNKNOWN


def test_a_coin_that_is_owed_and_has_no_price_has_no_ends() -> None:
    found = ml.assess(ml.load(bybit({"USDT": "20000", "DOT": "-5"}, {})))
    assert found.status is Status.UNKNOWN
    assert finding(found, "USD", "margin_balance").at_least is None


def test_rates_of_a_loan_lie_between_nothing_and_all_of_it() -> None:
    document = bybit({"USDT": "20000", "BTC": "-0.01"}, {"BTC": "62000"})
    found = ml.assess(ml.load(document))
    ends = finding(found, "USD", "maintenance_margin")
    assert ends.at_least is not None
    assert ends.at_most is not None
    assert ends.at_most - ends.at_least == D("620")
    assert found.status is Status.HEALTHY


def test_a_fee_lies_between_none_and_a_hundredth() -> None:
    document = bybit({"USDT": "20000"}, {})
    del document["parameters"]["fees"]
    found = ml.assess(ml.load(document))
    assert found.status is Status.HEALTHY
    ends = finding(found, "USD", "maintenance_margin")
    assert ends.at_least is not None
    assert ends.at_most is not None
    assert ends.at_least < D("171") < ends.at_most


@pytest.mark.parametrize("ratio", ["0", "0.3", "0.95", "1"])
@pytest.mark.parametrize("usdt", ["20000", "4000", "-500", "-15000", "-61000"])
def test_what_is_known_later_lies_between_the_ends(usdt: str, ratio: str) -> None:
    document = bybit({"USDT": usdt, "BTC": "1"}, {"BTC": "62000"})
    document["parameters"]["borrow"] = {
        "USDT": {"rows": [{"floor": "0", "initial_rate": "0.1", "maintenance_rate": "0.04"}]}
    }
    found = ml.assess(ml.load(document))
    document["parameters"]["collateral"] = {"BTC": {"ratio": ratio}}
    whole = ml.assess(ml.load(document))
    if found.status is not Status.UNKNOWN:
        assert whole.status is found.status
    for pool in found.pools:
        other = whole.pool(pool.id)
        places = {pool.id: other.measures} | {p.key: p.measures for p in other.positions}
        for each in pool.findings:
            if each.measure is None or each.message.startswith("BTC: "):
                continue
            value = places[each.where].get(each.measure)
            if value is not None:
                assert each.at_least is None or each.at_least <= value, each
                assert each.at_most is None or value <= each.at_most, each


def test_the_document_with_ends_is_one_of_the_schema() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    found = ml.assess(ml.load(bybit({"USDT": "20000", "XYZ": "1"}, {"XYZ": "0.0002"})))
    validator = jsonschema.Draft202012Validator(assessment_schema())
    document = json.loads(json.dumps(found.to_dict()))
    assert not [f"{e.json_path}: {e.message}" for e in validator.iter_errors(document)]
    ends = [f for pool in document["pools"] for f in pool["findings"] if f.get("at_least")]
    assert ends, "no finding told its ends"


def test_explain_tells_the_ends() -> None:
    found = ml.assess(ml.load(bybit({"USDT": "20000", "XYZ": "1"}, {"XYZ": "0.0002"})))
    told = ml.explain(found, "USD", "margin_balance")
    assert "it is at least 21000; it is at most 21000.0002" in told.reason


# -- the venue's own figures ------------------------------------------------------------------


def reported(**account: str) -> dict[str, Any]:
    """A Binance account without tiers, with what the venue said of it."""
    return {
        "schema": "marginline/account/1",
        "venue": "binance_usdm",
        "mode": "single_asset",
        "as_of": "2026-11-20T14:00:00Z",
        "wallets": [{"asset": "USDT", "balance": "1000"}],
        "positions": [{"instrument": "XYZUSDT", "size": "10", "entry_price": "100"}],
        "instruments": {
            "XYZUSDT": {"payoff": "linear", "base": "XYZ", "quote": "USDT", "settle": "USDT"}
        },
        "market": {"mark": {"XYZUSDT": "100"}},
        "reported": {"account": account},
    }


def test_the_venues_figure_stands_beside_our_null_and_never_in_it() -> None:
    found = ml.assess(ml.load(reported(maintenance_margin="10", available_balance="900")))
    pool = found.pool("USDT")
    assert pool.maintenance_margin is None
    assert pool.reported == {
        Measure.MAINTENANCE_MARGIN: D("10"),
        Measure.AVAILABLE_BALANCE: D("900"),
    }
    assert pool.margin_ratio is None
    assert pool.to_dict()["reported"] == {"maintenance_margin": "10", "available_balance": "900"}
    told = ml.explain(found, "USDT", "maintenance_margin")
    assert "the venue's own figure is 10" in told.reason


@pytest.mark.parametrize(
    ("maintenance", "status"),
    [("10", "healthy"), ("850", "watch"), ("1000", "liquidation"), ("700", "unknown")],
)
def test_the_status_is_what_the_venues_figures_prove(maintenance: str, status: str) -> None:
    """700 of 1,000 used: below the level of watch, but how far the line is, is not proven."""
    found = ml.assess(ml.load(reported(maintenance_margin=maintenance)))
    assert found.status == status
    assert any(f.code is Code.REPORTED for f in found.pool("USDT").findings)


def test_a_printed_liquidation_price_tells_how_far_the_line_is() -> None:
    document = reported(maintenance_margin="700")
    document["reported"]["positions"] = {"XYZUSDT/both": {"liquidation_price": "60"}}
    assert ml.assess(ml.load(document)).status is Status.HEALTHY
    document["reported"]["positions"] = {"XYZUSDT/both": {"liquidation_price": "98"}}
    assert ml.assess(ml.load(document)).status is Status.UNKNOWN


def test_without_the_venues_maintenance_nothing_is_proven() -> None:
    assert ml.assess(ml.load(reported(available_balance="900"))).status is Status.UNKNOWN

"""Why an account's figures moved: every part by hand, and the sum to the last digit."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal as D
from typing import Any

import pytest

import marginline as ml
from marginline.ledger.attribution.attribution import MEASURES
from marginline.ledger.attribution.causes import Cause
from marginline.ledger.attribution.hedges import estimated_ratio
from marginline.ledger.attribution.picture import bars, svg, text_bars
from marginline.ledger.attribution.sentence import sentence

Doc = dict[str, Any]
BEFORE: Doc = {
    "schema": "marginline/account/1",
    "venue": "textbook",
    "as_of": "2026-09-01T00:00:00Z",
    "wallets": [{"asset": "USDT", "balance": "10000"}],
    "positions": [
        {"instrument": "ETHUSDT", "size": "-10", "entry_price": "3000"},
        {"instrument": "BTCUSDT", "size": "0.5", "entry_price": "60000"},
    ],
    "instruments": {
        "ETHUSDT": {"payoff": "linear", "base": "ETH", "quote": "USDT", "settle": "USDT"},
        "BTCUSDT": {"payoff": "linear", "base": "BTC", "quote": "USDT", "settle": "USDT"},
    },
    "market": {
        "mark": {"ETHUSDT": "3000", "BTCUSDT": "60000"},
        "index": {"ETHUSDT": "2998", "BTCUSDT": "60010"},
    },
    "parameters": {
        "tiers": {
            name: [{"floor": "0", "cap": None, "rate": "0.01", "max_leverage": "50"}]
            for name in ("ETHUSDT", "BTCUSDT")
        },
        "fees": {"taker": "0.0005"},
    },
}


def after() -> Doc:
    """8 hours later: ETH rose, funding was paid, 4 of the 10 ETH were bought back at 3,100."""
    doc = deepcopy(BEFORE)
    doc["as_of"] = "2026-09-01T08:00:00Z"
    # 10,000 - 310 funding - 50 fees - 400 realized on 4 at 3,100
    doc["wallets"][0]["balance"] = "9240"
    doc["positions"][0] |= {"size": "-6"}
    doc["market"]["mark"] |= {"ETHUSDT": "3124"}
    doc["market"]["index"] |= {"ETHUSDT": "3120"}
    return doc


LOG: list[Doc] = [
    {"event": "1", "kind": "funding", "amount": "-310", "instrument": "ETHUSDT"},
    {"event": "2", "kind": "fill", "amount": "-400", "instrument": "ETHUSDT", "size": "4",
     "price": "3100"},
    {"event": "2", "kind": "fee", "amount": "-50", "instrument": "ETHUSDT"},
]  # fmt: skip


def log(rows: list[Doc]) -> ml.Ledger:
    return ml.read_ledger([r | {"at": "2026-09-01T04:00:00Z", "asset": "USDT"} for r in rows])


def attribute(one: Doc, two: Doc, rows: list[Doc] = LOG, **options: Any) -> ml.Attribution:
    return ml.attribute(ml.from_dict(one), ml.from_dict(two), log(rows), **options)


def check_sums(found: ml.Attribution) -> None:
    for pool in found.pools:
        for measure in MEASURES:
            parts = [p.amount(measure) for p in found.of(pool.asset, pool=pool.pool)]
            assert pool.change(measure) is not None
            assert sum(parts, D(0)) == pool.change(measure)


def test_each_cause_by_hand() -> None:
    found = attribute(BEFORE, after())
    # held through: 10 ETH short, index +122 and basis +2; the 4 bought at 3,100 gained 24 each
    assert found.by_cause("USDT") == {
        Cause.MARKET: D(-1220),
        Cause.BASIS: D(-20),
        Cause.FUNDING: D(-310),
        Cause.FEES: D(-50),
        Cause.POSITION_CHANGES: D(96),
        Cause.UNEXPLAINED: D(0),
    }
    assert found.change("USDT") == D(-1504)
    assert not found.notes
    check_sums(found)


def test_the_requirement_is_stepped_through_too() -> None:
    found = attribute(BEFORE, after())
    # 1 % of the entry value, of 6 instead of 10 ETH: this venue charges no price
    assert found.by_cause("USDT", "requirement") == {
        Cause.POSITION_CHANGES: D(-120),
        Cause.UNEXPLAINED: D(0),
    }
    assert found.by_position("USDT") == {"ETHUSDT/both": D(-1504)}
    assert found.by_position("USDT", "buffer") == {"ETHUSDT/both": D(-1384)}


def test_the_sentence_says_it_as_the_desk_would() -> None:
    doc = after()
    doc["positions"][0]["size"] = "-10"
    doc["wallets"][0]["balance"] = "9640"
    found = attribute(BEFORE, doc, [LOG[0], LOG[2]])
    assert sentence(found, "USDT") == (
        "margin balance fell 1600 USDT: the ETHUSDT short took 1240, funding 310, fees 50"
    )
    assert sentence(attribute(BEFORE, BEFORE, []), "USDT") == "margin balance did not move"


def test_no_change_is_no_part() -> None:
    later = deepcopy(BEFORE) | {"as_of": "2026-09-01T01:00:00Z"}
    found = attribute(BEFORE, later, [])
    assert found.parts == ()
    assert found.change("USDT") == 0


def test_what_the_log_leaves_out_stays_visible() -> None:
    found = attribute(BEFORE, after(), LOG[:2])
    assert found.unexplained("USDT") == D(-50)
    assert "unexplained 50" in sentence(found, "USDT")
    check_sums(found)


def test_a_position_that_moved_without_fills_is_noted() -> None:
    found = attribute(BEFORE, after(), [LOG[0], LOG[2]])
    assert found.notes == ("ETHUSDT: its size moved by 4; the log has no fills of it",)
    short = [LOG[0], LOG[1] | {"size": "3"}, LOG[2]]
    assert "the fills of the log by 3" in attribute(BEFORE, after(), short).notes[0]


def test_without_an_index_market_and_basis_stay_one() -> None:
    one, two = deepcopy(BEFORE), after()
    del one["market"]["index"], two["market"]["index"]
    found = attribute(one, two)
    assert found.by_cause("USDT")[Cause.PRICE] == D(-1240)
    check_sums(found)


def test_spans_add_up() -> None:
    middle = deepcopy(BEFORE) | {"as_of": "2026-09-01T02:00:00Z"}
    middle["market"]["mark"] |= {"ETHUSDT": "3050"}
    middle["market"]["index"] |= {"ETHUSDT": "3047"}
    one, two = attribute(BEFORE, middle), attribute(middle, after())
    whole, added = attribute(BEFORE, after()), one + two
    assert added.by_cause("USDT") == whole.by_cause("USDT")
    assert added.change("USDT", "buffer") == whole.change("USDT", "buffer")
    check_sums(added)
    with pytest.raises(ml.InputError, match="where this ends"):
        _ = two + one


def test_tiers_and_transfers_have_their_own_causes() -> None:
    doc = deepcopy(BEFORE) | {"as_of": "2026-09-01T08:00:00Z"}
    doc["parameters"]["tiers"]["ETHUSDT"][0]["rate"] = "0.02"
    doc["wallets"][0]["balance"] = "10500"
    paid = [{"event": "1", "kind": "transfer", "amount": "500"}]
    found = attribute(BEFORE, doc, paid)
    assert found.by_cause("USDT", "requirement") == {Cause.TIERS: D(300), Cause.UNEXPLAINED: D(0)}
    assert found.by_cause("USDT")[Cause.TRANSFERS] == D(500)
    check_sums(found)


def test_a_fee_in_an_asset_the_account_does_not_hold_is_told_apart() -> None:
    ledger = ml.read_ledger(
        [LOG[2] | {"at": "2026-09-01T04:00:00Z", "asset": "BNB", "amount": "-0.01"}]
    )
    later = deepcopy(BEFORE) | {"as_of": "2026-09-01T08:00:00Z"}
    found = ml.attribute(ml.from_dict(BEFORE), ml.from_dict(later), ledger)
    assert [(f.asset, f.amount) for f in found.outside] == [("BNB", D("-0.01"))]
    assert found.parts == ()


def test_a_hedge_tells_what_it_did_not_cover() -> None:
    doc = deepcopy(BEFORE) | {"as_of": "2026-09-01T08:00:00Z"}
    doc["market"]["mark"] |= {"ETHUSDT": "3100", "BTCUSDT": "61800"}
    doc["market"]["index"] |= {"ETHUSDT": "3098", "BTCUSDT": "61810"}
    hedge = ml.Hedge(covered=("ETHUSDT/both",), hedges=("BTCUSDT/both",))
    found = attribute(BEFORE, doc, [], hedges=[hedge])
    assert found.by_cause("USDT") == {
        Cause.MARKET: D(-1000),
        Cause.HEDGE: D(1000),
        Cause.HEDGE_RESIDUAL: D(-100),
        Cause.UNEXPLAINED: D(0),
    }
    check_sums(found)
    half = attribute(BEFORE, doc, [], hedges=[ml.Hedge(hedge.covered, hedge.hedges, D("0.5"))])
    assert half.by_cause("USDT")[Cause.HEDGE_RESIDUAL] == D(400)
    with pytest.raises(ml.InputError, match="no position of the group"):
        attribute(BEFORE, doc, [], hedges=[ml.Hedge(("XRPUSDT/both",), ("SOLUSDT/both",))])


def test_a_ratio_can_be_estimated_from_spans() -> None:
    moves = [D(10), D(-20), D(5)]
    assert estimated_ratio(moves, [-m * D("0.8") for m in moves]) == D("0.8")
    with pytest.raises(ml.InputError, match="never moved"):
        estimated_ratio([D(1), D(1)], [D(1), D(2)])


def test_a_missing_mark_is_unknown_and_never_zero() -> None:
    doc = after()
    del doc["market"]["mark"]["ETHUSDT"]
    doc["market"]["index"].pop("ETHUSDT")
    found = attribute(BEFORE, doc)
    assert found.change("USDT") is None
    assert [pool.pool for pool in found.unknown] == ["USDT"]
    assert sentence(found, "USDT").startswith("why the margin balance in USDT moved cannot be said")
    with pytest.raises(ml.InputError, match="there is no picture"):
        bars(found, "USDT")


def test_two_venues_or_the_wrong_order_are_refused() -> None:
    with pytest.raises(ml.InputError, match="turn them round"):
        attribute(after(), BEFORE)
    other = ml.from_dict(deepcopy(BEFORE) | {"venue": "binance_usdm", "mode": "single_asset"})
    with pytest.raises(ml.InputError, match="compare one account with itself"):
        ml.attribute(ml.from_dict(BEFORE), other)


def test_the_waterfall_leads_from_before_to_after() -> None:
    found = attribute(BEFORE, after())
    drawn = bars(found, "USDT")
    assert drawn[0] == ("before", D(0), D(10000))
    assert drawn[-1] == ("after", D(0), D(8496))
    assert drawn[-2][2] == D(8496)
    picture = svg(found, "USDT")
    assert picture.count("<rect") == len(drawn)
    assert "-1220" in picture
    assert [name for name, _, _ in text_bars(found, "USDT")] == [name for name, _, _ in drawn]


def test_an_isolated_position_is_its_own_pool_and_margin_moves_between() -> None:
    base: Doc = {
        "schema": "marginline/account/1", "venue": "binance_usdm", "mode": "single_asset",
        "as_of": "2026-09-01T00:00:00Z",
        "wallets": [{"asset": "USDT", "balance": "1000"}], "positions": [],
        "market": {"mark": {"BTCUSDT": "60000"}},
        "parameters": {"tiers": {"BTCUSDT": [
            {"floor": "0", "cap": None, "rate": "0.004", "max_leverage": "125"}]}},
    }  # fmt: skip
    opened = deepcopy(base) | {"as_of": "2026-09-01T08:00:00Z"}
    opened["wallets"][0]["balance"] = "999.7"
    opened["positions"] = [
        {"instrument": "BTCUSDT", "size": "0.01", "entry_price": "60000", "leverage": "20",
         "margin_mode": "isolated", "isolated_margin": "30"}
    ]  # fmt: skip
    opened["market"]["mark"]["BTCUSDT"] = "60100"
    rows = [
        {"event": "1", "kind": "fill", "amount": "0", "instrument": "BTCUSDT", "size": "0.01",
         "price": "60000"},
        {"event": "1", "kind": "fee", "amount": "-0.3", "instrument": "BTCUSDT"},
    ]  # fmt: skip
    found = attribute(base, opened, rows)
    check_sums(found)
    moved = [p for p in found.parts if p.cause is Cause.MARGIN_MOVES]
    assert {p.pool: p.margin_balance for p in moved} == {
        "USDT": D(-30), "BTCUSDT/both isolated": D(30)
    }  # fmt: skip
    assert found.by_cause("USDT") == {
        Cause.FEES: D("-0.3"), Cause.POSITION_CHANGES: D(1), Cause.UNEXPLAINED: D(0)
    }  # fmt: skip
    back = attribute(opened, deepcopy(base) | {"as_of": "2026-09-02T00:00:00Z"}, [])
    check_sums(back)

"""Explain: the tree behind a number is what was computed, down to the account file."""

from __future__ import annotations

import json
from decimal import Decimal as D

import pytest

import marginline as ml
from marginline.core.assessment.explanation import Explanation
from marginline.core.numbers import exact
from marginline.errors import InputError
from tests.venues.documents import (
    Doc,
    assessed,
    flat,
    ladder,
    linear,
    market,
    position,
    usdm,
    wallet,
)


def book(**parts: object) -> Doc:
    document = usdm(
        wallets=[wallet("USDT", "10000", credit="100")],
        positions=[
            position("BTCUSDT", "3", "20000", leverage="10", fees="-12"),
            position("ETHUSDT", "-1", "1000", leverage="10"),
        ],
        instruments={"BTCUSDT": linear(), "ETHUSDT": linear("ETH")},
        market=market(BTCUSDT="20500", ETHUSDT="1000"),
        parameters={
            "tiers": {
                "BTCUSDT": ladder(("0", "0.004"), ("50000", "0.005")),
                "ETHUSDT": flat("0.02"),
            }
        },
    )
    return document | parts


def leaves(tree: Explanation) -> dict[str, object]:
    return {fact.name: fact.value for fact in tree.facts}


def test_maintenance_of_a_position_shows_tier_rate_and_deduction() -> None:
    tree = ml.explain(assessed(book()), "BTCUSDT/both", "maintenance_margin")
    assert (tree.rule, tree.unit, tree.value) == ("BNUM-MM-002", "USDT", D("257.5"))
    assert leaves(tree) == {
        "charged value": D(61_500),
        "rate of tier 2": D("0.005"),
        "deduction": D(50),
    }
    assert next(f.source for f in tree.facts if f.name == "rate of tier 2") == "account file"


def test_a_sum_lists_its_parts_as_inputs() -> None:
    tree = ml.explain(assessed(book()), "USDT", "maintenance_margin")
    assert [(i.where, i.measure, i.value) for i in tree.inputs] == [
        ("BTCUSDT/both", "maintenance_margin", D("257.5")),
        ("ETHUSDT/both", "maintenance_margin", D(20)),
    ]
    assert tree.value == sum(i.value or 0 for i in tree.inputs)


def test_ratio_names_support_and_requirement() -> None:
    tree = ml.explain(assessed(book()), "USDT", "margin_ratio")
    asked = {child.measure for child in tree.inputs}
    assert asked == {"maintenance_margin", "closing_fee", "support"}
    assert tree.source.startswith("Binance: liquidation protocols")
    assert tree.evidence == "documented"
    assert tree.label == "margin ratio"


def test_wallet_balance_shows_what_was_given() -> None:
    tree = ml.explain(assessed(book()), "USDT", "wallet_balance")
    assert leaves(tree) == {"balance of USDT": D(10_000), "credit of USDT": D(100)}
    assert {fact.unit for fact in tree.facts} == {"USDT"}


def test_liquidation_price_comes_with_its_proof() -> None:
    """Support equals the requirement there, in the tier that holds there."""
    tree = ml.explain(assessed(book()), "BTCUSDT/both", "liquidation_price")
    proof = leaves(tree)
    assert tree.value == proof["price below"]
    support, need = proof["support at below"], proof["maintenance_margin at below"]
    assert isinstance(support, D)
    assert isinstance(need, D)
    with exact():
        assert abs(support - need) < D("1e-25")
    assert proof["tier at below"] == 2
    assert tree.unit == "USDT"


def test_caveat_travels_with_the_number() -> None:
    tree = ml.explain(assessed(book()), "USDT", "withdrawable_balance")
    assert "fourth term" in tree.caveat


def test_account_of_one_pool_is_that_pool() -> None:
    assessment = assessed(book())
    assert str(ml.explain(assessment, "account", "buffer")) == str(
        ml.explain(assessment, "USDT", "buffer")
    )


SEVERAL = book(
    wallets=[wallet("USDT", "10000"), wallet("USDC", "50")],
    market=market(BTCUSDT="20500", ETHUSDT="1000") | {"asset_rate": {"USDT": "0.5", "USDC": "2"}},
)


def test_account_of_several_pools_is_explained_by_the_equity_of_each() -> None:
    assessment = assessed(SEVERAL)
    tree = ml.explain(assessment, "account", "equity")
    assert tree.value == assessment.equity == D(11_500) / 2 + 100
    assert [(i.where, i.value) for i in tree.inputs] == [("USDT", D(11_500)), ("USDC", D(50))]
    assert (tree.unit, tree.rule) == ("USD", "CORE-ACCOUNT-EQUITY")


def test_account_of_several_pools_has_no_other_number() -> None:
    with pytest.raises(InputError, match="ask one of its pools: USDT, USDC"):
        ml.explain(assessed(SEVERAL), "account", "margin_ratio")


def test_account_equity_that_is_missing_says_why() -> None:
    tree = ml.explain(assessed(SEVERAL | {"market": {}}), "account", "equity")
    assert tree.value is None
    assert tree.reason


@pytest.mark.parametrize("measure", ["liquidation_price", "maintenance_margin", "tier", "notional"])
def test_an_absent_number_gives_its_reason_and_no_error(measure: str) -> None:
    document = book(market=market(ETHUSDT="1000"))
    tree = ml.explain(assessed(document), "BTCUSDT/both", measure)
    assert tree.value is None
    assert "mark price of BTCUSDT is not given" in tree.reason
    assert "none: the mark price of BTCUSDT" in str(tree)


def test_tree_is_json_and_text() -> None:
    tree = ml.explain(assessed(book()), "USDT", "margin_balance")
    document = json.loads(json.dumps(tree.to_dict()))
    assert document["value"] == "11500"
    assert document["rule"] == "BNUM-BAL-002"
    assert "inputs" in document
    text = str(tree).splitlines()
    assert text[0] == "USDT margin_balance = 11500 USDT"
    assert text[1].startswith("  = sum(")
    assert all(line.startswith("  ") for line in text[1:])


@pytest.mark.parametrize(
    ("where", "measure", "named"),
    [
        pytest.param("USDC", "equity", "one of: USDT, BTCUSDT/both", id="no such place"),
        pytest.param("USDT", "profit", "there is no such measure", id="no such measure"),
    ],
)
def test_wrong_questions_name_the_right_ones(where: str, measure: str, named: str) -> None:
    with pytest.raises(InputError, match=named):
        ml.explain(assessed(book()), where, measure)


def test_explaining_does_not_change_the_assessment() -> None:
    assessment = assessed(book())
    before = assessment.to_dict()
    ml.explain(assessment, "BTCUSDT/both", "liquidation_price")
    assert assessment.to_dict() == before

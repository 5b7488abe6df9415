"""Absent, impossible and contradictory parts, walked over every venue: never safe, never silent."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import marginline as ml
from marginline.core.account.account import Position
from marginline.core.account.tables import TierRow, TierTable
from marginline.core.assessment.assessment import Assessment
from marginline.core.findings import Code, Status
from marginline.errors import InputError
from marginline.risk.moves.liquidation import liquidation_prices
from marginline.risk.sizing.reducing import reduce_to
from marginline.venues.assessing import assess
from marginline.venues.reader.account_draft import Draft
from tests.venues.spoiling import taken

D = Decimal
Doc = dict[str, Any]
SAMPLES = {
    f"{path.stem} {mode}".strip(): document
    for path in sorted((Path(__file__).parent / "samples").glob("*.json"))
    for mode, document in json.loads(path.read_text(encoding="utf-8")).items()
}
every_venue = pytest.mark.parametrize("venue", sorted(SAMPLES))
LOW_LEVERAGE = ("bitmex", "textbook")


def sample(venue: str) -> Doc:
    return copy.deepcopy(SAMPLES[venue])


def judged(document: Doc) -> Assessment | None:
    """The assessment, None where the file is refused."""
    try:
        return assess(ml.load(document))
    except InputError:
        return None


def held(document: Doc) -> Doc:
    """The first open position of a document."""
    return next(row for row in document["positions"] if D(str(row["size"])))


def of_venue(document: Doc) -> str:
    return str(document["venue"])


# -- positions and wallets that nobody gave -------------------------------------------------------


@every_venue
@pytest.mark.parametrize("part", ["wallets", "positions"])
def test_a_part_that_nobody_gave_is_unknown(venue: str, part: str) -> None:
    document = sample(venue)
    del document[part]
    found = judged(document)
    assert found is not None
    assert found.status.rank >= Status.UNKNOWN.rank
    assert any(f.code is Code.MISSING_DATA and f.where == part for f in found.all_findings())
    if part == "positions":
        assert all(
            pool.measures.get(ml.Measure.WITHDRAWABLE_BALANCE) is None for pool in found.pools
        )


# -- absent or impossible parts -----------------------------------------------------------------


def _leverage(document: Doc) -> None:
    held(document)["leverage"] = "0.5"


def _fee(rate: str) -> Callable[[Doc], None]:
    def spoil(document: Doc) -> None:
        document.setdefault("parameters", {})["fees"] = {"taker": rate, "maker": rate}

    return spoil


def _negative_margin(document: Doc) -> None:
    held(document).update(margin_mode="isolated", isolated_margin="-5")


def _rate(document: Doc) -> None:
    row = {"floor": "0", "rate": "0.6", "max_leverage": "10"}
    tiers = document.setdefault("parameters", {}).setdefault("tiers", {})
    tiers[held(document)["instrument"]] = {"rows": [row]}


def _name(document: Doc) -> None:
    document.setdefault("parameters", {}).setdefault("venue", {})["no_such_name"] = "1"


IMPOSSIBLE: dict[str, Callable[[Doc], None]] = {
    "a leverage below 1": _leverage,
    "a fee of -100 %": _fee("-1"),
    "a fee of -200 %": _fee("-2"),
    "a fee of 20 %": _fee("0.2"),
    "a negative isolated margin": _negative_margin,
    "a maintenance rate above 1 / max leverage": _rate,
    "a parameter that the venue does not have": _name,
}


@every_venue
@pytest.mark.parametrize("what", IMPOSSIBLE)
def test_what_cannot_be_is_refused_or_a_contradiction(venue: str, what: str) -> None:
    document = sample(venue)
    if what == "a leverage below 1" and of_venue(document) in LOW_LEVERAGE:
        pytest.skip("less than 1 can be set there")
    IMPOSSIBLE[what](document)
    found = judged(document)
    if found is not None:
        assert found.status.rank >= Status.UNKNOWN.rank
        assert any(f.code is Code.CONTRADICTION for f in found.all_findings())


@every_venue
@pytest.mark.parametrize("factor", ["0.7", "1.3", "11"])
def test_a_mark_far_from_index_or_entry_is_said(venue: str, factor: str) -> None:
    document = sample(venue)
    row = held(document)
    symbol = row["instrument"]
    market = document.setdefault("market", {})
    mark = D(str(market["mark"][symbol]))
    market["index"] = {**market.get("index", {}), symbol: str(mark)}
    market["mark"][symbol] = str(mark * D(factor))
    found = judged(document)
    assert found is None or any(f.code is Code.PRICES_DISAGREE for f in found.all_findings())
    market["index"][symbol] = market["mark"][symbol] = str(D(str(row["entry_price"])) * 10)
    found = judged(document)
    assert found is None or any(f.code is Code.UNUSUAL for f in found.all_findings())


@every_venue
def test_funding_of_a_percent_is_said(venue: str) -> None:
    document = sample(venue)
    symbol = held(document)["instrument"]
    document["market"]["funding"] = {symbol: {"rate": "-0.01"}}
    found = judged(document)
    assert found is None or any(f.code is Code.UNUSUAL for f in found.all_findings())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("risk_units", {"BTC": {"max_loss": "-1", "contingency": "10", "initial_factor": "1.3"}}),
        ("risk_units", {"BTC": {"max_loss": "5", "contingency": "10", "initial_factor": "0"}}),
        ("haircut_loss", "-1"),
        ("order_loss", "1"),
    ],
)
def test_amounts_of_a_venue_that_cannot_be(name: str, value: object) -> None:
    document = sample("bybit_unified portfolio")
    document.setdefault("parameters", {})["venue"] = {name: value}
    found = judged(document)
    assert found is None or found.status.rank >= Status.UNKNOWN.rank


@every_venue
@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "sNaN"])
def test_what_is_no_number_is_refused(venue: str, value: str) -> None:
    document = sample(venue)
    held(document)["size"] = value
    assert judged(document) is None
    document = sample(venue)
    symbol = held(document)["instrument"]
    document["market"]["mark"][symbol] = value
    assert judged(document) is None


@every_venue
def test_the_other_legs_leverage_is_not_taken_for_a_missing_one(venue: str) -> None:
    document = sample(venue)
    row = held(document)
    if "leverage" not in row or of_venue(document) in ("textbook", "cme"):
        pytest.skip("no leverage there")
    symbol, size = row["instrument"], abs(D(str(row["size"])))
    document["position_mode"] = "hedge"
    document["settings"] = {}
    long = row | {"side": "long", "size": str(size), "id": None}
    short = row | {"side": "short", "size": str(-size), "id": None}
    short.pop("leverage")
    document["positions"] = [long, short]
    found = judged(document)
    if found is None:
        return
    rows = [p for pool in found.pools for p in pool.positions if p.key == f"{symbol}/short"]
    tiers = document.get("parameters", {}).get("tiers", {}).get(symbol)
    rated = tiers is not None and "initial_rate" in json.dumps(tiers)
    for each in rows:
        assert rated or each.measures[ml.Measure.INITIAL_MARGIN] is None or "bybit_unified" in venue


# -- contradictory inputs ------------------------------------------------------------------------


@every_venue
def test_two_marks_of_a_symbol_are_a_contradiction_and_the_worse_is_judged(venue: str) -> None:
    for size, worse in (("1", "90"), ("-1", "100")):
        for marks in (("100", "90"), ("90", "100")):
            draft = Draft(of_venue(sample(venue)), {})
            draft.positions["X/both"] = Position(instrument="X", size=D(size))
            for mark in marks:
                draft.mark["X"] = D(mark)
            assert draft.mark.judged(draft.positions.values()) == {"X": D(worse)}
            assert [note.code for note in draft.notes] == [Code.CONTRADICTION]


@every_venue
def test_two_tier_tables_of_a_symbol_are_a_contradiction_and_the_worse_is_judged(
    venue: str,
) -> None:
    one = TierTable(rows=(TierRow(floor=D(0), rate=D("0.01")), TierRow(floor=D(5), rate=D("0.03"))))
    two = TierTable(rows=(TierRow(floor=D(0), rate=D("0.02")),))
    for tables in ((one, two), (two, one)):
        draft = Draft(of_venue(sample(venue)), {})
        for table in tables:
            draft.tiers["X"] = table
        rows = [(row.floor, row.rate) for row in draft.tiers["X"].rows]
        assert rows == [(D(0), D("0.02")), (D(5), D("0.03"))]
        assert [note.code for note in draft.notes] == [Code.CONTRADICTION]


# -- questions never raise what is no InputError -------------------------------------------------


@every_venue
def test_questions_answer_or_refuse_what_is_left_out(venue: str) -> None:
    whole = sample(venue)
    for path in random.Random(venue).sample(_paths(whole), 8):
        document = copy.deepcopy(whole)
        parent: Any = document
        for step in path[:-1]:
            parent = parent[step]
        del parent[path[-1]]
        try:
            account = ml.load(document)
        except InputError:
            continue
        found = judged(document)
        pools = () if found is None else found.pools
        asks: list[Callable[[], object]] = [partial(liquidation_prices, account)]
        asks += [partial(reduce_to, account, pool.id, D("0.5")) for pool in pools]
        for ask in asks:
            taken(ask)


def _paths(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    if isinstance(value, dict):
        for name, member in value.items():
            found += [(*path, name), *_paths(member, (*path, name))]
    elif isinstance(value, list):
        for number, member in enumerate(value):
            found += _paths(member, (*path, number))
    return found


# -- what a second walk found ---------------------------------------------------------------------


@every_venue
def test_a_leverage_that_no_venue_gives_contradicts(venue: str) -> None:
    """BingX standard judges by initial margin: 5,000x read as healthier than the truth."""
    document = sample(venue)
    held(document)["leverage"] = "5000"
    found = judged(document)
    assert found is not None
    assert found.status.rank >= Status.UNKNOWN.rank
    assert any(f.code is Code.CONTRADICTION and "leverage" in f.where for f in found.findings)


@pytest.mark.parametrize(
    ("rate", "code"),
    [("30", Code.CONTRADICTION), ("1.3", Code.UNUSUAL), ("0.4", Code.UNUSUAL), ("0.97", None)],
)
@every_venue
def test_a_stablecoin_far_from_a_dollar_is_said(venue: str, rate: str, code: Code | None) -> None:
    document = sample(venue)
    document["market"].setdefault("asset_rate", {})["USDC"] = {"index": rate}
    found = judged(document)
    assert found is not None
    told = [f for f in found.findings if f.where == "market.asset_rate.USDC.index"]
    assert [f.code for f in told] == ([] if code is None else [code])
    if code is Code.CONTRADICTION:
        assert found.status.rank >= Status.UNKNOWN.rank


def test_the_rate_of_dust_of_a_stablecoin_blinds_nothing() -> None:
    """A venue rounds what it values: 0.004 of a coin that is worth 0.01 is at 2.5."""
    document = sample("bitget_unified advanced")
    document["wallets"].append({"asset": "USDC", "balance": "0.004"})
    document["market"]["asset_rate"]["USDC"] = {"index": "2.5"}
    document["parameters"]["collateral"]["USDC"] = {"ratio": "1"}
    found = judged(document)
    assert found is not None
    assert found.status is Status.HEALTHY
    (told,) = [f for f in found.findings if f.where == "market.asset_rate.USDC.index"]
    assert told.code is Code.UNUSUAL


@pytest.mark.parametrize("venue", ["okx multi_currency", "okx portfolio", "bybit_unified cross"])
def test_a_coin_valued_far_from_its_own_contract_is_said(venue: str) -> None:
    document = sample(venue)
    row = held(document)
    base = document["instruments"][row["instrument"]]["base"]
    mark = D(document["market"]["mark"][row["instrument"]])
    for share, said in ((D("1.1"), False), (D(10), True), (D("0.1"), True)):
        document["market"]["asset_rate"][base] = {"index": str(mark * share)}
        found = judged(document)
        assert found is not None
        told = [f for f in found.findings if f.where == f"market.asset_rate.{base}.index"]
        assert bool(told) is said
        assert all(f.code is Code.PRICES_DISAGREE for f in told)

"""What is left out, impossible, contradictory or old never reads as safe."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import marginline as ml
from marginline.core.findings import Code, Status
from marginline.venues.assessing import assess
from marginline.venues.reader.notes import aged

MOMENT = datetime(2026, 11, 20, 14, tzinfo=UTC)
BTC: dict[str, Any] = {
    "instrument": "BTCUSDT",
    "size": "0.1",
    "entry_price": "100000",
    "leverage": "20",
}


def document(**given: Any) -> dict[str, Any]:
    return {
        "schema": "marginline/account/1",
        "venue": "binance_usdm",
        "mode": "single_asset",
        "as_of": "2026-11-20T14:00:00Z",
        "wallets": [{"asset": "USDT", "balance": "5000"}],
        "positions": [BTC],
        "market": {"mark": {"BTCUSDT": "100000"}},
        "parameters": {"tiers": {"BTCUSDT": [{"floor": "0", "rate": "0.01"}]}},
    } | given


def codes(account: ml.Account) -> set[Code]:
    return {finding.code for finding in assess(account).all_findings()}


def test_the_whole_account_is_healthy() -> None:
    assert assess(ml.load(document())).status is Status.HEALTHY


@pytest.mark.parametrize("part", ["wallets", "positions"])
def test_a_part_left_out_is_unknown_and_empty_is_not(part: str) -> None:
    without = {name: value for name, value in document().items() if name != part}
    assert assess(ml.load(without)).status is Status.UNKNOWN
    empty = document(wallets=[{"asset": "USDT", "balance": "5000"}], positions=[])
    assert assess(ml.load(empty)).status is Status.HEALTHY


def test_a_toml_file_cut_before_its_positions_is_unknown(tmp_path: Path) -> None:
    head = 'schema = "marginline/account/1"\nvenue = "textbook"\nas_of = 2026-11-20T14:00:00Z\n'
    cut = tmp_path / "cut.toml"
    cut.write_text(head + '[[wallets]]\nasset = "USDT"\nbalance = "5000"\n', encoding="utf-8")
    assert assess(ml.load(cut)).status is Status.UNKNOWN
    cut.write_text("positions = []\n" + cut.read_text(encoding="utf-8"), encoding="utf-8")
    assert assess(ml.load(cut)).status is Status.HEALTHY


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"positions": [BTC | {"leverage": "0.5"}]}, id="leverage below 1"),
        pytest.param(
            {"positions": [BTC | {"margin_mode": "isolated", "isolated_margin": "-5"}]},
            id="negative isolated margin",
        ),
        pytest.param({"parameters": {"fees": {"taker": "0.5"}}}, id="a fee of 50 %"),
        pytest.param({"parameters": {"fees": {"taker": "-1"}}}, id="a fee of -1"),
        pytest.param(
            {
                "parameters": {
                    "tiers": {"BTCUSDT": [{"floor": "0", "rate": "0.03", "max_leverage": "50"}]}
                }
            },
            id="a maintenance rate above 1 / highest leverage",
        ),
        pytest.param(
            {"parameters": document()["parameters"] | {"venue": {"max_los": "5"}}},
            id="a parameter that the venue does not have",
        ),
    ],
)
def test_what_cannot_be_is_a_contradiction_and_unknown(given: dict[str, Any]) -> None:
    account = ml.load(document(**given))
    assert Code.CONTRADICTION in codes(account)
    assert assess(account).status.rank >= Status.UNKNOWN.rank


@pytest.mark.parametrize(
    ("market", "code"),
    [
        ({"index": {"BTCUSDT": "80000"}}, Code.PRICES_DISAGREE),
        ({"funding": {"BTCUSDT": {"rate": "0.01"}}}, Code.UNUSUAL),
    ],
)
def test_what_is_out_of_the_ordinary_is_said(market: dict[str, Any], code: Code) -> None:
    account = ml.load(document(market=document()["market"] | market))
    assert code in codes(account)


def test_a_mark_ten_times_from_the_entry_is_said() -> None:
    account = ml.load(document(positions=[BTC | {"entry_price": "9000"}]))
    assert Code.UNUSUAL in codes(account)


def test_an_account_older_than_allowed_is_unknown_and_says_its_age() -> None:
    account = ml.load(document(name="mine"))
    at = MOMENT + timedelta(minutes=10)
    fresh = assess(account, at=at, max_age=timedelta(minutes=10), source="a.json")
    assert fresh.status is Status.HEALTHY
    told = fresh.to_dict()
    assert (told["name"], told["source"], told["age_seconds"]) == ("mine", "a.json", 600)
    old = assess(account, at=at, max_age=timedelta(minutes=9))
    assert old.status is Status.UNKNOWN
    assert Code.STALE in {finding.code for finding in old.findings}


def test_a_moment_in_the_future_is_a_contradiction() -> None:
    account = ml.load(document())
    assert assess(account, at=MOMENT - timedelta(minutes=4)).status is Status.HEALTHY
    assert assess(account, at=MOMENT - timedelta(minutes=6)).status is Status.UNKNOWN


def test_the_age_is_kept_in_the_account_for_every_question() -> None:
    account = aged(ml.load(document()), MOMENT + timedelta(hours=1), timedelta(minutes=1))
    found = ml.what_if(account, ml.deposit("USDT", Decimal(1000)))
    assert found.after.status is Status.UNKNOWN


def test_a_ratio_past_the_line_asks_whether_percent_was_meant() -> None:
    with pytest.raises(ml.InputError, match=r"0\.5 is 50 %"):
        ml.reduce_to(ml.load(document()), "USDT", "50")


def test_what_positions_nobody_gave_would_change_is_null_and_says_why() -> None:
    """Zero margin and a whole balance beside UNKNOWN would still read as safe."""
    account = ml.from_dict(
        {
            "schema": "marginline/account/1",
            "venue": "binance_usdm",
            "mode": "single_asset",
            "as_of": "2026-09-01T00:00:00Z",
            "wallets": [{"asset": "USDT", "balance": "100"}],
        }
    )
    found = ml.assess(account)
    pool = found.pools[0]
    for measure in ("margin_ratio", "maintenance_margin", "available_balance", "buffer"):
        assert pool.to_dict()["measures"][measure] is None
        assert any(f.measure == ml.Measure(measure) for f in pool.findings)
    assert pool.to_dict()["measures"]["wallet_balance"] == "100"
    assert found.status is ml.Status.UNKNOWN

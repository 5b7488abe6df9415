"""Every recorded answer of Bybit's parses; what can be reconciled is, file by file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from marginline.core.account.account import Account
from marginline.risk.reconcile.reconcile import Outcome, Reconciliation, reconcile
from marginline.venues.reader.files import read_files

AS_OF = "2025-11-03T00:00:00Z"  # for answers that tell no moment, or a made-up one
DOCUMENTED = {
    "Endpoints__V5Api__Account__GetBalances": "wallet_balance",
    "Endpoints__V5Api__Account__GetCollateralInfo": "collateral_info",
    "Endpoints__V5Api__Account__GetMarginAccountInfo": "account_info",
    "Endpoints__V5Api__ExchangeData__GetFundingRateHistory": "funding_history",
    "Endpoints__V5Api__ExchangeData__GetRiskLimit": "risk_limit",
    "Endpoints__V5Api__Trading__GetPositions": "positions",
    "Subscriptions__V5__Linear__Liquidations": "liquidations",
    "Subscriptions__V5__Private__Balance": "wallet_balance",
    "Subscriptions__V5__Private__Position": "positions",
}
ADAPTER = (
    "http_get_account_info",
    "http_get_fee_rate",
    "http_get_funding_history",
    "http_get_positions",
    "http_get_positions_with_open_time",
    "http_get_wallet_balance",
    "http_get_wallet_balance_spot_short",
    "http_get_wallet_balance_with_spot_borrow",
    "ws_account_execution_adl",
    "ws_account_position",
    "ws_account_position_short",
    "ws_account_position_with_open_time",
    "ws_account_wallet",
    "ws_account_wallet_locked_exceeds_total",
    "ws_account_wallet_small_order",
)
GET_POSITIONS = "Endpoints__V5Api__Trading__GetPositions"


def path_of(data: Path, name: str) -> Path:
    if name in DOCUMENTED:
        return data / "payloads" / "documented" / f"Bybit__{name}.txt"
    return data / "payloads" / "adapter-samples" / f"bybit__{name}.json"


def sample(data: Path, *names: str) -> Account:
    return read_files([path_of(data, name) for name in names], mode="cross", as_of=AS_OF)


def test_the_list_of_samples_is_whole(shared_data: Path) -> None:
    there = (shared_data / "payloads" / "documented").glob("Bybit__*.txt")
    assert {path.stem.removeprefix("Bybit__") for path in there} == set(DOCUMENTED)
    there = (shared_data / "payloads" / "adapter-samples").glob("bybit__*.json")
    assert {path.stem.removeprefix("bybit__") for path in there} == set(ADAPTER)


@pytest.mark.parametrize("name", [*DOCUMENTED, *ADAPTER])
def test_a_sample_parses_with_no_field_unknown(shared_data: Path, name: str) -> None:
    account = sample(shared_data, name)
    assert account.venue == "bybit_unified"
    assert "unknown" not in account.extra


def test_an_inverse_position_may_be_of_the_classic_account(shared_data: Path) -> None:
    account = read_files([path_of(shared_data, GET_POSITIONS)], "bybit_inverse")
    assert (account.venue, account.positions[0].margin_mode) == ("bybit_inverse", "cross")


READ_AS = re.compile(r" (?:!=|is above) .*; the (?:answer lists a part|row is of a classic)")
"""A sum that is broken, and yet no contradiction: how the answer is to be read."""

# Outcome by file: what agrees, what differs, and which sums of its own the answer breaks.
OUTCOMES = [
    pytest.param(
        ("Endpoints__V5Api__Account__GetBalances",),
        set(),
        set(),
        ("totalEquity = sum of usdValue",),
        id="GetBalances: impossible, its one empty coin does not make its equity",
    ),
    pytest.param(
        (GET_POSITIONS,),
        {"unrealisedPnl"},
        set(),
        ("positionIM is at least value / leverage",),
        id="GetPositions: impossible margins (placeholders), P&L agrees",
    ),
    pytest.param(
        ("Subscriptions__V5__Private__Balance",),
        {"walletBalance", "bonus"},
        set(),
        ("totalEquity = sum of usdValue",),
        id="stream wallet: lists one coin of several, and is said to",
    ),
    pytest.param(
        ("Subscriptions__V5__Private__Position",),
        set(),
        set(),
        (),
        id="stream position: closed, nothing to compare",
    ),
    pytest.param(
        ("http_get_positions", "http_get_fee_rate"),
        {"unrealisedPnl"},
        {"positionIM", "positionMM"},
        (),
        id="positions with fees: P&L agrees, margins are made up without closing fee",
    ),
    pytest.param(
        ("http_get_positions_with_open_time",),
        {"unrealisedPnl"},
        set(),
        ("positionIM is at least value / leverage", "an open position has a maintenance margin"),
        id="positions with open time: impossible, an open position without margin",
    ),
    pytest.param(
        ("http_get_wallet_balance",),
        {"walletBalance", "bonus"},
        set(),
        ("equity = walletBalance - spotBorrow", "totalEquity = sum of usdValue"),
        id="wallet: impossible, a loan of 0.06 ETH leaves equity 0, totals of another account",
    ),
    pytest.param(
        ("http_get_wallet_balance_spot_short",),
        {"walletBalance", "bonus"},
        set(),
        ("equity = walletBalance - spotBorrow", "totalEquity = sum of usdValue"),
        id="wallet spot short: impossible, likewise",
    ),
    pytest.param(
        ("http_get_wallet_balance_with_spot_borrow",),
        {"walletBalance", "bonus"},
        {"totalWalletBalance"},
        ("totalEquity = sum of usdValue",),
        id="wallet with loan: impossible totals, the coin's own sum holds",
    ),
    pytest.param(
        ("ws_account_position",),
        {"unrealisedPnl"},
        set(),
        ("positionValue is the value",),
        id="stream position of 2025: impossible, its value is of an entry price one dollar higher",
    ),
    pytest.param(
        ("ws_account_position_short",),
        {"unrealisedPnl"},
        set(),
        ("positionValue is the value",),
        id="stream position short: the same figures",
    ),
    pytest.param(
        ("ws_account_position_with_open_time",),
        {"unrealisedPnl"},
        set(),
        ("positionIM is at least value / leverage",),
        id="stream position with open time: impossible, 50 for a value of 5,000 at 10x",
    ),
    pytest.param(
        ("ws_account_wallet",),
        {"walletBalance"},
        set(),
        ("accountIMRate is at least", "accountMMRate is at least"),
        id="stream wallet of two coins: impossible, margin is used and the rates are 0",
    ),
    pytest.param(
        ("ws_account_wallet_locked_exceeds_total",),
        {"walletBalance"},
        set(),
        (
            "totalMarginBalance (after collateral ratios)",
            "totalAvailableBalance <=",
            "accountIMRate is at least",
            "accountMMRate is at least",
        ),
        id="stream wallet, margin above balance: impossible, a loss of 50 leaves 100 of 100",
    ),
    pytest.param(
        ("ws_account_wallet_small_order",),
        {"walletBalance"},
        set(),
        ("accountIMRate is at least",),
        id="stream wallet, small order: impossible rate, nothing available of 51,333",
    ),
    pytest.param(
        ("Endpoints__V5Api__ExchangeData__GetRiskLimit", GET_POSITIONS),
        {"unrealisedPnl"},
        set(),
        ("positionIM is at least value / leverage",),
        id="risk limit with positions: rates in per cent, margins still placeholders",
    ),
]


@pytest.mark.parametrize(("names", "agree", "differ", "broken"), OUTCOMES)
def test_reconciled(
    shared_data: Path,
    names: tuple[str, ...],
    agree: set[str],
    differ: set[str],
    broken: tuple[str, ...],
) -> None:
    found = reconcile(sample(shared_data, *names))
    assert labels(found, Outcome.AGREES) == agree
    assert labels(found, Outcome.DIFFERS) == differ
    read = [text for text in found.information if READ_AS.search(text)]
    assert len(read) + len(found.contradictions) == len(broken), found.contradictions
    for text in broken:
        assert any(text in said for said in (*read, *found.contradictions))
    assert all(line.reason for line in found.lines if line.outcome is not Outcome.AGREES)


def labels(found: Reconciliation, outcome: Outcome) -> set[str]:
    return {line.label for line in found.lines if line.outcome is outcome and line.label}


def test_every_other_sample_has_nothing_to_compare(shared_data: Path) -> None:
    compared = {name for each in OUTCOMES for name in each.values[0]}  # type: ignore[union-attr]
    for name in {*DOCUMENTED, *ADAPTER} - compared:
        assert not reconcile(sample(shared_data, name)).lines, name

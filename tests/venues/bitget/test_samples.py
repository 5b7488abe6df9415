"""Every recorded answer of Bitget's parses; what can be reconciled is, file by file."""

from __future__ import annotations

from pathlib import Path

import pytest

from marginline.risk.reconcile.reconcile import Outcome, reconcile
from marginline.venues.reader.files import read_files
from tests.venues.bitget.answers import AS_OF, sample

F, U = "Endpoints__Futures__", "Endpoints__Unified__"
SF, SU = "Subscriptions__Futures__", "Subscriptions__Unified__"
KINDS = {
    f"{F}Account__GetAdlRank": "single",
    f"{F}Account__GetBalance": "single",
    f"{F}Account__GetBalances": "single",
    f"{F}Account__GetLedger": "single",
    f"{F}ExchangeData__GetFundingRate": "single",
    f"{F}ExchangeData__GetHistoricalFundingRate": "single",
    f"{F}ExchangeData__GetPositionTiers": "single",
    f"{F}Trading__GetPosition": "single",
    f"{F}Trading__GetPositionHistory": "single",
    f"{F}Trading__GetPositions": "single",
    f"{U}Account__GetAccountConfig": "advanced",
    f"{U}Account__GetAccountInfo": "advanced",
    f"{U}Account__GetBalances": "advanced",
    f"{U}Account__GetFundingBalances": "advanced",
    f"{U}ExchangeData__GetDiscountRate": "advanced",
    f"{U}ExchangeData__GetFundingRate": "advanced",
    f"{U}ExchangeData__GetFundingRateHistory": "advanced",
    f"{U}ExchangeData__GetPositionTiers": "advanced",
    f"{U}Trading__GetPositionAdlRank": "advanced",
    f"{U}Trading__GetPositionHistory": "advanced",
    f"{U}Trading__GetPositions": "advanced",
    f"{SF}Balance": "single",
    f"{SF}Position": "single",
    f"{SF}PositionClose": "single",
    f"{SU}Account": "advanced",
    f"{SU}Adl": "advanced",
    f"{SU}Position": "advanced",
}


def test_the_list_of_samples_is_whole(shared_data: Path) -> None:
    there = (shared_data / "payloads" / "documented").glob("Bitget__*.txt")
    assert {path.stem.removeprefix("Bitget__") for path in there} == set(KINDS)


@pytest.mark.parametrize(("name", "mode"), KINDS.items())
def test_a_sample_parses_with_no_field_unknown(shared_data: Path, name: str, mode: str) -> None:
    path = shared_data / "payloads" / "documented" / f"Bitget__{name}.txt"
    account = read_files([path], mode=mode, as_of=AS_OF)
    assert account.venue == ("bitget_unified" if mode == "advanced" else "bitget_futures")
    assert "unknown" not in account.extra


ISOLATED = ("unrealizedPL", "keepMarginRate", "liquidationPrice", "marginSize", "marginRatio")
OUTCOMES = [
    pytest.param(
        (
            f"{F}Account__GetBalance",
            f"{F}Trading__GetPosition",
            f"{F}ExchangeData__GetPositionTiers",
        ),
        "single",
        {*ISOLATED, "accountEquity", "crossedRiskRate", "coupon"},
        {"breakEvenPrice"},
        ("total = available + locked", "breakEvenPrice"),
        id="GetBalance, GetPosition: agree but for a break-even price of another account",
    ),
    pytest.param(
        (
            f"{F}Account__GetBalances",
            f"{F}Trading__GetPositions",
            f"{F}ExchangeData__GetPositionTiers",
        ),
        "single",
        {*ISOLATED, "accountEquity", "crossedRiskRate", "coupon"},
        {"breakEvenPrice"},
        ("total = available + locked", "breakEvenPrice"),
        id="GetBalances, GetPositions: agree but for a break-even price of another account",
    ),
    pytest.param(
        (f"{SF}Balance", f"{SF}Position"),
        "single",
        {"marginSize"},
        {"breakEvenPrice"},
        ("breakEvenPrice", "available <= accountEquity"),
        id="stream account, positions: no mark; its parts are of different accounts",
    ),
    pytest.param(
        (f"{U}Account__GetBalances", f"{SU}Position"),
        "advanced",
        {"unrealisedPnl", "mmr"},
        {"accountEquity"},
        ("accountEquity is the sum of usdValue",),
        id="unified GetBalances: total and coins are valued at different moments",
    ),
    pytest.param(
        (f"{U}Trading__GetPositions",),
        "advanced",
        {"breakEvenPrice"},
        {"unrealisedPnl", "positionBalance", "profitRate"},
        (),
        id="unified GetPositions: its mark price is of another moment than its other figures",
    ),
    pytest.param(
        (f"{U}Trading__GetPositions", f"{U}ExchangeData__GetPositionTiers"),
        "basic",
        {"breakEvenPrice"},
        {"unrealisedPnl", "positionBalance", "profitRate", "mmr"},
        (),
        id="unified GetPositions with tiers of another day: mmr differs too",
    ),
    pytest.param(
        (f"{SU}Account",),
        "advanced",
        set(),
        set(),
        ("mgnRatio = mmr / effEquity",),
        id="unified stream account: positions are not told, and its ratio is 0",
    ),
    pytest.param(
        (f"{F}Account__GetAdlRank",),
        "single",
        set(),
        set(),
        (),
        id="GetAdlRank: nothing to compare",
    ),
]


@pytest.mark.parametrize(("names", "mode", "agree", "differ", "broken"), OUTCOMES)
def test_reconciled(
    shared_data: Path,
    names: tuple[str, ...],
    mode: str,
    agree: set[str],
    differ: set[str],
    broken: tuple[str, ...],
) -> None:
    found = reconcile(sample(shared_data, *names, mode=mode))
    by_outcome = {o: {line.label for line in found.lines if line.outcome is o} for o in Outcome}
    assert by_outcome[Outcome.AGREES] == agree
    assert by_outcome[Outcome.DIFFERS] == differ
    assert len(found.contradictions) == len(broken)
    for text, contradiction in zip(broken, found.contradictions, strict=True):
        assert text in contradiction
    assert all(line.reason for line in found.lines if line.outcome is not Outcome.AGREES)

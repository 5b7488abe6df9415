"""Every recorded answer of BingX parses; what reconcile says of each is stated here."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from marginline.core.measures import Measure as M
from marginline.risk.reconcile.reconcile import Outcome, reconcile
from marginline.venues.bingx.payloads.kinds import sniff
from marginline.venues.reader.files import read_files
from marginline.venues.reader.reading import read
from tests.venues.bingx.answers import AS_OF, VENUE, sample
from tests.venues.documents import extra, reported

D = Decimal
A, E, T = (f"PerpetualFutures__{part}__" for part in ("Account", "ExchangeData", "Trading"))
OUTCOMES = {
    f"{A}GetBalances": (2, 10),
    f"{A}GetBalances2": (1, 5),
    f"{A}GetIncomes": (0, 0),
    f"{A}GetIsolatedMarginChangeHistory": (0, 0),
    f"{A}GetLeverage": (0, 0),
    f"{A}GetMarginMode": (0, 0),
    f"{A}GetMultiAssetsMargin": (0, 0),
    f"{A}GetPositionMode": (0, 0),
    f"{E}GetFundingRate": (0, 0),
    f"{E}GetFundingRateHistory": (0, 0),
    f"{T}GetLiquidationOrders": (0, 0),
    f"{T}GetPositionAndMarginInfo": (0, 0),
    f"{T}GetPositionHistory": (0, 0),
    f"{T}GetPositions": (0, 3),
}


def test_the_list_of_samples_is_whole(shared_data: Path) -> None:
    there = (shared_data / "payloads").rglob("*")
    names = {p.stem for p in there if p.name.lower().startswith("bingx")}
    assert names == {f"BingX__Endpoints__{name}" for name in OUTCOMES}


@pytest.mark.parametrize(("name", "counts"), OUTCOMES.items())
def test_a_sample_parses_and_reconciles(
    shared_data: Path, name: str, counts: tuple[int, int]
) -> None:
    found = sample(shared_data, name)
    assert found.venue == VENUE
    assert "unknown" not in found.extra
    result = reconcile(found)
    assert not result.contradictions
    assert result.count(Outcome.DIFFERS) == 0
    assert (result.count(Outcome.AGREES), result.count(Outcome.NOT_COMPUTABLE)) == counts


@pytest.mark.parametrize("name", ["GetBalances", "GetBalances2"])
def test_with_no_positions_open_the_balances_agree_in_full(shared_data: Path, name: str) -> None:
    base = sample(shared_data, A + name)
    whole = read(VENUE, account_onto=base, positions={"code": 0, "msg": "", "data": []})
    result = reconcile(whole)
    assert result.agrees
    assert result.count(Outcome.NOT_COMPUTABLE) == 0


def test_the_position_sample(shared_data: Path) -> None:
    """Its mark is not told; at the one its P&L implies, with the charge it implies, all agrees."""
    base = sample(shared_data, f"{T}GetPositions")
    (row,) = base.positions
    assert (row.size, row.key) == (D("-0.20"), "BNB-USDT/short")
    assert row.isolated_margin == D("9.8567")
    told = reported(base).positions[row.key]
    assert told[M.LIQUIDATION_PRICE.value] == D("294.16914617776246")
    whole = read(
        VENUE,
        account_onto=base,
        premium_index={"symbol": "BNB-USDT", "markPrice": "246.7565", "lastFundingRate": "0"},
        tiers=[{"symbol": "BNB-USDT", "minPositionVal": "0", "maintMarginRatio": "0.00475"}],
        commission={"commission": {"takerCommissionRate": "0.0005"}},
    )
    result = reconcile(whole)
    assert {line.label for line in result.lines} == {
        "unrealizedProfit",
        "initialMargin",
        "liquidationPrice",
    }
    assert result.agrees
    assert result.count(Outcome.NOT_COMPUTABLE) == 0


def test_tiers_as_printed(shared_data: Path) -> None:
    found = sample(shared_data, f"{T}GetPositionAndMarginInfo")
    rows = found.parameters.tiers["BTC-USDT"].rows
    assert [(r.floor, r.cap, r.rate, r.deduction) for r in rows] == [
        (D(0), D(150_000), D("0.0038"), D(0)),
        (D(150_000), D(900_000), D("0.004"), D(30)),
    ]


def test_a_forced_order_keeps_its_leverage_text(shared_data: Path) -> None:
    found = sample(shared_data, f"{T}GetLiquidationOrders")
    assert extra(found, "force_orders")[0]["leverage"] == "21X"


def test_files_are_recognised_without_their_address(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "payloads" / "documented"
    for name in (f"{A}GetBalances", f"{T}GetPositions", f"{T}GetPositionAndMarginInfo"):
        text = (folder / f"BingX__Endpoints__{name}.txt").read_text("utf-8")
        bare = tmp_path / f"{name}.json"
        bare.write_text(text[text.index("{") :], "utf-8")
        assert read_files([bare], as_of=AS_OF).venue == VENUE


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"code": "00000", "msg": "", "data": {"assetMode": "single"}}, id="Bitget"),
        pytest.param({"code": "0", "msg": "", "data": [{"marginType": "x"}]}, id="OKX"),
        pytest.param({"code": 0, "msg": "", "data": {"orders": [{"orderId": 1}]}}, id="orders"),
        pytest.param([{"symbol": "BTC-USDT", "positionAmt": "1"}], id="no envelope"),
    ],
)
def test_answers_of_others_are_not_taken_for_ours(answer: object) -> None:
    assert not sniff(None, answer)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/openApi/swap/v3/user/balance", "balance"),
        ("/openApi/cswap/v1/user/balance", "coin_balance"),
        ("/openApi/cswap/v1/user/positions?symbol=SOL-USD", "coin_positions"),
        ("/openApi/swap/v2/trade/openOrders", "orders"),
        ("/openApi/spot/v1/account/balance", None),
        ("/v5/position/list", None),
    ],
)
def test_addresses(path: str, kind: str | None) -> None:
    assert sniff(path, {}) == ({} if kind is None else {VENUE: kind})

"""Every recorded and documented answer of Binance: it parses, and this came of its figures."""

from __future__ import annotations

from decimal import ROUND_DOWN
from decimal import Decimal as D
from pathlib import Path

import pytest

from marginline.core.account.file import from_dict, to_dict
from marginline.risk.reconcile.reconcile import Outcome, reconcile
from marginline.venues.reader.files import read_files
from marginline.venues.reader.notes import notes_of
from tests.venues.binance.samples import Sample, files, markdown, read_sample, reconcile_samples

DOCUMENTED = "Binance__Endpoints__"
ADAPTER = "binance__futures__"

# Figures that agree, differ, cannot be computed from this one answer; sums that the answer breaks.
TABLE: dict[str, tuple[int, int, int, int]] = {
    f"{DOCUMENTED}CoinFutures__Account__GetAccountInfo.txt": (11, 0, 0, 0),
    f"{DOCUMENTED}CoinFutures__Account__GetBalances.txt": (1, 0, 4, 0),
    # notionalValue is the mark times one contract; 1 * 100 / 11,788.67 = 0.00848272 BTC
    f"{DOCUMENTED}CoinFutures__Account__GetPositionInformation.txt": (1, 1, 3, 1),
    f"{DOCUMENTED}UsdFutures__Account__GetAccountInfo.txt": (33, 0, 0, 0),
    # a position of 1 BTC worth 0; totals of USDC, not of USDT; 126.72 free of 103.12
    f"{DOCUMENTED}UsdFutures__Account__GetAccountInfoV3.txt": (14, 3, 20, 7),
    f"{DOCUMENTED}UsdFutures__Account__GetBalances.txt": (1, 0, 4, 0),
    f"{DOCUMENTED}UsdFutures__Trading__GetPositions.txt": (2, 0, 2, 0),
    "Binance__Subscriptions__UsdFutures__AccountUpdate.txt": (4, 0, 6, 0),
    "Binance__Subscriptions__UsdFutures__MarginUpdate.txt": (0, 0, 3, 0),
    f"{ADAPTER}http_json__account_info_v2.json": (22, 0, 0, 0),
    f"{ADAPTER}http_json__balance.json": (1, 0, 4, 0),
    f"{ADAPTER}http_json__position_risk.json": (2, 0, 3, 0),
    # entry prices rounded by hand: the two legs were valued at marks 0.005 apart
    f"{ADAPTER}user_data_json__account_update.json": (3, 0, 5, 0),
    f"{ADAPTER}user_data_json__account_update_bnfcr.json": (1, 0, 1, 0),
}
"""Files that are not named print no figure of an account."""


@pytest.fixture(scope="module")
def samples(shared_data: Path) -> list[Sample]:
    found = reconcile_samples(shared_data / "payloads")
    if not found:
        pytest.skip("no payloads of Binance in the shared data")
    return found


def test_every_sample_parses_and_stands_by_itself(samples: list[Sample]) -> None:
    for sample in samples:
        assert from_dict(to_dict(sample.account)) == sample.account, sample.name


def test_no_sample_has_a_field_that_is_not_known(samples: list[Sample]) -> None:
    for sample in samples:
        assert "unknown" not in sample.account.extra, sample.name


def test_the_table_of_samples(samples: list[Sample]) -> None:
    found = {s.name: (*s.counts, len(s.found.contradictions)) for s in samples}
    told = {name: counts for name, counts in found.items() if any(counts)}
    assert told == {name: counts for name, counts in TABLE.items() if name in found}


def test_whatever_differs_is_a_sample_that_contradicts_itself(samples: list[Sample]) -> None:
    for sample in samples:
        for line in sample.found.lines:
            if line.outcome is Outcome.DIFFERS:
                assert "the payload contradicts itself" in line.reason, (sample.name, line)


def test_the_table_can_be_printed(samples: list[Sample]) -> None:
    assert len(markdown(samples).splitlines()) == len(samples) + 2


def test_every_row_of_market_data_is_kept(samples: list[Sample]) -> None:
    rows = {s.name: s.account.extra for s in samples}
    for part, kind, count in (
        ("UsdFutures__Account__GetIncomeHistory", "income", 2),
        ("UsdFutures__Account__GetMarginChangeHistory", "margin_history", 2),
        ("UsdFutures__ExchangeData__GetFundingRates", "funding_rate", 2),
        ("UsdFutures__ExchangeData__GetInsuranceFundBalances", "insurance_balance", 1),
    ):
        extra = rows.get(f"{DOCUMENTED}{part}.txt")
        if extra is not None:
            found = extra[kind]
            assert isinstance(found, tuple)
            assert len(found) == count


def sample_file(shared_data: Path, part: str) -> Path:
    found = [path for path in files(shared_data / "payloads") if part in path.name]
    if not found:
        pytest.skip(f"no {part} in the shared data")
    return found[0]


@pytest.mark.parametrize(
    "part", ["UsdFutures__ExchangeData__GetAssetIndexes", "Subscriptions__UsdFutures__AssetIndex"]
)
def test_asset_rates_are_cut_at_8_decimals(shared_data: Path, part: str) -> None:
    """1.92957370 * 0.9 = 1.73661633, 1.92957370 * 1.1 = 2.122531070 printed as 2.12253107."""
    account = read_sample(sample_file(shared_data, part))
    step = D("1E-8")
    for asset, rate in account.market.asset_rate.items():
        assert rate.index is not None
        buffer = D("0.1") if asset == "ADA" else D("0.0001")
        # the index itself is cut, so that the last digit of a rate may be one off
        for side, found in ((1 - buffer, rate.bid), (1 + buffer, rate.ask)):
            assert found is not None
            assert abs((rate.index * side).quantize(step, ROUND_DOWN) - found) <= step


def test_the_margin_call_sample_with_the_bracket_sample(shared_data: Path) -> None:
    """1.327 * 187.17127 * 0.65 % = 1.61444579, printed as 1.614445: cut at 6 decimals."""
    paths = [
        sample_file(shared_data, "Subscriptions__UsdFutures__MarginUpdate"),
        sample_file(shared_data, "UsdFutures__Account__GetBrackets"),
    ]
    account = read_files(paths, mode="single_asset", as_of="2020-08-14T00:00:00Z")
    line = next(line for line in reconcile(account).lines if line.label == "mm")
    assert (line.outcome, line.theirs) == (Outcome.AGREES, D("1.614445"))
    assert line.ours == D("1.614445789385")


def test_a_balance_sample_never_reads_as_safe(samples: list[Sample]) -> None:
    for sample in samples:
        if "GetBalances" in sample.name or "balance.json" in sample.name:
            assert sample.found.assessment.status == "unknown"
            assert any(note.where == "positions" for note in notes_of(sample.account))

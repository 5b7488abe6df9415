"""What captured accounts showed: every case of `../shared/data/cases` by its right values.

Inputs are read where they lie; a checkout without them skips, saying so. The right values and why
they are right stand in each case's `case.md`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest

from marginline.core.account.account import Account
from marginline.core.account.file import from_dict
from marginline.core.assessment.assessment import Assessment
from marginline.errors import PayloadError
from marginline.risk.reconcile.reconcile import Outcome, reconcile
from marginline.risk.sizing.sizing import size_for
from marginline.risk.what_if.orders import order
from marginline.risk.what_if.what_if import what_if
from marginline.venues.assessing import assess
from marginline.venues.reader.files import read_files


@dataclass(frozen=True)
class Case:
    """Answers of one account, and what is right of it."""

    folder: str
    files: str
    venue: str | None = None
    mode: str | None = None
    as_of: str | None = None
    status: str = ""
    agree: int = 0
    """How many of the venue's figures agree with ours; then none differs."""
    values: Mapping[str, str] = field(default_factory=dict)
    refused: str = ""
    """Words of the refusal, where the answers are not of an account that can be read."""
    differs: str = ""
    """Words of the reason for the first difference."""
    says: str = ""
    """Words of a finding."""
    venue_is: str = ""

    @property
    def id(self) -> str:
        """A title for the test."""
        return f"{self.folder}: {self.files}"

    def paths(self, data: Path) -> list[Path]:
        """Where the files lie."""
        names = [name if "." in name else f"{name}.json" for name in self.files.split()]
        return [data / "cases" / self.folder / name for name in names]

    def account(self, data: Path) -> Account:
        """The account that the files make."""
        return read_files(self.paths(data), self.venue, mode=self.mode, as_of=self.as_of)


LATER = "2025-06-01T00:00:00Z"
KINDS = "cli-cannot-name-the-kind"
SOL = "wallet position fee_rate risk_limit"
XRP = "wallet position order fee_rate risk_limit"
CASES = [
    Case("binance-balance-doc-withdrawable", "balance", status="unknown",
         values={"USDT.withdrawable_balance": "null"}),
    Case("binance-positionrisk-with-adl", "one", status="unknown"),
    Case("binance-positionrisk-with-adl", "position_risk brackets balance", status="unknown"),
    Case("binance-positionrisk-with-adl", "one brackets balance", mode="single_asset",
         values={"BTCUSDT/both.liquidation_price": "137032.97"}),
    Case("binance-user-stream-jsonl", "stream.jsonl", status="unknown",
         values={"USDT.wallet_balance": "999.5"}),
    # The capture was trimmed: its totals are of a row of USDT that it does not list.
    Case("binance-ws-api-envelope", "account_status", status="unknown",
         says="totalMarginBalance of the venue is 747.92226447",
         values={"USDC.wallet_balance": "375"}),
    Case("binance-ws-api-envelope", "account_balance account_position",
         values={"USDC.wallet_balance": "375", "USDC.unrealized_pnl": "0"}),
    Case("bingx-rows-taken-for-binance", "position", as_of=LATER, status="unknown",
         venue_is="bingx_perpetual"),
    Case("bingx-rows-taken-for-binance", "stream", refused="BingX's user stream"),
    Case("bingx-standard-futures", "balance positions", as_of=LATER, status="unknown",
         venue_is="bingx_standard"),
    Case("bitget-rows-without-envelope", "accounts", mode="single", as_of=LATER,
         venue_is="bitget_futures", status="unknown"),
    Case("bitget-rows-without-envelope", "position", mode="single", as_of=LATER,
         venue_is="bitget_futures", status="unknown"),
    Case("bitget-uta-hedge-short", "positions_flat assets_six_hours_before", mode="advanced",
         venue_is="bitget_unified"),
    Case("bitmex-position-partial-thin-rows", "position update", status="unknown",
         says="what came before it"),
    Case("bitmex-position-partial-thin-rows", "empty_partial", as_of="2025-01-09T12:00:00Z",
         status="unknown"),
    Case("bybit-wallet-unwrapped-result", "wallet positions", mode="cross", as_of=LATER),
    Case("bybit-wallet-unwrapped-result", "wallet_enveloped positions collateral_tiers",
         mode="cross", agree=5, values={"USD.margin_balance": "78429.79925"}),
    Case(KINDS, "bingx_commission", as_of=LATER, venue_is="bingx_perpetual"),
    Case(KINDS, "bingx_open_orders", venue="bingx_perpetual", as_of=LATER),
    Case(KINDS, "bingx_contracts", as_of=LATER, venue_is="bingx_perpetual"),
    Case(KINDS, "bitget_orders_pending", mode="single", venue_is="bitget_futures"),
    Case(KINDS, "bitget_symbol_price", mode="single", as_of=LATER, venue_is="bitget_futures"),
    Case("flat-account-empty-answers", "binance_position_risk", venue="binance_usdm", as_of=LATER),
    Case("flat-account-empty-answers", "bingx_positions", venue="bingx_perpetual", as_of=LATER),
    Case("flat-account-empty-answers", "bitget_positions", venue="bitget_futures", mode="single"),
    Case("flat-account-empty-answers", "bitget_uta_positions", venue="bitget_unified",
         mode="advanced"),
    Case("flat-account-empty-answers", "bybit_positions bybit_wallet", mode="cross",
         status="healthy", agree=4),
    Case("python-sdk-dicts-with-floats", "brackets", as_of="2026-01-01T00:00:00Z",
         status="unknown"),
    Case("bitget-rdnt-cross-short-2024", "positions accounts contracts position_tier",
         mode="single", agree=8,
         values={"RDNTUSDT/short.liquidation_price": "2.059608083"}),
    Case("bingx-xrp-blank-mark", "positions", as_of="2025-01-02T00:00:00Z",
         differs="older meaning"),
    Case("bitget-uta-hedge-short", "positions", mode="advanced", agree=1),
    Case("bitget-uta-locked-outside-balance", "assets", mode="basic", status="unknown",
         values={"USDT.equity": "44.63320946"}),
    Case("bitget-uta-locked-outside-balance", "assets", mode="advanced", status="unknown",
         values={"USD.USDT.equity": "44.63320946"}),
    Case("bybit-contract-account-stream", "wallet", refused="linear side of a classic account"),
    Case("bybit-spot-wallet-as-margin", "wallet positions", mode="cross",
         refused="not the unified account"),
    Case("bybit-classic-linear-position", "position", mode="cross", status="unknown",
         says="of a classic account"),
    Case("bybit-classic-linear-position", "position_flat", mode="cross", status="unknown"),
    Case("bybit-hedge-eth-pair", "positions fee_rate risk_limit", mode="cross", agree=6,
         values={"ETHUSDT/short.maintenance_margin": "1.21"}),
    Case("bybit-sol-cross-complete-set", SOL, mode="cross", status="healthy", agree=17,
         values={"SOLUSDT/both.maintenance_margin": "0.2602414"}),
    Case("bybit-wallet-blank-coin-row", "wallet", mode="cross", status="unknown",
         values={"USD.wallet_balance": "10199.6894"}),
    Case("bybit-ws-wallet-partial-coins", "wallet positions_flat_row borrow_tiers", mode="cross",
         status="unknown", says="lists a part of the coins"),
    Case("bybit-ws-wallet-partial-coins", "wallet positions borrow_tiers", mode="cross",
         status="unknown", says="lists a part of the coins"),
    Case("bybit-xrp-cross-with-order", f"{XRP} collateral_tiers", mode="cross", agree=16),
    Case("bybit-xrp-cross-with-order", XRP, mode="cross", status="healthy", agree=16,
         says="collateral ratio of 0.84"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_captured_account_is_read_as_it_is(shared_data: Path, case: Case) -> None:
    if case.refused:
        with pytest.raises(PayloadError, match=case.refused):
            case.account(shared_data)
        return
    account = case.account(shared_data)
    found = assess(account)
    assert account.venue == (case.venue_is or account.venue)
    if case.status:
        assert found.status.value == case.status
    for path, value in case.values.items():
        assert near(value_at(found, path), value), path
    if case.says:
        assert any(case.says in finding.message for finding in found.all_findings())
    if case.differs:
        line = reconcile(account).first_difference
        assert line is not None
        assert case.differs in line.reason
    if case.agree:
        outcome = reconcile(account)
        assert outcome.first_difference is None
        assert outcome.contradictions == ()
        assert outcome.count(Outcome.AGREES) >= case.agree


def test_the_venue_s_printed_price_stands_beside_ours(shared_data: Path) -> None:
    """Maintenance held at the mark: 176.89650029, where the root of health is another price."""
    case = next(case for case in CASES if case.folder == "bybit-sol-cross-complete-set")
    account = case.account(shared_data)
    ours = value_at(assess(account), "SOLUSDT/both.liquidation_price")
    assert isinstance(ours, Decimal)
    text = "the venue prints a liquidation price of 176.89650029, ours is"
    said = [f.message for f in assess(account).findings if f.code.name == "REPORTED"]
    assert any(text in message for message in said)
    assert any(text in line for line in reconcile(account).information)
    assert ours != Decimal("176.89650029")


REFUTED = (
    "bybit-ws-wallet-partial-coins/account_as_read",
    "bitget-uta-locked-outside-balance/account_as_read_basic",
)


def test_an_account_that_its_own_totals_refute_is_not_judged(shared_data: Path) -> None:
    for name in REFUTED:
        document = json.loads((shared_data / "cases" / f"{name}.json").read_text())
        found = assess(from_dict(document))
        assert found.status.value == "unknown"
        assert any(finding.code.name == "CONTRADICTION" for finding in found.findings)


EXACT = {
    "bingx-standard-equality-3x": {
        "USDT.status": "liquidation",
        "USDT.maintenance_margin": "10",
        "USDT.margin_ratio": "1",
        "USDT.venue_ratio": "0",
    },
    "bitmex-cross-leverage-0": {
        "XBT.initial_margin": "0.0002",
        "XBTUSD/both.initial_margin": "0.0002",
    },
    "bitmex-risk-limit-steps-stop": {"ETHUSD/both.liquidation_price": "99.01"},
    "bybit-isolated-added-margin-ends": {
        "XYZUSDT/both isolated.status": "liquidation",
        "XYZUSDT/both.liquidation_price_below": "804.02010050251256281407035175879",
        # The case's own digits slip after the sixth: (900 - 100 / 0.9994) / 0.995.
        "XYZUSDT/both.liquidation_price": "803.9597627923",
    },
    "initial-margin-rounded-reciprocal": {
        "USDT.initial_margin": "100",
        "USDT.available_balance": "0",
    },
    "usdm-multi-assets-available-per-asset": {
        "USD.USDT.available_balance": "76.91",
        "USD.USDC.available_balance": "76.525",
    },
}


def test_an_order_that_fits_exactly_fits(shared_data: Path) -> None:
    text = (shared_data / "cases" / "exact" / "initial-margin-rounded-reciprocal.json").read_text()
    account = from_dict(json.loads(text)["account_6x"])
    found = what_if(account, [order("XYZUSDT", "3", price="100")])
    assert not any(f.code.name == "VENUE_WOULD_REFUSE" for f in found.findings)
    assert found.after.pool("USDT").available_balance == 0
    assert size_for(account, "XYZUSDT", "buy", price="100").size == 3


@pytest.mark.parametrize("name", sorted(EXACT))
def test_an_exact_case_has_its_right_values(shared_data: Path, name: str) -> None:
    text = (shared_data / "cases" / "exact" / f"{name}.json").read_text()
    found = assess(from_dict(json.loads(text)["account"]))
    for path, value in EXACT[name].items():
        step = Decimal("0.005") if "available" in path else None
        assert near(value_at(found, path), value, step), path


def test_every_file_of_every_case_is_in_a_test_and_no_test_names_another(
    shared_data: Path,
) -> None:
    folder = shared_data / "cases"
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*.*") if p.suffix != ".md"}
    tested = {p.relative_to(folder).as_posix() for case in CASES for p in case.paths(shared_data)}
    tested |= {f"{name}.json" for name in REFUTED} | {f"exact/{name}.json" for name in EXACT}
    assert tested == there


def test_every_right_value_of_an_exact_case_is_tested(shared_data: Path) -> None:
    """Those that name a measure; what an order and a size give has a test of its own."""
    for name, tested in EXACT.items():
        case = json.loads((shared_data / "cases" / "exact" / f"{name}.json").read_text())
        assert {last for path in measures(case["right"]) for last in (path.split(".")[-1],)} <= {
            path.split(".")[-1] for path in tested
        }


def measures(right: Mapping[str, object]) -> Iterator[str]:
    """The paths of a case's right values."""
    for path, value in right.items():
        if isinstance(value, dict):
            yield from measures(value)
        elif " " not in path and "(" not in path:
            yield path


def value_at(found: Assessment, path: str) -> object:
    """A measure or status by `POOL.name`, `POOL.ASSET.name` or `POSITION.name`."""
    where, _, name = path.rpartition(".")
    for pool in found.pools:
        if pool.id == where:
            return pool.status if name == "status" else getattr(pool, name)
        for asset in pool.assets:
            if f"{pool.id}.{asset.asset}" == where:
                return getattr(asset, name)
        for position in pool.positions:
            if position.key == where:
                return getattr(position, name)
    raise AssertionError(f"nothing is called {where}")


def near(found: object, right: str, step: Decimal | None = None) -> bool:
    """Whether a figure is the right one, as far as the right one is printed."""
    if not isinstance(found, Decimal):
        return str(found) == right or (found is None and right == "null")
    digits = Decimal(right).as_tuple().exponent
    assert isinstance(digits, int)
    return abs(found - Decimal(right)) <= (step or Decimal(1).scaleb(digits))

"""Portfolio Margin and PM Pro: one wallet an asset, two books of positions, one ratio."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D
from typing import Any

import pytest

from marginline.core.account.account import Account
from marginline.core.account.tables import BorrowRow, BorrowTable
from marginline.core.findings import Status
from marginline.errors import PayloadError
from marginline.risk.reconcile.reconcile import reconcile
from marginline.venues.assessing import assess
from marginline.venues.reader.notes import notes_of
from marginline.venues.reader.reading import read
from tests.venues.binance import answers

PM = "binance_pm"


def with_loan_rates(account: Account) -> Account:
    """The answers do not tell the rates of a loan; the user does."""
    row = BorrowRow(floor=D(0), initial_rate=D("0.5"), maintenance_rate=D("0.1"))
    borrow = {"USDT": BorrowTable(rows=(row,))}
    return replace(account, parameters=replace(account.parameters, borrow=borrow))


def codes(account: Account) -> list[tuple[str, str]]:
    return [(note.code.value[0], note.where) for note in notes_of(account)]


def read_pm(**changes: Any) -> Account:
    return read(PM, **answers.portfolio() | changes)


def test_a_wallet_holds_margin_um_and_cm_gross_of_loans() -> None:
    wallets = {wallet.asset: wallet for wallet in read_pm().wallets}
    assert (wallets["BTC"].balance, wallets["BTC"].borrowed) == (D(1), D(0))
    usdt = wallets["USDT"]
    assert (usdt.balance, usdt.borrowed, usdt.interest) == (D(5000), D(1000), D(1))


def test_without_its_total_a_wallet_is_the_sum_of_its_parts() -> None:
    balance = answers.portfolio()["balance"]
    for row in balance:
        del row["totalWalletBalance"]
    assert [w.balance for w in read_pm(balance=balance).wallets] == [D(1), D(5000)]


@pytest.mark.parametrize("name", ["crossMarginBorrowed", "crossMarginInterest"])
def test_a_debt_that_is_not_told_is_unknown_not_nil(name: str) -> None:
    balance = answers.portfolio()["balance"]
    del balance[1][name]
    account = with_loan_rates(read_pm(balance=balance))
    assert ("MISSING_DATA", "balance: USDT") in codes(account)
    assert assess(account).status is Status.UNKNOWN


def test_both_books_are_positions() -> None:
    account = read_pm()
    assert {p.key: p.size for p in account.positions} == {
        "BTCUSDT/long": D("0.1"),
        "BTCUSD_PERP/short": D(-10),
    }
    assert account.position_mode == "hedge"


@pytest.mark.parametrize("book", ["um", "cm"])
def test_a_book_that_is_not_told_leaves_the_positions_unknown(book: str) -> None:
    account = with_loan_rates(read_pm(**{f"{book}_position_risk": None}))
    assert ("MISSING_DATA", "positions") in codes(account)
    assert assess(account).status is Status.UNKNOWN


def test_a_book_may_be_told_by_its_account() -> None:
    row = {"symbol": "BTCUSDT", "positionSide": "LONG", "positionAmt": "0.1", "notional": "6200",
           "unrealizedProfit": "200", "maintMargin": "24.8", "updateTime": 1}  # fmt: skip
    account = read_pm(um_position_risk=None, um_account={"assets": [], "positions": [row]})
    assert ("MISSING_DATA", "positions") not in codes(account)
    assert "BTCUSDT/long" in {p.key for p in account.positions}


def test_a_book_brought_up_to_date_leaves_the_other() -> None:
    base = read_pm()
    account = read(PM, account_onto=base, um_position_risk=[])
    assert [p.key for p in account.positions] == ["BTCUSD_PERP/short"]
    assert ("MISSING_DATA", "positions") not in codes(account)


def test_flat_collateral_rates() -> None:
    collateral = read_pm().parameters.collateral
    assert (collateral["BTC"].ratio, collateral["BTC"].rows) == (D("0.95"), ())


def test_tiered_collateral_rates() -> None:
    rows = [
        {
            "tierFloor": "0.0000",
            "tierCap": "1000.0000",
            "collateralRate": "1.0000",
            "cum": "0.0000",
        },
        {"tierFloor": "1000.0000", "tierCap": None, "collateralRate": "0.9000", "cum": "100.0000"},
    ]
    account = read_pm(collateral_rate=[{"asset": "BTC", "collateralInfo": rows}])
    found = account.parameters.collateral["BTC"].rows
    assert [(r.floor, r.cap, r.ratio) for r in found] == [
        (D(0), D(1000), D(1)),
        (D(1000), None, D("0.9")),
    ]
    assert not any(code == "DEDUCTION_DIFFERS" for code, _ in codes(account))


def test_a_contradicting_cum_is_noted() -> None:
    """The venue's own sample: a second tier with cum 0 where 100 follows."""
    rows = [
        {"tierFloor": "0", "tierCap": "1000", "collateralRate": "1", "cum": "0"},
        {"tierFloor": "1000", "tierCap": "2000", "collateralRate": "0.9", "cum": "0"},
    ]
    account = read_pm(collateral_rate=[{"asset": "BTC", "collateralInfo": rows}])
    assert ("DEDUCTION_DIFFERS", "collateral_rate: BTC") in codes(account)


def test_the_open_loss_of_orders_is_a_parameter() -> None:
    account = answers.portfolio()["account"] | {"totalMarginOpenLoss": "12.5"}
    assert read_pm(account=account).parameters.venue["open_loss"] == D("12.5")


def test_what_the_venue_says_of_the_whole() -> None:
    reported = read_pm().reported
    assert reported is not None
    assert reported.account["venue_ratio"] == D("489.89906832")
    assert (reported.account["equity"], reported.account["margin_balance"]) == (D(66199), D(63099))
    assert "available_balance" not in reported.account  # it was ""
    raw: Any = reported.raw
    assert raw["account"]["accountStatus"] == "NORMAL"


def test_a_ratio_without_requirement_is_none() -> None:
    account = answers.portfolio()["account"] | {"uniMMR": "99999999"}
    reported = read_pm(account=account).reported
    assert reported is not None
    assert "venue_ratio" not in reported.account


def test_every_printed_figure_is_reproduced() -> None:
    """62,000 * 0.95 + 4,199 = 63,099; 24.8 + 4 + 100 = 128.8; 63,099 / 128.8 = 489.89906832."""
    found = reconcile(with_loan_rates(read_pm()))
    assert found.first_difference is None
    assert not found.contradictions
    agreed = {line.label for line in found.lines if line.outcome == "agrees"}
    assert {"uniMMR", "accountMaintMargin", "accountInitialMargin", "accountEquity"} <= agreed


def test_the_documentation_s_sample_contradicts_itself() -> None:
    """accountEquity 122,607 with an actualEquity of 73: haircuts cannot raise a value."""
    sample = answers.portfolio()["account"] | {
        "uniMMR": "5167.92171923",
        "accountEquity": "122607.35137903",
        "actualEquity": "73.47428058",
        "accountMaintMargin": "23.72469206",
    }
    found = reconcile(with_loan_rates(read_pm(account=sample)))
    assert len(found.contradictions) == 1
    assert "accountEquity (after haircuts) <= actualEquity" in found.contradictions[0]
    line = next(line for line in found.lines if line.label == "accountEquity")
    assert "contradicts itself" in line.reason


# -- PM Pro ------------------------------------------------------------------------------------


PRO = {
    "uniMMR": "489.89906832",
    "accountEquity": "63099.00000000",
    "actualEquity": "66199.00000000",
    "accountMaintMargin": "128.80000000",
    "accountStatus": "NORMAL",
    "accountType": "PM_1",
}


def test_pm_pro() -> None:
    given = answers.portfolio() | {"account": PRO}
    account = with_loan_rates(read("binance_pm_pro", **given))
    found = reconcile(account)
    assert found.first_difference is None
    assert assess(account).status is Status.HEALTHY


def test_an_account_of_the_other_kind_is_refused() -> None:
    with pytest.raises(PayloadError, match="read it as binance_pm_pro"):
        read_pm(account=PRO)


def test_span_is_not_assessed() -> None:
    span = PRO | {
        "accountType": "PM_3",
        "riskUnitMMList": [{"asset": "BTC", "uniMaintainUsd": "23.72469206"}],
        "marginMM": "0",
        "otherMM": "0",
    }
    account = with_loan_rates(read("binance_pm_pro", **answers.portfolio() | {"account": span}))
    assert ("UNSUPPORTED", "account: accountType") in codes(account)
    assert assess(account).status is Status.UNKNOWN


def test_options_are_not_counted() -> None:
    balance = answers.portfolio()["balance"]
    balance[0] |= {"optionWalletBalance": "0.5", "optionEquity": "0"}
    account = with_loan_rates(
        read("binance_pm_pro", **answers.portfolio() | {"account": PRO, "balance": balance})
    )
    assert assess(account).status is Status.UNKNOWN


def test_a_mode_is_refused() -> None:
    with pytest.raises(PayloadError, match="has no modes"):
        read_pm(mode="single_asset")

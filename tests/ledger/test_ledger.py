"""The ledger itself: one entry once, in any order; what nobody knows stays visible."""

from __future__ import annotations

import itertools
from decimal import Decimal as D
from pathlib import Path

import pytest

import marginline as ml
from marginline.ledger.entry import EntryKind
from marginline.ledger.ledger import Ledger

ROWS = [
    {"event": "1", "at": "2026-09-01T00:00:00Z", "kind": "transfer", "asset": "USDT",
     "amount": "1000", "balance": "1000"},
    {"event": "2", "at": "2026-09-01T01:00:00Z", "kind": "fee", "asset": "USDT",
     "amount": "-0.25", "balance": "999.75"},
    {"event": "3", "at": "2026-09-01T02:00:00Z", "kind": "funding", "asset": "USDT",
     "amount": "1.5", "balance": "1001.25"},
]  # fmt: skip
INCOME = {
    "symbol": "BTCUSDT", "incomeType": "REALIZED_PNL", "income": "5", "asset": "USDT",
    "info": "", "time": 1756684800000, "tranId": "9", "tradeId": "7",
}  # fmt: skip


def test_the_order_of_reading_does_not_matter() -> None:
    ledgers = [ml.read_ledger(list(rows)) for rows in itertools.permutations(ROWS)]
    assert len({ledger.entries for ledger in ledgers}) == 1
    assert all(ledger.balances() == {"USDT": D("1001.25")} for ledger in ledgers)
    assert not any(ledger.gaps() for ledger in ledgers)


def test_the_same_log_twice_is_booked_once() -> None:
    ledger = ml.read_ledger(ROWS, ROWS)
    assert len(ledger.entries) == 3
    assert ledger.repeated == 3


def test_a_row_left_out_is_a_gap_with_its_interval() -> None:
    (gap,) = ml.read_ledger([ROWS[0], ROWS[2]]).gaps()
    assert gap.amount == D("-0.25")
    assert gap.to_dict()["since"] == "2026-09-01T00:00:00Z"
    assert gap.to_dict()["until"] == "2026-09-01T02:00:00Z"


def test_two_entries_of_one_key_that_differ_are_a_conflict_and_never_both_counted() -> None:
    other = ROWS[1] | {"amount": "-0.30"}
    one, two = ml.read_ledger([*ROWS, other]), ml.read_ledger([other, *ROWS])
    assert one.balances() == two.balances()
    assert len(one.entries) == 3
    assert [len(told) for told in one.conflicts] == [2]


def test_one_transaction_id_on_two_types_of_income_is_two_entries() -> None:
    fee = INCOME | {"incomeType": "COMMISSION", "income": "-1"}
    ledger = ml.read_ledger([INCOME, fee])
    assert ledger.sums() == {("USDT", EntryKind.FILL): D(5), ("USDT", EntryKind.FEE): D(-1)}


def test_a_word_that_no_table_knows_is_kept_with_its_amount() -> None:
    strange = INCOME | {"incomeType": "LUNAR_REWARD", "income": "0.1"}
    ledger = ml.read_ledger([strange])
    assert [(e.word, e.amount) for e in ledger.unknown] == [("LUNAR_REWARD", D("0.1"))]
    assert ledger.balances() == {"USDT": D("0.1")}


def test_income_of_bingx_is_told_by_its_symbol_and_means_another_thing() -> None:
    row = INCOME | {"incomeType": "INSURANCE_CLEAR", "income": "-5"}
    binance, bingx = ml.read_ledger([row]), ml.read_ledger([row | {"symbol": "BTC-USDT"}])
    assert binance.entries[0].kind is EntryKind.INSURANCE
    assert bingx.entries[0].kind is EntryKind.LIQUIDATION
    assert (
        ml.read_ledger([row], venue="bingx_perpetual").entries
        == ml.read_ledger([row], venue="bingx").entries
    )


def test_income_without_any_symbol_could_be_of_two_venues_and_is_refused() -> None:
    row = INCOME | {"incomeType": "TRANSFER", "symbol": ""}
    with pytest.raises(ml.PayloadError, match="say whose log it is"):
        ml.read_ledger([row])
    assert ml.read_ledger([row], venue="binance").entries[0].kind is EntryKind.TRANSFER


def test_a_row_of_no_known_form_is_refused_by_name() -> None:
    with pytest.raises(ml.PayloadError, match="known are: binance income"):
        ml.read_ledger([{"a": 1}])


def test_a_number_is_read_from_its_text_never_from_a_float() -> None:
    path = INCOME | {"income": "0.10000000000000000001"}
    assert ml.read_ledger([path]).entries[0].amount == D("0.10000000000000000001")
    with pytest.raises(ml.PayloadError, match="income"):
        ml.read_ledger([INCOME | {"income": "NaN"}])


def test_what_a_row_does_not_explain_of_its_change_is_unknown() -> None:
    row = {
        "type": "TRADE", "currency": "USDT", "change": "-2", "cashFlow": "0", "fee": "1.5",
        "funding": "", "transactionTime": "1672121182224", "id": "1", "tradeId": "t",
        "symbol": "BTCUSDT", "side": "Buy", "qty": "1", "tradePrice": "10", "cashBalance": "8",
    }  # fmt: skip
    ledger = ml.read_ledger([row])
    assert [(e.word, e.amount) for e in ledger.unknown] == [("rest of TRADE", D("-0.5"))]
    assert ledger.balances({"USDT": D(10)}) == {"USDT": D(8)}


def test_the_neutral_form_is_what_an_entry_writes_of_itself(tmp_path: Path) -> None:
    ledger = ml.read_ledger([INCOME])
    again = ml.read_ledger([entry.to_dict() for entry in ledger.entries])
    assert again.entries == ledger.entries
    path = tmp_path / "log.csv"
    path.write_text("event,at,kind,asset,amount\n1,2026-09-01 00:00:00,fee,USDT,-1\n")
    assert ml.read_ledger(path).balances() == {"USDT": D(-1)}


def test_sums_lose_no_digit() -> None:
    rows = [ROWS[0] | {"event": str(n), "amount": a, "balance": ""}
            for n, a in enumerate(("1e20", "1e-20", "-1e20"))]  # fmt: skip
    assert ml.read_ledger(rows).balances() == {"USDT": D("1e-20")}


def test_okx_funding_of_an_isolated_position_is_in_its_own_margin() -> None:
    bill = {
        "billId": "1", "ccy": "USDT", "balChg": "0", "posBalChg": "-0.3", "bal": "10", "fee": "0",
        "type": "8", "subType": "173", "ts": "1695033476167", "instId": "BTC-USDT-SWAP",
        "instType": "SWAP", "pnl": "-0.3", "mgnMode": "isolated",
    }  # fmt: skip
    (entry,) = ml.read_ledger([bill]).entries
    assert (entry.kind, entry.amount, entry.margin) == (EntryKind.FUNDING, D("-0.3"), "isolated")


def test_hyperliquid_transfers_have_two_sides_and_need_an_owner() -> None:
    delta = {"type": "internalTransfer", "usdc": "5", "user": "0xa", "destination": "0xb"}
    row = {"time": 1734026400057, "hash": "h", "delta": delta}
    assert ml.read_ledger([row], owner="0xA").balances() == {"USDC": D(-5)}
    assert ml.read_ledger([row], owner="0xb").balances() == {"USDC": D(5)}
    with pytest.raises(ml.PayloadError, match="owner=ADDRESS"):
        ml.read_ledger([row])


def test_an_empty_ledger_has_no_balances() -> None:
    assert Ledger().balances() == {}

"""The captured logs of ../shared/data/ledger, by the exact figures that must hold in each."""

from __future__ import annotations

import json
from decimal import Decimal as D
from pathlib import Path

import pytest

import marginline as ml
from marginline.ledger.entry import EntryKind
from marginline.ledger.ledger import Ledger


@pytest.fixture
def logs(shared_data: Path) -> Path:
    folder = shared_data / "ledger"
    if not folder.is_dir():
        pytest.skip(f"no captured logs at {folder}")
    return folder


def sums(ledger: Ledger) -> dict[str, str]:
    return {f"{a} {k}": format(v.normalize(), "f") for (a, k), v in ledger.sums().items()}


def gaps(ledger: Ledger) -> list[str]:
    return [format(gap.amount.normalize(), "f") for gap in ledger.gaps()]


def test_bybit_unified_one_id_stands_on_two_entries(logs: Path) -> None:
    ledger = ml.read_ledger(logs / "bybit-unified-log-same-id/transaction_log.json")
    assert sums(ledger) == {
        "USDT fill": "0",
        "USDT fee": "-0.02169",
        "USDT funding": "-0.003676",
        "USDT bonus_used": "0",
    }
    assert ledger.opening("USDT") == D("5086.58361602")
    assert ledger.balances({"USDT": D("5086.58361602")}) == {"USDT": D("5086.55825002")}
    assert gaps(ledger) == []
    used = [e.credit for e in ledger.entries if e.kind is EntryKind.BONUS_USED]
    assert used == [D("-0.1430544")]


def test_bybit_logs_of_older_days(logs: Path) -> None:
    folder = logs / "bybit-unified-log-same-id"
    testnet = ml.read_ledger(folder / "transaction_log_testnet.json")
    assert testnet.opening("USDT") == D("1149.23089836")
    assert sums(testnet) == {"USDT fill": "0.052", "USDT fee": "-0.1688994"}
    old = ml.read_ledger(folder / "transaction_log_unified_margin_2022.json")
    assert old.opening("USDT") == 0


def test_bybit_classic_log_prints_funding_with_the_other_sign(logs: Path) -> None:
    ledger = ml.read_ledger(
        logs / "bybit-classic-inverse-funding-sign/contract_transaction_log.json"
    )
    assert sums(ledger) == {"XRP funding": "0.01447317", "BTC funding": "0.00000156"}
    assert ledger.opening("XRP") == D("30.1165717")
    assert ledger.opening("BTC") == D("1.13109844")


def test_bybit_executions_of_type_funding_are_no_fills(logs: Path) -> None:
    ledger = ml.read_ledger(logs / "bybit-funding-executions/executions.json")
    assert sums(ledger) == {"USDT funding": "-0.0423386"}
    assert all(entry.size is None for entry in ledger.entries)


def test_binance_user_trades_pay_fees_in_other_assets(logs: Path) -> None:
    found = sums(ml.read_ledger(logs / "binance-user-trades/user_trades.json"))
    assert found["BNB fee"] == "-0.00113016"
    assert found["ETH fee"] == "-0.0000016"
    assert found["ETH fill"] == "0.00012517"


def test_binance_stream_asserts_wallets(logs: Path) -> None:
    path = logs / "binance-stream-single-events/account_updates.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    withdrawal, admin = ml.read_ledger([lines[1]]), ml.read_ledger([lines[2]])
    assert withdrawal.opening("USDT") == D("21.14364261")
    assert sums(withdrawal) == {"USDT transfer": "-21.14364261"}
    assert admin.opening("USDT") == D("685.31219442")
    assert sums(admin) == {"USDT adjustment": "0.00258637"}
    whole = ml.read_ledger(path)
    # the wallets of different days: what happened between is a gap, never an entry of ours
    assert gaps(whole) == ["0.02195801", "685.31219442"]


def test_binance_csv_has_both_sides_of_a_transfer(logs: Path) -> None:
    folder = logs / "binance-csv-statement"
    ledger = ml.read_ledger(folder / "transaction_history.csv")
    by_account: dict[str, D] = {}
    for entry in ledger.entries:
        name = f"{entry.account} {entry.kind}"
        by_account[name] = by_account.get(name, D(0)) + entry.amount
    assert by_account == {
        "spot transfer": D(200),
        "usdm transfer": D(-140),
        "coinm transfer": D(-60),
        "usdm funding": D("-0.07779065"),
        "usdm fill": D("1.24066"),
    }
    later = ml.read_ledger(folder / "transaction_history_2025.csv")
    assert sums(later) == {
        "USDT funding": "0.37019",
        "USDT fill": "37.2224",
        "USDT fee": "-0.6769608",
    }


def test_a_csv_without_ids_read_twice_is_booked_once(logs: Path) -> None:
    path = logs / "binance-csv-statement/transaction_history.csv"
    once, twice = ml.read_ledger(path), ml.read_ledger(path, path)
    assert once.entries == twice.entries
    assert (len(once.entries), twice.repeated) == (9, 9)


def test_bitget_bills_of_amount_0_are_not_empty(logs: Path) -> None:
    folder = logs / "bitget-bills"
    bills = ml.read_ledger(folder / "bills_v2.json")
    assert sums(bills) == {"USDT funding": "-0.004992", "USDT fill": "0", "USDT fee": "-0.222012"}
    captured = ml.read_ledger(folder / "bills_v2_captured.json")
    assert sums(captured) == {"USDT transfer": "-11.64958799"}
    records = ml.read_ledger(folder / "financial_records_v3.json")
    assert sums(records) == {"BTC fill": "0.00531168", "BTC fee": "-0.00000531"}


def test_a_bill_whose_amount_cannot_be_read_is_refused(logs: Path) -> None:
    with pytest.raises(ml.PayloadError, match="row 1"):
        ml.read_ledger(logs / "bitget-bills/insurance_transfer.json")


def test_a_bots_own_log_is_booked_in_the_neutral_form(logs: Path) -> None:
    """Two days of Bitget fills, normalised by the bot that traded them (captured 2022-11)."""
    path = logs / "bitget-demo-two-days/events.jsonl"
    events = [json.loads(line) for line in path.read_text().splitlines()]
    fills = [event for event in events if event["what"] == "fill"]
    rows = [
        {"event": str(number), "at": fill["executed"], "asset": fill["commission_asset"],
         "kind": kind, "amount": fill[name]}
        for number, fill in enumerate(fills)
        for kind, name in (("fill", "profit"), ("fee", "commission"))
    ]  # fmt: skip
    assert len(fills) == 46
    assert sums(ml.read_ledger(rows)) == {
        "USDT fill": "-1.553000000001",
        "USDT fee": "-7.4853858",
    }


def test_bitget_stream_leaves_a_gap_where_it_did_not_listen(logs: Path) -> None:
    path = logs / "bitget-raw-stream/messages.jsonl"
    ledger = ml.read_ledger(path)
    assert sums(ledger) == {"SUSDT fill": "-0.025", "SUSDT fee": "-2.284965"}
    assert ledger.opening("SUSDT") == D("2966.64575819")
    assert [gap.amount for gap in ledger.gaps() if gap.asset == "SUSDT"] == [D("-2.2974368")]


def test_bitmex_first_month(logs: Path) -> None:
    ledger = ml.read_ledger(logs / "bitmex-wallet-may-2020/wallet_history.csv")
    assert sums(ledger) == {"XBT transfer": "1.77199051", "XBT fill": "1.89732174"}
    assert ledger.balances() == {"XBT": D("3.66931225")}
    assert gaps(ledger) == []
    assert ledger.opening("XBT") == 0
    realized: dict[str | None, D] = {}
    for entry in ledger.entries:
        if entry.kind is EntryKind.FILL:
            realized[entry.instrument] = realized.get(entry.instrument, D(0)) + entry.amount
    assert realized == {
        "ADAM20": D("-0.36091558"),
        "ETHM20": D("0.54862751"),
        "LTCM20": D("-0.19422798"),
        "TRXM20": D("0.19479690"),
        "XBTUSD": D("1.70904089"),
    }


def test_bitmex_conversions_and_a_canceled_withdrawal(logs: Path) -> None:
    ledger = ml.read_ledger(logs / "bitmex-conversions-and-late-withdrawals/wallet_history.csv")
    assert sums(ledger) == {
        "BMEX transfer": "3977.6",
        "USDT auto_exchange": "0",
        "XBT auto_exchange": "-0.13682",
        "XBT fill": "-3.60130336",
        "XBT transfer": "-50.0006",
    }
    assert gaps(ledger) == []
    assert ledger.opening("XBT") == D("66.2021216")
    assert ledger.balances({"XBT": D("66.2021216")})["XBT"] == D("12.46339824")


def test_bitmex_rows_out_of_order_leave_their_gaps(logs: Path) -> None:
    ledger = ml.read_ledger(logs / "bitmex-usdt-disordered/wallet_history.json")
    assert sums(ledger) == {"USDT transfer": "33", "USDT fill": "-3.660051"}
    assert gaps(ledger) == ["-1", "-30.32459", "-3.061096", "49"]
    assert ledger.opening("USDT") == 1


def test_deribit_balances_tell_the_gap_that_ids_do_not(logs: Path) -> None:
    ledger = ml.read_ledger(logs / "deribit-transaction-log/transaction_log.json")
    assert sums(ledger) == {"BTC fill": "-0.04611", "BTC transfer": "-2.5"}
    assert gaps(ledger) == ["0.54456706"]
    assert ledger.opening("BTC") == D("3003.22424712")


def test_hyperliquid_flips_are_one_fill_and_funding_has_no_hash(logs: Path) -> None:
    fills = ml.read_ledger(logs / "hyperliquid-flips/user_fills.json")
    assert sums(fills) == {"USDC fill": "-35.02656", "USDC fee": "-6.258902"}
    sizes = [entry.size for entry in fills.entries if entry.kind is EntryKind.FILL]
    assert sizes == [D("-0.01"), D("0.10244"), D("0.15394")]
    funding = ml.read_ledger(logs / "hyperliquid-funding/user_funding.json")
    assert [entry.amount for entry in funding.entries] == [D("75.635093"), D("-0.044263")]


def test_kraken_position_row_is_no_cash(logs: Path) -> None:
    ledger = ml.read_ledger(logs / "kraken-inverse-log-2019/account_log.json")
    assert sums(ledger) == {"bch funding": "-0.0000011061", "bch fill": "0"}
    assert ledger.opening("bch", "f-bch:usd") == D("0.01215847263")
    assert gaps(ledger) == []
    trade = ledger.entries[-1]
    assert trade.size == 1
    assert trade.price == D("342.1")


def test_dydx_sign_is_of_the_side_that_was_asked(logs: Path) -> None:
    ledger = ml.read_ledger(logs / "dydx-transfer-between-subaccounts/transfers.json")
    assert sums(ledger) == {"USDC transfer": "-0.000001"}


def test_okx_closed_position_is_the_sum_of_its_parts(logs: Path) -> None:
    ledger = ml.read_ledger(logs / "okx-position-history/positions_history.json")
    assert sums(ledger) == {
        "USDT fill": "27.11999999999988",
        "USDT fee": "-1.69566",
        "USDT funding": "-11.870404179341788",
        "USDT liquidation_fee": "0",
    }
    assert ledger.balances() == {"USDT": D("13.553935820658092")}

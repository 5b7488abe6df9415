"""Every form in which people hold answers, and answers that tell nothing."""

from __future__ import annotations

import json
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from marginline.core.account.account import Account
from marginline.errors import PayloadError
from marginline.venues.assessing import assess
from marginline.venues.reader.files import read_files
from marginline.venues.reader.reading import kinds, read
from tests.venues.bybit import answers as bybit

AT = "2026-01-01T00:00:00Z"
ROW = {
    "symbol": "BTCUSDT", "positionAmt": "0.5", "entryPrice": "50000", "markPrice": "50500",
    "leverage": "10", "marginType": "cross", "isolatedMargin": "0", "isolatedWallet": "0",
    "positionSide": "BOTH", "unRealizedProfit": "250", "liquidationPrice": "0",
    "updateTime": 1767225600000, "adlQuantile": 2,
}  # fmt: skip
BALANCE = {
    "asset": "USDT", "balance": "10000", "crossWalletBalance": "10000", "crossUnPnl": "250",
    "availableBalance": "1", "updateTime": 1767225600000,
}  # fmt: skip
ANSWERS = {"position_risk.json": [ROW], "balance.json": [BALANCE]}


def held(account: Account) -> tuple[str, str]:
    return str(account.positions[0].size), str(account.wallets[0].balance)


def written(folder: Path) -> Path:
    folder.mkdir()
    for name, value in ANSWERS.items():
        (folder / name).write_text(json.dumps(value))
    return folder


def test_a_folder_a_tar_and_a_zip_hold_the_same_answers(tmp_path: Path) -> None:
    folder = written(tmp_path / "answers")
    with tarfile.open(tmp_path / "answers.tar.gz", "w:gz") as tar:
        tar.add(folder, "answers")
    with zipfile.ZipFile(tmp_path / "answers.zip", "w") as archive:
        for path in folder.iterdir():
            archive.write(path, path.name)
    for each in (folder, tmp_path / "answers.tar.gz", tmp_path / "answers.zip"):
        assert held(read_files([each])) == ("0.5", "10000")


def test_what_is_no_archive_and_what_holds_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK but no zip")
    (tmp_path / "empty").mkdir()
    for name in ("x.zip", "empty"):
        with pytest.raises(PayloadError):
            read_files([tmp_path / name])


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(repr([ROW]), id="a list as Python prints it"),
        pytest.param(json.dumps({"id": "1", "status": 200, "result": [ROW]}), id="WebSocket API"),
        pytest.param(
            json.dumps([{"symbol": "BTC/USDT", "contracts": 0.5, "info": ROW}]), id="ccxt"
        ),
    ],
)
def test_what_stands_around_an_answer_is_taken_off(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.txt").write_text(text)
    (tmp_path / "b.json").write_text(json.dumps([BALANCE]))
    assert held(read_files([tmp_path / "a.txt", tmp_path / "b.json"])) == ("0.5", "10000")


def test_a_log_of_a_stream_is_read_line_by_line(tmp_path: Path) -> None:
    wallet = bybit.streamed("wallet", bybit.wallet(bybit.coin()), at=bybit.AT)
    held_now = bybit.streamed("position", bybit.position(), at=bybit.AT + 5)
    lines = [f"2025-11-03T19:45:26Z {json.dumps(each)}" for each in (wallet, held_now)]
    (tmp_path / "stream.log").write_text("\n".join(lines))
    account = read_files([tmp_path / "stream.log"], mode="cross")
    assert held(account) == ("0.5", "10000")


def test_a_kind_may_be_told_or_named_by_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("[]")
    (tmp_path / "binance_position_risk.json").write_text("[]")
    named = read_files([tmp_path / "binance_position_risk.json"], "binance_usdm", as_of=AT)
    told = read_files([tmp_path / "a.json"], "binance_usdm", kind=["position_risk"], as_of=AT)
    one = read_files([tmp_path / "a.json"], "binance_usdm", kind=["a.json=position_risk"], as_of=AT)
    for account in (named, told, one):
        assert "positions" in str(account.extra["known"])
    with pytest.raises(PayloadError, match="--kind KIND, one of: account"):
        read_files([tmp_path / "a.json"], "binance_usdm", as_of=AT)
    with pytest.raises(PayloadError, match="no such kind"):
        read_files([tmp_path / "a.json"], "binance_usdm", kind=["nonsense"], as_of=AT)


def test_the_kind_of_one_line_may_be_told(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text(f"{json.dumps([BALANCE])}\n\n2025-11-03 []\n")
    with pytest.raises(PayloadError, match=r"log\.jsonl:3: .*--kind log\.jsonl:3=KIND") as refused:
        read_files([log], "binance_usdm", as_of=AT)
    assert "position_risk" in str(refused.value)
    for name in ("log.jsonl:3", "log:3", f"{log}:3"):
        account = read_files([log], "binance_usdm", kind=[f"{name}=position_risk"], as_of=AT)
        assert "positions" in str(account.extra["known"])
        assert account.wallets[0].balance == 10000


@pytest.mark.parametrize("said", ["log.jsonl:2=position_risk", "other.json=balance", "log.jsonl="])
def test_a_kind_said_of_nothing_that_was_read_is_refused(tmp_path: Path, said: str) -> None:
    (tmp_path / "log.jsonl").write_text(f"{json.dumps([BALANCE])}\n\n{json.dumps([ROW])}\n")
    assert read_files([tmp_path / "log.jsonl"]).positions
    with pytest.raises(PayloadError, match=r"FILE:LINE"):
        read_files([tmp_path / "log.jsonl"], kind=[said])


@pytest.mark.parametrize(
    ("value", "venue"),
    [
        ({"code": "200000", "data": {"accountEquity": 1}}, "KuCoin"),
        ({"success": True, "code": 0, "data": [{"holdVol": 1, "positionType": 1, "openType": 1}]},
         "MEXC"),
        ({"code": 0, "msg": "", "data": {"account": {"accountBalanceRv": "1"}}}, "Phemex"),
    ],
)  # fmt: skip
def test_a_venue_that_is_not_built_is_named(tmp_path: Path, value: Any, venue: str) -> None:
    (tmp_path / "answer.json").write_text(json.dumps(value))
    with pytest.raises(PayloadError, match=f"of {venue}"):
        read_files([tmp_path / "answer.json"])


@pytest.mark.parametrize("result", [None, {}, "text", {"category": "linear"}, {"list": "x"}])
@pytest.mark.parametrize("kind", ["positions", "wallet_balance"])
def test_an_answer_of_bybit_without_a_list_tells_nothing(kind: str, result: Any) -> None:
    void = {"retCode": 0, "retMsg": "OK", "result": result, "time": bybit.AT}
    found = assess(bybit.account(**{kind: void}))
    assert found.status.value == "unknown"
    assert any(finding.where == kind for finding in found.findings)


@pytest.mark.parametrize("venue", ["binance_usdm", "bybit_unified", "bingx_perpetual", "bitmex"])
def test_an_object_of_another_kind_never_reads_as_an_empty_one(venue: str) -> None:
    for kind in kinds(venue):
        answer: dict[str, Any] = {kind: {"neither": "this", "nor": "that"}}
        with pytest.raises(PayloadError):
            read(venue, as_of=AT, **answer)


def test_two_tier_tables_of_one_symbol_contradict_each_other() -> None:
    def brackets(rate: str) -> dict[str, Any]:
        row = {"bracket": 1, "initialLeverage": 20, "notionalCap": 1000, "notionalFloor": 0,
               "maintMarginRatio": rate, "cum": "0"}  # fmt: skip
        return {"symbol": "BTCUSDT", "brackets": [row]}

    twice = [brackets("0.004"), brackets("0.01")]
    account = read("binance_usdm", as_of=AT, position_risk=[ROW], balance=[BALANCE], brackets=twice)
    found = assess(account)
    assert found.status.value == "unknown"
    assert any(f.where == "tiers: BTCUSDT" for f in found.findings)


@pytest.mark.parametrize(
    ("venue", "answer", "mode"),
    [
        ("bitget_futures", {"code": "00000", "msg": "success", "requestTime": bybit.AT}, "single"),
        ("bingx_perpetual", {"code": 0, "msg": "", "timestamp": bybit.AT}, "single_asset"),
    ],
)
def test_data_null_is_no_empty_list(venue: str, answer: dict[str, Any], mode: str) -> None:
    null = read(venue, mode=mode, as_of=AT, positions=answer | {"data": None})
    none = read(venue, mode=mode, as_of=AT, positions=answer | {"data": []})
    assert "positions" not in str(null.extra["known"])
    assert "positions" in str(none.extra["known"])
    assert assess(null).status.value == "unknown"


@pytest.mark.parametrize("pnls", [["-1", "-2"], [], None])
def test_a_scenario_point_that_tells_less_than_the_others_hides_no_loss(pnls: Any) -> None:
    def unit(last: Any) -> dict[str, Any]:
        points = [{"priceScale": "0.9", "pnls": ["-900", "-1000", "-950"]},
                  {"priceScale": "1.1", "pnls": last}]  # fmt: skip
        ranges = {"totalPnlRanges": {"ALL": {"pnlRanges": points}}}
        contingency = {"contingency": {"contingencyComponents": "62"}}
        return {"baseCoin": "BTC"} | ranges | contingency

    def risk_unit(last: Any) -> Any:
        body = {"assetPnlRange": [unit(last)]}
        answer = {"retCode": 0, "retMsg": "OK", "result": body, "time": bybit.AT}
        account = bybit.account(
            account_info=bybit.info("PORTFOLIO_MARGIN"), portfolio_margin=answer
        )
        return account.parameters.venue["risk_units"]["BTC"]  # type: ignore[index]

    assert "max_loss" in risk_unit(["5", "6", "7"])
    assert "max_loss" not in risk_unit(pnls)

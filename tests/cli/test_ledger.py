"""`marginline attribute` and `marginline ledger`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import run, write
from tests.cli.test_json import misfits
from tests.ledger.test_attribution import BEFORE, LOG, after


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path, Path]:
    log = tmp_path / "log.json"
    log.write_text(json.dumps([
        row | {"at": "2026-09-01T04:00:00Z", "asset": "USDT"} for row in LOG
    ]))  # fmt: skip
    return write(tmp_path, BEFORE, "before.json"), write(tmp_path, after(), "after.json"), log


def test_a_change_is_told_in_a_sentence_a_table_and_bars(files: tuple[Path, Path, Path]) -> None:
    before, later, log = files
    result = run("attribute", before, later, "--log", log, columns=110)
    assert result.exit_code == 0, result.output
    assert "margin balance fell 1,504.00 USDT: the ETHUSDT short took 1,240.00" in result.output
    assert "unexplained" in result.output
    assert "-1,220.00" in result.output


def test_without_the_log_the_cash_is_unexplained_and_the_code_is_1(
    files: tuple[Path, Path, Path],
) -> None:
    before, later, _ = files
    result = run("attribute", before, later)
    assert result.exit_code == 1
    assert "unexplained" in result.output


def test_what_is_not_known_has_code_4(files: tuple[Path, Path, Path], tmp_path: Path) -> None:
    document = after()
    del document["market"]["mark"]["BTCUSDT"]
    result = run("attribute", files[0], write(tmp_path, document, "x.json"), "--log", files[2])
    assert result.exit_code == 4
    assert "cannot be said" in result.output


def test_the_document_sums_and_the_picture_is_written(
    files: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    before, later, log = files
    picture = tmp_path / "why.svg"
    result = run("attribute", before, later, "--log", log, "--json", "--svg", picture)
    document = json.loads(result.output)
    assert misfits(document, "attribution") == []
    assert document["unexplained"] == {"USDT": "0"}
    assert document["pools"][0]["margin_balance"]["change"] == "-1504"
    assert picture.read_text().startswith("<svg")
    again = run("attribute", before, later, "--svg", picture)
    assert again.exit_code == 64
    assert "exists" in again.output


def test_a_hedge_is_named_by_its_keys(files: tuple[Path, Path, Path]) -> None:
    before, later, log = files
    keys = "BTCUSDT/both:ETHUSDT/both@0.5"
    assert (
        "hedge residual"
        in run("attribute", before, later, "--log", log, "--hedge", keys, columns=120).output
    )
    wrong = run("attribute", before, later, "--hedge", "BTCUSDT")
    assert wrong.exit_code == 64


@pytest.mark.parametrize("option", [("--of", "luck"), ("--log", "nowhere.json")])
def test_wrong_use_is_64(files: tuple[Path, Path, Path], option: tuple[str, str]) -> None:
    assert run("attribute", files[0], files[1], *option).exit_code == 64


def test_a_log_says_what_is_in_it(files: tuple[Path, Path, Path]) -> None:
    result = run("ledger", files[2])
    assert result.exit_code == 0
    assert "WHOLE  3 entries, 0 gaps, 0 unknown, no balances to check against" in result.output
    assert "-310.00" in result.output
    document = json.loads(run("ledger", files[2], "--json").output)
    assert misfits(document, "ledger") == []
    assert {"asset": "USDT", "kind": "funding", "amount": "-310"} in document["sums"]


def test_gaps_and_unknown_words_have_code_1(tmp_path: Path) -> None:
    row = {"at": "2026-09-01T00:00:00Z", "asset": "USDT", "kind": "fee"}
    rows = [
        row | {"event": "1", "amount": "-1", "balance": "99"},
        row | {"event": "2", "amount": "-1", "balance": "90", "at": "2026-09-01T01:00:00Z"},
        row | {"event": "3", "amount": "-1", "kind": "lunar", "at": "2026-09-01T02:00:00Z"},
    ]
    path = tmp_path / "log.json"
    path.write_text(json.dumps(rows))
    result = run("ledger", path)
    assert result.exit_code == 1
    assert "gap: -8.00 USDT that no entry explains" in result.output
    assert "unknown: lunar  -1.00 USDT" in result.output

"""`marginline history`: the record on the terminal, as CSV, JSON and Parquet; damage is told."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy", reason="the extra `live` is not installed")

from marginline.store.opening import open_store
from marginline.store.rows import EventRow, GapRow, RollupRow
from tests.cli.running import run
from tests.cli.test_json import misfits
from tests.store.rows import ledger

START = 1_795_000_200_000
NAME = "=main"


def point(number: int, *, known: bool = True) -> RollupRow:
    at = START + number * 300_000
    ratio = Decimal(number + 1) / 200
    return RollupRow(
        account=NAME,
        step=300_000,
        slot=at,
        rank=0 if known else 2,
        weight=float(ratio) if known else -1.0,
        at=at + 1,
        status="healthy" if known else "unknown",
        pool="USDT" if known else None,
        asset="USDT" if known else None,
        ratio=ratio if known else None,
        support=Decimal("1000.123456789012345678") if known else None,
        requirement=Decimal(10 * (number + 1)) if known else None,
        buffer=Decimal("1000.123456789012345678") - 10 * (number + 1) if known else None,
        nearest=Decimal("-0.25") if known else None,
    )


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('kept') / 'history.db'}"
    rows = [point(n, known=n != 40) for n in range(170)]
    with open_store(url) as store:
        store.write(rows).result(20)
        store.write([
            EventRow(account=NAME, run="r", sequence=1, at=START + 5, kind="funding",
                     words="FUNDING_FEE", amount=Decimal("-1.5"), asset="USDT"),
            GapRow(venue="", stream="history", start=START + 7, end=START + 9,
                   healed_at=START + 9, reason="disk full"),
            ledger(1), ledger(2),
        ]).result(20)  # fmt: skip
    return url


def test_the_terminal_shows_the_worst_the_picture_and_what_happened(url: str) -> None:
    shown = run("history", NAME, "--url", url, "--span", "2d")
    assert shown.exit_code == 0, shown.stderr
    text = shown.stdout
    assert "170 moments" in text
    assert "Worst: 85.0" in text
    assert "not known at 1 of 170 moments" in " ".join(text.split())
    assert "█" in text
    assert "?" in text
    assert "FUNDING_FEE" in text
    assert "disk full" in text
    assert len(text.splitlines()) < 45


def test_where_fine_steps_are_no_longer_kept_the_coarser_one_answers(url: str) -> None:
    assert "2 moments\n" in run("history", NAME, "--url", url, "--span", "1s").stdout


def test_what_is_written_as_json_is_exact_and_fits_its_schema(url: str) -> None:
    found = json.loads(run("history", NAME, "--url", url, "--span", "2d", "--json").stdout)
    assert misfits(found, "history") == []
    assert found["points"][0]["support"] == "1000.123456789012345678"
    assert found["points"][40]["ratio"] is None
    assert found["events"][0]["amount"] == "-1.5"
    accounts = json.loads(run("history", "--url", url, "--json").stdout)
    assert misfits(accounts, "history-accounts") == []
    assert [each["account"] for each in accounts["accounts"]] == [NAME]
    checked = json.loads(run("history", "--url", url, "--check", "--json").stdout)
    assert misfits(checked, "history-check") == []
    assert checked["rows"]["ledger"] == 2


def test_csv_is_exact_and_no_name_is_a_formula(url: str) -> None:
    shown = run("history", NAME, "--url", url, "--span", "2d", "--csv", "-")
    rows = list(csv.DictReader(io.StringIO(shown.stdout)))
    assert len(rows) == 170
    assert rows[0]["account"] == "'=main"
    assert rows[0]["support"] == "1000.123456789012345678"
    assert rows[40]["support"] == ""


def test_parquet_holds_floats_and_exact_digits_by_day(url: str, tmp_path: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    whole = tmp_path / "all.parquet"
    words = ("history", NAME, "--url", url, "--span", "2d", "--step", "5m", "--parquet")
    assert run(*words, whole).exit_code == 0
    table = pq.read_table(whole).to_pydict()
    assert table["support_exact"][0] == "1000.123456789012345678"
    assert table["ratio"][0] == 0.005
    assert table["ratio"][40] is None
    assert run(*words, whole).exit_code == 64, "it exists"
    shown = run(*words, tmp_path / "days", "--by-day")
    assert shown.exit_code == 0, shown.stderr
    days = sorted((tmp_path / "days").rglob("*.parquet"))
    assert len(days) == 2
    assert sum(pq.read_table(day).num_rows for day in days) == 170


def test_a_span_that_was_unknown_all_along_has_code_4(tmp_path: Path) -> None:
    """It was 0 as of an account that was known to be well."""
    dark = f"sqlite:///{tmp_path / 'dark.db'}"
    with open_store(dark) as store:
        store.write([point(number, known=number > 3) for number in range(6)]).result(20)
    end = datetime.fromtimestamp((START + 3 * 300_000) / 1000, UTC).isoformat()
    until = f"--until={end}"
    words = ("history", NAME, "--url", dark, "--span", "10m", "--step", "5m", until)
    shown = run(*words)
    assert "not known at any moment" in shown.stdout
    assert shown.exit_code == 4
    for also in (("--json",), ("--csv", "-"), ("--csv", tmp_path / "kept.csv")):
        assert run(*words, *also).exit_code == 4
    longer = run("history", NAME, "--url", dark, "--span", "1h", "--step", "5m")
    assert longer.exit_code == 0, longer.output


def test_errors_name_the_remedy(url: str, tmp_path: Path) -> None:
    other = run("history", "other", "--url", url)
    assert other.exit_code == 64
    assert NAME in other.stderr
    none = run("history", "--url", f"sqlite:///{tmp_path / 'none.db'}")
    assert none.exit_code == 64
    assert "marginline monitor" in none.stderr
    assert not (tmp_path / "none.db").exists(), "reading makes no file"
    assert run("history", NAME, "--url", url, "--span", "soon").exit_code == 64
    assert run("history", NAME, "--url", url, "--step", "2s").exit_code == 64
    assert run("history", NAME, "--url", url, "--by-day").exit_code == 64
    before = run("history", NAME, "--url", url, "--until", "2020-01-01")
    assert before.exit_code == 4
    assert "nothing is kept" in before.stdout


def test_damage_is_told_with_its_place_and_ends_with_74(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    with open_store(f"sqlite:///{path}") as store:
        store.write([point(1), ledger(1), ledger(2)]).result(20)
        store.write([ledger(3)]).result(20)
    words = ("history", "--url", f"sqlite:///{path}", "--check")
    assert run(*words).exit_code == 0
    booked = sqlite3.connect(path.with_name("history-booked.db"))
    booked.execute("DELETE FROM ledger WHERE id = 'f2'")
    booked.commit()
    booked.close()
    found = run(*words)
    assert found.exit_code == 74
    assert "DAMAGED" in found.stdout
    assert "commit 1 had 2 rows and has 1" in found.stdout
    damaged = sqlite3.connect(path)
    damaged.execute("UPDATE rollups SET ratio = '0.5'")
    damaged.commit()
    damaged.close()
    shown = run("history", NAME, "--url", f"sqlite:///{path}")
    assert shown.exit_code == 74
    assert str(path) in shown.stderr
    assert "--check" in shown.stderr


def test_a_store_of_other_tables_is_said(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    sqlite3.connect(path).close()
    path.write_bytes(b"")
    shown = run("history", "--url", f"sqlite:///{path}")
    assert shown.exit_code == 74
    assert "brings an older one up to date" in shown.stderr

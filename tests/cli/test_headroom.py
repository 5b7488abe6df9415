"""`marginline headroom`: the odds as a table and as a document, and wrong use."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from marginline.cli.commands.schema import schema
from tests.cli.running import run, sample, write

jsonschema = pytest.importorskip("jsonschema")


@pytest.fixture
def account(tmp_path: Path) -> Path:
    return write(tmp_path, sample("rich-on-paper"))


@pytest.fixture
def candles(tmp_path: Path) -> Path:
    path = tmp_path / "btc.csv"
    rows = [f"{1788000000 + 3600 * k},{60000 + 900 * math.sin(k)}" for k in range(24 * 9)]
    path.write_text("time,close\n" + "\n".join(rows) + "\n")
    return path


def test_the_table_tells_false_comfort(account: Path, candles: Path) -> None:
    result = run("headroom", account, "--candles", candles, "--paths", 300)
    assert result.exit_code == 0, result.output
    assert "without profit" in result.stdout
    assert "ordinary days from its line" in result.stdout
    assert "300 paths from 9.0 days of prices" in result.stdout


def test_the_document_fits_its_schema(account: Path, candles: Path) -> None:
    given = f"BTCUSDT={candles}"
    result = run(
        "headroom", account, "--candles", given, "--paths", 100, "--within", "2h", "--json"
    )
    document = json.loads(result.stdout)
    jsonschema.validate(document, schema("headroom"))
    (pool,) = document["pools"]
    assert [odds["within_hours"] for odds in pool["odds"]] == ["2"]


def test_too_short_a_past_is_unknown(account: Path, candles: Path) -> None:
    short = candles.with_name("short.csv")
    short.write_text("\n".join(candles.read_text().splitlines()[:49]))
    result = run("headroom", account, "--candles", short)
    assert result.exit_code == 4
    assert "too few" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--candles", "/no/such/file"], "--candles /no/such/file", id="no file"),
        pytest.param(["--within", "soon"], "--within soon", id="no span"),
        pytest.param(["--paths", "0"], "paths", id="no paths"),
    ],
)
def test_wrong_use_is_said(arguments: list[str], said: str, account: Path, candles: Path) -> None:
    given = [] if "--candles" in arguments else ["--candles", str(candles)]
    result = run("headroom", account, *given, *arguments)
    assert result.exit_code == 64
    assert said in result.stderr

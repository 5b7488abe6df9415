"""Tier tables from any known file, what changed between two, and what it does to an account."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from marginline.cli.commands.rules.tier_diff import compare, maintenance_at
from marginline.cli.input.tier_files import read_tiers
from marginline.core.unified import native
from marginline.errors import InputError
from tests.cli.running import run, sample, write

D = Decimal

OURS = [
    {"floor": "0", "cap": "50000", "rate": "0.004", "deduction": "0", "max_leverage": "125"},
    {"floor": "50000", "cap": "600000", "rate": "0.005", "deduction": "50", "max_leverage": "100"},
]
UNIFIED = [
    {"minNotional": 0.0, "maxNotional": 50000.0, "maintenanceMarginRate": 0.004,
     "maxLeverage": 125.0, "info": {"cum": "0.0"}},
    {"minNotional": 50000.0, "maxNotional": 600000.0, "maintenanceMarginRate": 0.005,
     "maxLeverage": 100.0, "info": {"cum": "50.0"}},
]  # fmt: skip
BRACKETS = [
    {"bracket": 1, "notionalFloor": 0, "notionalCap": 50000, "maintMarginRatio": 0.004,
     "initialLeverage": 125, "cum": 0},
    {"bracket": 2, "notionalFloor": 50000, "notionalCap": 600000, "maintMarginRatio": 0.005,
     "initialLeverage": 100, "cum": 50},
]  # fmt: skip


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({"BTCUSDT": OURS}, id="tables by symbol"),
        pytest.param({"BTCUSDT": {"kind": "marginal", "rows": OURS}}, id="tables with a kind"),
        pytest.param({"tiers": {"BTCUSDT": OURS}}, id="under tiers"),
        pytest.param({"parameters": {"tiers": {"BTCUSDT": OURS}}}, id="under parameters.tiers"),
        pytest.param({"BTC/USDT:USDT": UNIFIED}, id="freqtrade"),
        pytest.param(
            [
                {"symbol": "BTC/USDT:USDT", "currency": "USDT", "tier": 1.0, **row}
                for row in UNIFIED
            ],
            id="a market's tiers by ccxt",
        ),
        pytest.param([{"symbol": "BTCUSDT", "brackets": BRACKETS}], id="leverageBracket"),
        pytest.param({"symbol": "BTCUSDT", "brackets": BRACKETS}, id="one leverageBracket"),
    ],
)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_every_known_shape_reads_the_same(document: Any, packed: bool, tmp_path: Path) -> None:
    path = tmp_path / ("tiers.json.gz" if packed else "tiers.json")
    content = json.dumps(document).encode()
    path.write_bytes(gzip.compress(content) if packed else content)
    table = read_tiers(str(path))["BTCUSDT"]
    assert [row.rate for row in table.rows] == [D("0.004"), D("0.005")]
    assert [row.deduction for row in table.rows] == [D(0), D(50)]
    assert [row.max_leverage for row in table.rows] == [D(125), D(100)]
    assert table.rows[-1].cap == D(600000)


def test_an_account_file_gives_its_own_tiers(tmp_path: Path) -> None:
    path = write(tmp_path, sample("strained"))
    assert set(read_tiers(str(path))) == {"XRPUSDT", "SOLUSDT", "ETHUSDT"}


def test_brackets_by_quantity_are_keyed_by_size(tmp_path: Path) -> None:
    rows = [{"qtylFloor": 0, "qtyCap": 50, "maintMarginRatio": 0.004, "initialLeverage": 125}]
    path = tmp_path / "tiers.json"
    path.write_text(json.dumps([{"symbol": "BTCUSD_PERP", "brackets": rows}]))
    assert read_tiers(str(path))["BTCUSD_PERP"].keyed_by == "size"


@pytest.mark.parametrize(
    ("unified", "own"),
    [
        ("BTC/USDT:USDT", "BTCUSDT"),
        ("BTC/USDT:USDT-241227", "BTCUSDT_241227"),
        ("BTC/USD:BTC", "BTCUSD_PERP"),
        ("BTC/USD:BTC-250328", "BTCUSD_250328"),
        ("BTCUSDT", "BTCUSDT"),
    ],
)
def test_symbols_become_the_venues_own(unified: str, own: str) -> None:
    assert native("", unified) == own


@pytest.mark.parametrize(
    ("name", "content", "wrong"),
    [
        pytest.param("t.json", b"", "is empty", id="empty"),
        pytest.param("t.json", b"7", "holds no tiers", id="a number"),
        pytest.param("t.json", b"\xff\xfe", "is not UTF-8", id="not text"),
        pytest.param("t.json.gz", b"not packed", "cannot be read", id="not gzip"),
        pytest.param(
            "t.json", b'[{"symbol": "A"}]', "has no symbol and brackets", id="no brackets"
        ),
        pytest.param(
            "t.json", b'{"A": [{"floor": "5", "rate": "0.1"}]}', "rows start at 0", id="gap"
        ),
        pytest.param("t.json", b'{"A": 5}', "tiers.A", id="no table"),
    ],
)
def test_what_is_no_tier_file_is_refused(
    name: str, content: bytes, wrong: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=wrong):
        read_tiers(str(path))


def tables(tmp_path: Path, **rows: Any) -> Any:
    path = tmp_path / f"{len(list(tmp_path.iterdir()))}.json"
    path.write_text(json.dumps(rows))
    return read_tiers(str(path))


def test_maintenance_is_continuous_from_row_to_row(tmp_path: Path) -> None:
    table = tables(tmp_path, A=OURS)["A"]
    assert maintenance_at(table, D(50000)) == 200
    assert maintenance_at(table, D(80000)) == 350


def test_symbols_come_go_and_change(tmp_path: Path) -> None:
    dearer = [OURS[0] | {"rate": "0.005"}, OURS[1] | {"deduction": "0"}]
    old = tables(tmp_path, A=OURS, B=OURS, C=OURS)
    new = tables(tmp_path, A=OURS, B=dearer, D=OURS)
    found = compare(old, new)
    assert (found.added, found.removed, found.unchanged) == (("D",), ("C",), 1)
    (change,) = found.changed
    assert change.worst() == (D(50000), D("0.25"))
    assert [row.row for row in change.rows] == [1, 2]
    assert compare(old, new, ["A"]).changed == ()


def test_the_command_shows_the_effect_on_an_account(tmp_path: Path) -> None:
    old, new = sample("strained"), sample("strained")
    for row in new["parameters"]["tiers"]["XRPUSDT"]:
        row["rate"] = str(D(row["rate"]) * D("1.2"))
        del row["deduction"]
    files = write(tmp_path, old, "old.json"), write(tmp_path, new, "new.json")
    result = run("rules", "diff", "--tiers", *files, "--account", files[0])
    assert result.exit_code == 3
    shown = " ".join(result.stdout.split())
    assert "0 added, 0 removed, 1 changed, 2 unchanged" in shown
    assert "XRPUSDT 5 100x" not in shown
    assert "WATCH → LIQUIDATION" in shown
    assert "maintenance margin 126,628.03 147,764.03 +21,136.00" in shown
    assert "XRPUSDT long liquidation" in shown


def test_a_symbol_is_shown_row_by_row(tmp_path: Path) -> None:
    old, new = sample("strained"), sample("strained")
    new["parameters"]["tiers"]["XRPUSDT"][0]["max_leverage"] = "50"
    files = write(tmp_path, old, "old.json"), write(tmp_path, new, "new.json")
    result = run("rules", "diff", "--tiers", *files, "--symbol", "XRPUSDT")
    assert result.exit_code == 0
    assert "75x → 50x" in result.stdout
    assert "0.50 %" in result.stdout


def test_two_years_of_real_drift(shared_data: Path) -> None:
    files = [
        shared_data / f"binance_leverage_tiers_{day}.json.gz" for day in ("2024-10", "2026-09")
    ]
    document = json.loads(run("rules", "diff", "--tiers", *files, "--json").stdout)
    assert len(document["added"]) == 566
    assert "BTCUSDT_241227" in document["removed"]
    bitcoin = next(c for c in document["changed"] if c["symbol"] == "BTCUSDT")
    assert bitcoin["max_leverage"] == {"before": "125", "after": "150"}


def test_tiers_from_a_file_stand_in_for_those_an_account_lacks(tmp_path: Path) -> None:
    document = sample("comfortable")
    own = run("health", write(tmp_path, document, "own.json"), "--json").stdout
    tiers = document["parameters"].pop("tiers")
    unified = {
        f"{base}/USDT:USDT": [
            {
                "minNotional": float(row["floor"]),
                "maxNotional": float(row["cap"]) if "cap" in row else None,
                "maintenanceMarginRate": float(row["rate"]),
                "maxLeverage": float(row["max_leverage"]),
                "info": {"cum": row.get("deduction")},
            }
            for row in _rows(tiers[f"{base}USDT"])
        ]
        for base in ("BTC", "ETH")
    }
    file = write(tmp_path, unified, "tiers.json")
    bare = write(tmp_path, document, "bare.json")
    assert run("health", bare).exit_code == 4
    filled = json.loads(run("health", bare, "--tiers", file, "--json").stdout)
    assert filled["status"] == "healthy"
    assert filled["pools"][0]["measures"] == json.loads(own)["pools"][0]["measures"]
    for command in (["liquidation"], ["convert", "-o", "-"], ["reconcile"]):
        name, *more = command
        assert "tiers" not in run(name, bare, *more, "--tiers", file).stderr


def test_tiers_that_contradict_the_accounts_own_are_told(tmp_path: Path) -> None:
    document = sample("comfortable")
    other = [dict(row, rate="0.2") for row in _rows(document["parameters"]["tiers"]["BTCUSDT"])]
    for row in other:
        row.pop("deduction", None)
        row.pop("max_leverage", None)
    file = write(tmp_path, {"BTCUSDT": other}, "tiers.json")
    result = run("health", write(tmp_path, document), "--tiers", file)
    assert "those of --tiers differ" in result.stdout
    assert result.exit_code == 4


def _rows(table: Any) -> list[Any]:
    return list(table["rows"] if isinstance(table, dict) else table)

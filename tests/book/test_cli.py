"""`marginline book …`, in this process, before and after it is mounted in the program."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("numba", reason="the extra `book` is not installed")

from marginline.cli.commands.book import commands as book_commands
from marginline.cli.commands.book import stress as stressing
from marginline.cli.commands.book import watch as watching
from marginline.cli.commands.book.shocks import shock_of
from marginline.cli.commands.book.source import Source
from marginline.cli.exits import Exit, UsageProblem
from marginline.core.findings import Status


def crowd(accounts: str, instruments: str, seed: str) -> Source:
    return Source([], None, accounts, instruments, seed, None)


CROWD = crowd("600", "10", "1")


def test_sweep_writes_counts_and_the_worst(capsys: pytest.CaptureFixture[str]) -> None:
    code = book_commands.sweep(CROWD, None, "3", as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert found["accounts"] == 600
    assert sum(found["status"].values()) == 600
    assert len(found["worst"]) == 3
    gravity = [Status(row["status"]).rank for row in found["worst"]]
    assert gravity == sorted(gravity, reverse=True)
    assert gravity[0] == max(Status(s).rank for s, many in found["status"].items() if many)
    assert (code is Exit.LIQUIDATION) == (found["status"]["liquidation"] > 0)


def test_watch_agrees_with_sweeps(capsys: pytest.CaptureFixture[str]) -> None:
    watching.watch(CROWD, "20", "0.5%", check=True, as_json=True)
    assert json.loads(capsys.readouterr().out)["differs_from_sweep"] == 0


def test_a_crowd_is_written_and_read_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("narwhals")
    pytest.importorskip("pyarrow")
    out = tmp_path / "crowd.parquet"
    book_commands.generate(str(out), crowd("300", "10", "2"))
    capsys.readouterr()
    again = Source([str(out)], None, "1", "1", "1", None)
    book_commands.sweep(again, None, "1", as_json=True)
    assert json.loads(capsys.readouterr().out)["accounts"] == 300


def test_what_is_no_number_is_wrong_use() -> None:
    with pytest.raises(UsageProblem, match="whole number"):
        book_commands.sweep(CROWD, None, "many", as_json=True)


def test_what_stands_in_the_way_is_wrong_use(tmp_path: Path) -> None:
    book_commands.generate(str(tmp_path / "crowd.parquet"), crowd("50", "5", "1"))
    there = str(tmp_path / "crowd.parquet")
    broken = tmp_path / "broken.parquet"
    broken.write_text("no parquet")
    terms = str(tmp_path / "crowd.terms.json")

    def swept(file: str, out: str | None = None, collateral: str | None = None) -> None:
        source = Source([file], terms, "1", "1", "1", None, collateral)
        book_commands.sweep(source, out, "1", as_json=True)

    with pytest.raises(UsageProblem, match="no file"):
        swept(str(tmp_path / "nope.parquet"))
    with pytest.raises(UsageProblem, match="no file"):
        swept(there, collateral=str(tmp_path / "nope.parquet"))
    with pytest.raises(UsageProblem, match="cannot be read"):
        swept(str(broken))
    with pytest.raises(UsageProblem, match="cannot be written"):
        swept(there, out=str(tmp_path / "no" / "folder.parquet"))
    with pytest.raises(UsageProblem, match=r"ends in \.parquet"):
        book_commands.generate(str(tmp_path / "crowd.csv"), crowd("50", "5", "1"))


def test_options_that_contradict_themselves_are_wrong_use() -> None:
    twice = ["crash:*=-30%", "crash:*=-20%"]
    with pytest.raises(UsageProblem, match="given twice"):
        stressing.stress(CROWD, twice, None, "10%", None, rate=[], as_json=True)
    with pytest.raises(UsageProblem, match="give a share from"):
        watching.watch(CROWD, "2", "-1%", check=False, as_json=True)


def test_what_is_not_known_is_null_in_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    book_commands.generate(str(tmp_path / "crowd.parquet"), crowd("50", "5", "1"))
    capsys.readouterr()
    rows = {"account": ["a"], "cash": [None], "instrument": ["C0000USDT"], "size": [1.0]}
    table = pa.table(rows | {"entry_price": [60_000.0]})
    pq.write_table(
        table.set_column(1, "cash", pa.array([None], pa.float64())), tmp_path / "a.parquet"
    )
    source = Source(
        [str(tmp_path / "a.parquet")], str(tmp_path / "crowd.terms.json"), "1", "1", "1"
    )
    book_commands.sweep(source, None, "1", as_json=True)
    assert json.loads(capsys.readouterr().out)["worst"][0]["equity"] is None


def test_stress_adds_up_several_assets_by_rates(capsys: pytest.CaptureFixture[str]) -> None:
    stressing.stress(CROWD, ["crash:*=-30%"], None, "10%", None, rate=["USDT=2"], as_json=True)
    twice = json.loads(capsys.readouterr().out)["scenarios"][0]
    stressing.stress(CROWD, ["crash:*=-30%"], None, "10%", None, rate=[], as_json=True)
    once = json.loads(capsys.readouterr().out)["scenarios"][0]
    assert twice["shortfall"] == pytest.approx(2 * once["shortfall"])
    with pytest.raises(UsageProblem, match="ASSET=PRICE"):
        stressing.stress(CROWD, [], None, "10%", None, rate=["USDT"], as_json=True)


@pytest.mark.parametrize(
    ("text", "name", "moves"),
    [
        ("crash:*=-30%,BTCUSDT=-20%", "crash", {"*": -0.3, "BTCUSDT": -0.2}),
        ("all:-30%", "shock 1", {"*": -0.3}),
        ("BTCUSDT:-20%,ETHUSDT:-0.1", "shock 1", {"BTCUSDT": -0.2, "ETHUSDT": -0.1}),
        ("coin=BTC:-10%", "shock 1", {"coin=BTC": -0.1}),
        ("parted:contract=BTCUSDT:-10%,coin=BTC=5%", "parted",
         {"contract=BTCUSDT": -0.1, "coin=BTC": 0.05}),
    ],
)  # fmt: skip
def test_a_shock_is_read_as_what_if_reads_it(text: str, name: str, moves: dict[str, float]) -> None:
    assert shock_of(1, text) == (name, moves)


@pytest.mark.parametrize("text", ["BTCUSDT", "crash:", "a=b=c", "coin=BTC"])
def test_what_is_no_shock_is_wrong_use(text: str) -> None:
    with pytest.raises(UsageProblem, match="--shock"):
        shock_of(1, text)

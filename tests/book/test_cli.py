"""`marginline book …`, in this process, before and after it is mounted in the program."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("numba", reason="the extra `book` is not installed")

from marginline.cli import book_commands
from marginline.cli.book_source import Source
from marginline.cli.exits import Exit, UsageProblem

CROWD = Source([], None, "600", "10", "1", None)


def test_sweep_writes_counts_and_the_worst(capsys: pytest.CaptureFixture[str]) -> None:
    code = book_commands.sweep(CROWD, None, "3", as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert found["accounts"] == 600
    assert sum(found["status"].values()) == 600
    assert len(found["worst"]) == 3
    assert (code is Exit.LIQUIDATION) == (found["status"]["liquidation"] > 0)


def test_watch_agrees_with_sweeps(capsys: pytest.CaptureFixture[str]) -> None:
    book_commands.watch(CROWD, "20", "0.5%", check=True, as_json=True)
    assert json.loads(capsys.readouterr().out)["differs_from_sweep"] == 0


def test_a_crowd_is_written_and_read_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("narwhals")
    pytest.importorskip("pyarrow")
    out = tmp_path / "crowd.parquet"
    book_commands.generate(str(out), "300", "10", "2")
    capsys.readouterr()
    again = Source([str(out)], None, "1", "1", "1", None)
    book_commands.sweep(again, None, "1", as_json=True)
    assert json.loads(capsys.readouterr().out)["accounts"] == 300


def test_what_is_no_number_is_wrong_use() -> None:
    with pytest.raises(UsageProblem, match="whole number"):
        book_commands.sweep(CROWD, None, "many", as_json=True)

"""Exit codes: what a script learns without reading a line."""

from __future__ import annotations

from pathlib import Path

import pytest

from marginline.cli.exits import Exit
from tests.cli.running import Document, liquidated, process, run, sample, unknown, write


@pytest.mark.parametrize(
    ("document", "code"),
    [
        pytest.param(sample("comfortable"), 0, id="healthy"),
        pytest.param(sample("strained"), 1, id="watch"),
        pytest.param(sample("hedged-but-called"), 2, id="margin call"),
        pytest.param(liquidated(), 3, id="liquidation"),
        pytest.param(unknown(), 4, id="unknown"),
    ],
)
def test_health_exits_with_the_status(document: Document, code: int, tmp_path: Path) -> None:
    assert run("health", write(tmp_path, document)).exit_code == code


def test_the_gravest_of_several_accounts_decides(tmp_path: Path) -> None:
    files = [
        write(tmp_path, sample("comfortable"), "a.json"),
        write(tmp_path, liquidated(), "b.json"),
        write(tmp_path, unknown(), "c.json"),
    ]
    assert run("health", *files).exit_code == Exit.LIQUIDATION


def test_unknown_outranks_watch(tmp_path: Path) -> None:
    files = [write(tmp_path, sample("strained"), "a.json"), write(tmp_path, unknown(), "b.json")]
    assert run("health", *files).exit_code == Exit.UNKNOWN


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param((), id="no command"),
        pytest.param(("helth",), id="unknown command"),
        pytest.param(("health",), id="no file"),
        pytest.param(("health", "--wrong", "x.json"), id="unknown option"),
        pytest.param(("health", "/no/such/file.json"), id="no such file"),
        pytest.param(("rules",), id="no command below rules"),
        pytest.param(("rules", "show", "nowhere"), id="unknown venue"),
        pytest.param(("rules", "show", "binance_usdm", "--at", "soon"), id="no date"),
        pytest.param(("rules", "diff", "binance_usdm"), id="no days"),
        pytest.param(("schema", "nothing"), id="no such schema"),
        pytest.param(("demo", "happy-end"), id="no such story"),
    ],
)
def test_wrong_use_exits_with_64(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == Exit.USAGE
    assert result.stderr
    assert not result.stdout


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("rules", "--help")])
def test_asking_for_help_is_no_wrong_use(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 0
    assert result.stdout
    assert not result.stderr


def test_one_unreadable_file_does_not_stop_the_others(tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('{"schema": "marginline/account/1", "venue": "nowhere"}')
    good = write(tmp_path, sample("comfortable"))
    result = run("health", bad, good)
    assert result.exit_code == Exit.USAGE
    assert "comfortable" in result.stdout
    assert f"marginline: {bad}: venue: is none of the choices (found nowhere)" in result.stderr


def test_an_account_that_contradicts_its_venue_names_the_file(tmp_path: Path) -> None:
    document = sample("coins-as-collateral")
    document["positions"][0] |= {"margin_mode": "isolated", "isolated_margin": "1"}
    path = write(tmp_path, document)
    result = run("health", path)
    assert result.exit_code == Exit.USAGE
    assert f"marginline: {path}: positions[0].margin_mode:" in result.stderr


def test_the_process_exits_with_the_same_code(tmp_path: Path) -> None:
    result = process("health", write(tmp_path, liquidated()))
    assert result.returncode == Exit.LIQUIDATION
    assert "LIQUIDATION" in result.stdout
    assert not result.stderr


def test_a_fault_of_ours_is_told_from_a_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a fault")

    monkeypatch.setattr("marginline.cli.input.judging.assess", broken)
    result = run("health", write(tmp_path, sample("comfortable")))
    assert result.exit_code == Exit.FAULT
    assert "fault of marginline" in result.stderr

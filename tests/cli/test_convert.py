"""`marginline convert`, `schema`, completion, and payload files in place of account files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from marginline.core.account.file import load
from tests.cli.running import process, run, sample, write


def test_json_to_toml_and_back_is_the_same_account(tmp_path: Path) -> None:
    path = write(tmp_path, sample("strained"))
    as_toml, again = tmp_path / "a.toml", tmp_path / "b.json"
    assert run("convert", path, "-o", as_toml).exit_code == 0
    assert run("convert", as_toml, "--output", again).exit_code == 0
    assert load(path) == load(as_toml) == load(again)
    assert not list(tmp_path.glob("*.part"))


def test_a_dash_writes_to_stdout(tmp_path: Path) -> None:
    result = run("convert", write(tmp_path, sample("strained")), "-o", "-")
    assert json.loads(result.stdout)["name"] == "strained"


def test_a_file_that_exists_is_kept_unless_told_otherwise(tmp_path: Path) -> None:
    path, out = write(tmp_path, sample("strained")), tmp_path / "out.json"
    out.write_text("precious")
    result = run("convert", path, "-o", out)
    assert result.exit_code == 64
    assert "exists; --force replaces it" in result.stderr
    assert out.read_text() == "precious"
    assert run("convert", path, "-o", out, "--force").exit_code == 0
    assert load(out) == load(path)


@pytest.mark.parametrize("out", ["out.xml", "out", "no/such/folder/out.json"])
def test_an_output_that_cannot_be_is_wrong_use(out: str, tmp_path: Path) -> None:
    result = run("convert", write(tmp_path, sample("strained")), "-o", tmp_path / out)
    assert result.exit_code == 64


def test_two_account_files_do_not_make_one_account(tmp_path: Path) -> None:
    path = write(tmp_path, sample("strained"))
    result = run("convert", path, path, "-o", "-")
    assert result.exit_code == 64
    assert "one account is needed, 2 are given" in result.stderr


def test_raw_answers_are_recognised_assessed_and_converted(
    shared_data: Path, tmp_path: Path
) -> None:
    folder = shared_data / "payloads" / "adapter-samples"
    answer = folder / "binance__futures__http_json__account_info_v2.json"
    assert "Binance USDS-M futures" in run("health", answer).stdout
    out = tmp_path / "account.json"
    assert run("convert", answer, "-o", out, "--venue", "binance_usdm").exit_code == 0
    assert load(out).venue == "binance_usdm"
    result = run("reconcile", answer)
    assert result.exit_code == 0
    assert "AGREES" in result.stdout


def test_reconcile_names_the_first_figure_that_differs(tmp_path: Path) -> None:
    document = sample("one-move-away")
    document["reported"] = {"pools": {"USDT": {"wallet_balance": "717.4", "initial_margin": "9"}}}
    result = run("reconcile", write(tmp_path, document))
    assert result.exit_code == 1
    assert "DIFFERS  1 agree, 1 differ" in result.stdout
    assert "first: USDT" in result.stdout
    assert "565.82528" in result.stdout


def test_reconcile_of_nothing_is_no_agreement(tmp_path: Path) -> None:
    result = run("reconcile", write(tmp_path, sample("one-move-away")))
    assert result.exit_code == 4
    assert "NOTHING TO COMPARE" in result.stdout


def test_the_schemas_are_listed() -> None:
    assert "assessment\n" in run("schema").stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_there(shell: str) -> None:
    result = process("x", _MARGINLINE_COMPLETE=f"source_{shell}")
    assert result.returncode == 0, result.stderr
    assert "_MARGINLINE_COMPLETE" in result.stdout


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("marginline hea", "health"),
        ("marginline rules s", "show"),
        ("marginline health --ve", "--venue"),
    ],
)
def test_commands_and_options_complete(words: str, completed: str) -> None:
    result = process(
        _MARGINLINE_COMPLETE="complete_bash",
        COMP_WORDS=words,
        COMP_CWORD=str(len(words.split()) - 1),
    )
    assert completed in result.stdout.split()

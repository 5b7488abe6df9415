"""What comes from a file is data: never markup, never a control sequence; output never breaks."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.cli.running import PROGRAM, Document, process, run, sample, write

MARKUP = "[bold red]x[/bold red] :smile: [link=http://e]y[/link]"
CONTROL = "BTC\x1b[31m\x07\u202eUSDT"
COMMANDS = (
    ("health", "{}"),
    ("health", "{}", "--all", "--venue-words"),
    ("liquidation", "{}"),
    ("whatif", "{}", "--shock", "all:-1%"),
    ("reduce", "{}", "0.3"),
    ("reconcile", "{}"),
    ("explain", "{}", "USDT", "margin_ratio"),
    ("explain", "{}", "nowhere", "margin_ratio"),
)


def hostile(text: str) -> Document:
    document = sample("strained")
    document["name"] = text.replace("\x1b", "").replace("\x07", "").replace("\u202e", "")
    symbol = "XRPUSDT"
    document["positions"][0]["instrument"] = text
    for part in ("mark", "index", "funding"):
        document["market"][part][text] = document["market"][part].pop(symbol)
    document["instruments"][text] = document["instruments"].pop(symbol)
    document["parameters"]["tiers"][text] = document["parameters"]["tiers"].pop(symbol)
    return document


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_markup_in_a_file_is_printed_as_it_is(command: tuple[str, ...], tmp_path: Path) -> None:
    path = write(tmp_path, hostile(MARKUP))
    result = run(*(part.format(path) for part in command), columns=400)
    assert result.exit_code in (0, 1, 3, 4, 64)
    assert MARKUP in result.output or "[bold red]" in result.output or command[0] == "reconcile"
    assert "\x1b" not in result.output


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_control_characters_never_reach_the_terminal(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    document = hostile(MARKUP)
    document["positions"][0]["id"] = "1"
    text = (
        write(tmp_path, document).read_text("utf-8").replace("smile", "\\u001b[31m\\u0007\\u202e")
    )
    path = tmp_path / "control.json"
    path.write_text(text, encoding="utf-8")
    result = run(*(part.format(path) for part in command), columns=400)
    assert result.exit_code in (0, 1, 3, 4, 64)
    for character in "\x1b\x07\u202e":
        assert character not in result.output


def test_control_characters_in_arguments_are_escaped() -> None:
    result = run("health", f"{CONTROL}.json")
    assert result.exit_code == 64
    assert "\x1b" not in result.stderr
    assert "\\x1b" in result.stderr


def test_an_output_without_unicode_gets_plain_letters(tmp_path: Path) -> None:
    document = sample("strained") | {"name": "Müller 株"}
    result = process("health", write(tmp_path, document), PYTHONIOENCODING="ascii")
    assert result.returncode == 1, result.stderr
    assert "M\\xfcller \\u682a" in result.stdout
    assert "[#################---]" in result.stdout
    assert result.stdout.isascii()


def test_a_pipe_that_closes_is_no_error(tmp_path: Path) -> None:
    path = write(tmp_path, sample("strained"))
    with subprocess.Popen(
        [*PROGRAM, "health", *[str(path)] * 200],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.readline()
        program.stdout.close()
        assert program.stderr.read() == b""
        assert program.wait(60) == 141


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        pytest.param("", "is empty", id="empty"),
        pytest.param("{", "is not JSON", id="broken"),
        pytest.param("[" * 100_000, "nested too deep", id="deep"),
        pytest.param('{"schema": "marginline/account/1"}', "venue: is missing", id="incomplete"),
        pytest.param('{"schema": "marginline/account/2"}', "schema: ", id="another schema"),
    ],
)
def test_a_bad_file_is_one_line_and_no_traceback(content: str, wrong: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    path.write_text(content)
    result = run("health", path)
    assert result.exit_code == 64
    assert wrong in result.stderr
    assert "Traceback" not in result.stderr
    assert all(line.startswith(f"marginline: {path}: ") for line in result.stderr.splitlines())


def test_a_folder_without_answers_is_no_account(tmp_path: Path) -> None:
    result = run("health", tmp_path)
    assert result.exit_code == 64
    assert "holds no answers" in result.stderr

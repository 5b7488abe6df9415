"""Every example in the documentation runs, and says what the page says it says.

A `python` block runs in the folder of docs/examples; the blocks of one page share their names.
A `text` block right after one is what it printed. A `console` block is a transcript: every command
in it runs, and every line shown must be in its output, in that order; a line `…` stands for any.
The first command of a page runs in a shell; the others in this process, where they are plain words.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli import running

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "examples"
BLOCK = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NOT_PLAIN = re.compile(r"[^\w\s./:@=%,+-]")  # a shell might make something else of it
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SHOWN = [
    page for page in PAGES if re.search(r"^```(python|console)", page.read_text(), re.MULTILINE)
]


@pytest.mark.parametrize("page", SHOWN, ids=lambda page: str(page.relative_to(ROOT)))
def test_examples_run(
    page: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.chdir(EXAMPLES)
    if "ccxt" in page.read_text():
        request.getfixturevalue("on_loopback")
    names: dict[str, object] = {"__name__": "__example__"}
    printed = ""
    in_shell = True
    for language, text in BLOCK.findall(page.read_text()):
        if language == "python":
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(compile(text, str(page), "exec"), names)  # the page is ours
            printed = out.getvalue()
        elif language == "text" and printed:
            assert printed.strip() == text.strip()
            printed = ""
        elif language == "console":
            _run_transcript(text, in_shell=in_shell)
            in_shell = False


def _run_transcript(text: str, *, in_shell: bool) -> None:
    commands = [part for part in re.split(r"^\$ ", text, flags=re.MULTILINE) if part.strip()]
    for part in commands:
        command, _, shown = part.partition("\n")
        if not command.startswith("marginline"):
            continue
        run = _in_shell if in_shell or NOT_PLAIN.search(command) else _in_this_process
        in_shell = False
        _assert_shown(shown, run(command), command)


def _in_shell(command: str) -> str:
    tool = Path(sys.executable).with_name("marginline")
    result = subprocess.run(
        f"{tool}{command.removeprefix('marginline')}",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"COLUMNS": "100", "NO_COLOR": "1"},
    )
    assert result.returncode not in (64, 70), result.stderr
    return result.stdout + result.stderr


def _in_this_process(command: str) -> str:
    result = running.run(*shlex.split(command)[1:], columns=100)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code not in (64, 70), result.stderr
    return result.stdout + result.stderr


def _assert_shown(shown: str, output: str, command: str) -> None:
    lines = iter([_plain(line) for line in output.splitlines()])
    for wanted in (_plain(line) for line in shown.splitlines()):
        if wanted in ("", "…"):
            continue
        assert any(wanted == line for line in lines), f"{command}: not in the output: {wanted!r}"


def _plain(line: str) -> str:
    return " ".join(line.split())

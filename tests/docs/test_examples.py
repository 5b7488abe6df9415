"""Every example in the documentation runs, and says what the page says it says.

A `python` block runs in the folder of docs/examples; the blocks of one page share their names.
A `text` block right after one is what it printed. A `console` block is a transcript: every command
in it runs, and every line shown must be in its output, in that order; a line `…` stands for any.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "examples"
BLOCK = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SHOWN = [
    page for page in PAGES if re.search(r"^```(python|console)", page.read_text(), re.MULTILINE)
]


@pytest.mark.parametrize("page", SHOWN, ids=lambda page: str(page.relative_to(ROOT)))
def test_examples_run(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(EXAMPLES)
    names: dict[str, object] = {"__name__": "__example__"}
    printed = ""
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
            _run_transcript(text)


def _run_transcript(text: str) -> None:
    commands = [part for part in re.split(r"^\$ ", text, flags=re.MULTILINE) if part.strip()]
    for part in commands:
        command, _, shown = part.partition("\n")
        if not command.startswith("marginline"):
            continue
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
        _assert_shown(shown, result.stdout + result.stderr, command)


def _assert_shown(shown: str, output: str, command: str) -> None:
    lines = iter([_plain(line) for line in output.splitlines()])
    for wanted in (_plain(line) for line in shown.splitlines()):
        if wanted in ("", "…"):
            continue
        assert any(wanted == line for line in lines), f"{command}: not in the output: {wanted!r}"


def _plain(line: str) -> str:
    return " ".join(line.split())

"""Completion in a real shell: bash asks the program, and offers what it answers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BASH = shutil.which("bash")
needs_bash = pytest.mark.skipif(BASH is None, reason="bash is not installed")

# What an interactive bash does when Tab is pressed: call the function that `complete` has set.
_TAB = """
source "$1"
shift
COMP_WORDS=(marginline "$@")
COMP_CWORD=$#
COMP_LINE="${COMP_WORDS[*]}"
COMP_POINT=${#COMP_LINE}
_marginline_completion marginline
printf '%s\\n' "${COMPREPLY[@]}"
complete -p marginline >&2
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `marginline`, and the script that it prints for bash."""
    folder = tmp_path_factory.mktemp("bin")
    tool = folder / "marginline"
    tool.write_text(f'#!/bin/sh\nexec {sys.executable} -m marginline "$@"\n', encoding="utf-8")
    tool.chmod(0o755)
    # What `--show-completion` prints where the parent is a bash, whatever shell runs the tests.
    asked = os.environ | {"_MARGINLINE_COMPLETE": "source_bash"}
    shown = subprocess.run(
        [tool], capture_output=True, text=True, check=True, timeout=60, env=asked
    )
    (folder / "completion.bash").write_text(shown.stdout, encoding="utf-8")
    return folder


def tab(program: Path, *words: str) -> tuple[list[str], str]:
    """What bash offers for the last word, and what it falls back to."""
    assert BASH is not None
    result = subprocess.run(
        [BASH, "--norc", "--noprofile", "-c", _TAB, "bash", program / "completion.bash", *words],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env=os.environ | {"PATH": f"{program}:{os.environ['PATH']}"},
    )
    assert "Traceback" not in result.stderr
    return result.stdout.split(), result.stderr


@needs_bash
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["hea"], ["headroom", "health"]),
        (["book", "s"], ["stress", "sweep"]),
        (["rules", "a"], ["answers"]),
        (["health", "--ven"], ["--venue", "--venue-words"]),
        (["book", "stress", "--l"], ["--list"]),
        (["health", "--venue", "binance_u"], ["binance_usdm"]),
        (["health", "--venue", "binance_usdm", "--kind", "position_r"], ["position_risk"]),
        (["health", "--venue", "bybit_unified", "--mode", "p"], ["portfolio"]),
        (["explain", "a.json", "USDT", "maintenance_m"], ["maintenance_margin"]),
        (["schema", "book-m"], ["book-map"]),
        (["size", "a.json", "BTCUSDT", "b"], ["buy"]),
        (["rules", "show", "textb"], ["textbook"]),
        (["demo", "--print", "strai"], ["strained"]),
    ],
)
def test_tab_offers_commands_options_and_choices(
    words: list[str], offered: list[str], program: Path
) -> None:
    assert sorted(tab(program, *words)[0]) == offered


@needs_bash
@pytest.mark.parametrize("words", [["health", "acc"], ["health", "--tiers", "br"]])
def test_where_nothing_is_offered_bash_offers_files(words: list[str], program: Path) -> None:
    offered, setting = tab(program, *words)
    assert offered == []
    assert "-o default" in setting

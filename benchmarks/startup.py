"""Whole processes: how long a user waits for `marginline --help` and for `health` on one file."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.exact import account
from benchmarks.measuring import Row, median_seconds
from marginline.core.account.file import dump_json


def rows() -> list[Row]:
    """Start-up of the two commands, against an empty Python process."""
    command = str(Path(sys.executable).with_name("marginline"))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "account.json"
        file.write_text(dump_json(account(3)))
        empty = _seconds([sys.executable, "-c", "pass"])
        helped = _seconds([command, "--help"])
        health = _seconds([command, "health", str(file)])
    yardstick = "python -c pass"
    return [
        Row("marginline --help, whole process", helped, "s", yardstick, empty, bar="0.3 s"),
        Row("marginline health FILE, whole process", health, "s", yardstick, empty, bar="0.6 s"),
    ]


def _seconds(command: list[str]) -> float:
    """With bytecode, as an installed package has it; the run that writes it is not counted."""
    kept = {n: v for n, v in os.environ.items() if n != "PYTHONDONTWRITEBYTECODE"}

    def run() -> None:
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, env=kept)

    return median_seconds(run, repeats=9, least=0.0001)

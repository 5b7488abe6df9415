"""Running the program: in this process, or as a process of its own; and accounts to run it on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

import typer
from typer import testing
from typer.testing import CliRunner, Result

from marginline.cli.app import app
from marginline.cli.commands.stories import text_of

# Any: a document of whatever depth, which tests spoil on purpose.
Document = dict[str, Any]
RUNNER = CliRunner()
# Built once, as a process builds it once: typer's runner would build every command for every call.
COMMANDS = typer.main.get_command(app)
PROGRAM = (sys.executable, "-c", "from marginline.cli import main; main()")


def run(*arguments: object, columns: int = 80, stdin: str | None = None) -> Result:
    """The program run in this process at a width, as if its output were piped."""
    environment = {"COLUMNS": str(columns), "NO_COLOR": None, "FORCE_COLOR": None}
    words = [str(each) for each in arguments]
    with patch.object(testing, "_get_command", lambda _: COMMANDS):
        return RUNNER.invoke(app, words, input=stdin, env=environment)


def process(
    *arguments: object, stdin: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """The program as a process of its own."""
    return subprocess.run(
        [*PROGRAM, *(str(each) for each in arguments)],
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=60,
        env=os.environ | {"COLUMNS": "80", "PYTHONIOENCODING": "utf-8"} | environment,
    )


def sample(name: str) -> Document:
    """One of the demonstration's accounts, to be changed and written."""
    found: Document = json.loads(text_of(name))
    return found


def write(folder: Path, document: Document, name: str = "account.json") -> Path:
    """A document as a file."""
    path = folder / name
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def liquidated() -> Document:
    """An account whose requirement has met its support."""
    document = sample("one-move-away")
    document["wallets"][0]["balance"] = "650"
    return document


def unknown() -> Document:
    """An account that cannot be assessed: a mark is missing."""
    document = sample("one-move-away")
    del document["market"]["mark"]["BTCUSDT"]
    return document

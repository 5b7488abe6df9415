"""The tree itself: no host or path of a machine in any file, and files that fit a head."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "marginline"

# Written in pieces, so that this file does not match itself.
REGISTRIES = (r"pypi" + r"\.org", "files.python" + "hosted", r"registry\." + r"npmjs")
MACHINE_PATHS = (r"(?<![\w.])/wo" + "rk/", r"(?<![\w.])/ro" + "ot/", r"(?<![\w.])/home" + r"/\w")
PRIVATE = re.compile("|".join((*REGISTRIES, *MACHINE_PATHS)))

LINES_MAX = 450
# Longer files, each with the reason why it is better whole. A file that has become short leaves.
VIOLATIONS: dict[str, str] = {}


def test_no_file_names_a_registry_or_a_path_of_a_machine() -> None:
    hits = []
    for path in tree():
        for number, line in enumerate(text(path).splitlines(), start=1):
            if PRIVATE.search(line):
                hits.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert not hits, "\n".join(hits)


def test_source_files_fit_a_head() -> None:
    long = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if len(text(path).splitlines()) > LINES_MAX
    }
    assert long == set(VIOLATIONS), f"over {LINES_MAX} lines: split, or say why in VIOLATIONS"


FILES_MAX = 12
# Fuller folders, each with the reason why it is better whole. A folder that has thinned out leaves.
FULL: dict[str, str] = {"formulas": "one family of arithmetic a file, found by its name"}


def test_folders_can_be_seen_at_once() -> None:
    full = {
        str(folder.relative_to(PACKAGE))
        for folder in (PACKAGE, *PACKAGE.rglob("*/"))
        if sum(path.name != "__init__.py" for path in folder.glob("*.py")) > FILES_MAX
    }
    assert full == set(FULL), f"over {FILES_MAX} files: make rooms, or say why in FULL"


def test_digits_are_ascii() -> None:
    """Python's own tests and patterns take the digits of every script; `is_digits`, `[0-9]` not."""
    every_script = re.compile(r"\.is(digit|decimal|numeric)\(|\\d")
    home = PACKAGE / "core/numbers.py"
    found = [
        f"{path.relative_to(PACKAGE)}:{number}"
        for path in PACKAGE.rglob("*.py")
        for number, line in enumerate(text(path).splitlines(), start=1)
        if every_script.search(line) and path != home
    ]
    assert not found, found


def tree() -> list[Path]:
    """Every file that is tracked or would be on the next `git add`."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git work tree, so there is no list of tracked files")
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


def text(path: Path) -> str:
    """The file's text; what is binary reads as text with holes, which is enough for a search."""
    return path.read_text(encoding="utf-8", errors="replace")

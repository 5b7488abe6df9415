"""Who may import whom: the contracts in pyproject.toml, and the two rules they cannot express."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "marginline"

# The rooms below `feeds`: the same input at the same stated moment gives the same answer.
PURE_ROOMS = ("errors", "formulas", "core", "venues", "ledger", "store", "book", "risk")
IMPURE_MODULES = {"asyncio", "http", "socket", "ssl", "time", "urllib"}
IMPURE_CALLS = {"datetime.now", "datetime.utcnow", "date.today", "os.environ", "os.getenv"}


def test_rooms_import_downwards_only() -> None:
    if importlib.util.find_spec("importlinter") is None:
        pytest.skip("import-linter is not installed; `make check` installs it and runs the same")
    linter = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run(
        [linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    report = result.stdout.partition("Contracts\n")[2]  # without the banner
    assert result.returncode == 0, report + result.stderr


def test_only_the_book_imports_numba() -> None:
    offenders = [
        place
        for path in sources()
        if path.relative_to(PACKAGE).parts[0] != "book"
        for place, module in imports(path)
        if module.partition(".")[0] == "numba"
    ]
    assert not offenders


def test_rooms_below_the_feeds_read_no_clock_socket_or_environment() -> None:
    offenders = []
    for path in sources():
        if path.relative_to(PACKAGE).parts[0].removesuffix(".py") not in PURE_ROOMS:
            continue
        offenders += [
            f"{place} imports {module}"
            for place, module in imports(path)
            if module.partition(".")[0] in IMPURE_MODULES
        ]
        offenders += [f"{place} reads {name}" for place, name in attributes(path)]
    assert not offenders


def sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def nodes(path: Path) -> Iterator[tuple[str, ast.AST]]:
    """Every node of a source file with a place that an editor can open."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        yield f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}", node


def imports(path: Path) -> Iterator[tuple[str, str]]:
    for place, node in nodes(path):
        if isinstance(node, ast.Import):
            yield from ((place, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield place, node.module or ""


def attributes(path: Path) -> Iterator[tuple[str, str]]:
    for place, node in nodes(path):
        if isinstance(node, ast.Attribute):
            name = ".".join(ast.unparse(node).split(".")[-2:])
            if name in IMPURE_CALLS:
                yield place, name

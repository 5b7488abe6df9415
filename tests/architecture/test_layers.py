"""Who may import whom: the contracts in pyproject.toml, and the two rules they cannot express."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "marginline"

# The rooms below `feeds`: the same input at the same stated moment gives the same answer.
PURE_ROOMS = ("errors", "formulas", "core", "venues", "ledger", "store", "book", "risk")
IMPURE_MODULES = {"asyncio", "http", "socket", "ssl", "time", "urllib"}
IMPURE_CALLS = {"datetime.now", "datetime.utcnow", "date.today", "os.environ", "os.getenv"}
LAST_WORD = re.compile(
    rf"\b({'|'.join(sorted({call.rpartition('.')[2] for call in IMPURE_CALLS}))})\b"
)


@pytest.fixture(scope="module", autouse=True)
def _trees_are_let_go() -> Iterator[None]:
    """A million nodes: every later look of the garbage collector would go through them all."""
    yield
    parsed.cache_clear()
    import_statements.cache_clear()


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


def test_no_file_imports_itself_by_way_of_others() -> None:
    """Imports for types count, too: who reads one file of a circle has to read them all."""
    places = {path: module_of(path) for path in sources()}
    modules = set(places.values())
    graph: dict[str, set[str]] = {
        module: {target for target in targets(path) if target in modules and target != module}
        for path, module in places.items()
    }
    assert not list(circles(graph))


def module_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def targets(path: Path) -> Iterator[str]:
    """Modules of the package that a file imports, by name below `marginline`."""
    for _, node in import_statements(path):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("marginline."):
            module = str(node.module).removeprefix("marginline.")
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "marginline":
            yield from (alias.name for alias in node.names)


def circles(graph: dict[str, set[str]]) -> Iterator[set[str]]:
    """Sets of modules each of which reaches all the others."""
    reach = {module: reached(graph, module) for module in graph}
    seen: set[str] = set()
    for module in graph:
        if module not in seen and module in reach[module]:
            circle = {other for other in reach[module] if module in reach[other]}
            seen |= circle
            yield circle


def reached(graph: dict[str, set[str]], start: str) -> set[str]:
    """Modules that a module imports, directly or by way of others; itself only by a circle."""
    found: set[str] = set()
    todo = list(graph[start])
    while todo:
        module = todo.pop()
        if module not in found:
            found.add(module)
            todo += graph[module]
    return found


def sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


@cache
def parsed(path: Path) -> tuple[str, ast.Module]:
    text = path.read_text(encoding="utf-8")
    return text, ast.parse(text)


def place(path: Path, node: ast.stmt | ast.expr) -> str:
    """A place that an editor can open."""
    return f"{path.relative_to(ROOT)}:{node.lineno}"


@cache
def import_statements(path: Path) -> tuple[tuple[str, ast.stmt], ...]:
    asked = (
        node
        for node in statements(parsed(path)[1])
        if isinstance(node, ast.Import | ast.ImportFrom)
    )
    return tuple((place(path, node), node) for node in asked)


def statements(node: ast.AST) -> Iterator[ast.stmt]:
    """Every statement below a node; none lies inside an expression, which are most of a tree."""
    for block in ("body", "orelse", "finalbody", "handlers", "cases"):
        for inner in getattr(node, block, ()):
            if isinstance(inner, ast.stmt):
                yield inner
            yield from statements(inner)


def imports(path: Path) -> Iterator[tuple[str, str]]:
    for where, node in import_statements(path):
        if isinstance(node, ast.Import):
            yield from ((where, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield where, node.module or ""


def attributes(path: Path) -> Iterator[tuple[str, str]]:
    text, tree = parsed(path)
    if not LAST_WORD.search(text):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and LAST_WORD.fullmatch(node.attr):
            name = ".".join(ast.unparse(node).split(".")[-2:])
            if name in IMPURE_CALLS:
                yield place(path, node), name

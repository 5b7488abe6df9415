"""Every test asserts: by itself, or by a helper of the tests that does."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
ROOT = TESTS.parent

Function = ast.FunctionDef | ast.AsyncFunctionDef
RAISING = {"raises", "warns", "fail"}  # of pytest


@dataclass(frozen=True)
class Module:
    """A file of the tests: its functions by name, and what it has from other files of the tests.

    `tables`: the names in what a name is made of; `failures`: what is raised in place of `assert`.
    """

    functions: dict[str, list[Function]] = field(default_factory=dict)
    methods: dict[str, list[Function]] = field(default_factory=dict)
    tables: dict[str, list[str]] = field(default_factory=dict)
    failures: set[str] = field(default_factory=lambda: {"AssertionError"})
    borrowed: dict[str, tuple[str, str]] = field(default_factory=dict)
    known: list[str] = field(default_factory=list)


def test_every_test_asserts() -> None:
    silent = [
        f"{name.replace('.', '/')}.py:{test.lineno}: {test.name}"
        for name in modules()
        if name.rsplit(".", 1)[-1].startswith("test_")
        for test in each_test(modules()[name])
        if not asserts(name, test, frozenset())
    ]
    assert not silent, "asserts nothing that could fail:\n" + "\n".join(silent)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        pytest.param("assert given == 1", True, id="assert"),
        pytest.param("with pytest.raises(ValueError): int(given)", True, id="raises"),
        pytest.param("expect(given).to_be_visible()", True, id="a browser is waited for"),
        pytest.param("raise AssertionError(given)", True, id="raised by hand"),
        pytest.param("helper(given)", True, id="a helper that asserts"),
        pytest.param("run(each for each in map(helper, given))", True, id="a helper handed on"),
        pytest.param("TABLE[given](given)", True, id="a table of helpers"),
        pytest.param("raise Broken(given)", True, id="a failure of the tests' own"),
        pytest.param("int(given)", False, id="only that nothing is raised"),
        pytest.param("expect(given)", False, id="nothing is waited for"),
        pytest.param("assert True", False, id="a constant"),
        pytest.param("silent(given)", False, id="a helper that asserts nothing"),
        pytest.param("circle(given)", False, id="helpers that call each other"),
    ],
)
def test_what_counts_as_an_assertion(body: str, told: bool) -> None:
    text = f"""
def helper(given): assert given
def silent(given): return given
class Broken(AssertionError): pass
TABLE = {{1: helper}}
def circle(given): return circle(given)
def test_it(given):
    {body}
"""
    module = read(ast.parse(text))
    (test,) = each_test(module)
    assert asserts("made up", test, frozenset(), {"made up": module}) is told


# -- reading -----------------------------------------------------------------------------------


@pytest.fixture(scope="module", autouse=True)
def _trees_are_let_go() -> Iterator[None]:
    """Hundreds of thousands of nodes, which the garbage collector would look at to the end."""
    yield
    modules.cache_clear()


@cache
def modules() -> dict[str, Module]:
    """Every file of the tests, by its dotted name."""
    found = {}
    for path in sorted(TESTS.rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        found[name] = read(ast.parse(path.read_text(encoding="utf-8")))
    return found


def read(tree: ast.Module) -> Module:
    module = Module()
    inside = {
        part for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for part in node.body
    }
    for node in ast.walk(tree):
        if isinstance(node, Function):
            kept = module.methods if node in inside else module.functions
            kept.setdefault(node.name, []).append(node)
        elif isinstance(node, ast.ClassDef) and "AssertionError" in map(called, node.bases):
            module.failures.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            if isinstance(target, ast.Name) and isinstance(node.value, ast.Dict):
                names = [each.id for each in node.value.values if isinstance(each, ast.Name)]
                module.tables[target.id] = names
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tests"):
            source = node.module or ""
            module.known.append(source)
            for alias in node.names:
                module.borrowed[alias.asname or alias.name] = (source, alias.name)
                module.known.append(f"{source}.{alias.name}")
    return module


def each_test(module: Module) -> Iterator[Function]:
    for name, found in (*module.functions.items(), *module.methods.items()):
        if name.startswith("test_"):
            yield from found


def asserts(
    name: str,
    function: Function,
    above: frozenset[Function],
    files: dict[str, Module] | None = None,
) -> bool:
    """Whether the body, or a helper that it calls or hands on, holds an assertion."""
    if function in above:
        return False
    files = modules() if files is None else files
    if any(is_assertion(node, files[name].failures) for node in ast.walk(function)):
        return True
    return any(
        asserts(home, helper, above | {function}, files)
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
        for home, helper in helpers(name, node, files)
    )


def is_assertion(node: ast.AST, failures: set[str]) -> bool:
    if isinstance(node, ast.Assert):
        return not isinstance(node.test, ast.Constant)
    if isinstance(node, ast.Raise):
        return called(node.exc) in failures
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Call):
        return called(node.func.value) == "expect"
    return called(node) in RAISING


def called(node: ast.AST | None) -> str | None:
    """The last name of what is called."""
    function = node.func if isinstance(node, ast.Call) else node
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else None


def helpers(name: str, call: ast.Call, files: dict[str, Module]) -> Iterator[tuple[str, Function]]:
    """The tests' own functions that a call reaches: what is called, and what is handed on."""
    for part in (call.func, *call.args, *(each.value for each in call.keywords)):
        if isinstance(part, ast.Name):
            yield from functions(name, part.id, files)
        elif isinstance(part, ast.Subscript) and isinstance(part.value, ast.Name):
            for each in files[name].tables.get(part.value.id, ()):
                yield from functions(name, each, files)
        elif isinstance(part, ast.Attribute) and part is call.func:
            yield from methods(name, part, files)


def functions(name: str, wanted: str, files: dict[str, Module]) -> Iterator[tuple[str, Function]]:
    module = files[name]
    yield from ((name, each) for each in module.functions.get(wanted, ()))
    source, original = module.borrowed.get(wanted, ("", ""))
    if source in files:
        yield from functions(source, original, files)


def methods(
    name: str, part: ast.Attribute, files: dict[str, Module]
) -> Iterator[tuple[str, Function]]:
    """Methods of that name in this file and in those it has something from; a file's function."""
    module = files[name]
    if isinstance(part.value, ast.Name) and part.value.id in module.borrowed:
        home = ".".join(module.borrowed[part.value.id])
        if home in files:
            yield from functions(home, part.attr, files)
            return
    for home in (name, *module.known):
        if home in files:
            yield from ((home, each) for each in files[home].methods.get(part.attr, ()))

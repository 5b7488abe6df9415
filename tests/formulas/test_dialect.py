"""The formula dialect: what one body may contain to run on Decimal, Fraction, float and kernels."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from marginline import formulas
from marginline.formulas import FORMULAS

FOLDER = Path(formulas.__file__).parent
MODULES = sorted(path for path in FOLDER.glob("*.py") if not path.name.startswith("_"))

BUILTINS = {"abs", "len", "range"}
# Nodes that are always in the dialect; those with conditions have their own check below.
PLAIN = (
    ast.Add, ast.And, ast.BinOp, ast.BoolOp, ast.Compare, ast.Div, ast.Eq, ast.Gt, ast.GtE, ast.If,
    ast.Load, ast.Lt, ast.LtE, ast.Mult, ast.Name, ast.Not, ast.NotEq, ast.Or, ast.Return,
    ast.Store, ast.Sub, ast.Subscript, ast.UnaryOp, ast.USub,
)  # fmt: skip


def violations(source: str) -> list[str]:
    """What in a module is outside the dialect: one sentence each, with its line."""
    found: list[str] = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            found += in_function(node)
        elif not (isinstance(node, ast.Import | ast.ImportFrom) or is_docstring(node)):
            found.append(f"line {node.lineno}: a module holds formulas only")
    return found


def in_function(function: ast.FunctionDef) -> list[str]:
    found: list[str] = []
    decorators = [ast.unparse(decorator).partition("(")[0] for decorator in function.decorator_list]
    if decorators != ["formula"]:
        found.append(f"line {function.lineno}: {function.name} is not a @formula")
    arguments = function.args
    if arguments.vararg or arguments.kwarg or arguments.kwonlyargs or arguments.defaults:
        found.append(f"line {function.lineno}: {function.name} has more than plain arguments")
    body = function.body[1:] if is_docstring(function.body[0]) else function.body
    for statement in body:
        for node in ast.walk(statement):
            reason = outside(node)
            if reason:
                found.append(f"line {getattr(node, 'lineno', function.lineno)}: {reason}")
    return found


def outside(node: ast.AST) -> str:
    """Why this node is outside the dialect, or nothing."""
    if isinstance(node, PLAIN):
        return ""
    if isinstance(node, ast.Constant):
        return "" if type(node.value) is int else f"literal {node.value!r}: integers only"
    if isinstance(node, ast.Assign):
        one_name = len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
        return "" if one_name else "assignment to something other than one name"
    if isinstance(node, ast.Attribute):
        # A field of a NamedTuple that a formula was given, or of a row of such.
        given = isinstance(node.value, ast.Name | ast.Subscript)
        return "" if given else "attribute of an expression"
    if isinstance(node, ast.Call):
        return outside_call(node)
    if isinstance(node, ast.For):
        return outside_loop(node)
    if isinstance(node, ast.Tuple):
        return "" if isinstance(node.ctx, ast.Load) else "unpacking"
    return type(node).__name__


def outside_call(node: ast.Call) -> str:
    if not isinstance(node.func, ast.Name):
        return f"call of {ast.unparse(node.func)}"
    if node.func.id not in BUILTINS | set(FORMULAS):
        return f"call of {node.func.id}, which is no formula"
    if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
        return f"call of {node.func.id} with more than plain arguments"
    return ""


def outside_loop(node: ast.For) -> str:
    if not ast.unparse(node.iter).startswith("range("):
        return "a loop over something other than a range"
    if node.orelse:
        return "a loop with else"
    return ""


def is_docstring(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_module_keeps_to_the_dialect(path: Path) -> None:
    assert violations(path.read_text(encoding="utf-8")) == []


def test_every_formula_lies_in_a_module_that_is_checked() -> None:
    checked = {f"{formulas.__name__}.{path.stem}" for path in MODULES}
    assert {function.__module__ for function in FORMULAS.values()} <= checked


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("return x // 2", id="floor division"),
        pytest.param("return x % 2", id="remainder"),
        pytest.param("return x ** 2", id="power"),
        pytest.param("return x * 0.5", id="float literal"),
        pytest.param("return x and True", id="boolean literal"),
        pytest.param("return round(x)", id="round"),
        pytest.param("return max(x, 1)", id="max"),
        pytest.param("return sum(x)", id="sum"),
        pytest.param("return math.sqrt(x)", id="math"),
        pytest.param("return x.quantize(1)", id="method"),
        pytest.param("return (-x).real", id="attribute of an expression"),
        pytest.param("return x if x else 1", id="conditional expression"),
        pytest.param("return [y for y in x]", id="comprehension"),
        pytest.param("return larger(a=x, b=x)", id="keyword argument"),
        pytest.param("return larger(*x)", id="starred argument"),
        pytest.param("raise ValueError", id="exception"),
        pytest.param("assert x", id="assertion"),
        pytest.param("try:\n        return x\n    finally:\n        return x", id="try"),
        pytest.param("while x:\n        return x", id="while"),
        pytest.param("for y in x:\n        return y", id="loop over a sequence"),
        pytest.param("for y in range(2):\n        x\n    else:\n        x", id="for with else"),
        pytest.param("a, b = x\n    return a", id="unpacking"),
        pytest.param("x[0] = 1", id="assignment to an element"),
        pytest.param("import math", id="import in a body"),
        pytest.param("return lambda: x", id="lambda"),
    ],
)
def test_the_check_refuses(body: str) -> None:
    assert violations(f"@formula(unit='', source='')\ndef f(x):\n    {body}\n") != []


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("def f(x):\n    return x\n", id="an undecorated function"),
        pytest.param("@formula\n@njit\ndef f(x):\n    return x\n", id="a second decorator"),
        pytest.param("@formula()\ndef f(x=1):\n    return x\n", id="a default"),
        pytest.param("@formula()\ndef f(*x):\n    return x\n", id="variable arguments"),
        pytest.param("@formula()\ndef f(*, x):\n    return x\n", id="keyword-only arguments"),
        pytest.param("RATE = 1\n", id="a constant beside the formulas"),
    ],
)
def test_the_check_refuses_a_module_with(source: str) -> None:
    assert violations(source) != []


def test_the_check_accepts_all_that_the_dialect_has() -> None:
    source = '''
"""Docstring."""
from marginline.formulas.numbers import larger

@formula(unit="", source="")
def f(x, rows):
    """Docstring."""
    total = -x * 2
    for row in range(1, len(rows)):
        if rows[row].floor < x <= 7 and not x == 3 or x != 4:
            total = total + larger(x, abs(total)) / rows[row].rate
    return total, x
'''
    assert violations(source) == []

"""Planted bugs: change one thing in the code that computes margin, and see whether a test notices.

    python -m tests.mutation.mutate [--sample 300] [--seed 1] [--jobs 2] [--json FILE] [file ...]

Each mutant is compiled in memory and tested in a forked child, so nothing on disk changes. A mutant
that makes a test fail, or hang, is killed; what survives is listed with its line. The table of the
last whole run, and why some survivors are no bugs, is in tests/README-mutation.md.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib.machinery
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "marginline"
TARGETS = [
    *(f"venues/binance/{name}.py" for name in ("resolve", "rules_futures")),
    *(f"venues/binance/{name}.py" for name in ("resolve_portfolio", "rules_portfolio")),
    *(f"core/{name}.py" for name in ("walk", "pool_curves", "terms", "pool", "curve")),
    *(f"core/{name}.py" for name in ("standard_pool", "standard_position")),
]
# The quickest to fail come first; the drawn accounts last. No test of the core sees a venue.
OF_CORE = [
    *(f"tests/core/test_{name}.py" for name in ("curve", "pool", "figures", "status", "assess")),
    *(f"tests/core/test_{name}.py" for name in ("walk", "scenario")),
]
OF_RULES = [
    *(f"tests/venues/binance/test_rules_{n}.py" for n in ("orders", "balances", "portfolio")),
    *(f"tests/venues/binance/test_rules_{n}.py" for n in ("liquidation", "bad_input")),
    "tests/venues/examples/binance",
    "tests/venues/examples/textbook",
    "tests/core/test_explanation.py",
    "tests/agreement/test_pools_agree.py",
    "tests/venues/binance/test_rules_properties.py",
]
SECONDS_MAX = 90


@dataclass(frozen=True)
class Mutant:
    """One planted bug: where, what stood there, what stands there now."""

    file: str
    line: int
    before: str
    after: str
    index: int


# -- planting ------------------------------------------------------------------------------------

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
OPERATIONS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.BitOr: ast.BitAnd,
}  # fmt: skip
NAMES = {
    "ONE": "ZERO", "ZERO": "ONE", "min": "max", "max": "min", "larger": "smaller",
    "smaller": "larger", "positive_part": "negative_part", "negative_part": "positive_part",
    "rate_positive": "rate_negative", "rate_negative": "rate_positive", "MARK": "ENTRY",
    "ENTRY": "MARK", "requirement_rate": "value_rate", "value_rate": "requirement_rate",
    "below": "above", "above": "below", "low": "high", "high": "low",
}  # fmt: skip
TEXTS = {
    "bid": "ask", "ask": "bid", "buy": "sell", "sell": "buy", "long": "short", "short": "long",
    "cross": "isolated", "isolated": "cross", "marginal": "whole", "whole": "marginal",
    "size": "notional", "notional": "size", "quantity": "value", "value": "quantity",
    "market": "limit", "hedge": "one_way", "inverse": "linear",
}  # fmt: skip


def variants(node: ast.AST) -> Iterator[ast.AST]:
    """The node with one thing in it changed, each way that makes sense for its kind."""
    if isinstance(node, (ast.Compare, ast.BinOp, ast.BoolOp, ast.UnaryOp)):
        yield from _operators(node)
    elif isinstance(node, ast.Constant):
        yield from map(ast.Constant, _constants(node.value))
    elif isinstance(node, (ast.Name, ast.Attribute)):
        yield from _renamed(node)
    else:
        yield from _flow(node)


def _operators(node: ast.Compare | ast.BinOp | ast.BoolOp | ast.UnaryOp) -> Iterator[ast.AST]:
    if isinstance(node, ast.Compare):
        for n, operator in enumerate(node.ops):
            changed = copy.deepcopy(node)
            changed.ops[n] = COMPARISONS[type(operator)]()
            yield changed
    elif isinstance(node, ast.BinOp):
        if type(node.op) in OPERATIONS:
            yield ast.BinOp(node.left, OPERATIONS[type(node.op)](), node.right)
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        yield from node.values
    elif isinstance(node.op, (ast.Not, ast.USub)):
        yield node.operand


def _flow(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.IfExp):
        yield ast.IfExp(node.test, node.orelse, node.body)
    elif isinstance(node, (ast.If, ast.While)):
        changed = copy.deepcopy(node)
        changed.test = ast.UnaryOp(ast.Not(), node.test)
        yield changed
    elif isinstance(node, ast.AugAssign) or _is_call(node):
        yield ast.Pass()
    elif isinstance(node, ast.Continue):
        yield ast.Break()


def _constants(value: object) -> Iterator[str | int]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield value + 1
    elif isinstance(value, str) and value in TEXTS:
        yield TEXTS[value]
    elif isinstance(value, str) and value.lstrip("-").replace(".", "", 1).isdigit():
        yield value + "1" if "." in value else value + ".1"


def _renamed(node: ast.Name | ast.Attribute) -> Iterator[ast.AST]:
    if not isinstance(node.ctx, ast.Load):
        return
    name = node.id if isinstance(node, ast.Name) else node.attr
    if name in NAMES and isinstance(node, ast.Name):
        yield ast.Name(NAMES[name], node.ctx)
    elif name in NAMES and isinstance(node, ast.Attribute):
        yield ast.Attribute(node.value, NAMES[name], node.ctx)


def _is_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)


def planted(tree: ast.Module) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Every (node, changed node) of a module whose annotations are gone; decorators stay."""
    kept = {
        id(inner)
        for node in ast.walk(tree)
        for decorator in getattr(node, "decorator_list", ())
        for inner in ast.walk(decorator)
    }
    for node in ast.walk(tree):
        if id(node) not in kept:
            yield from ((node, changed) for changed in variants(node))


def parsed(file: str) -> ast.Module:
    """The module as it will be compiled: without annotations, which are nobody's arithmetic."""
    tree = ast.parse((PACKAGE / file).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if getattr(node, "returns", None) is not None:
            node.returns = None  # type: ignore[attr-defined]
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant(None)
    return tree


class Planter(ast.NodeTransformer):
    """Puts one node in the place of another."""

    def __init__(self, node: ast.AST, changed: ast.AST) -> None:
        self.node, self.changed = node, changed

    def visit(self, node: ast.AST) -> Any:
        """The changed node where it belongs, every other as it is."""
        return self.changed if node is self.node else self.generic_visit(node)


def mutants_of(file: str) -> list[Mutant]:
    return [
        Mutant(file, getattr(node, "lineno", 0), _shown(node), _shown(changed), index)
        for index, (node, changed) in enumerate(planted(parsed(file)))
    ]


def _shown(node: ast.AST) -> str:
    return ast.unparse(node).splitlines()[0][:90]


def code_of(mutant: Mutant) -> CodeType:
    """The module with the mutant planted, compiled."""
    path, tree = PACKAGE / mutant.file, parsed(mutant.file)
    node, changed = list(planted(tree))[mutant.index]
    found: ast.Module = Planter(node, ast.copy_location(changed, node)).visit(tree)
    code: CodeType = compile(ast.fix_missing_locations(found), str(path), "exec", dont_inherit=True)
    return code


# -- testing -------------------------------------------------------------------------------------


def run_tests(mutant: Mutant | None) -> int:
    """In a child: the tests with the mutant in place of its module. 0 where none noticed."""
    if mutant is not None:
        plant(mutant)
    # Five drawn accounts a property: a mutant that only a rare account shows may survive.
    hypothesis.settings.register_profile(
        "mutants", max_examples=10, derandomize=True, database=None, deadline=None
    )
    options = ["-x", "-q", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
    options += ["-p", "no:cacheprovider", "-p", "no:xdist"]
    core = mutant is None or mutant.file.startswith("core")
    tests = [*(OF_CORE if core else ()), *OF_RULES]
    return int(pytest.main([*options, "--hypothesis-profile=mutants", *tests]))


def plant(mutant: Mutant) -> None:
    loader = importlib.machinery.SourceFileLoader
    original: Callable[..., CodeType | None] = loader.get_code
    place, code = str(PACKAGE / mutant.file), code_of(mutant)

    def get_code(self: importlib.machinery.SourceFileLoader, fullname: str) -> CodeType | None:
        return code if self.path == place else original(self, fullname)

    loader.get_code = get_code  # type: ignore[method-assign,assignment]


def fork(mutant: Mutant | None) -> int:
    """Start a child on a mutant; its process id."""
    child = os.fork()
    if child:
        return child
    status = 3
    try:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        status = run_tests(mutant)
    finally:
        os._exit(status)


def judge(mutants: list[Mutant], jobs: int) -> list[tuple[Mutant, str]]:
    """Each mutant with what became of it: killed, timeout, survived."""
    waiting, running = list(mutants), dict[int, tuple[Mutant, float]]()
    verdicts: list[tuple[Mutant, str]] = []
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant = waiting.pop(0)
            running[fork(mutant)] = mutant, time.monotonic()
        done, status = os.waitpid(-1, os.WNOHANG)
        if done in running:
            mutant, _ = running.pop(done)
            code = os.waitstatus_to_exitcode(status)
            verdict = "survived" if code == 0 else "timeout" if code < 0 else "killed"
            verdicts.append((mutant, verdict))
            _tell(mutant, verdict, len(verdicts), len(mutants))
            continue
        for child, (_, since) in running.items():
            if time.monotonic() - since > SECONDS_MAX:
                os.kill(child, signal.SIGKILL)
        time.sleep(0.02)
    return verdicts


def _tell(mutant: Mutant, verdict: str, done: int, of: int) -> None:
    if verdict == "survived" or done % 50 == 0 or done == of:
        sys.stderr.write(f"{done}/{of} {verdict}: {mutant.file}:{mutant.line} ")
        sys.stderr.write(f"{mutant.before}  ->  {mutant.after}\n")


def table(verdicts: list[tuple[Mutant, str]]) -> str:
    """Killed and survived by file, as Markdown."""
    counted = Counter((mutant.file, verdict) for mutant, verdict in verdicts)
    lines = ["| file | mutants | killed | survived | killed, % |", "|---|---|---|---|---|"]
    files = sorted({mutant.file for mutant, _ in verdicts})
    for file in [*files, ""]:
        alive = sum(n for (f, v), n in counted.items() if v == "survived" and file in ("", f))
        whole = sum(n for (f, _), n in counted.items() if file in ("", f))
        share = 100 * (whole - alive) / whole if whole else 100
        lines.append(f"| {file or 'all'} | {whole} | {whole - alive} | {alive} | {share:.1f} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", default=TARGETS)
    parser.add_argument("--sample", type=int, default=0, help="so many of them, drawn by the seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", type=Path, help="write every verdict there")
    parser.add_argument("--list", action="store_true", help="count them and stop")
    chosen = parser.parse_args()
    os.chdir(ROOT)
    sys.path[:0] = [str(ROOT), str(ROOT / "src")]  # this tree, whatever is installed
    mutants = [mutant for file in chosen.files for mutant in mutants_of(file)]
    if chosen.sample and chosen.sample < len(mutants):
        mutants = random.Random(chosen.seed).sample(mutants, chosen.sample)
    if chosen.list:
        sys.stdout.write(f"{len(mutants)} mutants\n")
        return
    if os.waitstatus_to_exitcode(os.waitpid(fork(None), 0)[1]):
        raise SystemExit("the tests fail without any mutant: mend them first")
    verdicts = judge(mutants, chosen.jobs)
    if chosen.json:
        rows = [vars(mutant) | {"verdict": verdict} for mutant, verdict in verdicts]
        chosen.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    sys.stdout.write(table(verdicts) + "\n")


if __name__ == "__main__":
    main()

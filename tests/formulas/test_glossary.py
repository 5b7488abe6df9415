"""docs/glossary.md: every term defined once, with a unit, and worked numbers that are right."""

from __future__ import annotations

import ast
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from marginline.formulas import FORMULAS

PAGE = (Path(__file__).parents[2] / "docs" / "glossary.md").read_text(encoding="utf-8")


def terms() -> dict[str, str]:
    """The text under each term's heading, by the heading's slug."""
    found: dict[str, str] = {}
    for block in re.split(r"^#{2,3} ", PAGE, flags=re.MULTILINE)[1:]:
        heading, _, text = block.partition("\n")
        if text.strip():  # a heading of the second level with nothing but terms under it is a shelf
            slug = heading.lower().replace(" ", "-")
            assert slug not in found, f"{heading} is defined twice"
            found[slug] = text
    return found


TERMS = terms()


def worked_numbers() -> list[Any]:
    return [
        pytest.param(code, id=f"{term}: {code}")
        for term, text in TERMS.items()
        for code in re.findall(r"`([^`]+)`", text)
        if " = " in code
    ]


def exact(expression: str) -> Fraction:
    """An expression of the page, each literal taken as the exact decimal that stands there."""
    tree = ast.parse(expression, mode="eval")
    for node in ast.walk(tree):
        for field, value in ast.iter_fields(node):
            if isinstance(value, list):
                setattr(node, field, [literal(item, expression) for item in value])
            else:
                setattr(node, field, literal(value, expression))
    code = compile(ast.fix_missing_locations(tree), expression, "eval")
    names = {"abs": abs, "Fraction": Fraction, "__builtins__": {}}
    result: Fraction = eval(code, names | FORMULAS)
    return result


def literal(node: object, source: str) -> object:
    """`Fraction("0.1")` in place of the literal 0.1; integers too, so that 1 / 3 is exact."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        digits = ast.get_source_segment(source, node)
        call = ast.Call(ast.Name("Fraction", ast.Load()), [ast.Constant(digits)], [])
        return ast.copy_location(call, node)
    return node


@pytest.mark.parametrize("code", worked_numbers())
def test_worked_number_is_right(code: str) -> None:
    expression, _, result = code.rpartition(" = ")
    assert exact(expression) == exact(result)


def test_a_wrong_number_would_be_found() -> None:
    assert exact("initial_margin(60_000, 10)") != exact("60")
    assert exact("0.1 + 0.2") == exact("0.3")


@pytest.mark.parametrize("term", TERMS)
def test_term_has_a_unit_and_a_worked_number(term: str) -> None:
    text = TERMS[term]
    assert "\n- Unit: " in text
    _, _, worked = text.partition("\n- Worked: ")
    assert re.search(r"`[^`]+ = [^`]+`", worked)


@pytest.mark.parametrize("name", sorted(FORMULAS))
def test_source_of_every_formula_is_a_term(name: str) -> None:
    kind, _, term = FORMULAS[name].__dict__["marginline_formula"].source.partition(":")
    assert kind == "glossary"
    assert term in TERMS


def test_every_formula_that_the_page_names_exists() -> None:
    called = set(re.findall(r"([a-z_]+)\(", " ".join(re.findall(r"`([^`]+)`", PAGE))))
    assert called - {"abs"} <= set(FORMULAS)

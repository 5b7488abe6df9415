"""The decorator, the register and the public names of the formulas."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

import pytest

from marginline import formulas
from marginline.formulas import FORMULAS, FormulaNote, _formula, formula


def test_a_formula_is_the_same_function_object_with_a_note(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    register: dict[str, Callable[..., Any]] = {}
    monkeypatch.setattr(_formula, "FORMULAS", register)

    def twice(x: float) -> float:
        return x + x

    decorated = formula(unit="apples", source="glossary:apple", sign=">= 0")(twice)
    assert decorated is twice
    note = vars(decorated)["marginline_formula"]
    assert note == FormulaNote("apples", ">= 0", "glossary:apple")
    assert register == {"twice": twice}


def test_the_sign_may_be_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_formula, "FORMULAS", {})
    decorated = formula(unit="apples", source="glossary:apple")(lambda x: x)
    assert decorated.__dict__["marginline_formula"].sign == ""


def test_two_formulas_of_one_name_are_refused() -> None:
    def larger(a: float, b: float) -> float:
        return max(a, b)

    with pytest.raises(AssertionError, match="two formulas are called larger"):
        formula(unit="apples", source="glossary:apple")(larger)


@pytest.mark.parametrize("name", sorted(FORMULAS))
def test_every_formula_has_a_note_and_an_explanation(name: str) -> None:
    function = FORMULAS[name]
    note = function.__dict__["marginline_formula"]
    assert note.unit
    assert re.fullmatch(r"glossary:[a-z]+(-[a-z]+)*", note.source)
    first_line = (inspect.getdoc(function) or "").partition("\n")[0]
    assert first_line.rstrip("`").endswith((".", ":")) or "`" in first_line
    assert re.match(r"[A-Z]", first_line), "the first line is a sentence"


@pytest.mark.parametrize("name", sorted(FORMULAS))
def test_every_formula_is_exported_under_its_own_name(name: str) -> None:
    assert name in formulas.__all__
    assert getattr(formulas, name) is FORMULAS[name]


def test_exports_are_sorted_and_complete() -> None:
    assert list(formulas.__all__) == sorted(set(formulas.__all__))
    assert set(formulas.__all__) == {*FORMULAS, "FORMULAS", "FormulaNote", "Number", "formula"}

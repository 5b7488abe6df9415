"""What makes a plain function a formula: a unit, a sign, a source, and a place in the register."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from fractions import Fraction

# The three number types that every formula takes; a call keeps to one of them. Compiled kernels
# add their own float64. A bare `int` is left out on purpose: a formula given 0 would hand 0 on.
Number = TypeVar("Number", Decimal, "Fraction", float)

Function = TypeVar("Function", bound=Callable[..., object])


class FormulaNote(NamedTuple):
    """What a formula's result is measured in, what its sign means, and who defines it.

    `source` is `glossary:` and a heading of docs/glossary.md.
    """

    unit: str
    sign: str
    source: str


# Any: each formula has parameters of its own, and gives numbers of the type it was given.
FORMULAS: dict[str, Callable[..., Any]] = {}


def formula(*, unit: str, source: str, sign: str = "") -> Callable[[Function], Function]:
    """Register a function as a formula, and hand back the same function object.

    The note is kept on the function as `marginline_formula`. Nothing is wrapped: kernels compile
    the very object that the exact path calls.
    """

    def register(function: Function) -> Function:
        name = function.__name__
        assert name not in FORMULAS, f"two formulas are called {name}"
        function.__dict__["marginline_formula"] = FormulaNote(unit, sign, source)
        FORMULAS[name] = function
        return function

    return register

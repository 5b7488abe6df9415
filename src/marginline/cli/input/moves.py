"""Moves of prices as people write them: `BTCUSDT:-10%`, `BTCUSDT=-0.1`, `all:-5%`, `*=-5%`."""

from __future__ import annotations

from decimal import Decimal

from marginline.cli.exits import UsageProblem
from marginline.cli.input.numbers import exact_of

EVERYTHING = ("all", "*")
"""Words for every price at once."""


def named_value(text: str) -> tuple[str, str] | None:
    """What stands before and after the last `:` or `=`; None where one of them is missing."""
    at = max(text.rfind(":"), text.rfind("="))
    name, value = text[: max(at, 0)].strip(), text[at + 1 :].strip()
    return (name, value) if at > 0 and name and value else None


def is_everything(name: str) -> bool:
    """Whether a name means every price."""
    return name.strip().lower() in EVERYTHING


def fraction(option: str, text: str) -> str:
    """A share as its reader takes it: "60%" is "0.6", what has no % stays as it is typed."""
    return f"{relative(option, text):f}" if text.strip().endswith("%") else text


def relative(option: str, text: str, whole: str | None = None) -> Decimal:
    """A relative move or rate as a fraction: "-10%" and "-0.1" are the same.

    A number without % must lie between -1 and 1, so that 5 never means 500 %.

    Raises:
        UsageProblem: it is no number, or one that may mean two things.
    """
    shown = f"{option} {text if whole is None else whole}"
    number = text.strip()
    percent = number.endswith("%")
    value = exact_of(number.removesuffix("%"))
    if value is None:
        raise UsageProblem(f"{shown}: {text} is not a number; write -10% or -0.1")
    if percent:
        return value / 100
    if abs(value) >= 1:
        raise UsageProblem(f"{shown}: {text} may mean a share or per cent; write {text}%")
    return value

"""Numbers of options as people write them, each within the bounds where it means something."""

from __future__ import annotations

import math
from decimal import Decimal

from marginline.cli.exits import UsageProblem
from marginline.errors import shown

SEED_MOST = 2**63


def whole_of(option: str, text: str, least: int, most: int, unit: str = "") -> int:
    """A whole number; 1_000 and 1,000 are read.

    Raises:
        UsageProblem: it is no whole number between the two.
    """
    from marginline.core.numbers import is_digits

    digits = text.strip().replace("_", "").replace(",", "")
    number = int(digits) if is_digits(digits) and len(digits) < 40 else -1
    if not least <= number <= most:
        of = f" of {unit}" if unit else ""
        bounds = f"from {least:,} to {most:,}"
        raise UsageProblem(f"{option} {shown(text)}: give a whole number{of} {bounds}")
    return number


def real_of(option: str, text: str, least: float, most: float, unit: str = "") -> float:
    """A number; `least` and `most` are still taken.

    Raises:
        UsageProblem: it is no number between the two.
    """
    number = _number(text.strip())
    if not least <= number <= most:
        of = f" of {unit}" if unit else ""
        bounds = f"from {least:,g} to {most:,g}"
        raise UsageProblem(f"{option} {shown(text)}: give a number{of} {bounds}")
    return number


def share_of(option: str, text: str, least: float, most: float) -> float:
    """A fraction: 0.3 or 30%.

    Raises:
        UsageProblem: it is none between the two.
    """
    stripped = text.strip()
    number = _number(stripped.removesuffix("%")) / (100.0 if stripped.endswith("%") else 1.0)
    if not least <= number <= most:
        bounds = f"from {100 * least:,g}% to {100 * most:,g}%, such as 30% or 0.3"
        raise UsageProblem(f"{option} {shown(text)}: give a share {bounds}")
    return number


def exact_of(text: str) -> Decimal | None:
    """The exact number of a text in ASCII digits, finite; None where it is none."""
    from marginline.core.document._scalars import is_number_text

    stripped = text.strip()
    try:
        found = Decimal(stripped) if is_number_text(stripped) else Decimal("NaN")
    except ArithmeticError:  # an exponent beyond any
        return None
    return found if found.is_finite() else None


def _number(text: str) -> float:
    """NaN, which no bound takes, where it is none."""
    try:
        return float(text) if text.isascii() else math.nan
    except ValueError:
        return math.nan

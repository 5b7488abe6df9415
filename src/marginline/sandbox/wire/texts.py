"""Numbers as the venues print them."""

from __future__ import annotations

from decimal import ROUND_DOWN, Context, Decimal

from marginline.core.numbers import to_text
from marginline.core.pool.exposure import Figure, need

_EIGHT = Decimal("1E-8")
_FOUR = Decimal("1E-4")
_WIDE = Context(prec=60)
_DIGITS = Context(prec=22)


def money(figure: Figure) -> str:
    """An amount, cut at eight decimals and printed with all of them.

    Raises:
        AbsentError: the figure is a gap. A gap is never printed as 0.
    """
    return format(need(figure).quantize(_EIGHT, ROUND_DOWN, context=_WIDE), "f")


def plain(figure: Figure) -> str:
    """A number with as many digits as it has."""
    return to_text(need(figure))


def price(number: Decimal) -> str:
    """A price that is no whole number of ticks: 22 digits, and at least one decimal."""
    text = to_text(_DIGITS.plus(number))
    return text if "." in text else f"{text}.0"


def rate(figure: Figure) -> str:
    """A ratio at four decimals (Bybit's account rates)."""
    return format(need(figure).quantize(_FOUR, ROUND_DOWN, context=_WIDE), "f")


def or_none(figure: Figure) -> str:
    """A price that may not exist: "0" where there is none."""
    return money(figure) if isinstance(figure, Decimal) else "0"

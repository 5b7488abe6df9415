"""A horizontal ruler of prices: where the mark is, where liquidation, where nothing is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from marginline.cli.page.page import Page, Part

MARGIN = Decimal("0.06")  # of the span, left free at either end
LINES = ("─", "░")  # safe, unsafe
PLAIN_LINES = ("-", "x")


@dataclass(frozen=True, slots=True)
class Point:
    """One price on the ruler, under a letter."""

    letter: str
    price: Decimal
    style: str = ""


def write_ruler(
    page: Page,
    points: Sequence[Point],
    safe: tuple[Decimal | None, Decimal | None],
    *,
    indent: int = 4,
) -> None:
    """The ruler in one line. Prices outside `safe` (its ends, None where open) are shaded."""
    prices = [point.price for point in points]
    if len(set(prices)) < 2:
        return
    width = max(page.width - 2 * indent, 20)
    cells = _cells(prices, safe, width, plain=page.plain)
    for point in points:  # the last wins a cell, so the mark comes last
        cells[_at(point.price, prices, width)] = (point.letter, f"bold {point.style}".strip())
    page.line(*cells, indent=indent)


def _cells(
    prices: Sequence[Decimal],
    safe: tuple[Decimal | None, Decimal | None],
    width: int,
    *,
    plain: bool,
) -> list[Part]:
    inside, outside = PLAIN_LINES if plain else LINES
    low = -1 if safe[0] is None else _at(safe[0], prices, width)
    high = width if safe[1] is None else _at(safe[1], prices, width)
    return [(inside, "green") if low < cell < high else (outside, "red") for cell in range(width)]


def _at(price: Decimal, prices: Sequence[Decimal], width: int) -> int:
    """The cell of a price, from 0."""
    low, high = min(prices), max(prices)
    margin = (high - low) * MARGIN
    share = (price - low + margin) / (high - low + 2 * margin)
    return min(int(share * width), width - 1)

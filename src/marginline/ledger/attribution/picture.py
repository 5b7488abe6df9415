"""The waterfall: from the figure before to the figure after, one bar a cause."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from html import escape

from marginline.core.numbers import ZERO, to_text
from marginline.errors import InputError, Problem
from marginline.ledger.attribution.attribution import Attribution
from marginline.ledger.attribution.causes import WORDS, Cause
from marginline.ledger.attribution.sentence import NAMES, Write
from marginline.ledger.exactly import SUMS, total

Bar = tuple[str, Decimal, Decimal]
"""Title, where the bar begins, where it ends."""


def bars(found: Attribution, asset: str, measure: str = "margin_balance") -> list[Bar]:
    """The bars of an asset's pools: before, each cause, after.

    Raises:
        InputError: a figure is not known, so that there is no picture.
    """
    place = ("margin_balance", "requirement", "buffer").index(measure)
    pools = [pool for pool in found.pools if pool.asset == asset]
    ends = [(pool.before.figures()[place], pool.after.figures()[place]) for pool in pools]
    known = [(a, b) for a, b in ends if a is not None and b is not None]
    if len(known) < len(ends) or not ends:
        why = next((p.before.why or p.after.why for p in found.unknown), "no pool holds it")
        raise InputError([Problem("asset", asset, f"there is no picture: {why}")])
    level = total(a for a, _ in known)
    drawn: list[Bar] = [("before", ZERO, level)]
    for cause, amount in found.by_cause(asset, measure).items():
        if amount or cause is Cause.UNEXPLAINED:
            drawn.append((WORDS[cause], level, SUMS.add(level, amount)))
            level = SUMS.add(level, amount)
    return [*drawn, ("after", ZERO, total(b for _, b in known))]


_WIDTH, _LABEL, _BAR = 760, 180, 420
_ROW = 26
_COLOURS = {"up": "#1a7f5a", "down": "#b3402a", "level": "#44546a"}


def svg(
    found: Attribution,
    asset: str,
    measure: str = "margin_balance",
    *,
    write: Write | None = None,
) -> str:
    """The waterfall as an SVG, readable without colour: every bar carries its signed figure."""
    say = write or (lambda amount, _: to_text(amount))
    rows = bars(found, asset, measure)
    x = _scale(rows)
    height = _ROW * (len(rows) + 1) + 10
    title = f"{NAMES[measure]} in {asset}"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img"'
        f' font-family="sans-serif" font-size="13" fill="currentColor"><title>{escape(title)}'
        f'</title><text x="0" y="17" font-weight="bold">{escape(title)}</text>'
    )
    drawn = [head]
    for number, (name, begin, end) in enumerate(rows, start=1):
        level = name in ("before", "after")
        figure = say(end if level else SUMS.subtract(end, begin), asset)
        figure = figure if level or end <= begin else f"+{figure}"
        colour = "level" if level else "up" if end >= begin else "down"
        base = end if level and x[0] else begin
        sides = _at(min(base, end), x), _at(max(base, end), x)
        drawn += _bar(_ROW * number, (name, figure), _COLOURS[colour], sides)
    return "\n".join([*drawn, "</svg>"]) + "\n"


def _bar(
    y: int, told: tuple[str, str], colour: str, sides: tuple[float, float]
) -> tuple[str, str, str]:
    (name, figure), (left, right) = told, sides
    bar = f'<rect x="{left:.1f}" y="{y + 4}" width="{max(right - left, 1.0):.1f}"'
    return (
        f'<text x="0" y="{y + 17}">{escape(name)}</text>',
        f'{bar} height="{_ROW - 8}" fill="{colour}"/>',
        f'<text x="{_WIDTH}" y="{y + 17}" text-anchor="end">{escape(figure)}</text>',
    )


def _scale(rows: Sequence[Bar]) -> tuple[Decimal, Decimal]:
    """Lowest and highest value drawn.

    Where the change is small beside the level, the scale does not begin at 0, and the levels are
    marks and no bars: a cut bar would show a tenth as a half.
    """
    ends = [value for name, a, b in rows for value in ((b,) if name == "before" else (a, b))]
    moved = [value for name, a, b in rows if name not in ("before", "after") for value in (a, b)]
    low, high = min(moved or ends), max(moved or ends)
    room = (high - low) / 5 or abs(high) or Decimal(1)
    low = ZERO if 0 <= low - room < high / 3 else low - room
    return low, high


def _at(value: Decimal, scale: tuple[Decimal, Decimal]) -> float:
    """The place of a value; a level bar begins at the edge of what is drawn."""
    low, high = scale
    share = (min(max(value, low), high) - low) / ((high - low) or Decimal(1))
    return _LABEL + float(share) * _BAR


def text_bars(
    found: Attribution, asset: str, measure: str = "margin_balance", *, width: int = 30
) -> list[tuple[str, str, Decimal]]:
    """The waterfall for a terminal: title, a bar of characters, and the figure."""
    rows = bars(found, asset, measure)
    scale = _scale(rows)
    drawn = []
    for name, begin, end in rows:
        level = name in ("before", "after")
        figure = end if level else SUMS.subtract(end, begin)
        base = end if level and scale[0] else begin
        places = [
            round((_at(value, scale) - _LABEL) / _BAR * width)
            for value in (min(base, end), max(base, end))
        ]
        mark = "█" if level else "+" if figure > 0 else "-"
        size = max(places[1] - places[0], 1 if level or figure else 0)
        start = min(places[0], width - size)
        drawn.append((name, " " * start + mark * size, figure))
    return drawn

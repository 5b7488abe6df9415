"""Causes over time in the terminal: a line of bars for each, from the first moment to the last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from marginline.cli.page.page import Cell, Page, data, left
from marginline.core.account.moments import moment_text
from marginline.core.numbers import ZERO
from marginline.ledger.attribution.attribution import Attribution
from marginline.ledger.attribution.cumulated import cumulated
from marginline.ledger.attribution.sentence import NAMES
from marginline.ledger.exactly import total

MOST = 6
"""Causes that have a line of their own; the rest go together."""
BARS, PLAIN = "▁▂▃▄▅▆▇█", "_.-~=+*#"


def write_over_time(
    page: Page, whole: Attribution, spans: Sequence[Attribution], measure: str
) -> None:
    """Of each asset, what its largest causes have done up to each moment: bars and figures.

    All lines have one scale, from the lowest to the highest of them. Nothing of fewer than three
    spans, which the table of parts tells as well.
    """
    if len(spans) < 3:
        return
    for asset in whole.assets:
        found = cumulated(spans, asset, measure)
        if whole.change(asset, measure) is None or not found:
            continue
        page.blank()
        _write(page, asset, measure, gathered(found))
        moments = moment_text(spans[0].begins), moment_text(spans[-1].ends)
        page.line((f"cumulated at {len(spans)} moments from {moments[0]} to {moments[1]}", "dim"))


def _write(page: Page, asset: str, measure: str, lines: Mapping[str, Sequence[Decimal]]) -> None:
    sums = [total(column) for column in zip(*lines.values(), strict=True)]
    every = {**lines, "all": sums}
    values = [value for amounts in every.values() for value in amounts]
    low, high = min(ZERO, *values), max(ZERO, *values)
    rows = [[left(f"{NAMES[measure]} over time", "dim"), left("")]]
    rows[0] += [Cell(word, "dim") for word in ("lowest", "highest", "in the end")]
    for name, amounts in every.items():
        bars = spark(amounts, low, high, plain=page.plain)
        ends = (min(ZERO, *amounts), max(ZERO, *amounts), amounts[-1])
        figures = [Cell(page.style.amount(each, asset, sign=True)) for each in ends]
        rows.append([left(data(name)), left(bars), *figures])
    page.table(rows)


def gathered(found: Mapping[str, Sequence[Decimal]]) -> dict[str, Sequence[Decimal]]:
    """The causes that came to most, and the rest of them together."""
    ordered = sorted(found.items(), key=lambda each: -max(map(abs, each[1])))
    if len(ordered) <= MOST:
        return dict(ordered)
    rest = [amounts for _, amounts in ordered[MOST - 1 :]]
    summed = [total(column) for column in zip(*rest, strict=True)]
    return {**dict(ordered[: MOST - 1]), f"{len(rest)} others": summed}


def spark(amounts: Sequence[Decimal], low: Decimal, high: Decimal, *, plain: bool) -> str:
    """A bar for each amount, the lowest of the scale the least; 0 where nothing has moved yet."""
    marks = PLAIN if plain else BARS
    room = high - low
    if not room:
        return marks[0] * len(amounts)
    return "".join(marks[int((value - low) / room * (len(marks) - 1))] for value in amounts)

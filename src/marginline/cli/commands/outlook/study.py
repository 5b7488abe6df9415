"""`marginline study`: which margin rates an instrument's past and depth call for."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from marginline.cli.commands.outlook.candles import closes_of
from marginline.cli.exits import Exit, UsageProblem
from marginline.cli.input.documents import write_document
from marginline.cli.input.durations import seconds_of
from marginline.cli.input.moves import relative
from marginline.cli.input.numbers import exact_of
from marginline.cli.page.numbers import Style
from marginline.cli.page.page import Cell, Page, data, left
from marginline.cli.writing import free, write_text

if TYPE_CHECKING:
    from marginline.risk.study.rates import Brake, Method, Side
    from marginline.risk.study.study import Held, Study

_WORDS = {"ewma": "EWMA, normal", "fhs": "filtered history", "es": "expected shortfall"}


@dataclass(frozen=True, slots=True)
class Asked:
    """The question as it was typed."""

    symbol: str | None
    coverage: str
    close_out: str
    side: str
    method: str
    brake: str
    maintenance_share: str
    depth: Sequence[str]
    jurisdiction: str | None


@dataclass(frozen=True, slots=True)
class Out:
    """Where the table and the picture go."""

    tiers: str | None
    svg: str | None
    force: bool


def run(candles: Sequence[str], asked: Asked, out: Out, *, as_json: bool) -> Exit:
    """Write the study: 0 the rate held in the green zone, 1 in the yellow, 2 in the red."""
    if importlib.util.find_spec("numpy") is None:
        raise UsageProblem("study needs numpy: pip install 'marginline[risk]'")
    from marginline.risk.odds.past import past_of
    from marginline.risk.study.picture import svg
    from marginline.risk.study.rates import Terms
    from marginline.risk.study.study import study

    for path in (out.tiers, out.svg):
        if path is not None:
            free(path, force=out.force)
    closes = closes_of(candles, {asked.symbol} if asked.symbol else set())
    symbol = asked.symbol or next(iter(closes))
    if asked.symbol is None and len(closes) > 1:
        raise UsageProblem(f"--symbol: the candles are of {', '.join(sorted(closes))}; name one")
    terms = Terms(
        coverage=float(relative("--coverage", asked.coverage)),
        close_out=timedelta(seconds=seconds_of("--close-out", asked.close_out)),
        side=cast("Side", asked.side),
        method=cast("Method", asked.method),
        brake=cast("Brake", asked.brake),
    )
    share = relative("--maintenance-share", asked.maintenance_share)
    found = study(
        past_of(closes, [symbol]),
        terms,
        depth=dict(map(_level, asked.depth)),
        maintenance_share=share,
        jurisdiction=asked.jurisdiction,
    )
    if out.tiers is not None:
        text = json.dumps(found.table.to_dict(), indent=2) + "\n"
        write_text(out.tiers, text, force=out.force)
    if out.svg is not None:
        write_text(out.svg, svg(found), force=out.force)
    if as_json:
        write_document(found.to_dict(", ".join(candles)))
    else:
        _write(Page(Style()), found)
    zones = {"green": Exit.HEALTHY, "yellow": Exit.WATCH, "red": Exit.MARGIN_CALL}
    return zones[found.chosen.coverage.zone]


def _level(text: str) -> tuple[Decimal, Decimal]:
    """A level from "0.1%=200000"."""
    within, equals, notional = text.partition("=")
    amount = exact_of(notional.replace(",", "").replace("_", ""))
    if not equals or amount is None or amount < 0:
        raise UsageProblem(f"--depth {text}: write DISTANCE=NOTIONAL, such as 0.1%=200000")
    return relative("--depth", within, text), amount


def _write(page: Page, found: Study) -> None:
    terms, table = found.terms, found.table
    begins = found.past.ends_at - found.past.span
    hours = terms.close_out / timedelta(hours=1)
    page.line(
        (data(table.symbol), "bold"),
        f"  {begins:%Y-%m-%d} to {found.ends:%Y-%m-%d}; a rate for {100 * terms.coverage:g} % of"
        f" {hours:g} h, {terms.side}; brake: {terms.brake}",
    )
    page.blank()
    head = ("", "rate", "mean", "covered", "beyond", "p-value", "zone", "worst", "peak/trough",
            "day's call")  # fmt: skip
    rows = [tuple(left(word, "dim") if not k else Cell(word, "dim") for k, word in enumerate(head))]
    rows += [_row(each, chosen=each is found.chosen) for each in found.held]
    page.table(rows, indent=2)
    page.blank()
    row = table.rows[0]
    page.line(
        ("initial ", ""), (_percent(float(row.initial_rate)), "bold"),
        f", maintenance {_percent(float(row.rate))}, leverage to {row.max_leverage:f}x",
    )  # fmt: skip
    if len(table.rows) > 1:
        page.table(_tiers(page.style, found), indent=2)
    for note in found.notes:
        page.paragraph(("note: ", "yellow"), data(note, 300), hanging=2)


def _row(each: Held, *, chosen: bool) -> tuple[Cell, ...]:
    held = each.coverage
    ink = "bold" if chosen else ""
    return (
        left(_WORDS[each.method], ink),
        Cell(_percent(each.rate), ink),
        Cell(_percent(each.average)),
        Cell(_percent(held.realized)),
        Cell(f"{held.exceeded} of {held.observed}"),
        Cell(f"{held.p_value:.2f}"),
        Cell(held.zone),
        Cell(_percent(each.worst)),
        Cell(f"{each.peak_to_trough:.1f}"),
        Cell(_percent(each.call)),
    )


def _tiers(style: Style, found: Study) -> list[tuple[Cell, ...]]:
    head = ("above", "to", "initial", "maintenance", "deduction", "leverage")
    rows = [tuple(Cell(word, "dim") for word in head)]
    rows += [
        (
            Cell(style.size(row.floor)),
            Cell("–" if row.cap is None else style.size(row.cap)),
            Cell(_percent(float(row.initial_rate))),
            Cell(_percent(float(row.rate))),
            Cell(style.size(row.deduction)),
            Cell(f"{row.max_leverage:f}x"),
        )
        for row in found.table.rows
    ]
    return rows


def _percent(value: float) -> str:
    return f"{100 * value:.2f} %"

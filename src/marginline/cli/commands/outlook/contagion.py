"""`marginline contagion`: what each position is of its pool, and whom it takes along."""

from __future__ import annotations

from collections.abc import Sequence

from marginline.cli.commands.outlook.stress import alone_to_the_line, named_scenario
from marginline.cli.exits import Exit
from marginline.cli.input.documents import write_document
from marginline.cli.input.sources import Given, Reading, read_one
from marginline.cli.page.comfort import comfort_words
from marginline.cli.page.findings import write_findings
from marginline.cli.page.health import write_head, write_status
from marginline.cli.page.numbers import Style
from marginline.cli.page.page import Cell, Page, data, left
from marginline.cli.page.words import now
from marginline.core.assessment.assessment import PoolAssessment
from marginline.risk.stress.contagion import (
    Contagion,
    PoolContagion,
    PositionContagion,
    contagion,
)
from marginline.risk.stress.scenarios import SCENARIOS
from marginline.risk.stress.splitting import EXACT_UP_TO, ORDERS, Split

_METHODS = {
    "whole": "all of it is the one position's",
    "euler": "Euler parts: what each adds at the margin",
    "shapley": "Shapley parts: what each adds on average over every order",
    "shapley_sampled": f"Shapley parts over {2 * ORDERS} drawn orders",
}


def run(
    files: Sequence[str], names: Sequence[str], reading: Reading, *, exact: bool, as_json: bool
) -> Exit:
    """Write the parts of every pool: 0 all are told, 4 one is not."""
    chosen = [named_scenario(name) for name in names] or list(SCENARIOS)
    given = read_one(files, reading)
    with given.named():
        found = contagion(given.account, chosen, exact_up_to=EXACT_UP_TO)
    if as_json:
        write_document({**found.to_dict(), "source": given.source})
    else:
        _write(Page(Style(exact=exact)), given, found)
    told = all(pool.requirement is not None and pool.loss is not None for pool in found.pools)
    return Exit.HEALTHY if told and given.known else Exit.UNKNOWN


def _write(page: Page, given: Given, found: Contagion) -> None:
    write_head(page, given.account, source=given.source, at=now())
    write_status(page, given.assess())
    if not found.pools:
        page.line("no position is open: nothing drains anything", indent=2)
    for pool in found.pools:
        page.blank()
        page.line((data(pool.pool), "bold"), "  the whole pool falls at its line, not one position")
        page.table(_rows(page.style, pool, given.assess().pool(pool.pool)), indent=2)
        for text in _words(page.style, pool):
            page.paragraph((text, "dim"), indent=2, hanging=2)
        if pool.comfort is not None:
            for text in comfort_words(page.style, pool.comfort):
                page.paragraph(text, indent=2, hanging=2)
        if pool.findings:
            write_findings(page, pool.findings)


def _rows(style: Style, pool: PoolContagion, today: PoolAssessment) -> list[tuple[Cell, ...]]:
    day = "worst day" if pool.day is None else pool.day.name
    head = ("", "of the requirement", f"of {day}", "closing frees", "alone to the line", "takes")
    rows = [tuple(left(word, "dim") if not k else Cell(word, "dim") for k, word in enumerate(head))]
    return [*rows, *(_row(style, pool, each, today) for each in pool.positions)]


def _row(
    style: Style, pool: PoolContagion, each: PositionContagion, today: PoolAssessment
) -> tuple[Cell, ...]:
    return (
        left(data(each.position)),
        Cell(_share(style, pool.requirement, each.position)),
        Cell(_share(style, pool.loss, each.position)),
        Cell("?" if each.freed is None else style.amount(each.freed, pool.asset)),
        Cell(alone_to_the_line(style, today, each.position, each.own_move)),
        Cell(f"{len(each.takes)} more" if each.takes else "itself"),
    )


def _share(style: Style, found: Split | None, key: str) -> str:
    share = None if found is None else found.share(key)
    if found is None or share is None:
        return "?" if found is None else "–"
    held = found.whole - found.rest
    error = found.errors.get(key)
    text = style.percent(share, places=0)
    return text if error is None else f"{text} ± {style.percent(error / abs(held), places=0)}"


def _words(style: Style, pool: PoolContagion) -> list[str]:
    told = []
    if pool.requirement is not None:
        whole = style.amount(pool.requirement.whole, pool.asset)
        told.append(f"requirement {whole} {pool.asset}: {_METHODS[pool.requirement.method]}")
    if pool.loss is not None and pool.day is not None:
        whole = style.amount(pool.loss.whole, pool.asset)
        text = f"{pool.day.name} ({pool.day.words}) takes {whole} {pool.asset} of the buffer"
        if pool.loss.rest:
            text += f", {style.amount(pool.loss.rest, pool.asset)} of it without any position"
        told.append(f"{text}: {_METHODS[pool.loss.method]}")
    return told

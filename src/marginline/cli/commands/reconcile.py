"""`marginline reconcile`: the figures the venue printed beside ours, and the first that differs."""

from __future__ import annotations

from collections.abc import Sequence

from marginline.cli.exits import Exit
from marginline.cli.input.documents import of, write_documents
from marginline.cli.input.sources import Accounts, Given, Reading
from marginline.cli.page.health import write_head
from marginline.cli.page.numbers import Style
from marginline.cli.page.page import Cell, Page, data, left
from marginline.cli.page.words import counted, now
from marginline.risk.reconcile.reconcile import Line, Outcome, Reconciliation, reconcile

_STYLE = {Outcome.AGREES: "green", Outcome.DIFFERS: "red", Outcome.NOT_COMPUTABLE: "yellow"}


def run(
    files: Sequence[str], reading: Reading, *, everything: bool, exact: bool, as_json: bool
) -> Exit:
    """Compare every account with what its venue said: 0 agrees, 1 differs, 4 nothing to compare."""
    page = Page(Style(exact=exact))
    accounts = Accounts(files, reading)
    found: list[Reconciliation] = []
    documents: list[object] = []
    for given, compared in accounts.each(_compared):
        if not as_json:
            if found:
                page.divide()
            _write(page, given, compared, everything=everything)
        found.append(compared)
        documents.append(of(given.provenance(), compared.to_dict()))
    if as_json:
        write_documents(documents, several=accounts.expected > 1)
    return Exit.USAGE if accounts.failures else _exit_code(found)


def _compared(given: Given) -> Reconciliation:
    with given.named():
        return reconcile(given.account)


def _exit_code(found: Sequence[Reconciliation]) -> Exit:
    if any(each.first_difference is not None or each.contradictions for each in found):
        return Exit.WATCH
    whole = all(each.agrees and not each.count(Outcome.NOT_COMPUTABLE) for each in found)
    return Exit.HEALTHY if whole else Exit.UNKNOWN


def _write(page: Page, given: Given, found: Reconciliation, *, everything: bool) -> None:
    write_head(page, given.account, source=given.source, at=now())
    page.line(*_verdict(found))
    first = found.first_difference
    if first is not None:
        label = f' "{data(first.label)}"' if first.label else ""
        page.paragraph("first: ", (f"{data(first.where)}{label}", "bold"), hanging=2)
        page.paragraph(data(first.reason, 400), indent=2)
    shown = [line for line in found.lines if everything or line.outcome is Outcome.DIFFERS]
    if shown:
        page.blank()
        _write_lines(page, shown)
    for text in found.contradictions:
        page.paragraph(("the answer contradicts itself: ", "yellow"), data(text, 400), hanging=2)
    for text in found.information:
        page.paragraph(("note: ", "dim"), data(text, 400), hanging=2)
    hidden = len(found.lines) - len(shown)
    if hidden:
        page.line((f"{counted(hidden, 'figure')} not shown; --all shows them", "dim"))


def _verdict(found: Reconciliation) -> list[tuple[str, str] | str]:
    counts = [f"{found.count(outcome)} {_words(outcome)}" for outcome in Outcome]
    if not found.lines:
        return [("NOTHING TO COMPARE", "bold cyan"), "  the file carries no reported figures"]
    word = ("AGREES", "bold green") if found.agrees else ("DIFFERS", "bold red")
    if not found.agrees and found.first_difference is None:
        word = ("NOTHING COMPARED", "bold cyan")
    return [word, "  " + ", ".join(counts)]


def _words(outcome: Outcome) -> str:
    return {"agrees": "agree", "differs": "differ"}.get(outcome.value, outcome.value)


def _write_lines(page: Page, lines: Sequence[Line]) -> None:
    titles = ("ours", "theirs", "difference")
    rows = [[left("figure", "dim"), *(Cell(title, "dim") for title in titles), left("", "dim")]]
    rows += [_row(page.style, line) for line in lines]
    if page.fits(rows, indent=0):
        page.table(rows, indent=0)
        return
    for line in lines:
        page.line((_name(line), "bold"), "  ", (line.outcome.value, _STYLE[line.outcome]))
        cells = _row(page.style, line)[1:4]
        page.table([(left(t, "dim"), c) for t, c in zip(titles, cells, strict=True)], indent=4)


def _row(style: Style, line: Line) -> list[Cell]:
    numbers = (line.ours, line.theirs, line.difference)
    cells = [Cell("–", "dim") if n is None else Cell(style.figure(n)) for n in numbers]
    return [left(_name(line)), *cells, left(line.outcome.value, _STYLE[line.outcome])]


def _name(line: Line) -> str:
    label = line.label or ("" if line.measure is None else line.measure.value)
    return f"{data(line.where)} {data(label)}"

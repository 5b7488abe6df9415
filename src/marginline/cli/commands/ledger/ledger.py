"""`marginline ledger`: what is in a log."""

from __future__ import annotations

from collections.abc import Sequence

from marginline.cli.exits import Exit
from marginline.cli.input.documents import write_document
from marginline.cli.page.numbers import Style
from marginline.cli.page.page import Cell, Page, data, left
from marginline.cli.page.words import counted
from marginline.core.account.moments import moment_text
from marginline.core.numbers import to_text
from marginline.ledger.ledger import Ledger
from marginline.ledger.read import read_ledger

_SHOWN = 20


def run(files: Sequence[str], venue: str | None, owner: str, *, exact: bool, as_json: bool) -> Exit:
    """Write the sums by kind and asset, the gaps and what is not known."""
    found = read_ledger(*files, venue=venue, owner=owner)
    if as_json:
        write_document(document(found))
    else:
        _write(Page(Style(exact=exact)), found)
    whole = not (found.gaps() or found.unknown or found.conflicts)
    return Exit.HEALTHY if whole else Exit.WATCH


def document(found: Ledger) -> dict[str, object]:
    """The document `marginline/ledger/1`."""
    sums = sorted(found.sums().items())
    return {
        "schema": "marginline/ledger/1",
        "entries": len(found.entries),
        "repeated": found.repeated,
        "sums": [{"asset": a, "kind": k.value, "amount": to_text(v)} for (a, k), v in sums],
        "gaps": [gap.to_dict() for gap in found.gaps()],
        "unknown": [entry.to_dict() for entry in found.unknown],
        "conflicts": [[entry.to_dict() for entry in told] for told in found.conflicts],
    }


def _write(page: Page, found: Ledger) -> None:
    entries = found.entries
    page.line(*_head(found))
    if entries:
        begins, ends = moment_text(entries[0].at), moment_text(entries[-1].at)
        page.line((f"from {begins} to {ends}", "dim"))
        page.blank()
        rows = [[left("asset", "dim"), left("kind", "dim"), Cell("sum", "dim")]]
        rows += [
            [left(data(asset)), left(kind.value), Cell(page.style.amount(amount, asset, sign=True))]
            for (asset, kind), amount in sorted(found.sums().items())
        ]
        page.table(rows)
    gaps = found.gaps()
    for gap in gaps[:_SHOWN]:
        amount = page.style.amount(gap.amount, gap.asset, sign=True)
        page.paragraph(
            ("gap: ", "yellow"),
            f"{amount} {data(gap.asset)} that no entry explains,"
            f" after {moment_text(gap.since)} and by {moment_text(gap.until)}",
            hanging=2,
        )
    _more(page, len(gaps), "gap")
    for entry in found.unknown[:_SHOWN]:
        amount = page.style.amount(entry.amount, entry.asset, sign=True)
        page.line(("unknown: ", "yellow"), f"{data(entry.word)}  {amount} {data(entry.asset)}")
    _more(page, len(found.unknown), "unknown entry", "unknown entries")
    for told in found.conflicts[:_SHOWN]:
        amounts = ", ".join(to_text(entry.amount) for entry in told)
        page.line(("conflict: ", "red"), f"{data(told[0].event)} is told as {amounts}")
    _more(page, len(found.conflicts), "conflict")


def _head(found: Ledger) -> list[tuple[str, str] | str]:
    whole = not (found.gaps() or found.unknown or found.conflicts)
    word = ("WHOLE", "bold green") if whole else ("NOT WHOLE", "bold yellow")
    counts = [f"{len(found.entries)} {'entry' if len(found.entries) == 1 else 'entries'}"]
    counts += [counted(len(found.gaps()), "gap"), f"{len(found.unknown)} unknown"]
    if found.repeated:
        counts.append(f"{found.repeated} repeated")
    if found.conflicts:
        counts.append(counted(len(found.conflicts), "conflict"))
    if not found.statements:
        counts.append("no balances to check against")
    return [word, "  " + ", ".join(counts)]


def _more(page: Page, count: int, one: str, many: str | None = None) -> None:
    if count > _SHOWN:
        name = many or one + "s"
        page.line((f"{count - _SHOWN} more {name}; --json lists them all", "dim"))

"""`marginline whatif`: the account after changes, beside the account as it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from marginline.cli.exits import Exit, UsageProblem, of_status
from marginline.cli.input.changes import described, parsed
from marginline.cli.input.documents import of, write_document
from marginline.cli.input.sources import Given, Reading, read_one
from marginline.cli.page.comparison import moved, write_comparison, write_statuses
from marginline.cli.page.findings import write_findings
from marginline.cli.page.health import write_head
from marginline.cli.page.numbers import Style
from marginline.cli.page.page import Page, data
from marginline.cli.page.reasons import reason
from marginline.cli.page.words import now
from marginline.core.findings import Code, Finding, Status
from marginline.risk.what_if.what_if import WhatIf, what_if


def run(
    files: Sequence[str],
    options: Sequence[tuple[str, str]],
    reading: Reading,
    *,
    everything: bool,
    exact: bool,
    as_json: bool,
) -> Exit:
    """Apply the changes in order, write before, after and the difference."""
    changes = [parsed(name, text) for name, text in options]
    if not changes:
        raise UsageProblem("nothing to change; give --order, --deposit, --shock or another change")
    given = read_one(files, reading)
    with given.named():
        found = what_if(given.account, changes)
    if as_json:
        write_document(of(given.provenance(), found.to_dict()))
    else:
        _write(Page(Style(exact=exact)), given, found, everything=everything)
    if found.after.status.rank > Status.UNKNOWN.rank:
        return of_status(found.after.status)
    refused = any(finding.code is Code.VENUE_WOULD_REFUSE for finding in found.findings)
    return Exit.REFUSED if refused else of_status(found.after.status)


def _write(page: Page, given: Given, found: WhatIf, *, everything: bool) -> None:
    write_head(page, given.account, source=given.source, at=now())
    for number, change in enumerate(found.changes, 1):
        page.line((f"{number}. ", "dim"), data(described(change), 300), indent=2)
    page.blank()
    write_outcome(page, found, everything=everything)


def write_outcome(
    page: Page, found: WhatIf, more: Iterable[Finding] = (), *, everything: bool = False
) -> None:
    """Statuses, why, the figures that move, and what the changes bring with them."""
    write_statuses(page, found.before, found.after)
    page.paragraph(reason(found.after, page.style))
    if moved(found.before, found.after):
        write_comparison(page, found.before, found.after)
    else:
        page.line("no figure changes", indent=2)
    findings = [*more, *found.findings]
    if findings:
        page.blank()
        write_findings(page, findings, everything=everything)

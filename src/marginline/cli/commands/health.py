"""`marginline health`: assess account files and say how they stand."""

from __future__ import annotations

from collections.abc import Sequence

from marginline.cli.commands.many.options import Wanted
from marginline.cli.exits import Exit, of_worst
from marginline.cli.input.documents import write_documents
from marginline.cli.input.folders import holds_accounts
from marginline.cli.input.sources import Accounts, Given, Reading
from marginline.cli.page.health import write_account, write_brief, write_summary
from marginline.cli.page.numbers import Style
from marginline.cli.page.page import Page
from marginline.cli.page.words import now
from marginline.core.assessment.assessment import Assessment


def run(
    files: Sequence[str],
    reading: Reading,
    wanted: Wanted,
    *,
    as_json: bool,
    exact: bool,
    everything: bool,
    venue_words: bool,
    brief: bool = False,
) -> Exit:
    """Assess every file, write the assessments, return the gravest status as an exit code.

    A folder of accounts is a table, unless the pages of its accounts are asked for.
    """
    pages = everything or venue_words or brief or exact
    if wanted or (not pages and not reading.of_payloads and holds_accounts(files)):
        from marginline.cli.commands.many import run as many

        return many.run(files, wanted, reading, as_json=as_json)
    page = Page(Style(exact=exact))
    assessed: list[tuple[Given, Assessment]] = []
    accounts = Accounts(files, reading)
    for given, assessment in accounts.each(Given.assess):
        if brief and not as_json:
            write_brief(page, given.name, assessment)
        elif not as_json:
            if assessed:
                page.divide()
            write_account(
                page, given.account, assessment, source=given.source, at=now(),
                everything=everything, venue_words=venue_words,
            )  # fmt: skip
        assessed.append((given, assessment))
    if as_json:
        documents = [assessment.to_dict() for _, assessment in assessed]
        write_documents(documents, several=accounts.expected > 1)
    elif len(assessed) > 1 and not brief:
        page.divide()
        write_summary(page, [(g.name, a) for g, a in assessed])
    return Exit.USAGE if accounts.failures else of_worst(a.status for _, a in assessed)

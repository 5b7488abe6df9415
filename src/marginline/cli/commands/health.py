"""`marginline health`: assess account files and say how they stand."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from marginline.cli.commands.outlook.health_outlook import Outlook


@dataclass(frozen=True, slots=True)
class Looking:
    """That the outlook is wanted, and of which history; None: that of the settings."""

    history: str | None


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
    outlook: Looking | None = None,
) -> Exit:
    """Assess every file, write the assessments, return the gravest status as an exit code.

    A folder of accounts is a table, unless the pages of its accounts are asked for.
    """
    pages = everything or venue_words or brief or exact or outlook is not None
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
            if outlook is not None:
                _outlook(given, outlook).write(page)
            elif _recorded(given.name):
                page.blank()
                page.line(("speed, time left and odds, from its history: --outlook", "dim"))
        assessed.append((given, assessment))
    if as_json:
        documents: list[object] = [
            assessment.to_dict()
            if outlook is None
            else _outlook(given, outlook).to_dict(assessment)
            for given, assessment in assessed
        ]
        write_documents(documents, several=accounts.expected > 1)
    elif len(assessed) > 1 and not brief:
        page.divide()
        write_summary(page, [(g.name, a) for g, a in assessed])
    return Exit.USAGE if accounts.failures else of_worst(a.status for _, a in assessed)


def _recorded(account: str) -> bool:
    """Whether the usual history of this user knows an account of this name."""
    from marginline.cli.live.history import FILE, data_folder

    file = data_folder(os.environ) / FILE
    if not file.is_file():
        return False
    from marginline.cli.commands.history.glance import knows

    return knows(file, account)


def _outlook(given: Given, looking: Looking) -> Outlook:
    from marginline.cli.commands.outlook.health_outlook import outlook_of

    with given.named():
        return outlook_of(given, looking.history)

"""`marginline health --table`: many accounts in one table, for people, programs and files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from marginline.cli.commands.many.options import Wanted
from marginline.cli.commands.many.rows import CSV_HEAD, csv_rows
from marginline.cli.exits import Exit, UsageProblem, of_status
from marginline.cli.input import judging
from marginline.cli.input.documents import write_document
from marginline.cli.input.moves import is_everything, named_value, relative
from marginline.cli.input.sources import Accounts, Given, Reading
from marginline.cli.page.page import Page, data
from marginline.cli.page.words import now
from marginline.cli.writing import free, text_of_rows, write_text
from marginline.risk.many.many import Entry, Many, joint_shock, look_over
from marginline.risk.stress.scenarios import Scenario


def run(files: Sequence[str], wanted: Wanted, reading: Reading, *, as_json: bool) -> Exit:
    """Write the table; the exit code tells the gravest status of any account, shock included."""
    outs = wanted.files
    stdout = [form for form, name in outs.items() if name == "-"]
    if len(stdout) > 1 or (stdout and as_json):
        raise UsageProblem(f"--{stdout[0]} -: stdout can hold one document only")
    for name in outs.values():
        if name != "-":
            free(name, force=wanted.force)
    entries = _entries(files, reading)
    if not entries:
        raise UsageProblem("no account is there: give account files, or folders that hold them")
    many = look_over(entries, _shock(wanted.shock, entries), watch_distance=judging.watch())
    given = [*files] or [entries[0].source]
    title = given[0] if len(given) == 1 else f"{given[0]} and {len(given) - 1} more"
    for form, name in outs.items():
        text = _text_of(form, many, title)
        if name == "-":
            print(text, end="")
        else:
            write_text(name, text, force=wanted.force)
    if as_json:
        from marginline.cli.commands.many.document import document

        name = Path(given[0]).name if len(given) == 1 else ""
        write_document(document(many, now(), name, title))
    elif not stdout:
        from marginline.cli.commands.many.text import write_table

        page = Page()
        write_table(page, many)
        for form, name in outs.items():
            page.line(f"{form}: {data(name)}")
    return of_status(many.status)


def _text_of(form: str, many: Many, title: str) -> str:
    if form == "csv":
        return text_of_rows(CSV_HEAD, csv_rows(many))
    if form == "markdown":
        from marginline.cli.commands.many.text import markdown

        return markdown(many)
    from marginline.cli.commands.many.html import page

    return page(many, now(), title)


def _entries(files: Sequence[str], reading: Reading) -> list[Entry]:
    """Every account, the unreadable ones with why."""
    accounts = Accounts(files, reading, told=False)
    found = [
        Entry(_name(given), given.source, given.account, assessment)
        for given, assessment in accounts.each(Given.assess)
    ]
    return found + [
        Entry(_stem(source), source, problem="; ".join(map(str, error.problems)))
        for source, error in accounts.refused
    ]


def _name(given: Given) -> str:
    return given.account.name or _stem(given.source)


def _stem(source: str) -> str:
    return Path(source).stem or source


def _shock(texts: Sequence[str], entries: Sequence[Entry]) -> Scenario | None:
    """One shock of all the moves; `all` is every coin that is not named."""
    if not texts:
        return None
    moves, rest = {}, None
    for text in (move for each in texts for move in each.split(",")):
        pair = named_value(text)
        if pair is None:
            raise UsageProblem(f"--shock {data(text)}: write BTC=-20% or all=-10%")
        name, move = pair[0], relative("--shock", pair[1], text)
        if is_everything(name):
            rest = move
        else:
            moves[name] = move
    return joint_shock(moves, rest, [e.account for e in entries if e.account is not None])

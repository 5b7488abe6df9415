"""`marginline rules diff VENUE --from DATE --to DATE`: what changed between two days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from marginline.cli.commands.rules.show import moment_of
from marginline.cli.exits import Exit
from marginline.cli.input.documents import write_document
from marginline.cli.page.page import Page
from marginline.core.pool.pool import Kind
from marginline.venues.differences import (
    ModeDifference,
    ParameterChange,
    RuleChange,
    claims,
    difference_document,
    mode_differences,
    parameter_changes,
    plain,
)

_SHORT = 50  # characters, before and after together, that go into one line
_SHOWN = ("code", "formula", "label", "evidence", "gap", "caveat")


def run(venue: str, mode: str | None, days: tuple[str, str], *, as_json: bool) -> Exit:
    """Write what changed at a venue between two days."""
    first, second = moment_of(days[0]), moment_of(days[1])
    modes = [d for d in mode_differences(venue, first, second) if mode is None or d.mode == mode]
    parameters = list(parameter_changes(venue, first, second))
    if as_json:
        write_document(difference_document(venue, days, modes, parameters))
    else:
        _write(Page(), venue, days, modes, parameters)
    return Exit.HEALTHY


def _write(
    page: Page,
    venue: str,
    days: tuple[str, str],
    modes: list[ModeDifference],
    parameters: list[ParameterChange],
) -> None:
    page.line((venue, "bold"), f"  from {days[0]} to {days[1]}")
    for difference in modes:
        page.blank()
        _write_mode(page, difference)
    page.blank()
    page.line(("packaged parameters", "bold"))
    if not parameters:
        page.line("no change", indent=2)
    for change in parameters:
        _write_parameter(page, change)


def _write_mode(page: Page, difference: ModeDifference) -> None:
    codes = [book.code if book else "no rulebook" for book in (difference.before, difference.after)]
    head = difference.mode or "the one mode"
    if codes[0] == codes[1]:
        page.line((head, "bold"), f"  {codes[0]}  no change")
        return
    page.line((head, "bold"), f"  {codes[0]} → {codes[1]}")
    for word, book in (("before", difference.before), ("after", difference.after)):
        if book is not None:
            page.line((f"{word}: ", "dim"), f"{book.title}, {book.span}", indent=2)
    _write_notes(page, difference)
    for change in difference.rules:
        _write_change(page, change)


def _write_change(page: Page, change: RuleChange) -> None:
    some = "" if len(change.kinds) == len(Kind) else f" ({', '.join(change.kinds)})"
    page.line((change.measure.value, "bold"), (f"  of a {change.scope}{some}", "dim"), indent=2)
    for name, was, is_now in _fields(change):
        if len(was) + len(is_now) <= _SHORT:
            page.line((f"{name}: ", "dim"), was, (" → ", "bold"), is_now, indent=4)
            continue
        page.line((f"{name}:", "dim"), indent=4)
        page.paragraph(("- ", "red"), was, indent=6, hanging=2)
        page.paragraph(("+ ", "green"), is_now, indent=6, hanging=2)


def _write_notes(page: Page, difference: ModeDifference) -> None:
    """What is said of the whole book that was not said before, and the reverse."""
    before = difference.before.notes if difference.before else ()
    after = difference.after.notes if difference.after else ()
    for sign, notes, others in (("-", before, after), ("+", after, before)):
        for note in (note for note in notes if note not in others):
            page.paragraph((f"{sign} ", "bold"), note, indent=2, hanging=2)


def _fields(change: RuleChange) -> Iterator[tuple[str, str, str]]:
    """The parts of a rule that differ, as words."""
    before, after = claims(change.before) or {}, claims(change.after) or {}
    for name in _SHOWN:
        was, is_now = before.get(name), after.get(name)
        if was != is_now:
            yield name, _words(was), _words(is_now)


def _words(value: object) -> str:
    if isinstance(value, Mapping):
        return f"{value['code']}, {value['message']}"
    return "none" if value is None else str(value)


def _write_parameter(page: Page, change: ParameterChange) -> None:
    page.line((f"{change.table} {change.key}", "bold"), indent=2)
    for word, entry in (("before", change.before), ("after", change.after)):
        if entry is None:
            page.line(f"{word}: none packaged for that day", indent=4)
            continue
        kept = {n: plain(v) for n, v in entry.items() if n not in ("rows", "source")}
        table = entry.get("rows")
        rows = f", {len(table)} rows" if isinstance(table, list) else ""
        values = ", ".join(f"{name} {value}" for name, value in kept.items())
        page.paragraph(f"{word}: {values}{rows}; {entry.get('source', '')}", indent=4, hanging=2)

"""`marginline rules show`: one rulebook, rule by rule, with its sources and its gaps."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from marginline.cli.exits import Exit, UsageProblem
from marginline.cli.input.documents import write_documents
from marginline.cli.page.page import Page, Part
from marginline.cli.page.words import now
from marginline.core.assessment.rules import AnyRule
from marginline.venues import at, rulebooks
from marginline.venues.documents import rulebook_document, rules_of
from marginline.venues.rulebook import Rulebook


def run(venue: str, mode: str | None, day: str | None, *, everything: bool, as_json: bool) -> Exit:
    """Write the rulebook in force: of one mode, or of every mode of the venue."""
    books = books_at(venue, mode, moment_of(day) if day is not None else _latest(venue))
    if as_json:
        write_documents([rulebook_document(book) for book in books], several=len(books) > 1)
        return Exit.HEALTHY
    page = Page()
    for number, book in enumerate(books):
        if number:
            page.divide()
        _write(page, book, everything=everything)
    return Exit.HEALTHY


def _latest(venue: str) -> datetime:
    """Now; of a venue that has closed, its last day."""
    ends = [book.effective_until for book in rulebooks(venue)]
    if any(end is None for end in ends):
        return now()
    last = max(end for end in ends if end is not None) - timedelta(days=1)
    return min(now(), datetime.combine(last, time(), UTC))


def moment_of(day: str | None) -> datetime:
    """The beginning of a day in UTC; now where none is named."""
    if day is None:
        return now()
    try:
        return datetime.combine(date.fromisoformat(day), time(), UTC)
    except ValueError:
        raise UsageProblem(f"not a date: {day}; write 2026-09-01") from None


def books_at(venue: str, mode: str | None, moment: datetime) -> list[Rulebook]:
    """The rulebooks in force at a moment, by mode.

    Raises:
        RulebookError: none covers it.
    """
    modes = list(dict.fromkeys(book.mode for book in rulebooks(venue)))
    if mode is not None or len(modes) < 2:
        return [at(venue, mode if mode is not None else modes[0], moment)]
    found = [book for book in rulebooks(venue) if book.covers(moment)]
    return found or [at(venue, modes[0], moment)]


def _write(page: Page, book: Rulebook, *, everything: bool) -> None:
    page.line((book.title, "bold"), "  ", book.code, ("  closed" if book.historical else "", "red"))
    page.line(f"in force {book.span}; digest {book.digest[:12]}")
    for note in book.notes:
        page.paragraph("note: ", note, hanging=2)
    sources: list[str] = []
    for scope in ("pool", "position"):
        page.blank()
        page.line((f"of a {scope}", "bold"))
        own = [rule for s, rule, mine in rules_of(book) if s == scope and mine]
        for rule in own:
            _write_rule(page, rule, sources)
        _write_standard(page, book, scope, sources, everything=everything)
    page.blank()
    page.line(("sources", "bold"))
    for number, source in enumerate(sources, 1):
        page.line((f"[{number}] ", "cyan"), source)


def _write_rule(page: Page, rule: AnyRule, sources: list[str]) -> None:
    title: list[Part] = [(rule.code, "bold"), f"  {rule.measure.value}"]
    if rule.kinds:
        title.append(f" ({', '.join(sorted(kind.value for kind in rule.kinds))})")
    if rule.label:
        title.append((f'  "{rule.label}"', "italic"))
    page.paragraph(*title, indent=2, hanging=4)
    if rule.gap is not None:
        page.paragraph((rule.gap.code.name, "yellow"), f": {rule.gap.message}", indent=6, hanging=2)
    else:
        page.paragraph("= ", rule.formula, indent=6, hanging=2)
    if rule.caveat is not None:
        page.paragraph((rule.caveat[0].name, "yellow"), f": {rule.caveat[1]}", indent=6, hanging=2)
    page.line((rule.evidence.value, "green" if rule.evidence.value == "reproduced" else ""),
              (f" [{_numbered(str(rule.citation), sources)}]", "cyan"), indent=6)  # fmt: skip


def _numbered(source: str, sources: list[str]) -> int:
    if source not in sources:
        sources.append(source)
    return sources.index(source) + 1


def _write_standard(
    page: Page, book: Rulebook, scope: str, sources: list[str], *, everything: bool
) -> None:
    standard = [rule for s, rule, mine in rules_of(book) if s == scope and not mine]
    if everything:
        for rule in standard:
            _write_rule(page, rule, sources)
    elif standard:
        names = ", ".join(dict.fromkeys(rule.measure.value for rule in standard))
        page.paragraph(
            ("by our own definition (--all shows them): ", "dim"), names, indent=2, hanging=2
        )

"""`marginline rules matrix`: what each rulebook computes, asked of the rulebooks themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from marginline.cli.exits import Exit
from marginline.cli.input.documents import write_document
from marginline.cli.page.page import Cell, Page, left
from marginline.core.measures import Measure
from marginline.venues import all_rulebooks, rulebooks
from marginline.venues.documents import matrix_document
from marginline.venues.rulebook import Rulebook
from marginline.venues.support import support

MARKS = {
    "yes": ("●", "Y", "green"),
    "approximate": ("≈", "~", "yellow"),
    "unsupported": ("✗", "x", "red"),
    "not applicable": ("–", "-", "dim"),
    "absent": ("", "", ""),
}
_MEANINGS = {
    "yes": "computed",
    "approximate": "approximate, the finding says why",
    "unsupported": "not public or not built",
    "not applicable": "does not exist there",
}
_NAME_WIDTH = 26  # of the longest measure, with its indent


def run(venue: str | None, *, as_json: bool) -> Exit:
    """Write the matrix of every rulebook, or of one venue's."""
    books = rulebooks(venue) if venue is not None else all_rulebooks()
    if as_json:
        write_document(matrix_document(books))
    else:
        _write(Page(), books)
    return Exit.HEALTHY


def _write(page: Page, books: Sequence[Rulebook]) -> None:
    """A legend of the rulebooks by number, then the measures against those numbers."""
    rows = [
        (Cell(str(n)), left(book.code, "bold"), left(_span(book)))
        for n, book in enumerate(books, 1)
    ]
    page.table(rows)
    for scope in ("pool", "position"):
        for first, part in _parts(page, books):
            page.blank()
            page.table(list(_table(page, scope, part, first)), gap=1)
    page.blank()
    glyph = 1 if page.plain else 0
    for state, text in _MEANINGS.items():
        page.line((MARKS[state][glyph], MARKS[state][2]), f" {text}")


def _span(book: Rulebook) -> str:
    closed = ", closed" if book.historical else ""
    return f"{book.title}, {book.span}{closed}"


def _parts(page: Page, books: Sequence[Rulebook]) -> Iterator[tuple[int, Sequence[Rulebook]]]:
    """As many rulebooks side by side as fit the page."""
    each = max((page.width - _NAME_WIDTH) // 3, 1)
    for start in range(0, len(books), each):
        yield start + 1, books[start : start + each]


def _table(page: Page, scope: str, books: Sequence[Rulebook], first: int) -> Iterator[list[Cell]]:
    yield [
        left(f"of a {scope}", "bold"),
        *(Cell(str(n), "dim") for n in range(first, first + len(books))),
    ]
    found = [_states(book, scope) for book in books]
    for measure in dict.fromkeys(m for states in found for m in states):
        yield [left(measure.value), *(_mark(page, states[measure]) for states in found)]


def _states(book: Rulebook, scope: str) -> dict[Measure, str]:
    return {row.measure: row.state for row in support(book) if row.scope == scope}


def _mark(page: Page, state: str) -> Cell:
    glyph, plain, style = MARKS[state]
    return Cell((plain if page.plain else glyph).rjust(2), style)

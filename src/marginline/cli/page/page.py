"""Where a command writes for people: coloured on a terminal, plain text in a pipe.

Whatever comes from a file is data. It is printed as text, never read as markup, and its control
characters are shown escaped.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from marginline.cli.page.numbers import Style
from marginline.errors import shown

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

WIDTH_MAX = 132  # a line longer than this is hard to follow
WIDTH_MIN = 24  # in fewer columns no sentence can be told
WIDTH_UNKNOWN = 80  # a width of 0 is a terminal that does not know its own

Part = str | tuple[str, str]  # text, or text with a style


def data(value: object, limit: int = 120) -> str:
    """Text from a file, safe to print: one line, control characters escaped."""
    return shown(value, limit)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table: its text, its style, and whether it stands at the right."""

    text: str
    style: str = ""
    right: bool = True


def left(text: str, style: str = "") -> Cell:
    """A cell at the left: words."""
    return Cell(text, style, right=False)


class Page:
    """The paper a command writes on, and how it writes numbers."""

    def __init__(self, style: Style | None = None, console: Console | None = None) -> None:
        self.style = style or Style()
        self._console = console

    @cached_property
    def console(self) -> Console:
        """Rich's console, made when the first line is written."""
        from rich.console import Console

        if self._console is not None:
            return self._console

        class Paper(Console):
            """Rich would end the program with exit code 1, which means "watch" here."""

            def on_broken_pipe(self) -> None:
                raise BrokenPipeError

        _never_fail_to_encode()
        paper = Paper(highlight=False, markup=False, emoji=False, soft_wrap=True)
        paper.width = max(paper.width, WIDTH_MIN) if paper.width > 0 else WIDTH_UNKNOWN
        return paper

    @cached_property
    def width(self) -> int:
        """Columns there are to fill."""
        return min(self.console.width, WIDTH_MAX)

    @cached_property
    def plain(self) -> bool:
        """Whether the output can carry ASCII only."""
        return not (self.console.encoding or "").lower().startswith("utf")

    def line(self, *parts: Part, indent: int = 0) -> None:
        """One line, however long: nothing is cut."""
        text = joined(parts)
        text.rstrip()
        text.pad_left(indent)
        self.console.print(text, soft_wrap=True)

    def paragraph(self, *parts: Part, indent: int = 0, hanging: int = 0) -> None:
        """Words, wrapped between words; lines after the first are indented by `hanging` more."""
        room = max(self.width - indent - hanging, 24)
        for number, row in enumerate(joined(parts).wrap(self.console, room)):
            row.rstrip()
            row.pad_left(indent + (hanging if number else 0))
            self.console.print(row, soft_wrap=True)

    def blank(self) -> None:
        """An empty line."""
        self.console.print()

    def rule(self) -> None:
        """A line across the page."""
        self.line(("-" if self.plain else "─") * self.width)

    def divide(self) -> None:
        """An empty line and a line across the page: something else begins."""
        self.blank()
        self.rule()

    def table(self, rows: Sequence[Sequence[Cell]], *, indent: int = 2, gap: int = 2) -> None:
        """Rows of cells in columns. Columns are as wide as they must be; nothing is cut."""
        widths = column_widths(rows)
        for row in rows:
            text = _row(row, widths, gap)
            text.rstrip()
            text.pad_left(indent)
            self.console.print(text, soft_wrap=True)

    def fits(self, rows: Sequence[Sequence[Cell]], *, indent: int = 2, gap: int = 2) -> bool:
        """Whether a table would fit the width."""
        return indent + sum(widths := column_widths(rows)) + gap * (len(widths) - 1) <= self.width


def column_widths(rows: Sequence[Sequence[Cell]]) -> list[int]:
    """Columns each column of a table needs."""
    from rich.cells import cell_len

    count = max((len(row) for row in rows), default=0)
    return [
        max((cell_len(row[i].text) for row in rows if i < len(row)), default=0)
        for i in range(count)
    ]


def _row(row: Sequence[Cell], widths: Sequence[int], gap: int) -> Text:
    from rich.cells import cell_len
    from rich.text import Text

    text = Text()
    for number, cell in enumerate(row):
        text.append(" " * gap if number else "")
        pad = " " * (widths[number] - cell_len(cell.text))
        text.append(pad if cell.right else "")
        text.append(cell.text, cell.style or None)
        text.append("" if cell.right else pad)
    return text


def joined(parts: Iterable[Part]) -> Text:
    """Styled parts as one text."""
    from rich.text import Text

    text = Text()
    for part in parts:
        if isinstance(part, str):
            text.append(part)
        else:
            text.append(part[0], part[1] or None)
    return text


def _never_fail_to_encode() -> None:
    """A name in a file may hold letters that the output cannot: they are shown escaped."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")

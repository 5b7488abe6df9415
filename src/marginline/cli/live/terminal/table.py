"""The table that both screens are made of."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.coordinate import Coordinate
from textual.widgets import DataTable

EVERY_S = 0.25
"""Figures are painted anew four times a second, cells and not rows."""


LEAST = 8
"""Characters that a name keeps."""


class Line:
    """A row: its cells, and how many characters each takes, which is measured once."""

    __slots__ = ("texts", "widths")

    def __init__(self, texts: Sequence[Text]) -> None:
        self.texts = texts
        self.widths = [text.cell_len for text in texts]

    def cut(self, column: int, most: int) -> Line:
        """The same with no more than so many characters in a column."""
        if self.widths[column] <= most:
            return self
        short = self.texts[column].copy()
        short.truncate(most, overflow="ellipsis")
        return Line([*self.texts[:column], short, *self.texts[column + 1 :]])


class Figures(DataTable[Text]):
    """A table of rows to open, each cell as wide as what it says."""

    _heads: Sequence[str] = ()
    _lines: Sequence[Line] = ()
    _stand_for: Sequence[object] = ()

    def show(
        self, lines: Sequence[Line], heads: Sequence[str], stand_for: Sequence[object]
    ) -> None:
        """Bring the table up to date; the cursor stays on what it was on.

        Args:
            lines: the rows; one that is the very one that stood there is not looked at.
            heads: of the columns.
            stand_for: what each row stands for.
        """
        at, were = self.cursor_row, self._stand_for
        chosen = were[at] if 0 <= at < len(were) else None
        if heads == self._heads and len(lines) == len(self._lines):
            self._put(lines)
        else:
            self._renew(lines, heads)
        self._heads, self._lines, self._stand_for = heads, lines, stand_for
        if chosen in stand_for:
            self.move_cursor(row=stand_for.index(chosen))

    def _put(self, lines: Sequence[Line]) -> None:
        """Write the cells that changed."""
        # widths before cells: a table measures when it is idle, and what was drawn until then, cut,
        # it keeps
        grown = set()
        widths = _widths(lines, self._heads)
        for number, (each, width) in enumerate(zip(self.ordered_columns, widths, strict=True)):
            if each.width != width:
                each.width = width
                grown.add(number)
        for number, (line, stood) in enumerate(zip(lines, self._lines, strict=True)):
            if line is stood:
                continue
            for column, (cell, was) in enumerate(zip(line.texts, stood.texts, strict=True)):
                if cell is not was and cell != was:  # its own measuring is asked for where it must
                    place = Coordinate(number, column)
                    self.update_cell_at(place, cell, update_width=column in grown)

    def _renew(self, lines: Sequence[Line], heads: Sequence[str]) -> None:
        """Make columns and rows anew."""
        self.clear(columns=True)
        for head, width in zip(heads, _widths(lines, heads), strict=True):
            self.add_column(head, width=width)
        for line in lines:
            self.add_row(*line.texts)

    def fitted(self, lines: Sequence[Line], heads: Sequence[str], named: int) -> list[Line]:
        """The same with names, one column of it, that leave the other columns their place."""
        widths = _widths(lines, heads)
        room = self.scrollable_content_region.width or self.app.size.width
        others = sum(widths) - widths[named] + 2 * self.cell_padding * len(widths)
        most = max(LEAST, room - others)
        return [line.cut(named, most) for line in lines]


def _widths(lines: Sequence[Line], heads: Sequence[str]) -> list[int]:
    """The characters that each column takes."""
    columns = zip(map(len, heads), *(line.widths for line in lines), strict=True)
    return [max(column) for column in columns]

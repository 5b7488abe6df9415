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


class Figures(DataTable[Text]):
    """A table of rows to open, each cell as wide as what it says."""

    def put(self, found: list[list[Text]]) -> None:
        """Bring cells up to date where the rows stand as they stood."""
        # before the cells: a table measures when it is idle, and what was drawn until then, cut,
        # it keeps
        heads = [column.label.plain for column in self.ordered_columns]
        for each, width in zip(self.ordered_columns, _widths(found, heads), strict=True):
            each.width = width
        for number, row in enumerate(found):
            for column, cell in enumerate(row):
                place = Coordinate(number, column)
                if self.get_cell_at(place) != cell:
                    self.update_cell_at(place, cell, update_width=True)

    def renew(
        self,
        found: list[list[Text]],
        heads: list[str],
        were: Sequence[object],
        are: Sequence[object],
        keys: Sequence[str] | None = None,
    ) -> None:
        """Make the rows anew; the cursor stays on what it was on, by what the rows stand for."""
        at = self.cursor_row
        chosen = were[at] if 0 <= at < len(were) else None
        self.clear(columns=True)
        for head, width in zip(heads, _widths(found, heads), strict=True):
            self.add_column(head, width=width)
        for number, row in enumerate(found):
            self.add_row(*row, key=None if keys is None else keys[number])
        if chosen in are:
            self.move_cursor(row=are.index(chosen))

    def fitted(self, found: list[list[Text]], heads: list[str], named: int) -> list[list[Text]]:
        """The same with names, one column of it, that leave the other columns their place."""
        widths = _widths(found, heads)
        room = self.scrollable_content_region.width or self.app.size.width
        others = sum(widths) - widths[named] + 2 * self.cell_padding * len(widths)
        for row in found:
            row[named].truncate(max(LEAST, room - others), overflow="ellipsis")
        return found


def _widths(found: list[list[Text]], heads: Sequence[str]) -> list[int]:
    """The characters that each column takes."""
    columns = zip(heads, *found, strict=True)
    return [max([len(head), *(cell.cell_len for cell in cells)]) for head, *cells in columns]

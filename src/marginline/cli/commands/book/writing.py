"""How `marginline book …` writes: documents without NaN, tables of any numbers, files of rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from marginline.cli.exits import UsageProblem
from marginline.cli.input.documents import write_document
from marginline.cli.page.page import Cell, Page, data, left
from marginline.cli.writing import free, text_of_rows, write_file, write_text

_WIDE = 1e15  # from here on a number is written by its magnitude
_SUFFIXES = (".parquet", ".csv")


def write(document: Mapping[str, Any]) -> None:
    """A document on stdout."""
    write_document(_known(document))


# Any: a document is JSON of whatever depth
def _known(value: Any) -> Any:
    """The same with null for what is not known: JSON has no NaN."""
    if isinstance(value, dict):
        return {name: _known(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_known(member) for member in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def amount(value: float, places: int = 2) -> str:
    """A number for people: thousands apart, by magnitude where its digits would say nothing."""
    if not math.isfinite(value):
        return "?"
    if abs(value) >= _WIDE or 0 < abs(value) < 10.0**-places / 2:
        return f"{value:.4g}"
    return f"{value:,.{places}f}"


def write_figures(document: Mapping[str, int | float]) -> None:
    """Figures by name, one a line."""
    rows = []
    for name, value in document.items():
        text = f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"
        rows.append([left(name.replace("_", " ")), Cell(text)])
    Page().table(rows)


def free_for_rows(out: str, *, force: bool) -> None:
    """Refuse a file that cannot be written to, or whose name tells no format, before any work."""
    if not out.endswith(_SUFFIXES):
        ends = " or ".join(_SUFFIXES)
        raise UsageProblem(f"--out: a name that ends in {ends} is expected, found {data(out)}")
    free(out, force=force)


def write_rows(out: str, columns: Mapping[str, Iterable[Any]], *, force: bool) -> None:
    """Columns as a Parquet or a CSV file, by the name's end."""
    if out.endswith(".csv"):
        rows = zip(*(list(column) for column in columns.values()), strict=True)
        write_text(out, text_of_rows(list(columns), rows), force=force)
        return
    import pyarrow.parquet as pq

    from marginline.book.frames import arrow_of

    write_file(out, lambda file: pq.write_table(arrow_of(columns), file), force=force)

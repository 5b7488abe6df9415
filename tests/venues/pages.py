"""The tables of the venues' README files, written anew from their pages' lines.

    python -m tests.venues.pages

`test_pages` says where one is not what the page says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from marginline.venues import folders
from marginline.venues.compare.comparing import words_of
from marginline.venues.compare.lines import table
from tests.conftest import ROOT

VENUES = ROOT / "src" / "marginline" / "venues"
_TABLE = re.compile(r"<!-- page (?P<book>[A-Z]+) -->\n.*?<!-- end -->", re.DOTALL)


def in_the_form() -> dict[str, ModuleType]:
    """The pages of the folders that are in the one form, by folder."""
    found = {}
    for venue, folder in folders().items():
        words = words_of(venue)
        if words is not None and hasattr(words, "TABLES"):
            found[folder] = words
    return found


def tables(page: ModuleType) -> Iterator[tuple[str, str]]:
    """The tables of a page by rulebook, each between its marks."""
    for book, lines in page.TABLES.items():
        yield book, f"<!-- page {book} -->\n{table(page.NAME, book, *lines)}\n<!-- end -->"


def readme(folder: str) -> Path:
    """The README of a venue's folder."""
    return VENUES / folder / "README.md"


def rewritten(text: str, page: ModuleType) -> str:
    """A README with its tables as the page says them."""
    own = dict(tables(page))
    return _TABLE.sub(lambda found: own.get(found["book"], found[0]), text)


if __name__ == "__main__":
    for name, page in in_the_form().items():
        path = readme(name)
        path.write_text(rewritten(path.read_text("utf-8"), page), "utf-8")

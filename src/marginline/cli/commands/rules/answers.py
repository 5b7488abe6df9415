"""`marginline rules answers`: the kinds of raw answer that a venue's reader knows."""

from __future__ import annotations

from marginline.cli.exits import Exit
from marginline.cli.input.documents import write_document
from marginline.cli.page.numbers import Style
from marginline.cli.page.page import Page, data
from marginline.venues.reader.reading import kinds

ANSWERS_SCHEMA = "marginline/answers/1"
RIGHT = (
    "A key with the right to read is enough for all of them, without the rights to trade and to"
    " withdraw; answers about the market need no key."
)


def run(venue: str, *, as_json: bool) -> Exit:
    """Write every kind with its endpoint and what it tells."""
    known = {kind: _parts(about) for kind, about in kinds(venue).items()}
    if as_json:
        rows = [
            {"kind": kind, "endpoint": endpoint, "tells": tells}
            for kind, (endpoint, tells) in known.items()
        ]
        write_document({"schema": ANSWERS_SCHEMA, "venue": venue, "answers": rows})
        return Exit.HEALTHY
    page = Page(Style(exact=False))
    page.line(data(venue))
    page.blank()
    wide = max((len(kind) for kind in known), default=0)
    for kind, (endpoint, tells) in known.items():
        page.line((kind.ljust(wide + 2), "cyan"), data(tells), ("  " + endpoint, "dim"), indent=2)
    page.blank()
    page.paragraph(RIGHT)
    return Exit.HEALTHY


def _parts(about: str) -> tuple[str, str]:
    """The endpoint, and what its answer tells."""
    endpoint, colon, tells = about.partition(": ")
    return (endpoint, tells) if colon else ("", about)

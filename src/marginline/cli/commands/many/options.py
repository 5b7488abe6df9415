"""How a table of many accounts is wanted: its options, which `health` takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from marginline.cli.input.options import Force, folded


@dataclass(frozen=True, slots=True)
class Wanted:
    """How the table is wanted: under which shock, in which forms, written where."""

    table: bool = False
    shock: Sequence[str] = ()
    csv: str | None = None
    markdown: str | None = None
    html: str | None = None
    force: bool = False

    @property
    def files(self) -> dict[str, str]:
        """Names of files by form, of those that are wanted."""
        found = {"csv": self.csv, "markdown": self.markdown, "html": self.html}
        return {form: name for form, name in found.items() if name is not None}

    def __bool__(self) -> bool:
        return self.table or bool(self.shock or self.files)


def _wanted(
    *,
    table: bool,
    shock: list[str] | None,
    csv: str | None,
    markdown: str | None,
    html: str | None,
    force: bool,
) -> Wanted:
    return Wanted(table, shock or (), csv, markdown, html, force)


tables = folded(
    "wanted",
    {
        "table": (
            Annotated[
                bool, typer.Option("--table", help="One table of all accounts, as of a folder.")
            ],
            False,
        ),
        "shock": (
            Annotated[
                list[str] | None,
                typer.Option(
                    "--shock",
                    metavar="COIN=MOVE",
                    help="Of all accounts at once: BTC=-20%, all=-10%. Repeatable.",
                ),
            ],
            None,
        ),
        "csv": (
            Annotated[
                str | None, typer.Option("--csv", metavar="FILE", help="The table; - is stdout.")
            ],
            None,
        ),
        "markdown": (
            Annotated[
                str | None,
                typer.Option("--markdown", metavar="FILE", help="The table; - is stdout."),
            ],
            None,
        ),
        "html": (
            Annotated[
                str | None,
                typer.Option(
                    "--html", metavar="FILE", help="The table as a page that opens from disk."
                ),
            ],
            None,
        ),
        "force": (Force, False),
    },
    _wanted,
)
"""For `health`: the options of the table, as `wanted`."""

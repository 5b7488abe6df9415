"""The options and arguments that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

_FILE_HELP = (
    "Account file (.json, .toml), or raw answers of a venue: files, a folder, a tar or zip; - is"
    " stdin."
)

Files = Annotated[list[str], typer.Argument(metavar="FILE", help=_FILE_HELP)]
File = Annotated[str, typer.Argument(metavar="FILE", help=_FILE_HELP)]
AsJson = Annotated[bool, typer.Option("--json", help="Write a JSON document instead.")]
Exact = Annotated[bool, typer.Option("--exact", help="Write every digit.")]
Force = Annotated[bool, typer.Option("--force", help="Replace a file that exists.")]
Everything = Annotated[bool, typer.Option("--all", help="Show what is folded away.")]
Venue = Annotated[
    str | None,
    typer.Option("--venue", metavar="VENUE", help="The files are raw answers of this venue."),
]
Mode = Annotated[
    str | None, typer.Option("--mode", metavar="MODE", help="Account mode of the raw answers.")
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of", metavar="TIME", help="Moment of the raw answers, 2026-09-01T12:00:00Z."
    ),
]
KindOf = Annotated[
    list[str] | None,
    typer.Option(
        "--kind",
        metavar="KIND",
        help="What a raw answer is: KIND, or FILE=KIND; `rules answers` lists them. Repeatable.",
    ),
]
TiersOf = Annotated[
    str | None,
    typer.Option(
        "--tiers",
        metavar="FILE",
        help="Maintenance tiers that the account lacks: ours, Binance's, freqtrade's or ccxt's.",
    ),
]

"""The commands of the ledger with their options. What a command does lives in its own module."""

from __future__ import annotations

from typing import Annotated

import typer

from marginline.cli.input.options import AsJson, Exact, Force

LogVenue = Annotated[
    str | None,
    typer.Option("--venue", metavar="VENUE", help="Whose log it is; left out, its fields tell."),
]
Owner = Annotated[
    str | None,
    typer.Option("--owner", metavar="ADDRESS", help="Whose log it is, where rows have two sides."),
]


def attribute(
    before: Annotated[str, typer.Argument(metavar="BEFORE", help="Account file, first moment.")],
    after: Annotated[str, typer.Argument(metavar="AFTER", help="Account file, second moment.")],
    *,
    log: Annotated[
        list[str] | None,
        typer.Option("--log", metavar="FILE", help="What the venue booked between. Repeatable."),
    ] = None,
    venue: LogVenue = None,
    owner: Owner = None,
    hedge: Annotated[
        list[str] | None,
        typer.Option(
            "--hedge",
            metavar="KEYS:KEYS[@RATIO]",
            help="Covered positions and their hedges, comma between; ratio 1 if not given.",
        ),
    ] = None,
    measure: Annotated[
        str | None,
        typer.Option(
            "--of", metavar="FIGURE", help="margin_balance (default), requirement, buffer."
        ),
    ] = None,
    svg: Annotated[
        str | None, typer.Option("--svg", metavar="OUT", help="Write the waterfall as a picture.")
    ] = None,
    force: Force = False,
    exact: Exact = False,
    as_json: AsJson = False,
) -> int:
    """Tell why the margin balance moved between two moments.

    Exit codes: 0 all of it explained, 1 a remainder is left, 4 a figure is not known.
    """
    from marginline.cli.commands.ledger import attribute

    return attribute.run(
        (before, after),
        attribute.Log(tuple(log or ()), venue, owner or ""),
        hedge or [],
        measure or "margin_balance",
        svg,
        force=force,
        exact=exact,
        as_json=as_json,
    )


def ledger(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="A venue's log: JSON, JSON lines or CSV.")
    ],
    *,
    venue: LogVenue = None,
    owner: Owner = None,
    exact: Exact = False,
    as_json: AsJson = False,
) -> int:
    """Show what is in a log: sums by kind and asset, gaps, unknown words.

    Exit codes: 0 whole, 1 gaps, unknown words or conflicts.
    """
    from marginline.cli.commands.ledger import ledger

    return ledger.run(files, venue, owner or "", exact=exact, as_json=as_json)

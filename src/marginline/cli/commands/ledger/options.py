"""The commands of the ledger with their options. What a command does lives in its own module."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from marginline.cli.companions import companions
from marginline.cli.exits import UsageProblem
from marginline.cli.input.options import AsJson, Exact, Force, OfHistory, folded

if TYPE_CHECKING:
    from marginline.cli.commands.ledger.recorded import Span

LogVenue = Annotated[
    str | None,
    typer.Option("--venue", metavar="VENUE", help="Whose log it is; left out, its fields tell."),
]
Owner = Annotated[
    str | None,
    typer.Option("--owner", metavar="ADDRESS", help="Whose log it is, where rows have two sides."),
]


def _span(**given: str | None) -> object:
    from marginline.cli.commands.ledger.recorded import Span

    return Span(**given)


def _option(name: str, metavar: str, words: str) -> tuple[object, object]:
    return Annotated[str | None, typer.Option(name, metavar=metavar, help=words)], None


_of_history = folded(
    "span",
    {
        "since": _option(
            "--since", "SPAN", "Of ACCOUNT in a monitor's history: 1h, 24h, 7d; start is all of it."
        ),
        "until": _option("--until", "MOMENT", "The end of SPAN; default the newest kept."),
        "url": (OfHistory, None),
        "config": _option("--config", "FILE", "Settings; usually marginline.toml."),
    },
    _span,
)


@_of_history
@companions(
    needs={
        "until": ("since",),
        "url": ("since",),
        "config": ("since",),
        "candles": ("hedge",),
        "venue": ("log",),
        "owner": ("log",),
        "force": ("svg",),
    },
    idle={"config": ("url",)},
)
def attribute(
    before: Annotated[
        str,
        typer.Argument(metavar="BEFORE", help="Account file, first moment; ACCOUNT with --since."),
    ],
    after: Annotated[
        str | None, typer.Argument(metavar="AFTER", help="Account file, second moment.")
    ] = None,
    *,
    span: Span,
    log: Annotated[
        list[str] | None,
        typer.Option(
            "--log",
            metavar="FILE",
            help="What the venue booked between; with --since beside what is kept. Repeatable.",
        ),
    ] = None,
    venue: LogVenue = None,
    owner: Owner = None,
    hedge: Annotated[
        list[str] | None,
        typer.Option(
            "--hedge",
            metavar="KEYS:KEYS[@RATIO]",
            help="Covered positions and their hedges, comma between; ratio 1 if not given;"
            " @estimated from the past.",
        ),
    ] = None,
    candles: Annotated[
        list[str] | None,
        typer.Option(
            "--candles",
            metavar="SOURCE",
            help="Prices of the past, for @estimated, as of headroom. Repeatable.",
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
    """Tell why the margin balance moved: between two files, or since a while ago.

    Of two files and the log between them, or (--since) of what a monitor has kept of an account.
    Exit codes: 0 all of it explained, 1 a remainder is left, 4 a figure is not known.
    """
    from marginline.cli.commands.ledger import attribute

    shown = attribute.Shown(measure or "margin_balance", svg, force, exact, as_json)
    groups = attribute.Groups(hedge or (), candles or ())
    of = attribute.Log(tuple(log or ()), venue, owner or "")
    if span.since is None:
        if after is None:
            raise UsageProblem("give AFTER, a second account file; or --since, for an ACCOUNT's")
        return attribute.run(before, after, of, groups, shown)
    if after is not None:
        raise UsageProblem("--since reads a history: give ACCOUNT alone, without AFTER")
    return attribute.run_recorded(before, span, of, groups, shown)


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

"""Every command with its options. What a command does lives in its own module."""

from __future__ import annotations

from typing import Annotated

import typer

from marginline.cli.app_rules import rules
from marginline.cli.options import AsJson, AsOf, Everything, Exact, File, Files, Mode, Venue
from marginline.cli.program import Command, Program

app = typer.Typer(
    name="marginline",
    cls=Program,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Crypto-derivatives margin, exactly as each venue computes it.",
    epilog="Exit codes: 0 healthy or done, 1 watch, 2 margin call, 3 liquidation, 4 unknown,"
    " 64 wrong use.",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"marginline {version('marginline')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[  # noqa: ARG001 - the callback does its work
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Crypto-derivatives margin, exactly as each venue computes it."""


@app.command(cls=Command)
def health(
    files: Files,
    venue: Venue = None,
    mode: Mode = None,
    as_of: AsOf = None,
    everything: Everything = False,
    venue_words: Annotated[
        bool, typer.Option("--venue-words", help="Show the venue's own word beside ours.")
    ] = False,
    exact: Exact = False,
    as_json: AsJson = False,
) -> int:
    """Assess accounts: status and why, pools, positions, distance to liquidation.

    The exit code tells the gravest status: 0 healthy, 1 watch, 2 margin call, 3 liquidation,
    4 unknown; 64 where a file could not be used.
    """
    from marginline.cli import health
    from marginline.cli.sources import Reading

    return health.run(
        files,
        Reading(venue, mode, as_of),
        as_json=as_json,
        exact=exact,
        everything=everything,
        venue_words=venue_words,
    )


@app.command(cls=Command)
def explain(
    file: File,
    where: Annotated[str, typer.Argument(metavar="WHERE", help="A pool, a position key, account.")],
    measure: Annotated[str, typer.Argument(metavar="MEASURE", help="Such as maintenance_margin.")],
    exact: Exact = False,
    as_json: AsJson = False,
) -> int:
    """Show how one number came about: rules, inputs, parameters, sources."""
    from marginline.cli import explain
    from marginline.cli.sources import Reading

    return explain.run([file], where, measure, Reading(), as_json=as_json, exact=exact)


app.add_typer(rules)

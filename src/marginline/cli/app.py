"""Every command with its options. What a command does lives in its own module."""

from __future__ import annotations

from typing import Annotated

import typer

from marginline.cli.program import Command, Program

Files = Annotated[list[str], typer.Argument(metavar="FILE", help="Account files (.json, .toml), - for stdin.")]
File = Annotated[str, typer.Argument(help="An account file (.json, .toml), - for stdin.")]
AsJson = Annotated[bool, typer.Option("--json", help="Write the document as JSON.")]
Exact = Annotated[bool, typer.Option("--exact", help="Write every digit.")]

app = typer.Typer(
    name="marginline",
    cls=Program,
    rich_markup_mode=None,
    no_args_is_help=True,
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
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Crypto-derivatives margin, exactly as each venue computes it."""


@app.command(cls=Command)
def health(
    files: Files,
    as_json: AsJson = False,
    exact: Exact = False,
    everything: Annotated[bool, typer.Option("--all", help="Show every finding.")] = False,
    venue_words: Annotated[
        bool, typer.Option("--venue-words", help="Show the venue's own word beside ours.")
    ] = False,
) -> int:
    """Assess accounts: status and why, pools, positions, how far liquidation is.

    The exit code tells the gravest status: 0 healthy, 1 watch, 2 margin call, 3 liquidation,
    4 unknown; 64 where a file could not be used.
    """
    from marginline.cli import health
    from marginline.cli.sources import Reading

    return health.run(
        files, Reading(), as_json=as_json, exact=exact, everything=everything, venue_words=venue_words
    )


@app.command(cls=Command)
def explain(
    file: File,
    where: Annotated[str, typer.Argument(help="A pool id, a position key, or account.")],
    measure: Annotated[str, typer.Argument(help="The number, such as maintenance_margin.")],
    as_json: AsJson = False,
    exact: Exact = False,
) -> int:
    """Show how one number came about: rules, inputs, parameters, sources."""
    from marginline.cli import explain
    from marginline.cli.sources import Reading

    return explain.run(file, where, measure, Reading(), as_json=as_json, exact=exact)

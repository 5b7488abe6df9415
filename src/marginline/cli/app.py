"""Every command with its options. What a command does lives in its own module."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from marginline.cli.commands.alerts.options import alerts
from marginline.cli.commands.book.options import book_app
from marginline.cli.commands.history.options import history
from marginline.cli.commands.keys.options import keys_app
from marginline.cli.commands.ledger.options import attribute, ledger
from marginline.cli.commands.live.options import demo, init, monitor, top
from marginline.cli.commands.many.options import Wanted, tables
from marginline.cli.commands.outlook.options import contagion, headroom, stress, study
from marginline.cli.commands.recording.options import record, replay
from marginline.cli.commands.rules.options import rules
from marginline.cli.commands.sandbox.options import sandbox
from marginline.cli.commands.size_options import size
from marginline.cli.commands.whatif_options import whatif
from marginline.cli.companions import companions
from marginline.cli.exits import MEANINGS
from marginline.cli.input import choices
from marginline.cli.input.options import (
    FILE_HELP,
    AsJson,
    Everything,
    Exact,
    Files,
    Force,
    reads,
)
from marginline.cli.program import Command, OrderedCommand, Program

if TYPE_CHECKING:
    from marginline.cli.input.sources import Reading

app = typer.Typer(
    name="marginline",
    cls=Program,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    help="Crypto-derivatives margin, exactly as each venue computes it.",
    epilog="Exit codes: " + "; ".join(f"{code:d} {text}" for code, text in MEANINGS.items()) + ".",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"marginline {version('marginline')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[  # noqa: ARG001 - its callback prints it
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
    max_age: Annotated[
        str | None,
        typer.Option(
            "--max-age",
            metavar="AGE",
            envvar="MARGINLINE_MAX_AGE",
            help="An account older than this is unknown: 90s, 10m, 2h, 1d.",
        ),
    ] = None,
    watch: Annotated[
        str | None,
        typer.Option(
            "--watch",
            metavar="MOVE",
            envvar="MARGINLINE_WATCH",
            help="Watch within this distance of the line: 5% or 0.05; 0 is off; default 3%.",
        ),
    ] = None,
) -> None:
    """Crypto-derivatives margin, exactly as each venue computes it."""
    from marginline.cli.input import judging

    judging.set_up(max_age, watch)


_TABLE = ("table", "shock", "csv", "markdown", "html")


@app.command(cls=Command)
@tables
@reads
@companions(
    needs={
        "url": ("exchange", "key"),
        **dict.fromkeys(("venue", "mode", "as_of", "kind"), ("files",)),
        "force": ("csv", "markdown", "html"),
    },
    idle={
        "exact": _TABLE,
        "brief": (*_TABLE, "as_json"),
        "venue_words": (*_TABLE, "as_json", "brief"),
        **dict.fromkeys(("everything", "outlook", "history"), (*_TABLE, "brief")),
    },
)
def health(
    files: Annotated[list[str] | None, typer.Argument(metavar="FILE", help=FILE_HELP)] = None,
    *,
    reading: Reading,
    exchange: Annotated[
        str | None,
        typer.Option("--exchange", metavar="VENUE", help="Ask this venue: binanceusdm, bybit …"),
    ] = None,
    key: Annotated[
        str | None, typer.Option("--key", metavar="NAME", help="By this key; see `keys`.")
    ] = None,
    url: Annotated[
        str | None,
        typer.Option("--url", metavar="URL", help="At another address: a sandbox's."),
    ] = None,
    everything: Everything = False,
    venue_words: Annotated[
        bool, typer.Option("--venue-words", help="Show the venue's own word beside ours.")
    ] = False,
    brief: Annotated[bool, typer.Option("--brief", help="Write one line an account.")] = False,
    wanted: Wanted,
    outlook: Annotated[
        bool,
        typer.Option(
            "--outlook", help="Also speed, time left, odds, what it is made of, the way back."
        ),
    ] = False,
    history: Annotated[
        str | None,
        typer.Option(
            "--history", metavar="URL", help="Whose outlook; default that of the settings."
        ),
    ] = None,
    exact: Exact = False,
    as_json: AsJson = False,
) -> int:
    """Assess accounts: status and why, how far from liquidation.

    A folder of accounts (or --table): one table, totals, exposure by coin, a joint --shock; what
    cannot be read is unknown there. The exit code tells the gravest status: 0 healthy, 1 watch,
    2 margin call, 3 liquidation, 4 unknown; 64 where a file could not be used. With --exchange
    (or @NAME for a FILE, here and in other commands) a venue is asked: 69 it gave no answer, 75
    it asks to wait, 77 it refuses the key.
    """
    from marginline.cli.commands import health
    from marginline.cli.live.asking import asked_or_files

    return health.run(
        files or [],
        replace(reading, asked=asked_or_files(exchange, key, url, files or [])),
        wanted,
        as_json=as_json,
        exact=exact,
        everything=everything,
        venue_words=venue_words,
        brief=brief,
        outlook=health.Looking(history) if outlook or history is not None else None,
    )


@app.command(cls=Command)
@reads
def explain(
    files: Files,
    where: Annotated[str, typer.Argument(metavar="WHERE", help="A pool, a position key, account.")],
    measure: Annotated[
        str,
        typer.Argument(
            metavar="MEASURE", help="Such as maintenance_margin.", autocompletion=choices.measures
        ),
    ],
    *,
    reading: Reading,
    exact: Exact = False,
    as_json: AsJson = False,
) -> int:
    """Show how one number came about, down to its sources."""
    from marginline.cli.commands import explain

    return explain.run(
        files,
        where,
        measure,
        reading,
        as_json=as_json,
        exact=exact,
    )


@app.command(cls=Command)
@reads
def liquidation(
    files: Files,
    *,
    beta: Annotated[
        list[str] | None,
        typer.Option(metavar="SYMBOL=BETA", help="How it moves when all move; 1 if not given."),
    ] = None,
    reading: Reading,
    exact: Exact = False,
    as_json: AsJson = False,
) -> int:
    """Show the prices at which the venue acts.

    Each instrument moving alone, and all of them together.
    """
    from marginline.cli.commands import liquidation

    return liquidation.run(
        files,
        beta or [],
        reading,
        as_json=as_json,
        exact=exact,
    )


app.command(cls=OrderedCommand)(whatif)


app.command(cls=Command)(headroom)
app.command(cls=Command)(stress)
app.command(cls=Command)(contagion)
app.command(cls=Command)(study)


app.command(cls=Command)(size)


@app.command(cls=Command)
@reads
def reduce(
    files: Files,
    ratio: Annotated[
        str, typer.Argument(metavar="RATIO", help="Margin ratio wanted; 1 is liquidation.")
    ],
    *,
    pool: Annotated[
        str | None, typer.Option("--pool", metavar="POOL", help="Default the fullest one.")
    ] = None,
    asset: Annotated[
        str | None, typer.Option("--asset", metavar="ASSET", help="What would be paid in.")
    ] = None,
    reading: Reading,
    exact: Exact = False,
    as_json: AsJson = False,
) -> int:
    """Find what to close, or pay in, to get back to a ratio.

    Exit codes: 0 one of them leads there, 1 none does, 4 it cannot be said.
    """
    from marginline.cli.commands import reduce

    return reduce.run(
        files,
        pool,
        ratio,
        asset,
        reading,
        exact=exact,
        as_json=as_json,
    )


@app.command(cls=Command)
@reads
def reconcile(
    files: Files,
    *,
    reading: Reading,
    everything: Everything = False,
    exact: Exact = False,
    as_json: AsJson = False,
) -> int:
    """Compare the venue's own figures with ours, and say why.

    Exit codes: 0 all agree, 1 something differs, 4 nothing could be compared.
    """
    from marginline.cli.commands import reconcile

    return reconcile.run(
        files,
        reading,
        everything=everything,
        exact=exact,
        as_json=as_json,
    )


app.command(cls=Command)(attribute)
app.command(cls=Command)(ledger)


@app.command(cls=Command)
@reads
def convert(
    files: Files,
    *,
    out: Annotated[
        str,
        typer.Option("--output", "-o", metavar="OUT", help="A .json or .toml file; - is stdout."),
    ],
    reading: Reading,
    force: Force = False,
) -> int:
    """Write raw answers as an account file; JSON as TOML."""
    from marginline.cli.commands import convert

    return convert.run(files, out, reading, force=force)


@app.command(cls=Command)
def schema(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help="Such as account; left out: the names.",
            autocompletion=choices.schemas,
        ),
    ] = None,
) -> int:
    """Print the JSON Schema of a document.

    Of what goes in, and of what --json writes.
    """
    from marginline.cli.commands import schema

    return schema.run(name)


app.command(cls=Command)(demo)
app.command(cls=Command)(monitor)
app.command(cls=Command)(history)
app.command(cls=Command)(record)
app.command(cls=Command)(replay)
app.command(cls=Command)(top)
app.command(cls=Command)(init)
app.command(cls=Command)(sandbox)
app.add_typer(alerts)
app.add_typer(rules)
app.add_typer(book_app)
app.add_typer(keys_app)

"""Every command with its options. What a command does lives in its own module."""

from __future__ import annotations

from typing import Annotated

import typer

from marginline.cli.app_rules import rules
from marginline.cli.options import AsJson, AsOf, Everything, Exact, File, Files, Mode, Venue
from marginline.cli.program import Command, OrderedCommand, Program

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


@app.command(cls=Command)
def liquidation(
    file: File,
    beta: Annotated[
        list[str] | None,
        typer.Option(metavar="SYMBOL=BETA", help="How it moves when all move; 1 if not given."),
    ] = None,
    exact: Exact = False,
    as_json: AsJson = False,
) -> int:
    """Show at which prices the venue acts: each instrument alone, and all together."""
    from marginline.cli import liquidation
    from marginline.cli.sources import Reading

    return liquidation.run([file], beta or [], Reading(), as_json=as_json, exact=exact)


@app.command(cls=OrderedCommand)
def whatif(
    ctx: typer.Context,
    file: File,
    order: Annotated[
        list[str] | None, typer.Option(metavar="SYMBOL:SIZE[@PRICE]", help="Fill an order; a sale is negative.")
    ] = None,
    rest: Annotated[
        list[str] | None, typer.Option(metavar="SYMBOL:SIZE@PRICE", help="Put an order into the book.")
    ] = None,
    close: Annotated[
        list[str] | None, typer.Option(metavar="SYMBOL[:SHARE%][@PRICE]", help="Close a position or a share of it.")
    ] = None,
    deposit: Annotated[
        list[str] | None, typer.Option(metavar="ASSET:AMOUNT", help="Pay in.")
    ] = None,
    withdraw: Annotated[
        list[str] | None, typer.Option(metavar="ASSET:AMOUNT", help="Take out.")
    ] = None,
    shock: Annotated[
        list[str] | None, typer.Option(metavar="SYMBOL|all:MOVE%", help="Move prices, such as BTCUSDT:-10%.")
    ] = None,
    leverage: Annotated[
        list[str] | None, typer.Option(metavar="SYMBOL:LEVERAGE", help="Set the leverage.")
    ] = None,
    margin_mode: Annotated[
        list[str] | None, typer.Option(metavar="SYMBOL:MODE[@AMOUNT]", help="Move to cross or isolated.")
    ] = None,
    add_margin: Annotated[
        list[str] | None, typer.Option(metavar="POSITION:AMOUNT", help="Add isolated margin; negative takes out.")
    ] = None,
    funding: Annotated[
        list[str] | None, typer.Option(metavar="SYMBOL:RATE%", help="Let a funding payment happen.")
    ] = None,
    everything: Everything = False,
    exact: Exact = False,
    as_json: AsJson = False,
) -> int:
    """Apply changes in the order given, and show before, after and difference.

    Every change can be given several times. The exit code is that of the account after them.
    """
    from marginline.cli import whatif
    from marginline.cli.sources import Reading

    changes = ctx.meta[OrderedCommand.ORDER]
    return whatif.run(
        [file], changes, Reading(), everything=everything, exact=exact, as_json=as_json
    )


@app.command(cls=Command)
def size(
    file: File,
    instrument: Annotated[str, typer.Argument(metavar="INSTRUMENT", help="Symbol or position key.")],
    side: Annotated[str, typer.Argument(metavar="SIDE", help="buy or sell.")],
    price: Annotated[
        str | None, typer.Option(metavar="PRICE", help="Of the fill; default the mark.")
    ] = None,
    keep_ratio: Annotated[
        str | None, typer.Option(metavar="RATIO", help="Highest margin ratio after it; 1 is liquidation.")
    ] = None,
    keep_buffer: Annotated[
        str | None, typer.Option(metavar="AMOUNT", help="Least buffer after it, in the pool's asset.")
    ] = None,
    stop: Annotated[
        str | None, typer.Option(metavar="PRICE", help="Where a stop would close it.")
    ] = None,
    risk: Annotated[
        str | None, typer.Option(metavar="AMOUNT", help="The most that may be lost at the stop.")
    ] = None,
    leverage: Annotated[
        str | None, typer.Option(metavar="LEVERAGE", help="Set before the order.")
    ] = None,
    position_side: Annotated[
        str | None, typer.Option(metavar="SIDE", help="The leg in hedge mode: long or short.")
    ] = None,
    exact: Exact = False,
    as_json: AsJson = False,
) -> int:
    """Find the largest order that leaves the account as wanted.

    Exit codes: 0 a size fits, 1 none does, 4 it cannot be said.
    """
    from marginline.cli import size
    from marginline.cli.sources import Reading

    wanted = {
        "price": price,
        "keep_ratio": keep_ratio,
        "keep_buffer": keep_buffer,
        "stop": stop,
        "risk": risk,
        "leverage": leverage,
        "position_side": position_side,
    }
    given = {name: value for name, value in wanted.items() if value is not None}
    return size.run([file], instrument, side, given, Reading(), exact=exact, as_json=as_json)


app.add_typer(rules)

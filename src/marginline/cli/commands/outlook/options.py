"""The commands that look ahead, with their options: how likely, and how bad."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from marginline.cli.companions import companions
from marginline.cli.input import choices
from marginline.cli.input.options import AsJson, Exact, Files, Force, reads

if TYPE_CHECKING:
    from marginline.cli.input.sources import Reading


Days = Annotated[
    list[str] | None,
    typer.Option(
        "--scenario",
        metavar="NAME",
        help="Of the days this one alone. Repeatable.",
        autocompletion=choices.bad_days,
    ),
]


@reads
def headroom(
    files: Files,
    *,
    candles: Annotated[
        list[str],
        typer.Option(
            "--candles",
            metavar="SOURCE",
            help="Prices of the past: [SYMBOL=]FILE.csv, EXCHANGE:SYMBOL, or history. Repeatable.",
        ),
    ],
    within: Annotated[
        list[str] | None,
        typer.Option("--within", metavar="SPAN", help="A horizon: 1h, 8h, 1d, 7d. Repeatable."),
    ] = None,
    paths: Annotated[
        str, typer.Option("--paths", metavar="COUNT", help="How many paths are drawn.")
    ] = "10000",
    seed: Annotated[
        str, typer.Option("--seed", metavar="NUMBER", help="The same seed, the same figures.")
    ] = "0",
    garch: Annotated[
        bool, typer.Option("--garch", help="Also by GARCH with Student-t shocks (extra risk).")
    ] = False,
    looks: Annotated[
        str | None,
        typer.Option("--looks", metavar="SPAN", help="The venue looks once per SPAN: 1m, 1h."),
    ] = None,
    funding_cap: Annotated[
        list[str] | None,
        typer.Option(
            "--funding-cap",
            metavar="[SYMBOL=]RATE",
            help="The highest rate of one payment, for the worst drain. Repeatable.",
        ),
    ] = None,
    reading: Reading,
    as_json: AsJson = False,
) -> int:
    """Estimate how likely an account touches its line, and how soon.

    From the past of its instruments at today's volatility, judged whole at every step, with the
    closed form beside it. Exit codes: 0 told, 4 a pool's odds cannot be told.
    """
    from marginline.cli.commands.outlook import headroom

    return headroom.run(
        files,
        headroom.Asked(candles, within or (), paths, seed, garch, looks, funding_cap or ()),
        reading,
        as_json=as_json,
    )


@reads
def stress(
    files: Files,
    *,
    scenario: Days = None,
    moves: Annotated[
        str | None,
        typer.Option(
            "--map", metavar="X[:Y][@SPAN]", help="Two moves: BTCUSDT:ETHUSDT@30%; Y all others."
        ),
    ] = None,
    reading: Reading,
    exact: Exact = False,
    as_json: AsJson = False,
) -> int:
    """Judge an account on bad days, and say what each position is of its pool.

    The exit code tells the gravest status of any of the days, as `health` does of today.
    """
    from marginline.cli.commands.outlook import stress

    return stress.run(
        files,
        scenario or (),
        reading,
        moves=moves,
        exact=exact,
        as_json=as_json,
    )


@reads
def contagion(
    files: Files,
    *,
    scenario: Days = None,
    reading: Reading,
    exact: Exact = False,
    as_json: AsJson = False,
) -> int:
    """Tell what each position is of its pool, and whom it takes along when the pool falls.

    Its part of the requirement and of the worst day, what closing it frees, how far its own price
    may go. Exit codes: 0 told, 4 a pool's parts cannot be told.
    """
    from marginline.cli.commands.outlook import contagion

    return contagion.run(
        files,
        scenario or (),
        reading,
        exact=exact,
        as_json=as_json,
    )


@companions(needs={"force": ("tiers", "svg")})
def study(
    candles: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...",
            help="Prices of the past: [SYMBOL=]FILE.csv, EXCHANGE:SYMBOL, or history.",
        ),
    ],
    *,
    symbol: Annotated[
        str | None, typer.Option("--symbol", metavar="SYMBOL", help="Whose rates.")
    ] = None,
    coverage: Annotated[
        str, typer.Option("--coverage", metavar="SHARE", help="Of losses to be covered.")
    ] = "99%",
    close_out: Annotated[
        str, typer.Option("--close-out", metavar="SPAN", help="How long closing takes.")
    ] = "1d",
    side: Annotated[
        str, typer.Option("--side", metavar="SIDE", help="long, short or both.")
    ] = "both",
    method: Annotated[
        str, typer.Option("--method", metavar="METHOD", help="ewma, fhs or es (shortfall).")
    ] = "fhs",
    brake: Annotated[
        str,
        typer.Option(
            "--brake",
            metavar="BRAKE",
            help="Of the rate: none, floor, buffer, stressed.",
        ),
    ] = "floor",
    maintenance_share: Annotated[
        str, typer.Option("--maintenance-share", metavar="SHARE", help="Of the initial rate.")
    ] = "50%",
    depth: Annotated[
        list[str] | None,
        typer.Option(
            "--depth",
            metavar="DISTANCE=NOTIONAL",
            help="What rests within a distance of the mid: 0.1%=200000. Repeatable.",
        ),
    ] = None,
    jurisdiction: Annotated[
        str | None,
        typer.Option("--jurisdiction", metavar="NAME", help="Whose cap on leverage: eu-retail."),
    ] = None,
    tiers: Annotated[
        str | None, typer.Option("--tiers", metavar="OUT", help="Write the dated tier table.")
    ] = None,
    svg: Annotated[
        str | None, typer.Option("--svg", metavar="OUT", help="Write the rate as a picture.")
    ] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> int:
    """Study which margin rates an instrument's past and depth call for, and how they held.

    Exit codes: 0 the rate held (green), 1 doubtful (yellow), 2 it did not (red).
    """
    from marginline.cli.commands.outlook import study

    return study.run(
        candles,
        study.Asked(
            symbol,
            coverage,
            close_out,
            side,
            method,
            brake,
            maintenance_share,
            depth or (),
            jurisdiction,
        ),
        study.Out(tiers, svg, force),
        as_json=as_json,
    )

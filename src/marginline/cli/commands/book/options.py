"""`marginline book …`: its commands with their options. What they do lives beside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from marginline.cli.companions import companions
from marginline.cli.input.options import AsJson, Force, folded
from marginline.cli.program import Command, Group

if TYPE_CHECKING:
    from marginline.cli.commands.book.source import Source

book_app = typer.Typer(
    name="book",
    cls=Group,
    rich_markup_mode=None,
    help="A million accounts at once: sweep, watch, stress, map. Needs the extra `book`.",
)

Files = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="FILE", help="Account files, or a .parquet of positions; default a generated crowd."
    ),
]
Terms = Annotated[
    str | None,
    typer.Option(
        metavar="FILE", help="Of a .parquet: an account file with instruments, tiers and marks."
    ),
]
Collateral = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="Of a .parquet: another, of coins held as collateral."),
]
Asset = Annotated[
    str, typer.Option(metavar="ASSET", help="Of accounts with collateral: what they are valued in.")
]
Accounts = Annotated[
    str, typer.Option(metavar="N", help="Accounts to generate where no file is given.")
]
Instruments = Annotated[str, typer.Option(metavar="N", help="Instruments to generate.")]
Seed = Annotated[str, typer.Option(metavar="N", help="The same seed gives the same crowd.")]
Threads = Annotated[
    str | None, typer.Option(metavar="N", help="Threads; results do not depend on it.")
]
Shock = Annotated[
    list[str] | None,
    typer.Option(
        metavar="[NAME:]SYMBOL=MOVE[,…]",
        help="A named shock: crash:*=-30%,BTCUSDT=-20%; coin=, contract= part.",
    ),
]
Out = Annotated[
    str | None,
    typer.Option(metavar="OUT", help="Write each of them to a .parquet or a .csv file."),
]
Rate = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ASSET=PRICE", help="To add up accounts in several assets: BTC=60000, USDT=1."
    ),
]


Keys = Annotated[
    list[str] | None,
    typer.Option(
        "--key", metavar="COLUMN", help="Of a .parquet: a further column to keep. Repeatable."
    ),
]


def _source(
    *,
    files: list[str] | None = None,
    terms: str | None = None,
    collateral: str | None = None,
    keys: list[str] | None = None,
    asset: str = "USDT",
    threads: str | None = None,
    accounts: str,
    instruments: str,
    seed: str,
) -> object:
    from marginline.cli.commands.book.source import Source

    return Source(
        files or [], terms, accounts, instruments, seed, threads, collateral, asset, keys or []
    )


_CROWD: dict[str, tuple[object, object]] = {
    "accounts": (Accounts, "100000"),
    "instruments": (Instruments, "300"),
    "seed": (Seed, "1"),
}
of_crowd = folded("source", _CROWD, _source)
of_book = folded(
    "source",
    {
        "files": (Files, None),
        "terms": (Terms, None),
        "collateral": (Collateral, None),
        "keys": (Keys, None),
        "asset": (Asset, "USDT"),
        **_CROWD,
        "threads": (Threads, None),
    },
    _source,
)


_FILES = dict.fromkeys(("terms", "collateral", "keys", "asset"), ("files",))
_DRAWN = dict.fromkeys(("accounts", "instruments"), ("files",))
_SEED = {"seed": ("files",)}


@book_app.command(cls=Command)
@of_crowd
def generate(
    out: Annotated[str, typer.Argument(metavar="OUT.parquet", help="Where the positions go.")],
    *,
    source: Source,
    force: Force = False,
) -> int:
    """Write a realistic crowd: positions as Parquet, and beside it its terms as an account file."""
    from marginline.cli.commands.book import commands as book_commands

    return book_commands.generate(out, source, force=force)


@book_app.command(cls=Command)
@of_book
@companions(needs={**_FILES, "force": ("out",)}, idle={**_DRAWN, **_SEED})
def sweep(
    *,
    source: Source,
    shock: Shock = None,
    out: Out = None,
    worst: Annotated[str, typer.Option(metavar="N", help="How many of the worst to name.")] = "5",
    force: Force = False,
    as_json: AsJson = False,
) -> int:
    """Every account's equity, margins, ratio and status at the marks of now, or under a shock.

    The exit code tells the gravest status.
    """
    from marginline.cli.commands.book import commands as book_commands

    return book_commands.sweep(source, out, worst, shock=shock or (), force=force, as_json=as_json)


@book_app.command(cls=Command)
@of_book
@companions(
    needs=_FILES,
    idle={
        **_DRAWN,
        **dict.fromkeys(("ticks", "volatility"), ("marks",)),
        "seed": [("files", "marks")],
    },
)
def watch(
    *,
    source: Source,
    ticks: Annotated[str, typer.Option(metavar="N", help="How many simulated ticks.")] = "200",
    volatility: Annotated[
        str, typer.Option(metavar="SHARE", help="Of each price per tick, such as 0.05%.")
    ] = "0.05%",
    marks: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Marks instead, as they come: JSON lines or CSV (symbol, price); - is stdin.",
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Compare with a full sweep after every tick.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Let all prices tick, and name the accounts that fall below a threshold.

    Exit codes: 0 done, 4 --check has found a difference.
    """
    from marginline.cli.commands.book import watch

    return watch.watch(source, ticks, volatility, marks=marks, check=check, as_json=as_json)


@book_app.command(cls=Command)
@of_book
@companions(needs={**_FILES, "volatility": ("paths",), "force": ("out",)}, idle={**_DRAWN, **_SEED})
def stress(
    *,
    source: Source,
    shock: Shock = None,
    paths: Annotated[
        str | None, typer.Option(metavar="N", help="Monte-Carlo paths beside the shocks.")
    ] = None,
    volatility: Annotated[
        str, typer.Option(metavar="SHARE", help="Of the paths, over their horizon.")
    ] = "10%",
    budget: Annotated[
        str | None, typer.Option(metavar="MB", help="Memory it may take beside the book.")
    ] = None,
    rate: Rate = None,
    out: Out = None,
    listed: Annotated[
        bool, typer.Option("--list", help="Name who falls under the shocks, and by what.")
    ] = False,
    by: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Count who falls by a key, by, from, to or asset."),
    ] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> int:
    """The whole book under shocks: accounts in each status, shortfall, who falls and by what."""
    from marginline.cli.commands.book import stress

    return stress.stress(
        source,
        shock or [],
        paths,
        volatility,
        budget,
        rate=rate or [],
        out=out,
        listed=listed,
        by=by,
        force=force,
        as_json=as_json,
    )


@book_app.command("map", cls=Command)
@of_book
@companions(needs={**_FILES, "force": ("svg",)}, idle={**_DRAWN, **_SEED})
def liquidations(
    instrument: Annotated[str, typer.Argument(metavar="INSTRUMENT", help="Whose price moves.")],
    *,
    source: Source,
    reach: Annotated[
        str, typer.Option(metavar="SHARE", help="How far to each side, such as 30%.")
    ] = "30%",
    steps: Annotated[str, typer.Option(metavar="N", help="Prices, both sides together.")] = "30",
    beta: Annotated[
        str | None, typer.Option(metavar="BETA", help="How all others move with it; default not.")
    ] = None,
    svg: Annotated[
        str | None, typer.Option(metavar="OUT.svg", help="Write the picture to a file.")
    ] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> int:
    """What becomes liquidatable at each price of one instrument."""
    from marginline.cli.commands.book import commands as book_commands

    return book_commands.liquidations(
        source,
        instrument,
        reach=reach,
        steps=steps,
        beta=beta,
        svg=svg,
        force=force,
        as_json=as_json,
    )


@book_app.command(cls=Command)
@of_crowd
def bench(
    *,
    source: Source,
    as_json: AsJson = False,
) -> int:
    """How fast the book is on this machine: sweep, watch, changes, grid."""
    from marginline.cli.commands.book import commands as book_commands

    return book_commands.bench(source, as_json=as_json)

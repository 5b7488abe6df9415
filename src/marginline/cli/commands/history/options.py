"""The command with its options. What it does lives in its own modules."""

from __future__ import annotations

from typing import Annotated

import typer

from marginline.cli.companions import companions
from marginline.cli.input.options import AsJson, Exact, Force, OfHistory


@companions(
    needs={
        "span": ("account", "parameters"),
        "until": ("account", "parameters"),
        "step": ("account",),
        "csv": ("account",),
        "parquet": ("account",),
        "by_day": ("parquet",),
        "exact": ("account",),
        "venue": ("parameters",),
        "force": ("csv", "parquet"),
    },
    idle={
        **dict.fromkeys(("account", "span", "until", "parameters"), ("checked",)),
        **dict.fromkeys(("step", "exact"), ("checked", "parameters")),
        **dict.fromkeys(("csv", "parquet"), ("checked", "parameters", "as_json")),
        "config": ("url",),
    },
)
def history(
    account: Annotated[
        str | None,
        typer.Argument(metavar="ACCOUNT", help="Left out: the accounts of which there is any."),
    ] = None,
    *,
    span: Annotated[
        str | None,
        typer.Option("--span", metavar="TIME", help="Back from the end: 90m, 30d; usually 24h."),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="MOMENT", help="The end; default the newest.")
    ] = None,
    step: Annotated[
        str | None,
        typer.Option("--step", metavar="STEP", help="1s, 15s, 5m, 1h: the worst moment of each."),
    ] = None,
    url: OfHistory = None,
    config: Annotated[
        str | None,
        typer.Option("--config", metavar="FILE", help="Settings; usually marginline.toml."),
    ] = None,
    csv: Annotated[
        str | None, typer.Option("--csv", metavar="OUT", help="As CSV there; - is stdout.")
    ] = None,
    parquet: Annotated[
        str | None,
        typer.Option("--parquet", metavar="OUT", help="As Parquet there; a folder with --by-day."),
    ] = None,
    by_day: Annotated[
        bool, typer.Option("--by-day", help="With --parquet: OUT/ACCOUNT/2026-11-28.parquet …")
    ] = False,
    checked: Annotated[
        bool, typer.Option("--check", help="Look at every row and every seal for damage.")
    ] = False,
    parameters: Annotated[
        bool,
        typer.Option("--parameters", help="Tables that changed: tiers, haircuts, fees, steps."),
    ] = False,
    venue: Annotated[
        str | None, typer.Option("--venue", metavar="VENUE", help="With --parameters: of it alone.")
    ] = None,
    force: Force = False,
    exact: Exact = False,
    as_json: AsJson = False,
) -> int:
    """Show what a monitor has kept of an account: balance against requirement, and events.

    With --parameters: which tables of venues changed, when, and what in them (ACCOUNT: its own).

    Exit codes: 0 shown, 4 nothing is kept of that span or its status was unknown all along, 64 no
    such account or no history, 74 it cannot be read or is damaged.
    """
    from marginline.cli.commands.history import history as command
    from marginline.cli.commands.history.out import Out

    return command.run(
        account,
        command.Asked(
            span=span,
            until=until,
            step=step,
            url=url,
            config=config,
            parameters=parameters,
            venue=venue,
        ),
        Out(csv=csv, parquet=parquet, by_day=by_day, force=force, as_json=as_json),
        checked=checked,
        exact=exact,
    )

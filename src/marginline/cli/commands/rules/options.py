"""The commands below `marginline rules`."""

from __future__ import annotations

from typing import Annotated

import typer

from marginline.cli.companions import companions
from marginline.cli.input import choices
from marginline.cli.input.options import AsJson, Everything, Exact
from marginline.cli.program import Command, Group

rules = typer.Typer(
    name="rules", cls=Group, help="What each venue's rulebook says, with its sources."
)


@rules.command(cls=Command)
def matrix(
    venue: Annotated[
        str | None,
        typer.Argument(
            metavar="VENUE", help="Only this venue.", autocompletion=choices.rulebook_venues
        ),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Which rulebook computes which measure, and what is missing."""
    from marginline.cli.commands.rules import matrix as rules_matrix

    return rules_matrix.run(venue, as_json=as_json)


@rules.command(cls=Command)
def show(
    venue: Annotated[
        str,
        typer.Argument(
            metavar="VENUE", help="Such as binance_usdm.", autocompletion=choices.rulebook_venues
        ),
    ],
    mode: Annotated[str | None, typer.Option("--mode", metavar="MODE", help="One mode.")] = None,
    at: Annotated[
        str | None, typer.Option("--at", metavar="DATE", help="Rules of this day; default today.")
    ] = None,
    everything: Everything = False,
    as_json: AsJson = False,
) -> int:
    """One rulebook: code, formula, the venue's word, evidence, source and gaps of every rule."""
    from marginline.cli.commands.rules import show as rules_show

    return rules_show.run(venue, mode, at, everything=everything, as_json=as_json)


@rules.command(cls=Command)
def answers(
    venue: Annotated[
        str,
        typer.Argument(
            metavar="VENUE", help="Such as bybit_unified.", autocompletion=choices.rulebook_venues
        ),
    ],
    as_json: AsJson = False,
) -> int:
    """Which raw answers of a venue are read, by kind: the endpoint, and what it tells."""
    from marginline.cli.commands.rules import answers as rules_answers

    return rules_answers.run(venue, as_json=as_json)


@rules.command(cls=Command)
@companions(
    needs=dict.fromkeys(("symbol", "account", "everything", "exact"), ("tiers",)),
    idle={"mode": ("tiers",)},
)
def diff(
    venue: Annotated[
        str | None,
        typer.Argument(
            metavar="VENUE", help="Rulebooks of it.", autocompletion=choices.rulebook_venues
        ),
    ] = None,
    *,
    first: Annotated[str | None, typer.Option("--from", metavar="DATE", help="Day before.")] = None,
    second: Annotated[str | None, typer.Option("--to", metavar="DATE", help="Day after.")] = None,
    mode: Annotated[str | None, typer.Option("--mode", metavar="MODE", help="One mode.")] = None,
    tiers: Annotated[
        tuple[str, str] | None,
        typer.Option("--tiers", metavar="OLD NEW", help="Two files of tiers instead."),
    ] = None,
    symbol: Annotated[
        list[str] | None,
        typer.Option(
            "--symbol", metavar="SYMBOL", help="Only this symbol, row by row. Repeatable."
        ),
    ] = None,
    account: Annotated[
        str | None,
        typer.Option("--account", metavar="FILE", help="Show the effect on this account."),
    ] = None,
    everything: Everything = False,
    exact: Exact = False,
    as_json: AsJson = False,
) -> int:
    """What changed: rules between two days, or tiers between two files, and its effect.

    Tier files: ours, Binance's leverageBracket answers, freqtrade's tier JSON (also .gz).
    With --account the exit code is that of the account under the new tiers.
    """
    from marginline.cli.exits import UsageProblem

    if tiers is not None and venue is None and first is None and second is None:
        from marginline.cli.commands.rules import tiers as rules_tiers

        return rules_tiers.run(
            tiers, symbol or [], account, everything=everything, exact=exact, as_json=as_json
        )
    if tiers is not None or venue is None or first is None or second is None:
        raise UsageProblem("give VENUE --from DATE --to DATE, or --tiers OLD NEW")
    from marginline.cli.commands.rules import diff as rules_diff

    return rules_diff.run(venue, mode, (first, second), as_json=as_json)

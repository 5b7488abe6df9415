"""The command `marginline whatif`: an option for each kind of change, read in the order given."""
# ruff: noqa: ARG001 - the changes are taken from the context, which has kept their order

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from marginline.cli.input.options import AsJson, Everything, Exact, Files, reads
from marginline.cli.program import OrderedCommand

if TYPE_CHECKING:
    from marginline.cli.input.sources import Reading


@reads
def whatif(
    ctx: typer.Context,
    files: Files,
    *,
    order: Annotated[
        list[str] | None,
        typer.Option(metavar="SYMBOL:SIZE[@PRICE]", help="Fill an order; a sale is negative."),
    ] = None,
    rest: Annotated[
        list[str] | None,
        typer.Option(metavar="SYMBOL:SIZE@PRICE", help="Put an order into the book."),
    ] = None,
    close: Annotated[
        list[str] | None,
        typer.Option(metavar="SYMBOL[:SHARE%][@PRICE]", help="Close a position or a share of it."),
    ] = None,
    deposit: Annotated[
        list[str] | None, typer.Option(metavar="ASSET:AMOUNT", help="Pay in.")
    ] = None,
    withdraw: Annotated[
        list[str] | None, typer.Option(metavar="ASSET:AMOUNT", help="Take out.")
    ] = None,
    shock: Annotated[
        list[str] | None,
        typer.Option(metavar="SYMBOL|all:MOVE", help="Move prices, such as BTCUSDT:-10%."),
    ] = None,
    leverage: Annotated[
        list[str] | None, typer.Option(metavar="SYMBOL:LEVERAGE", help="Set the leverage.")
    ] = None,
    margin_mode: Annotated[
        list[str] | None,
        typer.Option(metavar="SYMBOL:MODE[@AMOUNT]", help="Move to cross or isolated."),
    ] = None,
    add_margin: Annotated[
        list[str] | None,
        typer.Option(metavar="POSITION:AMOUNT", help="Add isolated margin; negative takes out."),
    ] = None,
    funding: Annotated[
        list[str] | None, typer.Option(metavar="SYMBOL:RATE", help="Let a funding payment happen.")
    ] = None,
    reading: Reading,
    everything: Everything = False,
    exact: Exact = False,
    as_json: AsJson = False,
) -> int:
    """Apply orders, transfers, shocks; show before and after.

    Changes are applied in the order given; each can be given several times. The exit code is that
    of the account after them.
    """
    from marginline.cli.commands import whatif

    changes = [each for each in ctx.meta[OrderedCommand.ORDER] if each[0] != "kind"]
    return whatif.run(files, changes, reading, everything=everything, exact=exact, as_json=as_json)

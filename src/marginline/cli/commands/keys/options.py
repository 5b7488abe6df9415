"""The commands about keys with their options."""

from __future__ import annotations

from typing import Annotated

import typer

from marginline.cli.input.options import AsJson
from marginline.cli.program import Command, Group

keys_app = typer.Typer(
    name="keys",
    cls=Group,
    help="Keep keys of venues: in the system's keyring, else in an encrypted file.",
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="What you call the key.")]
Url = Annotated[
    str | None,
    typer.Option("--url", metavar="URL", help="Another address than the venue's: a sandbox."),
]


@keys_app.command("add", cls=Command)
def add(
    name: Name,
    *,
    exchange: Annotated[
        str,
        typer.Option("--exchange", metavar="VENUE", help="binanceusdm, bybit …; or our venue."),
    ],
    url: Url = None,
    accept_trading: Annotated[
        bool, typer.Option("--accept-trading", help="Keep a key that may trade.")
    ] = False,
    accept_withdrawal: Annotated[
        bool, typer.Option("--accept-withdrawal", help="Keep a key that may withdraw or transfer.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a key of that name.")] = False,
) -> int:
    """Keep a key, once the venue has said what it may do.

    Key and secret are asked for without echo, or read from stdin, a line each; never from the
    command line. A key that may trade or withdraw is refused.
    """
    from marginline.cli.commands.keys import run
    from marginline.monitor.connecting.keys import Accepted

    accepted = Accepted(trading=accept_trading, withdrawal=accept_withdrawal)
    return run.add(name, exchange, url=url, accepted=accepted, force=force)


@keys_app.command("list", cls=Command)
def list_(*, as_json: AsJson = False) -> int:
    """List the keys: name, venue, the key's last four characters, rights, when they were told."""
    from marginline.cli.commands.keys import run

    return run.show(as_json=as_json)


@keys_app.command("remove", cls=Command)
def remove(name: Name) -> int:
    """Forget a key. At the venue it stays valid until it is deleted there."""
    from marginline.cli.commands.keys import run

    return run.remove(name)


@keys_app.command("test", cls=Command)
def test(name: Name, *, url: Url = None) -> int:
    """Ask the venue again what a key may do.

    Exit codes: 0 as it was accepted, 1 it may do more than that.
    """
    from marginline.cli.commands.keys import run

    return run.test(name, url=url)

"""The commands below `marginline alerts`."""

from __future__ import annotations

from typing import Annotated

import typer

from marginline.cli.commands.live.options import Config
from marginline.cli.input.options import AsJson
from marginline.cli.program import Command, Group

alerts = typer.Typer(name="alerts", cls=Group, help="What is told, to whom, whether it arrives.")

Url = Annotated[
    str | None,
    typer.Option("--url", metavar="URL", help="Of a monitor; usually http://127.0.0.1:8765."),
]


@alerts.command(name="list", cls=Command)
def listed(
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Those that are over, too; of the last day.")
    ] = False,
    url: Url = None,
    config: Config = None,
    as_json: AsJson = False,
) -> int:
    """The alerts of a running monitor, and how alerting itself stands.

    Exit codes: 0 nothing fires, 1 something does, 4 alerting is broken.
    """
    from marginline.cli.commands.alerts import listing

    return listing.run(url, config, everything=everything, as_json=as_json)


@alerts.command(cls=Command)
def ack(
    names: Annotated[list[str], typer.Argument(metavar="ID", help="As `alerts list` shows it.")],
    *,
    url: Url = None,
    config: Config = None,
    as_json: AsJson = False,
) -> int:
    """Say that an alert was seen: it speaks again only when it gets worse."""
    from marginline.cli.commands.alerts import deeds

    return deeds.acknowledge(names, url, config, as_json=as_json)


@alerts.command(cls=Command)
def mute(
    name: Annotated[
        str | None, typer.Argument(metavar="ID", help="One alert; or give --account or --kind.")
    ] = None,
    *,
    account: Annotated[
        str | None, typer.Option("--account", metavar="NAME", help="Every alert of an account.")
    ] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", metavar="KIND", help="Every alert of a kind: band …")
    ] = None,
    lasting: Annotated[
        str | None,
        typer.Option(
            "--for", metavar="TIME", help="30m, 8h; left out: until re-armed (of a kind: for ever)."
        ),
    ] = None,
    end: Annotated[bool, typer.Option("--end", help="Let it speak again.")] = False,
    url: Url = None,
    config: Config = None,
    as_json: AsJson = False,
) -> int:
    """Have no word of an alert, an account or a kind for a while.

    What the venue acts on and margin calls come through, unless the kind `status` is named.
    """
    from marginline.cli.commands.alerts import deeds

    what = deeds.Quiet(name, account, kind)
    return deeds.mute(what, lasting, url, config, end=end, as_json=as_json)


@alerts.command(cls=Command)
def test(
    *,
    config: Config = None,
    as_json: AsJson = False,
) -> int:
    """Send a test message to every target of the settings, and say what became of each.

    No monitor needs to run. Exit codes: 0 all arrived, 1 one did not.
    """
    from marginline.cli.commands.alerts import testing

    return testing.run(config, as_json=as_json)

"""`marginline sandbox …`: its options. What it does lives in `serve`."""

from __future__ import annotations

from typing import Annotated

import typer


def sandbox(
    *,
    scenario: Annotated[
        str, typer.Option(metavar="NAME", help="The story; an unknown name lists them.")
    ] = "calm",
    seed: Annotated[
        str, typer.Option(metavar="N", help="The same seed gives the same world.")
    ] = "5",
    speed: Annotated[str, typer.Option(metavar="X", help="World seconds a real second.")] = "1",
    port: Annotated[
        str, typer.Option(metavar="PORT", help="On 127.0.0.1; 0 takes a free one.")
    ] = "8700",
    faults: Annotated[
        str | None, typer.Option(metavar="FILE", help="A fault script: what goes wrong, and when.")
    ] = None,
    lasts: Annotated[
        str | None, typer.Option("--for", metavar="TIME", help="Such as 60s, 5m; default: Ctrl-C.")
    ] = None,
    weight: Annotated[
        str, typer.Option("--weight-limit", metavar="N", help="Binance's weight a minute.")
    ] = "2400",
    as_json: Annotated[
        bool, typer.Option("--json", help="Write one JSON document a line: start, story, end.")
    ] = False,
) -> int:
    """Serve a simulated Binance and Bybit on this machine, to test a bot against.

    Unmodified ccxt clients work against it. Needs the extra `live`.
    """
    from marginline.cli.commands.sandbox import serve

    wanted = serve.Wanted.of(
        scenario=scenario,
        seed=seed,
        speed=speed,
        port=port,
        faults=faults,
        lasts=lasts,
        weight=weight,
    )
    return serve.run(wanted, as_json=as_json)

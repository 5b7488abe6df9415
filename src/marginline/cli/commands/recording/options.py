"""The two commands with their options. What each does lives in its own module."""

from __future__ import annotations

from typing import Annotated

import typer

from marginline.cli.commands.live.options import Config, Lasting, NoOpen, Port
from marginline.cli.companions import companions
from marginline.cli.input.options import AsJson

Serve = Annotated[bool, typer.Option("--serve", help="Serve the page, too.")]


_PAGE = {"port": ("serve",), "no_open": ("serve",)}


@companions(needs={"seed": ("sandbox",), "speed": ("sandbox",), **_PAGE})
def record(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="FILE", help="Account files to watch as they change on disk."),
    ] = None,
    *,
    out: Annotated[
        str | None,
        typer.Option("--out", metavar="DIR", help="Where to; usually in your data folder."),
    ] = None,
    config: Config = None,
    sandbox: Annotated[
        str | None,
        typer.Option("--sandbox", metavar="STORY", help="Record a simulated world instead."),
    ] = None,
    seed: Annotated[
        str | None, typer.Option("--seed", metavar="NUMBER", help="Of the simulated world.")
    ] = None,
    speed: Annotated[
        str | None, typer.Option("--speed", metavar="FACTOR", help="World seconds a second.")
    ] = None,
    most: Annotated[
        str, typer.Option("--most", metavar="SIZE", help="Of all parts together: 500MB, 4GB.")
    ] = "4GB",
    keep: Annotated[
        str, typer.Option("--keep", metavar="TIME", help="Delete older days: 30d; 0 keeps them.")
    ] = "30d",
    no_raw: Annotated[
        bool, typer.Option("--no-raw", help="Rounds alone, without the messages as they came.")
    ] = False,
    lasting: Lasting = None,
    serve: Serve = False,
    port: Port = None,
    no_open: NoOpen = False,
    as_json: AsJson = False,
) -> int:
    """Watch accounts and write the run down, every message included, to live it again.

    Compressed files, one a day (or 64 MB), without keys and signatures. Nobody is told of alerts
    and no history is kept: `[history] raw = true` records a monitor into its store.

    Exit codes: 0 recorded, 64 nothing to record, 74 it could not be written.
    """
    from marginline.cli.commands.recording import record as command

    return command.run(
        command.Asked(
            files=files or [], out=out, config=config, sandbox=sandbox, seed=seed, speed=speed,
            most=most, keep=keep, raw=not no_raw, lasting=lasting, serve=serve, port=port,
            opened=not no_open,
        ),
        as_json=as_json,
    )  # fmt: skip


@companions(needs={"run": ("url",), "lasting": ("serve",), **_PAGE})
def replay(
    path: Annotated[
        str | None,
        typer.Argument(metavar="PATH", help="A recording: its folder, or one file of it."),
    ] = None,
    *,
    url: Annotated[
        str | None,
        typer.Option("--history", "--url", metavar="URL", help="A history that was recorded to."),
    ] = None,
    run: Annotated[
        str | None, typer.Option("--run", metavar="RUN", help="Of that history; usually the last.")
    ] = None,
    day: Annotated[
        str | None, typer.Option("--day", metavar="DAY", help="Only 2026-11-28 (UTC).")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--from", metavar="MOMENT", help="Lived at once until there.")
    ] = None,
    until: Annotated[str | None, typer.Option("--to", metavar="MOMENT", help="End there.")] = None,
    speed: Annotated[
        str | None,
        typer.Option("--speed", metavar="FACTOR", help="Recorded seconds a second, or max."),
    ] = None,
    raw: Annotated[
        bool, typer.Option("--raw", help="Read the raw messages again instead, and compare.")
    ] = False,
    lasting: Lasting = None,
    serve: Serve = False,
    port: Port = None,
    no_open: NoOpen = False,
    as_json: AsJson = False,
) -> int:
    """Live a recorded run again, through the same steps on the clock that was recorded.

    Its records are compared with those of the run itself, to the byte. With --raw the raw answers
    and messages are read again, and each account that they give is compared with what was told.

    Exit codes: 0 replayed, or read the same, 1 records (or accounts) differ: another version made
    them, 4 it holds no round of that time, or not all can be read again, 64 there is no recording,
    74 it is cut or damaged: what is before that place is replayed.
    """
    from marginline.cli.commands.recording import replay as command

    return command.run(
        command.Asked(
            path=path, url=url, run=run, day=day, since=since, until=until, speed=speed,
            lasting=lasting, serve=serve, port=port, opened=not no_open, raw=raw,
        ),
        as_json=as_json,
    )  # fmt: skip

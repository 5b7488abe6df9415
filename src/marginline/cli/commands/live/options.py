"""The live commands with their options. What a command does lives in its own module."""

from __future__ import annotations

from typing import Annotated

import typer

from marginline.cli.companions import companions
from marginline.cli.input import choices
from marginline.cli.input.options import AsJson, Exact, Force

Port = Annotated[
    str | None, typer.Option("--port", metavar="PORT", help="Of the page; 0 takes any free one.")
]
Lasting = Annotated[
    str | None, typer.Option("--for", metavar="TIME", help="End by itself after 60s, 5m, 2h.")
]
NoOpen = Annotated[bool, typer.Option("--no-open", help="Do not open the browser.")]
Config = Annotated[
    str | None,
    typer.Option("--config", metavar="FILE", help="Settings; usually marginline.toml."),
]


_PRINTED = ("names", "printed", "save", "as_json", "exact")


@companions(
    needs={"force": ("save",)},
    idle={
        **dict.fromkeys(("scenario", "seed", "speed", "port", "lasting", "no_open"), _PRINTED),
        **dict.fromkeys(("printed", "as_json", "exact"), ("save",)),
    },
)
def demo(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="STORY", help="Print only these stories.", autocompletion=choices.stories
        ),
    ] = None,
    *,
    scenario: Annotated[
        str | None,
        typer.Option("--scenario", metavar="NAME", help="What happens: tour, calm, flash crash …"),
    ] = None,
    seed: Annotated[
        str | None, typer.Option("--seed", metavar="NUMBER", help="Of the simulated world.")
    ] = None,
    speed: Annotated[
        str | None, typer.Option("--speed", metavar="FACTOR", help="World seconds a second.")
    ] = None,
    port: Port = None,
    lasting: Lasting = None,
    no_open: NoOpen = False,
    printed: Annotated[
        bool, typer.Option("--print", help="Print sample accounts instead of serving a page.")
    ] = False,
    save: Annotated[
        str | None, typer.Option("--save", metavar="DIR", help="Keep the sample accounts there.")
    ] = None,
    force: Force = False,
    exact: Exact = False,
    as_json: AsJson = False,
) -> int:
    """See it work: a simulated venue, its accounts under watch, and the page.

    No keys, no network. With --print (or a story, --save, --json): six sample accounts, assessed.
    """
    if printed or names or save is not None or as_json or exact:
        from marginline.cli.commands import stories

        return stories.run(names or [], exact=exact, as_json=as_json, save=save, force=force)
    from marginline.cli.commands.live import demo as command

    return command.run(
        scenario=scenario,
        seed=seed,
        speed=speed,
        port=port,
        lasting=lasting,
        opened=not no_open,
    )


def monitor(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="FILE", help="Account files to watch as they change on disk."),
    ] = None,
    *,
    config: Config = None,
    port: Port = None,
    lasting: Lasting = None,
    no_open: NoOpen = False,
) -> int:
    """Watch accounts, and serve the page: those of the settings, and account files.

    Settings: marginline.toml here or in the user's configuration folder (`marginline init` writes
    one); environment variables MARGINLINE_… go before the file, options before both.
    """
    from marginline.cli.commands.live import monitor as command

    return command.run(files or [], config=config, port=port, lasting=lasting, opened=not no_open)


@companions(idle={"config": ("files",)})
def top(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="FILE", help="Watch these by itself, without a running monitor."),
    ] = None,
    *,
    url: Annotated[
        str | None,
        typer.Option("--url", metavar="URL", help="Of a monitor; usually http://127.0.0.1:8765."),
    ] = None,
    config: Config = None,
) -> int:
    """The accounts of a monitor in the terminal: nearest to the line first, with explanations."""
    from marginline.cli.commands.live import top as command

    return command.run(files or [], url=url, config=config)


def init(
    path: Annotated[str, typer.Argument(metavar="FILE", help="Where to write it.")] = (
        "marginline.toml"
    ),
    *,
    force: Force = False,
) -> int:
    """Write a commented settings file to begin with."""
    from marginline.cli.commands.live import init as command

    return command.run(path, force=force)

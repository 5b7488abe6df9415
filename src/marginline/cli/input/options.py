"""The options and arguments that several commands share: each is described here alone."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, get_type_hints

import typer

from marginline.cli.input import choices

CommandFunction = Callable[..., int]

FILE_HELP = (
    "Account file (.json, .toml), or raw answers of a venue: files, a folder, a tar or zip; - is"
    " stdin."
)

Files = Annotated[
    list[str],
    typer.Argument(metavar="FILE", help=FILE_HELP, autocompletion=choices.after_files),
]
AsJson = Annotated[bool, typer.Option("--json", help="Write a JSON document instead.")]
Exact = Annotated[bool, typer.Option("--exact", help="Write every digit.")]
Force = Annotated[bool, typer.Option("--force", help="Replace a file that exists.")]
OfHistory = Annotated[
    str | None,
    typer.Option(
        "--history", "--url", metavar="URL", help="The history; default that of the settings."
    ),
]
Everything = Annotated[bool, typer.Option("--all", help="Show what is folded away.")]
Venue = Annotated[
    str | None,
    typer.Option(
        "--venue",
        metavar="VENUE",
        help="The files are raw answers of this venue.",
        autocompletion=choices.venues,
    ),
]
Mode = Annotated[
    str | None,
    typer.Option(
        "--mode",
        metavar="MODE",
        help="Account mode of the raw answers.",
        autocompletion=choices.modes,
    ),
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of", metavar="TIME", help="Moment of the raw answers, 2026-09-01T12:00:00Z."
    ),
]
KindOf = Annotated[
    list[str] | None,
    typer.Option(
        "--kind",
        metavar="KIND",
        help="What a raw answer is: KIND, FILE=KIND, FILE:LINE=KIND (`rules answers`). Repeatable.",
        autocompletion=choices.kinds,
    ),
]
TiersOf = Annotated[
    str | None,
    typer.Option(
        "--tiers",
        metavar="FILE",
        help="Maintenance tiers that the account lacks: ours, Binance's, freqtrade's or ccxt's.",
    ),
]


def folded(
    name: str,
    options: Mapping[str, tuple[object, object]],
    made: Callable[..., object],
) -> Callable[[CommandFunction], CommandFunction]:
    """A command takes these options, and is handed what is `made` of them as its argument `name`.

    Args:
        name: of the argument; the options stand in its place in the help.
        options: annotation and default by name.
        made: what becomes of the options, given by name.
    """

    def fold(command: CommandFunction) -> CommandFunction:
        @functools.wraps(command)
        def folding(**given: object) -> int:
            own = {option: given.pop(option) for option in options}
            return command(**given, **{name: made(**own)})

        keyword = inspect.Parameter.KEYWORD_ONLY
        own = [
            inspect.Parameter(option, keyword, default=default, annotation=annotation)
            for option, (annotation, default) in options.items()
        ]
        unread = {str(command.__annotations__[name]): object}  # its type is not imported here
        hints = get_type_hints(command, localns=unread, include_extras=True)
        before = [
            one.replace(annotation=hints[one.name])
            for one in inspect.signature(command).parameters.values()
        ]
        at = next(place for place, one in enumerate(before) if one.name == name)
        shown = [*before[:at], *own, *before[at + 1 :]]
        folding.__annotations__ = {one.name: one.annotation for one in shown}
        # What Typer reads instead of the function's own.
        vars(folding)["__signature__"] = inspect.Signature(shown)
        return folding

    return fold


def _reading(
    venue: str | None,
    mode: str | None,
    as_of: str | None,
    kind: list[str] | None,
    tiers: str | None,
) -> object:
    from marginline.cli.input.sources import Reading

    return Reading(venue, mode, as_of, tuple(kind or ()), tiers)


reads = folded(
    "reading",
    {
        "venue": (Venue, None),
        "mode": (Mode, None),
        "as_of": (AsOf, None),
        "kind": (KindOf, None),
        "tiers": (TiersOf, None),
    },
    _reading,
)
"""For commands that read accounts: how raw answers are read, as `reading`."""

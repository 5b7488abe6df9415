"""`marginline size` with its options, in the groups they belong to. It lives in `size.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from marginline.cli.commands.outlook.by_chance import ByChance
from marginline.cli.companions import companions
from marginline.cli.input import choices
from marginline.cli.input.moves import fraction
from marginline.cli.input.options import AsJson, Exact, Files, folded, reads

if TYPE_CHECKING:
    from marginline.cli.input.sources import Reading


def _text(metavar: str, words: str, default: str | None = None) -> tuple[object, object]:
    kind = str | None if default is None else str
    return Annotated[kind, typer.Option(metavar=metavar, help=words)], default


def _kept(**given: str | None) -> object:
    told = {name: value for name, value in given.items() if value is not None}
    if "keep_ratio" in told:
        told["keep_ratio"] = fraction("--keep-ratio", told["keep_ratio"])
    return told


_keeping = folded(
    "kept",
    {
        "price": _text("PRICE", "Of the fill; default the mark."),
        "keep_ratio": _text("RATIO", "Highest margin ratio after it; 1 is liquidation."),
        "keep_buffer": _text("AMOUNT", "Least buffer after it, in the pool's asset."),
        "stop": _text("PRICE", "Where a stop would close it."),
        "risk": _text("AMOUNT", "The most that may be lost at the stop."),
        "leverage": _text("LEVERAGE", "Set before the order."),
        "position_side": _text("SIDE", "The leg in hedge mode: long or short."),
    },
    _kept,
)
"""What the account must keep, and how the order is made."""


def _chance(
    *,
    candles: list[str] | None,
    touch: str | None,
    edge: str | None,
    kelly: str,
    maintenance_rate: str | None,
    within: str,
) -> object:
    return ByChance(candles or (), touch, edge, kelly, maintenance_rate, within)


_by_chance = folded(
    "chances",
    {
        "candles": (
            Annotated[
                list[str] | None,
                typer.Option(
                    "--candles", metavar="SOURCE", help="Prices of the past, as of headroom."
                ),
            ],
            None,
        ),
        "touch": _text("CHANCE", "Of touching the line within --within: 1%."),
        "edge": _text("RETURN", "Expected within --within: the size by Kelly."),
        "kelly": _text("FRACTION", "Of Kelly's size that is taken.", "0.5"),
        "maintenance_rate": _text("RATE", "What Kelly's line keeps; default by the tiers."),
        "within": _text("SPAN", "How long it is held or borne.", "1d"),
    },
    _chance,
)
"""Sizes by chance."""


@_keeping
@_by_chance
@reads
@companions(
    needs={
        "candles": ("touch", "edge"),
        "within": ("touch", "edge"),
        "kelly": ("edge",),
        "maintenance_rate": ("edge",),
    }
)
def size(
    files: Files,
    instrument: Annotated[
        str, typer.Argument(metavar="INSTRUMENT", help="Symbol or position key.")
    ],
    side: Annotated[
        str,
        typer.Argument(metavar="SIDE", help="buy or sell.", autocompletion=choices.sides),
    ],
    *,
    kept: Mapping[str, str],
    modes: Annotated[
        bool, typer.Option("--modes", help="The found size in cross and isolated, side by side.")
    ] = False,
    chances: ByChance,
    reading: Reading,
    exact: Exact = False,
    as_json: AsJson = False,
) -> int:
    """Find the largest order that leaves the account as wanted.

    By margin, buffer and stop; with `--candles` by the chance of touching the line, and by Kelly.
    Exit codes: 0 a size fits, 1 none does, 4 it cannot be said.
    """
    from marginline.cli.commands import size

    wanted = size.Wanted(kept, chances, modes)
    return size.run(files, instrument, side, wanted, reading, exact=exact, as_json=as_json)

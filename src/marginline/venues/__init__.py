"""One folder a venue, and the way to the right rulebook: `at(venue, mode, moment)`.

A folder names the venues it serves in its `__init__` (`VENUES`) and keeps its books in
`rulebooks.RULEBOOKS`. Nothing else needs to know it: adding a venue adds a folder.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from types import MappingProxyType, ModuleType

from marginline.errors import Problem, RulebookError, nearest, shown
from marginline.venues.rulebook import Rulebook


@cache
def folders() -> Mapping[str, str]:
    """Which folder serves which venue."""
    found: dict[str, str] = {}
    with os.scandir(__path__[0]) as entries:  # `pkgutil` and `pathlib` would be loaded for it alone
        names = sorted(each.name for each in entries if each.is_dir() and each.name[0] not in "._")
    for name in names:
        folder = importlib.import_module(f"{__name__}.{name}")
        served = getattr(folder, "VENUES", ())  # a room that the venues share serves none itself
        found.update(dict.fromkeys(served, name))
    return MappingProxyType(found)


def part_of(venue: str, part: str) -> ModuleType:
    """A module of a venue's folder, such as `payloads.reader`.

    Raises:
        RulebookError: no folder serves the venue; the message names those there are.
    """
    folder = folders().get(venue)
    if folder is None:
        problem = Problem(
            "venue", shown(venue), "no rulebook is built for this venue", venue_remedy(venue)
        )
        raise RulebookError([problem])
    return importlib.import_module(f"{__name__}.{folder}.{part}")


_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "binance_usdm": "USDS-M futures",
        "binance_coinm": "COIN-M futures",
        "binance_pm": "portfolio margin",
        "binance_pm_pro": "portfolio margin pro",
        "bybit_unified": "a unified account",
        "bybit_inverse": "a classic account's inverse contracts",
        "bitget_futures": "a classic account's futures",
        "bitget_unified": "a unified account",
        "bingx_perpetual": "perpetual futures",
        "bingx_standard": "standard futures",
    }
)


def venue_remedy(name: str) -> str:
    """What to write in place of a venue that is not built: its family, a near name, what there is.

    A family has accounts of several kinds, each with rules of its own; which one is meant is not
    guessed.
    """
    there = sorted(folders())
    family = [venue for venue in there if venue.partition("_")[0] == _plain(name).partition("_")[0]]
    if len(family) > 1:
        kinds = ", ".join(f"{venue} ({_KINDS.get(venue, venue)})" for venue in family)
        brand = family[0].partition("_")[0]
        return f"{brand} margins each kind of account by rules of its own; which is it: {kinds}?"
    near = family[0] if family else nearest(_plain(name), there, 0.75)
    guess = f"did you mean {near}? " if near else ""
    return f"{guess}there is: {', '.join(there)}"


def _plain(name: str) -> str:
    """A venue as people and other libraries write it: "Binance USD-M", "binanceusdm"."""
    plain = "".join(c if c.isalnum() else "_" for c in name.lower().replace("usd-m", "usdm"))
    for brand in {venue.partition("_")[0] for venue in folders()}:
        if plain.startswith(brand) and not plain.startswith(f"{brand}_"):
            return f"{brand}_{plain.removeprefix(brand)}"
    return plain


@cache
def has_part(venue: str, part: str) -> bool:
    """Whether a venue's folder has a module, such as `payloads.reader`; nothing is imported."""
    folder = folders().get(venue)
    if folder is None:
        return False
    *parents, name = part.split(".")
    from pathlib import Path  # noqa: PLC0415 - only what was read from answers is asked this

    return Path(__file__).parent.joinpath(folder, *parents, f"{name}.py").is_file()


@cache
def rulebooks(venue: str) -> tuple[Rulebook, ...]:
    """Every rulebook of a venue, by mode and then by date."""
    books: tuple[Rulebook, ...] = part_of(venue, "rulebooks").RULEBOOKS
    return tuple(book for book in books if book.venue == venue)


def all_rulebooks() -> tuple[Rulebook, ...]:
    """Every rulebook there is."""
    return tuple(book for venue in folders() for book in rulebooks(venue))


def at(venue: str, mode: str | None, moment: datetime) -> Rulebook:
    """The rulebook in force for a venue and mode at a moment.

    Raises:
        RulebookError: none covers it; the message names the modes or the spans there are.
    """
    books = [book for book in rulebooks(venue) if book.mode == mode]
    if not books:
        modes = ", ".join(sorted({str(book.mode) for book in rulebooks(venue)}))
        raise RulebookError(
            [
                Problem(
                    "mode",
                    str(mode),
                    f"{venue} has no rulebook for this mode",
                    f"there is: {modes}",
                )
            ]
        )
    for book in books:
        if book.covers(moment):
            return book
    spans = "; ".join(f"{book.code} {book.span}" for book in books)
    raise RulebookError(
        [
            Problem(
                "as_of",
                moment.isoformat(),
                f"no rulebook of {venue} covers this moment",
                f"there is: {spans}",
            )
        ]
    )

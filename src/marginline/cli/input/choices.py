"""What a shell offers for a word that is begun: venues, modes, kinds, measures, names of ours.

Shells ask with every key, so nothing is imported before it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import typer


def venues(incomplete: str) -> list[str]:
    """Venues that have a reader of raw answers."""
    from marginline.venues.reader.reading import readable_venues

    return _begun(incomplete, readable_venues())


def rulebook_venues(incomplete: str) -> list[str]:
    """Venues that have rulebooks."""
    from marginline.venues import folders

    return _begun(incomplete, folders())


def modes(ctx: typer.Context, incomplete: str) -> list[str]:
    """Modes of the venue that is named before, else of all."""
    from marginline.core.account.account import MODES

    given = str(ctx.params.get("venue"))
    named = [MODES[given]] if given in MODES else MODES.values()
    return _begun(incomplete, (mode for modes in named for mode in modes))


def kinds(ctx: typer.Context, incomplete: str) -> list[str]:
    """Kinds of raw answers of the venue that is named before, else of all."""
    from marginline.venues.reader.reading import kinds as kinds_of
    from marginline.venues.reader.reading import readable_venues

    there = readable_venues()
    given = str(ctx.params.get("venue"))
    return _begun(
        incomplete, (k for v in ((given,) if given in there else there) for k in kinds_of(v))
    )


def measures(incomplete: str) -> list[str]:
    """Measures."""
    from marginline.core.measures import Measure

    return _begun(incomplete, (measure.value for measure in Measure))


def schemas(incomplete: str) -> list[str]:
    """Schemas that are published."""
    from marginline.cli.commands.schema import FILES

    return _begun(incomplete, FILES)


def stories(incomplete: str) -> list[str]:
    """Sample accounts."""
    from marginline.cli.commands.stories import STORIES

    return _begun(incomplete, STORIES)


def bad_days(incomplete: str) -> list[str]:
    """Scenarios of `stress`."""
    from marginline.risk.stress.scenarios import BY_NAME

    return _begun(incomplete, BY_NAME)


def sides(incomplete: str) -> list[str]:
    """Sides of an order."""
    return _begun(incomplete, ("buy", "sell"))


_LATER = {"measure": measures, "side": sides}


def after_files(ctx: typer.Context, incomplete: str) -> list[str]:
    """Words of the arguments that may follow the files; else the shell offers files itself.

    Where several files may stand, every word may be one of them or the first of what follows.
    """
    if not incomplete:
        return []
    named = (parameter.name for parameter in ctx.command.params)
    return [word for name in named if name in _LATER for word in _LATER[name](incomplete)]


def _begun(incomplete: str, words: Iterable[str]) -> list[str]:
    def matching() -> Iterator[str]:
        for word in words:
            if word.startswith(incomplete):
                yield word

    return sorted(set(matching()))

"""Figures of the venue that stand in its answers and are no numbers: told, and never compared."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from marginline.core.account.account import Account
from marginline.core.assessment.assessment import Assessment
from marginline.core.document._scalars import Refused, number_of, preview
from marginline.core.findings import missing
from marginline.core.measures import Measure
from marginline.venues.compare.comparing import ACCOUNT, Claim, said_of, words_of


def unread(account: Account, assessment: Assessment) -> Iterator[Claim]:
    """A claim for each figure that the venue's page names and that cannot be read.

    It stands at its position, else at its asset, else at the account; a blank says that there is
    none, and rows of positions that are not open are left out, as among the figures compared.
    """
    measures = _measures_of(account.venue)
    held = {p.name for pool in assessment.pools for p in pool.figures.positions}
    assets = {wallet.asset for wallet in account.wallets}
    for path, label, value in _leaves(said_of(account), ()):
        if label not in measures or _readable(value):
            continue
        closed = any("/" in name and name not in held for name in path)
        if not closed:
            text = f"the venue's figure cannot be read: {preview(value)} is no number"
            where = _place(path, held, assets)
            yield Claim(where, label, measures[label], None, missing(text))


def _measures_of(venue: str) -> dict[str, Measure | None]:
    """The words under which a venue prints figures, with what each means."""
    module = words_of(venue)
    tables = () if module is None else module.TABLES.values()
    lines = [line for of_book in tables for table in of_book for line in table]
    return {
        word: line.measure for line in reversed(lines) for word in (line.older, line.word) if word
    }


def _leaves(
    said: Mapping[str, object], path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], str, object]]:
    for label, value in said.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*path, label))
        else:
            yield path, label, value


def _readable(value: object) -> bool:
    """Whether a number stands there, or that there is none."""
    if value is None or value == "":
        return True
    try:
        number_of(value)
    except Refused:
        return False
    return True


def _place(path: tuple[str, ...], held: Collection[str], assets: Collection[str]) -> str:
    inner = tuple(reversed(path))
    named = (name for names in (held, assets) for name in inner if name in names)
    return next(named, ACCOUNT)

"""The steps in which an instrument's sizes and prices come: as given, else as packaged."""

from __future__ import annotations

from decimal import Decimal

from marginline.core.account.account import Account, Instrument
from marginline.core.nouns import dataclass
from marginline.venues.resolve import packaged


@dataclass(frozen=True, slots=True)
class Steps:
    """Step of size and of price (tick) in the instrument's own units; None: nobody tells it.

    `source` says which packaged copy a step is of, and since when; empty where both are given.
    """

    size: Decimal | None
    tick: Decimal | None
    source: str


def steps_of(account: Account, folder: str, instrument: Instrument) -> Steps:
    """What the account gives, and where it leaves one out what is packaged for its moment."""
    size, tick = instrument.size_step, instrument.tick_size
    if size is not None and tick is not None:
        return Steps(size, tick, "")
    venue, symbol = account.venue, instrument.symbol
    found = packaged.in_force(folder, "steps", venue, symbol, account.as_of)
    if found is None:
        return Steps(size, tick, "")
    return Steps(
        _number(found, "size_step") if size is None else size,
        _number(found, "tick_size") if tick is None else tick,
        f"{found.source}, from {found.effective_from}",
    )


def _number(found: packaged.Dated, name: str) -> Decimal | None:
    return found.number(name) if name in found.entry else None

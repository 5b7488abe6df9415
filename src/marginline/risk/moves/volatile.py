"""Which assets move with the market: every coin; stablecoins and currencies stand."""

from __future__ import annotations

from collections.abc import Iterable

from marginline.core.distance.standing import STANDING, moving_base
from marginline.venues.resolve.resolver import Resolver

__all__ = ["STANDING", "volatile_assets"]


def volatile_assets(look: Resolver, symbols: Iterable[str]) -> dict[str, list[str]]:
    """By asset the symbols of which it is the base, out of those given."""
    found: dict[str, list[str]] = {}
    for symbol in symbols:
        instrument = look.known(symbol)
        base = None if instrument is None else moving_base(instrument)
        if base is not None:
            found.setdefault(base, []).append(symbol)
    return found

"""Which assets move with the market: those that are the base of an instrument the account sees."""

from __future__ import annotations

from collections.abc import Iterable

from marginline.venues.resolve.resolver import Resolver

_DOLLARS = "USD USDT USDC FDUSD BUSD TUSD USDP DAI USDE PYUSD RLUSD BFUSD USDS"
_OTHERS = "EUR EURC GBP TRY BRL JPY AUD CHF CAD"
STANDING = frozenset(f"{_DOLLARS} {_OTHERS}".split())
"""Stablecoins and currencies: they stand while the market moves, even as the base of a contract."""


def volatile_assets(look: Resolver, symbols: Iterable[str]) -> dict[str, list[str]]:
    """By asset the symbols of which it is the base, out of those given."""
    found: dict[str, list[str]] = {}
    for symbol in symbols:
        instrument = look.known(symbol)
        if instrument is None or instrument.base is None or instrument.base in STANDING:
            continue
        found.setdefault(instrument.base, []).append(symbol)
    return found

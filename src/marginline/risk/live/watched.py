"""Prices that tell when something is made of them: what a rulebook resolves by the mark.

An exposure carries its mark on; whatever else a rulebook makes of a mark (the margin of a market
order, a tier chosen beforehand, a loss that another position's fee rests on) would be stale after a
tick. Whichever way the rulebook computes it, it has to calculate with the price or compare it: a
watched price notes that, and its instrument is resolved again when it ticks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal


class Watched(Decimal):
    """A price that enters its `symbol` into `seen` as soon as it is calculated with."""

    symbol: str
    seen: set[str]

    @staticmethod
    def all(prices: Mapping[str, Decimal], seen: set[str]) -> dict[str, Decimal]:
        """Prices by symbol, each watched."""
        found: dict[str, Decimal] = {}
        for symbol, price in prices.items():
            made = Watched(price)
            made.symbol, made.seen = symbol, seen
            found[symbol] = made
        return found


def _noting(name: str) -> Callable[..., object]:
    plain = getattr(Decimal, name)

    def noted(self: Watched, *others: object, **more: object) -> object:
        self.seen.add(self.symbol)
        return plain(self, *others, **more)

    return noted


_HARMLESS = {
    "__class__", "__new__", "__init__", "__init_subclass__", "__subclasshook__", "__getattribute__",
    "__setattr__", "__delattr__", "__dir__", "__doc__", "__reduce__", "__reduce_ex__", "__sizeof__",
    "__getstate__", "__copy__", "__deepcopy__", "__repr__", "from_float",
}  # fmt: skip

for _name in dir(Decimal):
    if _name not in _HARMLESS and callable(getattr(Decimal, _name)):
        setattr(Watched, _name, _noting(_name))

"""Numbers for people: rounded where a person reads, exact on request, never on the wrong side.

A rounded number must not say more than the exact one: a ratio below 1 never shows as 100 %, a
liquidation price is rounded towards the mark, what may be taken out is rounded down.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal

from marginline.core.numbers import to_text

_WIDE = Context(prec=60)
_DOLLARS = ("USD", "EUR", "GBP", "DAI", "BNFCR")
HALF, DOWN, UP, TO_ZERO = ROUND_HALF_EVEN, ROUND_FLOOR, ROUND_CEILING, ROUND_DOWN


def rounded(value: Decimal, places: int, rounding: str = HALF) -> Decimal:
    """The value at a number of decimal places."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=rounding, context=_WIDE)


def grouped(value: Decimal) -> str:
    """All digits, thousands apart: 12,480.51."""
    return "0" if value == 0 and value.as_tuple().exponent == 0 else format(value, ",f")


def places_of(value: Decimal) -> int:
    """Decimal places a number is written with, trailing zeros left out."""
    return len(to_text(value).partition(".")[2])


def asset_places(asset: str) -> int:
    """Decimal places a person reads an asset with: cents of a dollar, millionths of a coin."""
    return 2 if any(name in asset for name in _DOLLARS) else 6


@dataclass(frozen=True, slots=True)
class Style:
    """How numbers are written: rounded for people, or `exact`."""

    exact: bool = False

    def amount(
        self, value: Decimal, asset: str, rounding: str = HALF, *, sign: bool = False
    ) -> str:
        """An amount of an asset; a small one keeps two digits instead of reading 0."""
        text = self._amount(value, asset, rounding)
        return "+" + text if sign and value > 0 else text

    def _amount(self, value: Decimal, asset: str, rounding: str) -> str:
        if self.exact:
            return to_text(value)
        places = asset_places(asset)
        shown = rounded(value, places, rounding)
        if shown == 0 and value != 0:
            return to_text(rounded(value, 1 - value.adjusted(), rounding))
        return grouped(shown.copy_abs() if shown == 0 else shown)

    def price(self, value: Decimal, places: int, rounding: str = HALF) -> str:
        """A price at the places of its instrument's tick."""
        if self.exact:
            return to_text(value)
        if value and value.adjusted() < 2 - places:  # keep three digits of a small price
            places = 2 - value.adjusted()
        return grouped(rounded(value, places, rounding))

    def size(self, value: Decimal) -> str:
        """A size, all its digits."""
        return to_text(value) if self.exact else grouped(Decimal(to_text(value)))

    def percent(self, value: Decimal, lines: tuple[Decimal, ...] = (), places: int = 1) -> str:
        """A fraction as a percentage, on the same side of each line as the exact value is."""
        percentage = _WIDE.multiply(value, Decimal(100))
        if self.exact:
            return to_text(percentage) + " %"
        shown = rounded(percentage, places)
        while places < 12 and any(
            _WIDE.compare(value, line) != _WIDE.compare(shown, line * 100) for line in lines
        ):
            places += 1
            shown = rounded(percentage, places)
        return f"{grouped(shown.copy_abs() if shown == 0 else shown)} %"

    def percent_up(self, value: Decimal) -> str:
        """A fraction that must suffice, in percent: two decimals, rounded up."""
        percentage = _WIDE.multiply(value, Decimal(100))
        return f"{to_text(percentage) if self.exact else grouped(rounded(percentage, 2, UP))} %"

    def distance(self, value: Decimal) -> str:
        """A signed distance in percent, rounded towards 0: never farther than it is."""
        percentage = _WIDE.multiply(value, Decimal(100))
        if self.exact:
            return f"{'+' if value > 0 else ''}{to_text(percentage)} %"
        shown = rounded(percentage, 1 if abs(percentage) >= 1 else 2, TO_ZERO)
        return f"{'+' if value > 0 else ''}{grouped(shown.copy_abs() if shown == 0 else shown)} %"

    def figure(self, value: Decimal) -> str:
        """A number whose unit decides nothing: at most ten digits that matter."""
        if self.exact:
            return to_text(value)
        places = max(10 - 1 - value.adjusted(), 0) if value else 0
        return grouped(Decimal(to_text(rounded(value, min(places, 18)))))

    def times(self, value: Decimal) -> str:
        """A leverage: 20x, 4.74x."""
        shown = value if self.exact else rounded(value, 2)
        return to_text(shown) + "x"

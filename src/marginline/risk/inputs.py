"""Arguments of the questions, read strictly: exact numbers, names from a list, one error each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType

from marginline.core.document._scalars import Refused, check_bounds, number_of, preview
from marginline.core.numbers import to_text
from marginline.errors import InputError, Problem

Number = str | int | Decimal
"""An exact number as a caller may write it; a float is refused."""

UNITS: Mapping[str, str] = MappingProxyType(
    {
        "size": "the instrument's unit of size",
        "amount": "the asset",
        "leverage": "times",
        "price": "the instrument's quote asset",
        "stop": "the instrument's quote asset",
        "risk": "the pool's asset",
        "ratio": "fraction, 0.8 is 80 %",
        "keep_ratio": "fraction, 0.8 is 80 %",
        "keep_buffer": "the pool's asset",
        "relative": "fraction, -0.1 is 10 % down",
        "touch": "fraction, 0.01 is 1 %",
        "kelly": "fraction, 0.5 is half of it",
        "maintenance_rate": "fraction, 0.005 is 0.5 %",
    }
)
"""What the numbers of questions are counted in, by their names."""
_NO_NUMBER = "write a number such as 0.5"


def number(
    path: str,
    value: Number,
    *,
    minimum: int | None = None,
    above: int | None = None,
    maximum: int | None = None,
) -> Decimal:
    """The exact number of an argument, within bounds; `above` is exclusive.

    Raises:
        InputError: a float, text that is no number, or a number out of bounds.
    """
    try:
        found = number_of(value)
        check_bounds(found, minimum, above, maximum)
    except Refused as refused:
        finite = "must be finite" not in refused.message  # nothing that is asked is unknown
        remedy = refused.remedy if finite else _NO_NUMBER
        raise wrong(path, preview(value), refused.message, remedy) from None
    return found


def number_or_none(path: str, value: Number | None, *, above: int | None = None) -> Decimal | None:
    """As `number`, but None stays None: not given."""
    return None if value is None else number(path, value, above=above)


def margin_ratio(path: str, value: Number) -> Decimal:
    """A margin ratio that may be aimed at: above 0, at most 1, where the line is.

    Raises:
        InputError: none; above 1 the message says which per cent may have been meant.
    """
    found = number(path, value, above=0)
    if found > 1:
        meant = f"; {to_text(found / 100)} is {to_text(found)} %" if found <= 100 else ""
        message, remedy = "is past the line: 1 is liquidation", f"a fraction below 1{meant}"
        raise wrong(path, to_text(found), message, remedy)
    return found


def name(path: str, value: object) -> str:
    """A symbol, an asset or a key: text that is not empty."""
    if not isinstance(value, str) or not value:
        raise wrong(path, preview(value), "must be text", "write the name in quotes")
    return value


def choice(path: str, value: str, options: Iterable[str]) -> str:
    """One of the options."""
    listed = tuple(options)
    if value not in listed:
        raise wrong(path, preview(value), "is none of the choices", f"one of: {', '.join(listed)}")
    return value


def wrong(path: str, value: str, message: str, remedy: str = "") -> InputError:
    """The error that names one bad argument, to be raised."""
    return InputError([Problem(path, value, message, remedy)])

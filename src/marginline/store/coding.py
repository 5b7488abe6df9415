"""Rows as the values of their columns, and back; each row carries a check of its own bytes."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from marginline.errors import InputError, Problem
from marginline.store.rows import Row

R = TypeVar("R", bound=Row)
Values = tuple[Any, ...]
DIGITS_MAX = 1_000
"""Places before or after the point: far beyond any amount, far within what both engines keep."""


def values_of(row: Row) -> Values:
    """The row's values in the order of its fields, amounts as plain digits.

    Raises:
        InputError: an amount that is no number, or has too many places to be one.
    """
    try:
        return tuple([_plain(value) for value in msgspec.structs.astuple(row)])
    except _Unkept as found:
        place = type(row).__name__
        raise InputError([Problem(place, found.value, found.message, found.remedy)]) from None


def check_of(values: Values) -> int:
    """A checksum of a row's values: a flipped bit changes it."""
    return zlib.crc32(msgspec.msgpack.encode(values))


def bytes_of(values: Values) -> bytes:
    """The values as bytes, the same for the same values: what a seal is made of."""
    return msgspec.msgpack.encode(values)


def as_written(values: Sequence[Any]) -> Values:
    """Values that an engine gave back, in the form in which they were written."""
    return tuple([format(v, "f") if isinstance(v, Decimal) else v for v in values])


def row_of(kind: type[R], values: Sequence[Any]) -> R:
    """The row of such values, amounts given as Decimal or as text."""
    found = dict(zip(kind.__struct_fields__, values, strict=True))
    for name in amounts(kind):
        if found[name] is not None:
            found[name] = Decimal(found[name])
    return kind(**found)


_AMOUNTS: dict[type[Row], tuple[str, ...]] = {}


def amounts(kind: type[Row]) -> tuple[str, ...]:
    """The fields of a kind that are amounts."""
    if kind not in _AMOUNTS:
        fields = msgspec.structs.fields(kind)
        _AMOUNTS[kind] = tuple(f.name for f in fields if Decimal in parts_of(f.type))
    return _AMOUNTS[kind]


def parts_of(annotation: Any) -> Iterable[Any]:
    """The types that an annotation names: of `Decimal | None` both."""
    return getattr(annotation, "__args__", None) or (annotation,)


class _Unkept(Exception):
    def __init__(self, value: str, message: str, remedy: str) -> None:
        self.value, self.message, self.remedy = value, message, remedy
        super().__init__(message)


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isascii() and "\0" not in value else _text(value)
    if isinstance(value, Decimal):
        return digits(value)
    return value


def _text(value: str) -> str:
    """Text that both engines keep: no NUL, no half of a pair; what cannot be is shown as U+FFFD."""
    clean = value.replace("\0", "\ufffd")
    return clean.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def digits(number: Decimal) -> str:
    """The number's digits, each of them, without an exponent; there is no -0."""
    if not number.is_finite():
        raise _Unkept(str(number), "is no number, and is never kept as one", "None says unknown")
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    if not -DIGITS_MAX <= exponent <= DIGITS_MAX or number.adjusted() > DIGITS_MAX:
        text = f"has more than {DIGITS_MAX} places"
        raise _Unkept(f"{number:.5E}", text, "no amount has so many: mend its source")
    text = format(number, "f")
    return text[1:] if text.startswith("-") and not number else text

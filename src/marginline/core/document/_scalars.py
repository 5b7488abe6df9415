"""The scalars of a document: one untrusted value in, a number, text or moment out, or `Refused`."""

from __future__ import annotations

import functools
import re
from datetime import UTC, date, datetime, time
from decimal import Decimal

from marginline.core.numbers import to_text
from marginline.errors import shown

MAX_DIGITS = 40
MAX_EXPONENT = 40
MAX_NUMBER_TEXT = 100
MAX_NAME = 200  # no symbol, asset or label is so long

NUMBER_PATTERN = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
MOMENT_PATTERN = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt]([01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_NUMBER = re.compile(NUMBER_PATTERN)
_MOMENT = re.compile(MOMENT_PATTERN)
_NOT_FINITE = re.compile(r"[+-]?(s?nan[0-9]*|inf|infinity)", re.IGNORECASE)
_SURROGATE = re.compile("[\ud800-\udfff]")
_INTEGER_BITS = 400  # beyond any number we accept, and cheap to print


class Refused(ValueError):
    """The value cannot stand there: what is wrong, and what to write instead."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class NumberText:
    """A number literal of a JSON or TOML file, as its text."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return f"NumberText({self.text})"

    def __str__(self) -> str:
        return self.text


PLAIN = {str, NumberText, Decimal, int, bool, type(None)}
"""The classes of what a file holds beside lists and objects."""


def number_of(value: object) -> Decimal:
    """The exact number a document states: from a decimal string or a literal's text.

    Finite, at most 40 significant digits, between 1e-40 and 1e41 in size; never from a float.
    """
    if isinstance(value, str):
        return _parse(value)
    text = literal_text(value)
    if text is None:
        raise Refused("must be a number", 'write a decimal string such as "0.004"')
    return _parse(text)


def literal_text(value: object) -> str | None:
    """The text of a number literal, an int or a Decimal; `None` for anything else."""
    if isinstance(value, float):
        raise Refused("a float is not exact", 'write it as a string, such as "0.004"')
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        if value.bit_length() > _INTEGER_BITS:
            raise Refused(f"has more than {MAX_DIGITS} significant digits")
        return str(value)
    if isinstance(value, NumberText):
        return value.text
    return str(value) if isinstance(value, Decimal) else None


def is_number_text(text: str) -> bool:
    """Whether the text reads as a number (finite or not)."""
    return bool(_NUMBER.fullmatch(text) or _NOT_FINITE.fullmatch(text))


@functools.lru_cache(maxsize=8192)  # rates, caps and multipliers stand in every row again
def _parse(text: str) -> Decimal:
    if len(text) > MAX_NUMBER_TEXT:
        raise Refused(f"a number of more than {MAX_NUMBER_TEXT} characters")
    found = _NUMBER.fullmatch(text)
    if not found:
        if _NOT_FINITE.fullmatch(text):
            raise Refused("must be finite", "leave it out if it is unknown")
        raise Refused(
            "must be a number", 'plain ASCII digits such as "-0.004": no spaces, no separators'
        )
    if found[2] is None and len(text) <= MAX_DIGITS:  # too short to break a bound
        return Decimal(text) or Decimal(0)
    if len(found[2] or "") > 5 or abs(int((found[2] or "e0")[1:])) > MAX_NUMBER_TEXT:
        raise Refused(f"the exponent must lie within ±{MAX_EXPONENT}")
    return _bounded(Decimal(text))


def _bounded(number: Decimal) -> Decimal:
    if not number:
        return Decimal(0)
    if abs(number.adjusted()) > MAX_EXPONENT:
        raise Refused(f"the exponent must lie within ±{MAX_EXPONENT}")
    digits = "".join(map(str, number.as_tuple().digits)).strip("0")
    if len(digits) > MAX_DIGITS:
        raise Refused(f"has more than {MAX_DIGITS} significant digits")
    return number


def check_bounds(
    number: Decimal, minimum: int | None, above: int | None, maximum: int | None
) -> None:
    """Refuse a number outside its bounds."""
    if above is not None and number <= above:
        raise Refused(f"must be greater than {above}")
    if minimum is not None and maximum is not None and not minimum <= number <= maximum:
        remedy = "a fraction: 0.05 is 5 %" if maximum == 1 else ""
        raise Refused(f"must lie within {minimum} and {maximum}", remedy)
    if minimum is not None and number < minimum:
        raise Refused("must not be negative" if minimum == 0 else f"must be at least {minimum}")


def text_of(value: object) -> str:
    """Printable text without spaces at its ends: a symbol, an asset code, a label."""
    if not isinstance(value, str):
        raise Refused("must be text", "write it in quotes")
    if not value:
        raise Refused("must not be empty", "leave it out if it is unknown")
    if not value.isprintable():
        raise Refused("contains characters that do not print", "remove them")
    if value != value.strip():
        raise Refused("begins or ends with a space", "remove it")
    if len(value) > MAX_NAME:
        text = f"has {len(value):,} characters; a name has at most {MAX_NAME}"
        raise Refused(text, "shorten it")
    return value


def any_text(value: str) -> str:
    """Text of any kind that can be written to a file again."""
    if _SURROGATE.search(value):
        raise Refused("contains half a character (a lone surrogate)", "remove it")
    return value


def moment_of(value: object) -> datetime:
    """A moment in UTC, from RFC 3339 text or from a date-time that knows its offset."""
    remedy = "write RFC 3339 with an offset, such as 2026-09-01T08:00:00Z"
    if isinstance(value, str):
        if not _MOMENT.fullmatch(value):
            raise Refused("must be a moment with its UTC offset", remedy)
    elif not isinstance(value, datetime):
        raise Refused("must be a moment", remedy)
    try:
        found = datetime.fromisoformat(value.upper()) if isinstance(value, str) else value
        if found.tzinfo is None or found.utcoffset() is None:
            raise Refused("has no UTC offset", remedy)
        return found.astimezone(UTC)
    except (ValueError, OverflowError) as problem:
        if isinstance(problem, Refused):
            raise
        raise Refused("is not a moment of the calendar", remedy) from None


def moment_text(moment: datetime) -> str:
    """RFC 3339 in UTC with Z: 2026-09-01T08:00:00Z."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def free_scalar(value: object, *, numbers: bool) -> object:
    """A scalar of a free-form object; `numbers` makes a Decimal of whatever reads as one."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return number_of(value) if numbers and is_number_text(value) else any_text(value)
    text = literal_text(value)
    if text is not None:
        return number_of(value) if numbers else _finite_text(text)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return moment_text(moment_of(value))
    if isinstance(value, (date, time)):
        return value.isoformat()
    raise Refused("is nothing that JSON can hold", "write text, a number, an object or a list")


def _finite_text(text: str) -> str:
    if _NOT_FINITE.fullmatch(text):
        raise Refused("must be finite", "leave it out if it is unknown")
    return text


def write_scalar(value: object) -> object:
    """A scalar as a document states it: numbers and moments as text."""
    if isinstance(value, Decimal):
        return to_text(value)
    return moment_text(value) if isinstance(value, datetime) else value


def preview(value: object) -> str:
    """The value as it is shown in a message, short whatever its size or depth."""
    if isinstance(value, str):
        return f'"{shown(value)}"' if not value or value != value.strip() else shown(value)
    if isinstance(value, NumberText):
        return shown(value.text)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int) and value.bit_length() > _INTEGER_BITS:
        return "a very long integer"
    if isinstance(value, (int, float, Decimal, date, time)):
        return shown(str(value))
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, (list, tuple)):
        return "a list"
    return f"a Python {type(value).__name__}"

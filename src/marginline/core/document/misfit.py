"""What msgspec says of a document that does not fit its form, in words that JSON and TOML have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from marginline.errors import Problem

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "object": "an object",
        "array": "a list",
        "str": "text",
        "str | null": "text",
        "int": "a whole number",
        "int | null": "a whole number",
        "float": "a number",
        "float | null": "a number",
        "bool": "true or false",
    }
)
"""msgspec's words for what stands somewhere, and ours."""

MISSING = "is missing"
UNKNOWN = "is not known here"
NO_CHOICE = "is none of the choices"
TOO_FAR = "is beyond every number that is read"
_WRONG_KIND = re.compile(r"Expected `(.+)`, got `(.+)`")
_NAMED = (
    (re.compile(r"Object missing required field `(.+)`"), MISSING, "give it"),
    (re.compile(r"Object contains unknown field `(.+)`"), UNKNOWN, ""),
)
_OUT_OF_RANGE = re.compile(r"(?:Number|Integer|Float)(?: value)? out of range")
_WRONG_WORD = re.compile(r"Invalid (?:enum )?value '?(.*?)'?")


def place_of(text: str) -> tuple[str, str]:
    """The field that its message is about, "" for the whole, and the message without it."""
    words, _, path = text.partition(" - at `$")
    return path.rstrip("`").lstrip("."), words


def misfit(text: str, whole: str, written: str, remedy: str) -> Problem:
    """What does not fit: the field itself, what stands there, and what belongs there.

    `whole` is what the document is called; `written` the remedy for what is of another kind (how
    numbers are written there), `remedy` what says which fields and words there may be.
    """
    field, words = place_of(text)
    if found := _WRONG_KIND.fullmatch(words):
        wanted, stands = (KINDS.get(each, each) for each in found.groups())
        return Problem(field or whole, stands, f"must be {wanted}", written)
    if found := _WRONG_WORD.fullmatch(words):
        return Problem(field or whole, found[1], NO_CHOICE, remedy)
    if _OUT_OF_RANGE.fullmatch(words):
        return Problem(field or whole, "", TOO_FAR, written)
    for pattern, message, own in _NAMED:
        if found := pattern.fullmatch(words):
            place = f"{field}.{found[1]}" if field else found[1]
            return Problem(place, "", message, own or remedy)
    return Problem(field or whole, "", words, remedy)

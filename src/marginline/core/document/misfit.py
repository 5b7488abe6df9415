"""What msgspec says of a document that does not fit its form, in words that JSON and TOML have."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "object": "an object",
        "array": "a list",
        "str": "text",
        "str | null": "text",
        "int": "a whole number",
        "float": "a number",
        "bool": "true or false",
    }
)
"""msgspec's words for what stands somewhere, and ours."""


def place_of(text: str) -> tuple[str, str]:
    """The field that its message is about, "" for the whole, and the message without it."""
    words, _, path = text.partition(" - at `$")
    return path.rstrip("`").lstrip("."), words

"""One key as it is kept; nothing of it in any text."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from marginline.errors import InputError, Problem

_SHOWN = 4


class KeyRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A venue's key, and what it was found to be able to do beyond reading.

    `trading`, `withdrawal`: in the venue's words, empty where it may not. `bound`: it works from
    certain addresses alone; None where the venue does not say. `probed_at`: when the venue said so,
    milliseconds since the epoch. `url`: replaces the venue's own address.
    """

    name: str
    venue: str
    key: str
    secret: str
    passphrase: str = ""
    trading: tuple[str, ...] = ()
    withdrawal: tuple[str, ...] = ()
    bound: bool | None = None
    probed_at: int | None = None
    url: str | None = None

    def __repr__(self) -> str:
        return f"KeyRecord({self.name!r}, {self.venue!r}, key {self.ending})"

    __str__ = __repr__

    def __rich_repr__(self) -> list[tuple[str, Any]]:  # Any: as msgspec has it
        """As `repr`: a traceback that shows values shows no secret."""
        return [("name", self.name), ("key", self.ending)]

    @property
    def ending(self) -> str:
        """The last four characters of the key, by which its owner knows it."""
        return f"…{self.key[-_SHOWN:]}" if len(self.key) > 2 * _SHOWN else "…"

    @property
    def rights(self) -> str:
        """What it may do, in words."""
        more = [
            f"{word} ({', '.join(names)})"
            for word, names in (("trade", self.trading), ("withdraw", self.withdrawal))
            if names
        ]
        return " and ".join(["read", *more]) if more else "read only"


class Keys(Protocol):
    """Where keys are kept. Every call may raise InputError: it cannot be opened."""

    @property
    def place(self) -> str:
        """Where that is, for a person."""

    def names(self) -> tuple[str, ...]:
        """The names of all keys, in their order."""

    def get(self, name: str) -> KeyRecord | None:
        """A key by its name; None where there is none."""

    def put(self, record: KeyRecord) -> None:
        """Keep a key; one of the same name is replaced."""

    def remove(self, name: str) -> bool:
        """Forget a key; False where there was none."""


def records_in(text: str | bytes, place: str) -> dict[str, KeyRecord]:
    """The keys in a text, by name.

    Raises:
        InputError: it is none that was written here. What stands in it is not shown.
    """
    try:
        rows = msgspec.json.decode(text, type=list[KeyRecord])
    except (msgspec.DecodeError, UnicodeError):
        problem = Problem("keys", "", "what is kept there is no list of keys", "add them anew")
        raise InputError([problem], place) from None
    return {row.name: row for row in rows}

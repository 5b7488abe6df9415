"""One REST request as a handler sees it, and how a handler refuses it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

import msgspec

from marginline.core.numbers import is_digits

if TYPE_CHECKING:
    from marginline.sandbox.floor import Floor

Rights = Literal["public", "key", "signed", "trade"]
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?")
"""A number as JSON and clients write one: Python takes "1_0" and " 1" for one, too."""
_ENCODER = msgspec.json.Encoder(decimal_format="number")


class Refused(Exception):
    """The venue refuses: HTTP status, its own code, its words, and what it tells beside them."""

    def __init__(self, status: int, code: int, message: str, result: object = None) -> None:
        self.status = status
        self.code = code
        self.message = message
        self.result = result
        super().__init__(f"{code} {message}")


Malformed = Callable[[str], Refused]
"""How a venue refuses a parameter that cannot be read."""


def whole_number(text: str) -> int | None:
    """Digits of a request as a number; None where it is none, or more than an id or moment has."""
    return int(text) if is_digits(text) and len(text) <= 30 else None


@dataclass(frozen=True, slots=True)
class Call:
    """A request: its parameters as given, and the account of its key ("" where it needs none).

    What is given and cannot be read is refused, never taken for not given.
    """

    floor: Floor
    path: str
    params: Mapping[str, str]
    malformed: Malformed
    account: str = ""
    key: str = ""

    def text(self, name: str, default: str = "") -> str:
        """A parameter as it was given."""
        return self.params.get(name) or default

    def whole(self, name: str, default: int) -> int:
        """A whole number; the default where none is given."""
        given = self.text(name)
        if not given:
            return default
        number = whole_number(given.removeprefix("-"))
        if number is None:
            raise self.malformed(name)
        return -number if given.startswith("-") else number

    def most(self, default: int, most: int) -> int:
        """How many rows are asked for by `limit`."""
        return max(1, min(most, self.whole("limit", default)))

    def wire_moment(self, name: str) -> int | None:
        """A moment as it was given, in milliseconds of the wire."""
        number = whole_number(self.text(name))
        if number is None and self.text(name):
            raise self.malformed(name)
        return number

    def moment(self, name: str) -> int | None:
        """A moment of the wire as world milliseconds."""
        given = self.wire_moment(name)
        return None if given is None else self.floor.clock.world(given)

    def number(self, name: str) -> Decimal | None:
        """An exact number; None where none is given or it is none."""
        given = self.params.get(name)
        return Decimal(given) if given and len(given) <= 64 and _NUMBER.fullmatch(given) else None

    def flag(self, name: str) -> bool:
        """A switch; off where it is not given."""
        given = self.text(name, "false").lower()
        if given not in ("true", "false"):
            raise self.malformed(name)
        return given == "true"


Handler = Callable[[Call], object]


@dataclass(frozen=True, slots=True)
class Route:
    """Who answers a path, what it costs of the limit, and which right of a key it needs."""

    handler: Handler
    weight: int = 1
    rights: Rights = "public"


def encoded(value: object) -> str:
    """JSON text; a Decimal becomes a JSON number (venues send a few), money is text already."""
    return _ENCODER.encode(value).decode()

"""The answers of one request as typed rows by kind: what every venue's reader asks of them.

A venue's own `Answers` fills the rows: out of its envelopes, in its own words, by its shapes.
"""

from __future__ import annotations

from marginline.errors import PayloadError, Problem
from marginline.venues.reader.fields import Row


class TypedAnswers:
    """Typed rows by kind. Kinds that were not given have no rows; `given` tells the difference."""

    def __init__(self) -> None:
        self._rows: dict[str, list[Row]] = {}

    def given(self, *kinds: str) -> bool:
        """Whether such an answer was given, be it an empty list."""
        return any(kind in self._rows for kind in kinds)

    def rows(self, *kinds: str) -> tuple[Row, ...]:
        """The rows of answers, one kind after the other."""
        return tuple(row for kind in kinds for row in self._rows.get(kind, ()))

    def first(self, kind: str) -> Row | None:
        """The answer of a kind that is a single object; of several the first."""
        return next(iter(self._rows.get(kind, ())), None)

    def last(self, kind: str) -> Row | None:
        """The answer of a kind that is a single object; of several the last."""
        return next(reversed(self._rows.get(kind, ())), None)

    def unknown(self) -> dict[str, object]:
        """Fields that no shape knows, by path."""
        rows = (row for rows in self._rows.values() for row in rows)
        return {path: value for row in rows for path, value in row.all_unknown()}


def refused(kind: str, code: str | None, message: str | None, source: str) -> PayloadError:
    """The venue answered a request with an error instead of figures."""
    text = f"the venue refused the request: {message or 'no message'}"
    return PayloadError([Problem(kind, code or "", text, "mend it and fetch again")], source)

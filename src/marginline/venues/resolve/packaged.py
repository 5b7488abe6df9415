"""A venue folder's own small tables: instruments and parameters, dated and cited.

`parameters/instruments.toml` has a table by symbol; `parameters/tiers.toml` and its like have
entries with `effective_from`, `effective_until` (where known) and `source`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache, cached_property
from typing import Any

from marginline.core.account.account import ACCOUNT_SCHEMA, Account, Instrument
from marginline.core.account.file import from_dict
from marginline.core.account.tables import TierTable
from marginline.core.nouns import dataclass


@dataclass(frozen=True, slots=True)
class Dated:
    """A packaged entry: what it says, since when, until when it is known to hold, who says so."""

    entry: Mapping[str, object]
    effective_from: date
    effective_until: date | None
    source: str

    def covers(self, moment: datetime) -> bool:
        """Whether the entry is known to be in force at a moment."""
        day = moment.astimezone(UTC).date()
        return self.effective_from <= day and (
            self.effective_until is None or day < self.effective_until
        )

    @property
    def rows(self) -> Sequence[Mapping[str, str]]:
        """The rows of an entry that is a table; empty where it has none."""
        rows = self.entry.get("rows")
        return rows if isinstance(rows, list) else ()

    def number(self, name: str) -> Decimal:
        """A number of the entry, which every entry of its kind has."""
        found = self.entry[name]
        assert isinstance(found, str), f"{name} of {self.source} is no number in quotes"
        return Decimal(found)


@cache
def texts(folder: str) -> Mapping[str, str]:
    """The parameter files of a venue folder by name, as text; read when they are first asked for.

    A rulebook holds them, and an account that brings its own tables asks for none.
    """
    return _Texts(folder)


class _Texts(Mapping[str, str]):
    def __init__(self, folder: str) -> None:
        self._folder = folder

    @cached_property
    def _read(self) -> Mapping[str, str]:
        from pathlib import Path  # noqa: PLC0415 - as above

        root = Path(__file__).parents[1] / self._folder / "parameters"
        files = root.iterdir() if root.is_dir() else ()
        return {f.name: f.read_text("utf-8") for f in files if f.name.endswith(".toml")}

    def __getitem__(self, name: str) -> str:
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read)

    def __len__(self) -> int:
        return len(self._read)


# Any: TOML of whatever depth; `Dated` and the account file's reader say what they expect of it.
@cache
def table(folder: str, name: str) -> Mapping[str, Any]:
    """One parameter file, parsed; numbers are exact. Empty where there is no such file."""
    import tomllib  # noqa: PLC0415 - an account that brings its own tables needs none of ours

    text = texts(folder).get(name + ".toml")
    return {} if text is None else tomllib.loads(text, parse_float=Decimal)


@cache
def instruments(folder: str, venue: str) -> Mapping[str, Instrument]:
    """Packaged instruments of one venue by symbol."""
    return _fragment(instruments=table(folder, "instruments").get(venue, {})).instruments


def _fragment(**fields: object) -> Account:
    """Part of an account file read by the account file's own rules."""
    head = {"schema": ACCOUNT_SCHEMA, "venue": "textbook", "as_of": "2000-01-01T00:00:00Z"}
    return from_dict(head | fields, source="packaged parameters")


@cache
def dated(folder: str, name: str, venue: str, key: str) -> tuple[Dated, ...]:
    """The dated entries of one key (a symbol, an asset) in one parameter file."""
    rows = table(folder, name).get(venue, {}).get(key, [])
    return tuple(
        Dated(row, row["effective_from"], row.get("effective_until"), row["source"]) for row in rows
    )


def in_force(folder: str, name: str, venue: str, key: str, moment: datetime) -> Dated | None:
    """The entry of a key that is known to be in force at a moment, or None."""
    found = (entry for entry in dated(folder, name, venue, key) if entry.covers(moment))
    return next(found, None)


def tiers(folder: str, venue: str, symbol: str, moment: datetime) -> tuple[TierTable, str] | None:
    """The packaged tier table of a symbol at a moment, with its source, or None."""
    found = in_force(folder, "tiers", venue, symbol, moment)
    return None if found is None else _tier_table(folder, venue, symbol, found.effective_from)


@cache
def _tier_table(folder: str, venue: str, symbol: str, since: date) -> tuple[TierTable, str]:
    entries = dated(folder, "tiers", venue, symbol)
    found = next(entry for entry in entries if entry.effective_from == since)
    names = ("keyed_by", "kind", "rows")
    rows = {name: found.entry[name] for name in names if name in found.entry}
    table = _fragment(parameters={"tiers": {symbol: rows}}).parameters.tiers[symbol]
    return table, f"{found.source}, from {found.effective_from}"

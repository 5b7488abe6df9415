"""Reading one row of a log: exact numbers from text, moments, signs, and words with a meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import NamedTuple

from marginline.core.account.moments import from_milliseconds
from marginline.core.document._scalars import NumberText, Refused, number_of, preview
from marginline.core.numbers import ZERO, is_digits
from marginline.errors import PayloadError, Problem
from marginline.ledger.entry import Entry, EntryKind, Statement

Item = Entry | Statement
_DATES = ("%y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f")


class Word(NamedTuple):
    """A venue's word for an entry: what it is to us, where its sign comes from, what it says."""

    kind: EntryKind
    sign: str
    meaning: str


class Words:
    """The words of one venue, each with one home. `*` stands for any ending or beginning."""

    def __init__(self, table: str) -> None:
        self.rows: dict[str, Word] = {}
        for line in filter(None, map(str.strip, table.splitlines())):
            names, kind, sign, meaning = (part.strip() for part in line.split("|"))
            for name in names.split():
                assert name not in self.rows, f"{name} has two homes"
                word = Word(
                    EntryKind.BONUS_GRANTED if kind == "bonus" else EntryKind(kind), sign, meaning
                )
                self.rows[name.replace("~", " ")] = word
        self._patterns = [name for name in self.rows if "*" in name]

    def kind(self, word: str, amount: Decimal = ZERO) -> EntryKind:
        """What a word means; UNKNOWN where no row has it, never a guess."""
        row = self.rows.get(word)
        if row is None:
            pattern = next((p for p in self._patterns if fnmatchcase(word, p)), None)
            if pattern is None:
                return EntryKind.UNKNOWN
            row = self.rows[word] = self.rows[pattern]
        if row.kind is EntryKind.BONUS_GRANTED and amount < 0:
            return EntryKind.BONUS_WITHDRAWN
        return row.kind


class Row:
    """One row of a log, with its place for messages."""

    __slots__ = ("fields", "number", "owner", "source")

    def __init__(
        self, fields: Mapping[str, object], number: int, source: str, owner: str = ""
    ) -> None:
        self.fields, self.number, self.source, self.owner = fields, number, source, owner

    def inner(self, fields: object) -> Row:
        """An object inside this row, with the same place for messages."""
        found = fields if isinstance(fields, Mapping) else {}
        return Row(found, self.number, self.source, self.owner)

    def rows(self, name: str) -> Iterator[Row]:
        """The objects of a list inside this row."""
        found = self.fields.get(name)
        for fields in found if isinstance(found, list) else ():
            yield self.inner(fields)

    def wrong(self, name: str, message: str, remedy: str = "") -> PayloadError:
        """The error that names a field of this row, to be raised."""
        value = preview(self.fields.get(name))
        problem = Problem(f"row {self.number}, {name}", value, message, remedy)
        return PayloadError([problem], self.source)

    def text(self, name: str) -> str:
        """The field as text, "" where it is absent or null."""
        value = self.fields.get(name)
        if value is None:
            return ""
        return value.text if isinstance(value, NumberText) else str(value)

    def first(self, *names: str) -> str:
        """The first of these fields that says something."""
        return next(filter(None, map(self.text, names)), "")

    def amount(self, name: str) -> Decimal:
        """The exact number of a field that must be there."""
        value = self.fields.get(name)
        try:
            return number_of(value)
        except Refused as refused:
            raise self.wrong(name, refused.message, refused.remedy) from None

    def flow(self, name: str) -> Decimal:
        """The exact number of a field in which blank means 0, by the venue's own habit."""
        return ZERO if self.text(name) in ("", "-") else self.amount(name)

    def optional(self, name: str) -> Decimal | None:
        """The exact number of a field, None where it is blank."""
        return None if self.text(name) in ("", "-") else self.amount(name)

    def at(self, *names: str) -> datetime:
        """A moment: milliseconds, RFC 3339, or a date and hour in UTC."""
        text = self.first(*names)
        try:
            return moment(text)
        except (ValueError, OverflowError):
            raise self.wrong(names[0], "is no moment", "milliseconds or RFC 3339") from None


def moment(text: str) -> datetime:
    """A moment from the forms that venues print; without a zone it is UTC."""
    if not text.isascii():
        raise ValueError("a moment in digits that are not ASCII")
    if is_digits(text):
        number = int(text)
        return from_milliseconds(number if number > 10**11 else number * 1000)
    for form in _DATES if " " in text else ():
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    found = datetime.fromisoformat(text)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def signed(size: Decimal, side: str) -> Decimal:
    """An unsigned size with the sign of its side; sells are negative."""
    sells = side.lower() in ("sell", "ask", "a", "s") or "sell" in side.lower()
    return -abs(size) if sells else abs(size)


class Form(NamedTuple):
    """A shape of row: the fields that tell it, and what is booked for it."""

    name: str
    fields: frozenset[str]
    read: Callable[[Row], Iterator[Item]]


def form(name: str, fields: str, read: Callable[[Row], Iterator[Item]]) -> Form:
    """A form by the names of the fields that every row of it has."""
    return Form(name, frozenset(fields.split()), read)

"""The fields of a venue's raw answers, by declaration: known ones typed, unknown ones kept.

A `Shape` names what is known of one object, in the venue's own words. Reading it gives a `Row`:
each known field exact and typed, or None where it is absent, null or "" (unknown, never 0); every
other field stands under `unknown` as it came. A field of the wrong type is a `PayloadError` that
names its path. Venue answers are untrusted: nothing here trusts a type, a size or a depth.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

from marginline.core.document._kinds import Place, TooMany, check_depth, given_once
from marginline.core.document._scalars import (
    Refused,
    any_text,
    literal_text,
    moment_of,
    number_of,
    preview,
    text_of,
)
from marginline.core.nouns import dataclass
from marginline.core.numbers import ZERO, to_text
from marginline.errors import PayloadError, Problem

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MILLISECOND = 253_402_300_799_999  # the year 9999


# --- scalars: one untrusted value in, a typed one out, or Refused ---------------------------


def _number(value: object) -> Decimal:
    if isinstance(value, float):
        value = repr(value)  # the shortest text that names it: what the parser saw
    return number_of(value)


def _positive(value: object) -> Decimal | None:
    """A price, a leverage: 0 stands for none."""
    number = _number(value)
    if number < 0:
        raise Refused("must not be negative")
    return number or None


def _label(value: object) -> str:
    """An identifier or a free text; venues write ids as numbers too."""
    if isinstance(value, str):
        return any_text(value)
    text = literal_text(value)
    if text is None:
        raise Refused("must be text or a number")
    return text


def _flag(value: object) -> bool:
    if value in ("true", "false"):
        return value == "true"
    if isinstance(value, bool):
        return value
    raise Refused("must be true or false")


def _moment(value: object) -> datetime | None:
    """Milliseconds since 1970; 0 stands for never."""
    number = _number(value)
    if number != number.to_integral_value() or not 0 <= number <= _LAST_MILLISECOND:
        raise Refused("must be whole milliseconds since 1970")
    return _EPOCH + timedelta(milliseconds=int(number)) if number else None


def _untyped(value: object) -> object:
    """Kept as it came, for what no other kind can say: a list of numbers."""
    return value


def _date(value: object) -> datetime:
    """A moment written as text, with its offset."""
    return moment_of(text_of(value))


_SCALARS: Mapping[str, Callable[[object], object]] = MappingProxyType(
    {
        "number": _number,
        "positive": _positive,
        "passed": _number,
        "text": text_of,
        "label": _label,
        "flag": _flag,
        "moment": _moment,
        "stamp": _moment,
        "date": _date,
        "dated": _date,
        "untyped": _untyped,
    }
)


_NUMBERS = ("number", "positive", "passed")
_STAMPS = ("stamp", "dated")

# --- shapes ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shape:
    """What is known of one object: fields by kind, lists of rows, single objects below it.

    `needs` are the fields without which the row has no place (a symbol, an asset). `open`: what is
    not known is left aside, because the answer says far more than an account needs.
    """

    fields: Mapping[str, str]
    lists: Mapping[str, Shape]
    objects: Mapping[str, Shape]
    needs: frozenset[str]
    open: bool = False

    def knows(self, name: str) -> bool:
        """Whether the field is a known one."""
        return name in self.fields or name in self.lists or name in self.objects


def shape(
    *,
    needs: str = "",
    lists: Mapping[str, Shape] | None = None,
    objects: Mapping[str, Shape] | None = None,
    open: bool = False,  # noqa: A002 - reads as the word it is
    **kinds: str,
) -> Shape:
    """A shape from words: `shape(text="symbol", number="bid ask", needs="symbol")`.

    Kinds: `number`; `passed` (a number that is only passed on); `positive` (0 is none); `text`
    (printable); `label` (text or number); `flag`; `moment`; `stamp` (a moment at which the row
    itself held); `date` and `dated` (such moments as text); `untyped` (as it came).
    """
    fields = {name: kind for kind, names in kinds.items() for name in names.split()}
    wrong = set(kinds) - set(_SCALARS)
    assert not wrong, wrong
    return Shape(fields, lists or {}, objects or {}, frozenset(needs.split()), open)


# --- rows -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """One object of an answer, read by its shape.

    `path` says where it stood, `given` holds the numbers as the venue printed them, `unknown` the
    fields that the shape does not know.
    """

    path: str
    values: Mapping[str, object]
    lists: Mapping[str, tuple[Row, ...]]
    objects: Mapping[str, Row]
    given: Mapping[str, str]
    unknown: Mapping[str, object]
    stamps: tuple[datetime, ...]

    def number(self, name: str) -> Decimal | None:
        """A number, or None where the venue says none."""
        value = self.values.get(name)
        assert value is None or isinstance(value, Decimal), name
        return value

    def text(self, name: str) -> str | None:
        """A text or label, or None."""
        value = self.values.get(name)
        assert value is None or isinstance(value, str), name
        return value

    def flag(self, name: str) -> bool | None:
        """A switch, or None."""
        value = self.values.get(name)
        assert value is None or isinstance(value, bool), name
        return value

    def moment(self, name: str) -> datetime | None:
        """A moment, or None."""
        value = self.values.get(name)
        assert value is None or isinstance(value, datetime), name
        return value

    def rows(self, name: str) -> tuple[Row, ...]:
        """The rows of a list; none where the list is absent (ask `has` which it is)."""
        return self.lists.get(name, ())

    def row(self, name: str) -> Row | None:
        """A single object below this one, or None."""
        return self.objects.get(name)

    def has(self, name: str) -> bool:
        """Whether the venue said anything there; an empty list is something."""
        return name in self.lists or name in self.objects or self.values.get(name) is not None

    def name(self, field: str) -> str:
        """A text that the shape needs, so that it is there."""
        value = self.text(field)
        assert value is not None, field
        return value

    def amount(self, field: str) -> Decimal:
        """A number that the shape needs, so that it is there."""
        value = self.number(field)
        assert value is not None, field
        return value

    def texts(self, *fields: str) -> dict[str, object]:
        """Texts and labels that are passed on under the venue's own names, those that are told."""
        return {name: text for name in fields if (text := self.text(name)) is not None}

    def word(self, field: str, known: Collection[str], what: str, absent: str = "") -> str:
        """A text that is one of the known words; `absent` is what none stands for.

        Raises:
            PayloadError: it is none of them, or missing where nothing stands for that.
        """
        said = self.text(field) or absent
        if said not in known:
            raise self.wrong(field, f"is no {what}", f"known are {', '.join(known)}")
        return said

    def over(self, other: Row) -> Row:
        """This row, with what it does not say from a row of the same thing."""
        return replace(self, values={**other.values, **self.values})

    def wrong(self, field: str, message: str, remedy: str = "") -> PayloadError:
        """The error to raise for a value that cannot be meant."""
        value = preview(_shown(self.values.get(field)))
        return PayloadError([Problem(f"{self.path}.{field}", value, message, remedy)])

    def plain(self) -> dict[str, object]:
        """The row as a document keeps it: everything that was said, numbers as text."""
        told = {name: _shown(value) for name, value in self.values.items() if value is not None}
        below: dict[str, object] = {n: [r.plain() for r in rows] for n, rows in self.lists.items()}
        single = {name: row.plain() for name, row in self.objects.items()}
        return told | dict(self.given) | below | single | dict(self.unknown)

    def newest(self) -> datetime | None:
        """The newest stamp in the row and below it."""
        below = (row.newest() for row in self._below())
        found = [*self.stamps, *(stamp for stamp in below if stamp is not None)]
        return max(found, default=None)

    def _below(self) -> Iterator[Row]:
        yield from self.objects.values()
        for rows in self.lists.values():
            yield from rows

    def all_unknown(self) -> Iterator[tuple[str, object]]:
        """Every unknown field in the row and below it, with its path."""
        for name, value in self.unknown.items():
            yield f"{self.path}.{name}", value
        for row in self._below():
            yield from row.all_unknown()


def given_by(rows: Iterable[Row], field: str) -> dict[str, dict[str, str]]:
    """The numbers of rows as the venue printed them, each row by a text of its own."""
    return {row.name(field): dict(row.given) for row in rows}


def part_of_total(total: Decimal | None, rows: Iterable[Row], word: str) -> str:
    """What there is to say where rows are not all that a total adds up; "" where they may be.

    A hundredth and a unit aside: the venue rounds and values at one moment, a row at another.
    """
    worths = [row.number(word) for row in rows]
    if total is None or None in worths:
        return ""
    summed = sum((worth for worth in worths if worth is not None), ZERO)
    if abs(total - summed) <= max(abs(total), abs(summed)) / 100 + 1:
        return ""
    told = f"the total is {to_text(total)}, its rows add up to {to_text(summed)}"
    return f"{told}: they are part of it, nothing is judged; fetch all of them"


def _shown(value: object) -> object:
    if isinstance(value, Decimal):
        return to_text(value)
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value


# --- reading --------------------------------------------------------------------------------


MAX_ROWS = 20_000
"""Rows in one list of an answer: more than any table of a venue has; each 10,000 take a second."""


def read_rows(kind: str, shape: Shape, value: object, *, many: bool, source: str = "") -> list[Row]:
    """The rows of one answer: those of a list, or (also where `many`) of a single object.

    Raises:
        PayloadError: listing every problem (at most 50) with path, value and remedy.
    """
    top = Place([], None, "")
    place, rows = top.child(kind), []
    try:
        check_depth(value, top)
        if not top.problems:
            rows = list(_top_rows(shape, value, place, many=many))
    except TooMany:
        top.problems.append(Problem(kind, "", "only the first problems are listed"))
    if top.problems:
        raise PayloadError(top.problems, source)
    return rows


def _top_rows(shape: Shape, value: object, place: Place, *, many: bool) -> Iterable[Row]:
    if many and isinstance(value, (list, tuple)):
        if _too_many(value, place):
            return []
        rows = (_known_row(shape, each, place.child(n)) for n, each in enumerate(value))
        return [row for row in rows if row is not None]
    row = _known_row(shape, value, place, wanted="an object or a list" if many else "an object")
    return [] if row is None else [row]


def _known_row(shape: Shape, value: object, at: Place, wanted: str = "an object") -> Row | None:
    """A row of which something is known: an answer of another kind never reads as an empty one."""
    declared = shape.fields or shape.lists or shape.objects
    if declared and isinstance(value, Mapping) and not any(map(shape.knows, map(str, value))):
        text = "none of its fields is known: it is no answer of this kind"
        at.wrong(value, text, "give it by its own kind")
        return None
    return _row(shape, value, at, wanted)


def _row(shape: Shape, value: object, at: Place, wanted: str = "an object") -> Row | None:
    if not isinstance(value, Mapping):
        at.wrong(value, f"must be {wanted}")
        return None
    given_once(value, at)
    before = len(at.problems)
    values: dict[str, object] = {}
    given: dict[str, str] = {}
    for name, kind in shape.fields.items():
        member = value.get(name)
        if member is None or member == "":  # most of what a shape knows an answer does not say
            continue
        read = _scalar(kind, member, at, name)
        if read is not None:
            values[name] = read
        if kind in _NUMBERS and (text := _printed(member)):
            given[name] = text
    if len(at.problems) == before:
        _need(shape, value, values, at)
    lists = {
        n: _list(s, value[n], at.child(n))
        for n, s in shape.lists.items()
        if value.get(n) is not None
    }
    objects = {
        n: _row(s, value[n], at.child(n))
        for n, s in shape.objects.items()
        if value.get(n) is not None
    }
    return Row(
        path=at.path,
        values=values,
        lists=lists,
        objects={name: row for name, row in objects.items() if row is not None},
        given=given,
        unknown={} if shape.open else _unknown(shape, value),
        stamps=tuple(
            v for n, v in values.items() if shape.fields[n] in _STAMPS and isinstance(v, datetime)
        ),
    )


def _need(
    shape: Shape, value: Mapping[str, object], values: Mapping[str, object], at: Place
) -> None:
    for name in sorted(shape.needs):
        if name not in values:
            remedy = "the answer cannot be placed without it; fetch it again"
            at.child(name).wrong(value.get(name), "is missing", remedy)


def _scalar(kind: str, value: object, at: Place, name: str) -> object:
    try:
        return _SCALARS[kind](value)
    except Refused as refused:
        at.child(name).wrong(value, refused.message, refused.remedy)
        return None


def _printed(value: object) -> str | None:
    """A number as the venue printed it; None for what is no number."""
    if isinstance(value, (str, float)):
        return str(value)
    try:
        return literal_text(value)
    except Refused:  # an integer of thousands of digits
        return None


def _list(shape: Shape, value: object, at: Place) -> tuple[Row, ...]:
    if not isinstance(value, (list, tuple)):
        at.wrong(value, "must be a list")
        return ()
    if _too_many(value, at):
        return ()
    rows = (_row(shape, each, at.child(n)) for n, each in enumerate(value))
    return tuple(row for row in rows if row is not None)


def _too_many(rows: Sequence[object], at: Place) -> bool:
    if len(rows) <= MAX_ROWS:
        return False
    at.wrong(f"{len(rows):,} rows", f"at most {MAX_ROWS:,} are read", "give a part of them")
    return True


def _unknown(shape: Shape, value: Mapping[str, object]) -> dict[str, object]:
    return {
        printable(name): kept(member) for name, member in value.items() if not shape.knows(name)
    }


def printable(name: object) -> str:
    """A key that can be written to a file."""
    return str(name).encode("utf-8", "backslashreplace").decode("utf-8")


def kept(value: object) -> object:
    """An unknown value as an account file can hold it: numbers as text, floats as they print."""
    if isinstance(value, Mapping):
        return {printable(name): kept(member) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [kept(item) for item in value]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return printable(value)
    return _printed(value) or preview(value)

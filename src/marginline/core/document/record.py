"""Documents from one description per field: the reader, the writer and the JSON Schema.

A noun is a frozen dataclass (of `core.nouns`) derived from `Record`. Each field carries, in its
metadata, what a document may say there (`decimal(above=0)`, `choice(("buy", "sell"))`,
`list_of(Wallet)` ...).
`read_document` reads strictly by these descriptions and collects every problem with its path;
`write_record` writes what differs from the defaults; `schema_of` states the same in JSON Schema.

What every document shares:

- numbers are decimal strings or number literals read from their text; a Python float is an error;
- `extra`, allowed in every record, is kept as it is, with a number literal as its text;
- in a `number_map` whatever reads as a number, literal or string, becomes a `Decimal`;
- null stands for "unknown" where the default is unknown, and is an error elsewhere.

Why not msgspec or pydantic: neither keeps the text of a JSON number, and neither reports all
problems of a document at once with a path and a remedy.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, field
from types import MappingProxyType
from typing import Any, Never, Protocol, TypeVar

from marginline.core.document import _scalars as scalars
from marginline.core.document._kinds import (
    MAX_PROBLEMS,
    FieldKind,
    FreeKind,
    ListKind,
    MapKind,
    Place,
    ScalarKind,
    Schema,
    TooMany,
    check_depth,
    given_once,
    number_kind,
    or_null,
)
from marginline.core.document._scalars import Refused
from marginline.core.document._shared import once
from marginline.core.nouns import dataclass
from marginline.errors import DocumentError, Problem, nearest

Metadata = Mapping[str, object]
R = TypeVar("R", bound="Record")


class Sound(Protocol):
    """Tells a record's `check` whether the named fields, and all below them, could be read."""

    def __call__(self, *names: str) -> bool:
        """Whether all of them could."""


def none_yet() -> Mapping[str, Never]:
    """An empty immutable mapping, the default of every map whatever its values."""
    return MappingProxyType({})


# --- the descriptions a noun gives its fields ----------------------------------------------


@dataclass(frozen=True, slots=True)
class _Described:
    kind: FieldKind
    about: str
    required: bool = False


def _metadata(kind: FieldKind, about: str, *, required: bool = False) -> Metadata:
    return {"document": _Described(kind, about, required)}


def _kind(metadata: Metadata) -> FieldKind:
    described = metadata["document"]
    assert isinstance(described, _Described)
    return described.kind


def decimal(
    about: str = "",
    *,
    minimum: int | None = None,
    above: int | None = None,
    maximum: int | None = None,
) -> Metadata:
    """A number within bounds; `above` is exclusive."""
    return _metadata(number_kind(minimum, above, maximum), about)


def text(about: str = "") -> Metadata:
    """Printable text, not empty."""
    described = {"type": "string", "minLength": 1, "maxLength": scalars.MAX_NAME}
    return _metadata(ScalarKind(scalars.text_of, described, blank=""), about)


def choice(options: tuple[str, ...], about: str = "", *, required: bool = False) -> Metadata:
    """One of the options."""

    def parse(value: object) -> object:
        if isinstance(value, str) and value in options:
            return value
        near = nearest(value, options)
        guess = f'did you mean "{near}"? ' if near else ""
        raise Refused("is none of the choices", f"{guess}choose from: {', '.join(options)}")

    described: Schema = {"enum": list(options)} if len(options) > 1 else {"const": options[0]}
    return _metadata(ScalarKind(parse, described, blank=""), about, required=required)


def flag(about: str = "") -> Metadata:
    """A switch: true or false."""

    def parse(value: object) -> object:
        if isinstance(value, bool):
            return value
        raise Refused("must be true or false", "without quotes")

    return _metadata(ScalarKind(parse, {"type": "boolean"}), about)


def moment(about: str = "") -> Metadata:
    """A moment in RFC 3339, read to UTC."""
    described: Schema = {
        "type": "string",
        "format": "date-time",
        "pattern": f"^{scalars.MOMENT_PATTERN}$",
    }
    return _metadata(ScalarKind(scalars.moment_of, described), about)


def one(
    record: type[Record], about: str = "", *, key: str = "", short: str = "", shared: bool = False
) -> Metadata:
    """One record.

    In a map, `key` names its field that holds the key. Where `short` names a field, a value that is
    no object is read as that field. A `shared` one that says what one before said is that one.
    """
    return _metadata(_One(record, key, short, shared), about)


def list_of(
    record: type[Record], about: str = "", *, minimum: int = 0, always: bool = False
) -> Metadata:
    """A list of records; `always` writes it also where it is empty, because absent is unknown."""
    return {**_metadata(ListKind(_One(record), minimum), about), "always": always}


def map_of(value: Metadata, about: str = "", *, null: bool = False) -> Metadata:
    """An object by symbol, asset or id, all values as described; `null` allows null too."""
    return _metadata(MapKind(_kind(value), null), about)


def free_map(about: str = "") -> Metadata:
    """An object of any shape, kept as it is."""
    return _metadata(FreeKind(numbers=False), about)


def number_map(about: str = "") -> Metadata:
    """An object of any shape in which whatever reads as a number is one."""
    return _metadata(FreeKind(numbers=True), about)


# --- records -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _One(FieldKind):
    """An object that is one record.

    `key` names the field that holds the record's key in a map; `short` the field that a value
    which is no object stands for.
    """

    record: type[Record]
    key: str = ""
    short: str = ""
    shared: bool = False

    def read(self, value: object, at: Place) -> object:
        if self.shared:
            return once(self.record, value, at, lambda: self._read(value, at, {}))
        return self._read(value, at, {})

    def read_keyed(self, key: str, value: object, at: Place) -> object:
        if self.key:
            return self._read(value, at.child(key), {self.key: key})
        return self.read(value, at.child(key))

    def _read(self, value: object, at: Place, given: Mapping[str, object]) -> Record:
        if isinstance(value, Mapping):
            return _read_members(self.record, value, at, given)
        if self.short and value is not None and not isinstance(value, bool):
            return self._read_short(value, at, given)
        at.wrong(value, "must be an object")
        return _blank(self.record, given)

    def _read_short(self, value: object, at: Place, given: Mapping[str, object]) -> Record:
        before = len(at.problems)
        part = _fields(self.record)[self.short].kind.read(value, at)
        record = _make(self.record, {self.short: part, **given})
        sound = len(at.problems) == before
        for problem in record.check(lambda *_: sound):
            below = problem.path.removeprefix(self.short)
            at.fault(problem.value, problem.message, problem.remedy, below=below)
        return record

    def write(self, value: object) -> object:
        assert isinstance(value, Record)
        return write_record(value)

    def schema(self, defs: Schema) -> Schema:
        name = self.record.__name__
        if name not in defs:
            defs[name] = {}  # taken, should a record hold its own kind
            defs[name] = _record_schema(self.record, defs)
        whole: Schema = {"$ref": f"#/$defs/{name}"}
        if not self.short:
            return whole
        return {"anyOf": [whole, _fields(self.record)[self.short].kind.schema(defs)]}


def _freeze(value: object) -> object:
    if isinstance(value, (MappingProxyType, Record)):
        return value
    if isinstance(value, Mapping):
        return MappingProxyType({name: _freeze(member) for name, member in value.items()})
    return tuple(map(_freeze, value)) if isinstance(value, (list, tuple)) else value


def _thaw(value: object) -> object:
    if isinstance(value, MappingProxyType):
        return {name: _thaw(member) for name, member in value.items()}
    return tuple(map(_thaw, value)) if isinstance(value, tuple) else value


# Any: which type a field takes, its kind alone knows.
def _make(record: type[R], values: Mapping[str, Any]) -> R:
    return record(**values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Base of the nouns: immutable down to its maps, copied and pickled by its fields."""

    extra: Mapping[str, object] = field(
        default_factory=none_yet, metadata=free_map("anything else worth keeping")
    )

    def __post_init__(self) -> None:
        noun: type = type(self)
        for name in _containers(noun):
            given = getattr(self, name)
            if given.__class__ is not MappingProxyType:
                object.__setattr__(self, name, _freeze(given))

    def __reduce__(self) -> tuple[object, ...]:  # a MappingProxyType cannot be pickled
        values = {each.name: _thaw(getattr(self, each.name)) for each in dataclasses.fields(self)}
        return _make, (type(self), values)

    def check(self, sound: Sound) -> Iterator[Problem]:  # noqa: ARG002
        """Contradictions between the fields, with paths from here. Only asks sound fields."""
        yield from ()


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    kind: FieldKind
    about: str
    required: bool
    default: Callable[[], object]
    always: bool = False

    @property
    def nullable(self) -> bool:
        return not self.required and self.default() is None

    def read(self, members: Mapping[str, object], at: Place) -> object:
        """The member of this name; only a required one is asked for where there is none."""
        if self.name not in members:
            at.child(self.name).fault("", "is missing", self.about and f"give it: {self.about}")
            return self.kind.blank
        value = members[self.name]
        if value is not None:
            return self.kind.read_below(value, at, self.name)
        if self.nullable:
            return None
        remedy = "give it" if self.required else "leave it out for its default"
        at.child(self.name).wrong(None, "must not be null", remedy)
        return self.kind.blank


def _fields(record: type) -> Mapping[str, _Field]:
    return _described_fields(record)


@functools.cache
def _described_fields(record: type) -> Mapping[str, _Field]:
    """The described fields in the order of the noun, `extra` last."""
    found = {}
    for each in dataclasses.fields(record):
        described = each.metadata.get("document")
        if isinstance(described, _Described):
            absent = each.default is MISSING and each.default_factory is MISSING
            found[each.name] = _Field(
                each.name,
                described.kind,
                described.about,
                absent or described.required,
                functools.partial(_default, each),
                bool(each.metadata.get("always")),
            )
    found["extra"] = found.pop("extra")
    return MappingProxyType(found)


@functools.cache
def _containers(record: type) -> tuple[str, ...]:
    """The fields that hold a map or a list."""
    holding = (FreeKind, ListKind, MapKind)
    return tuple(name for name, each in _fields(record).items() if isinstance(each.kind, holding))


def _default(each: dataclasses.Field[object]) -> object:
    return each.default if each.default_factory is MISSING else each.default_factory()


def _read_members(
    record: type[R], members: Mapping[str, object], at: Place, given: Mapping[str, object]
) -> R:
    """The record, whole or in part: a field that could not be read is blank."""
    fields, values, broken = _fields(record), dict(given), set()
    for name, each in fields.items():
        if name not in members and not each.required:
            continue  # the noun's own default
        before = len(at.problems)
        values[name] = each.read(members, at)
        if len(at.problems) != before:
            broken.add(name)
    given_once(members, at)
    if not members.keys() <= fields.keys():
        for unknown in [name for name in members if name not in fields]:
            _report_unknown(unknown, fields, at)
    found = _make(record, values)
    if record.check is not Record.check:
        for problem in found.check(lambda *names: broken.isdisjoint(names)):
            at.fault(problem.value, problem.message, problem.remedy, below=problem.path)
    return found


def _report_unknown(name: object, fields: Mapping[str, _Field], at: Place) -> None:
    near = nearest(name, fields)
    guess = f'did you mean "{near}"? ' if near else ""
    remedy = f"{guess}what has no field of its own goes under `extra`"
    at.child(str(name)).fault("", "unknown field", remedy)


def _blank(record: type[R], given: Mapping[str, object]) -> R:
    values = {name: each.kind.blank for name, each in _fields(record).items()}
    return _make(record, values | dict(given))


def read_document(record: type[R], value: object, source: str = "") -> R:
    """The record that a parsed document states.

    Raises:
        DocumentError: listing every problem (at most 50) with path, value and remedy.
    """
    root = Place([], None, "")
    found = None
    try:
        found = _read_root(record, value, root)
    except TooMany:
        more = f"only the first {MAX_PROBLEMS} problems are listed"
        root.problems.append(Problem("document", "", more, "mend these first"))
    if root.problems or not found:
        raise DocumentError(root.problems, source)
    return found


def _read_root(record: type[R], value: object, root: Place) -> R | None:
    check_depth(value, root)
    if root.problems:
        return None
    if isinstance(value, Mapping):
        return _read_members(record, value, root, {})
    root.wrong(value, "must be an object")
    return None


def write_record(record: Record) -> dict[str, object]:
    """The record as a document: what equals its default is left out, unless that says less."""
    document: dict[str, object] = {}
    for name, each in _fields(type(record)).items():
        value = getattr(record, name)
        if each.required or each.always or value != each.default():
            document[name] = each.kind.write(value)
    return document


# --- JSON Schema ---------------------------------------------------------------------------


def schema_of(record: type[Record], identifier: str, title: str) -> Schema:
    """The record's format as a JSON Schema (draft 2020-12). Whatever the reader accepts fits it.

    It says less than the reader: what needs two fields, or a number's digits, it leaves out.
    """
    defs: Schema = {}
    body = _record_schema(record, defs)
    head: Schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": identifier,
        "title": title,
    }
    return head | body | {"$defs": dict(sorted(defs.items()))}


def _record_schema(record: type[Record], defs: Schema) -> Schema:
    fields = _fields(record)
    required = [name for name, each in fields.items() if each.required]
    body: Schema = {
        "type": "object",
        "description": (record.__doc__ or "").strip().split("\n")[0],
        "properties": {name: _field_schema(each, defs) for name, each in fields.items()},
        "additionalProperties": False,
    }
    return body | ({"required": required} if required else {})


def _field_schema(each: _Field, defs: Schema) -> Schema:
    found = each.kind.schema(defs)
    if each.nullable:
        found = or_null(found)
    if each.about:
        found = found | {"description": each.about}
    default = None if each.required else each.default()
    if isinstance(default, (Record, Mapping, tuple)) or default is None:
        return found
    return found | {"default": each.kind.write(default)}

"""What may stand at a place of a document: scalars, lists, maps and free-form objects.

Each kind reads untrusted values, writes them back, and states itself in JSON Schema. A value that
may not stand there is reported at its place and reads as `blank`; nothing read in part ever
leaves `read_document`. Private to `document.py`.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeGuard

from marginline.core.document import _scalars as scalars
from marginline.core.document._scalars import Refused
from marginline.core.nouns import dataclass
from marginline.errors import Problem, shown

MAX_PROBLEMS = 50
MAX_DEPTH = 64

Schema = dict[str, object]
_Container = Mapping[object, object] | Sequence[object]
_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,80}")


def join(path: str, step: str | int) -> str:
    """One step further: `wallets` and 0 is `wallets[0]`; a symbol with odd characters is quoted."""
    if isinstance(step, int):
        return f"{path}[{step}]"
    if not _PLAIN.fullmatch(step):
        return f'{path}["{shown(step)}"]'
    return f"{path}.{step}" if path else step


# --- where we are, and what was found wrong ------------------------------------------------


class TooMany(Exception):
    """The list of problems is full."""


class Place:
    """A place in the document: knows its path, and takes what is wrong there."""

    __slots__ = ("parent", "problems", "step")

    def __init__(self, problems: list[Problem], parent: Place | None, step: str | int) -> None:
        self.problems = problems
        self.parent = parent
        self.step = step

    def child(self, step: str | int) -> Place:
        return Place(self.problems, self, step)

    @property
    def path(self) -> str:
        return "" if self.parent is None else join(self.parent.path, self.step)

    def fault(self, value: str, message: str, remedy: str = "", *, below: str = "") -> None:
        dot = "." if below and self.path and not below.startswith("[") else ""
        path = self.path + dot + below
        self.problems.append(Problem(path or "document", value, message, remedy))
        if len(self.problems) >= MAX_PROBLEMS:
            raise TooMany

    def wrong(self, value: object, message: str, remedy: str = "") -> None:
        self.fault(scalars.preview(value), message, remedy)


class Members(dict[str, object]):
    """An object of a JSON file in which the keys named by `twice` stand more than once."""

    twice: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Tells a key given twice: by its text a shared record is found again."""
        said = super().__repr__()
        return f"{said} twice {self.twice}" if self.twice else said


def given_once(members: Mapping[str, object], at: Place) -> None:
    for name in members.twice if isinstance(members, Members) else ():
        at.child(name).fault("", "the key stands here more than once", "keep one of them")


def check_depth(value: object, root: Place) -> None:
    """Refuse deep nesting before anything recurses into it."""
    level: list[_Container] = [value] if _holds(value) else []
    for _ in range(MAX_DEPTH):
        if not level:
            return
        level = [
            member
            for container in level
            for member in (container.values() if isinstance(container, Mapping) else container)
            if member.__class__ is not str and _holds(member)
        ]
    if level:
        _report_depth(value, root)


def _report_depth(value: object, root: Place) -> None:
    open_values: list[tuple[_Container, Place, int]] = []
    if _holds(value):
        open_values.append((value, root, 1))
    while open_values:
        container, at, depth = open_values.pop()
        if depth > MAX_DEPTH:
            at.fault("", f"nested more than {MAX_DEPTH} levels deep", "flatten the document")
            return
        pairs: Iterable[tuple[object, object]] = (
            container.items() if isinstance(container, Mapping) else enumerate(container)
        )
        open_values.extend(
            (member, at.child(step if isinstance(step, int) else str(step)), depth + 1)
            for step, member in pairs
            if _holds(member)
        )


def _holds(value: object) -> TypeGuard[_Container]:
    if value.__class__ in scalars.PLAIN:  # most of a document, told without asking abc
        return False
    return isinstance(value, (dict, list, tuple, Mapping)) and bool(value)


# --- kinds: what may stand at a place ------------------------------------------------------


class FieldKind(ABC):
    """What may stand at a place. A value that may not is reported there and reads as `blank`."""

    @property
    def blank(self) -> object:
        """What stands in for a value that could not be read."""
        return None

    @abstractmethod
    def read(self, value: object, at: Place) -> object:
        """The value as the noun holds it."""

    def read_below(self, value: object, at: Place, step: str | int) -> object:
        """The value that stands one step below a place."""
        return self.read(value, at.child(step))

    def read_keyed(self, key: str, value: object, at: Place) -> object:
        """The value that stands in a map under `key`; a record may hold its key."""
        return self.read_below(value, at, key)

    def write(self, value: object) -> object:
        """The noun's value as a document states it."""
        return scalars.write_scalar(value)

    @abstractmethod
    def schema(self, defs: Schema) -> Schema:
        """The same in JSON Schema; records are filed under `defs`."""


@dataclass(frozen=True, slots=True)
class ScalarKind(FieldKind):
    """A value without parts: `parse` makes it or refuses. A named one is filed under `$defs`."""

    parse: Callable[[object], object]
    described: Schema
    name: str = ""
    blank: object = None

    def read(self, value: object, at: Place) -> object:
        try:
            return self.parse(value)
        except Refused as problem:
            at.wrong(value, problem.message, problem.remedy)
            return self.blank

    def read_below(self, value: object, at: Place, step: str | int) -> object:
        """As any kind; the place is made only where something is wrong there."""
        try:
            return self.parse(value)
        except Refused:
            return self.read(value, at.child(step))

    def schema(self, defs: Schema) -> Schema:
        if not self.name:
            return dict(self.described)
        defs.setdefault(self.name, self.described)
        return {"$ref": f"#/$defs/{self.name}"}


@dataclass(frozen=True, slots=True)
class ListKind(FieldKind):
    """A list of records of one class."""

    item: FieldKind
    minimum: int

    @property
    def blank(self) -> object:
        return ()

    def read(self, value: object, at: Place) -> object:
        if not isinstance(value, (list, tuple)):
            at.wrong(value, "must be a list")
            return ()
        if len(value) < self.minimum:
            at.wrong(value, f"must have at least {self.minimum} row")
        return tuple(self.item.read_below(row, at, index) for index, row in enumerate(value))

    def write(self, value: object) -> object:
        assert isinstance(value, tuple)
        return [self.item.write(row) for row in value]

    def schema(self, defs: Schema) -> Schema:
        least: Schema = {"minItems": self.minimum} if self.minimum else {}
        return {"type": "array", "items": self.item.schema(defs)} | least


@dataclass(frozen=True, slots=True)
class MapKind(FieldKind):
    """An object whose keys are symbols, assets or ids, all values of one kind."""

    value: FieldKind
    null: bool

    @property
    def blank(self) -> object:
        return MappingProxyType({})

    def read(self, value: object, at: Place) -> object:
        if not isinstance(value, Mapping):
            at.wrong(value, "must be an object")
            return self.blank
        given_once(value, at)
        found = {name: self._member(name, member, at) for name, member in value.items()}
        return MappingProxyType(found)

    def _member(self, name: object, member: object, at: Place) -> object:
        try:
            key = scalars.text_of(name)
        except Refused as problem:
            at.wrong(name, f"a key {problem.message}", problem.remedy)
            return None
        if member is None and self.null:
            return None
        return self.value.read_keyed(key, member, at)

    def write(self, value: object) -> object:
        assert isinstance(value, Mapping)
        return {
            name: None if member is None else self.value.write(member)
            for name, member in value.items()
        }

    def schema(self, defs: Schema) -> Schema:
        inner = self.value.schema(defs)
        return {
            "type": "object",
            "propertyNames": {"minLength": 1, "maxLength": scalars.MAX_NAME},
            "additionalProperties": or_null(inner) if self.null else inner,
        }


@dataclass(frozen=True, slots=True)
class FreeKind(FieldKind):
    """An object of any shape; `numbers` makes a Decimal of whatever reads as a number."""

    numbers: bool

    @property
    def blank(self) -> object:
        return MappingProxyType({})

    def read(self, value: object, at: Place) -> object:
        if isinstance(value, Mapping):
            return self._any(value, at)
        at.wrong(value, "must be an object")
        return self.blank

    def _any(self, value: object, at: Place) -> object:
        if isinstance(value, Mapping):
            given_once(value, at)
            return MappingProxyType(
                {
                    self._name(name, at): self._any(member, at.child(str(name)))
                    for name, member in value.items()
                }
            )
        if isinstance(value, (list, tuple)):
            return tuple(self._any(item, at.child(index)) for index, item in enumerate(value))
        try:
            return scalars.free_scalar(value, numbers=self.numbers)
        except Refused as problem:
            at.wrong(value, problem.message, problem.remedy)
            return None

    def _name(self, name: object, at: Place) -> str:
        try:
            if isinstance(name, str):
                return scalars.any_text(name)
            raise Refused("must be text")
        except Refused as problem:
            at.wrong(name, f"a key {problem.message}", problem.remedy)
            return ""

    def write(self, value: object) -> object:
        if isinstance(value, Mapping):
            return {name: self.write(member) for name, member in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.write(item) for item in value]
        return scalars.write_scalar(value)

    def schema(self, defs: Schema) -> Schema:  # noqa: ARG002
        return {"type": "object"}


def or_null(schema: Schema) -> Schema:
    """What the schema allows, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


# --- numbers -------------------------------------------------------------------------------

_N = scalars.NUMBER_PATTERN
_POSITIVE = rf"(?=[^eE]*[1-9])[+]?{_N.removeprefix('[+-]?')}"
_NOT_NEGATIVE = rf"([+]?{_N.removeprefix('[+-]?')}|-[0.]+([eE][+-]?[0-9]+)?)"


def number_kind(minimum: int | None, above: int | None, maximum: int | None) -> FieldKind:
    """A number within bounds; `above` is exclusive. The schema bounds text by its sign alone."""

    def parse(value: object) -> object:
        number = scalars.number_of(value)
        scalars.check_bounds(number, minimum, above, maximum)
        return number

    words = {"from": minimum, "above": above, "to": maximum}
    name = "_".join(["number", *(f"{word}_{n}" for word, n in words.items() if n is not None)])
    pattern = _POSITIVE if above == 0 else _NOT_NEGATIVE if minimum == 0 else _N
    described: Schema = {
        "type": ["string", "number"],
        "pattern": f"^{pattern}$",
        "maxLength": scalars.MAX_NUMBER_TEXT,
    }
    limits = {"minimum": minimum, "exclusiveMinimum": above, "maximum": maximum}
    described |= {word: limit for word, limit in limits.items() if limit is not None}
    return ScalarKind(parse, described, name)

"""Dataclasses that a process makes at a third of the cost: it makes eighty before it judges.

The standard library writes the methods of each dataclass as text and compiles them one by one: six
for a frozen one, and that was half of what importing marginline took. Here `__init__` alone is
compiled. What compares, hashes, shows, copies and refuses a change is the same for all, and written
once. It is compiled when the first of its class is made: of the classes that a start defines it
makes half. Everything else is the standard library's: fields and defaults, slots, `replace`,
`fields`.
ADR 603 says why, and when it goes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

__all__ = ["dataclass"]

T = TypeVar("T")
_set = object.__setattr__


class _Absent:
    """Stands for what a default factory gives, as a signature shows it."""

    def __repr__(self) -> str:
        return "<factory>"


_ABSENT = _Absent()

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(
        *, slots: bool = False, frozen: bool = False, eq: bool = True, kw_only: bool = False
    ) -> Callable[[type[T]], type[T]]:
        """As `dataclasses.dataclass`; what a class has of its own stays."""

        def made(noun: type[T]) -> type[T]:
            own = set(noun.__dict__)
            noun.__doc__ = noun.__doc__ or noun.__name__  # the library would print a signature
            found = dataclasses.dataclass(
                noun, init=False, repr=False, eq=False, slots=slots, kw_only=kw_only
            )
            fields = dataclasses.fields(found)
            methods = {"__init__": _later(found, fields, frozen=frozen), "__repr__": _repr}
            methods["__signature__"] = _SIGNATURE
            if frozen:
                methods |= _FROZEN | (_TRAVELS if slots else {})
            if eq:
                methods |= _compared(fields, frozen=frozen)
            for name, method in methods.items():
                if name not in own or (name == "__hash__" and noun.__hash__ is None):
                    setattr(found, name, method)
            return found

        return made


def _later(noun: type, fields: tuple[Field[Any], ...], *, frozen: bool) -> Callable[..., None]:
    """An `__init__` that puts the one of these fields in its own place when it is first called."""

    def compiled() -> Callable[..., None]:
        found = _init(noun, fields, frozen=frozen)
        setattr(noun, "__init__", found)  # noqa: B010 - to a checker it is a method of `noun`
        return found

    def __init__(self: object, *args: object, **named: object) -> None:  # noqa: N807
        compiled()(self, *args, **named)

    setattr(__init__, "compiled", compiled)  # noqa: B010
    return __init__


class _Signature:
    """What `inspect.signature` asks a class for: that of its `__init__`, compiled by then."""

    def __get__(self, _: object, noun: Any) -> object:
        import inspect  # noqa: PLC0415 - who asks has it

        if (compiled := getattr(noun.__init__, "compiled", None)) is not None:
            compiled()
        found = inspect.signature(noun.__init__)
        return found.replace(parameters=[*found.parameters.values()][1:])


_SIGNATURE = _Signature()


def _init(noun: type, fields: tuple[Field[Any], ...], *, frozen: bool) -> Callable[..., None]:
    """`__init__` as the standard library words it."""
    given: dict[str, object] = {"_set": _set, "_ABSENT": _ABSENT}
    positional, named, lines = ["self"], ["*"], []
    for each in fields:
        name, value = each.name, each.name
        if each.default_factory is not MISSING:
            given[f"_new_{name}"] = each.default_factory
            value = f"_new_{name}() if {name} is _ABSENT else {name}"
        if not each.init:
            continue
        (named if each.kw_only else positional).append(_parameter(each, given))
        lines.append(f'_set(self, "{name}", {value})' if frozen else f"self.{name} = {value}")
    if hasattr(noun, "__post_init__"):
        lines.append("self.__post_init__()")
    parameters = ", ".join(positional + (named if len(named) > 1 else []))
    exec(f"def __init__({parameters}):\n " + "\n ".join(lines or ["pass"]), given)  # noqa: S102
    found = given["__init__"]
    assert callable(found)
    types = {each.name: each.type for each in fields if each.init}
    found.__annotations__ = types | {"return": None}
    return found


def _parameter(each: Field[Any], given: dict[str, object]) -> str:
    if each.default is not MISSING:
        given[f"_default_{each.name}"] = each.default
        return f"{each.name}=_default_{each.name}"
    return each.name if each.default_factory is MISSING else f"{each.name}=_ABSENT"


def _compared(fields: tuple[Field[Any], ...], *, frozen: bool) -> dict[str, Any]:
    """Equal where class and fields are; only what cannot change has a hash."""
    values = _values([each.name for each in fields if each.compare])
    told = [each.name for each in fields if (each.compare if each.hash is None else each.hash)]
    hashed = _values(told)

    def equal(self: object, other: object) -> Any:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return values(self) == values(other)

    def hash_of(self: object) -> int:
        return hash(hashed(self))

    return {"__eq__": equal, "__hash__": hash_of if frozen else None}


def _values(names: list[str]) -> Callable[[object], tuple[object, ...]]:
    """What gives the named attributes as a tuple."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda noun: tuple(getattr(noun, name) for name in names)


@recursive_repr()
def _repr(self: Any) -> str:
    told = (each for each in dataclasses.fields(self) if each.repr)
    shown = ", ".join(f"{each.name}={getattr(self, each.name)!r}" for each in told)
    return f"{type(self).__qualname__}({shown})"


def _refused(_: object, name: str, *__: object) -> NoReturn:
    raise FrozenInstanceError(f"cannot change field {name!r}")


def _state(self: Any) -> list[object]:
    return [getattr(self, each.name) for each in dataclasses.fields(self)]


def _restore(self: Any, state: list[object]) -> None:
    for each, value in zip(dataclasses.fields(self), state, strict=True):
        _set(self, each.name, value)


_FROZEN: dict[str, Any] = {"__setattr__": _refused, "__delattr__": _refused}
_TRAVELS: dict[str, Any] = {"__getstate__": _state, "__setstate__": _restore}

"""A noun behaves as the standard library's dataclass does: the same class is made by both."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from marginline.core import nouns

SOURCE = Path(nouns.__file__).parents[1]


def _made(by: Callable[..., Any]) -> tuple[type, type, type]:
    @by(frozen=True, slots=True)
    class Point:
        """A point."""

        x: int
        y: int = 2
        tags: list[str] = dataclasses.field(default_factory=list, hash=False)
        note: str = dataclasses.field(default="", compare=False, repr=False)
        double: int = dataclasses.field(init=False, compare=False)

        def __post_init__(self) -> None:
            object.__setattr__(self, "double", self.x * 2)

    @by(frozen=True, slots=True, kw_only=True)
    class Base:
        """What others are."""

        extra: tuple[str, ...] = ()

    @by(frozen=True, slots=True)
    class Named(Base):
        """With a name, and its own word for itself."""

        name: str

        def __repr__(self) -> str:
            return f"<{self.name}>"

    @by(slots=True)
    class Loose:
        """May change."""

        only: int

    return Point, Named, Loose


OURS, THEIRS = _made(nouns.dataclass), _made(dataclasses.dataclass)


def test_signature_fields_text_and_equality_are_the_librarys() -> None:
    ours: Any = OURS
    theirs: Any = THEIRS
    for mine, its in zip(ours, theirs, strict=True):
        assert str(inspect.signature(mine)) == str(inspect.signature(its))
        assert [f.name for f in dataclasses.fields(mine)] == [
            f.name for f in dataclasses.fields(its)
        ]
        assert mine.__match_args__ == its.__match_args__
        assert mine.__slots__ == its.__slots__
    for point, named, loose in (ours, theirs):
        assert point(1) == point(1, 2, [], "unlike") != point(2)
        assert point(1) != (1, 2, [])
        assert hash(point(1, tags=["a"])) == hash(point(1)) == hash((1, 2))
        assert point(1) in {point(1): 0}
        assert named("a", extra=("b",)) != named("a")
        assert loose(1) == loose(1) != loose(2)
        assert point(1).tags is not point(1).tags
        with pytest.raises(TypeError):
            hash(loose(1))
        with pytest.raises(TypeError):
            point()
        with pytest.raises(TypeError):
            named("a", ("b",))
    assert repr(ours[0](1)) == repr(theirs[0](1))
    assert repr(ours[1]("a")) == "<a>"


def test_what_is_frozen_refuses_every_change_and_what_is_loose_takes_it() -> None:
    ours: Any = OURS
    point, _, loose = ours
    with pytest.raises(dataclasses.FrozenInstanceError, match="x"):
        point(1).x = 5
    with pytest.raises(dataclasses.FrozenInstanceError, match="x"):
        del point(1).x
    with pytest.raises(AttributeError):
        point(1).other = 1
    free = loose(1)
    free.only = 2
    assert free == loose(2)


def test_copies_pickles_and_replacements_keep_every_field() -> None:
    found = nouns_of_this_file.Kept(1, ["a"])
    for again in (copy.copy(found), copy.deepcopy(found), pickle.loads(pickle.dumps(found))):
        assert again == found
        assert again.double == 2
    assert dataclasses.replace(found, x=3).double == 6
    assert dataclasses.asdict(found) == {"x": 1, "tags": ["a"], "double": 2}


class nouns_of_this_file:  # noqa: N801 - a class that pickles has to be found by its name
    """The class that is pickled."""

    @nouns.dataclass(frozen=True, slots=True)
    class Kept:
        """A noun with a field that its making computes."""

        x: int
        tags: list[str] = dataclasses.field(default_factory=list)
        double: int = dataclasses.field(init=False)

        def __post_init__(self) -> None:
            object.__setattr__(self, "double", self.x * 2)


def test_what_holds_itself_is_shown_once() -> None:
    ours: Any = OURS
    loose = ours[2]
    found = loose(1)
    found.only = found
    assert repr(found).endswith("Loose(only=...)")


def test_the_engine_makes_no_dataclass_by_the_librarys_six_compiled_methods() -> None:
    plain = re.compile(r"^from dataclasses import .*\bdataclass\b", re.MULTILINE)
    rooms = (SOURCE / room for room in ("core", "venues", "risk", "ledger"))
    assert [
        str(file.relative_to(SOURCE))
        for room in rooms
        for file in sorted(room.rglob("*.py"))
        if file.name != "nouns.py" and plain.search(file.read_text("utf-8"))
    ] == []

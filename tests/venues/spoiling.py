"""Answers of a venue spoiled one value at a time: taken out, or exchanged for another."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any, TypeVar

from hypothesis import strategies as st

from marginline.core.account.account import Account
from marginline.errors import InputError
from marginline.venues.assessing import assess
from tests.fuzz.mutating import check_sound
from tests.venues.documents import Doc

T = TypeVar("T")

Path = tuple[Any, ...]

_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(["", "-1", "0", "1e9", "1E+400", "nan", "00", "١", "BNB-USD", "95%"]),
)
VALUES = st.recursive(
    _SCALARS,
    lambda v: st.lists(v, max_size=2) | st.dictionaries(st.text(max_size=3), v, max_size=2),
)


def paths(value: Any, path: Path = ()) -> list[Path]:
    """The way to everything in a value, inner things too."""
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    below = [found for key, member in items for found in paths(member, (*path, key))]
    return [*([path] if path else []), *below]


def copied(whole: Doc, path: Path) -> tuple[Doc, Any]:
    """A copy of the answers, and what of it holds the last step of a path."""
    answers = deepcopy(whole)
    place: Any = answers
    for step in path[:-1]:
        place = place[step]
    return answers, place


def taken(look: Callable[[], T]) -> T | None:
    """What untrusted input gives; None where it is refused, which says why in few words."""
    try:
        return look()
    except InputError as fault:
        refused = fault
    assert refused.problems, "refused without a word"
    for problem in refused.problems:
        assert problem.message.strip(), problem
        assert len(str(problem)) < 1000, problem
    return None


def judged(read: Callable[[], Account]) -> Account | None:
    """The account that spoilt answers make, and judges soundly; None where they are refused."""
    account = taken(read)
    found = None if account is None else taken(lambda: assess(account))
    if found is not None:
        check_sound(found)
    return account

"""Account files with a few places broken: what a reader meets in the wild."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from tests.core.account_samples import Document, full

DEEP: Any = "bottom"
for _ in range(200):
    DEEP = [DEEP]

# Mostly values that fit somewhere else in the document; some that fit nowhere.
VALUES: list[Any] = [
    None,
    True,
    False,
    0,
    1,
    -1,
    7,
    10**50,
    "",
    "0",
    "1",
    "-1",
    "0.5",
    "1e3",
    "1e99",
    "NaN",
    "Infinity",
    " 1",
    "x",
    "BTC",
    "long",
    "short",
    "both",
    "hedge",
    "cross",
    "isolated",
    "marginal",
    "okx",
    "inverse",
    "2026-09-01T00:00:00Z",
    "2026-09-01",
    "\x00",
    "\ud800",
    [],
    {},
    [None],
    [{}],
    {"": 1},
    {"ratio": "1"},
    {"extra": {"a": 1}},
    DEEP,
]
# One of each sort that no field, or hardly one, takes.
ODD: list[Any] = [None, True, -1, 10**50, "", "x", "NaN", "\ud800", [], {}, [None], DEEP]
KEYS = ["extra", "size", "zzz", "", "\n", "id", "rows"]


def places(node: Any, *, free: bool = True) -> list[tuple[Any, Any]]:
    """Every (container, key) of the document, in its own order; `free`: below `extra` too."""
    found = []
    steps = node.items() if isinstance(node, dict) else enumerate(node)
    for key, member in steps:
        found.append((node, key))
        if isinstance(member, (dict, list)) and (free or key != "extra"):
            found.extend(places(member, free=free))
    return found


def somewhere(draw: DrawFn, document: Document) -> tuple[Any, Any]:
    # By its number: hypothesis would look into every element of what it is to sample from.
    found = places(document)
    return found[draw(st.integers(0, len(found) - 1))]


HOW = st.sampled_from(["drop", "replace", "copy", "rename"])
NUMBER = st.integers(0, len(VALUES) - 1)
KEY = st.sampled_from(KEYS)


def break_somewhere(draw: DrawFn, document: Document) -> None:
    container, key = somewhere(draw, document)
    how = draw(HOW)
    if how == "drop":
        del container[key]
    elif how == "replace":
        container[key] = copy.deepcopy(VALUES[draw(NUMBER)])
    elif how == "copy":
        other, step = somewhere(draw, document)
        container[key] = copy.deepcopy(other[step])
    elif isinstance(container, dict):
        container[draw(KEY)] = container.pop(key)
    else:
        container.append(copy.deepcopy(container[key]))


@st.composite
def mutants(draw: DrawFn) -> Any:
    """The full sample, broken at one to three places."""
    document = full()
    for _ in range(draw(st.integers(1, 3))):
        if document:
            break_somewhere(draw, document)
    return document

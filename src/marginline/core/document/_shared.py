"""Records that say the same are one: tier tables stand in a thousand accounts alike.

A sound record is kept by the text of what it was read from, the newest thousand of them. Private to
`document`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marginline.core.document._kinds import Members, Place
from marginline.core.document._scalars import PLAIN

_MOST, _LONGEST = 1_024, 16_384
# Any: a record of whichever class the key names.
_KEPT: dict[tuple[type, str], Any] = {}


def once(record: type, value: object, at: Place, read: Callable[[], Any]) -> Any:
    """The record that was read from the same before, or the one read now; kept where sound."""
    text = repr(value) if _is_plain(value) else ""
    if not 0 < len(text) <= _LONGEST:
        return read()
    found = _KEPT.get((record, text))
    if found is not None:
        return found
    before, found = len(at.problems), read()
    if len(at.problems) == before:
        while len(_KEPT) >= _MOST:
            _KEPT.pop(next(iter(_KEPT)), None)
        _KEPT[record, text] = found
    return found


def _is_plain(value: object) -> bool:
    """Whether the value is made of nothing but what a file holds, so that its repr tells it all."""
    kind = value.__class__
    if isinstance(value, (list, tuple)):
        return kind in {list, tuple} and all(map(_is_plain, value))
    if isinstance(value, dict):
        if kind not in {dict, Members} or not {name.__class__ for name in value} <= {str}:
            return False
        flat = {member.__class__ for member in value.values()} <= PLAIN
        return flat or all(map(_is_plain, value.values()))
    return kind in PLAIN

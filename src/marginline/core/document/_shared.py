"""Records that say the same are one: tier tables stand in a thousand accounts alike.

A sound record is kept by the text of what it was read from, the newest thousand of them. Private to
`document`.
"""

from __future__ import annotations

from typing import Any

from marginline.core.document._kinds import Members
from marginline.core.document._scalars import PLAIN

_MOST, _LONGEST = 1_024, 16_384
# Any: a record of whichever class the key names.
_KEPT: dict[tuple[type, str], Any] = {}


def text_of(value: object) -> str | None:
    """The text that tells all of a value; none for what may say less of itself than it holds."""
    text = repr(value) if _is_plain(value) else ""
    return text if 0 < len(text) <= _LONGEST else None


def find(record: type, text: str | None) -> Any:
    """The sound record of this class that was read from this text, if it is kept."""
    return _KEPT.get((record, text)) if text is not None else None


def keep(record: type, text: str | None, found: object) -> None:
    """Keep a sound record; the oldest goes where there are too many."""
    if text is None:
        return
    while len(_KEPT) >= _MOST:
        _KEPT.pop(next(iter(_KEPT)), None)
    _KEPT[record, text] = found


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

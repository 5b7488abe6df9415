"""Positions that are gone without an order of the trader's own: liquidated, deleveraged, or missed.

The order of a venue's messages is not fixed: the fill may come after the position's end. So a
position is missed only when its grace is over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from marginline.core.account.account import Account
from marginline.feeds.messages import Message

_EXPLAINS_MS = 30_000
FORCED = "an order of the venue's own closed it"
UNEXPLAINED = "no fill of an own order closed it"


class _Missed(NamedTuple):
    """A position that is gone: when that is told, why, and when the venue had it gone."""

    due: int
    why: str
    at: int | None


class Vanishing:
    """Which positions are missed, of one account.

    Args:
        now: the feed's clock.
        grace_ms: how long an explanation may be late.
    """

    def __init__(self, now: Callable[[], int], grace_ms: int) -> None:
        self._now = now
        self._grace_ms = grace_ms
        self._filled: dict[str, int] = {}
        self._forced: dict[str, int] = {}
        self._missed: dict[str, _Missed] = {}

    def explain(self, message: Message) -> None:
        """A fill explains the end of its position; of all in its symbol where it names no leg."""
        now = self._now()
        for name in message.filled:
            self._filled[name] = now
            for key in [key for key in self._missed if name in _names(key)]:
                del self._missed[key]
        for name in message.forced:
            self._forced[name] = now
            for key in [key for key in self._missed if name in _names(key)]:
                self._missed[key] = _Missed(now, FORCED, self._missed[key].at)

    def compare(self, old: Account, new: Account, at: int | None) -> None:
        """Note what the old account held and the new one, of `at` by the venue, does not."""
        now = self._now()
        held = {position.key for position in new.positions if position.size}
        for position in old.positions:
            if position.key in held or not position.size:
                continue
            if self._lately(self._forced, position.key):
                self._missed[position.key] = _Missed(now, FORCED, at)
            elif not self._lately(self._filled, position.key):
                self._missed[position.key] = _Missed(now + self._grace_ms, UNEXPLAINED, at)
        for key in held & self._missed.keys():
            del self._missed[key]

    def _lately(self, moments: dict[str, int], key: str) -> bool:
        first = self._now() - _EXPLAINS_MS
        return any(name in moments and moments[name] >= first for name in _names(key))

    def due(self) -> list[tuple[str, str, int | None]]:
        """Keys that nothing will explain any more, each once: why, and when by the venue."""
        now = self._now()
        found = [(key, each.why, each.at) for key, each in self._missed.items() if now >= each.due]
        for key, _, _ in found:
            del self._missed[key]
        return found


def _names(key: str) -> tuple[str, str]:
    """A position's key, and its symbol."""
    return key, key.rpartition("/")[0]

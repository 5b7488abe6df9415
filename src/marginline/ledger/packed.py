"""Rows that are kept for long and seldom asked for: all but the newest packed, by their moment.

Of the extra `live`: msgspec writes and reads them, exactly.
"""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Callable, Iterator
from typing import Generic, NamedTuple, TypeVar

import msgspec

T = TypeVar("T")
TOGETHER = 32
"""Rows that are packed as one: few, so that nobody waits for it."""


class _Pack(NamedTuple):
    first: int
    last: int
    size: int
    rows: bytes


class Packed(Generic[T]):
    """The newest `most` rows (up to `TOGETHER` more), in the order in which they came.

    `kind` is their type, which msgspec writes and reads again as it was; `at` tells the moment of
    one, by any clock. What is asked for by moments opens only what may hold them.
    """

    def __init__(self, kind: type[T], at: Callable[[T], int], most: int) -> None:
        self._at, self._most = at, most
        self._decoder = msgspec.json.Decoder(list[kind])  # type: ignore[valid-type]
        self._packs: deque[_Pack] = deque()
        self._packed = 0
        self._new: list[T] = []

    def append(self, row: T) -> None:
        """Keep one more, and drop the oldest where there are too many."""
        if len(self._new) >= TOGETHER:
            self._pack()
        self._new.append(row)

    def _pack(self) -> None:
        moments = [self._at(row) for row in self._new]
        rows = zlib.compress(msgspec.json.encode(self._new))
        self._packs.append(_Pack(min(moments), max(moments), len(moments), rows))
        self._packed += len(moments)
        self._new = []  # another list: who reads this one in another thread reads on
        while self._packed - self._packs[0].size >= self._most:
            self._packed -= self._packs.popleft().size

    def clear(self) -> None:
        """Drop all."""
        self._packs.clear()
        self._packed, self._new = 0, []

    def __len__(self) -> int:
        return self._packed + len(self._new)

    def __repr__(self) -> str:
        return f"Packed({list(self)!r})"

    def __iter__(self) -> Iterator[T]:
        return self.within()

    def within(self, start: int | None = None, end: int | None = None) -> Iterator[T]:
        """The rows from `start` to `end` inclusive; None: no bound there."""
        new = list(self._new)  # before the packs: what is packed meanwhile is not missed
        for pack in list(self._packs):
            if (start is None or pack.last >= start) and (end is None or pack.first <= end):
                yield from self._chosen(
                    self._decoder.decode(zlib.decompress(pack.rows)), start, end
                )
        yield from self._chosen(new, start, end)

    def _chosen(self, rows: list[T], start: int | None, end: int | None) -> Iterator[T]:
        for row in rows:
            at = self._at(row)
            if (start is None or at >= start) and (end is None or at <= end):
                yield row

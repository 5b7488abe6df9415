"""The first mark of each hour of one instrument: 16 bytes an hour, and never changed."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple, overload

import numpy as np
import numpy.typing as npt

Hourly = tuple[int, float]
"""An hour of the venue's time (hours since the epoch) and its first mark."""


class Returns(NamedTuple):
    """Logarithmic returns of the hours whose hour before is there too, oldest first."""

    hours: npt.NDArray[np.float64]
    logs: npt.NDArray[np.float64]


class HourlyMarks(Sequence[Hourly]):
    """Marks by the hour, oldest first, as a sequence of `Hourly`."""

    def __init__(self, marks: Iterable[Hourly] = ()) -> None:
        self._flat = array("d", (figure for mark in marks for figure in mark))

    def followed_by(self, hour: int, mark: float, most: int) -> HourlyMarks:
        """These and one more; of them the newest `most`."""
        found = HourlyMarks()
        found._flat = self._flat[max(0, len(self._flat) - 2 * (most - 1)) :]
        found._flat.extend((hour, mark))
        return found

    @cached_property
    def returns(self) -> Returns:
        """The returns; made when they are first asked for, which is once an hour."""
        hours, marks = np.array(self._flat).reshape(-1, 2).T
        follows = np.diff(hours) == 1
        return Returns(hours[1:][follows], np.diff(np.log(marks))[follows])

    def __len__(self) -> int:
        return len(self._flat) // 2

    def __iter__(self) -> Iterator[Hourly]:
        figures = iter(self._flat)
        return ((int(hour), mark) for hour, mark in zip(figures, figures, strict=True))

    @overload
    def __getitem__(self, place: int) -> Hourly: ...
    @overload
    def __getitem__(self, place: slice) -> HourlyMarks: ...
    def __getitem__(self, place: int | slice) -> Hourly | HourlyMarks:
        if isinstance(place, slice):
            return HourlyMarks(self[n] for n in range(len(self))[place])
        first = range(len(self))[place] * 2
        return int(self._flat[first]), self._flat[first + 1]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HourlyMarks) and self._flat == other._flat

    def __hash__(self) -> int:
        return hash(self._flat.tobytes())

    def __repr__(self) -> str:
        return f"HourlyMarks({list(self)!r})"


NONE = HourlyMarks()
"""Of an instrument of which none is recorded."""

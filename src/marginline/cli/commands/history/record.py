"""What was kept of an account in a span, as the command hands it round."""

from __future__ import annotations

from typing import NamedTuple

from marginline.store.rows import EventRow, GapRow, RollupRow

FIGURES = ("ratio", "support", "requirement", "buffer", "nearest")


class Record(NamedTuple):
    """The worst moment of each step, events and gaps, oldest first; moments in milliseconds."""

    account: str
    step: int
    since: int
    until: int
    points: list[RollupRow]
    events: list[EventRow]
    gaps: list[GapRow]

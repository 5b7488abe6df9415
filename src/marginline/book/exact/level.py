"""The level of one pool by the exact path: what decides inside the guard band."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING

from marginline.book.kernels.columns import F8
from marginline.book.kernels.values import LEVEL_UNKNOWN, LEVEL_WITHOUT
from marginline.core.assessment.figures import PoolFigures
from marginline.core.assessment.standard_pool import requirement
from marginline.core.findings import AbsentError
from marginline.core.measures import Measure

if TYPE_CHECKING:
    from marginline.book.book import Book


def exact_level(book: Book, pool: int, thresholds: F8) -> int:
    """How many of the thresholds (requirement / support) a pool has reached now."""
    figures = PoolFigures(book.unpack(pool), book.rules_of(pool))
    lane = book.lane_of_pool[pool]
    strict = book.table.groups.strict[book.store.lanes.group[lane]]
    try:
        support, needed = figures[Measure.SUPPORT], requirement(figures)
    except AbsentError:
        return LEVEL_UNKNOWN
    if needed == 0:
        return 0 if support >= 0 else LEVEL_WITHOUT
    reached = 0
    for place, theta in enumerate(thresholds.tolist()):
        if math.isnan(theta):
            break
        line = Decimal(repr(theta)) * support
        if needed > line or (needed == line and not strict[place]):
            reached = place + 1
    return reached

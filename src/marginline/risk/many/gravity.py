"""Which pool of an account is the gravest, and how near it is to its line."""

from __future__ import annotations

from decimal import Decimal

from marginline.core.assessment.assessment import Assessment, PoolAssessment
from marginline.core.findings import Status
from marginline.core.measures import Measure
from marginline.core.numbers import ONE

ENDLESS = Decimal("Infinity")


def worst_pool(assessment: Assessment) -> PoolAssessment | None:
    """The pool that decides a status: the gravest, of equals the nearest to its line."""
    judged = [pool for pool in assessment.pools if pool.status is not None]
    return max(judged, key=gravity, default=None)


def gravity(pool: PoolAssessment) -> tuple[int, Decimal, Decimal]:
    """How near a pool is to forced action: larger is worse. Status, then distance, then ratio."""
    assert pool.status is not None, pool.id
    ratio = pool.measures.get(Measure.MARGIN_RATIO)
    if ratio is None:
        ratio = ENDLESS if pool.status.rank > Status.UNKNOWN.rank else -ONE
    return pool.status.rank, -away(pool), ratio


def away(pool: PoolAssessment) -> Decimal:
    """How far its line is, as a fraction of the prices; infinite where no line is known."""
    move = pool.distance.nearest
    return ENDLESS if move is None or move.move is None else abs(move.move)

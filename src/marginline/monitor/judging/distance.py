"""How far each pool is from its line: one price alone, all together, down and up."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from marginline.core.assessment.assessment import Assessment, PoolAssessment
from marginline.core.assessment.measured import Measures
from marginline.core.distance import distance
from marginline.core.distance.distance import Distance
from marginline.core.measures import Measure
from marginline.core.numbers import ONE, exactly
from marginline.core.pool.exposure import known
from marginline.monitor.state import Edge, Move, PoolDistance
from marginline.monitor.wire import Way

ENDS = {"below": Measure.LIQUIDATION_PRICE_BELOW, "above": Measure.LIQUIDATION_PRICE_ABOVE}


_OPEN = ("no move of all prices ", "nothing is open ", "nothing in this pool moves ")
"""How a reason begins where there is no such move, not: where it is not known."""


def distances(
    assessment: Assessment, kept: Mapping[str, PoolDistance] | None = None
) -> dict[str, PoolDistance]:
    """The moves to the line of every pool that has a status, by pool id.

    `kept`: of a judgement a moment ago; its move with resting orders filled stands, because that
    one costs as much as the rest of a judgement many times over. The status never rests on it.
    """
    pools = [pool for pool in assessment.pools if pool.status is not None]
    return {pool.id: _of_pool(_found(pool, (kept or {}).get(pool.id))) for pool in pools}


def _found(pool: PoolAssessment, kept: PoolDistance | None) -> Distance:
    slow = pool.distances.with_orders is not None
    if kept is None or not slow:
        return pool.distance
    move = kept.with_orders
    way = distance.WITH_ORDERS
    if move is None:
        before = distance.Move(way, None, reason=kept.reasons.get(way, ""))
    else:
        before = distance.Move(way, move.move, move.instrument, move.price)
    return distance.distance_of(pool.figures, lambda: before)


def _of_pool(found: Distance) -> PoolDistance:
    moves = {"alone": found.alone, "together": found.together, "with_orders": found.with_orders}
    return PoolDistance(
        below=_edge(found.below),
        above=_edge(found.above),
        alone=_move(found.alone),
        together=_move(found.together),
        with_orders=_move(found.with_orders),
        nearest=_move(found.nearest),
        reasons={name: each.reason for name, each in moves.items() if each.move is None},
    )


def _move(found: distance.Move | None) -> Move | None:
    if found is None or found.move is None:
        return None
    assert found.way in _WAYS
    return Move(found.move, _WAYS[found.way], found.instrument, found.price)


_WAYS: dict[str, Way] = {
    "alone": "alone",
    "together": "together",
    "with_orders": "with_orders",
}


def _edge(found: distance.Move | None) -> Edge:
    if found is None:
        return Edge(None, open=False, reason="not known")
    return Edge(found.move, found.move is None and found.reason.startswith(_OPEN), found.reason)


@exactly
def ends_of(pool: PoolAssessment, key: str) -> tuple[Edge, Edge]:
    """How far a position's price may move alone, down and up."""
    for position, exposure in zip(pool.positions, pool.figures.pool.exposures, strict=False):
        if position.key != key:
            continue
        mark = known(exposure.mark)
        edges = [_end(pool, position.measures, mark, key, name) for name in ENDS]
        return edges[0], edges[1]
    raise KeyError(key)


def _end(
    pool: PoolAssessment, measures: Measures, mark: Decimal | None, key: str, name: str
) -> Edge:
    measure = ENDS[name]
    price = measures.get(measure)
    if price is not None and mark is not None:
        return Edge(price / mark - ONE, open=False, reason="")
    found = (f for f in pool.findings if f.where == key and f.measure is measure)
    finding = next(found, None)
    reason = finding.message if finding else "no finding says why"
    return Edge(None, reason.startswith("no price of "), reason)

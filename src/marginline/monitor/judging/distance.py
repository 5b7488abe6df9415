"""How far each pool is from its line: one price alone, all together, down and up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from marginline.core.account.account import Account
from marginline.core.assessment.assessment import Assessment, Measures, PoolAssessment
from marginline.core.findings import Gap, Status
from marginline.core.measures import Measure
from marginline.core.numbers import ONE, ZERO, exactly
from marginline.core.pool.exposure import Figure
from marginline.monitor.state import Edge, Move, PoolDistance
from marginline.risk.moves.joint import MOVES, JointMove, joint_moves

ENDS = {"below": Measure.LIQUIDATION_PRICE_BELOW, "above": Measure.LIQUIDATION_PRICE_ABOVE}


@exactly
def distances(account: Account, assessment: Assessment) -> dict[str, PoolDistance]:
    """The moves to the line of every pool that has a status, by pool id."""
    pools = [pool for pool in assessment.pools if pool.status is not None]
    rows, _ = joint_moves(account, pools, {})
    joint = {(row.pool, row.direction): row for row in rows if row.collateral == MOVES}
    return {pool.id: _of_pool(pool, joint[pool.id, "down"], joint[pool.id, "up"]) for pool in pools}


def _of_pool(pool: PoolAssessment, down: JointMove, up: JointMove) -> PoolDistance:
    under = pool.status in (Status.LIQUIDATION, Status.MARGIN_CALL)
    ends = (_edge(down), _edge(up))
    together = [Move(edge.move, "together") for edge in ends if edge.move is not None]
    alone = list(_alone(pool))
    if under and pool.positions:
        alone, together = [], [Move(ZERO, "together")]
    nearest = _nearest([*together, *alone])
    reasons = {} if nearest else {"nearest": down.reason or up.reason}
    return PoolDistance(
        ends[0], ends[1], _nearest(alone), _nearest(together), None, nearest, reasons
    )


def _edge(row: JointMove) -> Edge:
    """Open where no move that way leads to the line; closed and null where it is not known."""
    never = row.reason.startswith("no joint move") or row.reason in (
        "nothing is open in this pool",
        "nothing in this pool moves on this path",
    )
    return Edge(row.move, row.move is None and never, row.reason)


def _nearest(moves: Iterable[Move]) -> Move | None:
    return min(moves, key=lambda move: abs(move.move), default=None)


def _alone(pool: PoolAssessment) -> Iterator[Move]:
    """Both ends of every instrument of the pool, as moves of its mark."""
    seen: set[str] = set()
    for position, exposure in zip(pool.positions, pool.figures.pool.exposures, strict=False):
        if position.instrument in seen:
            continue
        seen.add(position.instrument)
        mark = _mark(exposure.mark)
        for measure in ENDS.values() if mark is not None else ():
            price = position.measures.get(measure)
            if price is not None and mark is not None:
                yield Move(price / mark - ONE, "alone", position.instrument, price)


def _mark(figure: Figure) -> Decimal | None:
    return None if isinstance(figure, Gap) else figure


@exactly
def ends_of(pool: PoolAssessment, key: str) -> tuple[Edge, Edge]:
    """How far a position's price may move alone, down and up."""
    for position, exposure in zip(pool.positions, pool.figures.pool.exposures, strict=False):
        if position.key != key:
            continue
        mark = _mark(exposure.mark)
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

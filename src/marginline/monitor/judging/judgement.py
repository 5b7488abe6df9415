"""One judgement: assess the account of now, take the worst of it, and the venue's word beside it.

Where the venue's own figures differ from ours and nobody knows why, the worse of the two counts:
its support and requirement are carried along by what they differed by when last compared.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from msgspec.structs import replace as renewed

from marginline.core.assessment.assessment import Assessment, PoolAssessment
from marginline.core.findings import Status
from marginline.core.measures import Measure
from marginline.core.numbers import ONE, exactly
from marginline.errors import InputError
from marginline.monitor.judging.distance import distances
from marginline.monitor.judging.judge import Figures, Judge, figures_of
from marginline.monitor.state import Gone, Judgement, VenueMarket, Watched
from marginline.monitor.wire import Reason

SURE = 2
"""Snapshots in a row that must say so before a difference counts: two answers of one snapshot may
be of two moments."""


@exactly
def judged(
    watched: Watched, market: VenueMarket | None, judge: Judge, now: int, orders_every_ms: int = 0
) -> Judgement | Reason:
    """The account as of now, or why it cannot be judged at all."""
    assert watched.told is not None
    try:
        account, assessment = judge(watched.watching.name, watched.told, market)
    except InputError as error:
        return _refused(error)
    pool, kept = worst(assessment), watched.judged
    if kept is not None and (
        kept.told_events != watched.told_events or now - kept.orders_at >= orders_every_ms
    ):
        kept = None
    ours = _NOTHING if pool is None else figures_of(pool)
    status, by = assessment.status, "rules"
    if pool is not None and watched.gone is not None and watched.gone.count >= SURE:
        theirs = _with(ours, watched.gone) if watched.gone.pool == pool.id else None
        if theirs is not None:
            found = _status_of(pool, theirs)
            if found.rank > status.rank or (found is status and _worse(theirs, ours)):
                status, by, ours = found, "venue", theirs
    return Judgement(
        at=now,
        whole_at=now,
        assessment=assessment,
        status=status,
        judged_by=by,
        pool=pool,
        ratio=ours.ratio,
        support=ours.support,
        requirement=ours.requirement,
        buffer=ours.buffer,
        distances=distances(assessment, kept.distances if kept is not None else None),
        account=account,
        orders_at=now if kept is None else kept.orders_at,
        told_events=watched.told_events,
    )


@exactly
def moved(
    watched: Watched, market: VenueMarket | None, judge: Judge, now: int, levels: Iterable[Decimal]
) -> Judgement | None:
    """The newest judgement with the status and figures of now, its documents as they were.

    None where the whole must be made anew: it was told something since, a status or the worst pool
    is another, the ratio has crossed one of `levels`, or the venue's word counts.
    """
    before, told = watched.judged, watched.told
    if before is None or told is None or watched.gone is not None:
        return None
    if before.told_events != watched.told_events:
        return None
    try:
        status, found = judge.figures(watched.watching.name, told, market)
    except Exception:  # noqa: BLE001 - what is wrong the whole judgement says
        return None
    ours = _same_worst(before, found) if status is before.status else None
    if ours is None or ours.ratio is None or ours.buffer is None or before.ratio is None:
        return None
    if _rounded(ours.support) or _rounded(ours.requirement):
        return None  # sums and an assessment may round the last digit differently
    if any((before.ratio >= level) is not (ours.ratio >= level) for level in levels):
        return None
    return renewed(
        before,
        at=now,
        ratio=ours.ratio,
        support=ours.support,
        requirement=ours.requirement,
        buffer=ours.buffer,
        whole=False,
    )


def _rounded(figure: Decimal | None) -> bool:
    """Whether a figure has so many digits that it may have been rounded to 34."""
    return figure is None or len(figure.as_tuple().digits) > 31


def _same_worst(before: Judgement, found: list[Figures]) -> Figures | None:
    """The figures of the pool that was the worst and is; None where a pool's status is another."""
    pools = {pool.id: pool for pool in before.assessment.pools if pool.status is not None}
    if before.pool is None or len(found) != len(pools):
        return None
    ours = None
    most = own = (-1, False, -ONE)
    for each in found:
        was = pools.get(each.pool)
        if was is None or was.status is not each.status:
            return None
        gravity = each.status.rank, bool(was.positions), -ONE if each.ratio is None else each.ratio
        most = max(most, gravity)
        if was is before.pool:
            ours, own = each, gravity
    return ours if ours is not None and own == most else None


def _refused(error: InputError) -> Reason:
    text = "; ".join(str(problem) for problem in error.problems)
    return Reason(
        code="CONTRADICTION", severity="error", where="account", measure=None, message=text
    )


def worst(assessment: Assessment) -> PoolAssessment | None:
    """The pool that is worst: by status, then by ratio; of those without positions the largest."""
    pools = [pool for pool in assessment.pools if pool.status is not None]
    return max(pools, key=_gravity, default=None)


def _gravity(pool: PoolAssessment) -> tuple[int, bool, Decimal, Decimal]:
    assert pool.status is not None
    ratio = pool.measures.get(Measure.MARGIN_RATIO)
    equity = pool.measures.get(Measure.EQUITY)
    return (
        pool.status.rank,
        bool(pool.positions),
        Decimal(-1) if ratio is None else ratio,
        Decimal(0) if equity is None else equity,
    )


_NOTHING = Figures("", Status.UNKNOWN, None, None, None, None)
"""Of an account without a pool."""


def _with(ours: Figures, gone: Gone) -> Figures | None:
    """Our figures moved by what the venue's differed by."""
    if ours.support is None or ours.requirement is None:
        return None
    support, needed = ours.support + gone.support, ours.requirement + gone.requirement
    ratio = needed / support if support > 0 else None
    return replace(ours, ratio=ratio, support=support, requirement=needed, buffer=support - needed)


def _status_of(pool: PoolAssessment, theirs: Figures) -> Status:
    """Status by the venue's own figures, by our pool's trigger."""
    assert theirs.support is not None
    assert theirs.requirement is not None
    if theirs.requirement <= 0 and theirs.ratio is None:
        return Status.UNKNOWN
    return pool.figures.pool.trigger.status(theirs.requirement, theirs.support)


def _worse(theirs: Figures, ours: Figures) -> bool:
    if theirs.buffer is None or ours.buffer is None:
        return False
    return theirs.buffer < ours.buffer


def compared(assessment: Assessment, reported: object, before: Gone | None) -> Gone | None:
    """Where the venue's figures of a snapshot differ from ours, by more than its prices can.

    Compared are the margin balance and the maintenance margin of each pool (of an account with one
    pool also the account's); the answers of one snapshot may be some hundred milliseconds apart,
    so a difference counts from 0.2 % of the gross notional, and of the requirement from 1 %.
    """
    pools = [pool for pool in assessment.pools if pool.status is not None]
    found = [gone for pool in pools if (gone := _compare(pool, pools, reported)) is not None]
    first = max(found, key=lambda gone: gone.requirement - gone.support, default=None)
    if first is None:
        return None
    again = before is not None and before.pool == first.pool
    count = before.count + 1 if again and before is not None else 1
    return Gone(first.pool, first.support, first.requirement, first.message, count)


def _compare(pool: PoolAssessment, pools: list[PoolAssessment], reported: object) -> Gone | None:
    theirs = _reported(pool, pools, reported)
    balance, needed = theirs.get("margin_balance"), theirs.get("maintenance_margin")
    ours, required = (
        pool.measures[Measure.MARGIN_BALANCE],
        pool.measures[Measure.MAINTENANCE_MARGIN],
    )
    gross = pool.measures.get(Measure.GROSS_NOTIONAL) or Decimal(0)
    support = _beyond(balance, ours, gross * Decimal("0.002"))
    requirement = _beyond(needed, required, (required or Decimal(0)) * Decimal("0.01"))
    if not support and not requirement:
        return None
    parts = []
    if support:
        parts.append(f"margin balance: the venue says {balance}, we say {ours}")
    if requirement:
        parts.append(f"maintenance margin: the venue says {needed}, we say {required}")
    return Gone(pool.id, support, requirement, "; ".join(parts), 1)


def _reported(
    pool: PoolAssessment, pools: Iterable[PoolAssessment], reported: object
) -> dict[str, Decimal | None]:
    by_pool = getattr(reported, "pools", {}).get(pool.id, {})
    with_positions = [each.id for each in pools if each.positions]
    whole = getattr(reported, "account", {}) if with_positions == [pool.id] else {}
    if pool.kind not in ("account", "cross"):
        whole = {}
    return {**whole, **by_pool}


def _beyond(theirs: Decimal | None, ours: Decimal | None, tolerance: Decimal) -> Decimal:
    """Theirs less ours where that is more than the tolerance, else 0."""
    if theirs is None or ours is None:
        return Decimal(0)
    return theirs - ours if abs(theirs - ours) > tolerance else Decimal(0)

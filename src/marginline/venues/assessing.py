"""Account in, assessment out: find the rulebook, resolve, assess."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from marginline.core.account.account import Account
from marginline.core.assessment.assess import FiguresOf, Resolved, assess_pools
from marginline.core.assessment.assessment import Assessment, PoolAssessment, with_more
from marginline.core.assessment.bulk import filled
from marginline.core.assessment.figures import PoolFigures
from marginline.core.distance import band
from marginline.core.distance.band import WATCH_DISTANCE
from marginline.core.distance.distance import NOT_COMPUTED, Distances, Move, nearest_of
from marginline.core.findings import UNKNOWN_BECAUSE, AbsentError, Code, Finding, Status
from marginline.core.measures import Measure
from marginline.core.numbers import exactly, to_text
from marginline.venues import at as rulebook_at
from marginline.venues.asking import with_endpoints
from marginline.venues.on_the_way import OnTheWay
from marginline.venues.plausible import doubts
from marginline.venues.reader.notes import aged, with_notes
from marginline.venues.rulebook import Rulebook


@exactly
def assess(
    account: Account,
    *,
    watch_distance: Decimal = WATCH_DISTANCE,
    at: datetime | None = None,
    max_age: timedelta | None = None,
    source: str | None = None,
) -> Assessment:
    """What an account is worth, what it must hold, how far it is from forced action.

    By the rulebook in force at `account.as_of`. Missing data makes measures null and the status
    UNKNOWN; it never raises. A pool is WATCH from the rulebook's ratio on, and where the nearest
    move that liquidates it is at most `watch_distance` (a fraction; 0 switches that off).

    What contradicts itself is UNKNOWN: parts that cannot be, an account older than `max_age`, or of
    a moment after `at`. A maintenance margin that the venue reports and that differs from ours is a
    CONTRADICTION, and the worse is judged. The document tells `source` (a file, a connection) and
    how old the account is at `at`.

    Raises:
        RulebookError: no rulebook covers the account's venue, mode and moment.
        DocumentError: the account contradicts what its venue allows.
    """
    book = rulebook_at(account.venue, account.mode, account.as_of)
    told = account if at is None else aged(account, at, max_age)
    found = _assessed(told, book, book.resolve(account), watch_distance, filled)
    if at is None and source is None:
        return found
    age = None if at is None else int((at - account.as_of).total_seconds())
    return replace(found, source=source, age_seconds=age)


@exactly
def assess_resolved(
    account: Account,
    book: Rulebook,
    resolved: Resolved,
    *,
    watch_distance: Decimal = WATCH_DISTANCE,
    figures_of: FiguresOf = filled,
) -> Assessment:
    """The assessment of an account that its rulebook has made pools of.

    `figures_of`: who has the figures of a pool already hands them on.
    """
    return _assessed(account, book, resolved, watch_distance, figures_of)


def _assessed(
    account: Account,
    book: Rulebook,
    resolved: Resolved,
    watch_distance: Decimal,
    figures_of: FiguresOf,
) -> Assessment:
    def judged(of: Account, pools: Resolved) -> Assessment:
        found = assess_pools(
            of, pools, book.rules, book.reference, book.valuation_asset, figures_of=figures_of
        )
        return with_distance(found, OnTheWay(of, book), watch_distance)

    found = judged(account, resolved)
    if resolved.lacks:
        from marginline.venues.bounds import with_bounds  # noqa: PLC0415 - most accounts lack none

        found = with_bounds(found, account, resolved, book.resolve, judged)
    if account.reported is not None:
        found = _compared(found, account, watch_distance)
    found = with_notes(found, account, doubts(account, found))
    found = with_endpoints(found, account)
    return found if account.name is None else replace(found, name=account.name)


def _compared(found: Assessment, account: Account, watch_distance: Decimal) -> Assessment:
    """The assessment beside what the venue itself reports, which most files do not tell."""
    from marginline.venues.compare.refuting import (  # noqa: PLC0415
        printed_by_venue,
        with_refuted,
    )
    from marginline.venues.compare.reporting import with_reported  # noqa: PLC0415

    printed = printed_by_venue(found, account)
    found = with_reported(found, account, printed, watch_distance)
    return with_refuted(found, printed, account)


def with_distance(found: Assessment, way: OnTheWay, watch_distance: Decimal) -> Assessment:
    """The assessment with the distance of every pool, and the status that follows from it."""
    pools = tuple(_with_distance(pool, way, watch_distance) for pool in found.pools)
    if all(new is old for new, old in zip(pools, found.pools, strict=True)):
        return found
    statuses = [found.status, *(pool.status for pool in pools if pool.status is not None)]
    return replace(found, pools=pools, status=Status.worst(statuses))


def _with_distance(pool: PoolAssessment, way: OnTheWay, watch_distance: Decimal) -> PoolAssessment:
    if pool.status is None:
        return pool
    normal = pool.figures.pool
    if way:
        pool = replace(pool, distances=Distances(pool.figures, lambda: way.nearest(normal)))
    if pool.status is Status.WATCH and (ratio := pool.measures.get(Measure.MARGIN_RATIO)):
        used, begins = (
            to_text((n * 100).quantize(Decimal("0.1"))) for n in (ratio, normal.trigger.watch)
        )
        text = f"{used} % of the support is used; watch begins at {begins} %"
        return _noted(pool, Finding(Code.WATCH_RATIO, pool.id, text))
    if pool.status is not Status.HEALTHY or watch_distance <= 0:
        return pool
    try:
        nearest = nearest_within(pool.figures, way, watch_distance)
    except AbsentError as absent:
        if absent.gap.code is not Code.MISSING_DATA:
            return pool
        note = Finding(Code.MISSING_DATA, pool.id, f"{UNKNOWN_BECAUSE}{absent.gap.message}")
        return _noted(replace(pool, status=Status.UNKNOWN), note)
    except ArithmeticError:
        note = Finding(Code.CONTRADICTION, pool.id, f"the distance: {NOT_COMPUTED}")
        return _noted(replace(pool, status=Status.UNKNOWN), note)
    if nearest is None:
        text = way.unproven(pool.figures, watch_distance) if way else ""
        if not text:
            return pool
        note = Finding(Code.WATCH_DISTANCE, pool.id, text)
        return _noted(replace(pool, status=Status.WATCH), note)
    return _noted(replace(pool, status=Status.WATCH), band.finding(pool.figures, nearest))


def nearest_within(figures: PoolFigures, way: OnTheWay, watch_distance: Decimal) -> Move | None:
    """The nearest move of at most `watch_distance` to the line; None: there is none.

    What fills would lead to may not be known: then it is left out, and the distance says why.

    Raises:
        AbsentError: something that the pool's health depends on within the band is missing.
    """
    move = band.within(figures, watch_distance)
    try:
        with_orders = way.within(figures.pool, watch_distance) if way else None
    except AbsentError:
        with_orders = None
    return nearest_of(tuple(each for each in (move, with_orders) if each is not None))


def clear_within(figures: PoolFigures, way: OnTheWay, watch_distance: Decimal) -> bool:
    """Whether `nearest_within` finds no move; asked at the ends of the band, not on the way there.

    Raises:
        AbsentError: as `nearest_within`.
    """
    if not band.clear(figures, watch_distance):
        return False
    try:
        return not way or way.within(figures.pool, watch_distance) is None
    except AbsentError:
        return True


def _noted(pool: PoolAssessment, finding: Finding) -> PoolAssessment:
    return replace(pool, notes=with_more(pool.notes, finding))

"""Funding that will take an account over a band, at the rates of now, before it does."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from marginline.core.account.account import Account
from marginline.core.account.moments import milliseconds
from marginline.core.assessment.assessment import PoolAssessment, PositionAssessment
from marginline.core.measures import Measure
from marginline.core.numbers import ZERO, exactly
from marginline.monitor.judging.judge import figures_of
from marginline.monitor.settings import Bands
from marginline.monitor.state import Drain, Judgement

HORIZON_MS = 86_400_000
HOUR_MS = 3_600_000


@exactly
def drain_of(judged: Judgement, bands: Bands) -> Drain | None:
    """The first payment that takes a pool over a band it is under; None where none comes near.

    Looked at are the payments of the next 24 hours of the venue's clock, each at its own date, at
    the marks and rates of now; what is received counts too. A pool whose terms are not all told is
    looked at by those that are: funding that is not told drains nothing here.

    Args:
        judged: the account of now; its `as_of` is the venue's clock.
        bands: warn and act, as fractions of the support in use.
    """
    start = milliseconds(judged.account.as_of)
    found = [
        drain
        for pool in judged.assessment.pools
        if pool.status is not None and (drain := _of_pool(judged, pool, bands, start)) is not None
    ]
    return min(found, key=lambda each: (not each.crosses, each.at), default=None)


def _of_pool(judged: Judgement, pool: PoolAssessment, bands: Bands, start: int) -> Drain | None:
    figures = figures_of(pool)
    use, support, needed = figures.ratio, figures.support, figures.requirement
    if use is None or support is None or not needed:
        return None
    levels = [("warn", bands.warn), ("act", bands.act)]
    above = [(name, level) for name, level in levels if use < level]
    if not above:
        return None
    name, level = above[0]
    paid, nearest = ZERO, None
    for at, amount in sorted(_payments(judged.account, pool, start)):
        paid -= amount
        left = support - paid
        then = None if left <= 0 else needed / left
        if then is not None and then < level - bands.rearm:
            continue
        crosses = then is None or then >= level
        drain = Drain(
            at=at,
            pool=pool.id,
            asset=pool.asset,
            band="act" if name == "act" else "warn",
            level=level,
            paid=paid,
            ratio=then,
            enough=needed / level - left,
            crosses=crosses,
        )
        if crosses:
            return drain
        nearest = nearest or drain
    return nearest


def _payments(account: Account, pool: PoolAssessment, start: int) -> Iterator[tuple[int, Decimal]]:
    """Dates in milliseconds and cash flows in the pool's asset; negative is paid."""
    for position in pool.positions:
        amount = _in_pool(account, pool, position)
        terms = account.market.funding.get(position.instrument)
        if amount is None or terms is None or terms.next_at is None:
            continue
        at, hours = milliseconds(terms.next_at), terms.interval_hours
        step = None if hours is None else int(hours * HOUR_MS)
        if at < start and step:
            at += -((at - start) // step) * step
        while start <= at <= start + HORIZON_MS:
            yield at, amount
            if not step:
                break
            at += step


def _in_pool(
    account: Account, pool: PoolAssessment, position: PositionAssessment
) -> Decimal | None:
    flow = position.measures.get(Measure.FUNDING_NEXT)
    instrument = account.instruments.get(position.instrument)
    settle = pool.asset if instrument is None else instrument.settle or pool.asset
    if not flow or settle == pool.asset:
        return flow or None
    rates = account.market.asset_rate
    ours, theirs = rates.get(pool.asset), rates.get(settle)
    if theirs is None or theirs.index is None:
        return None
    unit = Decimal(1) if ours is None or ours.index is None else ours.index
    return flow * theirs.index / unit

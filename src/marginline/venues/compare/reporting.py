"""The venue's own figures beside ours: where ours is null and the venue printed one.

They stand beside the null as `reported` and never enter a figure of ours. Where ours leave the
status unknown, the venue's may prove it: a requirement that has met the support, or one so far
below it that no move within the watch band can close the gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal

from marginline.core.account.account import Account
from marginline.core.assessment.assessment import (
    Assessment,
    Parts,
    PoolAssessment,
    PositionAssessment,
    with_more,
)
from marginline.core.assessment.measured import Measures
from marginline.core.findings import UNKNOWN_BECAUSE, Code, Finding, Status
from marginline.core.measures import Measure as M
from marginline.core.numbers import ONE, ZERO, to_text
from marginline.core.pool.exposure import Exposure, known
from marginline.core.pool.pool import Kind
from marginline.venues.compare.comparing import ACCOUNT, Claim, shortened

Told = dict[str, dict[M, Decimal]]
"""What the venue printed, by place."""
_BY_NAME = {measure.value: measure for measure in M}


def with_reported(
    found: Assessment, account: Account, claims: Iterable[Claim], watch_distance: Decimal
) -> Assessment:
    """The assessment with the venue's figures beside our nulls, and the status they prove."""
    claims = tuple(claims)
    told = _told(account, claims)
    if not told:
        return found
    found = replace(found, notes=with_more(found.notes, *_other_prices(found, claims)))
    single = len(found.pools) == 1
    pools = []
    for pool in found.pools:
        whole = single or pool.kind == Kind.ACCOUNT.value
        own = {**(told.get(ACCOUNT, {}) if whole else {}), **told.get(pool.id, {})}
        beside = _beside(pool, _summed(pool, own, told), told)
        pools.append(_judged(beside, account, watch_distance))
    statuses = [pool.status for pool in pools if pool.status is not None]
    beside_account = {
        measure: value
        for measure, value in told.get(ACCOUNT, {}).items()
        if found.measures.get(measure) is None
    }
    return replace(
        found, pools=tuple(pools), reported=beside_account, status=Status.worst(statuses)
    )


def _other_prices(found: Assessment, claims: Iterable[Claim]) -> Iterator[Finding]:
    """Liquidation prices that the venue prints by a formula of its own, which is not the root."""
    ours = {
        p.key: p.measures.get(M.LIQUIDATION_PRICE) for pool in found.pools for p in pool.positions
    }
    for claim in claims:
        root, theirs = ours.get(claim.where), claim.theirs
        if claim.measure is not M.LIQUIDATION_PRICE or root is None or theirs is None:
            continue
        if claim.ours == root or abs(root - theirs) <= claim.tolerance:
            continue
        text = (
            f"the venue prints a liquidation price of {shortened(theirs)}, ours is"
            f" {shortened(root)} ({shortened(root - theirs)} from it): the venue's holds the"
            " maintenance margin at the mark, ours is where the account meets the line"
        )
        yield Finding(Code.REPORTED, claim.where, text, M.LIQUIDATION_PRICE)


def _told(account: Account, claims: Iterable[Claim]) -> Told:
    told: Told = {}
    for claim in claims:
        if claim.measure is not None and claim.theirs is not None:
            told.setdefault(claim.where, {}).setdefault(claim.measure, claim.theirs)
    if account.reported is not None:
        by_place = {**account.reported.pools, **account.reported.positions}
        for where, named in ((ACCOUNT, account.reported.account), *by_place.items()):
            for name, value in named.items():
                if value is not None and name in _BY_NAME:
                    told.setdefault(where, {}).setdefault(_BY_NAME[name], value)
    return told


def _beside(pool: PoolAssessment, own: dict[M, Decimal], told: Told) -> PoolAssessment:
    def beside(parts: Parts) -> Parts:
        positions = tuple(
            replace(position, reported=_nulls(position.measures, told.get(position.key, {})))
            for position in parts.positions
        )
        return parts._replace(positions=positions)

    return replace(pool, parts=pool.parts.then(beside), reported=_nulls(pool.measures, own))


def _summed(pool: PoolAssessment, own: dict[M, Decimal], told: Told) -> dict[M, Decimal]:
    """What the venue prints in parts only: of a pool of one asset, of each of its positions."""
    normal, found = pool.figures.pool, dict(own)
    plain = not (normal.borrows or normal.scenarios or normal.maintenance_parts)
    if len(normal.legs) != 1 or not plain:
        return found
    rows = [told.get(position.key, {}) for position in pool.positions]
    for measure in (M.UNREALIZED_PNL, M.MAINTENANCE_MARGIN):
        total = _sum(row.get(measure) for row in rows)
        if rows and total is not None:
            found.setdefault(measure, total)
    if M.WALLET_BALANCE in found and M.UNREALIZED_PNL in found:
        found.setdefault(M.MARGIN_BALANCE, found[M.WALLET_BALANCE] + found[M.UNREALIZED_PNL])
    return found


def _nulls(measures: Measures, told: dict[M, Decimal]) -> Measures:
    return {m: told[m] for m in told if m in measures and measures[m] is None}


# -- what the venue's figures prove --------------------------------------------------------------


def _judged(pool: PoolAssessment, account: Account, watch_distance: Decimal) -> PoolAssessment:
    """A pool of unknown status by what the venue's figures prove of it."""
    if pool.status is not Status.UNKNOWN:
        return pool
    support, needed = _support(pool), _needed(pool)
    if support is None or needed is None:
        return pool
    trigger = pool.figures.pool.trigger
    if needed == 0 and support < 0:
        return pool
    figures = f"{shortened(needed)} required of {shortened(support)} {pool.asset}"
    status = trigger.status(needed, support)
    if status is Status.HEALTHY and not _far(pool, account, support, needed, watch_distance):
        band = to_text(watch_distance * 100)
        text = f"that no move of {band} % leads to the line is not proven by them"
        note = Finding(Code.REPORTED, pool.id, f"by the venue's own figures {figures}; {text}")
        return replace(pool, notes=with_more(pool.notes, note))
    text = f"{status.value} by the venue's own figures, {figures}; ours are not known"
    told = pool.notes.then(
        lambda found: tuple(
            f._replace(message=f.message.removeprefix(UNKNOWN_BECAUSE)) if f.measure is None else f
            for f in found
        )
    )
    note = Finding(Code.REPORTED, pool.id, text)
    return replace(pool, status=status, notes=with_more(told, note))


def _support(pool: PoolAssessment) -> Decimal | None:
    """What stands against the requirement: ours, else the venue's margin balance."""
    ours = known(pool.figures.figure(M.SUPPORT))
    if ours is not None:
        return ours
    if pool.figures.pool.adjustments:
        return None
    whole = _either(pool, M.MARGIN_BALANCE)
    if whole is not None or len(pool.figures.pool.legs) > 1:
        return whole
    wallet, pnl = _either(pool, M.WALLET_BALANCE), _either(pool, M.UNREALIZED_PNL)
    return None if wallet is None or pnl is None else wallet + pnl


def _needed(pool: PoolAssessment) -> Decimal | None:
    """What the support must exceed, by the venue's maintenance margin where ours is null."""
    normal = pool.figures.pool
    fee = pool.measures.get(M.CLOSING_FEE)
    maintenance = _either(pool, M.MAINTENANCE_MARGIN)
    if maintenance is None or fee is None:
        return None
    return normal.trigger.level * maintenance + fee


def _either(of: PoolAssessment | PositionAssessment, measure: M) -> Decimal | None:
    ours = of.measures.get(measure)
    return of.reported.get(measure) if ours is None else ours


def _sum(figures: Iterable[Decimal | None]) -> Decimal | None:
    total = ZERO
    for figure in figures:
        if figure is None:
            return None
        total += figure
    return total


def _far(
    pool: PoolAssessment, account: Account, support: Decimal, needed: Decimal, band: Decimal
) -> bool:
    """Whether no move of at most `band` can lead to the line, at any tiers.

    A move of all that is held and could be filled loses at most its value * band / (1 - band), and
    takes as much more in maintenance; a jump to the next tier at most doubles the requirement. Or:
    the venue's own liquidation price of the only instrument is beyond the band.
    """
    if not 0 < band < 1:
        return band <= 0
    values = list(_values(pool))
    if any(value is None for value in values) or pool.figures.pool.scenarios:
        return False
    held = _sum(values)
    assert held is not None
    resting = _resting(pool, account)
    if resting is None:
        return False
    if support - 2 * needed > 2 * (held + resting) * band / (1 - band):
        return True
    return not resting and _printed_beyond(pool, band)


def _values(pool: PoolAssessment) -> Iterator[Decimal | None]:
    """Values of positions and, in a pool of several assets, of coins, in the pool's asset."""
    exposures = {e.key: e for e in pool.figures.pool.exposures}
    for position in pool.positions:
        rate = exposures[position.key].value_rate
        value = _either(position, M.NOTIONAL)
        yield None if value is None else known(value * rate)
    legs = pool.figures.pool.legs
    for leg in legs if len(legs) > 1 else ():
        balance = known(leg.balance)
        yield None if balance is None else known((abs(balance) + leg.liability) * leg.index)


def _resting(pool: PoolAssessment, account: Account) -> Decimal | None:
    """The value of orders that could fill, in the pool's asset; None: not known."""
    by_symbol: dict[str, Exposure] = {e.instrument.symbol: e for e in pool.figures.pool.exposures}
    total = ZERO
    for order in account.orders:
        exposure = by_symbol.get(order.instrument)
        if order.reduce_only or (pool.kind == Kind.ISOLATED.value and exposure is None):
            continue
        if exposure is None or order.price is None or exposure.value_rate != ONE:
            return None
        total += replace(exposure, size=order.size).notional_at(order.price)
    return total


def _printed_beyond(pool: PoolAssessment, band: Decimal) -> bool:
    """Whether the venue's liquidation price of a pool of one instrument is beyond the band."""
    symbols = {position.instrument for position in pool.positions}
    if len(symbols) != 1 or len(pool.figures.pool.legs) != 1:
        return False
    mark = known(pool.figures.pool.exposures[0].mark)
    price = _either(pool.positions[0], M.LIQUIDATION_PRICE)
    if not mark or price is None:
        return False
    return abs(price - mark) > band * mark

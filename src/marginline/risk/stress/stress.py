"""Stress: an account on each of several bad days, by its venue's own rules; and who suffers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Literal, TypedDict

from marginline import formulas
from marginline.core.account.account import Account
from marginline.core.assessment.assess import Resolved
from marginline.core.assessment.assessment import Assessment, PoolAssessment
from marginline.core.distance.band import WATCH_DISTANCE
from marginline.core.distance.standing import STANDING
from marginline.core.findings import Code, Finding, Gap, Severity, Status, ranked
from marginline.core.measures import Measure
from marginline.core.nouns import dataclass
from marginline.core.numbers import ONE, ZERO, exactly, text_or_none
from marginline.core.pool.exposure import Exposure, known
from marginline.core.pool.pool import Leg, Pool
from marginline.core.pool.schedules import TierSchedule
from marginline.errors import InputError
from marginline.ledger.attribution.attribution import Levels
from marginline.risk.attribution import levels_of
from marginline.risk.stress.scenarios import SCENARIOS, Scenario
from marginline.risk.what_if.applying import apply
from marginline.risk.what_if.orders import close
from marginline.risk.what_if.trial import Trial
from marginline.risk.what_if.what_if import what_if
from marginline.venues.assessing import assess, assess_resolved

STRESS_SCHEMA = "marginline/stress/1"


class PoolDayDocument(TypedDict):
    """A pool on a bad day; amounts in its asset, as decimal strings or null."""

    pool: str
    asset: str
    status: str
    margin_ratio: str | None
    buffer: str | None
    buffer_lost: str | None


class DayDocument(TypedDict):
    """A bad day in the document."""

    scenario: str
    title: str
    words: str
    source: str
    status: str
    pools: list[PoolDayDocument]
    findings: list[dict[str, str]]


OwnMove = Literal["known", "none", "unknown"]
"""Whether a price's own move to the line is known, leads nowhere, or is not told."""

_NOT_TOLD = (Code.MISSING_DATA, Code.CONTRADICTION, Code.UNSUPPORTED)


class ShareDocument(TypedDict):
    """What one position is of its pool; amounts in the pool's asset, as strings or null."""

    pool: str
    position: str
    requirement: str | None
    requirement_share: str | None
    freed_by_closing: str | None
    own_move: str | None
    own_move_is: OwnMove
    loss: dict[str, str | None]


class StressDocument(TypedDict):
    """The document `marginline/stress/1`."""

    schema: str
    name: str | None
    status: str
    days: list[DayDocument]
    shares: list[ShareDocument]


@dataclass(frozen=True, slots=True)
class PoolDay:
    """A pool on a bad day. `lost` is what its buffer has lost since now, in the pool's asset."""

    pool: str
    asset: str
    status: Status
    ratio: Decimal | None
    buffer: Decimal | None
    lost: Decimal | None

    def to_dict(self) -> PoolDayDocument:
        """The pool as JSON-able data."""
        return {
            "pool": self.pool,
            "asset": self.asset,
            "status": self.status.value,
            "margin_ratio": text_or_none(self.ratio),
            "buffer": text_or_none(self.buffer),
            "buffer_lost": text_or_none(self.lost),
        }


@dataclass(frozen=True, slots=True)
class Day:
    """An account on one bad day: its status, its pools, and warnings that today does not have."""

    scenario: Scenario
    status: Status
    pools: tuple[PoolDay, ...]
    findings: tuple[Finding, ...]

    def to_dict(self) -> DayDocument:
        """The day as JSON-able data."""
        return {
            "scenario": self.scenario.name,
            "title": self.scenario.heading,
            "words": self.scenario.words,
            "source": self.scenario.source,
            "status": self.status.value,
            "pools": [pool.to_dict() for pool in self.pools],
            "findings": [finding.to_dict() for finding in self.findings],
        }


@dataclass(frozen=True, slots=True)
class Share:
    """What one position is of its pool: of what is required, and of what each day takes.

    `requirement` in the pool's asset and its `share` of the positions' together; `freed`: what
    closing it at the mark adds to the buffer, fees included; `own_move`: how far its price goes
    alone until the whole pool is liquidated, and all that is in it. `loss`: by scenario what the
    position loses (minus: gains) in the pool's asset. None: it cannot be told; of `own_move` also
    that no move leads there, and `own_move_is` says which.
    """

    pool: str
    position: str
    requirement: Decimal | None
    share: Decimal | None
    freed: Decimal | None
    own_move: Decimal | None
    own_move_is: OwnMove
    loss: dict[str, Decimal | None]

    def to_dict(self) -> ShareDocument:
        """The share as JSON-able data."""
        return {
            "pool": self.pool,
            "position": self.position,
            "requirement": text_or_none(self.requirement),
            "requirement_share": text_or_none(self.share),
            "freed_by_closing": text_or_none(self.freed),
            "own_move": text_or_none(self.own_move),
            "own_move_is": self.own_move_is,
            "loss": {name: text_or_none(loss) for name, loss in self.loss.items()},
        }


@dataclass(frozen=True, slots=True)
class Stress:
    """An account today, on bad days, and position by position."""

    today: Assessment
    days: tuple[Day, ...]
    shares: tuple[Share, ...]

    @property
    def worst(self) -> Status:
        """The gravest status of any day."""
        return Status.worst([day.status for day in self.days])

    def to_dict(self) -> StressDocument:
        """The answer as JSON-able data, amounts as decimal strings or null."""
        return {
            "schema": STRESS_SCHEMA,
            "name": self.today.name,
            "status": self.today.status.value,
            "days": [day.to_dict() for day in self.days],
            "shares": [share.to_dict() for share in self.shares],
        }


@exactly
def stress(account: Account, scenarios: Iterable[Scenario] = SCENARIOS) -> Stress:
    """The account on each of the days, judged whole by its venue's rules.

    Prices, indices and rates move as one (see "One meaning of all prices"); positions, orders and
    sizes stand; nothing is liquidated on the way, so what falls early may fall deeper.
    """
    listed = tuple(scenarios)
    today = assess(account)
    moved = [on_day(account, scenario) for scenario in listed]
    days = tuple(_day(s, today, then) for s, then in zip(listed, moved, strict=True))
    return Stress(today, days, tuple(_shares(account, today, listed, moved)))


# -- days ----------------------------------------------------------------------------------------


def on_day(
    account: Account, scenario: Scenario, *, watch_distance: Decimal = WATCH_DISTANCE
) -> Assessment:
    """The account on one bad day, judged by its venue's rules."""
    trial, resolved = _resolved_on(account, scenario)
    return assess_resolved(trial.account, trial.book, resolved, watch_distance=watch_distance)


def _resolved_on(account: Account, scenario: Scenario) -> tuple[Trial, Resolved]:
    trial = Trial(account)
    for change in scenario.changes(account):
        apply(change, trial)
    resolved = trial.book.resolve(trial.account)
    if scenario.ratios != ONE or scenario.rates != ONE:
        pools = tuple(_tightened(pool, scenario) for pool in resolved.pools)
        resolved = Resolved(pools, resolved.findings)
    return trial, resolved


def pools_on(account: Account, scenario: Scenario) -> Mapping[str, Levels]:
    """Margin balance, requirement and buffer of every pool on a day, by pool id."""
    trial, resolved = _resolved_on(account, scenario)
    return levels_of(resolved.pools, trial.book.rules)


def _tightened(pool: Pool, scenario: Scenario) -> Pool:
    legs = tuple(_cut(leg, pool.asset, scenario.ratios) for leg in pool.legs)
    return replace(
        pool, legs=legs, exposures=tuple(_dearer(e, scenario.rates) for e in pool.exposures)
    )


def _cut(leg: Leg, unit: str, by: Decimal) -> Leg:
    """The leg with what of it counts multiplied; stablecoins and the pool's asset stay whole."""
    if by == ONE or leg.asset == unit or leg.asset in STANDING:
        return leg
    haircut = leg.haircut
    if haircut is None:  # the venue cuts by a worse rate (Binance multi-assets), or not at all
        return replace(leg, rate_positive=leg.rate_positive * by)
    if isinstance(haircut, Gap):
        return leg
    ratios = tuple(ratio * by for ratio in haircut.ratios)
    cumulatives = tuple(cumulative * by for cumulative in haircut.cumulatives)
    return replace(leg, haircut=replace(haircut, ratios=ratios, cumulatives=cumulatives))


def _dearer(exposure: Exposure, by: Decimal) -> Exposure:
    """The exposure with every maintenance rate multiplied, deductions with them."""
    schedule = exposure.maintenance.schedule
    if isinstance(schedule, Gap) or by == ONE:
        return exposure
    dearer: TierSchedule = replace(
        schedule,
        rates=tuple(rate * by for rate in schedule.rates),
        deductions=tuple(deduction * by for deduction in schedule.deductions),
    )
    return replace(exposure, maintenance=replace(exposure.maintenance, schedule=dearer))


def _day(scenario: Scenario, today: Assessment, then: Assessment) -> Day:
    pools = tuple(_pool_day(today, pool) for pool in then.pools if pool.status is not None)
    known = set(today.all_findings())
    new = [f for f in then.all_findings() if f not in known and f.severity is not Severity.INFO]
    if scenario.rates != ONE:
        new += [_untouched(p.id) for p in then.pools if _same_requirement(today, p)]
    return Day(scenario, then.status, pools, ranked(new))


def _same_requirement(today: Assessment, then: PoolAssessment) -> bool:
    """Whether a requirement stands though every maintenance rate has changed."""
    required = then.measures.get(Measure.MAINTENANCE_MARGIN)
    return bool(required) and required == today.pool(then.id).measures[Measure.MAINTENANCE_MARGIN]


def _untouched(pool: str) -> Finding:
    text = "its requirement does not come from tiers alone: this day leaves it as it is"
    return Finding(Code.UNSUPPORTED, pool, text)


def _pool_day(today: Assessment, then: PoolAssessment) -> PoolDay:
    buffer = then.measures.get(Measure.BUFFER)
    before = today.pool(then.id).measures.get(Measure.BUFFER)
    lost = None if buffer is None or before is None else before - buffer
    ratio = then.measures.get(Measure.MARGIN_RATIO)
    assert then.status is not None, then.id
    return PoolDay(then.id, then.asset, then.status, ratio, buffer, lost)


# -- shares --------------------------------------------------------------------------------------


def _shares(
    account: Account, today: Assessment, listed: Sequence[Scenario], moved: Sequence[Assessment]
) -> Iterable[Share]:
    for pool in today.pools:
        if pool.status is None:
            continue
        charges = {e.key: _charge(pool, e) for e in pool.figures.pool.exposures}
        known = [charge for charge in charges.values() if charge is not None]
        whole = sum(known, ZERO) if len(known) == len(charges) else None
        for exposure in pool.figures.pool.exposures:
            key, charge = exposure.key, charges[exposure.key]
            share = None if charge is None or not whole else formulas.share(charge, whole)
            loss = {s.name: _loss(pool, then, key) for s, then in zip(listed, moved, strict=True)}
            freed = _freed(account, pool.id, key)
            move = _own_move(pool, exposure)
            yield Share(pool.id, key, charge, share, freed, *move, loss)


def _charge(pool: PoolAssessment, exposure: Exposure) -> Decimal | None:
    for position in pool.figures.positions:
        if position.exposure.key == exposure.key:
            figure = position.figure(Measure.MAINTENANCE_MARGIN)
            return known(figure * exposure.requirement_rate)
    return None


def _loss(pool: PoolAssessment, then: Assessment, key: str) -> Decimal | None:
    """What a position's worth in the pool's asset has fallen by."""
    before, after = _worth(pool, key), _worth(then.pool(pool.id), key)
    return None if before is None or after is None else before - after


def _worth(pool: PoolAssessment, key: str) -> Decimal | None:
    for position in pool.figures.positions:
        if position.exposure.key == key:
            pnl = position.figure(Measure.UNREALIZED_PNL)
            return known(pnl * position.exposure.value_rate)
    return None


def _freed(account: Account, pool: str, key: str) -> Decimal | None:
    try:
        found = what_if(account, close(key))
    except InputError:  # no mark to close at
        return None
    return found.difference.pools.get(pool, {}).get(Measure.BUFFER)


def _own_move(pool: PoolAssessment, exposure: Exposure) -> tuple[Decimal | None, OwnMove]:
    """The move to the line, and whether it is known, there is none, or it is not told."""
    measure, key = Measure.LIQUIDATION_PRICE, exposure.key
    mark = known(exposure.mark)
    price = next((p.measures.get(measure) for p in pool.positions if p.key == key), None)
    if price is not None:
        return (None, "unknown") if mark is None else ((price - mark) / mark, "known")
    why = next((f.code for f in pool.findings if (f.where, f.measure) == (key, measure)), None)
    return None, "unknown" if why in _NOT_TOLD else "none"

"""Bounds in place of what is missing, where it can only help or only hurt.

The account is judged twice more, with the worse and with the better end in the place of all that
was looked for in vain. A null measure stays null; its finding carries what lies at the two ends.
The status is the worse end's where both agree about it, and unknown where they do not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from marginline.core.account.account import Account
from marginline.core.assessment.assess import ACCOUNT, Resolved
from marginline.core.assessment.assessment import Assessment, PoolAssessment
from marginline.core.assessment.measured import Measures
from marginline.core.findings import UNKNOWN_BECAUSE, Code, Finding, Status, ranked
from marginline.core.later import Later
from marginline.core.measures import Measure as M
from marginline.core.nouns import dataclass
from marginline.core.pool.exposure import known

_RISES = {
    M.WALLET_BALANCE, M.EQUITY, M.COLLATERAL_VALUE, M.MARGIN_BALANCE, M.BUFFER,
    M.AVAILABLE_BALANCE, M.WITHDRAWABLE_BALANCE, M.LIQUIDATION_PRICE_ABOVE,
}  # fmt: skip
"""What is larger at the better end."""
_FALLS = {
    M.POSITION_INITIAL_MARGIN, M.ORDER_INITIAL_MARGIN, M.BORROW_INITIAL_MARGIN, M.INITIAL_MARGIN,
    M.MAINTENANCE_MARGIN, M.CLOSING_FEE, M.MARGIN_RATIO, M.INITIAL_MARGIN_RATIO, M.CALL_AMOUNT,
    M.EFFECTIVE_LEVERAGE, M.LIQUIDATION_PRICE_BELOW,
}  # fmt: skip
_ENDS = {M.LIQUIDATION_PRICE, M.BANKRUPTCY_PRICE}
_OF_THE_LINE = {*_ENDS, M.LIQUIDATION_PRICE_BELOW, M.LIQUIDATION_PRICE_ABOVE}
_OVER = (Status.LIQUIDATION, Status.MARGIN_CALL)

Judge = Callable[[Account, Resolved], Assessment]


def with_bounds(
    found: Assessment,
    account: Account,
    resolved: Resolved,
    resolve: Callable[[Account], Resolved],
    judge: Judge,
) -> Assessment:
    """The assessment with bounds where `resolved.lacks` made measures null; else as it is."""
    missing = [f.message for f in found.all_findings() if f.code is Code.MISSING_DATA]
    said = "\n".join((*missing, ""))  # one text: an account may lack a thousand ratios
    lacked = [lack for lack in resolved.lacks if f"{lack.message}\n" in said]
    if not lacked:
        return found
    worse = _end(account, resolved, resolve, judge, better=False)
    better = _end(account, resolved, resolve, judge, better=True)
    assert worse is not None, "at worst a coin is worth nothing, a loan or fee takes what it can"
    ends = _Ends(worse, better, "; ".join(dict.fromkeys(lack.ends for lack in lacked)))
    pools = tuple(ends.pool(pool) for pool in found.pools)
    notes = found.notes.then(
        lambda findings: tuple(ends.of_account(finding, found.measures) for finding in findings)
    )
    statuses = [pool.status for pool in pools if pool.status is not None]
    return replace(found, pools=pools, notes=notes, status=Status.worst(statuses))


def _end(
    account: Account,
    resolved: Resolved,
    resolve: Callable[[Account], Resolved],
    judge: Judge,
    *,
    better: bool,
) -> Assessment | None:
    """The assessment with one end in the place of all that is looked for; None: no such end."""
    done: set[str] = set()
    while new := [lack for lack in resolved.lacks if lack.message not in done]:
        for lack in new:
            end = lack.better if better else lack.worse
            if end is None:
                return None
            account = end(account)
            done.add(lack.message)
        resolved = resolve(account)
    return judge(account, resolved)


@dataclass(frozen=True, slots=True)
class _Ends:
    """Both ends, and what they are in words; `better` None: there is no such end."""

    worse: Assessment
    better: Assessment | None
    words: str

    def of_account(self, finding: Finding, measures: Measures) -> Finding:
        """A finding of the whole account, with its bounds."""
        measure = finding.measure
        if finding.where != ACCOUNT or measure is None or measures.get(measure) is not None:
            return finding
        better = None if self.better is None else self.better.measures.get(measure)
        return _bounded(finding, measure, self.worse.measures.get(measure), better)

    def pool(self, pool: PoolAssessment) -> PoolAssessment:
        """A pool with its bounds; its status where both ends agree."""
        worse, better = _same(self.worse, pool), _same(self.better, pool)
        if worse is None or pool.status is None:
            return pool
        findings = [_of_pool(finding, pool, worse, better) for finding in pool.findings]
        if pool.status is not Status.UNKNOWN:
            return replace(pool, notes=Later(lambda: tuple(findings)))
        status = _agreed(worse, better)
        told = [self._status(each, worse, better, status) for each in findings]
        if status is Status.UNKNOWN:
            return replace(pool, notes=Later(lambda: ranked(told)))
        told += [f for f in worse.findings if f.code in (Code.WATCH_RATIO, Code.WATCH_DISTANCE)]
        notes = Later(lambda: ranked(told))
        return replace(pool, status=status, notes=notes, distances=worse.distances)

    def _status(
        self, finding: Finding, worse: PoolAssessment, better: PoolAssessment | None, status: Status
    ) -> Finding:
        """The finding that said why the status is unknown, with what the ends say of it."""
        if finding.measure is not None or not finding.message.startswith(UNKNOWN_BECAUSE):
            return finding
        text = f"{finding.message}. {self.words}"
        if status is not Status.UNKNOWN:
            text = text.removeprefix(UNKNOWN_BECAUSE)
            text = f"{text}: {status.value} either way, judged by the worse"
            return finding._replace(message=text)
        at_best = "not known" if better is None else f"{better.status}"
        return finding._replace(message=f"{text}: at worst {worse.status}, at best {at_best}")


def _same(whole: Assessment | None, pool: PoolAssessment) -> PoolAssessment | None:
    pools = () if whole is None else whole.pools
    return next((each for each in pools if each.id == pool.id), None)


def _agreed(worse: PoolAssessment, better: PoolAssessment | None) -> Status:
    """The worse end's status where the better has it too, or could only be as good."""
    assert worse.status is not None
    if better is None:
        return worse.status if worse.status is Status.HEALTHY else Status.UNKNOWN
    return worse.status if worse.status is better.status else Status.UNKNOWN


def _of_pool(
    finding: Finding, pool: PoolAssessment, worse: PoolAssessment, better: PoolAssessment | None
) -> Finding:
    """A finding of a pool, of one of its assets or positions, with its bounds."""
    measure = finding.measure
    if measure is None or finding.code is not Code.MISSING_DATA:
        return finding
    place = _places(pool, finding).get(finding.where)
    if place is None or place.get(measure) is not None:
        return finding
    at_worst = _value(worse, finding, measure)
    at_best = None if better is None else _value(better, finding, measure)
    if measure in _ENDS:
        known = at_worst if at_worst is not None else at_best
        below = known is not None and _below_mark(pool, finding.where, known)
        side = M.LIQUIDATION_PRICE_BELOW if below else M.LIQUIDATION_PRICE_ABOVE
        return _bounded(finding, side, at_worst, at_best)
    return _bounded(finding, measure, at_worst, at_best)


def _places(pool: PoolAssessment, finding: Finding) -> dict[str, Measures]:
    """Measures by the places that a pool's findings name; an asset's stand in its own finding."""
    for asset in pool.assets:
        if finding.message.startswith(f"{asset.asset}: "):
            return {pool.id: asset.measures}
    return {pool.id: pool.measures} | {p.key: p.measures for p in pool.positions}


def _value(pool: PoolAssessment, finding: Finding, measure: M) -> Decimal | None:
    if measure in _OF_THE_LINE and pool.status in _OVER:
        return None  # there the price is one that would save the pool
    return _places(pool, finding).get(finding.where, {}).get(measure)


def _below_mark(pool: PoolAssessment, key: str, price: Decimal) -> bool:
    marks = (p.exposure.mark for p in pool.figures.positions if p.name == key)
    mark = known(next(marks, None))
    return mark is not None and price < mark


def _bounded(
    finding: Finding, measure: M, worse: Decimal | None, better: Decimal | None
) -> Finding:
    if worse is not None and better is not None:
        return finding._replace(at_least=min(worse, better), at_most=max(worse, better))
    if measure in _RISES:
        return finding._replace(at_least=worse, at_most=better)
    if measure in _FALLS:
        return finding._replace(at_least=better, at_most=worse)
    return finding

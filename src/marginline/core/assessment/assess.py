"""Pools in, assessment out: every measure of the menu as a number or null, and what to know.

The rulebook has done its work when this begins; nothing here knows a venue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

from marginline.core.account.account import Account
from marginline.core.assessment.assessment import (
    Assessment,
    AssetAssessment,
    Notes,
    Parts,
    PoolAssessment,
    PositionAssessment,
    RulebookReference,
)
from marginline.core.assessment.bulk import Menu, filled, menus_of
from marginline.core.assessment.figures import (
    Asked,
    Figures,
    PoolFigures,
    PositionFigures,
    Rules,
)
from marginline.core.assessment.measured import Measures
from marginline.core.assessment.standard_pool import requirement
from marginline.core.distance.distance import Distances
from marginline.core.findings import (
    UNKNOWN_BECAUSE,
    AbsentError,
    Code,
    Finding,
    Gap,
    Status,
    missing,
    ranked,
)
from marginline.core.later import Later
from marginline.core.measures import Measure
from marginline.core.nouns import dataclass
from marginline.core.numbers import ZERO, to_text
from marginline.core.pool import scenario as shocks
from marginline.core.pool import terms
from marginline.core.pool.exposure import known, need
from marginline.core.pool.pool import Kind, Leg, Pool

ACCOUNT = "account"
FiguresOf = Callable[[Pool, Rules], PoolFigures]


@dataclass(frozen=True, slots=True)
class Lack:
    """An input that is not given and can only help or only hurt; `message` says so in a finding.

    `worse` and `better` make the account with one of its two ends in the input's place; `better`
    None: it can help without end. `ends` says them in words.
    """

    message: str
    ends: str
    worse: Callable[[Account], Account]
    better: Callable[[Account], Account] | None


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a rulebook makes of an account: its pools, and what there is to say of the whole.

    `lacks` are inputs that it looked for in vain and whose ends are known.
    """

    pools: tuple[Pool, ...]
    findings: tuple[Finding, ...] = ()
    lacks: tuple[Lack, ...] = ()


def assess_pools(
    account: Account,
    resolved: Resolved,
    rules: Rules,
    rulebook: RulebookReference,
    valuation_asset: str,
    *,
    figures_of: FiguresOf = filled,
) -> Assessment:
    """The assessment of an account whose pools are resolved; `figures_of` finds their figures."""
    pools = tuple(assess_figures(figures_of(pool, rules)) for pool in resolved.pools)
    findings = resolved.findings
    if not pools:
        text = "the account has neither wallets nor positions; give `wallets`, also where empty"
        findings += (Finding(Code.MISSING_DATA, ACCOUNT, text),)
    asset, measures, notes = _account_wide(account, pools, valuation_asset)
    return Assessment(
        venue=account.venue,
        mode=account.mode,
        as_of=account.as_of,
        rulebook=rulebook,
        status=Status.worst(pool.status for pool in pools if pool.status is not None),
        asset=asset,
        measures=measures,
        pools=pools,
        notes=notes.then(lambda found: ranked((*findings, *found))),
        rules=rules,
    )


def assess_pool(pool: Pool, rules: Rules) -> PoolAssessment:
    """One pool: its measures, its positions', its status and findings."""
    return assess_figures(filled(pool, rules))


def assess_figures(figures: PoolFigures) -> PoolAssessment:
    """A pool whose figures are there: as `assess_pool`."""
    pool = figures.pool
    of_pool, of_position = menus_of(figures.all_rules, pool.kind)
    status, reasons = (None, []) if pool.kind is Kind.RISK_UNIT else status_of(figures)
    assets = Later(lambda: _assets(figures) if pool.kind is Kind.ACCOUNT else ([], []))

    def parts() -> Parts:
        positions = tuple(_position(each, of_position) for each in figures.positions)
        return Parts(positions, tuple(assets.now[0]), _requirement_parts(figures))

    def notes() -> tuple[Finding, ...]:
        found = [*reasons, *_notes(figures, of_pool, pool.id)]
        for position in figures.positions:
            found += _notes(position, of_position, pool.id)
            found += _tier_notes(position)
        return ranked(found + assets.now[1])

    return PoolAssessment(
        id=pool.id,
        kind=pool.kind.value,
        asset=pool.asset,
        status=status,
        measures=Asked(figures, of_pool.measures),
        parts=Later(parts),
        notes=Later(notes),
        figures=figures,
        distances=Distances(figures),
    )


def _position(position: PositionFigures, menu: Menu) -> PositionAssessment:
    exposure = position.exposure
    measures = Asked(position, menu.measures)
    return PositionAssessment(exposure.key, exposure.instrument.symbol, exposure.side, measures)


def _notes(figures: Figures, menu: Menu, pool: str) -> list[Finding]:
    """What is to say of the measures of a menu; caveats are said once, of the `pool`."""
    notes: list[Finding] = []
    caveats = menu.caveats
    for measure in menu.measures:
        figure = figures.figure(measure)
        if isinstance(figure, Gap):
            notes.append(Finding(figure.code, figures.name, figure.message, measure))
        elif measure in caveats:
            notes.append(Finding(caveats[measure][0], pool, caveats[measure][1], measure))
    return notes


# -- status ------------------------------------------------------------------------------------


def status_of(figures: PoolFigures) -> tuple[Status, list[Finding]]:
    """How near the pool is to forced action, and what there is to say about it."""
    name = figures.name
    try:
        support = figures[Measure.SUPPORT]
        needed = _needed(figures)
    except AbsentError as absent:
        text = f"{UNKNOWN_BECAUSE}{absent.gap.message}"
        return Status.UNKNOWN, [Finding(absent.gap.code, name, text)]
    notes = [_unsupported(figures, support)] if needed == 0 and support < 0 else []
    return figures.pool.trigger.status(needed, support), notes


def _needed(figures: PoolFigures) -> Decimal:
    """The requirement; 0 where the venue has none for this kind of pool."""
    figure = figures.figure(Measure.MAINTENANCE_MARGIN)
    if isinstance(figure, Gap) and figure.code is Code.NOT_APPLICABLE and not figures.positions:
        return ZERO
    return requirement(figures)


def _unsupported(figures: PoolFigures, support: Decimal) -> Finding:
    amount = f"{to_text(support)} {figures.pool.asset}"
    text = f"nothing is required, but what would support it is {amount}"
    return Finding(Code.NEGATIVE_BALANCE, figures.name, text)


# -- what is worth saying about a position's tier ----------------------------------------------


def _tier_notes(position: PositionFigures) -> Iterator[Finding]:
    exposure = position.exposure
    try:
        schedule = terms.schedule_of(exposure)
        if position.reached is None:
            key, row = terms.tier_key(exposure), terms.tier_row(exposure)
        else:
            _, key, row, _ = position.reached
    except AbsentError:
        return
    if schedule.cap is not None and key > schedule.cap:
        text = (
            f"{to_text(key)} is above the last tier's cap {to_text(schedule.cap)}; the last row"
            " goes on, but the venue may allow no such position"
        )
        yield Finding(Code.ABOVE_LAST_TIER, exposure.key, text)
    most, leverage = schedule.max_leverages[row], exposure.leverage
    if most is not None and leverage is not None and leverage > most:
        text = f"leverage {to_text(leverage)} is above tier {row + 1}'s highest, {to_text(most)}"
        yield Finding(Code.LEVERAGE_ABOVE_TIER, exposure.key, text)


# -- assets of a joint pool --------------------------------------------------------------------


def _assets(figures: PoolFigures) -> tuple[list[AssetAssessment], list[Finding]]:
    assets: list[AssetAssessment] = []
    notes: list[Finding] = []
    for leg in figures.pool.legs:
        measures: dict[Measure, Decimal | None] = {}
        for measure, compute in _OF_ASSET.items():
            try:
                measures[measure] = compute(figures, leg)
            except AbsentError as absent:
                measures[measure] = None
                text = f"{leg.asset}: {absent.gap.message}"
                notes.append(Finding(absent.gap.code, figures.name, text, measure))
        if figures.pool.available_by_asset:
            measures[Measure.AVAILABLE_BALANCE] = _available_in(figures, leg, notes)
        assets.append(AssetAssessment(leg.asset, measures))
    return assets, notes


def _counted(figures: PoolFigures, leg: Leg) -> Decimal:
    return leg.value(figures.amount(leg)) / need(leg.index)


def _maintenance_in(figures: PoolFigures, leg: Leg) -> Decimal:
    own = figures.by_asset.get(leg.asset, ())
    return sum((p[Measure.MAINTENANCE_MARGIN] for p in own), ZERO)


def _available_in(figures: PoolFigures, leg: Leg, notes: list[Finding]) -> Decimal | None:
    """What is available, in one asset: the pool's over the asset's ask."""
    measure = Measure.AVAILABLE_BALANCE
    try:
        rate = need(leg.rate_negative)
        if rate:
            return figures[measure] / rate
        gap = missing(f"the ask rate of {leg.asset} is 0")
    except AbsentError as absent:
        gap = absent.gap
    text = f"{leg.asset}: {gap.message}"
    notes.append(Finding(gap.code, figures.name, text, measure))
    return None


_OF_ASSET: dict[Measure, Callable[[PoolFigures, Leg], Decimal]] = {
    Measure.WALLET_BALANCE: lambda _, leg: need(leg.balance),
    Measure.CREDIT: lambda _, leg: leg.credit,
    Measure.UNREALIZED_PNL: lambda figures, leg: figures.pnl_of(leg.asset),
    Measure.EQUITY: lambda figures, leg: leg.worth + leg.options_value + figures.pnl_of(leg.asset),
    Measure.COLLATERAL_VALUE: _counted,
    Measure.HAIRCUT: lambda figures, leg: figures.amount(leg) - _counted(figures, leg),
    Measure.MAINTENANCE_MARGIN: _maintenance_in,
}
"""Measures of one asset of a joint pool, in that asset."""


# -- account-wide ------------------------------------------------------------------------------


def _account_wide(
    account: Account, pools: tuple[PoolAssessment, ...], valuation_asset: str
) -> tuple[str, Measures, Notes]:
    """The joint or only pool's measures; with several pools the equity alone, summed."""
    joint = [pool for pool in pools if pool.kind == Kind.ACCOUNT]
    if len(pools) == 1:
        joint = list(pools)
    if joint:
        pool = joint[0]
        return pool.asset, pool.measures, Later(lambda: _of_whole(pool))
    try:
        total = sum((_valued(account, pool, valuation_asset) for pool in pools), ZERO)
    except AbsentError as absent:
        note = Finding(absent.gap.code, ACCOUNT, absent.gap.message, Measure.EQUITY)
        return valuation_asset, {Measure.EQUITY: None}, Later(lambda: (note,))
    if not pools:
        text = "there is nothing to value"
        note = Finding(Code.MISSING_DATA, ACCOUNT, text, Measure.EQUITY)
        return valuation_asset, {Measure.EQUITY: None}, Later(lambda: (note,))
    return valuation_asset, {Measure.EQUITY: total}, Later(tuple)


def _of_whole(pool: PoolAssessment) -> tuple[Finding, ...]:
    """The findings of a pool that say why a measure of the whole account is null."""
    of_assets = tuple(f"{asset.asset}: " for asset in pool.assets)
    return tuple(
        Finding(finding.code, ACCOUNT, finding.message, finding.measure)
        for finding in pool.findings
        if finding.where == pool.id
        and finding.measure is not None
        and pool.measures.get(finding.measure, ZERO) is None
        and not finding.message.startswith(of_assets)
    )


def _valued(account: Account, pool: PoolAssessment, valuation_asset: str) -> Decimal:
    equity = pool.figures[Measure.EQUITY]
    if pool.asset == valuation_asset:
        return equity
    rate = account.market.asset_rate.get(pool.asset)
    if rate is None or rate.index is None:
        where = f"market.asset_rate.{pool.asset}"
        raise AbsentError(missing(f"no rate of {pool.asset} in {valuation_asset}; give {where}"))
    return equity * rate.index


def _requirement_parts(figures: PoolFigures) -> dict[str, Decimal | None]:
    """Named parts of a requirement: those that stand, and of each scenario its own."""
    found = {part.name: known(part.amount) for part in figures.pool.maintenance_parts}
    for scenario in figures.pool.scenarios:
        unit = f"{scenario.unit}: " if len(figures.pool.scenarios) > 1 else ""
        try:
            parts = shocks.parts(scenario, figures.valued(scenario))
            found |= {f"{unit}{name}": amount for name, amount in parts.items()}
        except AbsentError:
            found |= {f"{unit}{family.name}": None for family in scenario.families}
    return found

"""The standard measures of a pool's positions in one pass, into the memos that the rules ask.

The rules stay what defines a measure and what `explain` runs; the pass calls the same terms and
formulas, each once, and hands on what several measures share: the notional, the charged value, the
row of the tiers. It fills nothing that a rulebook computes by a rule of its own, and nothing that
is missing: the rule answers, in its own words. `tests/core` proves over drawn accounts that both
agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache

from marginline import formulas
from marginline.core.assessment.figures import PoolFigures, PositionFigures, Rules
from marginline.core.assessment.rules import AnyRule
from marginline.core.assessment.standard import STANDARD_OF_POSITION
from marginline.core.findings import AbsentError, Code, Gap
from marginline.core.measures import POOL_MEASURES, POSITION_MEASURES, REQUIREMENT_MEASURES, Measure
from marginline.core.nouns import dataclass
from marginline.core.numbers import ZERO
from marginline.core.pool import terms
from marginline.core.pool.exposure import Basis, Exposure, Figure, need
from marginline.core.pool.pool import Kind, Pool
from marginline.core.solver.standing import Standing

NOTIONAL = Measure.NOTIONAL
UNREALIZED_PNL = Measure.UNREALIZED_PNL
INITIAL_MARGIN = Measure.INITIAL_MARGIN
MAINTENANCE_MARGIN = Measure.MAINTENANCE_MARGIN
CLOSING_FEE = Measure.CLOSING_FEE
TIER = Measure.TIER
MAINTENANCE_RATE = Measure.MAINTENANCE_RATE
FUNDING_NEXT = Measure.FUNDING_NEXT

_FILLED = (
    NOTIONAL, UNREALIZED_PNL, INITIAL_MARGIN, MAINTENANCE_MARGIN, CLOSING_FEE, TIER,
    MAINTENANCE_RATE, FUNDING_NEXT,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Menu:
    """What of a kind of pool is told, and how.

    `own`: measures of the pass that the rulebook computes by a rule of its own, `required` the
    requirements that it does not. `caveats`: what is said beside a number, by measure.
    """

    measures: tuple[Measure, ...]
    caveats: Mapping[Measure, tuple[Code, str]]
    own: tuple[Measure, ...] = ()
    required: frozenset[Measure] = frozenset()


@lru_cache(maxsize=256)
def menus_of(rules: Rules, kind: Kind) -> tuple[Menu, Menu]:
    """The menu of a pool of this kind, and that of its positions."""
    of_pool, of_position = rules.pool[kind], rules.position[kind]
    if kind is Kind.RISK_UNIT:
        listed = REQUIREMENT_MEASURES
    else:
        listed = POOL_MEASURES + _optional(of_pool, POOL_MEASURES)
    own = tuple(
        measure
        for measure in _FILLED
        if (rule := of_position.get(measure)) is None
        or rule.compute is not STANDARD_OF_POSITION[measure].compute
    )
    measures = POSITION_MEASURES + _optional(of_position, POSITION_MEASURES)
    required = frozenset((INITIAL_MARGIN, MAINTENANCE_MARGIN, CLOSING_FEE)).difference(own)
    return Menu(listed, _caveats(of_pool)), Menu(measures, _caveats(of_position), own, required)


def _optional(table: Mapping[Measure, AnyRule], menu: tuple[Measure, ...]) -> tuple[Measure, ...]:
    """Measures that only some venues have, where this one does."""
    listed = {*menu, Measure.SUPPORT}
    return tuple(m for m in table if m not in listed and m.meaning.optional)


def _caveats(table: Mapping[Measure, AnyRule]) -> Mapping[Measure, tuple[Code, str]]:
    return {m: rule.caveat for m, rule in table.items() if rule.caveat is not None}


def filled(pool: Pool, rules: Rules) -> PoolFigures:
    """The figures of a pool, the pass made."""
    figures = PoolFigures(pool, rules)
    fill(figures)
    return figures


def judged(pool: Pool, rules: Rules) -> PoolFigures:
    """As `filled`, but of what is no part of a pool's health nothing."""
    figures = PoolFigures(pool, rules)
    fill(figures, whole=False)
    return figures


def fill(figures: PoolFigures, *, whole: bool = True) -> None:
    """The pass over one pool. What cannot be filled is left to the rules.

    `whole` False: only what its health is made of, which is all that a search asks for.
    """
    pool = figures.pool
    if pool.scenarios or not figures.positions or figures.recorder is not None:
        return
    menu = menus_of(figures.all_rules, pool.kind)[1]
    own, level, counted, sound = menu.own, pool.trigger.level, True, whole
    pnls: dict[str, Decimal] = {}
    charges: dict[str, Decimal] = {}
    for position in figures.positions:
        exposure = position.exposure
        try:
            pnl, charge, negative = _fill(position, level, own, whole=whole)
        except AbsentError:
            counted = False
            continue
        pnls[exposure.key], charges[exposure.key] = pnl, charge
        sound = sound and not negative
    if counted:
        figures.above_zero = menu.required if sound else frozenset()
        figures.take(Standing(pool, pnls, charges), pnl=UNREALIZED_PNL not in own)


def _fill(
    position: PositionFigures, level: Decimal, own: tuple[Measure, ...], *, whole: bool
) -> tuple[Decimal, Decimal, bool]:
    """One position: its P&L, its charge in the pool's asset, whether a requirement is negative."""
    exposure = position.exposure
    mark, term = need(exposure.mark), exposure.maintenance
    notional, pnl = exposure.notional_at(mark), exposure.pnl_at(mark)
    reached = terms.reached(exposure, notional)
    maintenance = terms.maintenance_of(exposure, reached.value, reached.row)
    closing = terms.closing_fee_of(exposure, notional)
    position.reached, position.charged = reached, maintenance
    memo: dict[Measure, Figure] = {
        NOTIONAL: notional,
        UNREALIZED_PNL: pnl,
        MAINTENANCE_MARGIN: maintenance,
        CLOSING_FEE: closing,
    }
    negative = maintenance < ZERO or closing < ZERO
    if whole:
        memo[INITIAL_MARGIN] = initial = _initial(exposure, notional)
        negative = negative or (type(initial) is not Gap and initial < ZERO)
        memo[TIER] = Decimal(reached.row + 1)
        memo[MAINTENANCE_RATE] = reached.schedule.rates[reached.row]
        memo[FUNDING_NEXT] = _funding(exposure, notional)
    for measure in own:
        memo.pop(measure, None)
    position.remember(memo)
    weighed = (maintenance if term.counts else ZERO) * level + closing
    return pnl, weighed * need(exposure.requirement_rate), negative


def _initial(exposure: Exposure, notional: Decimal) -> Figure:
    basis = exposure.initial.basis
    try:
        if basis is not Basis.MARK:
            notional = exposure.notional_at(exposure.price(basis))
        return terms.initial_of(exposure, notional)
    except AbsentError as absent:
        return absent.gap


def _funding(exposure: Exposure, notional: Decimal) -> Figure:
    rate = exposure.funding_rate
    if isinstance(rate, Gap):
        return rate
    return formulas.funding_payment(notional if exposure.size > 0 else -notional, rate)

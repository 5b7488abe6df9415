"""The standard measures of a pool and its positions in one pass, into memos that the rules ask.

The rules stay what defines a measure and what `explain` runs; the pass calls the same terms and
formulas, each once, and hands on what several measures share: the notional, the charged value, the
row of the tiers. It fills nothing that a rulebook computes by a rule of its own, and nothing that
is missing: the rule answers, in its own words. `tests/core` proves over drawn accounts that both
agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from decimal import Decimal
from functools import lru_cache

from marginline.core.assessment.figures import PoolFigures, PositionFigures, Rules
from marginline.core.assessment.rules import AnyRule
from marginline.core.assessment.standard import STANDARD, STANDARD_OF_POSITION
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

POSITION_INITIAL_MARGIN = Measure.POSITION_INITIAL_MARGIN

_FILLED = (NOTIONAL, UNREALIZED_PNL, INITIAL_MARGIN, MAINTENANCE_MARGIN, CLOSING_FEE)
_ADDED = (POSITION_INITIAL_MARGIN, MAINTENANCE_MARGIN, CLOSING_FEE)


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
    own = _own(of_position, STANDARD_OF_POSITION, _FILLED)
    added = _own(of_pool, STANDARD, _ADDED)
    measures = POSITION_MEASURES + _optional(of_position, POSITION_MEASURES)
    required = frozenset((INITIAL_MARGIN, MAINTENANCE_MARGIN, CLOSING_FEE)).difference(own)
    return Menu(listed, _caveats(of_pool), added), Menu(
        measures, _caveats(of_position), own, required
    )


def _own(
    table: Mapping[Measure, AnyRule], standard: Mapping[Measure, AnyRule], of: tuple[Measure, ...]
) -> tuple[Measure, ...]:
    """Measures that a rulebook computes by a rule of its own, or not at all."""
    return tuple(
        measure
        for measure in of
        if (rule := table.get(measure)) is None or rule.compute is not standard[measure].compute
    )


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
    of_pool, of_position = menus_of(figures.all_rules, pool.kind)
    totals, counted = Totals(pool.trigger.level), True
    for position in figures.positions:
        try:
            _fill(position, of_position, totals, whole=whole)
        except AbsentError:
            counted = False
    if counted:
        figures.take(
            Standing(pool, totals.pnls, totals.charges), pnl=UNREALIZED_PNL not in of_position.own
        )
        figures.sway = totals.sway
        figures.above_zero = of_position.required if whole and totals.sound else frozenset()
        figures.remember(totals.sums(pool, {*of_pool.own, *of_position.own}, whole=whole))


class Totals:
    """What the pass adds up over the positions, in the pool's asset and the rules' own order.

    `maintenance` and `initial` are None once one is no part of a plain sum, or not known. `sway`:
    see `PoolFigures`. `sound`: no requirement is negative.
    """

    __slots__ = (
        "charges", "closing", "initial", "level", "maintenance", "pnls", "sound", "sway"
    )  # fmt: skip

    def __init__(self, level: Decimal) -> None:
        self.level = level
        self.pnls: dict[str, Decimal] = {}
        self.charges: dict[str, Decimal] = {}
        self.closing = ZERO
        self.maintenance: Decimal | None = ZERO
        self.initial: Decimal | None = ZERO
        self.sway: Decimal | None = ZERO
        self.sound = True

    def sums(self, pool: Pool, own: Set[Measure], *, whole: bool) -> dict[Measure, Figure]:
        """The pool's measures that are such a sum and no more, but for those in `own`."""
        found: dict[Measure, Figure] = {CLOSING_FEE: self.closing}
        if self.maintenance is not None and not (
            pool.maintenance_parts or pool.borrows or pool.larger_of_loans
        ):
            found[MAINTENANCE_MARGIN] = self.maintenance
        if self.initial is not None and whole and not pool.initial_parts:
            found[POSITION_INITIAL_MARGIN] = self.initial
        if INITIAL_MARGIN in own:
            found.pop(POSITION_INITIAL_MARGIN, None)
        return {measure: found[measure] for measure in found if measure not in own}


def _fill(position: PositionFigures, menu: Menu, totals: Totals, *, whole: bool) -> None:
    """One position: into its memo, and on top of the totals."""
    exposure = position.exposure
    mark, term, rate = need(exposure.mark), exposure.maintenance, need(exposure.requirement_rate)
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
    totals.sound = totals.sound and maintenance >= ZERO and closing >= ZERO
    if whole:
        memo[INITIAL_MARGIN] = initial = _initial(exposure, notional)
        if type(initial) is Gap:
            totals.initial = None
        elif totals.initial is not None:
            totals.initial += initial * rate
            totals.sound = totals.sound and initial >= ZERO
    for measure in menu.own:
        memo.pop(measure, None)
    position.remember(memo)
    totals.closing += closing * rate
    if term.group is not None or not term.counts:
        totals.maintenance = None
    elif totals.maintenance is not None:
        totals.maintenance += maintenance * rate
    if totals.sway is not None:
        totals.sway = _swaying(totals, exposure, reached, notional)
    weighed = (maintenance if term.counts else ZERO) * totals.level + closing
    totals.pnls[exposure.key], totals.charges[exposure.key] = pnl, weighed * rate


def _swaying(
    totals: Totals, exposure: Exposure, reached: terms.Reached, notional: Decimal
) -> Decimal | None:
    """The sway with one exposure more: all of its value, and its requirement at the last rate."""
    term, (value, _, _, schedule) = exposure.maintenance, reached
    straight = schedule.convex and schedule.keyed_by == "notional" and term.keyed_at is None
    if totals.sway is None or not straight or term.slope or term.rounding is not None:
        return None
    needed = value * schedule.rates[-1]
    if term.fee_rate is not ZERO or term.fee_constant is not ZERO:
        needed += value * need(term.fee_rate) + need(term.fee_constant)
    if term.closing_fee_rate is not ZERO:
        needed += notional * need(term.closing_fee_rate)
    most = needed * totals.level * need(exposure.requirement_rate)
    return totals.sway + notional * need(exposure.value_rate) + most


def _initial(exposure: Exposure, notional: Decimal) -> Figure:
    basis = exposure.initial.basis
    try:
        if basis is not Basis.MARK:
            notional = exposure.notional_at(exposure.price(basis))
        return terms.initial_of(exposure, notional)
    except AbsentError as absent:
        return absent.gap

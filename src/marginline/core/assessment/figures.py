"""The figures of a pool and of its positions: measures computed on demand, each once.

`figures[Measure.BUFFER]` is the number, or raises `AbsentError` with the reason there is none; the
reason travels, so that whatever depends on a missing mark names that mark.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, localcontext
from functools import cached_property
from typing import Any, Self, TypeAlias
from weakref import ref

from marginline import formulas
from marginline.core.assessment.rules import F_contra, Rule, RuleTable
from marginline.core.findings import AbsentError, Gap, not_applicable
from marginline.core.measures import Measure
from marginline.core.nouns import dataclass
from marginline.core.numbers import CONTEXT, ZERO
from marginline.core.polynomial import Curve
from marginline.core.pool import terms
from marginline.core.pool.exposure import Exposure, Figure, need
from marginline.core.pool.pool import BorrowTerm, Kind, Leg, Pool
from marginline.core.pool.scenario import Scenario
from marginline.core.solver.safe_range import SafeRange, safe_range
from marginline.core.solver.standing import Standing

_NO_RULE = not_applicable("this venue has no such figure here")


class Recorder:
    """Notes which measure asked for which, while an explanation is being made."""

    def enter(self, figures: Figures, measure: Measure) -> None:
        """A rule begins to compute `measure`."""

    def leave(self, figures: Figures, measure: Measure, figure: Figure) -> None:
        """It has; here is the outcome."""


class Figures:
    """What pools and positions share: the memo, and the gap that stands for an absent number."""

    def __init__(self, name: str, rules: RuleTable[Self], recorder: Recorder | None) -> None:
        self.name = name
        self.rules = rules
        self.recorder = recorder
        self._memo: dict[Measure, Figure] = {}

    def __getitem__(self, measure: Measure) -> Decimal:
        figure = self._memo.get(measure)
        if figure is None:
            figure = self.figure(measure)
        if isinstance(figure, Gap):
            raise AbsentError(figure)
        return figure

    def remember(self, figures: Mapping[Measure, Figure]) -> None:
        """Figures that the rules would have given: they are not asked again."""
        self._memo.update(figures)

    def figure(self, measure: Measure) -> Figure:
        """The number or the gap; never raises for missing data."""
        if self.recorder is not None:
            return self._recorded(measure, self.recorder)
        figure = self._memo.get(measure)
        if figure is None:
            figure = self._memo[measure] = self._compute(measure)
        return figure

    def told(self, measure: Measure) -> Decimal | None:
        """The number, None where there is none; for readers outside the exact context."""
        figure = self._memo.get(measure)
        if figure is None:
            with localcontext(CONTEXT):
                figure = self.figure(measure)
        return None if isinstance(figure, Gap) else figure

    def rule(self, measure: Measure) -> Rule[Self] | None:
        """The rule in force for a measure here."""
        return self.rules.get(measure)

    def _recorded(self, measure: Measure, recorder: Recorder) -> Figure:
        recorder.enter(self, measure)
        figure = self._compute(measure)
        recorder.leave(self, measure, figure)
        return figure

    def _compute(self: Self, measure: Measure) -> Figure:
        rule = self.rules.get(measure)
        if rule is None:
            return _NO_RULE
        if rule.compute is None:
            return _NO_RULE if rule.gap is None else rule.gap
        try:
            return rule.compute(self)
        except AbsentError as absent:
            return absent.gap


class PoolFigures(Figures):
    """The figures of one pool, in the pool's asset.

    `above_zero`: measures of which no position's is negative, where the pass has seen it.
    `outside`: by watch band, whether it is known that no move within it leads to the line. `sway`:
    times a small relative move of prices, what it can at most lose and come to require; None where
    the pass cannot tell.
    """

    def __init__(self, pool: Pool, rules: Rules, recorder: Recorder | None = None) -> None:
        super().__init__(pool.id, rules.pool[pool.kind], recorder)
        self.pool = pool
        self.all_rules = rules
        table = rules.position[pool.kind]
        self.positions = tuple(
            PositionFigures(exposure, self, table, recorder) for exposure in pool.exposures
        )
        self.above_zero: frozenset[Measure] = frozenset()
        self.outside: dict[Decimal, bool] = {}
        self.sway: Decimal | None = None
        self._ranges: dict[tuple[str, bool], SafeRange] = {}
        self._standing: Standing | None = None
        self._pnl_by_asset: Mapping[str, Decimal] | None = None

    def total(self, measure: Measure, *, requirement: bool = False) -> Decimal:
        """Sum of a measure over the positions, in the pool's asset.

        `requirement` True converts at the rate the venue takes for requirements.
        """
        total = ZERO
        for position in self.positions:
            exposure = position.exposure
            rate = exposure.requirement_rate if requirement else exposure.value_rate
            if isinstance(rate, Gap):
                raise AbsentError(rate)
            total += position[measure] * rate
        return total

    def pnl_of(self, asset: str) -> Decimal:
        """Unrealized P&L that settles in one asset, in that asset."""
        if self._pnl_by_asset is not None:
            return self._pnl_by_asset.get(asset, ZERO)
        return sum((p[Measure.UNREALIZED_PNL] for p in self.by_asset.get(asset, ())), ZERO)

    @cached_property
    def by_asset(self) -> dict[str, list[PositionFigures]]:
        """The positions by the asset that their P&L settles in."""
        found: dict[str, list[PositionFigures]] = {}
        for position in self.positions:
            found.setdefault(position.exposure.asset, []).append(position)
        return found

    def take(self, standing: Standing, *, pnl: bool) -> None:
        """The pool as it stands, found already; `pnl`: its P&L is that of the rules."""
        self._standing = standing
        if pnl:
            self._pnl_by_asset = standing.pnl_by_asset

    @property
    def standing(self) -> Standing:
        """The pool as it stands, for who asks where its health ends.

        Raises:
            AbsentError: the P&L of a position is not known.
        """
        if self._standing is None:
            self._standing = Standing(self.pool)
        return self._standing

    def amount(self, leg: Leg) -> Decimal:
        """What of a leg supports positions: worth less locked, with the P&L that it takes in."""
        return leg.usable + self.pnl_of(leg.asset) if leg.cuts_pnl else leg.usable

    def by_terms(self) -> tuple[PositionFigures, ...]:
        """The positions charged by their own terms, not by a scenario."""
        if not self.pool.scenarios:
            return self.positions
        own = {exposure.key for exposure in self.pool.by_terms}
        return tuple(p for p in self.positions if p.name in own)

    def valued(self, scenario: Scenario) -> list[tuple[Exposure, Curve]]:
        """The members of a scenario with their signed value in the pool's asset."""
        found = []
        for position in self.positions:
            exposure = position.exposure
            if exposure.key in scenario.members:
                sign = 1 if exposure.size > 0 else -1
                value = position[Measure.NOTIONAL] * need(exposure.value_rate) * sign
                found.append((exposure, Curve(value)))
        return found

    @cached_property
    def _legs(self) -> dict[str, Leg]:
        return {leg.asset: leg for leg in self.pool.legs}

    def owed(self, loan: BorrowTerm) -> Decimal:
        """Coins that a loan is charged on: what is borrowed, and what its leg falls below zero."""
        owed = need(loan.fixed)
        if loan.follows_leg:
            leg = self._legs[loan.asset]
            gross = leg.usable + leg.liability - loan.kept + self.pnl_of(loan.asset)
            owed -= formulas.negative_part(gross)
        return owed

    def safe_range(self, symbol: str, *, bankruptcy: bool = False) -> SafeRange:
        """Prices of one instrument at which the pool is not liquidated (or not bankrupt)."""
        key = (symbol, bankruptcy)
        if key not in self._ranges:
            self._ranges[key] = safe_range(self.standing, symbol, bankruptcy=bankruptcy)
        return self._ranges[key]


class PositionFigures(Figures):
    """The figures of one position, in its settle asset; they live as long as those of their pool.

    The pool has its positions, and a position looks at its pool without keeping it: what is judged
    anew at every price goes as soon as it is superseded, not when a collector halts the process.
    """

    def __init__(
        self,
        exposure: Exposure,
        pool: PoolFigures,
        rules: RuleTable[PositionFigures],
        recorder: Recorder | None,
    ) -> None:
        super().__init__(exposure.key, rules, recorder)
        self.exposure = exposure
        self._pool = ref(pool)
        self._kept: PoolFigures | None = None
        self.reached: terms.Reached | None = None
        self.charged: Decimal | None = None

    def row(self) -> int:
        """Index of the tier row reached (from 0).

        Raises:
            AbsentError: something of it is missing.
        """
        return terms.tier_row(self.exposure) if self.reached is None else self.reached.row

    def maintenance(self) -> Decimal:
        """Maintenance margin by the exposure's own terms; a rule may show something else.

        Raises:
            AbsentError: something of it is missing.
        """
        if self.charged is None:
            self.charged = terms.maintenance_amount(self.exposure)
        return self.charged

    @property
    def pool(self) -> PoolFigures:
        """The figures of the pool it is in. Raises ReferenceError once they are gone."""
        found = self._pool()
        if found is None:
            raise ReferenceError(f"the pool of {self.name} is gone; `alone()` keeps it")
        return found

    def __getstate__(self) -> dict[str, object]:
        """As it travels to another process: with its pool."""
        return self.__dict__ | {"_pool": self.pool}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state | {"_pool": ref(state["_pool"])})

    def alone(self) -> Self:
        """The same, and it keeps its pool: for who hands it on without."""
        self._kept = self.pool
        return self

    @property
    def isolated(self) -> bool:
        """Whether the position is a pool by itself."""
        return self.pool.pool.kind is Kind.ISOLATED


class Asked(Mapping[Measure, Decimal | None]):
    """The measures of a menu by figures, each computed when it is first asked for."""

    __slots__ = ("_figures", "_menu", "_pool")

    def __init__(self, figures: PoolFigures | PositionFigures, menu: tuple[Measure, ...]) -> None:
        self._figures = figures
        self._menu = menu
        self._pool = figures.pool if isinstance(figures, PositionFigures) else figures  # kept

    def __getitem__(self, measure: Measure) -> Decimal | None:
        if measure not in self._menu:
            raise KeyError(measure)
        return self._figures.told(measure)

    def __iter__(self) -> Iterator[Measure]:
        return iter(self._menu)

    def __len__(self) -> int:
        return len(self._menu)

    def __repr__(self) -> str:
        return repr(dict(self))


PoolRule: TypeAlias = Rule[PoolFigures]
PositionRule: TypeAlias = Rule[PositionFigures]
CommonRule: TypeAlias = Rule[Figures]
"""Holds for pools and positions alike."""
PoolRules: TypeAlias = tuple[PoolRule, ...]
PositionRules: TypeAlias = tuple[PositionRule, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """The rules that hold in each kind of pool, for the pool and for its positions.

    Each is itself: what is made of them once is kept by identity.
    """

    pool: Mapping[Kind, RuleTable[PoolFigures]]
    position: Mapping[Kind, RuleTable[PositionFigures]]

    @staticmethod
    def over(
        base: tuple[Iterable[PoolRule], Iterable[PositionRule]],
        own: tuple[Iterable[PoolRule], Iterable[PositionRule]],
    ) -> Rules:
        """Base rules, each replaced where a venue has its own. Pairs: of pools, of positions."""
        return Rules(
            pool={kind: _table(kind, base[0], own[0]) for kind in Kind},
            position={kind: _table(kind, base[1], own[1]) for kind in Kind},
        )


def _table(kind: Kind, *layers: Iterable[Rule[F_contra]]) -> RuleTable[F_contra]:
    table: dict[Measure, Rule[F_contra]] = {}
    for layer in layers:
        for rule in layer:
            if not rule.kinds or kind in rule.kinds:
                table[rule.measure] = rule
    return table

"""The normal form: what every venue's account reduces to.

A *pool* is what is liquidated together. A rulebook turns an account into pools; everything after
that (assessment, liquidation prices, what-if, stress, the book) is written once, for pools.

Amounts are Decimals. Where the input lacks one, a `Gap` stands in its place and says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from decimal import Decimal
from enum import StrEnum

from marginline import formulas
from marginline.core.findings import Gap, Status
from marginline.core.nouns import dataclass
from marginline.core.numbers import ONE, ZERO
from marginline.core.pool.exposure import (
    Exposure,
    Figure,
    moved_to,
    need,
)
from marginline.core.pool.scenario import Scenario
from marginline.core.pool.schedules import HaircutSchedule, RateSchedule

_LINE = (ONE,)


class Kind(StrEnum):
    """What a pool is: see "Pools" in docs/account-format.md."""

    CROSS = "cross"
    ISOLATED = "isolated"
    ACCOUNT = "account"
    RISK_UNIT = "risk_unit"


@dataclass(frozen=True, slots=True)
class Leg:
    """One asset of a pool: what is booked, what of it supports, at which rate.

    `balance` is the wallet balance (less what is posted elsewhere), gross of `liability` (loans and
    interest). `locked` is worth something but supports nothing; so do `options_value`. `supports`
    False: a positive amount counts 0, a debt in full. A positive amount is valued at
    `rate_positive`, a negative one at `rate_negative` and never cut; `index` values it for reports.
    `cuts_pnl` False: P&L joins after the haircut. `options_support`: the options' value supports
    positions as the rest does (ADR 0202).
    """

    asset: str
    balance: Figure
    liability: Decimal = ZERO
    locked: Decimal = ZERO
    credit: Decimal = ZERO
    options_value: Decimal = ZERO
    supports: bool = True
    rate_positive: Figure = ONE
    rate_negative: Figure = ONE
    index: Figure = ONE
    haircut: HaircutSchedule | Gap | None = None
    cuts_pnl: bool = True
    options_support: bool = False

    @property
    def worth(self) -> Decimal:
        """Balance less what is owed, in the asset."""
        return need(self.balance) - self.liability

    @property
    def usable(self) -> Decimal:
        """What of the worth supports positions, P&L aside: less locked, with options that count."""
        options = self.options_value if self.options_support else ZERO
        return self.worth - self.locked + options

    @property
    def slope(self) -> Decimal | None:
        """What a unit of P&L adds to the support, where that is one number whatever the amount.

        Raises:
            AbsentError: a rate is missing.
        """
        if not self.cuts_pnl:
            return need(self.index)
        plain = self.supports and self.haircut is None and self.rate_positive == self.rate_negative
        return need(self.rate_positive) if plain else None

    def value(self, amount: Decimal) -> Decimal:
        """What an amount of this asset counts in the pool's asset, after the haircut."""
        if amount < 0:
            return amount * need(self.rate_negative)
        if not self.supports or amount == 0:
            return ZERO
        rate, haircut = need(self.rate_positive), need(self.haircut)
        return amount * rate if haircut is None else haircut.counted(amount, rate)


@dataclass(frozen=True, slots=True)
class OrderTerm:
    """Initial margin that the resting orders of one instrument take, in `asset`.

    `isolated`: they are for an isolated position, but their margin is reserved here.
    """

    instrument: str
    asset: str
    amount: Figure
    requirement_rate: Figure = ONE
    isolated: bool = False


@dataclass(frozen=True, slots=True)
class BorrowTerm:
    """What a loan adds to the requirement, in the pool's asset.

    The loan is `fixed`, plus (`follows_leg`) whatever the asset's own amount falls below zero by,
    without what is `kept` from repaying it (ADR 0202).
    `index` values it; `initial` None: a flat `initial_rate`.
    """

    asset: str
    fixed: Figure
    index: Figure
    maintenance: RateSchedule | Gap
    initial: RateSchedule | Gap | Decimal
    follows_leg: bool = False
    kept: Decimal = ZERO

    def charge(self, amount: Decimal, schedule: RateSchedule | Gap | Decimal) -> Decimal:
        """Requirement for a loan of `amount` coins under one of the two schedules."""
        if not amount:
            return ZERO
        index = need(self.index)
        if isinstance(schedule, Decimal):
            return amount * index * schedule
        return need(schedule).charge(amount, index)


@dataclass(frozen=True, slots=True)
class Part:
    """A named amount in the pool's asset that stands whatever the prices do."""

    name: str
    amount: Figure
    note: str = ""


@dataclass(frozen=True, slots=True)
class Trigger:
    """When the venue acts, in terms of `margin_ratio` (requirement over support, 1 is the line).

    `level` multiplies maintenance margin (Binance portfolio margin 1.05). `inclusive`: at the line
    counts as over it. `watch` and `margin_call` are ratios from which the status is raised;
    `liquidates` False: the venue calls instead.
    """

    level: Decimal = ONE
    inclusive: bool = True
    watch: Decimal = Decimal("0.8")
    margin_call: Decimal | None = None
    liquidates: bool = True
    negative_support_liquidates: bool = False
    levels: tuple[Decimal, ...] = field(init=False, repr=False, compare=False)
    strict: tuple[bool, ...] = field(init=False, repr=False, compare=False)
    statuses: tuple[Status, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Levels ascending, whether each must be passed, and the status by how many are reached."""
        final = Status.LIQUIDATION if self.liquidates else Status.MARGIN_CALL
        rows = [(self.watch, False, Status.WATCH), (ONE, not self.inclusive, final)]
        if self.margin_call is not None:
            rows.append((self.margin_call, False, Status.MARGIN_CALL))
        rows.sort(key=lambda row: row[0])
        statuses = [
            Status.worst([Status.HEALTHY, *(row[2] for row in rows[:n])])
            for n in range(len(rows) + 1)
        ]
        object.__setattr__(self, "levels", tuple(row[0] for row in rows))
        object.__setattr__(self, "strict", tuple(row[1] for row in rows))
        object.__setattr__(self, "statuses", tuple(statuses))

    def reached(self, requirement: Decimal, support: Decimal) -> bool:
        """Whether the requirement has met (or, where that is the rule, passed) the support."""
        return formulas.levels_reached(requirement, support, _LINE, (not self.inclusive,)) > 0

    def status(self, requirement: Decimal, support: Decimal) -> Status:
        """How near forced action is; without a requirement the sign of the support decides."""
        if requirement == 0:
            if support >= 0:
                return Status.HEALTHY
            return Status.LIQUIDATION if self.negative_support_liquidates else Status.WATCH
        return self.statuses[
            formulas.levels_reached(requirement, support, self.levels, self.strict)
        ]


@dataclass(frozen=True, slots=True)
class Pool:
    """What is liquidated together, in one `asset`.

    `adjustments` are added to the margin balance to give the support (signed: what the venue takes
    off is negative). `maintenance_parts` and `initial_parts` are requirements that no exposure
    carries. `scenarios` (risk-based margin) compute the requirement of their members from shocks,
    in place of the members' own terms. `order_gap` says why the margin of orders is not known.
    `larger_of_loans`: maintenance is the larger of all else and the loans, not their sum (ADR
    0302). `available_by_asset`: what is available is told in each asset, too, at its worse rate.
    """

    id: str
    kind: Kind
    asset: str
    legs: tuple[Leg, ...]
    exposures: tuple[Exposure, ...] = ()
    orders: tuple[OrderTerm, ...] = ()
    borrows: tuple[BorrowTerm, ...] = ()
    adjustments: tuple[Part, ...] = ()
    maintenance_parts: tuple[Part, ...] = ()
    initial_parts: tuple[Part, ...] = ()
    trigger: Trigger = Trigger()
    scenarios: tuple[Scenario, ...] = ()
    order_gap: Gap | None = None
    larger_of_loans: bool = False
    available_by_asset: bool = False

    @property
    def by_terms(self) -> tuple[Exposure, ...]:
        """The exposures that are charged by their own terms, not by a scenario."""
        if not self.scenarios:
            return self.exposures
        shocked = frozenset[str]().union(*(scenario.members for scenario in self.scenarios))
        return tuple(e for e in self.exposures if e.key not in shocked)

    @property
    def requires_nothing(self) -> bool:
        """Whether it holds money alone: no position, loan, debt, order or part that could require.

        An order for an isolated position is that one's; a balance not known could be a debt.
        """
        could = (self.exposures, self.borrows, self.scenarios)
        parts = (self.maintenance_parts, self.initial_parts)
        if any(could) or any(parts) or self.order_gap is not None:
            return False
        return all(order.isolated for order in self.orders) and all(map(_is_free, self.legs))

    def leg(self, asset: str) -> Leg:
        """The leg of an asset; every exposure's asset has one."""
        for leg in self.legs:
            if leg.asset == asset:
                return leg
        raise AssertionError(f"pool {self.id} has no leg for {asset}")

    def at(self, marks: Mapping[str, Decimal], factors: Mapping[str, Figure] | None = None) -> Pool:
        """The same pool at other marks (by symbol); an index moves in the same ratio.

        `factors`, by asset: what every rate of that asset is multiplied by; of a gap none is known.
        """
        moved = replace(self, exposures=tuple(moved_to(e, marks) for e in self.exposures))
        return _revalued(moved, factors) if factors else moved


def _is_free(leg: Leg) -> bool:
    return not isinstance(leg.balance, Gap) and leg.balance >= 0 and not leg.liability


def _revalued(pool: Pool, factors: Mapping[str, Figure]) -> Pool:
    def times(asset: str, figure: Figure) -> Figure:
        return figure * factors.get(asset, ONE)

    legs = tuple(
        replace(
            leg,
            rate_positive=times(leg.asset, leg.rate_positive),
            rate_negative=times(leg.asset, leg.rate_negative),
            index=times(leg.asset, leg.index),
        )
        for leg in pool.legs
    )
    exposures = tuple(
        replace(
            e,
            value_rate=times(e.asset, e.value_rate),
            requirement_rate=times(e.asset, e.requirement_rate),
        )
        for e in pool.exposures
    )
    orders = tuple(
        replace(o, requirement_rate=times(o.asset, o.requirement_rate)) for o in pool.orders
    )
    borrows = tuple(replace(loan, index=times(loan.asset, loan.index)) for loan in pool.borrows)
    return replace(pool, legs=legs, exposures=exposures, orders=orders, borrows=borrows)

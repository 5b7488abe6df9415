"""A pool's parts as curves along a path: what its health is made of between two edges.

Along a path every mark (or 1/mark, where P&L is inverse) and every asset rate is a straight line in
one parameter `t`. Between two neighbouring *edges* (tier floors, haircut slices, sign changes of an
asset's amount, the point where the other side of a hedge becomes the larger) every part of a pool
is then a polynomial of degree two at most, with exact coefficients.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property

from marginline import formulas
from marginline.core.nouns import dataclass
from marginline.core.numbers import ONE, ZERO, Quotient
from marginline.core.polynomial import FLAT, Curve
from marginline.core.pool import scenario as shocks
from marginline.core.pool.exposure import Basis, Exposure, need
from marginline.core.pool.pool import BorrowTerm, Leg
from marginline.core.pool.schedules import HaircutSchedule, RateSchedule
from marginline.core.pool.terms import maintenance_amount, schedule_of
from marginline.core.solver.standing import Standing


@dataclass(frozen=True, slots=True)
class Path:
    """How the world moves with `t`: the state of each moving exposure, the factor on each asset.

    The state of an exposure is its mark, or 1/mark where P&L is inverse. `start` is today's `t`;
    prices exist for `low < t < high`.
    """

    states: Mapping[str, Curve]
    rates: Mapping[str, Curve]
    start: Decimal
    low: Decimal = ZERO
    high: Decimal | None = None


class PoolCurves:
    """The parts and sums of one pool along one path, and the edges between which they hold."""

    def __init__(self, standing: Standing, path: Path, moving: Sequence[Exposure]) -> None:
        self.standing = standing
        self.pool = standing.pool
        self.path = path
        self.moving = moving
        self._charged: dict[str, Curve] = {}
        self._amounts: dict[str, Curve] = {}

    # -- exposures -----------------------------------------------------------------------------

    @cached_property
    def charged_along(self) -> Sequence[Exposure]:
        """The exposures whose requirement may change along the path."""
        states, rates = self.path.states, self.path.rates
        if not rates and not self.standing.grouped and not self.pool.scenarios:
            return self.moving
        return tuple(
            e
            for e in self.pool.by_terms
            if e.key in states or e.asset in rates or e.maintenance.group is not None
        )

    def pnl(self, exposure: Exposure) -> Curve:
        """Unrealized P&L of a moving exposure in its settle asset."""
        state = self.path.states[exposure.key]
        entry = need(exposure.entry_price)
        size = exposure.size * exposure.unit
        if exposure.inverse:
            return state.times(-size).shifted(size / entry)
        return state.times(size).shifted(-size * entry)

    def notional(self, exposure: Exposure, basis: Basis) -> Curve:
        """Unsigned value of a moving exposure in its settle asset."""
        if basis is Basis.ENTRY:
            return Curve(exposure.notional_at(need(exposure.entry_price)))
        unit = abs(exposure.size) * exposure.unit
        if basis is Basis.INDEX:
            mark, index = need(exposure.mark), need(exposure.index)
            unit = unit * (mark / index if exposure.inverse else index / mark)
        return self.path.states[exposure.key].times(unit)

    def charged_value(self, exposure: Exposure) -> Curve:
        """What the maintenance rate is charged on."""
        found = self._charged.get(exposure.key)
        if found is None:
            term = exposure.maintenance
            found = self.notional(exposure, term.basis).shifted(need(term.extra_notional))
            self._charged[exposure.key] = found
        return found

    def keyed_value(self, exposure: Exposure) -> Curve:
        """The value that chooses the tier row."""
        keyed_at = exposure.maintenance.keyed_at
        if keyed_at is None:
            return self.charged_value(exposure)
        return self.notional(exposure, keyed_at)

    def maintenance(self, exposure: Exposure, t: Decimal) -> Curve:
        """Maintenance margin of a moving exposure with the tier row that holds at `t`."""
        term = exposure.maintenance
        if term.basis is Basis.ENTRY and term.keyed_at is None:
            return Curve(maintenance_amount(exposure))
        schedule, value = schedule_of(exposure), self.charged_value(exposure)
        size = abs(exposure.size)
        by_size = schedule.keyed_by == "size"
        row = schedule.row(size if by_size else self.keyed_value(exposure).at(t))
        rate = schedule.rates[row] + need(term.fee_rate)
        charge = value.times(rate).shifted(need(term.fee_constant))
        if term.slope:
            inverse = exposure.inverse
            coins = self.notional(exposure, term.basis) if inverse else Curve(size * exposure.unit)
            charge = charge.plus(value.by(coins.times(term.slope)))
        deduction = schedule.deductions[row]
        if not schedule.per_unit:
            return charge.shifted(-deduction)
        per_size = self.notional(exposure, term.basis).times(Quotient(ONE, size))
        return charge.minus(per_size.times(deduction))

    def charge(self, exposure: Exposure, t: Decimal) -> Curve:
        """Level * maintenance margin + closing fee in the pool's asset, around `t`."""
        factor = self.factor(exposure.asset)
        if exposure.key not in self.path.states:
            return factor.times(self.standing.charge[exposure.key])
        level = self.pool.trigger.level
        charge = self.maintenance(exposure, t) if exposure.maintenance.counts else FLAT
        charge = charge if level == ONE else charge.times(level)
        closing = need(exposure.maintenance.closing_fee_rate)
        if closing:
            charge = charge.plus(self.notional(exposure, Basis.MARK).times(closing))
        rate = need(exposure.requirement_rate)
        charge = charge if rate == ONE else charge.times(rate)
        return charge.by(factor) if factor.moves() else charge

    # -- collateral and loans ------------------------------------------------------------------

    def factor(self, asset: str) -> Curve:
        """How an asset's rate moves along the path, as a multiple of today's."""
        return self.path.rates.get(asset, ONE_CURVE)

    @cached_property
    def pnl_by_asset(self) -> dict[str, Curve]:
        """P&L by the asset it settles in."""
        sums = {asset: Curve(pnl) for asset, pnl in self.standing.pnl_by_asset.items()}
        for exposure in self.moving:
            change = self.pnl(exposure).shifted(-self.standing.pnl[exposure.key])
            sums[exposure.asset] = sums[exposure.asset].plus(change)
        return sums

    def amount(self, leg: Leg) -> Curve:
        """What of a leg is valued as collateral."""
        found = self._amounts.get(leg.asset)
        if found is None:
            pnl = self.pnl_by_asset.get(leg.asset, FLAT) if leg.cuts_pnl else FLAT
            found = self._amounts[leg.asset] = pnl.shifted(leg.usable)
        return found

    def leg_value(self, leg: Leg, t: Decimal) -> Curve:
        """A leg's share of the margin balance, with the sign and slice that hold at `t`."""
        value = self._cut(leg, self.amount(leg), self.factor(leg.asset), t)
        if leg.cuts_pnl or leg.asset not in self.pnl_by_asset:
            return value
        pnl = self.pnl_by_asset[leg.asset].by(self.factor(leg.asset))
        return value.plus(pnl.times(need(leg.index)))

    def _cut(self, leg: Leg, amount: Curve, factor: Curve, t: Decimal) -> Curve:
        here = amount.at(t)
        if here < 0:
            return amount.by(factor.times(need(leg.rate_negative)))
        if not leg.supports or (here == 0 and not amount.moves()):
            return FLAT
        worth = amount.by(factor.times(need(leg.rate_positive)))
        haircut = need(leg.haircut)
        if haircut is None:
            return worth
        by_quantity = haircut.keyed_by == "quantity"
        row = formulas.tier_index(here if by_quantity else worth.at(t), haircut.floors)
        cut = worth.times(haircut.ratios[row])
        if haircut.kind == "whole":
            return cut
        cumulative = haircut.cumulatives[row]
        if by_quantity:
            return cut.plus(factor.times(need(leg.rate_positive) * cumulative))
        return cut.plus(Curve(cumulative))

    def gross(self, term: BorrowTerm) -> Curve:
        """The asset's own amount, gross of loans, below zero of which a loan may follow it."""
        leg = self.standing.legs[term.asset]
        own = Curve(leg.usable + leg.liability - term.kept)
        return own.plus(self.pnl_by_asset.get(term.asset, FLAT))

    def borrow(self, term: BorrowTerm, t: Decimal) -> Curve:
        """Maintenance margin of one loan around `t`."""
        owed = Curve(need(term.fixed))
        if term.follows_leg and self.gross(term).at(t) < 0:
            owed = owed.minus(self.gross(term))
        if owed == FLAT:
            return FLAT
        schedule = need(term.maintenance)
        index = self.factor(term.asset).times(need(term.index))
        by_quantity = schedule.keyed_by == "quantity"
        key = owed if by_quantity else owed.by(index)
        row = formulas.tier_index(key.at(t), schedule.floors)
        charge = key.times(schedule.rates[row])
        if schedule.kind == "marginal":
            charge = charge.minus(Curve(schedule.deductions[row]))
        return charge.by(index) if by_quantity else charge

    # -- sums ----------------------------------------------------------------------------------

    def margin_balance(self, t: Decimal) -> Curve:
        """Margin balance around `t`."""
        total = self._standing_balance
        for leg in self.legs_along:
            total = total.plus(self.leg_value(leg, t))
        return total

    @cached_property
    def _along(self) -> frozenset[str]:
        """The assets whose amount or rate may change along the path."""
        return frozenset({*(e.asset for e in self.moving), *self.path.rates})

    @cached_property
    def legs_along(self) -> list[Leg]:
        """The legs whose worth may change along the path."""
        return self.standing.legs_of(self._along)

    @cached_property
    def loans_along(self) -> list[BorrowTerm]:
        """The loans whose charge may change along the path."""
        return self.standing.loans_of(self._along)

    @cached_property
    def _standing_balance(self) -> Curve:
        values = self.standing.leg_values
        return Curve(self.standing.balance - sum((values[e.asset] for e in self.legs_along), ZERO))

    @cached_property
    def adjustment(self) -> Curve:
        """What the venue adds to or takes off the margin balance; it stands along the path."""
        return Curve(sum((need(part.amount) for part in self.pool.adjustments), ZERO))

    @cached_property
    def _standing_requirement(self) -> Curve:
        own = (e for e in self.charged_along if e.maintenance.group is None)
        return Curve(
            self.standing.ungrouped - sum((self.standing.charge[e.key] for e in own), ZERO)
        )

    def requirement(self, t: Decimal) -> Curve:
        """What must be supported around `t`: level * maintenance margin + closing fees."""
        total, loans = self.charges(t), self.loans(t)
        if self.pool.larger_of_loans:
            return total if total.at(t) >= loans.at(t) else loans
        return total.plus(loans)

    def loans(self, t: Decimal) -> Curve:
        """Level * maintenance margin of all loans around `t`."""
        total = self._standing_loans
        for loan in self.loans_along:
            total = total.plus(self.borrow(loan, t).times(self.pool.trigger.level))
        return total

    @cached_property
    def _standing_loans(self) -> Curve:
        charges, along = self.standing.loan_charges, {loan.asset for loan in self.loans_along}
        return Curve(self.standing.loans - sum((charges[asset] for asset in along), ZERO))

    def charges(self, t: Decimal) -> Curve:
        """The requirement around `t` but for the loans."""
        total = self._standing_requirement
        for exposure in self.charged_along:
            if exposure.maintenance.group is None:
                total = total.plus(self.charge(exposure, t))
        for long, short in self.sides(t):
            total = total.plus(long if long.at(t) >= short.at(t) else short)
        for scenario in self.pool.scenarios:
            valued = self.valued(scenario)
            charge = shocks.maintenance_curve(scenario, valued, t)
            total = total.plus(charge.times(self.pool.trigger.level))
            for exposure, value in valued:
                fee = need(exposure.maintenance.closing_fee_rate)
                total = total.plus(value.times(fee if exposure.size > 0 else -fee))
        return total

    def valued(self, scenario: shocks.Scenario) -> list[tuple[Exposure, Curve]]:
        """The members of a scenario with their signed value in the pool's asset."""
        return [(e, self._value(e)) for e in self.pool.exposures if e.key in scenario.members]

    def _value(self, exposure: Exposure) -> Curve:
        if exposure.key in self.path.states:
            value = self.notional(exposure, Basis.MARK)
        else:
            value = Curve(exposure.notional_at(need(exposure.mark)))
        signed = value.times(need(exposure.value_rate) * (1 if exposure.size > 0 else -1))
        factor = self.factor(exposure.asset)
        return signed.by(factor) if factor.moves() else signed

    def sides(self, t: Decimal) -> list[tuple[Curve, Curve]]:
        """The long and the short sum of every group around `t`."""
        groups: dict[str, tuple[Curve, Curve]] = {}
        for exposure in self.charged_along:
            group = exposure.maintenance.group
            if group is None:
                continue
            long, short = groups.get(group, (FLAT, FLAT))
            charge = self.charge(exposure, t)
            groups[group] = (
                (long.plus(charge), short) if exposure.size > 0 else (long, short.plus(charge))
            )
        return list(groups.values())

    def health(self, t: Decimal) -> Curve:
        """Support less requirement around `t`."""
        return self.margin_balance(t).plus(self.adjustment).minus(self.requirement(t))

    def magnitude(self, t: Decimal) -> Decimal:
        """The sizes of all that the health around `t` is the sum of, added up."""
        parts = [self._standing_balance, self._standing_requirement, self._standing_loans]
        parts += [self.adjustment, *(self.leg_value(leg, t) for leg in self.legs_along)]
        parts += [self.charge(exposure, t) for exposure in self.charged_along]
        return sum((abs(part.constant) + abs(part.linear * t) for part in parts), ZERO)

    # -- edges ---------------------------------------------------------------------------------

    @cached_property
    def collateral_edges(self) -> list[Decimal]:
        """Every `t` at which a leg of the margin balance changes its formula."""
        return self._inside(t for leg in self.legs_along for t in self._leg_edges(leg))

    @cached_property
    def edges(self) -> list[Decimal]:
        """Every `t` at which some part of the health changes its formula."""
        found = set(self.collateral_edges)
        for exposure in self.moving:
            if not any(exposure.key in scenario.members for scenario in self.pool.scenarios):
                found.update(self._tier_edges(exposure))
        for loan in self.loans_along:
            found.update(self._loan_edges(loan))
        for scenario in self.pool.scenarios:
            found.update(shocks.edges(scenario, self.valued(scenario), self._middles))
        edges = self._inside(found)
        if self.standing.grouped:
            spots = (middle(a, b) for a, b in self.segments(edges))
            crossings = {t for m in spots for a, b in self.sides(m) for t in a.minus(b).crossings()}
            edges = self._inside(found | crossings) if crossings else edges
        return self._with_loan_crossings(edges) if self.pool.larger_of_loans else edges

    def _with_loan_crossings(self, edges: list[Decimal]) -> list[Decimal]:
        """The edges, and where the loans' requirement overtakes all else (or falls behind)."""
        crossings = {
            t
            for low, high in self.segments(edges)
            for t in self.charges(middle(low, high))
            .minus(self.loans(middle(low, high)))
            .crossings()
            if t > low and (high is None or t < high)
        }
        return self._inside({*edges, *crossings}) if crossings else edges

    @cached_property
    def climbs(self) -> bool:
        """Whether no segment asks for less than the formula of an earlier one would ask there.

        So it is where `t` raises every value that chooses a row, and no row charges less than the
        one before it; where the collateral changes its formula, a new count begins.
        """
        if self.pool.scenarios or self.path.rates or self.loans_along:
            return False
        return all(self._climbs(exposure) for exposure in self.moving)

    def _climbs(self, exposure: Exposure) -> bool:
        term, schedule = exposure.maintenance, schedule_of(exposure)
        if not self._changes_row(exposure):
            return True
        rising = self.keyed_value(exposure).linear > 0 and need(term.extra_notional) >= 0
        return rising and (schedule.convex or schedule.steepens)

    @cached_property
    def jumps(self) -> bool:
        """Whether no segment asks for more than the formula of a later one would ask there.

        So it is where it `climbs`, and every charge is whole: that of its row on all of it.
        """
        if not self.climbs or self.standing.grouped or self.pool.larger_of_loans:
            return False
        return all(schedule_of(e).steepens for e in self.moving if self._changes_row(e))

    def segments(self, edges: Sequence[Decimal]) -> list[tuple[Decimal, Decimal | None]]:
        """The intervals that the edges cut the path into."""
        lows = [self.path.low, *edges]
        return list(zip(lows, [*edges, self.path.high], strict=True))

    def _middles(self, found: Iterable[Decimal]) -> list[Decimal]:
        return [middle(a, b) for a, b in self.segments(self._inside(found))]

    def _inside(self, found: Iterable[Decimal]) -> list[Decimal]:
        low, high = self.path.low, self.path.high
        return sorted({t for t in found if t > low and (high is None or t < high)})

    def _leg_edges(self, leg: Leg) -> list[Decimal]:
        amount, factor = self.amount(leg), self.factor(leg.asset)
        if not amount.moves() and not factor.moves():
            return []
        edges = list(amount.crossings())
        if isinstance(leg.haircut, HaircutSchedule) and leg.supports:
            by_quantity = leg.haircut.keyed_by == "quantity"
            key = amount if by_quantity else amount.by(factor.times(need(leg.rate_positive)))
            for floor in leg.haircut.floors[1:]:
                edges.extend(key.crossings(floor))
        return edges

    def _tier_edges(self, exposure: Exposure) -> list[Decimal]:
        if not self._changes_row(exposure):
            return []
        constant, linear, _ = self.keyed_value(exposure)
        return [-(constant - floor) / linear for floor in schedule_of(exposure).floors[1:]]

    def _changes_row(self, exposure: Exposure) -> bool:
        """Whether other rows than that of today hold somewhere along the path."""
        schedule, term = schedule_of(exposure), exposure.maintenance
        if schedule.keyed_by == "size" or (term.keyed_at or term.basis) is Basis.ENTRY:
            return False
        return len(schedule.floors) > 1 and self.keyed_value(exposure).moves()

    def _loan_edges(self, term: BorrowTerm) -> list[Decimal]:
        gross, fixed = self.gross(term), Curve(need(term.fixed))
        edges = list(gross.crossings()) if term.follows_leg else []
        if not isinstance(term.maintenance, RateSchedule):
            return edges
        index = self.factor(term.asset).times(need(term.index))
        for owed in (fixed, fixed.minus(gross)) if term.follows_leg else (fixed,):
            key = owed if term.maintenance.keyed_by == "quantity" else owed.by(index)
            for floor in term.maintenance.floors[1:]:
                edges.extend(key.crossings(floor))
        return edges


ONE_CURVE = Curve(ONE)


def middle(low: Decimal, high: Decimal | None) -> Decimal:
    """A point inside an interval; an open one reaches on to twice its low end."""
    return (low + high) / 2 if high is not None else low * 2 + 1

"""A pool's support and requirement as running sums: a tick replaces one row's two numbers.

A row is an exposure: its P&L and its charge are straight lines in its mark (1/mark where inverse)
as long as it stands in one row of its tiers. The sums are kept at 60 digits and each number is
taken off as it was added, so that a million ticks leave no trace. What is no such line (the larger
side of a hedge, a scenario, a rule of the venue's own) has no sums: such a pool is assessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal, getcontext, setcontext

from marginline import formulas
from marginline.core.assessment.figures import Rules
from marginline.core.assessment.standard import defined
from marginline.core.distance.band import WATCH_DISTANCE
from marginline.core.distance.standing import STANDING
from marginline.core.findings import AbsentError, Status
from marginline.core.numbers import CONTEXT, ONE, ZERO
from marginline.core.pool.exposure import Basis, Exposure, need
from marginline.core.pool.pool import BorrowTerm, Leg, Pool
from marginline.core.pool.schedules import RateSchedule, TierSchedule
from marginline.core.solver.plain import root
from marginline.core.solver.safe_range import SafeRange
from marginline.core.solver.straight import (
    NOISE,
    Charge,
    Leaning,
    Line,
    Support,
    Unfit,
    charge_along,
    pnl_line,
)

WIDE = Context(
    prec=60, rounding=CONTEXT.rounding, traps=[s for s, on in CONTEXT.traps.items() if on]
)
"""Sums in which adding and taking off a number of 34 digits leaves nothing."""

_new = tuple.__new__
_narrow = CONTEXT.multiply  # the last step towards a figure that is told: at its 34 digits
STEP = WATCH_DISTANCE / (ONE - WATCH_DISTANCE)
"""How far 1/price moves where the price moves by the watch band; the price moves less."""
WIDER = ONE + 2 * STEP
MARGIN = (ONE + STEP) * Decimal("1.01")  # a coin moves with what is counted in it
_INSIDE = Decimal("1e-30")
_NEAR = Decimal("1e-12")  # of the requirement: nearer to the line, rounding might decide
_SURELY = ONE + Decimal("1e-20")
_NEARBY = Decimal("0.0625")  # of a price: the bound of what the band can take is no looser
_REACH = STEP * MARGIN
"""What the watch band can take, for each unit that a price change of `STEP` takes over `STEP`."""


class Row:
    """One exposure and its numbers of now, in a pool with sums; everything at 60 digits.

    It does not hold its sums, which hold it: a pool that is resolved anew is gone at once, and does
    not wait for a search for garbage.
    """

    __slots__ = (
        "_direct", "_last", "asset", "base", "fixed", "high", "inverse", "jump", "lift", "long",
        "low", "measured", "most", "per", "rise", "side", "steep", "sways", "t", "whole", "worth",
    )  # fmt: skip

    def __init__(self, exposure: Exposure, sums: Sums) -> None:
        self.asset = exposure.asset
        self.inverse = exposure.inverse
        self.side = exposure.size
        self.long = exposure.size > 0
        self.measured = _measured(exposure, sums.pool)
        schedule = exposure.maintenance.schedule
        self.whole = isinstance(schedule, TierSchedule) and not schedule.convex
        self.base, self.steep = pnl_line(exposure)
        self.worth, self.most = sums.slope_of(exposure.asset), sums.worth_of(exposure.asset)
        self.lift = None if self.worth is None else self.steep * self.worth
        if self.worth == ONE:
            self.lift = self.steep  # one object: a group holds ten thousand
        self._direct = self._crosses_once()
        self._last: tuple[Decimal, Decimal, Decimal, Decimal] | None = None
        self.low = self.high = self.fixed = self.per = self.rise = self.sways = self.jump = ZERO
        self.t = ONE / need(exposure.mark) if self.inverse else need(exposure.mark)
        self.stand(self.t)

    @property
    def pnl(self) -> Decimal:
        """P&L of now, in the settle asset."""
        return self.base + self.steep * self.t

    @property
    def charge(self) -> Decimal:
        """What is charged now, in the pool's asset."""
        return self.fixed + self.per * self.t

    @property
    def swing(self) -> Decimal:
        """The most that the watch band can take while `t` stays between `low` and `high`."""
        return self.sways * self.high + self.jump

    def _crosses_once(self) -> bool:
        """Whether the health falls on one side only, whatever the price: slopes tell."""
        lift, charge = self.lift, self.measured
        if not lift or (self.whole and charge.floors):
            return False
        return lift < 0 or lift > charge.slope + charge.unit * charge.rates[-1] * charge.weight

    def cross(self, t: Decimal, sums: Sums) -> None:
        """A price beyond an edge of the tiers: the sums take what the new row charges."""
        charge, swing = self.charge, self.swing
        self.stand(t)
        sums.required += self.fixed + self.per * t - charge
        sums.swing += self.swing - swing

    def safe_range(self, sums: Sums) -> SafeRange | None:
        """The range of prices in which the pool stands; None where this has to be searched.

        The row of the tiers in which it ended last is tried first.
        """
        lift = self.lift
        if lift is None or not self._direct:
            return None
        before = getcontext()
        setcontext(WIDE)
        try:
            required = sums.required
            spare = sums.support - required
            if spare <= required * _NEAR:
                return None
            rest = spare + self.fixed - self.rise * self.t  # the health, but for the charge
            t: Decimal | None = None
            if self._last is not None:
                low, high, fixed, each = self._last
                t = _narrow(fixed - rest, each)
                if not low < t <= high:
                    t = None
            if t is None:
                t = self._end(rest, lift, spare * _NEAR)
        finally:
            setcontext(before)
        if t is None:
            return None
        if t <= 0:
            return SafeRange(None, None, None)
        price = CONTEXT.divide(ONE, t) if self.inverse else t
        # A named tuple's own way in takes twice as long.
        ends = (price, None, price, False) if self.long else (None, price, price, False)
        return _new(SafeRange, ends)

    def _end(self, rest: Decimal, lift: Decimal, noise: Decimal) -> Decimal | None:
        """Where the health is zero, in any row of the tiers; 0: at no price, None: not told."""
        charge = self.measured
        try:
            found = root(charge, rest - charge.constant, lift - charge.slope, self.t, noise)
        except Unfit:
            return None
        if found > 0:
            row = charge.row(charge.unit * found + charge.extra) if charge.floors else 0
            low, high, fixed, per = self._band(row, found)
            self._last = low, high, fixed, ONE / (lift - per)
        return CONTEXT.plus(found)

    def stand(self, t: Decimal) -> None:
        """Find the row of the tiers that holds at `t`, and from where to where these numbers do.

        At an edge the 34 digits of an assessment decide. Far from `t` they are found anew, so that
        `swing` need not follow every tick: it is that of the upper end.
        """
        charge = self.measured
        row, floors = 0, charge.floors
        if floors:
            row = charge.row(CONTEXT.add(CONTEXT.multiply(charge.unit, t), charge.extra))
        low, high, self.fixed, self.per = self._band(row, t)
        self.low, self.high = max(low, t - t * _NEARBY), min(high, t + t * _NEARBY)
        self.rise = ZERO if self.lift is None else self.lift - self.per
        beyond = charge.row(floors[row + 1] * WIDER) if row + 1 < len(floors) else row
        self._sway(charge.rates[row], beyond)

    def _band(self, row: int, t: Decimal) -> tuple[Decimal, Decimal, Decimal, Decimal]:
        """Where a row of the tiers begins and ends in `t`, and what it charges: fixed, per `t`."""
        charge = self.measured
        floors, rate = charge.floors, charge.rates[row]
        low = (floors[row] - charge.extra) / charge.unit if row else ZERO
        last = row + 1 >= len(floors)
        high = t * 1000 if last else (floors[row + 1] - charge.extra) / charge.unit
        off = (charge.extra * rate - charge.deductions[row]) * charge.weight
        return (
            low + low * _INSIDE,
            high - high * _INSIDE,
            charge.constant + off,
            charge.slope + charge.unit * rate * charge.weight,
        )

    def _sway(self, rate: Decimal, row: int) -> None:
        """What the watch band can take: `sways * t + jump`, in this row of the tiers.

        The P&L it loses, and what the requirement grows by at the highest rate within reach; a
        whole schedule may jump to it.
        """
        charge = self.measured
        most = charge.rates[row]
        per = charge.slope + charge.unit * most * charge.weight
        self.jump = ZERO
        if self.whole:
            over = (most - rate) * charge.weight / STEP
            per += charge.unit * over
            self.jump = charge.extra * over * _REACH
        self.sways = (abs(self.steep) * self.most + per) * _REACH


def _measured(exposure: Exposure, pool: Pool) -> Charge:
    term = exposure.maintenance
    moves_with_index = Basis.INDEX in (term.basis, term.keyed_at)
    if term.group is not None or term.rounding is not None or moves_with_index:
        raise Unfit
    return charge_along(exposure, pool.trigger.level)


class Sums:
    """Support and requirement of one pool, kept up with its rows.

    `support` holds the adjustments; `required` is level * maintenance margin + closing fees.

    Raises:
        Unfit: the pool has no such sums.
        AbsentError: something that they depend on is missing.
    """

    __slots__ = (
        "_clear", "_coins", "_first", "_jumps", "_levels", "_loans", "_plain", "_pnl", "_values",
        "pool", "required", "rows", "still", "support", "swing",
    )  # fmt: skip

    def __init__(self, pool: Pool, rules: Rules) -> None:
        if pool.scenarios or pool.larger_of_loans or not defined(pool, rules):
            raise Unfit
        self.pool = pool
        self._coins = tuple(
            leg for leg in pool.legs if leg.asset != pool.asset and leg.asset not in STANDING
        )
        self._jumps = any(
            isinstance(rates, RateSchedule) and rates.kind == "whole" and len(rates.floors) > 1
            for rates in (loan.maintenance for loan in pool.borrows)
        )
        trigger = pool.trigger
        levels = ((trigger.margin_call, Status.MARGIN_CALL), (trigger.watch, Status.WATCH))
        self._levels = tuple((level, status) for level, status in levels if level is not None)
        self._first = min((level for level, _ in self._levels), default=ONE)
        self._clear = self._first / _SURELY
        self.still = self._first <= ONE and not self._coins and not self._jumps
        self._plain = {leg.asset: leg.slope for leg in pool.legs}
        self._plain |= {loan.asset: None for loan in pool.borrows if loan.follows_leg}
        self.rows = tuple(Row(exposure, self) for exposure in pool.exposures)
        self._pnl: dict[str, Decimal] = {leg.asset: ZERO for leg in pool.legs}
        for row in self.rows:
            self._pnl[row.asset] += row.pnl
        self._values = {leg.asset: self._value(leg) for leg in pool.legs}
        self.support = sum((need(part.amount) for part in pool.adjustments), ZERO)
        self.support += sum(self._values.values(), ZERO)
        parts = sum((need(part.amount) for part in pool.maintenance_parts), ZERO)
        self.required = parts * pool.trigger.level + sum((row.charge for row in self.rows), ZERO)
        self.swing = sum((row.swing for row in self.rows), ZERO)
        self._loans = [self._charged(loan) for loan in pool.borrows]
        self.required += sum(self._loans, ZERO)

    def slope_of(self, asset: str) -> Decimal | None:
        """What a unit of P&L adds to the support; None where that depends on the amount."""
        return self._plain[asset]

    def worth_of(self, asset: str) -> Decimal:
        """The most that a unit of P&L can take off the support and add to what loans need."""
        leg = self.pool.leg(asset)
        most = max(need(leg.rate_positive), need(leg.rate_negative), need(leg.index))
        for loan in self.pool.borrows:
            if loan.asset == asset and isinstance(loan.maintenance, RateSchedule):
                most += max(loan.maintenance.rates) * need(loan.index) * self.pool.trigger.level
        return most

    def clear(self) -> bool:
        """Whether a `still` pool is clear of ratio and watch band by bounds: `status` and `calm`.

        They say the same; nearly every tick ends here.
        """
        support, required = self.support, self.required
        over = support - required > self.swing and required < support * self._clear
        return over and bool(required)

    def calm(self) -> bool:
        """Whether no move of prices within the watch band can reach the line: a bound, no search.

        Any price by itself or all together, coins with them.
        """
        moved = ZERO
        for leg in self._coins:
            held = abs(leg.usable) + leg.liability + abs(self._pnl[leg.asset])
            moved += held * self.worth_of(leg.asset)
        if self._coins:
            moved += 2 * self.required
        return not self._jumps and self.support - self.required > self.swing + moved * _REACH

    def _value(self, leg: Leg) -> Decimal:
        pnl = self._pnl[leg.asset]
        if leg.cuts_pnl:
            return leg.value(leg.usable + pnl)
        value = leg.value(leg.usable)
        return value + pnl * need(leg.index) if pnl else value

    def bend(self, asset: str, change: Decimal) -> None:
        """A change of P&L in an asset whose value depends on how much there is of it.

        Raises:
            AbsentError: what an amount so large or so small needs is missing.
        """
        self._pnl[asset] += change
        value = self._value(self.pool.leg(asset))
        self.support += value - self._values[asset]
        self._values[asset] = value
        for number, loan in enumerate(self.pool.borrows):
            if loan.follows_leg and loan.asset == asset:
                charge = self._charged(loan)
                self.required += charge - self._loans[number]
                self._loans[number] = charge

    def _charged(self, loan: BorrowTerm) -> Decimal:
        """Level * maintenance margin of a loan as it stands."""
        owed = need(loan.fixed)
        if loan.follows_leg:
            leg = self.pool.leg(loan.asset)
            gross = leg.usable + leg.liability - loan.kept + self._pnl[loan.asset]
            owed -= formulas.negative_part(gross)
        return loan.charge(owed, loan.maintenance) * self.pool.trigger.level

    def line(self, rows: Sequence[Row]) -> Line | None:
        """The health along the price of some rows; None where their charge or worth is no line."""
        worth = rows[0].worth
        if worth is None or any(row.asset != rows[0].asset for row in rows):
            return None
        if any(row.whole and row.measured.floors for row in rows):
            return None
        base = sum((row.base for row in rows), ZERO)
        own = sum((row.pnl for row in rows), ZERO) * worth
        charged = sum((row.charge for row in rows), ZERO)
        support = Support((), (worth,), (ZERO,), ZERO)
        return Line(
            legs=(Leaning(support, base, sum((row.steep for row in rows), ZERO)),),
            rest=self.support - own - (self.required - charged),
            charges=[row.measured for row in rows],
            debts=(),
            noise=(abs(base * worth) + abs(self.support) + abs(own) + self.required) * NOISE,
        )

    def status(self) -> Status | None:
        """How near forced action is by the ratio alone; None where rounding could decide."""
        support, required, trigger = self.support, self.required, self.pool.trigger
        if required and required * _SURELY < self._first * support and self._first <= ONE:
            return Status.HEALTHY
        noise = (abs(support) + required) * NOISE
        spare = support - required
        if not required or abs(spare) <= noise:
            return None
        if spare < 0:
            return Status.LIQUIDATION if trigger.liquidates else Status.MARGIN_CALL
        for level, status in self._levels:
            over = required - level * support
            if abs(over) <= noise:
                return None
            if over > 0:
                return status
        return Status.HEALTHY


def sums_of(pool: Pool, rules: Rules) -> Sums | None:
    """The sums of a pool, None where it has to be assessed."""
    try:
        return Sums(pool, rules)
    except (Unfit, AbsentError):
        return None

"""The ends of a safe range from slopes alone, where a pool's health is concave along the path.

One instrument moves; what it is charged is convex in its price, what its P&L supports is concave,
so that the health is concave and the safe prices are one interval. The tangent of a concave curve
lies above it: the root of a tangent is never inside the interval, and the root of the tangent there
is nearer. A few steps end in the very piece whose straight line crosses zero, and the root of that
line is the same exact division that the walk makes. Whatever does not fit raises `Unfit`, and so
does what rounding could decide: the walk answers then.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from marginline.core.findings import Gap
from marginline.core.nouns import dataclass
from marginline.core.numbers import ONE, ZERO
from marginline.core.polynomial import Curve
from marginline.core.pool.exposure import Basis, Exposure, need
from marginline.core.pool.pool import BorrowTerm, Leg
from marginline.core.pool.schedules import HaircutSchedule, RateSchedule, TierSchedule, convex_rows
from marginline.core.pool.terms import maintenance_amount

NOISE = Decimal("1e-26")  # of what is summed: less may be rounding, and rounding decides nothing
_MOST = 200  # tangents; each lies in another piece
_ROWS = 4096  # pieces are told apart by one number

Ends = tuple[Decimal | None, Decimal | None]
"""Low and high end in `t`; None where the interval is open (to 0, without end)."""


class Unfit(Exception):
    """This is not a case for slopes; the walk answers."""


class Support(NamedTuple):
    """A leg's value as a concave function of its amount: slope and constant of each piece.

    `standing` of the amount is P&L, `fixed` is not; `cuts` are where the pieces meet.
    """

    cuts: tuple[Decimal, ...]
    slopes: tuple[Decimal, ...]
    constants: tuple[Decimal, ...]
    fixed: Decimal

    @staticmethod
    def of(leg: Leg) -> Support:
        """Raises Unfit where the value is not concave."""
        if not leg.cuts_pnl:  # P&L joins after the haircut, at index
            return Support((), (need(leg.index),), (leg.value(leg.usable),), ZERO)
        positive, negative, haircut = need(leg.rate_positive), need(leg.rate_negative), leg.haircut
        cuts, slopes, constants = [ZERO], [negative], [ZERO]
        if isinstance(haircut, Gap):
            raise Unfit
        if not leg.supports:
            slopes.append(ZERO)
            constants.append(ZERO)
        elif haircut is None:
            if positive == negative:
                return Support((), (positive,), (ZERO,), leg.usable)
            slopes.append(positive)
            constants.append(ZERO)
        else:
            _slices(haircut, positive, cuts, slopes, constants)
        if any(low < high for low, high in pairwise(slopes)):
            raise Unfit
        return Support(tuple(cuts), tuple(slopes), tuple(constants), leg.usable)


def _slices(
    haircut: HaircutSchedule,
    rate: Decimal,
    cuts: list[Decimal],
    slopes: list[Decimal],
    constants: list[Decimal],
) -> None:
    if haircut.kind != "marginal":
        raise Unfit
    by_quantity = haircut.keyed_by == "quantity"
    rows = zip(haircut.floors, haircut.ratios, haircut.cumulatives, strict=True)
    for row, (floor, ratio, extra) in enumerate(rows):
        if row:
            cuts.append(floor if by_quantity else floor / rate)
        slopes.append(rate * ratio)
        constants.append(rate * extra if by_quantity else extra)


class Leaning(NamedTuple):
    """A leg along a way: what it adds to the support, its amount at `t` = 0, and how that grows."""

    support: Support
    amount: Decimal
    steep: Decimal


class Charge(NamedTuple):
    """What one exposure is charged, in the pool's asset, around a `t`: pieces of a convex curve.

    At `t` the row of `unit * t + extra` in `floors` holds (a single row has none); then the charge
    is `constant - weight * deduction + (slope + weight * rate) * t` with that row's rate on `unit`.
    """

    unit: Decimal
    extra: Decimal
    floors: tuple[Decimal, ...]
    rates: tuple[Decimal, ...]
    deductions: tuple[Decimal, ...]
    constant: Decimal
    slope: Decimal
    weight: Decimal

    def row(self, key: Decimal) -> int:
        """Index of the row that covers `key`."""
        return bisect_left(self.floors, key, 1) - 1

    def along(self, state: Curve) -> Charge:
        """The same charge in the parameter of a line that the price moves on."""
        origin, growth = state.constant, state.linear
        return self._replace(
            unit=self.unit * growth,
            extra=self.extra + self.unit * origin,
            constant=self.constant + self.slope * origin,
            slope=self.slope * growth,
        )


def charge_of(exposure: Exposure, level: Decimal) -> Charge:
    """Level * maintenance + closing fee of an exposure along its own price, where it is convex.

    Raises:
        Unfit: the charge is not convex, or follows another price.
    """
    found, schedule = charge_along(exposure, level), exposure.maintenance.schedule
    if found.floors and not (isinstance(schedule, TierSchedule) and schedule.convex):
        raise Unfit
    return found


def charge_along(exposure: Exposure, level: Decimal) -> Charge:
    """Level * maintenance + closing fee of an exposure along its own price, in pieces.

    Raises:
        Unfit: the pieces are no straight lines, follow another price, or may fall below zero.
    """
    term, requirement_rate = exposure.maintenance, need(exposure.requirement_rate)
    unit = abs(exposure.size) * exposure.unit
    weight = level * requirement_rate if term.counts else ZERO
    slope = unit * need(term.closing_fee_rate) * requirement_rate
    if term.keyed_at is not None:
        raise Unfit
    if term.basis is Basis.ENTRY or not term.counts:
        fixed = maintenance_amount(exposure) * weight if term.counts else ZERO
        return Charge(ZERO, ZERO, (), (ZERO,), (ZERO,), fixed, slope, ZERO)
    if term.basis is Basis.INDEX:
        mark, index = need(exposure.mark), need(exposure.index)
        unit = unit * (mark / index if exposure.inverse else index / mark)
    schedule = term.schedule
    if isinstance(schedule, Gap):
        raise Unfit
    extra, fee = need(term.extra_notional), need(term.fee_rate)
    if term.slope:
        if exposure.inverse:
            raise Unfit
        fee = fee + term.slope * abs(exposure.size) * exposure.unit
    constant = (need(term.fee_constant) + extra * fee) * weight
    slope = slope + unit * fee * weight
    if schedule.keyed_by == "size" or len(schedule.floors) == 1:
        rate, more = _one_rate(schedule, abs(exposure.size))
        constant = constant + extra * more * weight
        return Charge(unit, extra, (), (rate,), (ZERO,), constant, slope, weight)
    if schedule.per_unit or not (schedule.convex or not any(schedule.deductions)):
        raise Unfit
    return Charge(
        unit, extra, schedule.floors, schedule.rates, schedule.deductions, constant, slope, weight
    )


def _one_rate(schedule: TierSchedule, size: Decimal) -> tuple[Decimal, Decimal]:
    """The rate of the row that holds at every price, and how much more applies to what is extra."""
    row = schedule.row(size) if schedule.keyed_by == "size" else 0
    rate, deduction = schedule.rates[row], schedule.deductions[row]
    if not schedule.per_unit:
        if deduction:
            raise Unfit
        return rate, ZERO
    less = deduction / size
    if rate < less:
        raise Unfit
    return rate - less, less


class Gross(NamedTuple):
    """What an asset amounts to before a loan that grows with what it falls below zero by.

    `amount` at `t` = 0, and how that grows.
    """

    amount: Decimal
    steep: Decimal


class Debt(NamedTuple):
    """A loan that follows its asset below zero."""

    gross: Gross
    fixed: Decimal
    factor: Decimal
    schedule: RateSchedule
    weight: Decimal


def debt_of(loan: BorrowTerm, gross: Gross, level: Decimal) -> Debt:
    """Raises Unfit where what the loan is charged is not convex in the amount owed."""
    schedule = loan.maintenance
    if not isinstance(schedule, RateSchedule):
        raise Unfit
    if schedule.kind != "marginal" and len(schedule.floors) > 1:  # one row is the same either way
        raise Unfit
    if not convex_rows(schedule.floors, schedule.rates, schedule.deductions):
        raise Unfit
    index, by_quantity = need(loan.index), schedule.keyed_by == "quantity"
    factor, weight = (ONE, level * index) if by_quantity else (index, level)
    return Debt(gross, need(loan.fixed), factor, schedule, weight)


@dataclass(slots=True)
class Line:
    """The health (or the margin balance) of a pool along one way of prices, piece by piece.

    `legs` are those whose amount moves; `rest` is all that stands; what is within `noise` of zero
    may be rounding. `unowed` is what keeps loans from arising that slopes do not tell: an interval
    is found where none arises.
    """

    legs: Sequence[Leaning]
    rest: Decimal
    charges: Sequence[Charge]
    debts: Sequence[Debt]
    noise: Decimal
    unowed: Sequence[Gross] = ()

    def at(self, t: Decimal) -> tuple[int, Decimal, Decimal]:
        """Number of the piece around `t`, its constant and its slope."""
        piece, constant, slope = 0, self.rest, ZERO
        for (cuts, slopes, constants, _), amount, steep in self.legs:
            here = bisect_left(cuts, amount + steep * t) if cuts else 0
            constant = constant + amount * slopes[here] + constants[here]
            slope += steep * slopes[here]
            piece = piece * _ROWS + here
        for unit, extra, floors, rates, deductions, fixed, own, weight in self.charges:
            row = (bisect_left(floors, unit * t + extra, 1) - 1) if floors else 0
            rate = rates[row]
            constant -= fixed + (extra * rate - deductions[row]) * weight
            slope -= own + unit * rate * weight
            piece = piece * _ROWS + row
        for debt in self.debts:
            start, steep = debt.gross
            below = start + steep * t < 0
            if below:
                owed, grows = debt.fixed - start, -steep
            else:
                owed, grows = debt.fixed, ZERO
            owed, grows, schedule = owed * debt.factor, grows * debt.factor, debt.schedule
            row = bisect_left(schedule.floors, owed + grows * t, 1) - 1
            rate = schedule.rates[row]
            constant -= (owed * rate - schedule.deductions[row]) * debt.weight
            slope -= grows * rate * debt.weight
            piece = (piece * _ROWS + row) * 2 + below
        return piece, constant, slope

    def far(self) -> tuple[int, Decimal, Decimal]:
        """The piece without end."""
        ends = [ZERO]
        for (cuts, _, _, _), amount, steep in self.legs:
            if cuts and steep:
                ends += [(cut - amount) / steep for cut in (cuts[0], cuts[-1])]
        for charge in self.charges:
            if charge.floors and charge.unit:
                last = charge.floors[-1 if charge.unit > 0 else 1]
                ends.append((last - charge.extra) / charge.unit)
        for debt in self.debts:
            start, steep = debt.gross
            if steep:
                gross = -start / steep
                ends += [gross, gross + debt.schedule.floors[-1] / debt.factor / abs(steep)]
                ends.append(gross + debt.fixed / abs(steep))
        return self.at(max(ends) * 2 + 1)

    # -- the search ----------------------------------------------------------------------------

    def interval(self, start: Decimal) -> tuple[bool, Ends | None]:
        """Whether `start` is safe, and the safe interval; None where nothing is.

        Raises:
            Unfit: rounding would decide.
        """
        piece, constant, slope = self.at(start)
        if self._sign(constant + slope * start):
            ends = self._below(piece, constant, slope), self._above(piece, constant, slope)
            self._refuse_debts(start, *ends)
            return True, ends
        if self.unowed:
            raise Unfit
        if slope > 0:
            low = self._onto(piece, constant, slope, rising=True)
            return False, None if low is None else self._lifted(low, self._above(*self.at(low)))
        if slope < 0:
            high = self._onto(piece, constant, slope, rising=False)
            return False, None if high is None else self._lifted(self._below(*self.at(high)), high)
        raise Unfit

    def _refuse_debts(self, start: Decimal, low: Decimal | None, high: Decimal | None) -> None:
        """No loan arises between the ends: beyond them it would only make the health smaller."""
        spots = (start, low or ZERO, start if high is None else high)
        for amount, steep in self.unowed:
            falls = high is None and steep < 0
            if falls or any(amount + steep * t < 0 for t in spots):
                raise Unfit

    def _lifted(self, low: Decimal | None, high: Decimal | None) -> Ends:
        """The ends, where the health is above zero between them: it may lie on it instead."""
        start = low or ZERO
        end = start * 2 + 1 if high is None else high
        if high is not None and end - start <= end * NOISE:
            raise Unfit
        between = (start + end) / 2
        _, constant, slope = self.at(between)
        if not self._sign(constant + slope * between):
            raise Unfit
        return low, high

    def _sign(self, value: Decimal) -> bool:
        """Whether a health is above zero, and not by rounding."""
        if abs(value) <= self.noise:
            raise Unfit
        return value > 0

    def _below(self, piece: int, constant: Decimal, slope: Decimal) -> Decimal | None:
        """The low end, from a point that is safe."""
        t = -constant / slope if slope > 0 else ZERO
        if t <= 0:
            piece, constant, slope = self.at(ZERO)
            if self._sign(constant):
                return None
            t = self._root(constant, slope, rising=True)
        return self._refined(piece, t, rising=True)

    def _above(self, piece: int, constant: Decimal, slope: Decimal) -> Decimal | None:
        """The high end, from a point that is safe."""
        if slope < 0:
            return self._refined(piece, -constant / slope, rising=False)
        piece, constant, slope = self.far()
        if slope > 0:
            return None
        return self._refined(piece, self._root(constant, slope, rising=False), rising=False)

    def _root(self, constant: Decimal, slope: Decimal, *, rising: bool) -> Decimal:
        if (slope <= 0) if rising else (slope >= 0):
            raise Unfit
        return -constant / slope

    def _refined(self, piece: int, t: Decimal, *, rising: bool) -> Decimal:
        """The end itself, from the root of a tangent outside."""
        for _ in range(_MOST):
            here, constant, slope = self.at(t)
            if here == piece:
                return t
            piece, t = here, self._root(constant, slope, rising=rising)
            if t <= 0:
                raise Unfit
        raise Unfit

    def _onto(
        self, piece: int, constant: Decimal, slope: Decimal, *, rising: bool
    ) -> Decimal | None:
        """The near end of a safe interval that does not hold the start; None where none is."""
        for _ in range(_MOST):
            if not slope:
                raise Unfit
            t = -constant / slope
            if t <= 0:
                if abs(constant) <= self.noise:
                    raise Unfit
                return None
            here, constant, slope = self.at(t)
            if here == piece:
                return t
            if (slope <= 0) if rising else (slope >= 0):
                if self._sign(constant + slope * t):
                    raise Unfit
                return None
            piece = here
        raise Unfit


def pnl_line(exposure: Exposure) -> tuple[Decimal, Decimal]:
    """P&L of an exposure at `t` = 0 and its growth, in its settle asset.

    Raises:
        AbsentError: its entry price is not given.
    """
    size = exposure.size * exposure.unit
    entry = need(exposure.entry_price)
    if exposure.inverse:
        return size / entry, -size
    return -size * entry, size

"""The health of a pool at many markets at once, in floats: support less requirement.

It says what `core` says of one market, for thousands of them. Before it is believed it is held
beside the rulebook's own figures (`agrees`): a rulebook with arithmetic of its own is not guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import reduce
from typing import cast

import numpy as np
from numpy.typing import NDArray

from marginline import formulas
from marginline.core.assessment.figures import PoolFigures, Rules
from marginline.core.distance.reach import health as exact_health
from marginline.core.findings import AbsentError, Code, Gap
from marginline.core.pool.exposure import Basis, Exposure, Figure, need
from marginline.core.pool.pool import BorrowTerm, Leg, Pool
from marginline.core.pool.schedules import HaircutSchedule, RateSchedule
from marginline.core.pool.terms import schedule_of

F8 = NDArray[np.float64]
_CLOSE = 1e-9
_TRIED = (1.0, 0.97, 1.04, 0.8, 1.3)
# Of a table of one row the formulas are arithmetic without a branch, which arrays go through. Which
# row a key is in is asked of many at once (`_rows`).
_ONE = (0.0,)
_AFTER_HAIRCUT = cast("Callable[..., F8]", formulas.collateral_after_haircut)
_LOAN = cast("Callable[..., F8]", formulas.loan_requirement)
_TIER = cast("Callable[..., F8]", formulas.tier_requirement)


class Markets:
    """Factors on today's prices by symbol, each an array over the markets, and on asset rates."""

    def __init__(self, symbols: Mapping[str, F8], assets: Mapping[str, F8], pool: Pool) -> None:
        self._symbols, self._assets = symbols, assets
        self._unit = assets.get(pool.asset)
        self._asset = pool.asset

    def of(self, exposure: Exposure) -> F8 | float:
        """What the exposure's price is multiplied by."""
        return self._symbols.get(exposure.instrument.symbol, 1.0)

    def rate(self, asset: str) -> F8 | float:
        """What the asset's rate in the pool's asset is multiplied by."""
        if asset == self._asset:
            return 1.0
        own = self._assets.get(asset, 1.0)
        return own if self._unit is None else own / self._unit


def healths(pool: Pool, markets: Markets) -> F8 | float:
    """Support less requirement of a pool in every market.

    Raises:
        AbsentError: a figure is missing, or the pool's requirement comes from scenarios.
    """
    if pool.scenarios:
        raise AbsentError(
            Gap(Code.UNSUPPORTED, "the requirement comes from scenarios of the venue")
        )
    pnl: dict[str, F8 | float] = {}
    for e in pool.exposures:
        pnl[e.asset] = pnl.get(e.asset, 0.0) + _pnl(e, markets)
    support: F8 | float = float(sum((need(part.amount) for part in pool.adjustments), Decimal()))
    for leg in pool.legs:
        support = support + _support(leg, pnl.get(leg.asset, 0.0), markets)
    fees = sum((_closing_fee(e, markets) for e in pool.exposures), 0.0)
    return support - float(pool.trigger.level) * _maintenance(pool, pnl, markets) - fees


def agrees(pool: Pool, rules: Rules, symbols: Sequence[str], bases: Mapping[str, str]) -> bool:
    """Whether the floats say what the rulebook says, where it stands and at markets around it."""
    for factor in _TRIED:
        moved = np.array([factor])
        marks = dict.fromkeys(symbols, moved)
        markets = Markets(marks, {asset: moved for asset in bases if bases[asset] in marks}, pool)
        exact = float(exact_health(PoolFigures(_at(pool, symbols, bases, factor), rules)))
        found = float(np.asarray(healths(pool, markets)).reshape(-1)[0])
        if not abs(found - exact) <= _CLOSE * (1 + abs(exact) + _scale(pool)):
            return False
    return True


def _at(pool: Pool, symbols: Sequence[str], bases: Mapping[str, str], factor: float) -> Pool:
    by = Decimal(repr(factor))
    marks = {
        e.instrument.symbol: need(e.mark) * by
        for e in pool.exposures
        if e.instrument.symbol in symbols
    }
    unit = by if pool.asset in bases else Decimal(1)
    factors = {
        leg.asset: (by if leg.asset in bases else Decimal(1)) / unit
        for leg in pool.legs
        if leg.asset != pool.asset
    }
    return pool.at(marks, factors)


def _scale(pool: Pool) -> float:
    return sum(abs(float(e.notional_at(need(e.mark)))) for e in pool.exposures)


# -- support -------------------------------------------------------------------------------------


def _pnl(e: Exposure, markets: Markets) -> F8 | float:
    size, entry = float(e.size * e.unit), float(need(e.entry_price))
    price = float(need(e.mark)) * markets.of(e)
    return size * (1 / entry - 1 / price) if e.inverse else size * (price - entry)


def _support(leg: Leg, pnl: F8 | float, markets: Markets) -> F8 | float:
    usable, rate = float(leg.usable), markets.rate(leg.asset)
    amount = usable + pnl if leg.cuts_pnl else np.asarray(usable)
    counted = np.where(np.asarray(amount) < 0, amount * _of(leg.rate_negative) * rate, 0.0)
    counted = counted + _collateral(leg, np.maximum(amount, 0.0), _of(leg.rate_positive) * rate)
    return counted if leg.cuts_pnl else counted + pnl * _of(leg.index) * rate


def _collateral(leg: Leg, amount: F8, rate: F8 | float) -> F8 | float:
    if not leg.supports or not np.any(amount):
        return 0.0
    haircut = need(leg.haircut)
    if haircut is None:
        return amount * rate
    table = (haircut.ratios, haircut.cumulatives)
    return _by_row(_AFTER_HAIRCUT, haircut, (amount, rate), table, np.minimum)


def _of(figure: Figure) -> float:
    return float(need(figure))


# -- requirement ---------------------------------------------------------------------------------


def _maintenance(pool: Pool, pnl: Mapping[str, F8 | float], markets: Markets) -> F8 | float:
    total: F8 | float = sum(_of(part.amount) for part in pool.maintenance_parts)
    sides: dict[str, list[F8 | float]] = {}
    for e in pool.exposures:
        if not e.maintenance.counts:
            continue
        charge = _charge(e, markets) * _of(e.requirement_rate) * markets.rate(e.asset)
        if e.maintenance.group is None:
            total = total + charge
        else:
            both = sides.setdefault(e.maintenance.group, [0.0, 0.0])
            side = 0 if e.size > 0 else 1
            both[side] = both[side] + charge
    for long, short in sides.values():
        total = total + np.maximum(long, short)
    loans = sum((_loan(loan, pool, pnl, markets) for loan in pool.borrows), 0.0)
    return np.maximum(total, loans) if pool.larger_of_loans else total + loans


def _charge(e: Exposure, markets: Markets) -> F8 | float:
    term, schedule = e.maintenance, schedule_of(e)
    base = _value(e, term.basis, markets)
    value = np.asarray(base + _of(term.extra_notional))
    if schedule.keyed_by == "size":
        key = np.asarray(abs(float(e.size)))
    else:
        key = value if term.keyed_at is None else np.asarray(_value(e, term.keyed_at, markets))
    row = _rows(key, _array(schedule.floors))
    rate = _array(schedule.rates)[row]
    if term.slope:
        rate = rate + float(term.slope) * (base if e.inverse else abs(float(e.size * e.unit)))
    deduction = _array(schedule.deductions)[row]
    if schedule.per_unit:
        deduction = deduction * base / abs(float(e.size))
    tiered = _TIER(value, rate, deduction)
    # A deduction above the whole requirement is a fault of the table, for which core has no figure.
    tiered = np.where(tiered < 0, np.nan, tiered)
    return tiered + _of(term.fee_constant) + value * _of(term.fee_rate)


def _closing_fee(e: Exposure, markets: Markets) -> F8 | float:
    rate = _of(e.maintenance.closing_fee_rate)
    if not rate:
        return 0.0
    fee = _value(e, Basis.MARK, markets) * rate
    return fee * _of(e.requirement_rate) * markets.rate(e.asset)


def _value(e: Exposure, basis: Basis, markets: Markets) -> F8 | float:
    moves = 1.0 if basis is Basis.ENTRY else markets.of(e)
    price = float(e.price(basis)) * moves
    face = abs(float(e.size * e.unit))
    return face / price if e.inverse else face * price


def _loan(
    loan: BorrowTerm, pool: Pool, pnl: Mapping[str, F8 | float], markets: Markets
) -> F8 | float:
    owed: F8 | float = _of(loan.fixed)
    if loan.follows_leg:
        leg = pool.leg(loan.asset)
        gross = float(leg.usable + leg.liability - loan.kept) + pnl.get(loan.asset, 0.0)
        owed = owed - np.minimum(gross, 0.0)
    if not np.any(owed):
        return 0.0
    index = _of(loan.index) * markets.rate(loan.asset)
    return _borrowed(need(loan.maintenance), owed, index)


def _borrowed(schedule: RateSchedule, coins: F8 | float, price: F8 | float) -> F8:
    table = (schedule.rates, schedule.deductions)
    return _by_row(_LOAN, schedule, (coins, price), table, np.maximum)


def _by_row(
    formula: Callable[..., F8],
    schedule: HaircutSchedule | RateSchedule,
    of: tuple[F8 | float, F8 | float],
    table: tuple[Sequence[Decimal], Sequence[Decimal]],
    decides: Callable[[F8, F8], F8],
) -> F8:
    """A schedule's formula, a row of it at a time: the row that each market is in, or all slices.

    `of`: amount and price; `table`: of each row its rate, and what the slices below it come to;
    `decides`: which of the slices' figures counts.
    """
    (amount, price), (rates, sums) = of, table
    by_quantity, whole = schedule.keyed_by == "quantity", schedule.kind == "whole"

    def row(rate: F8 | float, below: float) -> F8:
        return formula(amount, price, by_quantity, whole, _ONE, (rate,), (below,))

    told = _array(rates)
    if whole:
        key = np.asarray(amount if by_quantity else amount * price)
        return row(told[_rows(key, _array(schedule.floors))], 0.0)
    return reduce(decides, map(row, told, _array(sums)))


def _rows(key: F8, floors: F8) -> NDArray[np.intp]:
    """Row of each key: floor < key <= next floor."""
    return np.searchsorted(floors[1:], key, side="left")


def _array(numbers: Sequence[Decimal]) -> F8:
    return np.array([float(number) for number in numbers])

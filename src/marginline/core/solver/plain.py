"""Liquidation and bankruptcy prices where a pool is plain: one number in, one division out.

A pool is plain for an instrument when one exposure of it stands in it, what the exposure's P&L adds
to the support is the same for every unit of it down to the end that is found, no loan arises on the
way there, and its charge is convex. Its health then crosses zero on one side only, and all that
stands beside is the pool's own health. The tangent that starts where the price stands leads there
in a step or two (see `straight`). What does not fit answers None: the slopes or the walk answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from marginline.core.numbers import ONE, ZERO
from marginline.core.pool.exposure import Exposure, need
from marginline.core.solver.straight import NOISE, Charge, Ends, Unfit, pnl_line

_MOST = 200  # tangents; each lies in another row


class Worth(NamedTuple):
    """What a unit of P&L in an asset adds to the support: `here`, and of ever more of it `far`.

    `least`: the change of P&L down to which it is that of here and no loan arises; None: any.
    """

    here: Decimal
    far: Decimal
    least: Decimal | None

    def holds(self, change: Decimal) -> bool:
        """Whether it is the same after so large a loss."""
        return self.least is None or change >= self.least


class Stand(NamedTuple):
    """What the pool is worth beyond a line, at the marks: margin balance and health.

    `worth` is what a unit of P&L adds, by asset, where that is known to be above zero. `size` is
    the magnitude of all that was summed.
    """

    balance: Decimal
    health: Decimal
    worth: Mapping[str, Worth]
    size: Decimal


def bankruptcy(stand: Stand, exposure: Exposure, pnl: Decimal) -> Ends | None:
    """Where the margin balance is above zero, in `t`; None where this does not tell."""
    worth = stand.worth.get(exposure.asset)
    if worth is None:
        return None
    base, steep = pnl_line(exposure)
    change = base - pnl
    constant = stand.balance + change * worth.here
    if stand.balance <= (stand.size + abs(base) * worth.here) * NOISE or not steep:
        return None
    t = -constant / (steep * worth.here)
    if not worth.holds(change + steep * max(t, ZERO)):
        return None
    if steep < 0:
        return None, t
    return (t if t > 0 else None), None


def liquidation(
    stand: Stand, exposure: Exposure, charge: Charge, pnl: Decimal, charged: Decimal
) -> Ends | None:
    """Where the health is above zero, in `t`; None where this does not tell.

    `pnl` and `charged` are the exposure's own, as the pool's health holds them; `charge` is what it
    is charged along its price.
    """
    worth = stand.worth.get(exposure.asset)
    if worth is None:
        return None
    base, steep = pnl_line(exposure)
    noise, change = (stand.size + abs(base) * worth.here) * NOISE, base - pnl
    if stand.health <= noise or not steep:
        return None
    if steep > 0:  # else every rise of the price hurts, and a fall does not
        most = charge.slope + charge.unit * charge.rates[-1] * charge.weight
        if steep * worth.far <= most:
            return None
    rest = stand.health + charged + change * worth.here - charge.constant
    try:
        t = root(charge, rest, steep * worth.here - charge.slope, _start(exposure), noise)
    except Unfit:
        return None
    if not worth.holds(change + steep * t):
        return None
    if steep < 0:
        return None, t
    return (t if t > 0 else None), None


def _start(exposure: Exposure) -> Decimal:
    mark = need(exposure.mark)
    return ONE / mark if exposure.inverse else mark


def root(charge: Charge, rest: Decimal, slope: Decimal, t: Decimal, noise: Decimal) -> Decimal:
    """The root of `rest + slope * t - what the tiers charge`, by tangents from `t`; 0: none.

    It is above zero at `t`, and falls on one side only.

    Raises:
        Unfit: rounding would decide.
    """
    unit, extra, floors, rates, deductions, _, _, weight = charge
    at = charge.row(unit * t + extra) if floors else 0
    for _ in range(_MOST):
        rate = rates[at]
        constant = rest - (extra * rate - deductions[at]) * weight
        steep = slope - unit * rate * weight
        t = -constant / steep
        if t <= 0:  # only a health that rises can be above zero down to a price of 0
            first = charge.row(extra) if floors else 0
            if at == first:
                if slope < 0 or constant <= noise:
                    raise Unfit
                return ZERO
            at = first
            continue
        here = charge.row(unit * t + extra) if floors else 0
        if here == at:
            return t
        at = here
    raise Unfit

"""The terms of one exposure valued: maintenance margin, closing fee, initial margin."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from marginline import formulas
from marginline.core.findings import AbsentError, missing
from marginline.core.numbers import ZERO, to_step
from marginline.core.pool.exposure import Basis, Exposure, need
from marginline.core.pool.schedules import Rounding, TierSchedule


def schedule_of(exposure: Exposure) -> TierSchedule:
    """The tier schedule of an exposure, or AbsentError."""
    return need(exposure.maintenance.schedule)


def charged_value(exposure: Exposure) -> Decimal:
    """What the maintenance rate is charged on: notional at the term's basis, with its orders'."""
    term = exposure.maintenance
    return exposure.notional_at(exposure.price(term.basis)) + need(term.extra_notional)


def tier_key(exposure: Exposure) -> Decimal:
    """What chooses the tier row: the size, or the charged value (at the term's `keyed_at`)."""
    keyed_at = exposure.maintenance.keyed_at
    if schedule_of(exposure).keyed_by == "size":
        return abs(exposure.size)
    if keyed_at is None:
        return charged_value(exposure)
    return exposure.notional_at(exposure.price(keyed_at))


class Reached(NamedTuple):
    """Where an exposure stands in its tiers: `value` is charged, `key` chooses the `row`."""

    value: Decimal
    key: Decimal
    row: int
    schedule: TierSchedule


def reached(exposure: Exposure, notional: Decimal) -> Reached:
    """Charged value, tier key and row at once, from the notional at the mark.

    Raises:
        AbsentError: something of it is missing.
    """
    term, schedule = exposure.maintenance, schedule_of(exposure)
    value = (
        notional if term.basis is Basis.MARK else exposure.notional_at(exposure.price(term.basis))
    )
    if term.extra_notional is not ZERO:
        value += need(term.extra_notional)
    if schedule.keyed_by == "size":
        key = abs(exposure.size)
    else:
        key = value if term.keyed_at is None else tier_key(exposure)
    return Reached(value, key, schedule.row(key), schedule)


def tier_row(exposure: Exposure) -> int:
    """Index of the tier row reached (from 0)."""
    return schedule_of(exposure).row(tier_key(exposure))


def deduction_of(exposure: Exposure, row: int) -> Decimal:
    """What the row takes off, in the settle asset at the term's price."""
    schedule = schedule_of(exposure)
    deduction = schedule.deductions[row]
    if not schedule.per_unit or deduction == 0:
        return deduction
    price = exposure.price(exposure.maintenance.basis)
    return deduction * exposure.notional_at(price) / abs(exposure.size)


def coins_of(exposure: Exposure) -> Decimal:
    """Size in coins: as it is where P&L is linear, face over price where it is inverse."""
    if exposure.inverse:
        return exposure.notional_at(exposure.price(exposure.maintenance.basis))
    return abs(exposure.size) * exposure.unit


def maintenance_amount(exposure: Exposure) -> Decimal:
    """Maintenance margin of one exposure in its settle asset: see `MaintenanceTerm`."""
    return maintenance_of(exposure, charged_value(exposure), tier_row(exposure))


def maintenance_of(exposure: Exposure, value: Decimal, row: int) -> Decimal:
    """Maintenance margin on a charged value that stands in a row of the tiers."""
    term, schedule = exposure.maintenance, schedule_of(exposure)
    rate = schedule.rates[row]
    if term.slope:
        rate = rate + term.slope * coins_of(exposure)
    off = deduction_of(exposure, row) if schedule.per_unit else schedule.deductions[row]
    tiered = formulas.tier_requirement(value, rate, off)
    if tiered < 0:
        text = f"the deduction of tier {row + 1} is more than the whole maintenance margin; mend it"
        raise AbsentError(missing(f"{text} in parameters.tiers.{exposure.instrument.symbol}"))
    if term.fee_constant is not ZERO or term.fee_rate is not ZERO:
        tiered += need(term.fee_constant) + formulas.fee(value, need(term.fee_rate))
    return rounded(tiered, term.rounding)


def closing_fee_amount(exposure: Exposure) -> Decimal:
    """What the trigger adds on top of the maintenance margin, in the settle asset."""
    if not need(exposure.maintenance.closing_fee_rate):
        return ZERO
    return closing_fee_of(exposure, exposure.notional_at(need(exposure.mark)))


def closing_fee_of(exposure: Exposure, notional: Decimal) -> Decimal:
    """What the trigger adds at a notional at the mark."""
    rate = exposure.maintenance.closing_fee_rate
    return formulas.fee(notional, need(rate)) if rate else ZERO


def initial_amount(exposure: Exposure) -> Decimal:
    """Initial margin of one exposure in its settle asset: see `InitialTerm`."""
    return initial_of(exposure, exposure.notional_at(exposure.price(exposure.initial.basis)))


def initial_of(exposure: Exposure, notional: Decimal) -> Decimal:
    """Initial margin at a notional at the term's basis."""
    term = exposure.initial
    margin = formulas.initial_margin_at_rate(notional, need(term.rate))
    if term.fee_constant is not ZERO or term.fee_rate is not ZERO:
        margin += need(term.fee_constant) + formulas.fee(notional, need(term.fee_rate))
    return rounded(margin, term.rounding)


def rounded(amount: Decimal, rounding: Rounding | None) -> Decimal:
    """The amount at the venue's own step, where it has one."""
    return amount if rounding is None else to_step(amount, rounding.quantum, rounding.direction)

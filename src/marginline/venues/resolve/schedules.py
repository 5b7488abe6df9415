"""Tables as the file gives them, made ready to use: tiers, haircuts, rates of loans."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

from marginline import formulas
from marginline.core.account.tables import BorrowTable, CollateralTable, TierTable
from marginline.core.numbers import ONE, ZERO, to_text
from marginline.core.pool.schedules import HaircutSchedule, RateSchedule, TierSchedule


def tier_schedule(
    table: TierTable,
    *,
    keyed_by: str,
    kind: str,
    source: str,
    rate_of: Callable[[Decimal], Decimal] | None,
) -> TierSchedule | None:
    """A tier table with its deductions: as given, else those that make it continuous.

    `rate_of` derives a rate from the highest leverage. None where a rate is neither given nor
    derivable. A whole-position schedule has no deductions.
    """
    rates: list[Decimal] = []
    for row in table.rows:
        if row.rate is not None:
            rates.append(row.rate)
        elif rate_of is not None and row.max_leverage is not None:
            rates.append(rate_of(row.max_leverage))
        else:
            return None
    floors = tuple(row.floor for row in table.rows)
    marginal = kind == "marginal"
    derived = derived_deductions(floors, rates) if marginal else [ZERO] * len(rates)
    given = [row.deduction for row in table.rows] if marginal else []
    stated = any(deduction is not None for deduction in given)
    if stated:
        derived = [d if g is None else g for g, d in zip(given, derived, strict=True)]
    return TierSchedule(
        keyed_by=keyed_by,
        kind=kind,
        floors=floors,
        rates=tuple(rates),
        deductions=tuple(derived),
        initial_rates=tuple(row.initial_rate for row in table.rows),
        max_leverages=tuple(row.max_leverage for row in table.rows),
        cap=table.rows[-1].cap,
        per_unit=keyed_by == "size" and not stated,
        source=source,
    )


Contradictions = tuple[tuple[int, str], ...]
"""Rows whose given deduction is not the one that follows from floors and rates, with the words."""

_KEPT: dict[tuple[object, ...], tuple[TierTable, TierSchedule | None, Contradictions]] = {}
_MOST_KEPT = 20_000  # tables; a market has a few thousand


_ABOVE: dict[int, tuple[TierTable, tuple[tuple[int, Decimal, Decimal], ...]]] = {}


def above_leverage(table: TierTable) -> tuple[tuple[int, Decimal, Decimal], ...]:
    """Rows whose rate is more than their highest leverage posts: number, rate, leverage.

    Found once as long as the very table is in use.
    """
    kept = _ABOVE.get(id(table))
    if kept is not None and kept[0] is table:
        return kept[1]
    found = tuple(
        (number, row.rate, row.max_leverage)
        for number, row in enumerate(table.rows)
        if row.rate is not None
        and row.max_leverage is not None
        and row.rate * row.max_leverage > ONE
    )
    if len(_ABOVE) >= _MOST_KEPT:
        _ABOVE.clear()
    _ABOVE[id(table)] = table, found
    return found


def kept_schedule(
    table: TierTable,
    *,
    keyed_by: str,
    kind: str,
    source: str,
    rate_of: Callable[[Decimal], Decimal] | None,
) -> tuple[TierSchedule | None, Contradictions]:
    """The schedule of a table, made once as long as the very table is in use."""
    key = (id(table), keyed_by, kind, source, rate_of)
    kept = _KEPT.get(key)
    if kept is not None and kept[0] is table:
        return kept[1], kept[2]
    found = tier_schedule(table, keyed_by=keyed_by, kind=kind, source=source, rate_of=rate_of)
    differs: Contradictions = ()
    if found is not None and found.kind == "marginal" and found.keyed_by == "notional":
        differs = tuple(_contradictions(found))
    if len(_KEPT) >= _MOST_KEPT:
        _KEPT.clear()
    _KEPT[key] = table, found, differs
    return found, differs


def _contradictions(found: TierSchedule) -> Iterator[tuple[int, str]]:
    derived = derived_deductions(found.floors, found.rates)
    for row, (ours, theirs) in enumerate(zip(derived, found.deductions, strict=True)):
        if ours != theirs:
            text = (
                f"deduction {to_text(theirs)} contradicts the floors and rates, which give"
                f" {to_text(ours)}; the given one is used"
            )
            yield row, text


def haircut_schedule(table: CollateralTable, keyed_by: str) -> HaircutSchedule:
    """A collateral table, flat or in slices, with the cumulatives that make it continuous."""
    if table.ratio is not None:
        return HaircutSchedule("value", "marginal", (ZERO,), (table.ratio,), (ZERO,))
    floors = tuple(row.floor for row in table.rows)
    ratios = tuple(row.ratio for row in table.rows)
    cumulatives = [ZERO]
    for row in range(1, len(floors)):
        previous = ratios[row - 1]
        cumulatives.append(
            formulas.next_cumulative(cumulatives[-1], floors[row], previous, ratios[row])
        )
    key = table.keyed_by or keyed_by
    return HaircutSchedule(key, table.kind, floors, ratios, tuple(cumulatives))


def rate_schedule(table: BorrowTable, name: str, keyed_by: str, kind: str) -> RateSchedule | None:
    """The "initial_rate" or "maintenance_rate" of a loan by tier; None where a row has none."""
    rates: list[Decimal] = []
    for row in table.rows:
        rate: Decimal | None = getattr(row, name)
        if rate is None:
            return None
        rates.append(rate)
    floors = tuple(row.floor for row in table.rows)
    deductions = tuple(derived_deductions(floors, rates))
    chosen = table.kind or kind
    return RateSchedule(table.keyed_by or keyed_by, chosen, floors, tuple(rates), deductions)


def derived_deductions(floors: Iterable[Decimal], rates: Iterable[Decimal]) -> list[Decimal]:
    """The deductions that make a marginal schedule continuous at its floors."""
    deductions: list[Decimal] = []
    previous = ZERO
    for floor, rate in zip(floors, rates, strict=True):
        last = deductions[-1] if deductions else ZERO
        deductions.append(
            formulas.next_deduction(last, floor, previous, rate) if deductions else ZERO
        )
        previous = rate
    return deductions

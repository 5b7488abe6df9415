"""Schedules of a venue: rates by tier, haircuts by slice, rates of loans, steps of rounding."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import field
from decimal import Decimal
from itertools import pairwise

from marginline import formulas
from marginline.core.nouns import dataclass
from marginline.core.numbers import Direction


@dataclass(frozen=True, slots=True)
class Rounding:
    """A venue's own step for an amount: up or down to a multiple of `quantum`."""

    quantum: Decimal
    direction: Direction


@dataclass(frozen=True, slots=True)
class TierSchedule:
    """Maintenance rates by notional or by size, ready to use: one entry per row.

    A row covers floor < key <= next floor; above the last floor the last row goes on. `deductions`
    are amounts in the settle asset, or (`per_unit`) in units of size, to be valued at the price.
    `cap` is where the venue's last row ends, None where it has no end. `source` says where the
    rows come from. `convex`: the amounts charged make one convex curve of the key.
    `steepens`: all of the key is charged at the rate of its row, and no row has a lower one.
    """

    keyed_by: str
    kind: str
    floors: tuple[Decimal, ...]
    rates: tuple[Decimal, ...]
    deductions: tuple[Decimal, ...]
    initial_rates: tuple[Decimal | None, ...]
    max_leverages: tuple[Decimal | None, ...]
    cap: Decimal | None = None
    per_unit: bool = False
    source: str = "account file"
    convex: bool = field(init=False, compare=False, repr=False)
    steepens: bool = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Looked at once: a schedule lives as long as its table."""
        marginal = self.kind == "marginal" and not self.per_unit
        convex = marginal and convex_rows(self.floors, self.rates, self.deductions)
        object.__setattr__(self, "convex", convex)
        whole = not self.per_unit and not any(self.deductions)
        steepens = whole and all(a <= b for a, b in pairwise(self.rates))
        object.__setattr__(self, "steepens", steepens)

    def row(self, key: Decimal) -> int:
        """Index of the row that covers `key` (>= 0)."""
        return bisect_left(self.floors, key, 1) - 1  # `formulas.tier_index`, by halves


def convex_rows(
    floors: Sequence[Decimal], rates: Sequence[Decimal], deductions: Sequence[Decimal]
) -> bool:
    """Whether deductions join the rows without a jump and rates do not fall: the curve is convex.

    Exact, at 34 digits: a deduction that a venue rounded makes a jump, if a small one.
    """
    return deductions[0] == 0 and all(
        rates[k] >= rates[k - 1]
        and deductions[k]
        == formulas.next_deduction(deductions[k - 1], floors[k], rates[k - 1], rates[k])
        for k in range(1, len(floors))
    )


@dataclass(frozen=True, slots=True)
class HaircutSchedule:
    """What share of a positive amount counts: one ratio per slice of its quantity or value.

    `marginal`: slice by slice, `min over slices (x * ratio + cumulative)`. `whole`: all of it at
    the ratio of the row reached.
    """

    keyed_by: str
    kind: str
    floors: tuple[Decimal, ...]
    ratios: tuple[Decimal, ...]
    cumulatives: tuple[Decimal, ...]
    source: str = "account file"

    def counted(self, amount: Decimal, rate: Decimal) -> Decimal:
        """What an amount (>= 0) counts at a rate, after the haircut."""
        return formulas.collateral_after_haircut(
            amount,
            rate,
            self.keyed_by == "quantity",
            self.kind == "whole",
            self.floors,
            self.ratios,
            self.cumulatives,
        )


@dataclass(frozen=True, slots=True)
class RateSchedule:
    """Rates of a loan by its quantity or value: marginal (slice by slice) or whole."""

    keyed_by: str
    kind: str
    floors: tuple[Decimal, ...]
    rates: tuple[Decimal, ...]
    deductions: tuple[Decimal, ...]

    def charge(self, coins: Decimal, price: Decimal) -> Decimal:
        """What is charged on a loan of so many coins (>= 0) at a price."""
        return formulas.loan_requirement(
            coins,
            price,
            self.keyed_by == "quantity",
            self.kind == "whole",
            self.floors,
            self.rates,
            self.deductions,
        )

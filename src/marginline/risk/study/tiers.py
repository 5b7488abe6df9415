"""From a rate and the depth of the book to a tier table: larger positions take longer to close.

A position is closed into the depth that stands; what it is larger than that waits for the book to
fill again, one close-out period for each time it is emptied. So the rate of a notional `q` is
`rate * sqrt(max(1, q / depth)) + slippage(min(q, depth))`: the market's move over the longer
period, and the mean distance at which the book takes it. Rates are rounded up to a basis point.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import TypedDict

from marginline.core.nouns import dataclass
from marginline.core.numbers import ONE, ZERO, Direction, exactly, text_or_none, to_step, to_text
from marginline.errors import InputError, Problem
from marginline.risk.study.caps import Cap

STEPS = tuple(map(Decimal, ("0.25", "0.5", "1", "2", "4", "8", "16")))
"""Upper ends of the tiers, as multiples of the depth; the last tier has none."""
_POINT = Decimal("0.0001")
_PLACES = Decimal(1)


@dataclass(frozen=True, slots=True)
class Level:
    """So much notional rests within this distance (a fraction) of the mid price."""

    within: Decimal
    notional: Decimal


class RowDocument(TypedDict):
    """One row of the table, as account files and `--tiers` read it."""

    floor: str
    cap: str | None
    rate: str
    deduction: str
    initial_rate: str
    max_leverage: str


@dataclass(frozen=True, slots=True)
class Row:
    """One tier: `floor < notional <= cap`; the deduction keeps the requirement continuous."""

    floor: Decimal
    cap: Decimal | None
    rate: Decimal
    deduction: Decimal
    initial_rate: Decimal
    max_leverage: Decimal

    def to_dict(self) -> RowDocument:
        """The row as JSON-able data."""
        return {
            "floor": to_text(self.floor),
            "cap": text_or_none(self.cap),
            "rate": to_text(self.rate),
            "deduction": to_text(self.deduction),
            "initial_rate": to_text(self.initial_rate),
            "max_leverage": to_text(self.max_leverage),
        }


@dataclass(frozen=True, slots=True)
class Table:
    """A dated tier table of one symbol."""

    symbol: str
    day: date
    source: str
    rows: tuple[Row, ...]

    def to_dict(self) -> dict[str, object]:
        """The table as `--tiers` and `read_tiers` load it; nulls left out."""
        rows = [{k: v for k, v in row.to_dict().items() if v is not None} for row in self.rows]
        return {
            "as_of": self.day.isoformat(),
            "source": self.source,
            "tiers": {self.symbol: rows},
        }


def slippage(depth: Sequence[Level], notional: Decimal) -> Decimal:
    """The mean distance, a fraction, at which the book takes a notional; it rests evenly between.

    Beyond the deepest level the mean stays that of the whole book: the rest waits.
    """
    taken = cost = near = ZERO
    for level in depth:
        here = min(notional, level.notional) - taken
        if here <= 0:
            break
        part = level.notional - taken
        far = near + (level.within - near) * here / part
        cost += here * (near + far) / 2
        taken, near = taken + here, level.within
    return cost / taken if taken else ZERO


@exactly
def table_of(
    symbol: str,
    day: date,
    rate: Decimal,
    depth: Sequence[Level],
    *,
    maintenance_share: Decimal,
    cap: Cap | None = None,
    source: str = "",
) -> Table:
    """The tiers of a symbol.

    Args:
        symbol: the instrument.
        day: from which the table holds.
        rate: initial rate of a small position, a fraction of the notional.
        depth: cumulated, nearest level first; empty: one tier without end.
        maintenance_share: the maintenance rate as a fraction of the initial one.
        cap: a regulator's, which no leverage exceeds.
        source: where the rates come from.

    Raises:
        InputError: levels that do not rise, or a cap that forbids the trade.
    """
    _check(depth)
    if cap is not None and cap.leverage <= 0:
        raise InputError([Problem("cap", cap.jurisdiction, f"forbids it: {cap.source}")])
    rows = tuple(_rows(rate, depth, maintenance_share, cap))
    return Table(symbol, day, source, rows)


def _rows(rate: Decimal, depth: Sequence[Level], share: Decimal, cap: Cap | None) -> Iterator[Row]:
    whole = depth[-1].notional if depth else ZERO
    ends: list[Decimal | None] = [to_step(whole * n, _PLACES, Direction.UP) for n in STEPS]
    floor, before, deduction = ZERO, ZERO, ZERO
    for end in [*ends, None] if depth else [None]:
        size = floor * 2 if end is None else end
        initial = _initial(rate, depth, whole, size, cap)
        held = max(to_step(initial * share, _POINT, Direction.UP), before)
        deduction += floor * (held - before)
        most = (ONE / initial).to_integral_value(ROUND_FLOOR)
        yield Row(floor, end, held, deduction, initial, max(ONE, most))
        floor, before = end or floor, held


def _initial(
    rate: Decimal, depth: Sequence[Level], whole: Decimal, size: Decimal, cap: Cap | None
) -> Decimal:
    found = rate
    if whole:
        longer = max(ONE, size / whole).sqrt()
        found = rate * longer + slippage(depth, min(size, whole))
    found = min(to_step(found, _POINT, Direction.UP), ONE)
    return found if cap is None else max(found, ONE / cap.leverage)


def _check(depth: Sequence[Level]) -> None:
    taken = near = ZERO
    for number, level in enumerate(depth):
        if level.within <= near or level.notional <= taken:
            text = f"{to_text(level.within)}: {to_text(level.notional)}"
            message = "distance and notional must rise from level to level"
            raise InputError([Problem(f"depth[{number}]", text, message)])
        near, taken = level.within, level.notional

"""What changed between two sets of tier tables: symbols, rows, and what it costs at a size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypedDict

from marginline import formulas
from marginline.core.account.tables import TierRow, TierTable
from marginline.core.numbers import ZERO, text_or_none, to_text

FIELDS = ("floor", "cap", "rate", "deduction", "initial_rate", "max_leverage")


class BeforeAfter(TypedDict):
    """One number of either side as a decimal string; null where it has none."""

    before: str | None
    after: str | None


class RowChangeDocument(TypedDict):
    """A row in the document: "added", "removed" or "changed", and the fields that differ."""

    row: int
    change: str
    fields: dict[str, BeforeAfter]


class SymbolChangeDocument(TypedDict):
    """A symbol in the document; `largest_change` is a notional and a relative change there."""

    symbol: str
    rows_before: int
    rows_after: int
    max_leverage: BeforeAfter
    largest_change: dict[str, str]
    rows: list[RowChangeDocument]


class TiersDocument(TypedDict):
    """The difference as JSON-able data."""

    added: list[str]
    removed: list[str]
    changed: list[SymbolChangeDocument]
    unchanged: int


def _before_after(before: Decimal | None, after: Decimal | None) -> BeforeAfter:
    return {"before": text_or_none(before), "after": text_or_none(after)}


@dataclass(frozen=True, slots=True)
class RowChange:
    """One row (counted from 1) in which something is another number; None where there is no row."""

    row: int
    before: TierRow | None
    after: TierRow | None

    def fields(self) -> Iterator[tuple[str, Decimal | None, Decimal | None]]:
        """Name, value before and value after of each field that differs."""
        for name in FIELDS:
            was, is_now = getattr(self.before, name, None), getattr(self.after, name, None)
            if was != is_now:
                yield name, was, is_now

    def to_dict(self) -> RowChangeDocument:
        """The change as JSON-able data."""
        fields = {name: _before_after(was, is_now) for name, was, is_now in self.fields()}
        kind = "added" if self.before is None else "removed" if self.after is None else "changed"
        return {"row": self.row, "change": kind, "fields": fields}


@dataclass(frozen=True, slots=True)
class SymbolChange:
    """One symbol whose table is another one."""

    symbol: str
    before: TierTable
    after: TierTable
    rows: tuple[RowChange, ...]

    @property
    def leverage(self) -> tuple[Decimal | None, Decimal | None]:
        """The highest leverage allowed, before and after."""
        return _top_leverage(self.before), _top_leverage(self.after)

    def maintenance(self, notional: Decimal) -> tuple[Decimal, Decimal] | None:
        """Maintenance margin of a notional, before and after; None where it has no rates."""
        was, is_now = maintenance_at(self.before, notional), maintenance_at(self.after, notional)
        return None if was is None or is_now is None else (was, is_now)

    def worst(self) -> tuple[Decimal, Decimal]:
        """Where the requirement rises (or falls) most: the notional, and the relative change."""
        best = (ZERO, ZERO)
        for notional in _edges(self.before, self.after):
            pair = self.maintenance(notional)
            if pair is not None and pair[0]:
                change = (pair[1] - pair[0]) / pair[0]
                best = max(best, (notional, change), key=lambda each: (abs(each[1]), each[1]))
        return best

    def to_dict(self) -> SymbolChangeDocument:
        """The change as JSON-able data."""
        notional, change = self.worst()
        return {
            "symbol": self.symbol,
            "rows_before": len(self.before.rows),
            "rows_after": len(self.after.rows),
            "max_leverage": _before_after(*self.leverage),
            "largest_change": {"notional": to_text(notional), "relative": to_text(change)},
            "rows": [row.to_dict() for row in self.rows],
        }


@dataclass(frozen=True, slots=True)
class TiersDifference:
    """Symbols that came, went, and changed, each in the order of its file."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[SymbolChange, ...]
    unchanged: int

    def to_dict(self) -> TiersDocument:
        """The difference as JSON-able data."""
        return {
            "added": list(self.added),
            "removed": list(self.removed),
            "changed": [change.to_dict() for change in self.changed],
            "unchanged": self.unchanged,
        }


def compare(
    old: Mapping[str, TierTable], new: Mapping[str, TierTable], symbols: Iterable[str] = ()
) -> TiersDifference:
    """The difference of two sets of tables, of all symbols or of those named."""
    wanted = set(symbols)
    before = {s: table for s, table in old.items() if not wanted or s in wanted}
    after = {s: table for s, table in new.items() if not wanted or s in wanted}
    both = [symbol for symbol in before if symbol in after]
    changes = [_symbol_change(symbol, before[symbol], after[symbol]) for symbol in both]
    changed = tuple(change for change in changes if change.rows)
    return TiersDifference(
        added=tuple(symbol for symbol in after if symbol not in before),
        removed=tuple(symbol for symbol in before if symbol not in after),
        changed=changed,
        unchanged=len(both) - len(changed),
    )


def _symbol_change(symbol: str, old: TierTable, new: TierTable) -> SymbolChange:
    rows = []
    for index in range(max(len(old.rows), len(new.rows))):
        was = old.rows[index] if index < len(old.rows) else None
        is_now = new.rows[index] if index < len(new.rows) else None
        change = RowChange(index + 1, was, is_now)
        if next(change.fields(), None) is not None:
            rows.append(change)
    return SymbolChange(symbol, old, new, tuple(rows))


def maintenance_at(table: TierTable, notional: Decimal) -> Decimal | None:
    """Maintenance margin of a notional under a marginal table; None where it gives no rates."""
    total, last = ZERO, ZERO
    for row in table.rows:
        if row.rate is None or table.keyed_by == "size":
            return None
        total += formulas.positive_part(notional - row.floor) * (row.rate - last)
        last = row.rate
    return total


def _edges(*tables: TierTable) -> list[Decimal]:
    """Notionals at which the requirement may bend: every cap of either table."""
    caps = {row.cap for table in tables for row in table.rows if row.cap is not None}
    return sorted(caps)


def _top_leverage(table: TierTable) -> Decimal | None:
    return max((row.max_leverage for row in table.rows if row.max_leverage), default=None)

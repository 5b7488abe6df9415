"""The parameters an account file may bring along: tiers, collateral, borrowing, fees."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from decimal import Decimal
from typing import Protocol

from marginline.core.document.record import (
    Record,
    Sound,
    choice,
    decimal,
    list_of,
    map_of,
    none_yet,
    number_map,
    one,
)
from marginline.core.nouns import dataclass
from marginline.core.numbers import to_text
from marginline.errors import Problem

KINDS = ("marginal", "whole")


class _Row(Protocol):
    @property
    def floor(self) -> Decimal: ...
    @property
    def cap(self) -> Decimal | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TierRow(Record):
    """One row of a tier table; it covers floor < x <= cap."""

    floor: Decimal = field(metadata=decimal("where the row begins", minimum=0))
    cap: Decimal | None = field(default=None, metadata=decimal("absent: no end", above=0))
    rate: Decimal | None = field(
        default=None, metadata=decimal("maintenance rate, multiplies notional", minimum=0)
    )
    deduction: Decimal | None = field(
        default=None, metadata=decimal("maintenance amount taken off, as the venue prints it")
    )
    initial_rate: Decimal | None = field(
        default=None, metadata=decimal("initial rate where no leverage is set", minimum=0)
    )
    max_leverage: Decimal | None = field(
        default=None, metadata=decimal("highest leverage allowed", above=0)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TierTable(Record):
    """Maintenance tiers of a symbol. A bare list in the file is its rows."""

    keyed_by: str | None = field(
        default=None, metadata=choice(("notional", "size"), "what chooses the row")
    )
    kind: str | None = field(
        default=None, metadata=choice(KINDS, "slice by slice, or the whole at its row's rate")
    )
    rows: tuple[TierRow, ...] = field(
        metadata=list_of(TierRow, "ascending, from 0, touching", minimum=1)
    )

    def check(self, sound: Sound) -> Iterator[Problem]:
        """Rows that leave a gap, overlap, or whose rates fall."""
        if not sound("rows"):
            return
        yield from _ladder_problems(self.rows)
        if all(row.rate is None for row in self.rows):
            yield from _derived_rates(self.rows)
            return
        for index, row in enumerate(self.rows):
            if row.rate is None:
                yield Problem(
                    f"rows[{index}].rate",
                    "",
                    "other rows give a rate, this one none",
                    "give it in every row, or in none and max_leverage in every row",
                )
        yield from _monotone([row.rate for row in self.rows], "rate")
        yield from _monotone([row.initial_rate for row in self.rows], "initial_rate")


@dataclass(frozen=True, slots=True, kw_only=True)
class CollateralRow(Record):
    """One row of a collateral table; it covers floor < x <= cap."""

    floor: Decimal = field(metadata=decimal("where the row begins", minimum=0))
    cap: Decimal | None = field(default=None, metadata=decimal("absent: no end", above=0))
    ratio: Decimal = field(metadata=decimal("1 - haircut", minimum=0, maximum=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class CollateralRatio(Record):
    """The share of an asset that counts for one settle asset."""

    ratio: Decimal = field(metadata=decimal("1 - haircut", minimum=0, maximum=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class CollateralTable(Record):
    """How much of an asset counts: one ratio, rows, or a ratio by settle asset (BitMEX)."""

    ratio: Decimal | None = field(
        default=None, metadata=decimal("1 - haircut", minimum=0, maximum=1)
    )
    keyed_by: str | None = field(
        default=None, metadata=choice(("quantity", "value"), "what chooses the row")
    )
    kind: str = field(default="marginal", metadata=choice(KINDS, "slice by slice, or the whole"))
    rows: tuple[CollateralRow, ...] = field(
        default=(), metadata=list_of(CollateralRow, "ascending, from 0, touching")
    )
    by_settle: Mapping[str, CollateralRatio] = field(
        default_factory=none_yet, metadata=map_of(one(CollateralRatio), "ratio by settle asset")
    )

    def check(self, sound: Sound) -> Iterator[Problem]:
        """No statement or two; rows that leave a gap, overlap, or whose ratios rise."""
        if not sound("ratio", "rows", "by_settle"):
            return
        if self.ratio is not None and self.rows:
            yield Problem("rows", "", "both a ratio and rows are given", "give one of them")
        if self.ratio is None and not self.rows and not self.by_settle:
            yield Problem("", "", "says nothing", "give `ratio`, `rows` or `by_settle`")
        yield from _ladder_problems(self.rows)
        yield from _monotone([row.ratio for row in self.rows], "ratio", falling=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class BorrowRow(Record):
    """One row of a borrow table; it covers floor < principal <= cap."""

    floor: Decimal = field(metadata=decimal("where the row begins", minimum=0))
    cap: Decimal | None = field(default=None, metadata=decimal("absent: no end", above=0))
    initial_rate: Decimal | None = field(
        default=None, metadata=decimal("initial rate on the principal", minimum=0)
    )
    maintenance_rate: Decimal | None = field(
        default=None, metadata=decimal("maintenance rate on the principal", minimum=0)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BorrowTable(Record):
    """Margin of borrowing an asset. `kind` absent: the rulebook's own."""

    keyed_by: str | None = field(
        default=None, metadata=choice(("quantity", "value"), "what chooses the row")
    )
    kind: str | None = field(default=None, metadata=choice(KINDS, "slice by slice, or the whole"))
    rows: tuple[BorrowRow, ...] = field(
        metadata=list_of(BorrowRow, "ascending, from 0, touching", minimum=1)
    )

    def check(self, sound: Sound) -> Iterator[Problem]:
        """Rows that leave a gap, overlap, or whose rates fall."""
        if not sound("rows"):
            return
        yield from _ladder_problems(self.rows)
        yield from _monotone([row.initial_rate for row in self.rows], "initial_rate")
        yield from _monotone([row.maintenance_rate for row in self.rows], "maintenance_rate")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeRates(Record):
    """Fee rates of one instrument, fractions of notional; a rebate is negative."""

    maker: Decimal | None = field(default=None, metadata=decimal("maker fee rate"))
    taker: Decimal | None = field(default=None, metadata=decimal("taker fee rate"))
    liquidation: Decimal | None = field(default=None, metadata=decimal("liquidation fee rate"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fees(Record):
    """Fee rates of the account, and of single instruments."""

    maker: Decimal | None = field(default=None, metadata=decimal("maker fee rate"))
    taker: Decimal | None = field(default=None, metadata=decimal("taker fee rate"))
    liquidation: Decimal | None = field(default=None, metadata=decimal("liquidation fee rate"))
    by_instrument: Mapping[str, FeeRates] = field(
        default_factory=none_yet, metadata=map_of(one(FeeRates), "fee rates by symbol")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PerContract(Record):
    """Margin of one contract, an amount (CME)."""

    maintenance: Decimal | None = field(
        default=None, metadata=decimal("maintenance per contract", minimum=0)
    )
    initial: Decimal | None = field(
        default=None,
        metadata=decimal("initial per contract; absent: maintenance * 1.1 or * 1", minimum=0),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters(Record):
    """Tables that replace the packaged ones, each entry as a whole."""

    tiers: Mapping[str, TierTable] = field(
        default_factory=none_yet,
        metadata=map_of(one(TierTable, short="rows", shared=True), "maintenance tiers by symbol"),
    )
    collateral: Mapping[str, CollateralTable] = field(
        default_factory=none_yet,
        metadata=map_of(one(CollateralTable, shared=True), "collateral by asset"),
    )
    borrow: Mapping[str, BorrowTable] = field(
        default_factory=none_yet,
        metadata=map_of(one(BorrowTable, shared=True), "borrowing by asset"),
    )
    fees: Fees = field(default_factory=Fees, metadata=one(Fees, "fee rates"))
    per_contract: Mapping[str, PerContract] = field(
        default_factory=none_yet, metadata=map_of(one(PerContract), "amounts by symbol (CME)")
    )
    venue: Mapping[str, object] = field(
        default_factory=none_yet,
        metadata=number_map("the venue's own parameters; what reads as a number is one"),
    )


def _ladder_problems(rows: Sequence[_Row]) -> Iterator[Problem]:
    """Rows start at 0, ascend and touch; only the last may have no cap."""
    edge: Decimal | None = Decimal(0)
    for index, row in enumerate(rows):
        if edge is None:
            yield Problem(
                f"rows[{index - 1}].cap",
                "",
                "only the last row may have no cap",
                f"write the floor of the next row, {to_text(row.floor)}",
            )
        elif row.floor != edge:
            yield Problem(
                f"rows[{index}].floor",
                to_text(row.floor),
                f"rows start at 0 and touch: expected {to_text(edge)}",
                "each floor is the cap of the row before",
            )
        if row.cap is not None and row.cap <= row.floor:
            yield Problem(
                f"rows[{index}].cap",
                to_text(row.cap),
                f"the cap must be above the floor {to_text(row.floor)}",
                "",
            )
        edge = row.cap


def _monotone(
    values: Sequence[Decimal | None], name: str, *, falling: bool = False
) -> Iterator[Problem]:
    """The values given do not fall from row to row (or do not rise)."""
    last: Decimal | None = None
    for index, value in enumerate(values):
        if value is None:
            continue
        if last is not None and (value > last if falling else value < last):
            yield Problem(
                f"rows[{index}].{name}",
                to_text(value),
                f"must not {'rise' if falling else 'fall'} from row to row "
                f"(the row before has {to_text(last)})",
                "",
            )
        last = value


def _derived_rates(rows: Sequence[TierRow]) -> Iterator[Problem]:
    """Without rates every row needs a leverage to derive its rate from, and it does not rise."""
    for index, row in enumerate(rows):
        if row.max_leverage is None:
            yield Problem(
                f"rows[{index}].rate",
                "",
                "no rate, and no max_leverage to derive it from",
                "give `rate` (or `max_leverage` where the venue derives it)",
            )
    yield from _monotone([row.max_leverage for row in rows], "max_leverage", falling=True)

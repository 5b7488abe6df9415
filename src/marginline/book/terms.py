"""The terms that positions and pools share, each kept once and known by a small number.

A million positions have a few hundred contracts between them. The exact terms (Decimals, schedules
with their source) stay here in full, for unpacking and explaining; kernels get them as a `Table`.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Generic, TypeVar

import numpy as np

from marginline.book.kernels.columns import (
    AT_ENTRY,
    AT_INDEX,
    AT_MARK,
    F8,
    INVERSE,
    LINEAR,
    RATE,
    U1,
    Codes,
    Collaterals,
    Contracts,
    Groups,
    Haircuts,
    Loans,
    Table,
    Tiers,
)
from marginline.book.kernels.limits import (
    CODES_MAX,
    COLLATERALS_MAX,
    CONTRACTS_MAX,
    GROUPS_MAX,
    refuse_above,
)
from marginline.core.account.account import Instrument
from marginline.core.findings import Gap
from marginline.core.numbers import ONE, ZERO
from marginline.core.pool.exposure import Basis
from marginline.core.pool.pool import Kind, Trigger
from marginline.core.pool.schedules import HaircutSchedule, RateSchedule, TierSchedule
from marginline.venues.rulebook import Rulebook

Term = TypeVar("Term", bound=Hashable)
_SIDES = {"both": 0, "long": 1, "short": 2}
_BASES = {Basis.MARK: AT_MARK, Basis.ENTRY: AT_ENTRY, Basis.INDEX: AT_INDEX}


class Interned(Generic[Term]):
    """Terms in the order they came, each once; its number is two bytes in every row."""

    def __init__(self, what: str, most: int, remedy: str) -> None:
        self.what, self.most, self.remedy = what, most, remedy
        self.rows: list[Term] = []
        self._numbers: dict[Term, int] = {}

    def number(self, term: Term) -> int:
        """The number of a term, new or known.

        Raises:
            BookTooLarge: there are more terms than two bytes can tell apart.
        """
        found = self._numbers.get(term)
        if found is None:
            refuse_above(self.what, len(self.rows) + 1, self.most, self.remedy)
            found = self._numbers[term] = len(self.rows)
            self.rows.append(term)
        return found

    def replace(self, number: int, term: Term) -> None:
        """Put other terms in the place of a number."""
        self._numbers.pop(self.rows[number], None)
        self.rows[number] = term
        self._numbers.setdefault(term, number)

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class Priced:
    """A row of the price vector: an instrument's mark, or (`asset` True) an asset's rate."""

    name: str
    venue: str
    asset: bool = False
    in_asset: str = ""

    @property
    def label(self) -> str:
        """What a user calls it: the symbol, or `BTC/USD` for an asset's rate."""
        return f"{self.name}/{self.in_asset}" if self.asset else self.name


@dataclass(frozen=True, slots=True)
class ContractTerms:
    """An instrument with one set of maintenance terms. `instrument` None: a rate contract."""

    price: int
    instrument: Instrument | None = field(hash=False)  # it may hold notes that have no hash
    side: str = "both"
    asset: str = ""
    schedule: TierSchedule | None = None
    basis: Basis = Basis.MARK
    fee_rate: Decimal = ZERO
    closing_rate: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class CodeTerms:
    """Initial terms of a position. The fees are fractions of the notional at entry."""

    leverage: Decimal | None = None
    rate: Decimal = ZERO
    basis: Basis = Basis.MARK
    fee_rate: Decimal = ZERO
    initial_fee: Decimal = ZERO
    charge_fee: Decimal = ZERO


UNKNOWN_CODE = CodeTerms(rate=Decimal("NaN"))
"""Of a position whose leverage nobody gave: its initial margin is unknown, never 0."""


@dataclass(frozen=True, slots=True)
class GroupTerms:
    """What pools of one kind share. `rulebook` is the place in `Terms.rulebooks`, -1: none."""

    kind: Kind
    asset: str
    trigger: Trigger = Trigger()
    rulebook: int = -1


@dataclass(frozen=True, slots=True)
class CollateralTerms:
    """How a leg counts. Factors multiply the asset's price in the pool's asset."""

    asset: str
    price: int = -1
    supports: bool = True
    cuts_pnl: bool = True
    haircut: HaircutSchedule | None = None
    positive: Decimal = ONE
    negative: Decimal = ONE
    index: Decimal = ONE
    requirement: Decimal = ONE


@dataclass(frozen=True, slots=True)
class LoanTerms:
    """What a loan in a leg's asset is charged. A gap is charged nothing until something is owed."""

    maintenance: RateSchedule | Gap
    initial: RateSchedule | Gap | Decimal
    follows_leg: bool = False
    factor: Decimal = ONE


_FOLD = "pool similar terms, or split the book"


@dataclass
class Terms:
    """Every term of a book. `changed` counts changes, so that a `Table` knows when it is old."""

    priced: Interned[Priced] = field(
        default_factory=lambda: Interned("instruments and assets", 2**31 - 1, _FOLD)
    )
    contracts: Interned[ContractTerms] = field(
        default_factory=lambda: Interned("contracts", CONTRACTS_MAX, _FOLD)
    )
    codes: Interned[CodeTerms] = field(
        default_factory=lambda: Interned("initial terms", CODES_MAX, _FOLD)
    )
    groups: Interned[GroupTerms] = field(
        default_factory=lambda: Interned("groups of pools", GROUPS_MAX, _FOLD)
    )
    collaterals: Interned[CollateralTerms] = field(
        default_factory=lambda: Interned("kinds of collateral", COLLATERALS_MAX, _FOLD)
    )
    loans: Interned[LoanTerms | None] = field(
        default_factory=lambda: Interned("kinds of loans", COLLATERALS_MAX, _FOLD)
    )
    assets: Interned[str] = field(default_factory=lambda: Interned("assets", 2**16 - 1, _FOLD))
    rulebooks: list[Rulebook] = field(default_factory=list)
    index_ratios: dict[int, Decimal] = field(default_factory=dict)
    big_above: dict[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        nothing = Priced("", "")
        self.priced.number(nothing)
        self.contracts.number(ContractTerms(0, None))
        self.codes.number(CodeTerms())
        self.loans.number(None)

    def rate_contract(self, price: int) -> int:
        """The contract that makes an asset's price move a lane."""
        return self.contracts.number(ContractTerms(price, None))

    def rulebook(self, book: Rulebook) -> int:
        """The place of a rulebook."""
        for place, known in enumerate(self.rulebooks):
            if known is book:
                return place
        self.rulebooks.append(book)
        return len(self.rulebooks) - 1

    def table(self) -> Table:
        """All of it as arrays for kernels."""
        schedules: Interned[TierSchedule] = Interned("tier tables", 2**31 - 1, "")
        haircuts: Interned[HaircutSchedule] = Interned("haircut tables", 2**31 - 1, "")
        schedules.number(_NO_TIERS)
        contracts = self._contracts(schedules)
        collaterals = self._collaterals(haircuts)
        rates: Interned[RateSchedule] = Interned("rate tables of loans", 2**31 - 1, "")
        loans = self._loans(rates)
        return Table(
            contracts,
            _tiers(schedules.rows),
            self._codes(),
            self._groups(),
            collaterals,
            _haircuts(haircuts.rows),
            loans,
            _tiers(rates.rows),
        )

    def _contracts(self, schedules: Interned[TierSchedule]) -> Contracts:
        rows = self.contracts.rows
        of = [row.schedule or _NO_TIERS for row in rows]
        table = [schedules.number(schedule) for schedule in of]
        return Contracts(
            instrument=np.array([row.price for row in rows], np.uint32),
            side=np.array([_SIDES[row.side] for row in rows], np.uint8),
            asset=np.array([self.assets.number(row.asset) for row in rows], np.uint16),
            payoff=np.array([_payoff(row) for row in rows], np.uint8),
            unit=np.array([_unit(row.instrument) for row in rows]),
            table=np.array(table, np.int32),
            by_size=np.array([schedule.keyed_by == "size" for schedule in of], np.uint8),
            jumps=np.array([jumps(schedule) for schedule in of], np.uint8),
            basis=np.array([_BASES[row.basis] for row in rows], np.uint8),
            index_ratio=np.array([float(self.index_ratios.get(row.price, ONE)) for row in rows]),
            fee_rate=_floats(row.fee_rate for row in rows),
            closing_rate=_floats(row.closing_rate for row in rows),
            big_above=np.array([self.big_above.get(n, 0.0) for n in range(len(rows))]),
        )

    def _codes(self) -> Codes:
        rows = self.codes.rows
        mark = [r.rate + r.fee_rate if r.basis is Basis.MARK else ZERO for r in rows]
        entry = [r.rate + r.fee_rate if r.basis is Basis.ENTRY else ZERO for r in rows]
        return Codes(
            _floats(mark),
            _floats(e + r.initial_fee for e, r in zip(entry, rows, strict=True)),
            _floats(r.charge_fee for r in rows),
        )

    def _groups(self) -> Groups:
        rows = self.groups.rows or [GroupTerms(Kind.CROSS, "")]
        threshold = np.full((len(rows), 4), math.nan)
        status = np.zeros((len(rows), 5), np.uint8)
        strict = np.zeros((len(rows), 4), np.uint8)
        for number, row in enumerate(rows):
            trigger, many = row.trigger, len(row.trigger.levels)
            threshold[number, :many] = [float(level) for level in trigger.levels]
            strict[number, :many] = trigger.strict
            status[number, : many + 1] = [each.rank for each in trigger.statuses]
            status[number, many:] = trigger.statuses[-1].rank
        without = [row.trigger.status(ZERO, -ONE).rank for row in rows]
        return Groups(
            asset=np.array([self.assets.number(row.asset) for row in rows], np.uint16),
            level=_floats(row.trigger.level for row in rows),
            threshold=threshold,
            status=status,
            strict=strict,
            without_requirement=np.array(without, np.uint8),
        )

    def _collaterals(self, haircuts: Interned[HaircutSchedule]) -> Collaterals:
        rows = self.collaterals.rows or [CollateralTerms("")]
        cuts = [row.haircut for row in rows]
        return Collaterals(
            asset=np.array([self.assets.number(row.asset) for row in rows], np.uint16),
            price=np.array([row.price for row in rows], np.int32),
            table=np.array([-1 if h is None else haircuts.number(h) for h in cuts], np.int32),
            by_quantity=np.array(
                [h is not None and h.keyed_by == "quantity" for h in cuts], np.uint8
            ),
            whole=np.array([h is not None and h.kind == "whole" for h in cuts], np.uint8),
            supports=np.array([row.supports for row in rows], np.uint8),
            cuts_pnl=np.array([row.cuts_pnl for row in rows], np.uint8),
            positive=_floats(row.positive for row in rows),
            negative=_floats(row.negative for row in rows),
            report=_floats(row.index for row in rows),
            requirement=_floats(row.requirement for row in rows),
        )

    def _loans(self, rates: Interned[RateSchedule]) -> Loans:
        rows = [row or _NO_LOAN for row in self.loans.rows]
        upkeep = [row.maintenance for row in rows]
        initial = [_as_schedule(row.initial) for row in rows]

        def number(schedule: RateSchedule | Gap) -> int:
            return -1 if isinstance(schedule, Gap) else rates.number(schedule)

        def is_one(schedules: list[RateSchedule | Gap], name: str, value: str) -> U1:
            return np.array([getattr(s, name, "") == value for s in schedules], np.uint8)

        return Loans(
            follows=np.array([row.follows_leg for row in rows], np.uint8),
            factor=_floats(row.factor for row in rows),
            table=np.array([number(s) for s in upkeep], np.int32),
            initial_table=np.array([number(s) for s in initial], np.int32),
            by_quantity=is_one(upkeep, "keyed_by", "quantity"),
            initial_by_quantity=is_one(initial, "keyed_by", "quantity"),
            whole=is_one(upkeep, "kind", "whole"),
            initial_whole=is_one(initial, "kind", "whole"),
            steepest=_floats(ZERO if isinstance(s, Gap) else max(s.rates) for s in upkeep),
        )


def _as_schedule(rate: RateSchedule | Gap | Decimal) -> RateSchedule | Gap:
    """A flat rate as a schedule of one row, keyed by value."""
    if isinstance(rate, Decimal):
        return RateSchedule("value", "marginal", (ZERO,), (rate,), (ZERO,))
    return rate


_NO_LOAN = LoanTerms(_as_schedule(ZERO), ZERO)
_NO_TIERS = TierSchedule("notional", "marginal", (ZERO,), (ZERO,), (ZERO,), (None,), (None,))


def jumps(schedule: TierSchedule) -> bool:
    """Whether the charge jumps at a floor: whole tiers, or deductions not from the floors."""
    if len(schedule.floors) == 1:
        return False
    if schedule.kind != "marginal":
        return True
    charges = zip(
        schedule.floors[1:],
        zip(schedule.rates, schedule.deductions, strict=True),
        zip(schedule.rates[1:], schedule.deductions[1:], strict=True),
        strict=False,
    )
    return any(floor * (b[0] - a[0]) != b[1] - a[1] for floor, a, b in charges)


def settle_asset(instrument: Instrument) -> str:
    """What an instrument's P&L comes in: as it says, else its base (inverse) or its quote."""
    guess = instrument.base if instrument.payoff == "inverse" else instrument.quote
    return instrument.settle or guess or ""


def unfit(instrument: Instrument, schedule: TierSchedule) -> str:
    """Why columns cannot charge an instrument by a tier table; "" where they can."""
    if instrument.payoff == "quanto" and instrument.multiplier is None:
        return "the quanto multiplier is not given"
    if schedule.keyed_by == "size" and not schedule.per_unit and any(schedule.deductions):
        return "tiers keyed by size with deductions in money"
    rows = zip(schedule.floors, schedule.rates, schedule.deductions, strict=True)
    if any(floor * rate < deduction for floor, rate, deduction in rows):
        return "a deduction takes off more than the whole requirement"
    return ""


def _payoff(row: ContractTerms) -> int:
    if row.instrument is None:
        return RATE
    return INVERSE if row.instrument.payoff == "inverse" else LINEAR


def _unit(instrument: Instrument | None) -> float:
    if instrument is None:
        return 0.0
    if instrument.payoff == "quanto":
        assert instrument.multiplier is not None, instrument.symbol
        return float(instrument.multiplier)
    return float(instrument.contract_size)


def _tiers(rows: list[TierSchedule] | list[RateSchedule]) -> Tiers:
    return Tiers(
        _firsts(len(row.floors) for row in rows),
        _floats(floor for row in rows for floor in row.floors),
        _floats(rate for row in rows for rate in row.rates),
        _floats(deduction for row in rows for deduction in row.deductions),
    )


def _haircuts(rows: list[HaircutSchedule]) -> Haircuts:
    return Haircuts(
        _firsts(len(row.floors) for row in rows),
        _floats(floor for row in rows for floor in row.floors),
        _floats(ratio for row in rows for ratio in row.ratios),
        _floats(cumulative for row in rows for cumulative in row.cumulatives),
    )


def _firsts(lengths: Iterable[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.cumsum([0, *lengths], dtype=np.int64)


def _floats(numbers: Iterable[Decimal]) -> F8:
    return np.array([float(number) for number in numbers])

"""From a pool in normal form to rows of columns, or the reason why it does not fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Context, Decimal
from typing import TypeVar

from marginline.book.terms import (
    CodeTerms,
    CollateralTerms,
    ContractTerms,
    GroupTerms,
    LoanTerms,
    Priced,
    Terms,
    unfit,
)
from marginline.core.assessment.rules import AnyRule
from marginline.core.assessment.standard import STANDARD, STANDARD_OF_POSITION
from marginline.core.findings import Code, Gap, missing
from marginline.core.measures import Measure as M
from marginline.core.numbers import ONE, ZERO
from marginline.core.pool.exposure import Basis, Exposure, Figure, InitialTerm, MaintenanceTerm
from marginline.core.pool.pool import BorrowTerm, Kind, Leg, Pool, Trigger
from marginline.core.pool.schedules import RateSchedule, TierSchedule
from marginline.venues.rulebook import Rulebook

# Ratios of two given numbers are kept at 15 digits, so that equal terms are recognised as equal.
_KEPT = Context(prec=15)

_POOL_MEASURES = (M.MARGIN_BALANCE, M.SUPPORT, M.EQUITY, M.INITIAL_MARGIN, M.MAINTENANCE_MARGIN,
                  M.POSITION_INITIAL_MARGIN, M.ORDER_INITIAL_MARGIN, M.CLOSING_FEE,
                  M.UNREALIZED_PNL)  # fmt: skip
_POSITION_MEASURES = (
    M.NOTIONAL,
    M.UNREALIZED_PNL,
    M.INITIAL_MARGIN,
    M.MAINTENANCE_MARGIN,
    M.CLOSING_FEE,
)


_NAN = Decimal("NaN")  # of a measure that the venue does not have; never 0
_NO_INITIAL = InitialTerm(_NAN)
_INITIALS = {M.INITIAL_MARGIN, M.POSITION_INITIAL_MARGIN, M.ORDER_INITIAL_MARGIN}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What the columns can say. A part of the normal form that is new since then, and in use, does not
# fit: it must never be left out in silence.
_KNOWN: dict[type, frozenset[str]] = {
    MaintenanceTerm: _words(
        "schedule basis fee_constant fee_rate closing_fee_rate extra_notional slope "
        "group rounding counts"
    ),
    InitialTerm: _words("rate basis fee_constant fee_rate rounding"),
    Leg: _words(
        "asset balance liability locked credit options_value supports rate_positive "
        "rate_negative index haircut cuts_pnl options_support"
    ),
    Trigger: _words("level inclusive watch margin_call liquidates negative_support_liquidates"),
    Pool: _words(
        "id kind asset legs exposures orders borrows adjustments maintenance_parts "
        "initial_parts trigger scenarios order_gap available_by_asset"
    ),
}


class Unfit(Exception):
    """The pool does not fit columns; the text says why."""


@dataclass(frozen=True, slots=True)
class LegRow:
    """One lane: what a pool holds of one asset.

    Positions are (contract, size, entry, code), the loan is (kind, borrowed, spare).
    """

    collateral: int
    cash: Decimal
    beside: Decimal
    positions: tuple[tuple[int, Decimal, Decimal, int], ...]
    loan: tuple[int, Decimal, Decimal] = (0, ZERO, ZERO)
    orders: Decimal = ZERO
    liability: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class PoolRow:
    """A pool that fits. `joint` None: it is its one lane; else (support, maintenance, initial)."""

    group: int
    legs: tuple[LegRow, ...]
    joint: tuple[Decimal, Decimal, Decimal] | None = None
    own: Mapping[str, Mapping[str, Figure]] = field(default_factory=dict)
    credit: Mapping[str, Decimal] = field(default_factory=dict)


class Fitter:
    """Fits pools of one account into the terms of a book."""

    def __init__(self, terms: Terms, venue: str, rulebook: Rulebook | None = None) -> None:
        self.terms = terms
        self.venue = venue
        self.rulebook = -1 if rulebook is None else terms.rulebook(rulebook)
        self._odd = {} if rulebook is None else {k: _own_arithmetic(rulebook, k) for k in Kind}
        self._book = rulebook

    def fit(self, pool: Pool) -> PoolRow:
        """The rows of a pool.

        Raises:
            Unfit: with the reason, in words for a user.
        """
        self._refuse(pool)
        legs = tuple(self._leg(pool, leg) for leg in pool.legs)
        terms = GroupTerms(pool.kind, pool.asset, pool.trigger, self.rulebook)
        return PoolRow(
            self.terms.groups.number(terms),
            legs,
            self._constants(pool) if _is_joint(pool) else None,
            {e.key: dict(e.own) for e in pool.exposures if e.own},
            {leg.asset: leg.credit for leg in pool.legs if leg.credit},
        )

    def _constants(self, pool: Pool) -> tuple[Decimal, Decimal, Decimal]:
        """What no price moves: of the support, of the requirement, of initial margin."""
        at_leg = {leg.asset: self._requirement_rate(pool, leg) for leg in pool.legs}
        orders = (o for o in pool.orders if at_leg.get(o.asset) != o.requirement_rate)
        initial = sum((_number(o.amount) * _number(o.requirement_rate) for o in orders), ZERO)
        initial += sum((_number(part.amount) for part in pool.initial_parts), ZERO)
        return (
            sum((_number(part.amount) for part in pool.adjustments), ZERO),
            sum((_number(part.amount) for part in pool.maintenance_parts), ZERO),
            _NAN if self._has_none(pool.kind, M.INITIAL_MARGIN) else initial,
        )

    def _refuse(self, pool: Pool) -> None:
        _refuse_unknown(pool)
        _refuse_unknown(pool.trigger)
        for leg in pool.legs:
            _refuse_unknown(leg)
        if pool.kind is Kind.RISK_UNIT:
            raise Unfit("a risk unit shows a requirement and holds nothing")
        odd = set(self._odd.get(pool.kind, ()))
        if not (pool.exposures or pool.borrows or pool.maintenance_parts) and self._has_none(
            pool.kind, M.MAINTENANCE_MARGIN
        ):
            odd.discard(M.MAINTENANCE_MARGIN)  # free money, of which nothing is required
        if odd:
            names = ", ".join(sorted(measure.value for measure in odd))
            raise Unfit(f"the rulebook has arithmetic of its own for {names}")
        if pool.scenarios:
            raise Unfit("its requirement comes from scenarios, not from tiers")
        if len({loan.asset for loan in pool.borrows}) < len(pool.borrows):
            raise Unfit("it has two loans of one asset")
        missed = {order.asset for order in pool.orders if order.asset != pool.asset}
        missed |= {loan.asset for loan in pool.borrows}
        if missed - {leg.asset for leg in pool.legs}:
            raise Unfit("it has a loan, or orders, in an asset that it has no balance of")
        if pool.order_gap is not None:
            raise Unfit(pool.order_gap.message)
        closing = any(e.maintenance.closing_fee_rate for e in pool.exposures)
        if closing and pool.trigger.level != ONE:
            raise Unfit("closing fees beside a trigger level other than 1")

    def _has_none(self, kind: Kind, measure: M) -> bool:
        return self._book is not None and has_none(self._book, kind, measure)

    # -- legs ----------------------------------------------------------------------------------

    def _leg(self, pool: Pool, leg: Leg) -> LegRow:
        own = [e for e in pool.exposures if e.asset == leg.asset and e.size]
        balance, index = _number(leg.balance), _number(leg.index)
        beside = balance - leg.liability + leg.options_value - leg.usable
        rate = self._requirement_rate(pool, leg)
        collateral = self.terms.collaterals.number(self._collateral(pool, leg, own, rate))
        bare = self._has_none(pool.kind, M.INITIAL_MARGIN)
        positions = tuple(self._position(e, _NO_INITIAL if bare else e.initial) for e in own)
        price = self.terms.collaterals.rows[collateral].price
        if price >= 0:
            positions += ((self.terms.rate_contract(price), ONE, ONE, 0),)
        at_leg = (o for o in pool.orders if (o.asset, o.requirement_rate) == (leg.asset, rate))
        orders = sum((_number(o.amount) for o in at_leg), ZERO)
        loan = self._loan(pool, leg, index)
        return LegRow(collateral, leg.usable, beside, positions, loan, orders, leg.liability)

    def _requirement_rate(self, pool: Pool, leg: Leg) -> Decimal:
        """The one rate at which requirements in a leg's asset are converted."""
        rates = {_number(e.requirement_rate) for e in pool.exposures if e.asset == leg.asset}
        if leg.asset != pool.asset:
            orders = (o for o in pool.orders if o.asset == leg.asset)
            rates |= {_number(o.requirement_rate) for o in orders}
        return _same(rates, "requirement", leg, _number(leg.index))

    def _loan(self, pool: Pool, leg: Leg, index: Decimal) -> tuple[int, Decimal, Decimal]:
        loan = next((loan for loan in pool.borrows if loan.asset == leg.asset), None)
        if loan is None or _never_owed(loan):
            return 0, ZERO, ZERO
        unit = index if leg.asset != pool.asset else ONE
        terms = LoanTerms(
            _without_words(loan.maintenance),
            _without_words(loan.initial),
            loan.follows_leg,
            _KEPT.divide(_number(loan.index), unit),
        )
        return self.terms.loans.number(terms), _number(loan.fixed), leg.liability - loan.kept

    def _collateral(
        self, pool: Pool, leg: Leg, own: list[Exposure], needed: Decimal
    ) -> CollateralTerms:
        if isinstance(leg.haircut, Gap):
            raise Unfit(leg.haircut.message)
        index = _number(leg.index)
        if _same({_number(e.value_rate) for e in own}, "value", leg, index) != index:
            raise Unfit(f"P&L in {leg.asset} is valued at another rate than its index")
        foreign = leg.asset != pool.asset
        row = -1
        if foreign:
            row = self.terms.priced.number(Priced(leg.asset, self.venue, True, pool.asset))
        unit = index if foreign else ONE
        return CollateralTerms(
            leg.asset,
            row,
            leg.supports,
            leg.cuts_pnl,
            leg.haircut,
            _KEPT.divide(_number(leg.rate_positive), unit),
            _KEPT.divide(_number(leg.rate_negative), unit),
            _KEPT.divide(index, unit),
            _KEPT.divide(needed, unit),
        )

    # -- positions -----------------------------------------------------------------------------

    def _position(
        self, exposure: Exposure, initial: InitialTerm
    ) -> tuple[int, Decimal, Decimal, int]:
        term = exposure.maintenance
        schedule = term.schedule
        if isinstance(schedule, Gap):
            raise Unfit(schedule.message)
        _refuse_terms(exposure, schedule)
        price = self.terms.priced.number(Priced(exposure.instrument.symbol, self.venue))
        self._keep_index_ratio(exposure, price)
        entry = _number(exposure.entry_price)
        contract = ContractTerms(
            price,
            exposure.instrument,
            exposure.side,
            exposure.asset,
            schedule,
            term.basis,
            _number(term.fee_rate),
            _number(term.closing_fee_rate),
        )
        at_entry = exposure.notional_at(entry)
        code = CodeTerms(
            exposure.leverage,
            _number(initial.rate),
            initial.basis,
            _number(initial.fee_rate),
            _KEPT.divide(_number(initial.fee_constant), at_entry),
            _KEPT.divide(_number(term.fee_constant), at_entry),
        )
        terms = self.terms
        return terms.contracts.number(contract), exposure.size, entry, terms.codes.number(code)

    def _keep_index_ratio(self, exposure: Exposure, price: int) -> None:
        if isinstance(exposure.index, Gap) or isinstance(exposure.mark, Gap):
            if exposure.maintenance.basis is Basis.INDEX:
                raise Unfit(f"index or mark of {exposure.instrument.symbol} is not given")
            return
        ratio = _KEPT.divide(exposure.index, exposure.mark)
        known = self.terms.index_ratios.setdefault(price, ratio)
        if known != ratio and exposure.maintenance.basis is Basis.INDEX:
            raise Unfit("its index stands in another ratio to the mark than the book's")


def _own_arithmetic(book: Rulebook, kind: Kind) -> frozenset[M]:
    """Measures that a rulebook computes in a way of its own, which columns do not know."""
    pool, position = book.rules.pool[kind], book.rules.position[kind]
    odd = {m for m in _POOL_MEASURES if m in pool and not _is_standard(pool[m], STANDARD[m])}
    odd |= {
        m
        for m in _POSITION_MEASURES
        if m in position and not _is_standard(position[m], STANDARD_OF_POSITION[m])
    }
    if has_none(book, kind, M.INITIAL_MARGIN):
        odd -= _INITIALS
    return frozenset(odd)


def _is_standard(rule: AnyRule, standard: AnyRule) -> bool:
    return rule.regroups or rule.compute is standard.compute


def has_none(book: Rulebook, kind: Kind, measure: M) -> bool:
    """Whether the venue has no such measure at all; columns then say NaN."""
    rule = book.rules.pool[kind].get(measure)
    return rule is not None and rule.gap is not None and rule.gap.code is Code.NOT_APPLICABLE


def _is_joint(pool: Pool) -> bool:
    if any(not _never_owed(loan) for loan in pool.borrows):
        return True
    if len(pool.legs) != 1 or pool.adjustments or pool.maintenance_parts or pool.initial_parts:
        return True
    leg = pool.legs[0]
    rates = {leg.rate_positive, leg.rate_negative, leg.index}
    rates |= {e.requirement_rate for e in pool.exposures} | {e.value_rate for e in pool.exposures}
    beside = bool(leg.options_value or leg.locked or leg.liability)
    beside = beside or not leg.supports or not leg.cuts_pnl
    return beside or bool(pool.orders) or leg.haircut is not None or rates != {ONE}


def _refuse_terms(exposure: Exposure, schedule: TierSchedule) -> None:
    term, initial = exposure.maintenance, exposure.initial
    _refuse_unknown(term)
    _refuse_unknown(initial)
    if term.slope or term.extra_notional != ZERO:
        raise Unfit("a requirement that grows with size beside its tiers, or is charged on orders")
    if term.group is not None or not term.counts:
        raise Unfit("of a hedge only the larger side is charged")
    if term.rounding is not None or initial.rounding is not None:
        raise Unfit("the venue rounds its requirement")
    if term.keyed_at is not None:
        raise Unfit("its tier is chosen at another price than it is charged at")
    if initial.basis is Basis.INDEX:
        raise Unfit("initial margin at the index price")
    if why := unfit(exposure.instrument, schedule):
        raise Unfit(why)
    if isinstance(exposure.mark, Decimal) and exposure.mark <= 0:
        raise Unfit("its mark is not a price")


Rates = TypeVar("Rates", RateSchedule | Gap, RateSchedule | Gap | Decimal)


def _never_owed(loan: BorrowTerm) -> bool:
    return not loan.follows_leg and loan.fixed == ZERO


def _without_words(rates: Rates) -> Rates:
    """Gaps that differ in their words only are one kind of loan."""
    return missing("the rates of this loan are not known") if isinstance(rates, Gap) else rates


def _refuse_unknown(part: MaintenanceTerm | InitialTerm | Leg | Trigger | Pool) -> None:
    for one in fields(part):
        if (
            one.init
            and one.name not in _KNOWN[type(part)]
            and getattr(part, one.name) != one.default
        ):
            raise Unfit(f"columns do not know {type(part).__name__}.{one.name}")


def _same(rates: set[Decimal], name: str, leg: Leg, index: Decimal) -> Decimal:
    if len(rates) > 1:
        raise Unfit(f"positions and orders in {leg.asset} have several {name} rates")
    return rates.pop() if rates else index


def _number(figure: Figure) -> Decimal:
    if isinstance(figure, Gap):
        raise Unfit(figure.message)
    return figure

"""From columns back to a pool in normal form: the exact path on one account of a book.

A float is unpacked as its shortest decimal, which is the number that was packed where that had at
most 15 digits. What the book does not keep (fees paid, funding rates) is a gap that says so.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from marginline.book.exact.odd import decimal_of
from marginline.book.kernels.columns import F8
from marginline.book.kernels.limits import LANES
from marginline.book.kernels.values import first_slot, usable
from marginline.book.terms import CodeTerms, CollateralTerms, ContractTerms
from marginline.core.findings import Gap, missing
from marginline.core.measures import Measure
from marginline.core.numbers import ONE, ZERO, exactly
from marginline.core.pool.exposure import Basis, Exposure, Figure, InitialTerm, MaintenanceTerm
from marginline.core.pool.pool import BorrowTerm, Kind, Leg, OrderTerm, Part, Pool

if TYPE_CHECKING:
    from marginline.book.book import Book
    from marginline.core.assessment.explanation import Explanation

_NOT_KEPT = "a book does not keep {}; assess the account itself"


@exactly
def unpacked(book: Book, pool: int, lane: int, prices: F8) -> Pool:
    """A pool of the book at these prices."""
    group = book.terms.groups.rows[book.store.lanes.group[lane]]
    joint = int(book.store.lanes.joint[lane])
    keys: dict[str, int] = {}
    if joint < 0:
        leg = Leg(
            group.asset,
            _given(book.store.lanes.cash[lane], f"the balance of {group.asset}"),
            credit=_credit(book, pool, group.asset),
        )
        terms = CollateralTerms(group.asset)
        exposures = tuple(_exposures(book, pool, lane, prices, terms, keys))
        name = (
            f"{exposures[0].key} isolated"
            if group.kind is Kind.ISOLATED and exposures
            else group.asset
        )
        return Pool(name, group.kind, group.asset, (leg,), exposures, trigger=group.trigger)
    legs: list[Leg] = []
    loans: list[BorrowTerm] = []
    orders: list[OrderTerm] = []
    found: list[Exposure] = []
    row = int(book.store.joints.leg[joint])
    while row >= 0:
        terms = book.terms.collaterals.rows[book.store.legs.collateral[row]]
        of_leg = int(book.store.legs.lane[row])
        legs.append(_leg(book, pool, row, of_leg, prices, terms))
        loans += _loan(book, row, prices, terms)
        orders += _orders(book, row, prices, terms)
        found += _exposures(book, pool, of_leg, prices, terms, keys)
        row = int(book.store.legs.next[row])
    joints = book.store.joints
    return Pool(
        f"{found[0].key} isolated" if group.kind is Kind.ISOLATED and found else group.asset,
        group.kind,
        group.asset,
        tuple(legs),
        tuple(found),
        orders=tuple(orders),
        borrows=tuple(loans),
        adjustments=_parts("adjustments", joints.support[joint]),
        maintenance_parts=_parts(
            "requirements that no position carries", joints.maintenance[joint]
        ),
        initial_parts=_parts("initial margin that no position carries", joints.initial[joint]),
        trigger=group.trigger,
    )


def _orders(book: Book, row: int, prices: F8, leg: CollateralTerms) -> Iterator[OrderTerm]:
    amount = float(book.store.legs.orders[row])
    if amount:
        rate = _rate(book, prices, leg, leg.requirement)
        yield OrderTerm("all instruments", leg.asset, decimal_of(amount), rate)


def _given(number: float, what: str) -> Figure:
    """A number of the book; a gap where nobody gave it."""
    if not math.isfinite(number):
        return missing(f"{what} is not given")
    return decimal_of(number)


def _parts(name: str, amount: float) -> tuple[Part, ...]:
    if not amount or math.isnan(amount):  # NaN: the venue has no such measure
        return ()
    return (Part(name, decimal_of(amount), "as packed"),)


def _credit(book: Book, pool: int, asset: str) -> Decimal:
    return book.credit.get(pool, {}).get(asset, ZERO)


def _leg(book: Book, pool: int, row: int, lane: int, prices: F8, terms: CollateralTerms) -> Leg:
    legs = book.store.legs
    usable = _given(book.store.lanes.cash[lane], f"the balance of {terms.asset}")
    beside, liability = decimal_of(legs.beside[row]), decimal_of(legs.liability[row])
    return Leg(
        terms.asset,
        usable if isinstance(usable, Gap) else usable + beside + liability,
        liability=liability,
        locked=beside,
        credit=_credit(book, pool, terms.asset),
        supports=terms.supports,
        rate_positive=_rate(book, prices, terms, terms.positive),
        rate_negative=_rate(book, prices, terms, terms.negative),
        index=_rate(book, prices, terms, terms.index),
        haircut=terms.haircut,
        cuts_pnl=terms.cuts_pnl,
    )


def _loan(book: Book, row: int, prices: F8, leg: CollateralTerms) -> Iterator[BorrowTerm]:
    legs = book.store.legs
    terms = book.terms.loans.rows[legs.loan[row]]
    if terms is not None:
        yield BorrowTerm(
            leg.asset,
            decimal_of(legs.borrowed[row]),
            _rate(book, prices, leg, terms.factor),
            terms.maintenance,
            terms.initial,
            terms.follows_leg,
            kept=decimal_of(legs.liability[row]) - decimal_of(legs.spare[row]),
        )


def _rate(book: Book, prices: F8, terms: CollateralTerms, factor: Decimal) -> Figure:
    if terms.price < 0:
        return factor
    rate = _price(book, prices, terms.price, "rate")
    return rate if isinstance(rate, Gap) else rate * factor


def _price(book: Book, prices: F8, row: int, name: str) -> Figure:
    price = float(prices[row])
    if not usable(price):
        return missing(f"the {name} of {book.labels[row]} is {price}, which is no price")
    return decimal_of(price)


def _exposures(
    book: Book, pool: int, lane: int, prices: F8, leg: CollateralTerms, keys: dict[str, int]
) -> Iterator[Exposure]:
    slots = book.store.slots
    slot = first_slot(book.store.slices, lane)
    for _ in range(int(book.store.lanes.used[lane])):
        contract = book.terms.contracts.rows[slots.contract[slot]]
        if contract.instrument is not None:
            key = f"{contract.instrument.symbol}/{contract.side}"
            seen = keys[key] = keys.get(key, 0) + 1
            key += f"#{seen}" if seen > 1 else ""
            symbol = contract.instrument.symbol
            size = _given(slots.size[slot], f"the size of {symbol}")
            entry = _given(slots.entry[slot], f"the entry price of {symbol}")
            code = book.terms.codes.rows[slots.code[slot]]
            own = book.own.get(pool, {}).get(key, {})
            yield _exposure(book, key, contract, code, size, entry, prices, leg, own)
        slot += LANES


def _exposure(
    book: Book,
    key: str,
    contract: ContractTerms,
    code: CodeTerms,
    size: Figure,
    entry: Figure,
    prices: F8,
    leg: CollateralTerms,
    own: Mapping[str, Figure],
) -> Exposure:
    instrument = contract.instrument
    assert instrument is not None
    assert contract.schedule is not None
    mark = _price(book, prices, contract.price, "mark price")
    if isinstance(size, Gap):
        # A size is never a gap: without one the mark is, so that nothing is made of it.
        size, mark = ONE, size
    ratio = book.terms.index_ratios.get(contract.price)
    index: Figure = missing("no index price is given")
    if ratio is not None or contract.basis is Basis.INDEX:
        index = mark if isinstance(mark, Gap) else mark * (ONE if ratio is None else ratio)
    bare = Exposure(
        key,
        instrument,
        contract.side,
        size,
        entry,
        mark,
        contract.asset,
        MaintenanceTerm(contract.schedule),
        InitialTerm(code.rate),
    )
    at_entry = ZERO if isinstance(entry, Gap) else bare.notional_at(entry)
    return replace(
        bare,
        maintenance=MaintenanceTerm(
            contract.schedule,
            contract.basis,
            fee_constant=at_entry * code.charge_fee,
            fee_rate=contract.fee_rate,
            closing_fee_rate=contract.closing_rate,
        ),
        initial=InitialTerm(
            _initial_rate(code, key), code.basis, at_entry * code.initial_fee, code.fee_rate
        ),
        index=index,
        leverage=code.leverage,
        value_rate=_rate(book, prices, leg, leg.index),
        requirement_rate=_rate(book, prices, leg, leg.requirement),
        funding_rate=missing(_NOT_KEPT.format("funding rates")),
        fees=missing(_NOT_KEPT.format("the fees paid")),
        own=own,
    )


def _initial_rate(code: CodeTerms, key: str) -> Figure:
    return missing(f"the leverage of {key} is not given") if code.rate.is_nan() else code.rate


@exactly
def explained(book: Book, pool: int, measure: Measure | str, prices: object = None) -> Explanation:
    """The tree behind one number of one pool."""
    from marginline.core.assessment.assess import assess_pool
    from marginline.core.assessment.assessment import Assessment, RulebookReference
    from marginline.core.assessment.explanation import explain
    from marginline.core.later import Later

    found = assess_pool(book.unpack(pool, prices), book.rules_of(pool))  # type: ignore[arg-type]
    assessment = Assessment(
        venue="book",
        mode=None,
        as_of=datetime(1970, 1, 1, tzinfo=UTC),
        rulebook=RulebookReference("BOOK", "1970-01-01", ""),
        status=found.status,  # type: ignore[arg-type]
        asset=found.asset,
        measures=found.measures,
        pools=(found,),
        notes=Later(tuple),
        rules=book.rules_of(pool),
    )
    return explain(assessment, found.id, measure)

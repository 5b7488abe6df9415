"""From columns back to a pool in normal form: the exact path on one account of a accounts.

A float is unpacked as its shortest decimal, which is the number that was packed where that had at
most 15 digits. What the book does not keep (fees paid, funding rates) is a gap that says so.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from marginline.book.accounts import Accounts
from marginline.book.exact.odd import decimal_of
from marginline.book.kernels.columns import F8
from marginline.book.kernels.limits import LANES, NONE, BookMisuse
from marginline.book.kernels.values import first_slot, usable
from marginline.book.terms import CodeTerms, CollateralTerms, ContractTerms
from marginline.core.findings import Gap, missing
from marginline.core.numbers import ONE, ZERO, exactly
from marginline.core.pool.exposure import Basis, Exposure, Figure, InitialTerm, MaintenanceTerm
from marginline.core.pool.pool import BorrowTerm, Kind, Leg, OrderTerm, Part, Pool
from marginline.errors import Problem

_NOT_KEPT = "a book does not keep {}; assess the account itself"


@exactly
def unpacked(accounts: Accounts, pool: int, prices: F8) -> Pool:
    """A pool in normal form again, at these prices.

    Raises:
        BookMisuse: there is no such pool, or it has been closed.
    """
    if pool in accounts.odd:
        return accounts.odd[pool].at(prices)
    lane = int(accounts.lane_of_pool[pool]) if 0 <= pool < accounts.pools else NONE
    if lane == NONE:
        raise BookMisuse([Problem("pool", str(pool), "no such pool, or it has been closed")])
    group = accounts.terms.groups.rows[accounts.store.lanes.group[lane]]
    joint = int(accounts.store.lanes.joint[lane])
    keys: dict[str, int] = {}
    if joint < 0:
        leg = Leg(
            group.asset,
            _given(accounts.store.lanes.cash[lane], f"the balance of {group.asset}"),
            credit=_credit(accounts, pool, group.asset),
        )
        terms = CollateralTerms(group.asset)
        exposures = tuple(_exposures(accounts, pool, lane, prices, terms, keys))
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
    row = int(accounts.store.joints.leg[joint])
    while row >= 0:
        terms = accounts.terms.collaterals.rows[accounts.store.legs.collateral[row]]
        of_leg = int(accounts.store.legs.lane[row])
        legs.append(_leg(accounts, pool, row, of_leg, prices, terms))
        loans += _loan(accounts, row, prices, terms)
        orders += _orders(accounts, row, prices, terms)
        found += _exposures(accounts, pool, of_leg, prices, terms, keys)
        row = int(accounts.store.legs.next[row])
    joints = accounts.store.joints
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


def _orders(accounts: Accounts, row: int, prices: F8, leg: CollateralTerms) -> Iterator[OrderTerm]:
    amount = float(accounts.store.legs.orders[row])
    if amount:
        rate = _rate(accounts, prices, leg, leg.requirement)
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


def _credit(accounts: Accounts, pool: int, asset: str) -> Decimal:
    return accounts.credit.get(pool, {}).get(asset, ZERO)


def _leg(
    accounts: Accounts, pool: int, row: int, lane: int, prices: F8, terms: CollateralTerms
) -> Leg:
    legs = accounts.store.legs
    usable = _given(accounts.store.lanes.cash[lane], f"the balance of {terms.asset}")
    beside, liability = decimal_of(legs.beside[row]), decimal_of(legs.liability[row])
    return Leg(
        terms.asset,
        usable + beside + liability,
        liability=liability,
        locked=beside,
        credit=_credit(accounts, pool, terms.asset),
        supports=terms.supports,
        rate_positive=_rate(accounts, prices, terms, terms.positive),
        rate_negative=_rate(accounts, prices, terms, terms.negative),
        index=_rate(accounts, prices, terms, terms.index),
        haircut=terms.haircut,
        cuts_pnl=terms.cuts_pnl,
    )


def _loan(accounts: Accounts, row: int, prices: F8, leg: CollateralTerms) -> Iterator[BorrowTerm]:
    legs = accounts.store.legs
    terms = accounts.terms.loans.rows[legs.loan[row]]
    if terms is not None:
        yield BorrowTerm(
            leg.asset,
            decimal_of(legs.borrowed[row]),
            _rate(accounts, prices, leg, terms.factor),
            terms.maintenance,
            terms.initial,
            terms.follows_leg,
            kept=decimal_of(legs.liability[row]) - decimal_of(legs.spare[row]),
        )


def _rate(accounts: Accounts, prices: F8, terms: CollateralTerms, factor: Decimal) -> Figure:
    if terms.price < 0:
        return factor
    return _price(accounts, prices, terms.price, "rate") * factor


def _price(accounts: Accounts, prices: F8, row: int, name: str) -> Figure:
    price = float(prices[row])
    if not usable(price):
        return missing(f"the {name} of {accounts.labels[row]} is {price}, which is no price")
    return decimal_of(price)


def _exposures(
    accounts: Accounts, pool: int, lane: int, prices: F8, leg: CollateralTerms, keys: dict[str, int]
) -> Iterator[Exposure]:
    slots = accounts.store.slots
    slot = first_slot(accounts.store.slices, lane)
    for _ in range(int(accounts.store.lanes.used[lane])):
        contract = accounts.terms.contracts.rows[slots.contract[slot]]
        if contract.instrument is not None:
            key = f"{contract.instrument.symbol}/{contract.side}"
            seen = keys[key] = keys.get(key, 0) + 1
            key += f"#{seen}" if seen > 1 else ""
            symbol = contract.instrument.symbol
            size = _given(slots.size[slot], f"the size of {symbol}")
            entry = _given(slots.entry[slot], f"the entry price of {symbol}")
            code = accounts.terms.codes.rows[slots.code[slot]]
            own = accounts.own.get(pool, {}).get(key, {})
            yield _exposure(accounts, key, contract, code, size, entry, prices, leg, own)
        slot += LANES


def _exposure(
    accounts: Accounts,
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
    mark = _price(accounts, prices, contract.price, "mark price")
    if isinstance(size, Gap):
        # A size is never a gap: without one the mark is, so that nothing is made of it.
        size, mark = ONE, size
    ratio = accounts.terms.index_ratios.get(contract.price)
    index: Figure = missing("no index price is given")
    if ratio is not None or contract.basis is Basis.INDEX:
        index = mark * (ONE if ratio is None else ratio)
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
        value_rate=_rate(accounts, prices, leg, leg.index),
        requirement_rate=_rate(accounts, prices, leg, leg.requirement),
        funding_rate=missing(_NOT_KEPT.format("funding rates")),
        fees=missing(_NOT_KEPT.format("the fees paid")),
        own=own,
    )


def _initial_rate(code: CodeTerms, key: str) -> Figure:
    return missing(f"the leverage of {key} is not given") if code.rate.is_nan() else code.rate

"""The terms of a table of positions as an account file without positions, out and in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from marginline.book.kernels.limits import BookMisuse
from marginline.core.account.account import Account, Instrument
from marginline.core.account.file import dump_json
from marginline.core.account.market import Market
from marginline.core.account.tables import Parameters, TierRow, TierTable
from marginline.core.findings import Gap
from marginline.core.numbers import exactly
from marginline.core.pool.schedules import HaircutSchedule, TierSchedule
from marginline.errors import Problem
from marginline.venues.resolve.resolver import Resolver

if TYPE_CHECKING:
    from marginline.book.book import Book


class TableTerms(NamedTuple):
    """What a table of positions does not say."""

    instruments: Mapping[str, Instrument]
    """by symbol"""
    tiers: Mapping[str, TierSchedule]
    """by symbol"""
    marks: Mapping[str, float]
    """by symbol; one that is missing makes its holders UNKNOWN"""
    haircuts: Mapping[str, HaircutSchedule] = {}
    """by coin that is held as collateral"""
    rates: Mapping[str, float] = {}
    """price of a coin in `asset`; one that is missing makes its holders UNKNOWN"""
    asset: str = "USDT"
    """of pools of several assets, and of accounts without a position"""
    account: Account | None = None
    """whose venue, mode, moment and parameters judge; None: the standard pool of no venue"""


STANDARD = "standard"
"""Under `extra.book` of a terms file: no venue's rulebook, the standard pool judges."""


@exactly
def terms_of(account: Account, asset: str = "USDT") -> TableTerms:
    """The terms that an account file gives: what `from_parquet` asks for.

    `asset` is what its `market.asset_rate` prices coins in. The account's own positions and
    balances are left aside.

    Raises:
        BookMisuse: the account has resting orders, which a table has no place for.
    """
    if account.orders:
        text = "resting orders belong to one account, and a table has no place for them"
        raise BookMisuse([Problem("orders", str(len(account.orders)), text, "leave them out")])
    resolver = Resolver(account, "textbook")
    tiers: dict[str, TierSchedule] = {}
    for symbol in account.parameters.tiers:
        schedule = resolver.tiers(symbol)
        if not isinstance(schedule, Gap):
            tiers[symbol] = schedule
    marks = {symbol: float(mark) for symbol, mark in account.market.mark.items()}
    haircuts = {}
    for coin in account.parameters.collateral:
        haircut = resolver.haircut(coin)
        if not isinstance(haircut, Gap):
            haircuts[coin] = haircut
    rates = {
        coin: float(rate.index)
        for coin, rate in account.market.asset_rate.items()
        if rate.index is not None
    }
    told = None if account.extra.get("book") == STANDARD else account
    return TableTerms(account.instruments, tiers, marks, haircuts, rates, asset, told)


def terms_document(book: Book) -> str:
    """The instruments, tiers and marks of a book as an account file (JSON)."""
    instruments: dict[str, Instrument] = {}
    tiers: dict[str, TierTable] = {}
    marks: dict[str, Decimal] = {}
    for row in book.terms.contracts.rows:
        if row.instrument is None or row.schedule is None:
            continue
        symbol = row.instrument.symbol
        instruments[symbol] = row.instrument
        tiers[symbol] = _table(row.schedule)
        mark = float(book.prices[row.price])
        if 0.0 < mark < float("inf"):
            marks[symbol] = Decimal(repr(mark))
    account = Account(
        venue="textbook",
        as_of=datetime(2026, 1, 1, tzinfo=UTC),
        instruments=instruments,
        market=Market(mark=marks),
        parameters=Parameters(tiers=tiers),
        extra={"book": STANDARD},
    )
    return dump_json(account)


def _table(schedule: TierSchedule) -> TierTable:
    caps = (*schedule.floors[1:], schedule.cap)
    deductions = schedule.deductions if schedule.kind == "marginal" else (None,) * len(caps)
    rows = zip(schedule.floors, caps, schedule.rates, deductions, strict=True)
    return TierTable(
        keyed_by=schedule.keyed_by,
        kind=schedule.kind,
        rows=tuple(TierRow(floor=f, cap=c, rate=r, deduction=d) for f, c, r, d in rows),
    )

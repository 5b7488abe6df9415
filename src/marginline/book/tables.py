"""The terms of a table of positions as an account file without positions, out and in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from marginline.core.account import Account, Instrument
from marginline.core.account_file import dump_json
from marginline.core.findings import Gap
from marginline.core.market import Market
from marginline.core.numbers import exactly
from marginline.core.pool import TierSchedule
from marginline.core.tables import Parameters, TierRow, TierTable
from marginline.venues.resolver import Resolver

if TYPE_CHECKING:
    from marginline.book.book import Book


@exactly
def terms_of(
    account: Account,
) -> tuple[Mapping[str, Instrument], Mapping[str, TierSchedule], Mapping[str, float]]:
    """Instruments, tiers and marks of an account file: what `from_parquet` asks for."""
    resolver = Resolver(account, "textbook")
    tiers: dict[str, TierSchedule] = {}
    for symbol in account.parameters.tiers:
        schedule = resolver.tiers(symbol)
        if not isinstance(schedule, Gap):
            tiers[symbol] = schedule
    marks = {symbol: float(mark) for symbol, mark in account.market.mark.items()}
    return account.instruments, tiers, marks


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

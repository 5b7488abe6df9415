"""Deribit: the transaction log."""

from __future__ import annotations

from collections.abc import Iterator

from marginline.core.numbers import ZERO
from marginline.ledger.entry import Entry, EntryKind, Statement
from marginline.ledger.exactly import less
from marginline.ledger.rows import Item, Row, Words, form, signed

VENUE = "deribit"

WORDS = Words("""
trade | fill | change | options: premium and fee; futures: the fee alone, P&L waits for settlement
settlement | settlement | change | session P&L, with funding in interest_pl
delivery | settlement | change | delivery or exercise
deposit withdrawal transfer | transfer | change | paid in or out, own accounts
swap | auto_exchange | change | a leg of a conversion
correction | adjustment | change | booked by staff
staking~reward staking_reward | interest | change | reward on collateral
position~move | fill | change | CSV: a position moved, without cash
transfer~from~insurance socialized~fund | insurance | change | CSV: insurance fund
""")


def _log(row: Row) -> Iterator[Item]:
    """`cashflow` of a future is not in the balance yet: its settlement brings it."""
    word, asset, at = row.text("type"), row.text("currency"), row.at("timestamp")
    change, event = row.amount("change"), row.text("id")
    kind, symbol = WORDS.kind(word, change), row.text("instrument_name") or None
    fee = -row.flow("commission") if kind is EntryKind.FILL else ZERO
    funding = row.flow("interest_pl") if kind is EntryKind.SETTLEMENT else ZERO
    first = less(less(change, fee), funding)
    size = price = None
    if kind is EntryKind.FILL and row.text("amount"):
        size, price = signed(row.amount("amount"), row.text("side")), row.optional("price")
    yield Entry(VENUE, "", event, at, kind, asset, first, word, symbol, size=size, price=price)
    if fee:
        yield Entry(VENUE, "", event, at, EntryKind.FEE, asset, fee, "commission", symbol)
    if funding:
        yield Entry(VENUE, "", event, at, EntryKind.FUNDING, asset, funding, "interest_pl", symbol)
    yield Statement(VENUE, "", event, at, asset, row.amount("balance"), change)


FORMS = (form("deribit transaction log", "user_seq type currency change balance timestamp", _log),)

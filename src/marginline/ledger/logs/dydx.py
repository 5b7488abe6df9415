"""dYdX v4: transfers, funding payments and fills of the indexer."""

from __future__ import annotations

from collections.abc import Iterator

from marginline.core.numbers import ZERO
from marginline.ledger.entry import Entry, EntryKind
from marginline.ledger.rows import Item, Row, Words, form, signed

VENUE = "dydx"

WORDS = Words("""
DEPOSIT | transfer | received | paid in
TRANSFER_IN | transfer | received | from another subaccount
WITHDRAWAL | transfer | paid | paid out
TRANSFER_OUT | transfer | paid | to another subaccount
fundingPayment | funding | as printed | funding
LIMIT MARKET | fill | no cash but the fee | a fill
LIQUIDATED | liquidation | no cash but the fee | forced by the venue
LIQUIDATION | fill | no cash but the fee | took over another's position
DELEVERAGED OFFSETTING | adl | no cash but the fee | deleveraged
""")
_PAID = ("WITHDRAWAL", "TRANSFER_OUT")


def _transfer(row: Row) -> Iterator[Item]:
    """The type tells the side that was asked for; the same id comes again from the other side."""
    word, size = row.text("type"), row.amount("size")
    side = row.inner(row.fields.get("sender" if word in _PAID else "recipient"))
    amount = -size if word in _PAID else size
    if word not in WORDS.rows:
        raise row.wrong("type", "tells no side", "DEPOSIT, WITHDRAWAL, TRANSFER_IN, TRANSFER_OUT")
    account = side.text("subaccountNumber")
    event = f"transfer|{row.text('id')}|{word}"
    asset, at = row.text("symbol"), row.at("createdAt")
    yield Entry(VENUE, account, event, at, WORDS.kind(word), asset, amount, word)


def _funding(row: Row) -> Iterator[Item]:
    symbol, at = row.text("ticker"), row.at("createdAt")
    account = row.text("subaccountNumber")
    event = f"funding|{row.text('createdAt')}|{symbol}"
    amount, word = row.amount("payment"), "fundingPayment"
    yield Entry(VENUE, account, event, at, EntryKind.FUNDING, "USDC", amount, word, symbol)


def _fill(row: Row) -> Iterator[Item]:
    symbol, at, word = row.text("market"), row.at("createdAt"), row.text("type")
    account, event = row.text("subaccountNumber"), f"fill|{row.text('id')}"
    entry = Entry(VENUE, account, event, at, WORDS.kind(word), "USDC", ZERO, word, symbol)
    size = signed(row.amount("size"), row.text("side"))
    yield entry._replace(size=size, price=row.amount("price"))
    yield entry._replace(kind=EntryKind.FEE, amount=-row.flow("fee"), word="fee")


FORMS = (
    form("dydx transfers", "id sender recipient size createdAt type", _transfer),
    form("dydx funding payments", "ticker payment createdAt rate", _funding),
    form("dydx fills", "id market side size price fee createdAt liquidity", _fill),
)

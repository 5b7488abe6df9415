"""Kraken futures: the account log."""

from __future__ import annotations

from collections.abc import Iterator

from marginline.core.numbers import ZERO
from marginline.ledger.entry import Entry, EntryKind, Statement
from marginline.ledger.exactly import less, total
from marginline.ledger.rows import Item, Row, Words, form

VENUE = "kraken"

WORDS = Words("""
futures~trade | fill | new less old balance | cash row is money; position row is size
futures~liquidation covered~liquidation | liquidation | new less old balance | forced
futures~assignee futures~assignor | adl | new less old balance | assigned a bankrupt position
futures~unwind~counterparty futures~unwind~bankrupt | adl | new less old balance | unwound
funding~rate~change | funding | new less old balance | funding
settlement | settlement | new less old balance | settlement
conversion | auto_exchange | new less old balance | a leg of a conversion
interest~payment | interest | new less old balance | interest
kfee~applied | fee | new less old balance | paid by credits
tax~withheld tax~refund admin~transfer | adjustment | new less old balance | by staff
transfer subaccount~transfer | transfer | new less old balance | own accounts
cross-exchange~transfer | transfer | new less old balance | own accounts
""")


def _log(row: Row) -> Iterator[Item]:
    """A row of a contract repeats an earlier funding: it tells the size, and no cash."""
    asset, word, at = row.text("asset"), row.text("info"), row.at("date")
    event, account = row.first("booking_uid", "id"), row.text("margin_account")
    change = less(row.amount("new_balance"), row.amount("old_balance"))
    kind = WORDS.kind(word, change)
    if "_" in asset:  # a contract: pi_bchusd
        settle = row.text("collateral") or account.partition(":")[0]
        entry = Entry(VENUE, account, event, at, kind, settle, ZERO, word, asset)
        price = row.optional("trade_price")
        yield entry._replace(size=change, price=price) if kind.fills else entry
        return
    fee = ZERO if kind in (EntryKind.FUNDING, EntryKind.FEE) else -row.flow("fee")
    funding = row.flow("realized_funding") if kind.fills else ZERO
    first = less(change, total((fee, funding)))
    yield Entry(VENUE, account, event, at, kind, asset, first, word)
    if fee:
        yield Entry(VENUE, account, event, at, EntryKind.FEE, asset, fee, "fee")
    if funding:
        yield Entry(
            VENUE, account, event, at, EntryKind.FUNDING, asset, funding, "realized_funding"
        )
    yield Statement(VENUE, account, event, at, asset, row.amount("new_balance"), change)


FORMS = (form("kraken account log", "asset info date old_balance new_balance", _log),)

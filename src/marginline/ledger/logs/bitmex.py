"""BitMEX (closed on 2026-09-23): the wallet history, as JSON and as CSV."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from marginline.ledger.entry import Entry, Statement
from marginline.ledger.rows import Item, Row, Words, form

VENUE = "bitmex"

WORDS = Words("""
Deposit Withdrawal Transfer | transfer | as printed, fee inside | paid in or out, own accounts
RealisedPNL | fill | as printed | until 2024-09-30 one row a day with fees and funding inside
Funding | funding | as printed | funding, since 2024-10-01
Conversion | auto_exchange | as printed | one leg; the other has no common id
SpotTrade | fill | as printed | a leg of a spot trade
AffiliatePayout | adjustment | as printed | commission of referrals
""")

_UNITS = {
    "XBt": ("XBT", Decimal("1e-8")),
    "USDt": ("USDT", Decimal("1e-6")),
    "BMEx": ("BMEX", Decimal("1e-6")),
    "Gwei": ("ETH", Decimal("1e-9")),
    "LAMp": ("SOL", Decimal("1e-9")),
}
"""The smallest unit of a currency: what it is a part of, and which."""
_BOOKED = ("Completed", "Confirmed")


def _wallet(row: Row) -> Iterator[Item]:
    """Only what was booked is in the balance; `timestamp` orders it, `transactTime` does not."""
    word = row.text("transactType")
    if row.text("transactStatus") not in _BOOKED or word in ("UnrealisedPNL", "Total"):
        return
    unit = _UNITS.get(row.text("currency"))
    if unit is None:
        raise row.wrong("currency", "its smallest unit is not known", ", ".join(_UNITS))
    asset, step = unit
    at, event = row.at("timestamp"), row.text("transactID")
    amount = row.amount("amount") * step
    kind = WORDS.kind(word, amount)
    yield Entry(VENUE, "", event, at, kind, asset, amount, word, row.text("address") or None)
    if row.text("walletBalance"):
        yield Statement(VENUE, "", event, at, asset, row.amount("walletBalance") * step, amount)


FORMS = (
    form("bitmex wallet history", "transactID transactType currency amount timestamp", _wallet),
)

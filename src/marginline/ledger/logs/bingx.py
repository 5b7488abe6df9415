"""BingX: the income of a perpetual account."""

from __future__ import annotations

from collections.abc import Iterator

from marginline.ledger.entry import Entry
from marginline.ledger.rows import Item, Row, Words, form

VENUE = "bingx"

WORDS = Words("""
REALIZED_PNL | fill | as printed | realized P&L of a fill
FUNDING_FEE | funding | as printed | funding
TRADING_FEE COMMISSION | fee | as printed | trading fee, paid is negative
 | liquidation | as printed | realized loss of a liquidated position, nothing of the fund
INSURANCE_CLEAR | liquidation | as printed | realized loss of a liquidation, nothing of a fund
ADL | adl | as printed | deleveraged
TRANSFER | transfer | as printed | between own accounts
TRIAL_FUND | bonus | as printed | trial fund
SYSTEM_DEDUCTION GTD_PRICE | adjustment | as printed | by the venue; guaranteed price
""")


def _income(row: Row) -> Iterator[Item]:
    """BingX has no `symbol` on transfers; the rest is as at Binance, but `info` stands beside."""
    word, amount = row.text("incomeType"), row.amount("income")
    event = "|".join((word, row.text("tranId"), row.text("tradeId"), row.text("symbol")))
    kind, asset = WORDS.kind(word, amount), row.text("asset")
    symbol = row.text("symbol") or None
    yield Entry(VENUE, "", event, row.at("time"), kind, asset, amount, word, symbol)


FORMS = (form("bingx income", "incomeType income asset info time", _income),)

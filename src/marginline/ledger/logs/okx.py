"""OKX: the bills of a trading account."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from marginline.ledger.entry import Entry, EntryKind, Statement
from marginline.ledger.exactly import less, total
from marginline.ledger.rows import Item, Row, Words, form, signed

VENUE = "okx"

WORDS = Words("""
1 12 26 | transfer | balChg | type: transfers, strategies, structured products
2 13 14 24 30 32 | fill | pnl | type: trades, block, spread, simple, hedging, moved positions
3 34 | settlement | balChg | type: delivery, settlement
4 15 16 22 29 33 | transfer | balChg | type: loans and repayments
5 | liquidation | pnl | type: liquidation
6 | margin_move | balChg | type: margin transfer
7 | interest | balChg | type: interest deduction
8 | funding | balChg + posBalChg | type: funding
9 | adl | pnl | type: deleveraged
10 | insurance | balChg | type: clawback
11 27 28 | auto_exchange | balChg | type: conversions
250 251 | adjustment | balChg | type: profit share
sub9 sub14 sub17 sub381 sub293 sub294 sub295 | interest | balChg | interest of loans
sub108 sub117 | insurance | balChg | clawback
sub112 sub113 sub170 sub171 sub172 sub355 | settlement | balChg | delivery, exercise, settlement
sub114 sub115 sub118 sub119 sub236 sub237 sub290 sub318 | auto_exchange | balChg | conversions
sub319 sub376 sub377 | auto_exchange | balChg | conversions
sub125 sub126 sub127 sub128 | adl | pnl | deleveraged
sub160 sub161 sub162 sub332 sub333 | margin_move | balChg | isolated margin
sub173 sub174 | funding | balChg + posBalChg | funding paid, received
sub280 sub281 sub282 | adjustment | balChg | profit share
sub372 sub373 sub374 sub375 | bonus | balChg | airdrop to a bot, and its reclaim
""")


def _bill(row: Row) -> Iterator[Item]:
    """The change is `balChg + posBalChg`: an isolated funding moves the second alone."""
    asset, at, event = row.text("ccy"), row.at("ts"), row.text("billId")
    word = f"sub{row.text('subType')}"
    free, posted = row.amount("balChg"), row.flow("posBalChg")
    change = total((free, posted))
    kind = WORDS.kind(word, change)
    if kind is EntryKind.UNKNOWN:  # the type is the word where the finer one says nothing more
        word = row.text("type")
        kind = WORDS.kind(word, change)
    symbol = row.text("instId") or None
    margin = "isolated" if posted and kind is not EntryKind.MARGIN_MOVE and not free else ""
    yield from _parts(row, Entry(VENUE, "", event, at, kind, asset, change, word, symbol), margin)
    if row.text("bal"):
        yield Statement(VENUE, "free", event, at, asset, row.amount("bal"), free)


def _parts(row: Row, entry: Entry, margin: str) -> Iterator[Entry]:
    """A fill: P&L and fee, which must add up to the change; on spot the coin itself."""
    change, kind = entry.amount, entry.kind
    entry = entry._replace(margin=margin)
    if not kind.fills or kind is EntryKind.SETTLEMENT:
        yield entry
        return
    fee = row.flow("fee")
    spot = row.text("instType") in ("SPOT", "MARGIN")
    first: Decimal = less(change, fee) if spot else row.flow("pnl")
    size = price = None
    if not spot and row.text("sz"):
        sells = row.text("subType") in ("2", "4", "5", "101", "102", "103", "125")
        size = signed(row.amount("sz"), "sell" if sells else "buy")
        price = row.optional("px")
    yield entry._replace(amount=first, size=size, price=price)
    if fee:
        yield entry._replace(kind=_fee_kind(kind), amount=fee, word="fee")
    if rest := less(change, total((first, fee))):
        known = row.text("mgnMode") == "isolated"  # margin that comes and goes with the fill
        kind = EntryKind.MARGIN_MOVE if known else EntryKind.UNKNOWN
        yield entry._replace(kind=kind, amount=rest, word="rest")


def _fee_kind(kind: EntryKind) -> EntryKind:
    return EntryKind.LIQUIDATION_FEE if kind is EntryKind.LIQUIDATION else EntryKind.FEE


def _position(row: Row) -> Iterator[Item]:
    """A closed position is a summary of entries, no entry: read it as what it sums up."""
    asset, at, symbol = row.text("ccy"), row.at("uTime"), row.text("instId")
    event = f"closed|{row.text('posId')}|{row.text('uTime')}"
    parts = {
        EntryKind.FILL: row.flow("pnl"),
        EntryKind.FEE: row.flow("fee"),
        EntryKind.FUNDING: row.flow("fundingFee"),
        EntryKind.LIQUIDATION_FEE: row.flow("liqPenalty"),
    }
    for kind, amount in parts.items():
        yield Entry(VENUE, "summary", event, at, kind, asset, amount, "positions-history", symbol)
    said = row.amount("realizedPnl")
    if rest := less(said, total(parts.values())):
        yield Entry(VENUE, "summary", event, at, EntryKind.UNKNOWN, asset, rest, "rest", symbol)


FORMS = (
    form("okx bills", "billId ccy balChg type subType ts", _bill),
    form("okx closed positions", "posId ccy realizedPnl fundingFee pnl fee uTime", _position),
)

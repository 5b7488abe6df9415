"""Rows of a ledger that were kept as kind, asset and amount alone, by revisions before the row.

One amount is booked where the venue's word makes it one flow: funding, fees, interest, transfers.
Where P&L and fee came in one row (fills of Bybit, Bitget and OKX), or OKX paid a funding that may
belong to an isolated position, the amount alone does not tell the parts, and nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from marginline.core.account.moments import from_milliseconds
from marginline.ledger.entry import Entry, EntryKind
from marginline.ledger.logs import binance, bingx, bitget, bybit, okx
from marginline.ledger.rows import Words
from marginline.store.rows import LedgerRow

_OF_AN_INSTRUMENT = frozenset(
    {
        EntryKind.FILL,
        EntryKind.FEE,
        EntryKind.FUNDING,
        EntryKind.LIQUIDATION,
        EntryKind.INSURANCE,
        EntryKind.ADL,
        EntryKind.SETTLEMENT,
    }
)
_SEVERAL_FLOWS = frozenset(kind for kind in EntryKind if kind.fills) | {EntryKind.UNKNOWN}


class _Log(NamedTuple):
    """What a venue's bare rows tell: its words, those that are one flow, and how a row is named."""

    words: Words
    whole: Callable[[EntryKind, LedgerRow], bool]
    event: Callable[[LedgerRow, str], str]
    word: Callable[[LedgerRow], str] = lambda row: row.kind


def _always(kind: EntryKind, _: LedgerRow) -> bool:
    return kind is not EntryKind.UNKNOWN


def _but_fills(kind: EntryKind, _: LedgerRow) -> bool:
    return kind not in _SEVERAL_FLOWS


def _of_bybit(kind: EntryKind, row: LedgerRow) -> bool:
    """A settlement of a USDC contract has the session's P&L in it."""
    if kind is EntryKind.FUNDING and not row.text.partition(" ")[0].endswith(("USDT", "USD")):
        return False
    return _but_fills(kind, row)


def _of_okx(kind: EntryKind, row: LedgerRow) -> bool:
    return kind is not EntryKind.FUNDING and _but_fills(kind, row)


def _okx_word(row: LedgerRow) -> str:
    kind, _, sub = row.kind.partition("/")
    word = f"sub{sub}"
    return kind if okx.WORDS.kind(word) is EntryKind.UNKNOWN else word


def _income(row: LedgerRow, symbol: str) -> str:
    """As Binance's reader names an income: its type, number and symbol."""
    return f"{row.kind}|{row.id.removeprefix('um:').removeprefix('cm:').split(':')[1]}|{symbol}"


_LOGS: Mapping[str, _Log] = {
    "binance": _Log(binance.WORDS, _always, _income),
    "bingx": _Log(bingx.WORDS, _always, lambda row, _: "|".join(row.id.split(":")[:4])),
    "bybit": _Log(
        bybit.WORDS,
        _of_bybit,
        lambda row, _: f"{row.id}|{row.kind}|{row.text.partition(' ')[2]}",
    ),
    "bitget": _Log(bitget.WORDS, _but_fills, lambda row, _: row.id),
    "okx": _Log(okx.WORDS, _of_okx, lambda row, _: row.id, _okx_word),
}


def entry_of(row: LedgerRow) -> Entry | None:
    """The entry of a bare row, named as the venue's reader names it; None where it tells none."""
    venue = row.venue.partition("_")[0]
    log = _LOGS.get(venue)
    if log is None or row.amount is None:
        return None
    word = log.word(row)
    kind = log.words.kind(word, row.amount)
    if not log.whole(kind, row):
        return None
    symbol = row.text.partition(" ")[0] if kind in _OF_AN_INSTRUMENT else ""
    event, at = log.event(row, symbol), from_milliseconds(row.at)
    return Entry(venue, "", event, at, kind, row.asset, row.amount, word, symbol or None)


def event_of(row: LedgerRow) -> str:
    """How the venue's reader names this row's event; "" where its log has no reader here."""
    log = _LOGS.get(row.venue.partition("_")[0])
    return "" if log is None else log.event(row, row.text.partition(" ")[0])

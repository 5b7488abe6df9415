"""The ledger: how many entries are read, booked and attributed in a second of the processor."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import marginline as ml
from benchmarks.measuring import Row
from marginline.core.account.account import Instrument
from marginline.ledger.entry import Entry, EntryKind

COUNT = 1_000_000
_BEGIN = datetime(2026, 9, 1, tzinfo=UTC)
_SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT")
_KINDS = (EntryKind.FILL, EntryKind.FEE, EntryKind.FILL, EntryKind.FEE, EntryKind.FUNDING)


def rows() -> list[Row]:
    """Folding, booking and attributing a million entries; reading a tenth of them."""
    entries = [_entry(number) for number in range(COUNT)]
    start = time.process_time()
    ledger = ml.Ledger(entries)
    ledger.balances()
    kept = time.process_time() - start
    terms = {name: Instrument(symbol=name, payoff="linear") for name in _SYMBOLS}
    start = time.process_time()
    ml.book_positions(ledger.entries, terms)
    booked = time.process_time() - start
    before, after = _accounts(ledger)
    start = time.process_time()
    found = ml.attribute(before, after, ledger)
    attributed = time.process_time() - start
    assert found.unexplained("USDT") == 0
    documents = [entry.to_dict() for entry in entries[: COUNT // 10]]
    start = time.process_time()
    ml.read_ledger(documents)
    read = time.process_time() - start
    return [
        Row("ledger: 1,000,000 entries kept once and folded", COUNT / kept, "entries/s"),
        Row("ledger: positions booked from 1,000,000 entries", COUNT / booked, "entries/s"),
        Row("ledger: a change attributed over 1,000,000 entries", attributed, "s"),
        Row("ledger: 100,000 entries read from documents", COUNT / 10 / read, "entries/s"),
    ]


def _entry(number: int) -> Entry:
    kind, symbol = _KINDS[number % 5], _SYMBOLS[number % 4]
    fills = kind is EntryKind.FILL
    size = Decimal((number % 7 - 3) or 1) / 10
    return Entry(
        "binance",
        "",
        str(number),
        _BEGIN + timedelta(milliseconds=number + 1),
        kind,
        "USDT",
        Decimal(number % 2001 - 1000) / 10_000,
        kind.value,
        symbol,
        "both",
        size if fills else None,
        Decimal(60_000 + number % 997) / 10 if fills else None,
    )


def _accounts(ledger: ml.Ledger) -> tuple[ml.Account, ml.Account]:
    balance = ledger.balances({"USDT": Decimal(1_000_000)})["USDT"]
    document = {
        "schema": "marginline/account/1",
        "venue": "textbook",
        "positions": [],
        "instruments": {},
    }
    wallets = [[{"asset": "USDT", "balance": str(b)}] for b in (Decimal(1_000_000), balance)]
    times = (_BEGIN.isoformat(), (_BEGIN + timedelta(days=1)).isoformat())
    one, two = (
        ml.from_dict(document | {"wallets": w, "as_of": t})
        for w, t in zip(wallets, times, strict=True)
    )
    return one, two

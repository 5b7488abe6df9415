"""Real months replayed: fills, fees, funding booked, every span attributed, nothing left over."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest

import marginline as ml
from marginline.core.account.account import Instrument
from marginline.core.numbers import exact, to_text
from marginline.ledger.attribution.attribution import MEASURES
from marginline.ledger.attribution.causes import Cause
from marginline.ledger.booking import Holding
from marginline.ledger.entry import EntryKind
from marginline.ledger.exactly import total

Doc = dict[str, Any]
FEE = D("0.0004")


class Replay:
    """A trader on a real series: an account file at every moment, and the log between."""

    def __init__(self, symbol: str, base: str) -> None:
        self.symbol, self.base = symbol, base
        self.cash = D(100_000)
        terms = Instrument(symbol=symbol, payoff="linear", base=base, quote="USDT", settle="USDT")
        self.held = Holding(terms)
        self.rows: list[Doc] = []

    def book(self, kind: str, at: datetime, amount: D, **more: str) -> None:
        event = f"{len(self.rows)}"
        self.cash = total((self.cash, amount))
        row = {"event": event, "at": at.isoformat(), "kind": kind, "asset": "USDT",
               "amount": to_text(amount), "instrument": self.symbol,
               "balance": to_text(self.cash)}  # fmt: skip
        self.rows.append(row | more)

    def trade(self, at: datetime, size: D, price: D) -> None:
        pnl = self.held.fill(size, price)
        self.book("fill", at, pnl, size=to_text(size), price=to_text(price))
        self.book("fee", at, -abs(size) * price * FEE)

    def account(self, at: datetime, mark: D, index: D) -> ml.Account:
        entry = self.held.entry_price
        row = {"instrument": self.symbol, "size": to_text(self.held.size)}
        return ml.from_dict({
            "schema": "marginline/account/1", "venue": "textbook", "as_of": at.isoformat(),
            "wallets": [{"asset": "USDT", "balance": to_text(self.cash)}],
            "positions": [] if entry is None else [row | {"entry_price": to_text(entry)}],
            "instruments": {self.symbol: {"payoff": "linear", "base": self.base, "quote": "USDT",
                                          "settle": "USDT"}},
            "market": {"mark": {self.symbol: to_text(mark)},
                       "index": {self.symbol: to_text(index)}},
            "parameters": {"tiers": {self.symbol: [
                {"floor": "0", "cap": None, "rate": "0.01", "max_leverage": "50"}]},
                "fees": {"taker": "0.0004"}},
        })  # fmt: skip


def nothing_left(found: ml.Attribution) -> None:
    for measure in MEASURES:
        change = found.change("USDT", measure)
        assert change is not None
        assert total(part.amount(measure) for part in found.parts) == change
        assert found.unexplained("USDT", measure) == 0
    assert not found.notes


def minutes(path: Path) -> Iterator[tuple[datetime, D]]:
    with gzip.open(path, "rt") as lines:
        for row in csv.DictReader(lines):
            at = datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC)
            yield at, D(row["close"])


def test_bitcoin_in_january_2022(shared_data: Path) -> None:
    """Minutes with fills every 7 hours, through the falls of the 5th and 21st, hour by hour."""
    every = 60
    path = shared_data / "market" / "BTC_perp_1m_2022-01.csv.gz"
    trader, spans, log = Replay("BTCUSDT", "BTC"), 0, 0
    before: ml.Account | None = None
    whole: ml.Attribution | None = None
    sizes = (D(1), D("0.5"), D("-1.2"), D("-0.9"), D("0.6"), D("-0.35"), D("0.65"))
    with exact():
        for number, (at, close) in enumerate(minutes(path)):
            if number % 420 == 5:
                trader.trade(at, sizes[number // 420 % len(sizes)], close)
            if number % every:
                continue
            after = trader.account(at, close, close - D(number % 7 - 3))
            if before is not None:
                found = ml.attribute(before, after, ml.read_ledger(trader.rows[log:]))
                nothing_left(found)
                whole = found if whole is None else whole + found
                spans, log = spans + 1, len(trader.rows)
            before = after
    assert whole is not None
    nothing_left(whole)
    assert spans == 750
    ledger = ml.read_ledger(trader.rows)
    assert not ledger.gaps()
    assert ledger.balances({"USDT": D(100_000)}) == {"USDT": trader.cash}
    assert whole.by_cause("USDT")[Cause.FEES] == ledger.sums()["USDT", EntryKind.FEE]


def test_ripple_with_its_marks_and_its_funding(shared_data: Path) -> None:
    """A month of 8-hour marks and the funding that was paid at them (the rate is in `open`)."""
    feather = pytest.importorskip("pyarrow.feather")
    folder = shared_data / "market"
    marks, rates = (
        feather.read_table(folder / f"XRP_USDT_USDT-8h-{name}.feather").to_pylist()
        for name in ("mark", "funding_rate")
    )
    trader = Replay("XRPUSDT", "XRP")
    before: ml.Account | None = None
    whole: ml.Attribution | None = None
    assert len(marks) == len(rates) == 91
    with exact():
        for number, (mark, rate) in enumerate(zip(marks, rates, strict=True)):
            at, price = mark["date"].astimezone(UTC), D(str(mark["open"]))
            if number % 10 == 1:
                trader.trade(at, D(-5000) if number % 20 == 1 else D(3000), price)
            paid = -trader.held.size * price * D(str(rate["open"]))
            trader.book("funding", at + timedelta(seconds=1), paid)
            after = trader.account(at + timedelta(minutes=1), price, price)
            if before is not None:
                found = ml.attribute(before, after, ml.read_ledger(trader.rows))
                nothing_left(found)
                whole = found if whole is None else whole + found
            before = after
    assert whole is not None
    nothing_left(whole)
    funding = ml.read_ledger(trader.rows).sums()["USDT", EntryKind.FUNDING]
    assert whole.by_cause("USDT")[Cause.FUNDING] == funding
    assert funding > 0  # a short receives where rates are positive

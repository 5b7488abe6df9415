"""Positions from fills alone: size, average entry, realized P&L, break-even, what was posted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from decimal import Decimal

from marginline import formulas
from marginline.core.account.account import Instrument, Position
from marginline.core.nouns import dataclass
from marginline.core.numbers import ZERO, exactly, to_text
from marginline.errors import InputError, Problem
from marginline.ledger.entry import Entry, EntryKind
from marginline.ledger.exactly import SUMS, less

HoldingKey = tuple[str, str, str]
"""(account, instrument, side)."""


@dataclass(slots=True)
class Holding:
    """A position as its fills make it. Cash flows: received is positive, in the settle asset.

    `value` is what the open part cost, size times price (inverse: size over price, in coins), kept
    as a sum so that a round trip closes to the last digit. `realized_pnl`, `fees` and `funding` are
    of the position since it was opened from flat; `closed_pnl` is the realized P&L of all time.
    `other_fees` were paid in other assets and touch no price here. `posted` is the margin moved to
    it by hand or by the venue, as the log tells.
    """

    instrument: Instrument
    size: Decimal = ZERO
    value: Decimal = ZERO
    realized_pnl: Decimal = ZERO
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    closed_pnl: Decimal = ZERO
    posted: Decimal = ZERO
    settle: str | None = None
    other_fees: dict[str, Decimal] = field(default_factory=dict)

    @property
    def inverse(self) -> bool:
        """Whether P&L is linear in 1/price."""
        return self.instrument.payoff == "inverse"

    @property
    def unit(self) -> Decimal:
        """Settle asset per unit of size and of price (inverse: of 1/price)."""
        quanto = self.instrument.multiplier
        return self.instrument.contract_size if quanto is None else quanto

    @property
    def entry_price(self) -> Decimal | None:
        """Average entry price: arithmetic, of an inverse contract harmonic; None where flat."""
        if not self.size:
            return None
        worth = self.size * self.unit
        return worth / self.value if self.inverse else self.value / worth

    def break_even_price(self, closing_fee_rate: Decimal = ZERO) -> Decimal | None:
        """The closing price that pays back fees, funding and what partial closes lost.

        None where flat, or where no price does.

        Args:
            closing_fee_rate: fee of the close still to come, a fraction of its value.
        """
        if not self.size:
            return None
        carried = self.realized_pnl + self.fees + self.funding
        fee = abs(self.size) * closing_fee_rate
        if self.inverse:
            worth, left = (self.size + fee) * self.unit, self.value + carried
        else:
            worth, left = self.value - carried, (self.size - fee) * self.unit
        if not left or worth / left <= 0:
            return None
        return worth / left

    def fill(self, size: Decimal, price: Decimal) -> Decimal:
        """Book a fill of a signed size; what it realizes, fees apart."""
        value_at = size * self.unit / price if self.inverse else size * self.unit * price
        closed = formulas.size_closed_by_fill(self.size, size)
        if not closed:
            if not self.size:
                self.realized_pnl = self.fees = self.funding = ZERO
            self.size, self.value = self.size + size, SUMS.add(self.value, value_at)
            return ZERO
        # What closes all takes all of the value with it: no remainder is left of a round trip.
        released = self.value if closed == self.size else self.value * closed / self.size
        opened = size + closed
        share = value_at if not opened else value_at * -closed / size
        pnl = less(ZERO, SUMS.add(released, share))
        pnl = less(ZERO, pnl) if self.inverse else pnl
        self.size = self.size + size
        self.value = less(self.value, released) if not opened else less(value_at, share)
        self.closed_pnl = SUMS.add(self.closed_pnl, pnl)
        if opened:  # a flip opens anew
            self.realized_pnl = self.fees = self.funding = ZERO
        else:
            self.realized_pnl = SUMS.add(self.realized_pnl, pnl)
        return pnl

    def cash(self, entry: Entry) -> None:
        """Book a fee, a funding payment or a move of margin."""
        if entry.kind is EntryKind.FUNDING:
            self.funding = SUMS.add(self.funding, entry.amount)
        elif entry.kind is EntryKind.MARGIN_MOVE:
            self.posted = less(self.posted, entry.amount)
        elif entry.kind in (EntryKind.FEE, EntryKind.LIQUIDATION_FEE):
            if self.settle in (None, entry.asset):
                self.fees = SUMS.add(self.fees, entry.amount)
            else:
                paid = self.other_fees.get(entry.asset, ZERO)
                self.other_fees[entry.asset] = SUMS.add(paid, entry.amount)


@exactly
def book_positions(
    entries: Iterable[Entry],
    instruments: Mapping[str, Instrument],
    *,
    opening: Iterable[Position] = (),
) -> dict[HoldingKey, Holding]:
    """The positions that entries make, in the order of time they come in (`Ledger.entries`).

    Args:
        entries: of one or several accounts; those without an instrument move no position.
        instruments: the terms of each, by symbol.
        opening: positions held before the first entry, with their entry prices.

    Raises:
        InputError: a fill of an instrument whose terms are not given.
    """
    held: dict[HoldingKey, Holding] = {}
    for row in opening:
        holding = held[("", row.instrument, row.side)] = _new(row.instrument, instruments)
        if row.size:
            holding.fill(row.size, _entry_price(row))
    for entry in entries:
        symbol = entry.instrument
        if symbol is None:
            continue
        key = (entry.account, symbol, entry.side)
        known = held.get(key)
        fills = entry.size is not None and entry.price is not None and entry.kind.fills
        if known is None:
            if not fills and symbol not in instruments:
                continue
            known = held[key] = _new(symbol, instruments)
        if entry.size is not None and entry.price is not None and fills:
            known.settle = entry.asset
            known.fill(entry.size, entry.price)
        else:
            known.cash(entry)
    return held


def _new(symbol: str, instruments: Mapping[str, Instrument]) -> Holding:
    terms = instruments.get(symbol)
    if terms is None:
        remedy = "give its payoff and contract size"
        raise InputError([Problem(f"instruments.{symbol}", symbol, "is not known", remedy)])
    return Holding(terms)


def _entry_price(row: Position) -> Decimal:
    if row.entry_price is None:
        problem = Problem(row.key, to_text(row.size), "has no entry price", "give entry_price")
        raise InputError([problem])
    return row.entry_price

"""The crowd's life: how its rows begin, when they are called, what becomes of them, who returns.

160 isolated accounts on each of Binance's five largest contracts. They make cascades: a fall calls
some, their forced sales displace the mid, half of that stays in the index, and calls others.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from marginline.market.accounts.crowd import Crowd
from marginline.market.contracts import CONTRACTS, FEE_SCALE, FINE, MONEY, SETTLE, Contract
from marginline.market.liquidation.fund import Fund
from marginline.market.prices.paths import Span
from marginline.market.prices.streams import FIRST, Streams
from marginline.market.prices.tables import SCALE, tables
from marginline.market.tiers import maintenance, row_of

LEVERAGES = (5, 10, 10, 20, 20, 25, 50)
ROWS, FACTOR = 160, 120
"""Accounts a contract, and their notional together in parts of its depth."""
LARGEST = 5
LONG = 56 * 65536 // 100
NEAR = 8
"""Rows whose line lies within so many 1e-3 of the start are left out."""
REBORN = 65536 // 4
"""Chance of a dead row, each hour."""
GUARD = 1e-6


class CrowdKeeper:
    """The crowd of one venue."""

    def __init__(self, fund: Fund, streams: Streams, *, factor: int = FACTOR) -> None:
        self.fund, self.streams = fund, streams
        self.venue, self.moment, self.desk = fund.venue, fund.moment, fund.desk
        self._line = np.zeros(0)
        self._changed: set[int] = set()
        self._version = -1
        self._begin(factor)
        self._line = np.full(len(self.venue.crowd.size), np.nan)
        crowd = self.venue.crowd
        self._notional = np.abs(crowd.cost)
        self._direction = np.sign(crowd.size)

    # -- the beginning -------------------------------------------------------------------------

    def _begin(self, factor: int) -> None:
        columns: list[tuple[int, int, int, int, int]] = []
        for contract in CONTRACTS[:LARGEST]:
            shares = self.streams.shares(f"{contract.symbol} crowd", FIRST, 4 * ROWS)
            for lever, side, entry, notional in shares.reshape(ROWS, 4).tolist():
                mean = contract.depth * factor // ROWS * MONEY
                drawn = mean * int(tables().exponential[notional]) // SCALE
                value = min(drawn, mean * 24 // 10)
                start = contract.start_fine // FINE
                ticks = start + start * 12 * int(tables().normal[entry]) // (1000 * SCALE)
                leverage = LEVERAGES[lever * len(LEVERAGES) >> 16]
                size = value // (ticks * contract.unit) * (1 if side < LONG else -1)
                if size and self._stays(contract, size, ticks, leverage):
                    columns.append((contract.number, size, ticks, leverage, 0))
        self.venue.crowd = Crowd.of(columns)
        for row, (number, size, ticks, leverage, _) in enumerate(columns):
            self._enter(row, CONTRACTS[number], size, ticks, leverage)

    def _stays(self, contract: Contract, size: int, ticks: int, leverage: int) -> bool:
        """Whether a row stands, with its line not too near, at the start."""
        start = contract.start_fine // FINE
        price = start * (1000 - NEAR) // 1000 if size > 0 else start * (1000 + NEAR) // 1000
        cost = size * ticks * contract.unit
        return self._under(contract, size, cost, abs(cost) // leverage, price) is None

    def _under(
        self, contract: Contract, size: int, cost: int, margin: int, ticks: int
    ) -> tuple[int, int] | None:
        """(support, requirement) of a row that is called at a price, None where it stands."""
        value = size * ticks * contract.unit
        support = margin + value - cost
        required = maintenance(self.moment.rows[contract.number], abs(value))
        return (support, required) if required >= support else None

    def _enter(self, row: int, contract: Contract, size: int, ticks: int, leverage: int) -> None:
        """New margin is paid in, the position is opened against the maker."""
        crowd = self.venue.crowd
        margin = -(-abs(size) * ticks * contract.unit // leverage)
        self.venue.paid_in[SETTLE] = self.venue.paid_in.get(SETTLE, 0) + margin
        crowd.margin[row] += margin
        crowd.size[row] = 0
        self.venue.crowd_trade(row, contract, size, ticks)
        self._changed.add(row)

    # -- being called --------------------------------------------------------------------------

    def lines(self) -> npt.NDArray[np.float64]:
        """Mark in ticks at which each row is called: floats, to find the second by."""
        if self._version != self.moment.version:
            self._version = self.moment.version
            self._changed = set(range(len(self._line)))
        for row in self._changed:
            self._line[row] = self._line_of(row)
        self._changed.clear()
        return self._line

    def _line_of(self, row: int) -> float:
        crowd = self.venue.crowd
        contract = CONTRACTS[int(crowd.number[row])]
        size, own = int(crowd.size[row]), int(crowd.margin[row]) - int(crowd.cost[row])
        if not size:
            return float("nan")
        ends = []
        for _, rate, deduction in self.moment.rows[contract.number]:
            charged = size * contract.unit - abs(size) * contract.unit * rate / 1_000_000
            ends.append(-(own + deduction) / charged)
        return max(ends) if size > 0 else min(ends)

    def changed(self) -> None:
        """Funding has moved every margin."""
        self._changed = set(range(len(self._line)))

    def first(self, span: Span) -> int:
        """Seconds until a row may be called; more than the span if none is."""
        crowd, lines, found = self.venue.crowd, self.lines(), span.seconds + 1
        for contract in CONTRACTS[:LARGEST]:
            rows = crowd.number == contract.number
            longs, shorts = lines[rows & (crowd.size > 0)], lines[rows & (crowd.size < 0)]
            mark = span.mark[self.moment.number, contract.number]
            called = np.zeros(span.seconds, bool)
            if longs.size:
                called |= mark <= longs.max() * (1 + GUARD)
            if shorts.size:
                called |= mark >= shorts.min() * (1 - GUARD)
            if called.any():
                found = min(found, int(called.argmax()) + 1)
        return found

    def handle(self) -> int:
        """Close every row that integers say is called; returns how many."""
        crowd, lines, closed = self.venue.crowd, self.lines(), 0
        for contract in CONTRACTS[:LARGEST]:
            mark = self.moment.mark(contract)
            near = np.where(
                crowd.size > 0, mark <= lines * (1 + GUARD), mark >= lines * (1 - GUARD)
            )
            for row in np.flatnonzero(near & (crowd.number == contract.number) & (crowd.size != 0)):
                closed += self._call(int(row), contract, mark)
        if closed:
            self.fund.plan_sale()
        return closed

    def _call(self, row: int, contract: Contract, mark: int) -> bool:
        """All stages of one row within its second."""
        crowd = self.venue.crowd
        size, cost = int(crowd.size[row]), int(crowd.cost[row])
        under = self._under(contract, size, cost, int(crowd.margin[row]), mark)
        if under is None:
            return False
        self._changed.add(row)
        support, required = under
        self._reduce(row, contract, mark, support, required)
        size, cost = int(crowd.size[row]), int(crowd.cost[row])
        if size and self._under(contract, size, cost, int(crowd.margin[row]), mark):
            price = _bankruptcy(contract, size, mark, int(crowd.margin[row]) - cost)
            self.fund.take_row(row, contract, mark, price)
        return True

    def _reduce(self, row: int, contract: Contract, mark: int, support: int, required: int) -> None:
        """One immediate order, not worse than bankruptcy, to a requirement of half the support."""
        crowd, rows = self.venue.crowd, self.moment.rows[contract.number]
        size, unit_value = int(crowd.size[row]), mark * contract.unit
        whole = abs(size)
        if row_of(rows, whole * unit_value) == 0:
            return
        steps = whole
        if whole * unit_value * contract.clearance // FEE_SCALE <= required:
            steps = self.fund.least_close(contract, whole, unit_value, 0, support)
        price = _bankruptcy(contract, size, mark, int(crowd.margin[row]) - int(crowd.cost[row]))
        direction = -1 if size > 0 else 1
        walk = self.desk.book.walk(contract.number, direction, steps, price)
        value = 0
        for ticks, filled in walk.fills:
            self.venue.crowd_trade(row, contract, direction * filled, ticks)
            value += filled * ticks * contract.unit
        if walk.reach:
            self.moment.paths.displace(self.moment.number, contract.number, walk.reach)
        charge = min(-(-value * contract.clearance // FEE_SCALE), max(0, int(crowd.margin[row])))
        crowd.margin[row] -= charge
        self.venue.book(self.fund.account, "LIQUIDATION_FEE", charge)

    # -- coming back ---------------------------------------------------------------------------

    def rebirth(self, hour: int) -> None:
        """At a full hour some of the dead begin again at the mark, with new margin."""
        crowd = self.venue.crowd
        for contract in CONTRACTS[:LARGEST]:
            rows = crowd.rows_of(contract.number)
            if not rows:
                continue
            shares = self.streams.shares(f"{contract.symbol} crowd", hour, len(rows))
            mark = self.moment.mark(contract)
            for row, share in zip(rows, shares.tolist(), strict=True):
                if not crowd.size[row] and share < REBORN:
                    size = int(self._notional[row]) // (mark * contract.unit)
                    signed = size * int(self._direction[row])
                    self._enter(row, contract, signed, mark, int(crowd.leverage[row]))


def _bankruptcy(contract: Contract, size: int, mark: int, own: int) -> int:
    """Price in ticks at which margin less cost and the value come to nothing, in its favour."""
    value = size * mark * contract.unit
    support, whole = own + value, abs(value)
    if size > 0:
        return -(-mark * (whole - support) // whole)
    return mark * (whole + support) // whole

"""Resting orders: which of them open size, what margin they take, what they lose at the mark.

A symbol's long need is the margin of a long position and of the buys that open; its short need is
mirrored; the account holds the larger of the two, and the fees of that side's orders.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from marginline import formulas
from marginline.core.account.account import Account, Order, Position
from marginline.core.findings import AbsentError, missing
from marginline.core.numbers import ONE, ZERO, exactly
from marginline.core.pool.exposure import Figure, need
from marginline.core.pool.pool import OrderTerm
from marginline.core.pool.schedules import TierSchedule
from marginline.venues.resolve.resolver import Resolver

FOLDER = "bybit"
TAKER = "taker"
RESTING = ("limit", "market")  # conditional orders need nothing until they trigger
BUY, SELL = 1, -1

InitialOf = Callable[[Position], Figure]
"""Initial margin of an open position in its settle asset, closing fee included."""


@dataclass(frozen=True, slots=True)
class OrderSide:
    """What the orders of one side of a symbol open, in its settle asset, each at its own price.

    `margin` is value / leverage; `fees` the opening and the closing fee.
    """

    value: Decimal = ZERO
    margin: Decimal = ZERO
    fees: Decimal = ZERO

    def plus(self, other: OrderSide) -> OrderSide:
        """Both together."""
        return OrderSide(
            self.value + other.value, self.margin + other.margin, self.fees + other.fees
        )


class OrderBook:
    """The resting orders of one symbol, split into what they close and what they open.

    `best` True values a buy at min(limit, best ask) and a sell at max(limit, best bid), the rule of
    the classic account.
    """

    def __init__(self, resolver: Resolver, symbol: str, *, best: bool = False) -> None:
        self.resolver = resolver
        self.symbol = symbol
        self.instrument = resolver.instrument(symbol)
        self.best = best
        self.hedge = resolver.account.position_mode == "hedge"
        self.rows = resolver.rows.open_of(symbol)
        self.orders = [
            o for o in resolver.rows.orders_of(symbol) if o.kind in RESTING and not o.reduce_only
        ]
        self._opening: dict[int, list[tuple[Decimal, Decimal]]] = {}
        self._sides: dict[int, OrderSide] = {}

    @staticmethod
    def of(resolver: Resolver, symbol: str, *, best: bool = False) -> OrderBook:
        """The book of a symbol, made once for an account."""
        found = resolver.rows.books.get((symbol, best))
        if not isinstance(found, OrderBook):
            found = resolver.rows.books[symbol, best] = OrderBook(resolver, symbol, best=best)
        return found

    # -- which orders open ---------------------------------------------------------------------

    def opening(self, direction: int) -> list[tuple[Decimal, Decimal]]:
        """Size and price of what one side opens, in the order in which it would fill.

        One-way mode: beyond closing the opposite position. Hedge mode: the orders of the leg.
        """
        if direction not in self._opening:
            self._opening[direction] = self._opens(direction)
        return self._opening[direction]

    def _opens(self, direction: int) -> list[tuple[Decimal, Decimal]]:
        side = "buy" if direction == BUY else "sell"
        leg = "long" if direction == BUY else "short"
        own = [o for o in self.orders if o.side == side and self._belongs(o, leg)]
        priced = [(o.size, self.price(o)) for o in own]
        priced.sort(key=lambda row: -direction * row[1])
        closing = ZERO if self.hedge else self._opposite(direction)
        opened = []
        for size, price in priced:
            left = formulas.positive_part(size - closing)
            closing = formulas.positive_part(closing - size)
            if left:
                opened.append((left, price))
        return opened

    def _belongs(self, order: Order, leg: str) -> bool:
        if not self.hedge:
            return True
        if order.position_side == "both":
            text = (
                f"an order of {self.symbol} in hedge mode has no position_side; give long or short"
            )
            raise AbsentError(missing(text))
        return order.position_side == leg

    def _opposite(self, direction: int) -> Decimal:
        return sum((abs(p.size) for p in self.rows if p.size * direction < 0), ZERO)

    def price(self, order: Order) -> Decimal:
        """The price an order is valued at: its own, the mark for a market order."""
        if order.kind == "market":
            return need(self.resolver.mark(self.symbol))
        if order.price is None:
            text = f"a limit order of {self.symbol} has no price; give it"
            raise AbsentError(missing(text))
        if not self.best:
            return order.price
        market = self.resolver.account.market
        if order.side == "buy":
            return formulas.smaller(order.price, market.ask.get(self.symbol, order.price))
        return formulas.larger(order.price, market.bid.get(self.symbol, order.price))

    # -- what they take ------------------------------------------------------------------------

    def value(self, size: Decimal, price: Decimal) -> Decimal:
        """Value of an unsigned size at a price, in the settle asset."""
        unit = self.instrument.contract_size
        if self.instrument.payoff == "inverse":
            return formulas.notional_inverse(size, unit, price)
        return formulas.notional_linear(size, unit, price)

    def side(self, direction: int) -> OrderSide:
        """What the orders of one side open, with margin and fees."""
        if direction not in self._sides:
            total = OrderSide()
            for size, price in self.opening(direction):
                total = total.plus(self.charged(size, price, direction))
            self._sides[direction] = total
        return self._sides[direction]

    def charged(self, size: Decimal, price: Decimal, direction: int) -> OrderSide:
        """One order: value, value / leverage, fee of opening and of closing at bankruptcy."""
        value = self.value(size, price)
        leverage = need(self.leverage(value))
        taker = need(self.resolver.fee(self.symbol, TAKER))
        fees = formulas.fee(value, taker) + self._closing_fee(
            size, price, leverage, taker, direction
        )
        return OrderSide(value, formulas.initial_margin(value, leverage), fees)

    def _closing_fee(
        self, size: Decimal, price: Decimal, leverage: Decimal, taker: Decimal, direction: int
    ) -> Decimal:
        unit = self.instrument.contract_size
        if self.instrument.payoff == "inverse":
            return formulas.close_fee_at_bankruptcy_inverse(
                size, unit, price, leverage, taker, direction
            )
        return formulas.close_fee_at_bankruptcy_linear(
            size, unit, price, leverage, taker, direction
        )

    def leverage(self, value: Decimal) -> Figure:
        """Leverage set for the symbol, else the highest of the tier reached."""
        found = self.resolver.leverage(self.symbol)
        if found is not None:
            return found
        schedule = self.resolver.tiers(self.symbol)
        if isinstance(schedule, TierSchedule):
            rate = schedule.initial_rates[schedule.row(value)]
            if rate:
                return ONE / rate
        where = f"settings.{self.symbol}.leverage"
        return missing(f"the leverage of {self.symbol} is not given; give {where}")

    # -- sums ----------------------------------------------------------------------------------

    @property
    def both_legs(self) -> bool:
        """Whether a long and a short of the symbol are open side by side."""
        return any(p.size > 0 for p in self.rows) and any(p.size < 0 for p in self.rows)

    def initial_margin(self, initial_of: InitialOf) -> Figure:
        """Margin of the orders: larger need - position's own margin, and the fees of that side.

        Both legs of a hedge open: each leg and its orders in full (no formula is public).
        """
        try:
            long, short = self.side(BUY), self.side(SELL)
            if self.both_legs:
                return long.margin + long.fees + short.margin + short.fees
            held = {1: ZERO, -1: ZERO}
            for row in self.rows:
                held[1 if row.size > 0 else -1] += need(initial_of(row))
        except AbsentError as absent:
            return absent.gap
        long_need, short_need = held[1] + long.margin, held[-1] + short.margin
        if long_need == short_need:
            counting = formulas.larger(long.fees, short.fees)
        else:
            counting = long.fees if long_need > short_need else short.fees
        return formulas.larger(long_need, short_need) - held[1] - held[-1] + counting

    def extra_notional(self, position: Position) -> Figure:
        """Value of orders that the tiers of a position are charged on: the larger side's.

        Both legs of a hedge open: each leg with its own orders.
        """
        try:
            if self.both_legs:
                return self._opened(1 if position.size > 0 else -1)
            return self.larger_side()
        except AbsentError as absent:
            return absent.gap

    def covers(self, position: Position) -> bool:
        """Whether a leg is the covered one of a hedge pair: the smaller; of equal ones the short.

        Its maintenance margin is its closing fee (reproduced, 1 captured pair).
        """
        if not self.both_legs:
            return False
        long = sum((p.size for p in self.rows if p.size > 0), ZERO)
        short = -sum((p.size for p in self.rows if p.size < 0), ZERO)
        return long < short if position.size > 0 else short <= long

    def fees_beside(self) -> Figure:
        """Fees to open and to close the orders that maintenance counts, in the settle asset.

        `value * f + value * (1 -/+ 1 / L) * f` (reproduced, 4 accounts).
        """
        try:
            buys, sells = self._opened(BUY), self._opened(SELL)
            if self.both_legs:
                return self._fees(BUY) + self._fees(SELL)
            return self._fees(BUY if buys >= sells else SELL)
        except AbsentError as absent:
            return absent.gap

    def _fees(self, direction: int) -> Decimal:
        return self.side(direction).fees if self._opened(direction) else ZERO

    def value_beside(self) -> Figure:
        """Value of the orders that no position's tiers are charged on: there is none, or a covered.

        In the settle asset, at own prices.
        """
        try:
            if not self.rows:
                return self.larger_side()
            covered = [p for p in self.rows if self.covers(p)]
            return sum((self._opened(1 if p.size > 0 else -1) for p in covered), ZERO)
        except AbsentError as absent:
            return absent.gap

    def larger_side(self) -> Decimal:
        """Value of the larger order side beyond closing, at own prices."""
        return formulas.larger(self._opened(BUY), self._opened(SELL))

    def _opened(self, direction: int) -> Decimal:
        rows = self.opening(direction)
        return sum((self.value(size, price) for size, price in rows), ZERO)

    def opens(self) -> bool:
        """Whether any order opens size; False where that cannot be told (a finding says why)."""
        try:
            return bool(self.larger_side())
        except AbsentError:
            return False

    def loss(self) -> Decimal:
        """What the limit orders would lose at the mark the moment they fill: <= 0, settle asset."""
        total = ZERO
        for order in self.resolver.rows.orders_of(self.symbol):
            if order.kind != "limit":
                continue
            direction = 1 if order.side == "buy" else -1
            mark, price = need(self.resolver.mark(self.symbol)), self.price(order)
            gain = direction * (self.value(order.size, mark) - self.value(order.size, price))
            if self.instrument.payoff == "inverse":
                gain = -gain
            total += formulas.negative_part(gain)
        return total


# -- of an account -----------------------------------------------------------------------------


def symbols_with_orders(resolver: Resolver, assets: Iterable[str]) -> list[str]:
    """Symbols with orders that settle in one of the assets, in the order they appear."""
    wanted = set(assets)
    return [s for s in resolver.rows.ordered if resolver.settle(s) in wanted]


def order_terms(
    resolver: Resolver,
    asset: str,
    initial_of: InitialOf,
    *,
    rate: Figure = ONE,
    isolated: bool = False,
    best: bool = False,
) -> tuple[OrderTerm, ...]:
    """What the resting orders of an asset's symbols take, symbol by symbol."""
    return tuple(
        OrderTerm(
            symbol,
            asset,
            OrderBook.of(resolver, symbol, best=best).initial_margin(initial_of),
            rate,
            isolated,
        )
        for symbol in symbols_with_orders(resolver, [asset])
    )


@exactly
def order_cost(account: Account, order: Order) -> Figure:
    """What a new order takes from the available balance, by itself, in its settle asset.

    `q P / L + q P f + q P (1 -/+ 1/L) f`; inverse `Q/P / L + Q/P f + Q/P (1 +/- 1/L) f`.

    Source: Bybit, Order Cost (USDT Contract), 2024-10-30.
    """
    book = OrderBook(Resolver(account, FOLDER), order.instrument)
    try:
        side = book.charged(order.size, book.price(order), BUY if order.side == "buy" else SELL)
    except AbsentError as absent:
        return absent.gap
    return side.margin + side.fees

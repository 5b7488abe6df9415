"""Resting orders: which of them open size, what margin they take, what they lose at the mark.

A symbol's long need is the margin of a long position and of the buys that open; its short need is
mirrored; the account holds the larger of the two, and the fees of that side's orders.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import NamedTuple

from marginline import formulas
from marginline.core.account.account import Account, Order, Position
from marginline.core.findings import AbsentError, missing
from marginline.core.numbers import ONE, ZERO, exactly
from marginline.core.pool.exposure import Figure, figured, need
from marginline.core.pool.pool import OrderTerm
from marginline.venues.bybit.pools.contracts import TAKER, fee_at_bankruptcy, side_of
from marginline.venues.resolve.orders import counted, initial_rate, opening, price_of, total_value
from marginline.venues.resolve.resolver import Resolver

FOLDER = "bybit"
BUY, SELL = 1, -1

InitialOf = Callable[[Position], Figure]
"""Initial margin of an open position in its settle asset, closing fee included."""


class Taken(NamedTuple):
    """What orders take, each at its own price: value / leverage; fees to open and to close."""

    margin: Decimal
    fees: Decimal


class _Worked:
    """What was worked out of the orders of one symbol: kept with the account's rows.

    It does not hold the resolver, which holds it: a judged account is gone at once, and does not
    wait for a search for garbage.
    """

    __slots__ = ("opening", "orders", "rows", "taken", "values")

    def __init__(self, resolver: Resolver, symbol: str) -> None:
        self.rows = resolver.rows.open_of(symbol)
        self.orders = counted(resolver.rows.orders_of(symbol))
        self.opening: dict[int, list[tuple[Decimal, Decimal]]] = {}
        self.taken: dict[int, Taken] = {}
        self.values: dict[int, Decimal] = {}


class OrderBook:
    """The resting orders of one symbol, split into what they close and what they open.

    `best` True values a buy at min(limit, best ask) and a sell at max(limit, best bid), the rule of
    the classic account.
    """

    def __init__(self, resolver: Resolver, symbol: str, *, best: bool = False) -> None:
        self.resolver = resolver
        self.symbol = symbol
        self.best = best
        self.hedge = resolver.account.position_mode == "hedge"
        found = resolver.rows.books.get((symbol, best))
        if not isinstance(found, _Worked):
            found = resolver.rows.books[symbol, best] = _Worked(resolver, symbol)
        self.rows, self.orders = found.rows, found.orders
        self.both_legs = len({row.size > 0 for row in self.rows}) > 1
        """Whether a long and a short of the symbol are open side by side."""
        self._opening, self._taken, self._values = found.opening, found.taken, found.values

    # -- which orders open ---------------------------------------------------------------------

    def opening(self, direction: int) -> list[tuple[Decimal, Decimal]]:
        """Size and price of what one side opens, in the order in which it would fill.

        One-way mode: beyond closing the opposite position. Hedge mode: the orders of the leg.
        """
        if direction not in self._opening:
            side, leg = ("buy", "long") if direction == BUY else ("sell", "short")
            own = [o for o in self.orders if o.side == side and self._belongs(o, leg)]
            opposite = (abs(p.size) for p in self.rows if p.size * direction < 0)
            closing = ZERO if self.hedge else sum(opposite, ZERO)
            self._opening[direction] = opening(own, closing, self.price)
        return self._opening[direction]

    def _belongs(self, order: Order, leg: str) -> bool:
        if self.hedge and order.position_side == "both":
            text = f"an order of {self.symbol} in hedge mode has no position_side"
            raise AbsentError(missing(f"{text}; give long or short"))
        return not self.hedge or order.position_side == leg

    def price(self, order: Order) -> Decimal:
        """The price an order is valued at."""
        price, market = price_of(self.resolver, order), self.resolver.account.market
        if order.kind == "market" or not self.best:
            return price
        if order.side == "buy":
            return formulas.smaller(price, market.ask.get(self.symbol, price))
        return formulas.larger(price, market.bid.get(self.symbol, price))

    # -- what they take ------------------------------------------------------------------------

    def taken(self, direction: int) -> Taken:
        """What the opening orders of one side take."""
        if direction not in self._taken:
            rows = [self.charged(size, at, direction) for size, at in self.opening(direction)]
            margin, fees = (sum((row[n] for row in rows), ZERO) for n in (0, 1))
            self._taken[direction] = Taken(margin, fees)
        return self._taken[direction]

    def charged(self, size: Decimal, price: Decimal, direction: int) -> Taken:
        """One order: value / leverage, fee of opening and of closing at bankruptcy."""
        value = self.resolver.value(self.symbol, size, price)
        leverage, instrument = self.leverage(value), self.resolver.instrument(self.symbol)
        taker = need(self.resolver.fee(self.symbol, TAKER))
        closing = fee_at_bankruptcy(
            instrument, size, price, leverage=leverage, taker=taker, side=direction
        )
        return Taken(formulas.initial_margin(value, leverage), formulas.fee(value, taker) + closing)

    def leverage(self, value: Decimal) -> Decimal:
        """Leverage set for the symbol, else the highest of the tier reached."""
        return ONE / initial_rate(self.resolver, self.symbol, value)

    # -- sums ----------------------------------------------------------------------------------

    @figured
    def initial_margin(self, initial_of: InitialOf) -> Figure:
        """Margin of the orders: larger need - position's own margin, and the fees of that side.

        Both legs of a hedge open: each leg and its orders in full (no formula is public).
        """
        long, short = self.taken(BUY), self.taken(SELL)
        if self.both_legs:
            return sum((*long, *short), ZERO)
        held = {BUY: ZERO, SELL: ZERO}
        for row in self.rows:
            held[side_of(row)] += need(initial_of(row))
        long_need, short_need = held[BUY] + long.margin, held[SELL] + short.margin
        if long_need == short_need:
            counting = formulas.larger(long.fees, short.fees)
        else:
            counting = long.fees if long_need > short_need else short.fees
        return formulas.larger(long_need, short_need) - held[BUY] - held[SELL] + counting

    @figured
    def extra_notional(self, position: Position) -> Figure:
        """Value of orders that the tiers of a position are charged on: the larger side's.

        Both legs of a hedge open: each leg with its own orders.
        """
        return self._opened(side_of(position)) if self.both_legs else self.larger_side()

    def covers(self, position: Position) -> bool:
        """Whether a leg is the covered one of a hedge pair: the smaller; of equal ones the short.

        Its maintenance margin is its closing fee (reproduced, 1 captured pair).
        """
        if not self.both_legs:
            return False
        net = sum((row.size for row in self.rows), ZERO)
        return net < 0 if position.size > 0 else net >= 0

    @figured
    def fees_beside(self) -> Figure:
        """Fees to open and to close the orders that maintenance counts, in the settle asset.

        `value * f + value * (1 -/+ 1 / L) * f` (reproduced, 4 accounts).
        """
        values = {direction: self._opened(direction) for direction in (BUY, SELL)}
        larger = BUY if values[BUY] >= values[SELL] else SELL
        sides = (BUY, SELL) if self.both_legs else (larger,)
        return sum((self.taken(side).fees for side in sides if values[side]), ZERO)

    @figured
    def value_beside(self) -> Figure:
        """Value of the orders that no position's tiers are charged on: there is none, or a covered.

        In the settle asset, at own prices.
        """
        if not self.rows:
            return self.larger_side()
        return sum((self._opened(side_of(p)) for p in self.rows if self.covers(p)), ZERO)

    def larger_side(self) -> Decimal:
        """Value of the larger order side beyond closing, at own prices."""
        return formulas.larger(self._opened(BUY), self._opened(SELL))

    def _opened(self, direction: int) -> Decimal:
        if not self.orders:
            return ZERO
        if direction not in self._values:
            opened = self.opening(direction)
            self._values[direction] = total_value(self.resolver, self.symbol, opened)
        return self._values[direction]

    def opens(self) -> bool:
        """Whether any order opens size; False where that cannot be told (a finding says why)."""
        try:
            return bool(self.larger_side())
        except AbsentError:
            return False

    def loss(self) -> Decimal:
        """What the limit orders would lose at the mark the moment they fill: <= 0, settle asset."""
        total, inverse = ZERO, self.resolver.instrument(self.symbol).payoff == "inverse"
        for order in self.resolver.rows.orders_of(self.symbol):
            if order.kind == "limit":
                prices = need(self.resolver.mark(self.symbol)), self.price(order)
                at_mark, own = (self.resolver.value(self.symbol, order.size, p) for p in prices)
                gain = at_mark - own if (order.side == "buy") != inverse else own - at_mark
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
    isolated: bool = False,
    best: bool = False,
) -> tuple[OrderTerm, ...]:
    """What the resting orders of an asset's symbols take, symbol by symbol."""
    books = (OrderBook(resolver, s, best=best) for s in symbols_with_orders(resolver, [asset]))
    return tuple(
        OrderTerm(book.symbol, asset, book.initial_margin(initial_of), isolated=isolated)
        for book in books
    )


@exactly
@figured
def order_cost(account: Account, order: Order) -> Figure:
    """What a new order takes from the available balance, by itself, in its settle asset.

    `q P / L + q P f + q P (1 -/+ 1/L) f`; inverse `Q/P / L + Q/P f + Q/P (1 +/- 1/L) f`.

    Source: Bybit, Order Cost (USDT Contract), 2024-10-30.
    """
    book = OrderBook(Resolver(account, FOLDER), order.instrument)
    direction = BUY if order.side == "buy" else SELL
    return sum(book.charged(order.size, book.price(order), direction), ZERO)

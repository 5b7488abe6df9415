"""What Binance asks for a new order before it takes it: an estimate with a stated rule.

Users have shown that the cost of an order that flips a position does not reconcile with the
available balance; the figure is what the venue's order form prints, not a promise to accept.
"""

from __future__ import annotations

from decimal import Decimal

from marginline import formulas
from marginline.core.account.account import Account, Order
from marginline.core.findings import missing
from marginline.core.numbers import exactly
from marginline.core.pool.exposure import Figure, figured, need
from marginline.venues.binance.pools.futures import FOLDER
from marginline.venues.resolve.resolver import Resolver

_MARKET_SHORT = Decimal("1.0015")


@exactly
@figured
def order_cost(account: Account, order: Order) -> Figure:
    """Initial margin plus open loss of one order, in its settle asset.

    `value / leverage + |min(0, direction * (value at mark - value))|` at the assumed price: a buy's
    own price, for a sell `max(last * 1.0015, mark, price)`; market buys at the last price.

    Source: Binance, order cost (2020-07-08, updated 2024-11-06).
    """
    resolver = Resolver(account, FOLDER)
    symbol = order.instrument
    mark, leverage = need(resolver.mark(symbol)), resolver.leverage(symbol)
    if leverage is None:
        return missing(f"the leverage of {symbol} is not given; give settings.{symbol}.leverage")
    price = need(assumed_price(account, order, mark))
    value = resolver.value(symbol, order.size, price)
    at_mark = resolver.value(symbol, order.size, mark)
    direction = _direction(order, inverse=resolver.instrument(symbol).payoff == "inverse")
    loss = formulas.negative_part(direction * (at_mark - value))
    margin = formulas.initial_margin(value, leverage)
    return formulas.order_cost(margin, -loss)


def assumed_price(account: Account, order: Order, mark: Decimal) -> Figure:
    """The price Binance assumes the order fills at."""
    last = account.market.last.get(order.instrument)
    if order.side == "buy" and order.price is not None:
        return order.price
    if last is None:
        where = f"market.last.{order.instrument}"
        return missing(f"the last price of {order.instrument} is not given; give {where}")
    if order.side == "buy":
        return last
    return max(price for price in (last * _MARKET_SHORT, mark, order.price) if price is not None)


def _direction(order: Order, *, inverse: bool) -> int:
    """Sign with which a higher value at the mark favours the order; inverse values run against."""
    sign = 1 if order.side == "buy" else -1
    return -sign if inverse else sign

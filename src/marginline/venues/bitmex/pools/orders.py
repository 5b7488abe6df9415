"""What resting orders take: initial margin and the fees of both ends, netted as the guide says.

Orders that reduce the position are free. Of the rest, bids are charged on what they exceed the
offers by, offers in full ("bids 20 at 100, offers 15 at 150: 5 bids and 15 offers are charged").
"""

from __future__ import annotations

from decimal import Decimal

from marginline import formulas
from marginline.core.account.account import Account, Order
from marginline.core.findings import AbsentError, Code, Gap, missing, unsupported
from marginline.core.numbers import ZERO, exactly
from marginline.core.pool.exposure import Figure, figured, known, need
from marginline.core.pool.pool import OrderTerm
from marginline.core.pool.schedules import TierSchedule
from marginline.venues.bitmex.pools.contracts import TAKER
from marginline.venues.bitmex.pools.risk_limits import FOLDER, schedule_of
from marginline.venues.resolve.orders import counted
from marginline.venues.resolve.resolver import Resolver

_STOPS = ("stop", "take_profit")
_NETTED = (
    "which of several bids the offers net, and how amounts are rounded, is not public: bids net pro"
    " rata, nothing is rounded"
)
_STOPS_FREE = "stop orders take nothing before they are triggered: BitMEX does not say otherwise"


def order_terms(resolver: Resolver, asset: str) -> tuple[OrderTerm, ...]:
    """Margin of the resting orders of each instrument that settles in an asset."""
    symbols = resolver.orders_by_symbol(asset)
    isolated = {symbol: resolver.margin_mode(symbol) == "isolated" for symbol in symbols}
    return tuple(
        OrderTerm(symbol, asset, _amount(resolver, symbol), isolated=isolated[symbol])
        for symbol in symbols
    )


@figured
def _amount(resolver: Resolver, symbol: str) -> Figure:
    if any(o.kind in _STOPS for o in _orders(resolver, symbol)):
        resolver.note(Code.APPROXIMATE, f"orders: {symbol}", _STOPS_FREE)
    held = sum((p.size for p in resolver.rows.open_of(symbol)), ZERO)
    offers, offered = _side(resolver, symbol, "sell", formulas.positive_part(held))
    bids, bid = _side(resolver, symbol, "buy", -formulas.negative_part(held))
    net = formulas.positive_part(bids - offers)
    if bids and offers:
        resolver.note(Code.APPROXIMATE, f"orders: {symbol}", _NETTED)
    value = offered + (bid * net / bids if bids else ZERO)
    return _cost(resolver, symbol, value) if value else ZERO


def _orders(resolver: Resolver, symbol: str) -> list[Order]:
    return [o for o in resolver.rows.orders_of(symbol) if not o.reduce_only]


def _side(resolver: Resolver, symbol: str, side: str, reducing: Decimal) -> tuple[Decimal, Decimal]:
    """Contracts of one side beyond reducing the position, and their value."""
    rows = [o for o in counted(_orders(resolver, symbol)) if o.side == side]
    size = sum((o.size for o in rows), ZERO)
    opening = formulas.positive_part(size - reducing)
    if not opening:
        return ZERO, ZERO
    value = sum((_value(resolver, order) for order in rows), ZERO)
    return opening, value * opening / size


def _value(resolver: Resolver, order: Order) -> Decimal:
    """Value of an order: a buy at its limit, a sell at the higher of its limit and the best bid."""
    symbol, mark = order.instrument, need(resolver.mark(order.instrument))
    price = order.price
    if price is None or (price > mark if order.side == "buy" else price < mark):
        text = (
            f"an order of {symbol} crosses the mark; BitMEX reserves a premium for it whose rule is"
            " not public"
        )
        raise AbsentError(unsupported(text))
    bid = resolver.account.market.bid.get(symbol)
    if order.side == "sell" and bid is not None:
        price = formulas.larger(price, bid)
    return _worth(resolver, symbol, order.size, price)


def _worth(resolver: Resolver, symbol: str, size: Decimal, price: Decimal) -> Decimal:
    instrument = resolver.instrument(symbol)
    if instrument.payoff == "inverse":
        return formulas.notional_inverse(size, instrument.contract_size, price)
    unit = instrument.contract_size if instrument.payoff == "linear" else instrument.multiplier
    if unit is None:
        text = f"the quanto multiplier is not given; add instruments.{symbol}.multiplier"
        raise AbsentError(missing(text))
    return formulas.notional_linear(size, unit, price)


def _cost(resolver: Resolver, symbol: str, value: Decimal) -> Decimal:
    """Value / leverage (or * the least initial rate) and twice the taker fee."""
    leverage, fee = resolver.leverage(symbol), need(resolver.fee(symbol, TAKER))
    if leverage is None:
        return value * _least(schedule_of(resolver, symbol)) + 2 * value * fee
    return value / leverage + 2 * value * fee


def _least(schedule: TierSchedule | Gap) -> Decimal:
    rate = need(schedule).initial_rates[0]
    if rate is None:
        raise AbsentError(missing("neither a leverage nor an initial rate is given for the orders"))
    return rate


@exactly
@figured
def order_cost(account: Account, order: Order) -> Figure:
    """What a new order asks for: value * (1 / leverage + 2 * taker fee), in its settle asset.

    At its own price (a sell at the best bid if that is higher), without one at the mark.
    """
    resolver = Resolver(account, FOLDER)
    symbol = order.instrument
    price = order.price if order.price is not None else need(resolver.mark(symbol))
    bid = account.market.bid.get(symbol)
    if order.side == "sell" and bid is not None:
        price = formulas.larger(price, bid)
    return _cost(resolver, symbol, _worth(resolver, symbol, order.size, price))


def note_limit(resolver: Resolver, symbol: str, schedule: TierSchedule | Gap) -> None:
    """Say so where open orders would lift the risk step: the venue's limit counts them."""
    held = sum((p.size for p in resolver.rows.open_of(symbol)), ZERO)
    rows = [o for o in counted(_orders(resolver, symbol)) if o.price is not None]
    mark, steps = known(resolver.mark(symbol)), known(schedule)
    if mark is None or steps is None or not rows:
        return
    side = "buy" if held >= 0 else "sell"
    try:
        own = _worth(resolver, symbol, held, mark)
        added = (_worth(resolver, symbol, o.size, o.price or mark) for o in rows if o.side == side)
        risk = sum(added, own)
    except AbsentError:
        return
    if steps.row(risk) > steps.row(own):
        text = (
            f"with its open orders {symbol} reaches risk step {steps.row(risk) + 1}; margin is"
            f" taken at step {steps.row(own) + 1}, that of the position alone"
        )
        resolver.note(Code.APPROXIMATE, f"orders: {symbol}", text)

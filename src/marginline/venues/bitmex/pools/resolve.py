"""From a BitMEX account to pools, single-asset and multi-asset mode; what resting orders take.

Orders that reduce the position are free. Of the rest, bids are charged on what they exceed the
offers by, offers in full ("bids 20 at 100, offers 15 at 150: 5 bids and 15 offers are charged"),
with initial margin and the fees of both ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from marginline import formulas
from marginline.core.account.account import Account, Order, Position, Wallet
from marginline.core.assessment.assess import Resolved
from marginline.core.findings import AbsentError, Code, Gap, missing, unsupported
from marginline.core.measures import Measure
from marginline.core.numbers import ZERO, exactly
from marginline.core.pool.exposure import Exposure, Figure, figured, known, need
from marginline.core.pool.pool import Leg, OrderTerm, Part, Pool, Trigger
from marginline.core.pool.schedules import HaircutSchedule, TierSchedule
from marginline.venues.bitmex.pools.contracts import FOLDER, TAKER, exposure_of, schedule_of
from marginline.venues.resolve import lacks, packaged
from marginline.venues.resolve.orders import counted
from marginline.venues.resolve.resolver import Resolver
from marginline.venues.resolve.separate import cross_pool, isolated_pools, separate_pools

TRIGGER = Trigger()
VALUATION = "USD"
SETTLES = ("XBT", "USDT")
CROSS_SYSTEM = datetime(2024, 1, 1, tzinfo=UTC)

_CLOSED = (
    "BitMEX closed on 2026-09-23 04:00 UTC and took no new positions from 2026-08-26; its rules are"
    " kept for study, backtests and old accounts"
)
_HEDGE = "BitMEX has no hedge mode; give one row with side both"
_LOCKED = (
    "BitMEX's page on cross margin says that only maintenance margin is locked, its definitions"
    " take off entry value over leverage; the latter, which leaves less, is used"
)
ASSIGNMENT = unsupported(
    "BitMEX chose itself how each balance is assigned to the requirements of its settle assets; how"
    " is not public"
)


def _resolver(account: Account) -> Resolver:
    resolver = Resolver(account, FOLDER, tiers_kind="whole")
    resolver.note(Code.HISTORICAL, "account", _CLOSED)
    for position in resolver.positions():
        if position.side != "both":
            resolver.note(Code.POSITION_MODE, position.key, _HEDGE)
    for asset in dict.fromkeys(resolver.asset_of(p) for p in resolver.positions("cross")):
        if account.as_of >= CROSS_SYSTEM:
            resolver.note(Code.APPROXIMATE, asset, _LOCKED, Measure.AVAILABLE_BALANCE)
    return resolver


def _exposure(resolver: Resolver, position: Position) -> Exposure:
    exposure = exposure_of(resolver, position)
    note_limit(resolver, position.instrument, exposure.maintenance.schedule)
    return exposure


def resolve_single(account: Account) -> Resolved:
    """Single-asset mode: a cross pool for each settle asset, a pool for each isolated position."""
    resolver = _resolver(account)
    return resolver.resolved(separate_pools(resolver, _exposure, TRIGGER, order_terms))


# -- multi-asset mode --------------------------------------------------------------------------


def resolve_multi(account: Account) -> Resolved:
    """Multi-asset mode: each settle asset's pool counts every asset after its haircut there."""
    resolver = _resolver(account)
    pools = [_joint_pool(resolver, asset) for asset in resolver.assets()]
    pools += isolated_pools(resolver, _exposure, TRIGGER)
    return resolver.resolved(pools)


def _joint_pool(resolver: Resolver, asset: str) -> Pool:
    pool = cross_pool(resolver, asset, _exposure, TRIGGER, order_terms)
    others = [w for w in resolver.account.wallets if w.asset != asset]
    settles = asset in SETTLES or bool(pool.exposures or pool.orders)
    legs = [_foreign_leg(resolver, wallet, asset) for wallet in others] if settles else []
    shared = Part("assignment of balances", ASSIGNMENT)
    return replace(pool, legs=(*pool.legs, *legs), adjustments=(shared,))


def _foreign_leg(resolver: Resolver, wallet: Wallet, settle: str) -> Leg:
    """Another asset's margin balance as it counts for contracts settled in `settle`."""
    leg = resolver.cross_leg(wallet.asset)
    rate = resolver.rate(wallet.asset, VALUATION) / resolver.rate(settle, VALUATION)
    return replace(
        leg,
        balance=_with_pnl(resolver, leg),
        haircut=haircut(resolver, wallet.asset, settle),
        rate_positive=rate,
        rate_negative=rate,
        index=rate,
    )


@figured
def _with_pnl(resolver: Resolver, leg: Leg) -> Figure:
    """The balance with the unrealized P&L of the asset's own cross positions."""
    rows = [p for p in resolver.positions("cross") if resolver.asset_of(p) == leg.asset]
    silent = Resolver(resolver.account, FOLDER, tiers_kind="whole")
    exposures = [exposure_of(silent, position) for position in rows]
    return sum((e.pnl_at(need(e.mark)) for e in exposures), need(leg.balance))


def haircut(resolver: Resolver, asset: str, settle: str) -> HaircutSchedule | Gap:
    """What share of an asset counts for contracts settled in another."""
    ratio, where = None, f"parameters.collateral.{asset}.by_settle.{settle}"
    account = resolver.account
    if (given := account.parameters.collateral.get(asset)) is not None:
        ratio = given.by_settle.get(settle, given).ratio
    elif packed := packaged.in_force(FOLDER, "collateral", account.venue, asset, account.as_of):
        ratios = packed.entry["by_settle"]
        if isinstance(ratios, Mapping) and settle in ratios:
            text = f"the collateral ratio of {asset} is a packaged one: {packed.source}"
            resolver.note(Code.PACKAGED_PARAMETER, where, text)
            ratio = Decimal(ratios[settle])
    if ratio is None:
        share = f"the share of {asset} that counts for contracts settled in {settle}"
        text = f"{share} is not given; give {where}"
        resolver.lack(lacks.collateral(asset, text))
        return missing(text)
    return HaircutSchedule("value", "marginal", (ZERO,), (ratio,), (ZERO,))


# -- orders ---------------------------------------------------------------------------------------


_STOPS = ("stop", "take_profit")
_NETTED = (
    "which of several bids the offers net, and how amounts are rounded, is not public: bids net pro"
    " rata, nothing is rounded"
)
_STOPS_FREE = "stop orders take nothing before they are triggered: BitMEX does not say otherwise"


def order_terms(resolver: Resolver, asset: str) -> tuple[OrderTerm, ...]:
    """Margin of the resting orders of each instrument that settles in an asset."""
    return tuple(
        OrderTerm(
            symbol,
            asset,
            _amount(resolver, symbol),
            isolated=resolver.margin_mode(symbol) == "isolated",
        )
        for symbol in resolver.orders_by_symbol(asset)
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
    return _at_best(resolver, order, price)


def _at_best(resolver: Resolver, order: Order, price: Decimal) -> Decimal:
    """Value of an order at a price, of a sell at the best bid where that is higher."""
    bid = resolver.account.market.bid.get(order.instrument)
    if order.side == "sell" and bid is not None:
        price = formulas.larger(price, bid)
    return _worth(resolver, order.instrument, order.size, price)


def _worth(resolver: Resolver, symbol: str, size: Decimal, price: Decimal) -> Decimal:
    contract = resolver.instrument(symbol)
    if contract.payoff == "quanto" and contract.multiplier is None:
        text = f"the quanto multiplier is not given; add instruments.{symbol}.multiplier"
        raise AbsentError(missing(text))
    return abs(resolver.value(symbol, size, price))


def _cost(resolver: Resolver, symbol: str, value: Decimal) -> Decimal:
    """Value / leverage (or * the least initial rate) and twice the taker fee."""
    leverage, fee = resolver.leverage(symbol), need(resolver.fee(symbol, TAKER))
    if leverage is not None:
        return value / leverage + 2 * value * fee
    rate = need(schedule_of(resolver, symbol)).initial_rates[0]
    if rate is None:
        raise AbsentError(missing("neither a leverage nor an initial rate is given for the orders"))
    return value * rate + 2 * value * fee


@exactly
@figured
def order_cost(account: Account, order: Order) -> Figure:
    """What a new order asks for: value * (1 / leverage + 2 * taker fee), in its settle asset.

    At its own price (a sell at the best bid if that is higher), without one at the mark.
    """
    resolver = Resolver(account, FOLDER)
    price = order.price if order.price is not None else need(resolver.mark(order.instrument))
    return _cost(resolver, order.instrument, _at_best(resolver, order, price))


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

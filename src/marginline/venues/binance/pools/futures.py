"""From a Binance futures account to pools: USDS-M in both asset modes, and COIN-M."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from marginline import formulas
from marginline.core.account.account import Account, Order, Position
from marginline.core.assessment.assess import Resolved
from marginline.core.findings import Code
from marginline.core.numbers import ONE, ZERO, to_text
from marginline.core.pool.exposure import (
    Exposure,
    Figure,
    InitialTerm,
    MaintenanceTerm,
    figured,
    need,
)
from marginline.core.pool.pool import Kind, OrderTerm, Pool, Trigger
from marginline.venues.resolve.orders import counted, initial_rate, leg_of, price_of
from marginline.venues.resolve.resolver import Resolver
from marginline.venues.resolve.rows import refuse_isolated_rows
from marginline.venues.resolve.separate import separate_pools

FOLDER = "binance"
USD = "USD"
TRIGGER = Trigger()


def resolve_single(account: Account) -> Resolved:
    """Each settle asset its own cross pool, each isolated position its own."""
    resolver = Resolver(account, FOLDER)
    pools = separate_pools(resolver, exposure_of, TRIGGER, order_terms)
    note_rows(resolver)
    return resolver.resolved(pools)


def resolve_multi(account: Account) -> Resolved:
    """All assets one pool in USD: positive amounts at bid, debts and requirements at ask."""
    resolver = Resolver(account, FOLDER)
    remedy = "write cross, or mode: single_asset"
    refuse_isolated_rows(account, "multi-assets mode works only with cross", remedy)
    pool = joint_pool(resolver, USD, ask_side="ask", bid_side="bid", trigger=TRIGGER)
    pool = replace(pool, available_by_asset=True)
    note_rows(resolver)
    _note_auto_exchange(resolver)
    return resolver.resolved((pool,) if resolver.assets() else ())


def joint_pool(
    resolver: Resolver, usd: str, *, bid_side: str, ask_side: str, trigger: Trigger
) -> Pool:
    """The one pool of a multi-assets account."""
    assets = resolver.assets()
    orders: list[OrderTerm] = []
    for asset in assets:
        rate = resolver.rate(asset, usd, ask_side)
        orders += order_terms(resolver, asset, requirement_rate=rate)
    legs = (resolver.joint_leg(a, usd, positive=bid_side, negative=ask_side) for a in assets)
    return Pool(
        usd,
        Kind.ACCOUNT,
        usd,
        tuple(legs),
        tuple(joint_exposure(resolver, p, usd, ask_side) for p in resolver.positions()),
        orders=tuple(orders),
        trigger=trigger,
    )


def joint_exposure(resolver: Resolver, position: Position, usd: str, side: str) -> Exposure:
    """An exposure of a joint pool, its requirement converted at one side of its asset's rate."""
    asset = resolver.asset_of(position)
    return exposure_of(
        resolver,
        position,
        value_rate=resolver.rate(asset, usd),
        requirement_rate=resolver.rate(asset, usd, side),
    )


def exposure_of(
    resolver: Resolver,
    position: Position,
    *,
    value_rate: Figure = ONE,
    requirement_rate: Figure = ONE,
) -> Exposure:
    """One position: tiers and leverage at the mark; long and short legs are bracketed apart."""
    schedule = resolver.tiers(position.instrument)
    return resolver.exposure(
        position,
        MaintenanceTerm(schedule),
        InitialTerm(resolver.initial_rate(position, schedule)),
        value_rate=value_rate,
        requirement_rate=requirement_rate,
    )


# -- orders ------------------------------------------------------------------------------------

_ORDERS_READ = (
    "which orders reserve margin is our reading: limit and market orders (at the mark) that are not"
    " reduce-only, nothing for stops until they trigger"
)


def order_terms(
    resolver: Resolver, asset: str, *, requirement_rate: Figure = ONE
) -> tuple[OrderTerm, ...]:
    """What the resting orders of an asset's symbols take, symbol by symbol."""
    terms = []
    for symbol, own in resolver.orders_by_symbol(asset).items():
        isolated = resolver.margin_mode(symbol, own[0].margin_mode) == "isolated"
        amount = order_margin(resolver, symbol, own)
        if counted(own):
            resolver.note(Code.APPROXIMATE, "orders", _ORDERS_READ)
        terms.append(OrderTerm(symbol, asset, amount, requirement_rate, isolated))
    return tuple(terms)


@figured
def order_margin(resolver: Resolver, symbol: str, orders: list[Order]) -> Figure:
    """Initial margin of a symbol's orders: `(max(|pos + bids|, |pos - asks|) - |pos|) / L`.

    In hedge mode each side by itself, with the orders of its position side.
    """
    resting = counted(orders)
    hedge = resolver.account.position_mode == "hedge"
    total = ZERO
    for side in ("long", "short") if hedge else ("both",):
        own = [o for o in resting if leg_of(resolver, o) == side]
        total += _side_margin(resolver, symbol, side, own) if own else ZERO
    return total


def _side_margin(resolver: Resolver, symbol: str, side: str, orders: list[Order]) -> Decimal:
    held = ZERO
    for position in resolver.positions():
        if position.instrument == symbol and side in ("both", position.side):
            held += resolver.value(symbol, position.size, need(resolver.mark(symbol)))
    bids = sum((_value(resolver, o) for o in orders if o.side == "buy"), ZERO)
    asks = sum((_value(resolver, o) for o in orders if o.side == "sell"), ZERO)
    extra = formulas.netted_order_exposure(held, bids, asks) - abs(held)
    return formulas.initial_margin_at_rate(extra, initial_rate(resolver, symbol, abs(held) + extra))


def _value(resolver: Resolver, order: Order) -> Decimal:
    return resolver.value(order.instrument, order.size, price_of(resolver, order))


# -- what is worth saying ----------------------------------------------------------------------


def note_rows(resolver: Resolver) -> None:
    """Rows whose side does not go with the position mode, or whose margin is in another asset."""
    hedge = resolver.account.position_mode == "hedge"
    for position in resolver.positions():
        asset = position.margin_asset
        if asset and asset != (settle := resolver.settle(position.instrument)):
            text = f"its P&L settles in {settle}; it is counted in {asset} one for one"
            resolver.note(Code.APPROXIMATE, position.key, text)
        if hedge == (position.side == "both"):
            mode = resolver.account.position_mode
            text = f"side {position.side} in {mode} mode; check position_mode"
            resolver.note(Code.POSITION_MODE, position.key, text)


AUTO_EXCHANGE_THRESHOLD = {"USDT": Decimal(-5000), "USDC": Decimal(-5000), "BTC": Decimal("-0.1")}


def _note_auto_exchange(resolver: Resolver) -> None:
    """An asset whose wallet has fallen to where Binance exchanges others for it.

    `parameters.venue.auto_exchange`: `{ASSET: {threshold, bid_buffer}}`; the thresholds default to
    those of regular and VIP 1 users.
    """
    given = resolver.account.parameters.venue.get("auto_exchange")
    for wallet in resolver.account.wallets:
        own = _member(_member(given, wallet.asset), "threshold")
        threshold = own if isinstance(own, Decimal) else AUTO_EXCHANGE_THRESHOLD.get(wallet.asset)
        balance = wallet.balance
        if threshold is None or balance is None or balance > threshold or balance >= 0:
            continue
        text = (
            f"the wallet of {wallet.asset} is {to_text(balance)}, at or below {to_text(threshold)}:"
            " Binance exchanges other assets for it"
        )
        buffer = _member(_member(given, wallet.asset), "bid_buffer")
        if isinstance(buffer, Decimal) and buffer < 1:
            text += f", selling {to_text(-balance / (1 - buffer))} worth of them"
        resolver.note(Code.AUTO_EXCHANGE, f"wallets.{wallet.asset}", text)


def _member(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, Mapping) else None

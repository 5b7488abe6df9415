"""From a Binance account to pools: USDS-M in both asset modes, COIN-M, portfolio margin.

What Binance asks for a new order before it takes it is an estimate with a stated rule: users have
shown that the cost of an order that flips a position does not reconcile with the available balance;
the figure is what the venue's order form prints, not a promise to accept.

In portfolio margin an asset's equity is its whole amount (cross margin, UM and CM wallets, less
loans and interest) with the P&L that settles in it; positive equity is cut by the collateral rate,
negative is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from marginline import formulas
from marginline.core.account.account import Account, Order, Position, Wallet
from marginline.core.assessment.assess import Resolved
from marginline.core.findings import Code, Gap, missing, unsupported
from marginline.core.numbers import ONE, ZERO, Quotient, exactly, to_text
from marginline.core.pool.exposure import (
    Exposure,
    Figure,
    InitialTerm,
    MaintenanceTerm,
    figured,
    need,
)
from marginline.core.pool.pool import BorrowTerm, OrderTerm, Part, Pool, Trigger
from marginline.core.pool.schedules import RateSchedule
from marginline.venues.resolve import packaged
from marginline.venues.resolve.lacks import not_given
from marginline.venues.resolve.orders import (
    counted,
    initial_rate,
    leg_of,
    order_terms,
    price_of,
)
from marginline.venues.resolve.resolver import Resolver
from marginline.venues.resolve.rows import refuse_isolated_rows
from marginline.venues.resolve.separate import (
    joint_pool,
    note_side,
    separate_pools,
    valued,
    valued_orders,
)

FOLDER = "binance"
USD = "USD"
TRIGGER = Trigger()


def resolve_single(account: Account) -> Resolved:
    """Each settle asset its own cross pool, each isolated position its own."""
    resolver = Resolver(account, FOLDER)
    pools = separate_pools(resolver, exposure_of, TRIGGER, _order_terms)
    note_rows(resolver)
    return resolver.resolved(pools)


def resolve_multi(account: Account) -> Resolved:
    """All assets one pool in USD: positive amounts at bid, debts and requirements at ask."""
    resolver = Resolver(account, FOLDER)
    remedy = "write cross, or mode: single_asset"
    refuse_isolated_rows(account, "multi-assets mode works only with cross", remedy)
    orders = [*valued_orders(resolver, USD, _order_terms, "ask")]
    pool = joint_pool(
        resolver,
        USD,
        (valued(resolver, exposure_of(resolver, p), USD, "ask") for p in resolver.positions()),
        TRIGGER,
        lambda asset: resolver.joint_leg(asset, USD, positive="bid", negative="ask"),
        orders=orders,
    )
    pool = replace(pool, available_by_asset=True)
    note_rows(resolver)
    _note_auto_exchange(resolver)
    return resolver.resolved((pool,) if pool.legs else ())


def exposure_of(resolver: Resolver, position: Position) -> Exposure:
    """One position: tiers and leverage at the mark; long and short legs are bracketed apart."""
    schedule = resolver.tiers(position.instrument)
    initial = InitialTerm(resolver.initial_rate(position, schedule))
    return resolver.exposure(position, MaintenanceTerm(schedule), initial)


# -- orders ------------------------------------------------------------------------------------

_ORDERS_READ = (
    "which orders reserve margin is our reading: limit and market orders (at the mark) that are not"
    " reduce-only, nothing for stops until they trigger"
)


def _order_terms(resolver: Resolver, asset: str) -> tuple[OrderTerm, ...]:
    terms = order_terms(resolver, asset, order_margin)
    if any(counted(resolver.rows.orders_of(term.instrument)) for term in terms):
        resolver.note(Code.APPROXIMATE, "orders", _ORDERS_READ)
    return terms


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
        note_side(resolver, position, legs=hedge)


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


# -- what a new order asks for --------------------------------------------------------------------


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
        return not_given("leverage", symbol, f"settings.{symbol}.leverage")
    price = need(assumed_price(account, order, mark))
    value = resolver.value(symbol, order.size, price)
    at_mark = resolver.value(symbol, order.size, mark)
    # the sign with which a higher value at the mark favours the order; inverse values run against
    linear = resolver.instrument(symbol).payoff != "inverse"
    direction = 1 if (order.side == "buy") == linear else -1
    loss = formulas.negative_part(direction * (at_mark - value))
    margin = formulas.initial_margin(value, leverage)
    return formulas.order_cost(margin, -loss)


def assumed_price(account: Account, order: Order, mark: Decimal) -> Figure:
    """The price Binance assumes the order fills at."""
    last = account.market.last.get(order.instrument)
    if order.side == "buy" and order.price is not None:
        return order.price
    if last is None:
        return not_given("last price", order.instrument, f"market.last.{order.instrument}")
    if order.side == "buy":
        return last
    return max(price for price in (last * _MARKET_SHORT, mark, order.price) if price is not None)


# -- portfolio margin -----------------------------------------------------------------------------


LEVEL = Decimal("1.05")  # uniMMR at which liquidation begins


def _ratio(uni_mmr: str) -> Decimal:
    """The margin ratio at which uniMMR reaches a level: liquidation (1.05) is 1."""
    return LEVEL / Decimal(uni_mmr)


TRIGGER_PM = Trigger(level=LEVEL, watch=_ratio("1.2"), negative_support_liquidates=True)
TRIGGER_PRO = Trigger(
    level=LEVEL,
    watch=_ratio("1.5"),
    margin_call=_ratio("1.2"),
    negative_support_liquidates=True,
)
TRIGGER_PRO_2022 = Trigger(
    level=LEVEL,
    watch=_ratio("2"),
    margin_call=_ratio("1.2"),
    negative_support_liquidates=True,
)

_ORDERS = unsupported("Binance does not publish what resting orders take in portfolio margin")


def resolve_pm(account: Account) -> Resolved:
    """Portfolio Margin (retail): uniMMR with the open loss of orders taken off."""
    resolver = Resolver(account, FOLDER)
    pool = _pool(resolver, TRIGGER_PM, _open_loss(resolver))
    return _resolved(resolver, pool)


def resolve_pro(account: Account) -> Resolved:
    """PM Pro since 2024-09-11: tiered collateral, levels 1.5, 1.2, 1.05."""
    resolver = Resolver(account, FOLDER)
    return _resolved(resolver, _pool(resolver, TRIGGER_PRO, ()))


def resolve_pro_2022(account: Account) -> Resolved:
    """PM Pro before 2024-09-11: flat collateral rates, first reminder at 2."""
    resolver = Resolver(account, FOLDER)
    for asset, table in account.parameters.collateral.items():
        if table.rows:
            text = "collateral rates were flat before 2024-09-11; the file's rows are used"
            resolver.note(Code.APPROXIMATE, f"parameters.collateral.{asset}", text)
    return _resolved(resolver, _pool(resolver, TRIGGER_PRO_2022, ()))


def _resolved(resolver: Resolver, pool: Pool) -> Resolved:
    note_rows(resolver)
    return resolver.resolved((pool,) if pool.legs else ())


def _pool(resolver: Resolver, trigger: Trigger, adjustments: tuple[Part, ...]) -> Pool:
    text = "portfolio margin holds every position in one pool"
    refuse_isolated_rows(resolver.account, text, "write cross")
    pool = joint_pool(
        resolver,
        USD,
        (valued(resolver, exposure_of(resolver, p), USD) for p in resolver.positions()),
        trigger,
        lambda asset: resolver.joint_leg(asset, USD, haircut=resolver.haircut(asset)),
    )
    loans = tuple(_loan(resolver, wallet) for wallet in resolver.account.wallets if wallet.borrowed)
    gap = _ORDERS if resolver.account.orders else None
    return replace(pool, borrows=loans, adjustments=adjustments, order_gap=gap)


def _open_loss(resolver: Resolver) -> tuple[Part, ...]:
    """`parameters.venue.open_loss`: equity that resting cross-margin orders would lose, in USD."""
    given = resolver.account.parameters.venue.get("open_loss")
    if given is None:
        return ()
    loss: Figure = -given if isinstance(given, Decimal) else missing("open_loss is not a number")
    return (Part("open loss of orders", loss, "parameters.venue.open_loss"),)


def _loan(resolver: Resolver, wallet: Wallet) -> BorrowTerm:
    """A loan's margin: initial 1 / (leverage - 1), maintenance by tier on the principal."""
    asset = wallet.asset
    maintenance = resolver.borrow_rates(
        asset, "maintenance_rate", keyed_by="quantity", kind="marginal"
    )
    settings = resolver.account.settings.get(asset)
    leverage = None if settings is None else settings.spot_leverage
    given = asset in resolver.account.parameters.borrow  # replaces the packaged rate as a whole
    if not given and leverage is not None:
        maintenance = _packaged_rate(resolver, asset, leverage) or maintenance
    initial: RateSchedule | Gap | Decimal
    if leverage is not None and leverage > 1:
        initial = Quotient(ONE, leverage - ONE)
    else:
        initial = resolver.borrow_rates(asset, "initial_rate", keyed_by="quantity", kind="marginal")
    index = resolver.rate(asset, USD)
    return BorrowTerm(asset, wallet.borrowed, index, maintenance, initial)


def _packaged_rate(resolver: Resolver, asset: str, leverage: Decimal) -> RateSchedule | None:
    """Binance's own rate for a loan at 3x, 5x or 10x."""
    as_of = resolver.account.as_of
    found = packaged.in_force(FOLDER, "loans", "binance_pm", to_text(leverage), as_of)
    if found is None:
        return None
    rate = found.number("maintenance_rate")
    text = f"maintenance rate {rate} of borrowed {asset}: {found.source}"
    resolver.note(Code.PACKAGED_PARAMETER, f"parameters.borrow.{asset}", text)
    return RateSchedule("quantity", "marginal", (ZERO,), (rate,), (ZERO,))

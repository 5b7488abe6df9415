"""From a Bybit unified account to pools: isolated mode, cross mode.

The margin mode is one for the whole account. Isolated: a pool for each position, and for each asset
a pool of free money. Cross: all assets one pool in USD, wallet and P&L of an asset cut together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import partial

from marginline.core.account.account import Account, Position, Wallet
from marginline.core.assessment.assess import Resolved
from marginline.core.document._scalars import preview
from marginline.core.findings import Code, Gap, missing
from marginline.core.numbers import ONE, ZERO, Quotient, to_text
from marginline.core.pool.exposure import Basis, Exposure, Figure, figured, need
from marginline.core.pool.pool import BorrowTerm, Leg, OrderTerm, Part, Trigger
from marginline.core.pool.schedules import HaircutSchedule, RateSchedule
from marginline.core.pool.terms import initial_amount
from marginline.errors import DocumentError, Problem
from marginline.venues.bybit.pools.contracts import exposure_of, uncharged, with_isolated
from marginline.venues.bybit.pools.orders import FOLDER, OrderBook, order_terms, symbols_with_orders
from marginline.venues.resolve import packaged
from marginline.venues.resolve.resolver import Resolver
from marginline.venues.resolve.rows import refuse_isolated_rows
from marginline.venues.resolve.separate import joint_pool, note_side, separate_pools, valued_orders

USD = "USD"
TRIGGER = Trigger()
ExposureOf = Callable[[Resolver, Position], Exposure]


# -- isolated mode -----------------------------------------------------------------------------


def resolve_isolated(account: Account, basis: Basis) -> Resolved:
    """Every position its own pool, whatever its row says; `basis` prices maintenance."""
    rows = tuple(replace(p, margin_mode="isolated") for p in account.positions)
    resolver = Resolver(replace(account, positions=rows), FOLDER)
    exposure = partial(_isolated_exposure, basis=basis)

    def orders(resolver: Resolver, asset: str) -> tuple[OrderTerm, ...]:
        return order_terms(resolver, asset, partial(initial_of, resolver, exposure), isolated=True)

    pools = separate_pools(resolver, exposure, TRIGGER, orders)
    note_position_mode(resolver)
    return resolver.resolved(pools)


def _isolated_exposure(resolver: Resolver, position: Position, *, basis: Basis) -> Exposure:
    """Initial margin at entry at all dates; maintenance at the mark since 2025-09-02."""
    exposure = exposure_of(resolver, position, basis=basis, initial_basis=Basis.ENTRY)
    return with_isolated(resolver, position, exposure, grossed=basis is Basis.MARK)


@figured
def initial_of(resolver: Resolver, exposure: ExposureOf, position: Position) -> Figure:
    """Initial margin of an open position in its settle asset, closing fee included."""
    return initial_amount(exposure(resolver, position))


# -- cross mode --------------------------------------------------------------------------------


def resolve_cross(account: Account, basis: Basis) -> Resolved:
    """All assets one pool in USD; `basis` prices initial and maintenance margin of positions.

    Where the account says on which basis the venue keeps it, that goes before the date's.
    """
    resolver = UnifiedResolver(account, FOLDER)
    refuse_isolated(resolver)
    basis = _basis_told(resolver, basis)
    made = {p.key: _cross_exposure(resolver, p, basis=basis) for p in resolver.positions()}
    margin = partial(initial_of, resolver, lambda _, position: made[position.key])
    orders = [*valued_orders(resolver, USD, lambda _, asset: order_terms(resolver, asset, margin))]
    pool = joint_pool(
        resolver, USD, made.values(), TRIGGER, partial(joint_leg, resolver), orders=orders
    )
    pool = replace(
        pool,
        borrows=loans(resolver),
        adjustments=adjustments(resolver),
        maintenance_parts=_orders_alone(resolver),
    )
    note_position_mode(resolver)
    _note_readings(resolver)
    return resolver.resolved((pool,) if pool.legs else ())


def _cross_exposure(resolver: UnifiedResolver, position: Position, *, basis: Basis) -> Exposure:
    book = OrderBook(resolver, position.instrument)
    covered = book.covers(position)
    exposure = exposure_of(
        resolver,
        position,
        basis=basis,
        initial_basis=basis,
        extra_notional=ZERO if covered else book.extra_notional(position),
        rate=resolver.rate(resolver.asset_of(position), USD),
    )
    return uncharged(exposure) if covered else exposure


def _orders_alone(resolver: UnifiedResolver) -> tuple[Part, ...]:
    """What orders add that no position carries, in USD: their fees, and all of what is alone.

    Maintenance of resting orders holds the fees to open and to close them beside the tier's rate.
    """
    parts = []
    for symbol in symbols_with_orders(resolver, resolver.assets()):
        book = OrderBook(resolver, symbol)
        fees = _in_usd(resolver, symbol, book.fees_beside())
        parts.append(Part(f"fees of orders of {symbol}", fees, "account"))
        if (value := book.value_beside()) != ZERO:
            amount = _orders_maintenance(resolver, symbol, value)
            parts.append(Part(f"orders of {symbol}", amount, "account"))
    return tuple(part for part in parts if part.amount != ZERO)


@figured
def _in_usd(resolver: UnifiedResolver, symbol: str, amount: Figure) -> Figure:
    value = need(amount)
    return value and value * resolver.rate(resolver.settle(symbol), USD)


@figured
def _orders_maintenance(resolver: UnifiedResolver, symbol: str, value: Figure) -> Figure:
    tiers = resolver.tiers(symbol)
    charged, schedule = need(value), need(tiers)
    row = schedule.row(charged)
    amount = charged * schedule.rates[row] - schedule.deductions[row]
    return _in_usd(resolver, symbol, amount)


# -- on which basis the venue keeps the account -------------------------------------------------

BASIS = "margin_basis"
"""Entry of `parameters.venue`: "entry" or "mark", as the fields `...ByMp` of an answer tell."""


def _basis_told(resolver: Resolver, by_date: Basis) -> Basis:
    said = resolver.account.parameters.venue.get(BASIS)
    if said is None or said == by_date.value:
        return by_date
    where = f"parameters.venue.{BASIS}"
    if said not in (Basis.ENTRY.value, Basis.MARK.value):
        problem = Problem(where, preview(said), "is no basis of margin", "known are entry, mark")
        raise DocumentError([problem])
    text = (
        f"the venue's own figures are kept at the {said} price, where the day's rule says"
        f" {by_date.value}: the account's own basis is used"
    )
    resolver.note(Code.APPROXIMATE, where, text)
    return Basis(str(said))


# -- the joint pool: collateral, loans, adjustments ---------------------------------------------


class UnifiedResolver(Resolver):
    """With an asset's USD index from contracts where it is not given."""

    def rate(self, asset: str, valuation_asset: str, side: str = "index") -> Figure:
        """As given, else index of its USDT perpetual times the USDT conversion.

        USDT conversion = BTCUSD index / BTCUSDT index.
        """
        given = super().rate(asset, valuation_asset, side)
        if not isinstance(given, Gap):
            return given
        index = self.account.market.index
        dollar, tether = index.get("BTCUSD"), index.get("BTCUSDT")
        own = ONE if asset == "USDT" else index.get(f"{asset}USDT")
        if dollar is None or tether is None or own is None:
            return given
        self.lacks.pop(given.message, None)
        return own * dollar / tether


def joint_leg(resolver: UnifiedResolver, asset: str, *, options_support: bool = False) -> Leg:
    """An asset after its collateral ratio: balance, less loans, with P&L.

    What spot orders hold stays in the margin balance.
    """
    leg = resolver.joint_leg(asset, USD, haircut=_haircut(resolver, asset))
    return replace(leg, locked=ZERO, options_support=options_support)


def _haircut(resolver: Resolver, asset: str) -> HaircutSchedule | Gap:
    """Collateral ratio by quantity, slice by slice; USDT counts in full by Bybit's own list."""
    given = resolver.haircut(asset, keyed_by="quantity")
    if not isinstance(given, Gap):
        return given
    as_of = resolver.account.as_of
    found = packaged.in_force(FOLDER, "collateral", "bybit_unified", asset, as_of)
    if found is None:
        return given
    resolver.lacks.pop(given.message, None)
    ratio = found.number("ratio")
    text = f"collateral ratio {to_text(ratio)} of {asset} is a packaged one: {found.source}"
    resolver.note(Code.PACKAGED_PARAMETER, f"parameters.collateral.{asset}", text)
    return HaircutSchedule("quantity", "marginal", (ZERO,), (ratio,), (ZERO,), source=found.source)


def loans(resolver: UnifiedResolver) -> tuple[BorrowTerm, ...]:
    """Margin of what is owed in each asset: borrowed, and what falls below zero.

    What spot orders hold cannot repay. Tiers are whole, keyed by the coins owed; with a spot
    leverage set the initial rate is 1 / leverage.
    """
    return tuple(_loan(resolver, asset) for asset in resolver.assets())


def _loan(resolver: UnifiedResolver, asset: str) -> BorrowTerm:
    wallet = resolver.wallet(asset) or Wallet(asset=asset)
    settings = resolver.account.settings.get(asset)
    leverage = None if settings is None else settings.spot_leverage

    def rates(name: str) -> RateSchedule | Gap:
        return resolver.borrow_rates(asset, name, keyed_by="quantity", kind="whole")

    initial = rates("initial_rate") if leverage is None else Quotient(ONE, leverage)
    index, needed = resolver.rate(asset, USD), rates("maintenance_rate")
    return BorrowTerm(
        asset, wallet.borrowed, index, needed, initial, follows_leg=True, kept=wallet.locked
    )


def adjustments(resolver: UnifiedResolver) -> tuple[Part, ...]:
    """Haircut loss of spot orders and order loss of derivative orders, in USD, both <= 0."""
    haircut = _haircut_loss(resolver)
    return (
        Part("haircut loss", haircut, "parameters.venue.haircut_loss"),
        Part("order loss", _order_loss(resolver), "parameters.venue.order_loss"),
    )


def _haircut_loss(resolver: Resolver) -> Figure:
    given = _of_venue(resolver, "haircut_loss")
    if given is not None:
        return -given
    if any(wallet.locked for wallet in resolver.account.wallets):
        where = "parameters.venue.haircut_loss"
        text = f"spot orders hold assets, but {where} is not given: their haircut loss reads as 0"
        resolver.note(Code.APPROXIMATE, where, text)
    return ZERO


@figured
def _order_loss(resolver: UnifiedResolver) -> Figure:
    given = _of_venue(resolver, "order_loss")
    if given is not None:
        if isinstance(given, Decimal) and given > 0:
            where = "parameters.venue.order_loss"
            text = "must not be positive: Bybit adds it as it is"
            raise DocumentError([Problem(where, to_text(given), text)])
        return given
    total = ZERO
    for symbol in symbols_with_orders(resolver, resolver.assets()):
        loss = OrderBook(resolver, symbol).loss()
        total += need(_in_usd(resolver, symbol, loss))
    if total:
        where = "parameters.venue.order_loss"
        text = (
            f"{where} is not given; {to_text(total)} USD is what the orders would lose against the"
            " mark, our reading of Bybit's order loss"
        )
        resolver.note(Code.APPROXIMATE, where, text)
    return total


def _of_venue(resolver: Resolver, name: str) -> Figure | None:
    given = resolver.account.parameters.venue.get(name)
    if given is None or isinstance(given, Decimal):
        return given
    return missing(f"parameters.venue.{name} is not a number")


# -- what is worth saying ----------------------------------------------------------------------


def refuse_isolated(resolver: Resolver) -> None:
    """A row that contradicts the margin mode of the account."""
    mode = resolver.account.mode
    text = f"Bybit's margin mode is one for the account, and it is {mode}"
    refuse_isolated_rows(resolver.account, text, "leave it out, or mode: isolated")


def note_position_mode(resolver: Resolver) -> None:
    """A row whose side does not go with the position mode; hedge mode is for USDT contracts."""
    hedge = resolver.account.position_mode == "hedge"
    for position in resolver.positions():
        usdt = resolver.settle(position.instrument) == "USDT"
        note_side(resolver, position, legs=hedge and usdt)


def _note_readings(resolver: Resolver) -> None:
    """Where a figure rests on our reading of what Bybit does not publish."""
    ordered = symbols_with_orders(resolver, resolver.assets())
    for symbol in dict.fromkeys([p.instrument for p in resolver.positions()] + ordered):
        book = OrderBook(resolver, symbol)
        if book.opens():
            text = (
                f"maintenance margin of the orders of {symbol}: tiers over position and larger"
                " order side, at order prices, with the fees to open and to close; reproduced where"
                " position and orders stay in one tier"
            )
            resolver.note(Code.APPROXIMATE, symbol, text)
        if book.both_legs:
            text = (
                f"the smaller leg of {symbol} is covered by the larger: its maintenance margin is"
                " its closing fee, as captured accounts show; the formula is not public"
            )
            resolver.note(Code.APPROXIMATE, symbol, text)

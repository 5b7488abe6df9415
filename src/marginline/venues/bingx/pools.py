"""From an account at BingX to its pools: perpetual futures in both asset modes, standard futures.

In standard futures fees and funding settle when a position closes, so they are still to be taken
off the margin.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from marginline import formulas
from marginline.core.account.account import Account, Order, Position
from marginline.core.assessment.assess import Resolved
from marginline.core.assessment.figures import PoolFigures, Rules
from marginline.core.assessment.standard import POOL_RULES, POSITION_RULES
from marginline.core.findings import Code, Gap, missing, not_applicable, unsupported
from marginline.core.measures import Measure as M
from marginline.core.numbers import ONE, ZERO, Quotient, to_text
from marginline.core.pool.exposure import (
    Basis,
    Exposure,
    Figure,
    InitialTerm,
    MaintenanceTerm,
    figured,
    need,
)
from marginline.core.pool.pool import Kind, Leg, OrderTerm, Part, Pool, Trigger
from marginline.core.pool.schedules import TierSchedule
from marginline.core.pool.terms import maintenance_amount
from marginline.venues.resolve import packaged
from marginline.venues.resolve.lacks import not_given
from marginline.venues.resolve.orders import counted, price_of, with_order_gap
from marginline.venues.resolve.resolver import Resolver
from marginline.venues.resolve.separate import (
    isolated_pools,
    joint_pool,
    separate_pools,
    valued,
    valued_orders,
)

FOLDER = "bingx"
USDT = "USDT"
TRIGGER = Trigger()
_CLOSING = (("long", "sell"), ("short", "buy"))
"""Leg and side of an order that can only close, in hedge mode."""


def resolve_single(account: Account) -> Resolved:
    """Each margin asset its own cross pool, each isolated position its own."""
    resolver = Resolver(account, FOLDER)
    pools = separate_pools(resolver, exposure_of, TRIGGER, order_terms)
    with_orders = tuple(
        _with_pending(resolver, pool, [pool.asset]) if pool.kind is Kind.CROSS else pool
        for pool in pools
    )
    return _resolved(resolver, with_orders)


def resolve_multi(account: Account) -> Resolved:
    """All cross assets one pool in USDT; isolated positions stay apart.

    Collateral is cut, P&L is not: the ratio applies to the balance less isolated margins.
    """
    resolver = Resolver(account, FOLDER)

    def leg_of(asset: str) -> Leg:
        haircut = resolver.collateral(asset)
        return replace(resolver.joint_leg(asset, USDT, haircut=haircut), cuts_pnl=False)

    exposures = [
        valued(resolver, exposure_of(resolver, p), USDT) for p in resolver.positions("cross")
    ]
    orders = valued_orders(resolver, USDT, order_terms)
    joint = joint_pool(resolver, USDT, exposures, TRIGGER, leg_of, orders=orders)
    pools = [_with_pending(resolver, joint, resolver.assets())] if joint.legs else []
    pools += isolated_pools(resolver, exposure_of, TRIGGER)
    return _resolved(resolver, tuple(pools))


def _resolved(resolver: Resolver, pools: tuple[Pool, ...]) -> Resolved:
    note_last_prices(resolver, pools)
    note_profit_share(resolver)
    note_conversion(resolver, pools)
    return resolver.resolved(pools)


def exposure_of(resolver: Resolver, position: Position) -> Exposure:
    """Maintenance with the closing fee on the mark value, initial margin on the entry value."""
    symbol = position.instrument
    schedule = resolver.tiers(symbol)
    return resolver.exposure(
        position,
        MaintenanceTerm(schedule, fee_rate=resolver.fee(symbol, "taker")),
        InitialTerm(resolver.initial_rate(position, schedule, Basis.ENTRY), basis=Basis.ENTRY),
    )


# -- pending orders ----------------------------------------------------------------------------


def pending(resolver: Resolver, asset: str) -> list[Order]:
    """Orders that freeze margin: limit and market ones that may open something."""
    return [
        order
        for order in counted(resolver.account.orders)
        if resolver.settle(order.instrument) == asset
        and (order.position_side, order.side) not in _CLOSING
    ]


def order_terms(resolver: Resolver, asset: str) -> tuple[OrderTerm, ...]:
    """Frozen by each pending order: value / leverage and the taker fee, at its own price."""
    terms = []
    for order in pending(resolver, asset):
        amount = _order_margin(resolver, order) + _order_fee(resolver, order)
        isolated = _isolated(resolver, order)
        terms.append(OrderTerm(order.instrument, asset, amount, isolated=isolated))
    return tuple(terms)


def _with_pending(resolver: Resolver, pool: Pool, assets: list[str]) -> Pool:
    """A cross pool with what its pending orders add to the risk, and what they freeze.

    Cross orders bring their maintenance margin and closing fee into the requirement, and freeze
    their fee; isolated ones freeze margin and fee.
    """
    required: list[Part] = []
    frozen: list[Part] = []
    for asset in assets:
        rate = ONE if pool.asset == asset else resolver.rate(asset, USDT)
        for order in pending(resolver, asset):
            name = f"pending {order.side} of {order.instrument}"
            taken = _order_fee(resolver, order)
            if _isolated(resolver, order):
                taken += _order_margin(resolver, order)
            else:
                charge = _order_maintenance(resolver, order)
                required.append(Part(f"{name}: maintenance and closing fee", charge * rate))
            frozen.append(Part(f"frozen by {name}", (ZERO - taken) * rate))
    if required:
        text = "a pending order is charged by its own value's tier, apart from the position"
        resolver.note(Code.APPROXIMATE, "orders", text)
    return replace(pool, maintenance_parts=tuple(required), adjustments=tuple(frozen))


def _isolated(resolver: Resolver, order: Order) -> bool:
    mode = resolver.margin_mode(order.instrument, order.margin_mode, order.position_side)
    return mode == "isolated"


def _value(resolver: Resolver, order: Order) -> Decimal:
    return resolver.value(order.instrument, order.size, price_of(resolver, order))


@figured
def _order_margin(resolver: Resolver, order: Order) -> Figure:
    leverage = resolver.leverage(order.instrument)
    if leverage is None:
        where = f"settings.{order.instrument}.leverage"
        return not_given("leverage", order.instrument, where)
    return formulas.initial_margin(_value(resolver, order), leverage)


@figured
def _order_fee(resolver: Resolver, order: Order) -> Figure:
    rate = need(resolver.fee(order.instrument, "taker"))
    return formulas.fee(_value(resolver, order), rate)


@figured
def _order_maintenance(resolver: Resolver, order: Order) -> Figure:
    """Maintenance margin and closing fee of an order as if it were filled at its own price."""
    price = price_of(resolver, order)
    filled = Position(instrument=order.instrument, size=order.size, entry_price=price)
    exposure = exposure_of(resolver, filled)
    return maintenance_amount(replace(exposure, mark=exposure.entry_price))


_NO_ORDERS = unsupported("BingX does not publish what resting orders of standard futures freeze")


def resolve_standard(account: Account) -> Resolved:
    """Each margin asset its own cross pool, each isolated position its own."""
    resolver = Resolver(account, FOLDER)
    factor = adjustment_factor(resolver)
    pools = separate_pools(resolver, lambda r, p: _exposure(r, p, factor), TRIGGER)
    priced = (_less_costs(resolver, pool) for pool in pools)
    whole = tuple(with_order_gap(resolver, pool, _NO_ORDERS) for pool in priced)
    note_profit_share(resolver)
    return resolver.resolved(whole)


def adjustment_factor(resolver: Resolver) -> Figure:
    """`parameters.venue.adjustment_factor`, else the packaged one of the day."""
    account, where = resolver.account, "parameters.venue.adjustment_factor"
    given = account.parameters.venue.get("adjustment_factor")
    if given is not None:
        if isinstance(given, Decimal) and 0 <= given < 1:
            return given
        return missing(f"{where} is no fraction from 0 to below 1")
    key = "adjustment_factor"
    found = packaged.in_force(FOLDER, "standard", "bingx_standard", key, account.as_of)
    if found is None:
        return missing(f"the adjustment factor is not known for this day; give {where}")
    factor = found.number("value")
    text = f"adjustment factor {to_text(factor)}: {found.source}"
    resolver.note(Code.PACKAGED_PARAMETER, where, text)
    return factor


def _exposure(resolver: Resolver, position: Position, factor: Figure) -> Exposure:
    """Maintenance is the adjustment factor's share of the margin: at entry, and what was added."""
    symbol = position.instrument
    leverage = resolver.leverage(symbol, position)
    schedule: TierSchedule | Gap
    if leverage is None:
        where = f"positions' leverage or settings.{symbol}.leverage"
        schedule = not_given("leverage", symbol, where)
    elif isinstance(factor, Gap):
        schedule = factor
    else:
        rate, none = (Quotient(factor, leverage),), (None,)
        schedule = TierSchedule("notional", "marginal", (ZERO,), rate, (ZERO,), none, none)
    initial = resolver.initial_rate(position, schedule, Basis.ENTRY)
    added = position.extra_margin or ZERO
    return resolver.exposure(
        position,
        MaintenanceTerm(schedule, basis=Basis.ENTRY, fee_constant=factor * added),
        InitialTerm(initial, Basis.ENTRY),
    )


def _less_costs(resolver: Resolver, pool: Pool) -> Pool:
    keys = {exposure.key for exposure in pool.exposures}
    parts = (
        _cost(position, name, amount)
        for position in resolver.positions()
        if position.key in keys
        for name, amount in (("fees", position.fees), ("funding", position.funding))
    )
    return replace(pool, adjustments=tuple(parts))


def _cost(position: Position, name: str, amount: Decimal | None) -> Part:
    text = f"the {name} of {position.key}, settled at close, are not given; give {name}"
    return Part(f"{name} of {position.key}", missing(text) if amount is None else amount)


CONVERSION_LEVEL = Decimal("0.995")
"""Loan to value from which assets are converted, where no cross position is open."""

_STANDARD = Rules.over((POOL_RULES, POSITION_RULES), ((), ()))


def note_last_prices(resolver: Resolver, pools: Iterable[Pool]) -> None:
    """Pools of which mark and last price say different things.

    BingX liquidates only when both agree; the status follows the mark.
    """
    last = resolver.account.market.last
    for pool in pools:
        marks = {e.instrument.symbol: e.mark for e in pool.exposures}
        moved = {s: last[s] for s, mark in marks.items() if s in last and last[s] != mark}
        if not moved:
            continue
        at_mark, at_last = _under(pool), _under(pool.at(moved))
        if at_mark is None or at_last is None or at_mark == at_last:
            continue
        prices = ", ".join(f"{symbol} {to_text(price)}" for symbol, price in moved.items())
        verdicts = ("is past its liquidation", "stands")
        there, here = verdicts if at_last else verdicts[::-1]
        text = (
            f"at the last price ({prices}) this pool {there}, at the mark it {here}; BingX"
            " liquidates only when both agree, the status follows the mark"
        )
        resolver.note(Code.PRICES_DISAGREE, pool.id, text)


def _under(pool: Pool) -> bool | None:
    """Whether the requirement has met the support; None where that is not known."""
    buffer = PoolFigures(pool, _STANDARD).figure(M.BUFFER)
    return buffer <= 0 if isinstance(buffer, Decimal) else None


def note_profit_share(resolver: Resolver) -> None:
    """`parameters.venue.accrued_profit_share`: `{ASSET: amount}` owed to copied traders."""
    given = resolver.account.parameters.venue.get("accrued_profit_share")
    if given is None:
        return
    where = "parameters.venue.accrued_profit_share"
    if not isinstance(given, Mapping):
        resolver.note(Code.CONTRADICTION, where, "is no table of {ASSET: amount}")
        return
    for asset, amount in given.items():
        if not isinstance(amount, Decimal) or amount < 0:
            resolver.note(Code.CONTRADICTION, f"{where}.{asset}", "is no amount >= 0")
        elif amount:
            text = (
                f"{to_text(amount)} {asset} of profit share is accrued and leaves at the next"
                " settlement (Monday 00:00 to 00:15 UTC+8); equity, margin balance and what is"
                " available overstate by that"
            )
            resolver.note(Code.OVERSTATED, f"wallets.{asset}", text)


# -- multi-assets mode -------------------------------------------------------------------------


def loan_to_value(pool: PoolFigures) -> Figure:
    """Debts at full value over positive balances after their ratio; P&L and isolated margin out.

    `sum(max(-balance, 0) * index) / sum(max(balance, 0) * index * ratio)`, a fraction.
    """
    owed, pledged = ZERO, ZERO
    for leg in pool.pool.legs:
        amount = leg.worth
        if amount < 0:
            owed -= amount * need(leg.index)
        else:
            pledged += leg.value(amount)
    if pledged <= 0:
        return not_applicable("there is no collateral to compare the debts with")
    return owed / pledged


def note_conversion(resolver: Resolver, pools: Iterable[Pool]) -> None:
    """Assets that BingX converts: loan to value at 0.995 or above without a cross position."""
    for pool in pools:
        if pool.kind is not Kind.ACCOUNT or pool.exposures:
            continue
        ratio = figured(loan_to_value)(PoolFigures(pool, _STANDARD))
        if isinstance(ratio, Decimal) and ratio >= CONVERSION_LEVEL:
            text = (
                f"debts are {to_text(ratio)} of the collateral, at or above"
                f" {to_text(CONVERSION_LEVEL)}: BingX converts other assets to repay them"
            )
            resolver.note(Code.AUTO_EXCHANGE, pool.id, text)

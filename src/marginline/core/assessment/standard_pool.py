"""The measures of a pool by their own definition, for any pool in normal form."""

from __future__ import annotations

from decimal import Decimal

from marginline import formulas
from marginline.core.assessment.figures import PoolFigures
from marginline.core.findings import not_applicable
from marginline.core.measures import Measure as M
from marginline.core.numbers import ZERO
from marginline.core.pool import scenario
from marginline.core.pool.exposure import Figure, need
from marginline.core.pool.pool import Kind, Leg

# -- pool: what it is worth --------------------------------------------------------------------


def wallet_balance(pool: PoolFigures) -> Figure:
    """Everything booked, at index."""
    return sum((need(leg.balance) * need(leg.index) for leg in pool.pool.legs), ZERO)


def credit(pool: PoolFigures) -> Figure:
    """Bonus inside the balance, at index."""
    legs = (leg for leg in pool.pool.legs if leg.credit)
    return sum((leg.credit * need(leg.index) for leg in legs), ZERO)


def unrealized_pnl(pool: PoolFigures) -> Figure:
    """P&L of the pool's own positions, at index."""
    return pool.total(M.UNREALIZED_PNL)


def equity(pool: PoolFigures) -> Figure:
    """Worth before haircuts: balances less debts, options, unrealized P&L."""
    legs = pool.pool.legs
    worth = sum(((leg.worth + leg.options_value) * need(leg.index) for leg in legs), ZERO)
    return worth + pool[M.UNREALIZED_PNL]


def collateral_value(pool: PoolFigures) -> Figure:
    """Collateral after haircuts; the margin balance where wallet and P&L are cut together."""
    if (
        pool.pool.kind is not Kind.ACCOUNT
        and len(pool.pool.legs) == 1
        and _uncut(pool.pool.legs[0])
    ):
        return pool.pool.legs[0].worth
    return sum((leg.value(pool.amount(leg)) for leg in pool.pool.legs), ZERO)


def _uncut(leg: Leg) -> bool:
    return leg.haircut is None and leg.rate_positive == leg.rate_negative


def haircut(pool: PoolFigures) -> Figure:
    """What haircuts take off: the supporting amounts at index, less their collateral value."""
    if (
        pool.pool.kind is not Kind.ACCOUNT
        and len(pool.pool.legs) == 1
        and _uncut(pool.pool.legs[0])
    ):
        return ZERO
    before = sum((pool.amount(leg) * need(leg.index) for leg in pool.pool.legs), ZERO)
    return before - pool[M.COLLATERAL_VALUE]


def margin_balance(pool: PoolFigures) -> Figure:
    """What the venue holds against its requirement."""
    total = ZERO
    for leg in pool.pool.legs:
        total += leg.value(pool.amount(leg))
        if not leg.cuts_pnl and (pnl := pool.pnl_of(leg.asset)):
            total += pnl * need(leg.index)
    return total


def support(pool: PoolFigures) -> Figure:
    """The margin balance less what the venue takes off it."""
    adjustments = (need(part.amount) for part in pool.pool.adjustments)
    return sum(adjustments, pool[M.MARGIN_BALANCE])


# -- pool: what it must hold -------------------------------------------------------------------


def position_initial_margin(pool: PoolFigures) -> Figure:
    """Initial margin of the open positions, in the pool's asset."""
    parts = sum((need(part.amount) for part in pool.pool.initial_parts), ZERO)
    terms_of = (p[M.INITIAL_MARGIN] * need(p.exposure.requirement_rate) for p in pool.by_terms())
    shocked = (scenario.initial(s, pool.valued(s)) for s in pool.pool.scenarios)
    return sum(shocked, sum(terms_of, parts))


def order_initial_margin(pool: PoolFigures) -> Figure:
    """All that resting orders take."""
    if pool.pool.order_gap is not None:
        return pool.pool.order_gap
    orders = pool.pool.orders
    return sum((need(o.amount) * need(o.requirement_rate) for o in orders), ZERO)


def borrow_initial_margin(pool: PoolFigures) -> Figure:
    """Initial margin of borrowed assets."""
    return sum((t.charge(pool.owed(t), t.initial) for t in pool.pool.borrows), ZERO)


def initial_margin(pool: PoolFigures) -> Figure:
    """Margin used: positions, orders, loans."""
    held = pool[M.POSITION_INITIAL_MARGIN] + pool[M.ORDER_INITIAL_MARGIN]
    return held + pool[M.BORROW_INITIAL_MARGIN]


def maintenance_margin(pool: PoolFigures) -> Figure:
    """Maintenance of positions (of a group the larger side), loans and named parts."""
    total = sum((need(part.amount) for part in pool.pool.maintenance_parts), ZERO)
    sides: dict[str, list[Decimal]] = {}
    for position in pool.by_terms():
        exposure = position.exposure
        if not exposure.maintenance.counts:
            continue
        charge = position[M.MAINTENANCE_MARGIN] * need(exposure.requirement_rate)
        group = exposure.maintenance.group
        if group is None:
            total += charge
        else:
            sides.setdefault(group, [ZERO, ZERO])[0 if exposure.size > 0 else 1] += charge
    total += sum((formulas.larger(long, short) for long, short in sides.values()), ZERO)
    total += sum((scenario.maintenance(s, pool.valued(s)) for s in pool.pool.scenarios), ZERO)
    loans = sum((t.charge(pool.owed(t), t.maintenance) for t in pool.pool.borrows), ZERO)
    return formulas.larger(total, loans) if pool.pool.larger_of_loans else total + loans


def closing_fee(pool: PoolFigures) -> Figure:
    """What the trigger adds on top of maintenance margin."""
    return pool.total(M.CLOSING_FEE, requirement=True)


def requirement(pool: PoolFigures) -> Decimal:
    """What the support must exceed: level * maintenance margin + closing fee."""
    return pool.pool.trigger.level * pool[M.MAINTENANCE_MARGIN] + pool[M.CLOSING_FEE]


def margin_ratio(pool: PoolFigures) -> Figure:
    """Requirement over support, 1 is liquidation."""
    return _ratio(requirement(pool), pool[M.SUPPORT], "support")


def initial_margin_ratio(pool: PoolFigures) -> Figure:
    """Initial margin over support."""
    return _ratio(pool[M.INITIAL_MARGIN], pool[M.SUPPORT], "support")


def _ratio(part: Decimal, whole: Decimal, name: str) -> Figure:
    if whole <= 0:
        return not_applicable(f"there is no positive {name} to compare with")
    return formulas.margin_ratio(part, whole)


def buffer(pool: PoolFigures) -> Figure:
    """Support less requirement."""
    return pool[M.SUPPORT] - requirement(pool)


def available_balance(pool: PoolFigures) -> Figure:
    """Support less initial margin; a shortfall shows as negative."""
    return formulas.available_margin(pool[M.SUPPORT], pool[M.INITIAL_MARGIN])


def available_balance_floored(pool: PoolFigures) -> Figure:
    """Support less initial margin, 0 where that is negative."""
    free = formulas.available_margin(pool[M.SUPPORT], pool[M.INITIAL_MARGIN])
    return formulas.positive_part(free)


# -- pool: what it carries ---------------------------------------------------------------------


def gross_notional(pool: PoolFigures) -> Figure:
    """Longs and shorts added."""
    return pool.total(M.NOTIONAL)


def net_notional(pool: PoolFigures) -> Figure:
    """Longs less shorts."""
    total = ZERO
    for position in pool.positions:
        signed = position[M.NOTIONAL] if position.exposure.size > 0 else -position[M.NOTIONAL]
        total += signed * need(position.exposure.value_rate)
    return total


def effective_leverage(pool: PoolFigures) -> Figure:
    """Gross notional over margin balance."""
    return leverage_of(pool[M.GROSS_NOTIONAL], pool[M.MARGIN_BALANCE])


def leverage_of(notional: Decimal, balance: Decimal) -> Figure:
    """Notional over a margin balance; none where that is not positive."""
    if balance <= 0:
        return not_applicable("the margin balance is not positive")
    return formulas.effective_leverage(notional, balance)


def unrealized_share(pool: PoolFigures) -> Figure:
    """Share of the margin balance that is unrealized profit."""
    return _share(pool[M.UNREALIZED_PNL], pool[M.MARGIN_BALANCE])


def credit_share(pool: PoolFigures) -> Figure:
    """Share of the margin balance that is credit."""
    return _share(pool[M.CREDIT], pool[M.MARGIN_BALANCE])


def _share(part: Decimal, balance: Decimal) -> Figure:
    if balance <= 0:
        return not_applicable("the margin balance is not positive")
    return formulas.share(part, balance)

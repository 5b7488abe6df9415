"""The measures by their own definition (docs/account-format.md), for any pool in normal form.

A rulebook takes these as they are, cites them under its own code, or replaces them.
"""

from __future__ import annotations

from decimal import Decimal

from marginline import formulas
from marginline.core import scenario, terms
from marginline.core.facts import (
    adjustment_facts,
    fee_facts,
    funding_facts,
    leg_facts,
    leverage_facts,
    order_facts,
    part_facts,
    price_facts,
    tier_facts,
    trigger_facts,
    walk_facts,
)
from marginline.core.figures import PoolFigures, PositionFigures
from marginline.core.findings import Gap, not_applicable
from marginline.core.measures import Measure as M
from marginline.core.numbers import ZERO
from marginline.core.pool import Figure, Kind, Leg, need
from marginline.core.rules import Citation, Compute, Facts, Rule

GLOSSARY = Citation("marginline glossary", "docs/glossary.md")


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
    return _leverage(pool[M.GROSS_NOTIONAL], pool[M.MARGIN_BALANCE])


def _leverage(notional: Decimal, balance: Decimal) -> Figure:
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


# -- position ----------------------------------------------------------------------------------


def notional(position: PositionFigures) -> Figure:
    """Value at the mark."""
    return position.exposure.notional_at(need(position.exposure.mark))


def position_pnl(position: PositionFigures) -> Figure:
    """What closing at the mark would add."""
    return position.exposure.pnl_at(need(position.exposure.mark))


def position_initial(position: PositionFigures) -> Figure:
    """Initial margin of the position alone."""
    return terms.initial_amount(position.exposure)


def position_maintenance(position: PositionFigures) -> Figure:
    """Maintenance margin of the position alone."""
    return terms.maintenance_amount(position.exposure)


def position_closing_fee(position: PositionFigures) -> Figure:
    """What the trigger adds for this position."""
    return terms.closing_fee_amount(position.exposure)


def tier(position: PositionFigures) -> Figure:
    """Number of the row reached, from 1."""
    return Decimal(terms.tier_row(position.exposure) + 1)


def maintenance_rate(position: PositionFigures) -> Figure:
    """Rate of the row reached."""
    return terms.schedule_of(position.exposure).rates[terms.tier_row(position.exposure)]


_SHARED = not_applicable("a cross position shares its pool's figure")


def position_margin_balance(position: PositionFigures) -> Figure:
    """An isolated position's own margin balance."""
    return position.pool[M.MARGIN_BALANCE] if position.isolated else _SHARED


def position_margin_ratio(position: PositionFigures) -> Figure:
    """An isolated position's own ratio."""
    return position.pool[M.MARGIN_RATIO] if position.isolated else _SHARED


def position_leverage(position: PositionFigures) -> Figure:
    """Notional over the margin balance of the pool it is in."""
    value = position[M.NOTIONAL] * need(position.exposure.value_rate)
    return _leverage(value, position.pool[M.MARGIN_BALANCE])


def liquidation_price_below(position: PositionFigures) -> Figure:
    """Lower end of the safe range."""
    found = position.pool.safe_range(position.exposure.instrument.symbol)
    return found.below if found.below is not None else _open(position, "below", empty=found.empty)


def liquidation_price_above(position: PositionFigures) -> Figure:
    """Upper end of the safe range."""
    found = position.pool.safe_range(position.exposure.instrument.symbol)
    return found.above if found.above is not None else _open(position, "above", empty=found.empty)


def liquidation_price(position: PositionFigures) -> Figure:
    """The end on the side that hurts."""
    found = position.pool.safe_range(position.exposure.instrument.symbol)
    return (
        found.price
        if found.price is not None
        else _open(position, "on either side", empty=found.empty)
    )


def _open(position: PositionFigures, side: str, *, empty: bool) -> Gap:
    symbol = position.exposure.instrument.symbol
    if empty:
        return not_applicable(f"no price of {symbol} alone would save this pool")
    if position.exposure.inverse and position.exposure.size < 0 and side == "on either side":
        return not_applicable(
            f"this inverse short cannot be liquidated by {symbol} alone: its loss is bounded and"
            " the collateral covers it"
        )
    return not_applicable(f"no price of {symbol} alone {side} liquidates this pool")


def bankruptcy_price(position: PositionFigures) -> Figure:
    """Where the pool's margin balance is zero."""
    symbol = position.exposure.instrument.symbol
    found = position.pool.safe_range(symbol, bankruptcy=True)
    if found.price is None:
        return not_applicable(f"no price of {symbol} alone brings the margin balance to zero")
    return found.price


def break_even_price(position: PositionFigures) -> Figure:
    """Where the P&L pays back the fees already paid."""
    exposure = position.exposure
    entry, fees = need(exposure.entry_price), need(exposure.fees)
    of = formulas.break_even_inverse if exposure.inverse else formulas.break_even_linear
    price = of(entry, exposure.size, exposure.unit, fees)
    return price if price > 0 else not_applicable("no price of this contract pays back the fees")


def return_on_margin(position: PositionFigures) -> Figure:
    """Unrealized P&L over initial margin."""
    margin = position[M.INITIAL_MARGIN]
    if margin <= 0:
        return not_applicable("the position has no initial margin")
    return position[M.UNREALIZED_PNL] / margin


def funding_next(position: PositionFigures) -> Figure:
    """Cash flow of the next funding at today's mark."""
    exposure = position.exposure
    rate = need(exposure.funding_rate)
    value = position[M.NOTIONAL] if exposure.size > 0 else -position[M.NOTIONAL]
    return formulas.funding_payment(value, rate)


# -- the tables --------------------------------------------------------------------------------


def _rule(measure: M, compute: Compute, formula: str, facts: Facts | None = None) -> Rule:
    code = "CORE-" + measure.value.upper().replace("_", "-")
    return Rule(code, measure, compute, formula, GLOSSARY, facts=facts)


POOL_RULES: tuple[Rule, ...] = (
    _rule(M.WALLET_BALANCE, wallet_balance, "sum(balance * index)", leg_facts),
    _rule(M.CREDIT, credit, "sum(credit * index)", leg_facts),
    _rule(M.UNREALIZED_PNL, unrealized_pnl, "sum(unrealized_pnl of positions)"),
    _rule(
        M.EQUITY,
        equity,
        "sum((balance - owed + options value) * index) + unrealized_pnl",
        leg_facts,
    ),
    _rule(M.COLLATERAL_VALUE, collateral_value, "sum(amount * rate, after haircut)", leg_facts),
    _rule(M.HAIRCUT, haircut, "sum(amount * index) - collateral_value", leg_facts),
    _rule(
        M.MARGIN_BALANCE,
        margin_balance,
        "sum((balance - owed - locked + unrealized_pnl) * rate, after haircut)",
        leg_facts,
    ),
    _rule(M.SUPPORT, support, "margin_balance + adjustments", adjustment_facts),
    _rule(M.POSITION_INITIAL_MARGIN, position_initial_margin, "sum(initial_margin of positions)"),
    _rule(
        M.ORDER_INITIAL_MARGIN, order_initial_margin, "sum(margin of resting orders)", order_facts
    ),
    _rule(
        M.BORROW_INITIAL_MARGIN,
        borrow_initial_margin,
        "sum(loan * index * initial rate)",
        part_facts,
    ),
    _rule(
        M.INITIAL_MARGIN,
        initial_margin,
        "position_initial_margin + order_initial_margin + borrow_initial_margin",
    ),
    _rule(
        M.MAINTENANCE_MARGIN,
        maintenance_margin,
        "sum(maintenance_margin of positions) + loans + parts",
        part_facts,
    ),
    _rule(M.CLOSING_FEE, closing_fee, "sum(closing_fee of positions)"),
    _rule(
        M.MARGIN_RATIO,
        margin_ratio,
        "(level * maintenance_margin + closing_fee) / support",
        trigger_facts,
    ),
    _rule(M.INITIAL_MARGIN_RATIO, initial_margin_ratio, "initial_margin / support"),
    _rule(
        M.VENUE_RATIO,
        margin_ratio,
        "(level * maintenance_margin + closing_fee) / support",
        trigger_facts,
    ),
    _rule(M.BUFFER, buffer, "support - level * maintenance_margin - closing_fee", trigger_facts),
    _rule(M.AVAILABLE_BALANCE, available_balance, "support - initial_margin"),
    _rule(M.EFFECTIVE_LEVERAGE, effective_leverage, "gross_notional / margin_balance"),
    _rule(M.GROSS_NOTIONAL, gross_notional, "sum(notional of positions)"),
    _rule(M.NET_NOTIONAL, net_notional, "sum(signed notional of positions)"),
    _rule(M.UNREALIZED_SHARE, unrealized_share, "max(0, unrealized_pnl) / margin_balance"),
    _rule(M.CREDIT_SHARE, credit_share, "credit / margin_balance"),
)

_WALK = "the price where support = level * maintenance_margin + closing_fee, all else standing"

POSITION_RULES: tuple[Rule, ...] = (
    _rule(M.NOTIONAL, notional, "|size| * contract size * mark (inverse: / mark)", price_facts),
    _rule(
        M.UNREALIZED_PNL,
        position_pnl,
        "size * contract size * (mark - entry) (inverse: 1/entry - 1/mark)",
        price_facts,
    ),
    _rule(M.INITIAL_MARGIN, position_initial, "notional * initial rate + fees", leverage_facts),
    _rule(
        M.MAINTENANCE_MARGIN,
        position_maintenance,
        "charged value * rate - deduction + fees",
        tier_facts,
    ),
    _rule(M.CLOSING_FEE, position_closing_fee, "notional * closing fee rate"),
    _rule(M.TIER, tier, "the row with floor < charged value <= cap", tier_facts),
    _rule(M.MAINTENANCE_RATE, maintenance_rate, "rate of that row", tier_facts),
    _rule(M.MARGIN_BALANCE, position_margin_balance, "margin_balance of the isolated pool"),
    _rule(M.MARGIN_RATIO, position_margin_ratio, "margin_ratio of the isolated pool"),
    _rule(M.LIQUIDATION_PRICE_BELOW, liquidation_price_below, _WALK, walk_facts),
    _rule(M.LIQUIDATION_PRICE_ABOVE, liquidation_price_above, _WALK, walk_facts),
    _rule(M.LIQUIDATION_PRICE, liquidation_price, _WALK, walk_facts),
    _rule(M.BANKRUPTCY_PRICE, bankruptcy_price, "the price where margin_balance = 0", price_facts),
    _rule(
        M.BREAK_EVEN_PRICE,
        break_even_price,
        "entry - fees / (size * contract size) (inverse: in 1/price)",
        fee_facts,
    ),
    _rule(M.RETURN_ON_MARGIN, return_on_margin, "unrealized_pnl / initial_margin"),
    _rule(M.EFFECTIVE_LEVERAGE, position_leverage, "notional / margin_balance of its pool"),
    _rule(M.FUNDING_NEXT, funding_next, "-signed notional * funding rate", funding_facts),
)

STANDARD = {rule.measure: rule for rule in POOL_RULES}
STANDARD_OF_POSITION = {rule.measure: rule for rule in POSITION_RULES}

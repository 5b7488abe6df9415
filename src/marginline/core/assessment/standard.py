"""The measures by their own definition (docs/account-format.md), for any pool in normal form.

A rulebook takes these as they are, cites them under its own code, or replaces them.
"""

from __future__ import annotations

from functools import lru_cache

from marginline.core.assessment import standard_pool as pool
from marginline.core.assessment import standard_position as position
from marginline.core.assessment.facts import (
    adjustment_facts,
    fee_facts,
    funding_facts,
    leg_facts,
    leverage_facts,
    liquidation_facts,
    order_facts,
    part_facts,
    price_facts,
    tier_facts,
    trigger_facts,
)
from marginline.core.assessment.figures import PoolRules, PositionRules, Rules
from marginline.core.assessment.rules import AnyRule, Citation, Compute, F_contra, Facts, Rule
from marginline.core.measures import Measure as M
from marginline.core.pool.exposure import need
from marginline.core.pool.pool import Kind, Pool

GLOSSARY = Citation("marginline glossary", "docs/glossary.md")


def _rule(
    measure: M, compute: Compute[F_contra], formula: str, facts: Facts[F_contra] | None = None
) -> Rule[F_contra]:
    code = "CORE-" + measure.value.upper().replace("_", "-")
    return Rule(code, measure, compute, formula, GLOSSARY, facts=facts)


POOL_RULES: PoolRules = (
    _rule(M.WALLET_BALANCE, pool.wallet_balance, "sum(balance * index)", leg_facts),
    _rule(M.CREDIT, pool.credit, "sum(credit * index)", leg_facts),
    _rule(M.UNREALIZED_PNL, pool.unrealized_pnl, "sum(unrealized_pnl of positions)"),
    _rule(
        M.EQUITY,
        pool.equity,
        "sum((balance - owed + options value) * index) + unrealized_pnl",
        leg_facts,
    ),
    _rule(
        M.COLLATERAL_VALUE, pool.collateral_value, "sum(amount * rate, after haircut)", leg_facts
    ),
    _rule(M.HAIRCUT, pool.haircut, "sum(amount * index) - collateral_value", leg_facts),
    _rule(
        M.MARGIN_BALANCE,
        pool.margin_balance,
        "sum((balance - owed - locked + unrealized_pnl) * rate, after haircut)",
        leg_facts,
    ),
    _rule(M.SUPPORT, pool.support, "margin_balance + adjustments", adjustment_facts),
    _rule(
        M.POSITION_INITIAL_MARGIN, pool.position_initial_margin, "sum(initial_margin of positions)"
    ),
    _rule(
        M.ORDER_INITIAL_MARGIN,
        pool.order_initial_margin,
        "sum(margin of resting orders)",
        order_facts,
    ),
    _rule(
        M.BORROW_INITIAL_MARGIN,
        pool.borrow_initial_margin,
        "sum(loan * index * initial rate)",
        part_facts,
    ),
    _rule(
        M.INITIAL_MARGIN,
        pool.initial_margin,
        "position_initial_margin + order_initial_margin + borrow_initial_margin",
    ),
    _rule(
        M.MAINTENANCE_MARGIN,
        pool.maintenance_margin,
        "sum(maintenance_margin of positions) + loans + parts",
        part_facts,
    ),
    _rule(M.CLOSING_FEE, pool.closing_fee, "sum(closing_fee of positions)"),
    _rule(
        M.MARGIN_RATIO,
        pool.margin_ratio,
        "(level * maintenance_margin + closing_fee) / support",
        trigger_facts,
    ),
    _rule(M.INITIAL_MARGIN_RATIO, pool.initial_margin_ratio, "initial_margin / support"),
    _rule(
        M.VENUE_RATIO,
        pool.margin_ratio,
        "(level * maintenance_margin + closing_fee) / support",
        trigger_facts,
    ),
    _rule(
        M.BUFFER, pool.buffer, "support - level * maintenance_margin - closing_fee", trigger_facts
    ),
    _rule(M.AVAILABLE_BALANCE, pool.available_balance, "support - initial_margin"),
    _rule(M.EFFECTIVE_LEVERAGE, pool.effective_leverage, "gross_notional / margin_balance"),
    _rule(M.GROSS_NOTIONAL, pool.gross_notional, "sum(notional of positions)"),
    _rule(M.NET_NOTIONAL, pool.net_notional, "sum(signed notional of positions)"),
    _rule(M.UNREALIZED_SHARE, pool.unrealized_share, "max(0, unrealized_pnl) / margin_balance"),
    _rule(M.CREDIT_SHARE, pool.credit_share, "credit / margin_balance"),
)

_LINE = "the price where support = level * maintenance_margin + closing_fee, all else standing"

POSITION_RULES: PositionRules = (
    _rule(
        M.NOTIONAL,
        position.notional,
        "|size| * contract size * mark (inverse: / mark)",
        price_facts,
    ),
    _rule(
        M.UNREALIZED_PNL,
        position.position_pnl,
        "size * contract size * (mark - entry) (inverse: 1/entry - 1/mark)",
        price_facts,
    ),
    _rule(
        M.INITIAL_MARGIN,
        position.position_initial,
        "notional * initial rate + fees",
        leverage_facts,
    ),
    _rule(
        M.MAINTENANCE_MARGIN,
        position.position_maintenance,
        "charged value * rate - deduction + fees",
        tier_facts,
    ),
    _rule(M.CLOSING_FEE, position.position_closing_fee, "notional * closing fee rate"),
    _rule(M.TIER, position.tier, "the row with floor < charged value <= cap", tier_facts),
    _rule(M.MAINTENANCE_RATE, position.maintenance_rate, "rate of that row", tier_facts),
    _rule(
        M.MARGIN_BALANCE, position.position_margin_balance, "margin_balance of the isolated pool"
    ),
    _rule(M.MARGIN_RATIO, position.position_margin_ratio, "margin_ratio of the isolated pool"),
    _rule(M.LIQUIDATION_PRICE_BELOW, position.liquidation_price_below, _LINE, liquidation_facts),
    _rule(M.LIQUIDATION_PRICE_ABOVE, position.liquidation_price_above, _LINE, liquidation_facts),
    _rule(M.LIQUIDATION_PRICE, position.liquidation_price, _LINE, liquidation_facts),
    _rule(
        M.BANKRUPTCY_PRICE,
        position.bankruptcy_price,
        "the price where margin_balance = 0",
        price_facts,
    ),
    _rule(
        M.BREAK_EVEN_PRICE,
        position.break_even_price,
        "entry - fees / (size * contract size) (inverse: in 1/price)",
        fee_facts,
    ),
    _rule(M.RETURN_ON_MARGIN, position.return_on_margin, "unrealized_pnl / initial_margin"),
    _rule(
        M.EFFECTIVE_LEVERAGE, position.position_leverage, "notional / margin_balance of its pool"
    ),
    _rule(M.FUNDING_NEXT, position.funding_next, "-signed notional * funding rate", funding_facts),
)

STANDARD = {rule.measure: rule for rule in POOL_RULES}
STANDARD_OF_POSITION = {rule.measure: rule for rule in POSITION_RULES}


# -- whose health is that of the definitions ---------------------------------------------------

_OF_POOL = (M.UNREALIZED_PNL, M.MARGIN_BALANCE, M.SUPPORT, M.MAINTENANCE_MARGIN, M.CLOSING_FEE)
_OF_POSITION = (M.UNREALIZED_PNL, M.MAINTENANCE_MARGIN, M.CLOSING_FEE)


def defined(pool: Pool, rules: Rules) -> bool:
    """Whether support and requirement are those of the definitions, in this pool.

    Raises:
        AbsentError: what its orders are charged is missing.
    """
    bare = not any(need(e.maintenance.extra_notional) for e in pool.exposures)
    return _defined(rules, pool.kind, bare)


@lru_cache(maxsize=512)
def _defined(rules: Rules, kind: Kind, bare: bool) -> bool:  # noqa: FBT001
    """As `defined`; `bare`: no order is charged by the tiers of a position."""

    def same(rule: AnyRule | None, standard: AnyRule) -> bool:
        return rule is not None and (rule.compute is standard.compute or (bare and rule.regroups))

    of_pool, of_position = rules.pool[kind], rules.position[kind]
    return all(same(of_pool.get(m), STANDARD[m]) for m in _OF_POOL) and all(
        same(of_position.get(m), STANDARD_OF_POSITION[m]) for m in _OF_POSITION
    )

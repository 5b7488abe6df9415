"""Bybit's unified account in portfolio margin: the account sums its risk units and loans."""

from __future__ import annotations

from decimal import Decimal

from marginline.core.assessment.facts import leg_facts, part_facts
from marginline.core.assessment.figures import PoolFigures, PoolRules, PositionRules
from marginline.core.assessment.rules import Evidence, absent
from marginline.core.assessment.standard import STANDARD
from marginline.core.findings import Code, not_applicable
from marginline.core.measures import Measure as M
from marginline.core.numbers import ZERO
from marginline.core.pool.exposure import Figure, need
from marginline.core.pool.pool import Kind, Part
from marginline.venues.bybit.page import sources
from marginline.venues.bybit.page.ruling import rule
from marginline.venues.bybit.page.unified import (
    interest_bearing,
    joint_balances,
    joint_ratios,
    profit_rules,
)
from marginline.venues.bybit.pools import prices

DOCUMENTED, DERIVED = Evidence.DOCUMENTED, Evidence.DERIVED
SECOND_HAND = Evidence.SECOND_HAND
ACCOUNT, UNIT = Kind.ACCOUNT, Kind.RISK_UNIT

_IN_UNITS = not_applicable("portfolio margin charges risk units, not single positions or orders")
_NO_PRICE = not_applicable("Bybit gives no liquidation price in portfolio margin")
_INITIAL_CAVEAT = (
    Code.APPROXIMATE,
    "initial margin = maintenance * factor is second-hand: Bybit's own text was not readable",
)


def _sum(parts: tuple[Part, ...]) -> Decimal:
    return sum((need(part.amount) for part in parts), ZERO)


def units_initial(pool: PoolFigures) -> Figure:
    """Initial margin of the risk units, in USD."""
    return _sum(pool.pool.initial_parts)


def initial_margin(pool: PoolFigures) -> Figure:
    """Risk units and loans; orders are inside the units."""
    if pool.pool.kind is UNIT:
        return pool[M.POSITION_INITIAL_MARGIN]
    return pool[M.POSITION_INITIAL_MARGIN] + pool[M.BORROW_INITIAL_MARGIN]


def maintenance_margin(pool: PoolFigures) -> Figure:
    """Risk units and loans, in USD."""
    borrows = (loan.charge(pool.owed(loan), loan.maintenance) for loan in pool.pool.borrows)
    return _sum(pool.pool.maintenance_parts) + sum(borrows, ZERO)


POOL: PoolRules = (
    *joint_balances("BYPM"),
    rule(
        "BYPM-BAL-003",
        M.MARGIN_BALANCE,
        STANDARD[M.MARGIN_BALANCE].compute,
        "sum((balance - borrowed + unrealized_pnl + options value), after its ratio, * index)",
        sources.GLOSSARY,
        DOCUMENTED,
        label="totalMarginBalance (equity after collateral ratios, options included)",
        facts=leg_facts,
    ),
    STANDARD[M.SUPPORT].cited(
        "BYPM-BAL-004", sources.GLOSSARY, DOCUMENTED, label="equity - haircut loss + order loss"
    ),
    rule(
        "BYPM-IM-001",
        M.POSITION_INITIAL_MARGIN,
        units_initial,
        "sum(maintenance of a risk unit * its initial factor)",
        sources.PORTFOLIO,
        SECOND_HAND,
        caveat=_INITIAL_CAVEAT,
        facts=part_facts,
    ),
    absent("BYPM-IM-002", M.ORDER_INITIAL_MARGIN, _IN_UNITS, sources.PORTFOLIO),
    rule(
        "BYPM-IM-003",
        M.BORROW_INITIAL_MARGIN,
        STANDARD[M.BORROW_INITIAL_MARGIN].compute,
        "sum(owed * index * initial rate of the tier (1 / spot leverage))",
        sources.BORROWING,
        DERIVED,
        facts=interest_bearing,
    ),
    rule(
        "BYPM-IM-004",
        M.INITIAL_MARGIN,
        initial_margin,
        "position_initial_margin + borrow_initial_margin",
        sources.PORTFOLIO,
        DOCUMENTED,
        label="totalInitialMargin",
    ),
    rule(
        "BYPM-MM-001",
        M.MAINTENANCE_MARGIN,
        maintenance_margin,
        "sum(max loss over scenarios + contingency) + loans",
        sources.PORTFOLIO,
        DOCUMENTED,
        label="totalMaintenanceMargin",
        facts=part_facts,
    ),
    *joint_ratios("BYPM"),
)

POSITION: PositionRules = (
    *(
        absent(f"BYPM-MM-10{n}", measure, _IN_UNITS, sources.POSITIONS)
        for n, measure in enumerate(
            (
                M.INITIAL_MARGIN,
                M.MAINTENANCE_MARGIN,
                M.TIER,
                M.MAINTENANCE_RATE,
                M.RETURN_ON_MARGIN,
            ),
            start=1,
        )
    ),
    *(
        absent(f"BYPM-LIQ-00{n}", measure, _NO_PRICE, sources.POSITIONS)
        for n, measure in enumerate(
            (M.LIQUIDATION_PRICE, M.LIQUIDATION_PRICE_BELOW, M.LIQUIDATION_PRICE_ABOVE), start=1
        )
    ),
    rule(
        "BYPM-BKR-001",
        M.BANKRUPTCY_PRICE,
        prices.bankruptcy_price,
        "the price where margin_balance = 0, long up, short down to the tick",
        sources.READING,
        DERIVED,
    ),
    *profit_rules("BYPM"),
)

"""Bybit's unified account in portfolio margin: the account sums its risk units and loans."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from marginline.core.assessment.facts import part_facts
from marginline.core.assessment.figures import PoolFigures
from marginline.core.findings import approximate, not_applicable
from marginline.core.measures import Measure as M
from marginline.core.numbers import ZERO
from marginline.core.pool.exposure import Figure, need
from marginline.core.pool.pool import Kind, Part
from marginline.venues.bybit.page import sources
from marginline.venues.bybit.page.lines import (
    BANKRUPTCY,
    DOCUMENTED,
    JOINT_BALANCES,
    JOINT_RATIOS,
    LOANS,
    PROFIT,
    SECOND_HAND,
)
from marginline.venues.compare.lines import AnyLine, Line, Of

S = sources
_IN_UNITS = not_applicable("portfolio margin charges risk units, not single positions or orders")
_NO_PRICE = not_applicable("Bybit gives no liquidation price in portfolio margin")
_INITIAL_CAVEAT = approximate(
    "initial margin = maintenance * factor is second-hand: Bybit's own text was not readable"
)


def _sum(parts: tuple[Part, ...]) -> Decimal:
    return sum((need(part.amount) for part in parts), ZERO)


def units_initial(pool: PoolFigures) -> Figure:
    """Initial margin of the risk units, in USD."""
    return _sum(pool.pool.initial_parts)


def initial_margin(pool: PoolFigures) -> Figure:
    """Risk units and loans; orders are inside the units."""
    if pool.pool.kind is Kind.RISK_UNIT:
        return pool[M.POSITION_INITIAL_MARGIN]
    return pool[M.POSITION_INITIAL_MARGIN] + pool[M.BORROW_INITIAL_MARGIN]


def maintenance_margin(pool: PoolFigures) -> Figure:
    """Risk units and loans, in USD."""
    borrows = (loan.charge(pool.owed(loan), loan.maintenance) for loan in pool.pool.borrows)
    return _sum(pool.pool.maintenance_parts) + sum(borrows, ZERO)


POOL: tuple[AnyLine, ...] = (
    *JOINT_BALANCES,
    Line("BAL-003", M.MARGIN_BALANCE, S.GLOSSARY, DOCUMENTED,
         label="totalMarginBalance (equity after collateral ratios, options included)",
         formula="sum((balance - borrowed + unrealized_pnl + options value), after its ratio, *"
         " index)", how="with option value, after the ratio (text of 2026)"),
    Line("BAL-004", M.SUPPORT, S.GLOSSARY, DOCUMENTED,
         label="equity - haircut loss + order loss"),
    Line("IM-001", M.POSITION_INITIAL_MARGIN, S.PORTFOLIO, SECOND_HAND, caveat=_INITIAL_CAVEAT,
         compute=units_initial, facts=part_facts,
         formula="sum(maintenance of a risk unit * its initial factor)"),
    Line("IM-002", M.ORDER_INITIAL_MARGIN, S.PORTFOLIO, gap=_IN_UNITS),
    replace(LOANS, label=None),
    Line("IM-004", M.INITIAL_MARGIN, S.PORTFOLIO, DOCUMENTED, label="totalInitialMargin",
         compute=initial_margin, formula="position_initial_margin + borrow_initial_margin"),
    Line("MM-001", M.MAINTENANCE_MARGIN, S.PORTFOLIO, DOCUMENTED, label="totalMaintenanceMargin",
         compute=maintenance_margin, facts=part_facts,
         formula="sum(max loss over scenarios + contingency) + loans"),
    *JOINT_RATIOS,
)  # fmt: skip
UNIT: tuple[AnyLine, ...] = (
    Line("", M.INITIAL_MARGIN, word="assetIM", of=Of.UNIT,
         how="maintenance * the unit's initial factor"),
    Line("", M.MAINTENANCE_MARGIN, word="assetMM", of=Of.UNIT, how="max loss + contingency"),
)  # fmt: skip
"""What the portfolio-margin endpoint says of each underlying."""
_UNCHARGED = (
    M.INITIAL_MARGIN, M.MAINTENANCE_MARGIN, M.TIER, M.MAINTENANCE_RATE, M.RETURN_ON_MARGIN,
)  # fmt: skip
_PRICES = (M.LIQUIDATION_PRICE, M.LIQUIDATION_PRICE_BELOW, M.LIQUIDATION_PRICE_ABOVE)
POSITION: tuple[AnyLine, ...] = (
    *(Line(f"MM-10{n}", m, S.POSITIONS, gap=_IN_UNITS) for n, m in enumerate(_UNCHARGED, start=1)),
    *(Line(f"LIQ-00{n}", m, S.POSITIONS, gap=_NO_PRICE) for n, m in enumerate(_PRICES, start=1)),
    BANKRUPTCY,
    *PROFIT,
)

"""Bybit's classic inverse account (BTCUSD in BTC): entry-based margin, coin by coin.

Read this list beside Bybit's classic pages: wallet, margin of positions and orders, liquidation.
"""

from __future__ import annotations

from marginline import formulas
from marginline.core.assessment.facts import tier_facts, walk_facts
from marginline.core.assessment.figures import PoolFigures, PoolRules, PositionRules
from marginline.core.assessment.rules import Evidence, absent
from marginline.core.assessment.standard import STANDARD, STANDARD_OF_POSITION
from marginline.core.findings import Code, not_applicable
from marginline.core.measures import Measure as M
from marginline.core.pool.exposure import Figure
from marginline.core.pool.pool import Kind
from marginline.venues.bybit.page import sources
from marginline.venues.bybit.page.ruling import rule
from marginline.venues.bybit.page.unified import profit_rules
from marginline.venues.bybit.pools import prices

REPRODUCED, DOCUMENTED = Evidence.REPRODUCED, Evidence.DOCUMENTED
DERIVED, SECOND_HAND = Evidence.DERIVED, Evidence.SECOND_HAND
CROSS, ISOLATED = Kind.CROSS, Kind.ISOLATED

_PROFIT_CAVEAT = (
    Code.APPROXIMATE,
    "what may leave the classic account is second-hand: unrealized profit and bonus stay",
)


def available(pool: PoolFigures) -> Figure:
    """Margin balance less the margins of positions and orders."""
    return formulas.available_margin(pool[M.MARGIN_BALANCE], pool[M.INITIAL_MARGIN])


def withdrawable(pool: PoolFigures) -> Figure:
    """Available less unrealized profit and bonus."""
    profit = formulas.positive_part(pool[M.UNREALIZED_PNL])
    return formulas.positive_part(pool[M.AVAILABLE_BALANCE] - profit - pool[M.CREDIT])


POOL: PoolRules = (
    STANDARD[M.WALLET_BALANCE].cited(
        "BYIN-BAL-001", sources.LIQUIDATION_INVERSE, DOCUMENTED, label="wallet balance"
    ),
    STANDARD[M.CREDIT].cited("BYIN-BAL-002", sources.BONUS, DOCUMENTED, label="bonus"),
    STANDARD[M.MARGIN_BALANCE].cited(
        "BYIN-BAL-003", sources.LIQUIDATION_INVERSE, DOCUMENTED, label="equity"
    ),
    STANDARD[M.SUPPORT].cited(
        "BYIN-BAL-004",
        sources.LIQUIDATION_INVERSE,
        REPRODUCED,
        label="balance - order margin + unrealized P&L",
    ),
    STANDARD[M.POSITION_INITIAL_MARGIN].cited(
        "BYIN-IM-001", sources.ORDER_COST, DOCUMENTED, label="position margin"
    ),
    STANDARD[M.ORDER_INITIAL_MARGIN].cited(
        "BYIN-IM-002", sources.CONTRACT_RULES, DOCUMENTED, label="order margin"
    ),
    STANDARD[M.INITIAL_MARGIN].cited(
        "BYIN-IM-003", sources.CONTRACT_RULES, DOCUMENTED, label="position and order margin"
    ),
    STANDARD[M.MAINTENANCE_MARGIN].cited(
        "BYIN-MM-001", sources.LIQUIDATION_INVERSE, REPRODUCED, label="maintenance margin"
    ),
    STANDARD[M.MARGIN_RATIO].cited("BYIN-RATIO-001", sources.LIQUIDATION_INVERSE, DERIVED),
    rule(
        "BYIN-AVL-001",
        M.AVAILABLE_BALANCE,
        available,
        "margin_balance - initial_margin",
        sources.LIQUIDATION_INVERSE,
        SECOND_HAND,
        label="available balance",
    ),
    rule(
        "BYIN-WDR-001",
        M.WITHDRAWABLE_BALANCE,
        withdrawable,
        "max(0, available_balance - max(0, unrealized_pnl) - credit)",
        sources.BONUS,
        SECOND_HAND,
        label="withdrawable",
        kinds=(CROSS,),
        caveat=_PROFIT_CAVEAT,
    ),
    absent(
        "BYIN-WDR-002",
        M.WITHDRAWABLE_BALANCE,
        not_applicable("margin leaves an isolated position for its coin's wallet first"),
        sources.READING,
        ISOLATED,
    ),
)

POSITION: PositionRules = (
    rule(
        "BYIN-IM-101",
        M.INITIAL_MARGIN,
        STANDARD_OF_POSITION[M.INITIAL_MARGIN].compute,
        "Q / (E L) + Q/E (1 +/- 1/L) f",
        sources.ORDER_COST,
        DOCUMENTED,
        label="position margin",
        facts=STANDARD_OF_POSITION[M.INITIAL_MARGIN].facts,
    ),
    rule(
        "BYIN-MM-101",
        M.MAINTENANCE_MARGIN,
        STANDARD_OF_POSITION[M.MAINTENANCE_MARGIN].compute,
        "Q/E r - D + Q f / bankruptcy price",
        sources.LIQUIDATION_INVERSE,
        REPRODUCED,
        label="maintenance margin",
        facts=tier_facts,
    ),
    STANDARD_OF_POSITION[M.TIER].cited(
        "BYIN-TIER-001", sources.RISK_LIMIT, DOCUMENTED, label="riskId"
    ),
    *(
        rule(
            f"BYIN-LIQ-00{n}",
            measure,
            compute,
            "Q (1/E - 1/P) = -(balance - order margin - Q/E r - Q f / bankruptcy price)",
            sources.LIQUIDATION_INVERSE,
            REPRODUCED,
            label="liqPrice",
            facts=walk_facts,
        )
        for n, (measure, compute) in enumerate(
            (
                (M.LIQUIDATION_PRICE_BELOW, prices.liquidation_price_below),
                (M.LIQUIDATION_PRICE_ABOVE, prices.liquidation_price_above),
                (M.LIQUIDATION_PRICE, prices.liquidation_price),
            ),
            start=1,
        )
    ),
    rule(
        "BYIN-BKR-001",
        M.BANKRUPTCY_PRICE,
        prices.own_bankruptcy_price,
        "long (1 + f) Q / (Q/E + balance - order margin), short (1 - f) Q / (Q/E - ...);"
        " isolated E L / (L +/- 1); long up, short down to the tick",
        sources.LIQUIDATION_INVERSE,
        REPRODUCED,
        label="bustPrice",
        facts=STANDARD_OF_POSITION[M.BANKRUPTCY_PRICE].facts,
    ),
    *profit_rules("BYIN"),
)

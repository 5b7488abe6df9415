"""Bybit's classic inverse account (BTCUSD in BTC): entry-based margin, coin by coin.

Read the lines beside Bybit's classic pages: wallet, margin of positions and orders, liquidation.
"""

from __future__ import annotations

from marginline import formulas
from marginline.core.assessment.facts import liquidation_facts
from marginline.core.assessment.figures import PoolFigures
from marginline.core.assessment.standard import STANDARD_OF_POSITION
from marginline.core.findings import approximate, not_applicable
from marginline.core.measures import Measure as M
from marginline.core.pool.exposure import Figure
from marginline.venues.bybit.page import sources
from marginline.venues.bybit.page.unified import (
    CROSS,
    DERIVED,
    DOCUMENTED,
    ISOLATED,
    PROFIT,
    REPRODUCED,
    SECOND_HAND,
)
from marginline.venues.bybit.pools import contracts
from marginline.venues.compare.lines import AnyLine, Line

S = sources
_PROFIT_CAVEAT = approximate(
    "what may leave the classic account is second-hand: unrealized profit and bonus stay"
)
_POSTED = not_applicable("margin leaves an isolated position for its coin's wallet first")


def available(pool: PoolFigures) -> Figure:
    """Margin balance less the margins of positions and orders."""
    return formulas.available_margin(pool[M.MARGIN_BALANCE], pool[M.INITIAL_MARGIN])


def withdrawable(pool: PoolFigures) -> Figure:
    """Available less unrealized profit and bonus."""
    profit = formulas.positive_part(pool[M.UNREALIZED_PNL])
    return formulas.positive_part(pool[M.AVAILABLE_BALANCE] - profit - pool[M.CREDIT])


_L = S.LIQUIDATION_INVERSE
POOL: tuple[AnyLine, ...] = (
    Line("BAL-001", M.WALLET_BALANCE, _L, DOCUMENTED, label="wallet balance"),
    Line("BAL-002", M.CREDIT, S.BONUS, DOCUMENTED, label="bonus"),
    Line("BAL-003", M.MARGIN_BALANCE, _L, DOCUMENTED, label="equity"),
    Line("BAL-004", M.SUPPORT, _L, REPRODUCED, label="balance - order margin + unrealized P&L"),
    Line("IM-001", M.POSITION_INITIAL_MARGIN, S.ORDER_COST, DOCUMENTED, label="position margin"),
    Line("IM-002", M.ORDER_INITIAL_MARGIN, S.CONTRACT_RULES, DOCUMENTED, label="order margin",
         how="as in the unified account; a buy at min(limit, best ask), a sell at max(limit, best"
         " bid), where the market is given"),
    Line("IM-003", M.INITIAL_MARGIN, S.CONTRACT_RULES, DOCUMENTED,
         label="position and order margin"),
    Line("MM-001", M.MAINTENANCE_MARGIN, _L, REPRODUCED, label="maintenance margin"),
    Line("RATIO-001", M.MARGIN_RATIO, _L, DERIVED),
    Line("AVL-001", M.AVAILABLE_BALANCE, _L, SECOND_HAND, label="available balance",
         compute=available, formula="margin_balance - initial_margin"),
    Line("WDR-001", M.WITHDRAWABLE_BALANCE, S.BONUS, SECOND_HAND, label="withdrawable", kinds=CROSS,
         compute=withdrawable, caveat=_PROFIT_CAVEAT,
         formula="max(0, available_balance - max(0, unrealized_pnl) - credit)"),
    Line("WDR-002", M.WITHDRAWABLE_BALANCE, S.READING, gap=_POSTED, kinds=ISOLATED),
)  # fmt: skip
_ENDS = (
    (M.LIQUIDATION_PRICE_BELOW, contracts.liquidation_price_below, ""),
    (M.LIQUIDATION_PRICE_ABOVE, contracts.liquidation_price_above, ""),
    (M.LIQUIDATION_PRICE, contracts.liquidation_price, "5,739.50"),
)
POSITION: tuple[AnyLine, ...] = (
    Line("IM-101", M.INITIAL_MARGIN, S.ORDER_COST, DOCUMENTED, label="position margin",
         formula="Q / (E L) + Q/E (1 +/- 1/L) f"),
    Line("MM-101", M.MAINTENANCE_MARGIN, _L, REPRODUCED, label="maintenance margin",
         formula="Q/E r - D + Q f / bankruptcy price"),
    Line("TIER-001", M.TIER, S.RISK_LIMIT, DOCUMENTED, label="riskId"),
    *(
        Line(f"LIQ-00{n}", measure, _L, REPRODUCED, label="liqPrice", compute=compute, seen=seen,
             formula="Q (1/E - 1/P) = -(balance - order margin - Q/E r - Q f / bankruptcy price)",
             facts=liquidation_facts)
        for n, (measure, compute, seen) in enumerate(_ENDS, start=1)
    ),
    Line("BKR-001", M.BANKRUPTCY_PRICE, _L, REPRODUCED, label="bustPrice", seen="5,718.57",
         compute=contracts.own_bankruptcy_price,
         formula="long (1 + f) Q / (Q/E + balance - order margin), short (1 - f) Q / (Q/E - ...);"
         " isolated E L / (L +/- 1); long up, short down to the tick",
         facts=STANDARD_OF_POSITION[M.BANKRUPTCY_PRICE].facts),
    *PROFIT,
)  # fmt: skip

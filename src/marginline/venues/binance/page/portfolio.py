"""Binance Portfolio Margin and PM Pro: one ratio, uniMMR, over everything.

Higher uniMMR is safer: adjusted equity over maintenance margin. Ours is the other way round and
carries the level, so that liquidation (uniMMR 1.05) is 1 like everywhere else.
"""

from __future__ import annotations

from decimal import Decimal

from marginline import formulas
from marginline.core.assessment.figures import PoolFigures, PoolRules, PositionRules
from marginline.core.assessment.rules import Citation, Evidence, Rule, absent
from marginline.core.assessment.standard import STANDARD, STANDARD_OF_POSITION
from marginline.core.findings import Code, not_applicable, unsupported
from marginline.core.measures import Measure as M
from marginline.core.pool.exposure import Figure
from marginline.venues.binance.page import sources

DOCUMENTED, DERIVED = Evidence.DOCUMENTED, Evidence.DERIVED

_NO_INITIAL = not_applicable("PM Pro has no initial margin: it checks uniMMR, not orders")
_NO_AVAILABLE = unsupported("Binance's virtual available balance of portfolio margin is not public")
_NO_WITHDRAW = unsupported("Binance does not publish how much may leave a portfolio margin account")
_NO_ADL = unsupported("Binance does not publish how portfolio margin positions are ranked for ADL")
_DERIVED_LIQUIDATION = (
    Code.APPROXIMATE,
    "Binance publishes no liquidation price of portfolio margin; derived from uniMMR = 1.05",
)


def uni_mmr(pool: PoolFigures) -> Figure:
    """Adjusted equity over maintenance margin; none without a requirement."""
    requirement = pool[M.MAINTENANCE_MARGIN]
    if requirement == 0:
        return not_applicable("without maintenance margin uniMMR is without bound")
    return pool[M.SUPPORT] / requirement


def withdrawable_pro(pool: PoolFigures) -> Figure:
    """What leaves uniMMR at 1.2 or better, in USD; never more than the coin's own wallet."""
    kept = Decimal("1.2") * pool[M.MAINTENANCE_MARGIN]
    return formulas.positive_part(pool[M.MARGIN_BALANCE] - kept)


def _pool_rules(prefix: str, source: Citation) -> PoolRules:
    return (
        STANDARD[M.EQUITY].cited(f"{prefix}-EQ-001", source, DOCUMENTED, label="actualEquity"),
        STANDARD[M.MARGIN_BALANCE].cited(
            f"{prefix}-EQ-002", source, DOCUMENTED, label="accountEquity"
        ),
        STANDARD[M.SUPPORT].cited(f"{prefix}-EQ-003", source, DOCUMENTED, label="adjusted equity"),
        STANDARD[M.MAINTENANCE_MARGIN].cited(
            f"{prefix}-MM-001", source, DOCUMENTED, label="accountMaintMargin"
        ),
        Rule(
            f"{prefix}-RATIO-001",
            M.VENUE_RATIO,
            uni_mmr,
            "support / maintenance_margin",
            source,
            DOCUMENTED,
            label="uniMMR",
        ),
    )


def _position_rules(prefix: str) -> PositionRules:
    prices = (M.LIQUIDATION_PRICE, M.LIQUIDATION_PRICE_BELOW, M.LIQUIDATION_PRICE_ABOVE)
    derived = tuple(
        STANDARD_OF_POSITION[m].cited(
            f"{prefix}-LIQ-00{n}", sources.READING, DERIVED, caveat=_DERIVED_LIQUIDATION
        )
        for n, m in enumerate(prices, start=1)
    )
    return (*derived, absent(f"{prefix}-ADL-001", M.ADL_SCORE, _NO_ADL, sources.READING))


PM_POOL: PoolRules = (
    *_pool_rules("BNPM", sources.PM),
    STANDARD[M.INITIAL_MARGIN].cited(
        "BNPM-IM-001", sources.PM_RULES, DOCUMENTED, label="accountInitialMargin"
    ),
    absent("BNPM-AVL-001", M.AVAILABLE_BALANCE, _NO_AVAILABLE, sources.PM_RULES),
    absent("BNPM-WDR-001", M.WITHDRAWABLE_BALANCE, _NO_WITHDRAW, sources.READING),
)
PM_POSITION = _position_rules("BNPM")

_INITIALS = (
    M.POSITION_INITIAL_MARGIN,
    M.ORDER_INITIAL_MARGIN,
    M.BORROW_INITIAL_MARGIN,
    M.INITIAL_MARGIN,
    M.INITIAL_MARGIN_RATIO,
    M.AVAILABLE_BALANCE,
)
PRO_POOL: PoolRules = (
    *_pool_rules("BNPP", sources.PM_PRO),
    *(
        absent(f"BNPP-IM-00{n}", measure, _NO_INITIAL, sources.PM_PRO)
        for n, measure in enumerate(_INITIALS, start=1)
    ),
    Rule(
        "BNPP-WDR-001",
        M.WITHDRAWABLE_BALANCE,
        withdrawable_pro,
        "max(0, margin_balance - 1.2 * maintenance_margin)",
        sources.PM_WITHDRAW,
        DOCUMENTED,
        label="max withdraw",
    ),
)


PRO_POSITION: PositionRules = (
    *_position_rules("BNPP"),
    absent("BNPP-IM-010", M.INITIAL_MARGIN, _NO_INITIAL, sources.PM_PRO),
    absent("BNPP-ROM-001", M.RETURN_ON_MARGIN, _NO_INITIAL, sources.PM_PRO),
)

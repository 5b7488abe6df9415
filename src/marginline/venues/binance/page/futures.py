"""Binance futures: what USDS-M and COIN-M say beyond the standard measures.

Read this list beside Binance's own pages; it is in their order: wallet and balances, margin of
positions and orders, maintenance and ratio, what may be moved, liquidation, deleveraging.
"""

from __future__ import annotations

from decimal import Decimal

from marginline import formulas
from marginline.core.assessment.figures import (
    PoolFigures,
    PoolRules,
    PositionFigures,
    PositionRules,
)
from marginline.core.assessment.rules import Citation, Evidence, Rule, absent
from marginline.core.assessment.standard import STANDARD, STANDARD_OF_POSITION
from marginline.core.assessment.standard_pool import available_balance_floored
from marginline.core.findings import Code, unsupported
from marginline.core.measures import Measure as M
from marginline.core.numbers import ZERO
from marginline.core.pool.exposure import Figure, need
from marginline.core.pool.pool import Kind
from marginline.venues.binance.page import sources

REPRODUCED, DOCUMENTED = Evidence.REPRODUCED, Evidence.DOCUMENTED
DERIVED, SECOND_HAND = Evidence.DERIVED, Evidence.SECOND_HAND
CROSS, ISOLATED, ACCOUNT = Kind.CROSS, Kind.ISOLATED, Kind.ACCOUNT


def isolated_order_margin(pool: PoolFigures) -> Decimal:
    """What orders on isolated symbols have reserved in a cross pool."""
    orders = (o for o in pool.pool.orders if o.isolated)
    return sum((need(o.amount) * need(o.requirement_rate) for o in orders), ZERO)


def withdrawable(pool: PoolFigures) -> Figure:
    """The smaller of the published terms, less credit, not below 0.

    The first published term (the whole wallet balance) is never below the second: left out.
    """
    leg = pool.pool.legs[0]
    held = isolated_order_margin(pool) + leg.liability + leg.locked
    wallet = pool[M.WALLET_BALANCE] - held - pool[M.MAINTENANCE_MARGIN]
    margin = pool[M.SUPPORT] - pool[M.INITIAL_MARGIN]
    return formulas.positive_part(formulas.smaller(wallet, margin) - pool[M.CREDIT])


def margin_addable(pool: PoolFigures) -> Figure:
    """The most that the cross pool can post to an isolated position."""
    free = pool[M.WALLET_BALANCE] - isolated_order_margin(pool) - pool[M.MAINTENANCE_MARGIN]
    return formulas.positive_part(formulas.smaller(free, pool[M.AVAILABLE_BALANCE]))


def margin_removable(pool: PoolFigures) -> Figure:
    """The most that can be taken from an isolated position: maintenance and initial margin stay."""
    wallet = pool[M.WALLET_BALANCE]
    initial = wallet + pool[M.UNREALIZED_PNL] - pool[M.INITIAL_MARGIN]
    return formulas.positive_part(formulas.smaller(wallet - pool[M.MAINTENANCE_MARGIN], initial))


def adl_score(position: PositionFigures) -> Figure:
    """Profit ratio of the position times margin ratio of its pool."""
    pool = position.pool
    rate = need(position.exposure.value_rate)
    return formulas.adl_score_binance(
        position[M.UNREALIZED_PNL] * rate,
        pool[M.WALLET_BALANCE],
        pool[M.UNREALIZED_PNL],
        pool[M.MAINTENANCE_MARGIN],
    )


_WITHDRAW_CAVEAT = (
    Code.APPROXIMATE,
    "Binance's fourth term of the withdrawable balance is not public; the three known are used",
)
_ADL_CAVEAT = (
    Code.APPROXIMATE,
    "Binance's ranking formula is of 2019; whether it changed after October 2025 is not public",
)
_MULTI_LIQUIDATION = (
    Code.APPROXIMATE,
    "Binance publishes no liquidation price of multi-assets mode; derived from its margin rules",
)
_MULTI_WITHDRAW = unsupported("Binance does not publish how much may leave a multi-assets account")


def _balances(prefix: str, maintenance: Citation, seen: Evidence) -> PoolRules:
    """`seen`: how well the figures are known that only USDS-M examples print."""
    both, source = (CROSS, ISOLATED), sources.WALLET
    return (
        STANDARD[M.WALLET_BALANCE].cited(
            f"{prefix}-BAL-001", source, DOCUMENTED, label="crossWalletBalance / isolatedWallet"
        ),
        STANDARD[M.UNREALIZED_PNL].cited(
            f"{prefix}-PNL-001", source, DOCUMENTED, label="crossUnPnl / unRealizedProfit"
        ),
        STANDARD[M.MARGIN_BALANCE].cited(
            f"{prefix}-BAL-002",
            source,
            seen,
            kinds=both,
            label="crossWalletBalance + crossUnPnl / isolatedMargin",
        ),
        STANDARD[M.POSITION_INITIAL_MARGIN].cited(
            f"{prefix}-IM-001",
            sources.MARGIN_REQUIREMENT,
            seen,
            label="positionInitialMargin",
        ),
        STANDARD[M.ORDER_INITIAL_MARGIN].cited(
            f"{prefix}-IM-002",
            sources.MARGIN_REQUIREMENT,
            seen,
            label="openOrderInitialMargin",
        ),
        STANDARD[M.INITIAL_MARGIN].cited(
            f"{prefix}-IM-003", sources.MARGIN_REQUIREMENT, DOCUMENTED, label="initialMargin"
        ),
        STANDARD[M.MAINTENANCE_MARGIN].cited(
            f"{prefix}-MM-001", maintenance, REPRODUCED, label="maintMargin"
        ),
        STANDARD[M.MARGIN_RATIO].cited(
            f"{prefix}-RATIO-001", sources.LIQUIDATION, DOCUMENTED, label="margin ratio"
        ),
    )


def _moves(prefix: str, evidence: Evidence) -> PoolRules:
    return (
        Rule(
            f"{prefix}-AVL-001",
            M.AVAILABLE_BALANCE,
            available_balance_floored,
            "max(0, support - initial_margin)",
            sources.ADJUST_MARGIN,
            evidence,
            label="availableBalance",
        ),
        Rule(
            f"{prefix}-WDR-001",
            M.WITHDRAWABLE_BALANCE,
            withdrawable,
            "max(0, min(wallet_balance - isolated orders - maintenance_margin - owed - locked,"
            " support - initial_margin) - credit)",
            sources.WITHDRAW,
            evidence,
            label="maxWithdrawAmount",
            kinds=frozenset({CROSS}),
            caveat=_WITHDRAW_CAVEAT,
        ),
        Rule(
            f"{prefix}-ADJ-001",
            M.MARGIN_ADDABLE,
            margin_addable,
            "max(0, min(wallet_balance - isolated orders - maintenance_margin, available_balance))",
            sources.ADJUST_MARGIN,
            evidence,
            label="max addable margin",
            kinds=frozenset({CROSS}),
        ),
        Rule(
            f"{prefix}-ADJ-002",
            M.MARGIN_REMOVABLE,
            margin_removable,
            "max(0, min(wallet_balance - maintenance_margin,"
            " wallet_balance + unrealized_pnl - initial_margin))",
            sources.ADJUST_MARGIN,
            evidence,
            label="max removable margin",
            kinds=frozenset({ISOLATED}),
        ),
        Rule(
            f"{prefix}-WDR-002",
            M.WITHDRAWABLE_BALANCE,
            margin_removable,
            "margin_removable: it leaves for the cross pool first",
            sources.ADJUST_MARGIN,
            evidence,
            kinds=frozenset({ISOLATED}),
        ),
    )


def _position_rules(
    prefix: str, liquidation: Citation, seen: Evidence, break_even: Evidence
) -> PositionRules:
    of = STANDARD_OF_POSITION
    return (
        of[M.MAINTENANCE_MARGIN].cited(
            f"{prefix}-MM-002", sources.BRACKETS, REPRODUCED, label="maintMargin"
        ),
        of[M.INITIAL_MARGIN].cited(
            f"{prefix}-IM-004",
            sources.MARGIN_REQUIREMENT,
            seen,
            label="positionInitialMargin",
        ),
        of[M.LIQUIDATION_PRICE].cited(
            f"{prefix}-LIQ-001", liquidation, REPRODUCED, label="liquidationPrice"
        ),
        of[M.BANKRUPTCY_PRICE].cited(f"{prefix}-BKR-001", sources.READING, DERIVED),
        of[M.BREAK_EVEN_PRICE].cited(
            f"{prefix}-BE-001", sources.BREAK_EVEN, break_even, label="breakEvenPrice"
        ),
        of[M.FUNDING_NEXT].cited(
            f"{prefix}-FND-001", sources.FUNDING, DOCUMENTED, label="funding fee"
        ),
        Rule(
            f"{prefix}-ADL-001",
            M.ADL_SCORE,
            adl_score,
            "max(0, unrealized_pnl) / max(1, wallet_balance)"
            " * maintenance_margin / (wallet_balance + unrealized_pnl of the pool)",
            sources.ADL,
            seen,
            label="LeveragePnL",
            caveat=_ADL_CAVEAT,
        ),
    )


_USDM, _COINM = sources.LIQUIDATION_PRICE_USDM, sources.LIQUIDATION_PRICE_COINM

USDM_POOL = _balances("BNUM", _USDM, REPRODUCED) + _moves("BNUM", DOCUMENTED)
USDM_POSITION = _position_rules("BNUM", _USDM, REPRODUCED, REPRODUCED)

COINM_POOL = _balances("BNCM", _COINM, DOCUMENTED) + _moves("BNCM", SECOND_HAND)
COINM_POSITION = _position_rules("BNCM", _COINM, DOCUMENTED, DERIVED)


def _multi_assets(prefix: str) -> PoolRules:
    """Multi-assets mode: one pool in USD."""
    return (
        STANDARD[M.WALLET_BALANCE].cited(
            f"{prefix}-BAL-001", sources.MULTI_ASSETS, DOCUMENTED, label="totalWalletBalance"
        ),
        STANDARD[M.MARGIN_BALANCE].cited(
            f"{prefix}-BAL-002", sources.MULTI_ASSETS, REPRODUCED, label="totalMarginBalance"
        ),
        STANDARD[M.INITIAL_MARGIN].cited(
            f"{prefix}-IM-001", sources.MARGIN_REQUIREMENT, REPRODUCED, label="totalInitialMargin"
        ),
        STANDARD[M.MAINTENANCE_MARGIN].cited(
            f"{prefix}-MM-001", sources.MARGIN_RATIO, REPRODUCED, label="totalMaintMargin"
        ),
        STANDARD[M.MARGIN_RATIO].cited(
            f"{prefix}-RATIO-001", sources.MARGIN_RATIO, REPRODUCED, label="margin ratio"
        ),
        Rule(
            f"{prefix}-AVL-001",
            M.AVAILABLE_BALANCE,
            available_balance_floored,
            "max(0, support - initial_margin)",
            sources.MULTI_ASSETS,
            REPRODUCED,
            label="availableBalance",
        ),
        absent(f"{prefix}-WDR-001", M.WITHDRAWABLE_BALANCE, _MULTI_WITHDRAW, sources.READING),
    )


MULTI_POOL = _multi_assets("BNMA")
MULTI_POSITION: PositionRules = (
    *USDM_POSITION,
    *(
        STANDARD_OF_POSITION[m].cited(
            f"BNMA-LIQ-00{n}", sources.READING, DERIVED, caveat=_MULTI_LIQUIDATION
        )
        for n, m in enumerate(
            (M.LIQUIDATION_PRICE, M.LIQUIDATION_PRICE_BELOW, M.LIQUIDATION_PRICE_ABOVE), start=1
        )
    ),
)

"""BingX: what perpetual and standard futures say beyond the standard measures, in page order."""

from __future__ import annotations

from marginline import formulas
from marginline.core.assessment.figures import PoolFigures, PoolRules, PositionRules
from marginline.core.assessment.rules import Citation, Evidence, Rule, absent
from marginline.core.assessment.standard import STANDARD, STANDARD_OF_POSITION
from marginline.core.findings import Code, not_applicable, unsupported
from marginline.core.measures import Measure as M
from marginline.core.pool.exposure import Figure
from marginline.core.pool.pool import Kind
from marginline.venues.bingx.page import sources
from marginline.venues.bingx.pools import notices

DOCUMENTED, REPRODUCED = Evidence.DOCUMENTED, Evidence.REPRODUCED
DERIVED, SECOND_HAND = Evidence.DERIVED, Evidence.SECOND_HAND
CROSS, ISOLATED, ACCOUNT = Kind.CROSS, Kind.ISOLATED, Kind.ACCOUNT

_NO_WITHDRAW = unsupported("BingX does not publish how much may leave a futures account")
_NO_ADL = unsupported("BingX does not publish how positions are ranked for deleveraging")
_NO_FREE = unsupported("BingX does not publish what is available in multi-assets mode")
_AVAILABLE = (
    Code.APPROXIMATE,
    (
        "BingX's article and its sample answers disagree on whether unrealized profit is"
        " available; the samples are followed"
    ),
)
_FEE_BASE = (
    Code.APPROXIMATE,
    (
        "whether BingX takes the closing fee at the mark or at the bankruptcy price is not"
        " public; the mark is used"
    ),
)
_JOINT_BALANCE = (
    Code.APPROXIMATE,
    (
        "BingX says that its collateral ratio is used for the risk rate, not how: balances are cut"
        " by it here, unrealized profit and loss is not"
    ),
)
_NO_STANDARD_FREE = unsupported("BingX does not publish what is available in standard futures")


def available(pool: PoolFigures) -> Figure:
    """USDT-M: the smaller of balance and equity, coin-M: equity; less used and frozen margin."""
    held = pool[M.INITIAL_MARGIN]
    if any(position.exposure.inverse for position in pool.positions):
        return pool[M.MARGIN_BALANCE] - held
    own = formulas.smaller(pool[M.MARGIN_BALANCE] - pool[M.UNREALIZED_PNL], pool[M.MARGIN_BALANCE])
    return own - held


def loan_to_value(pool: PoolFigures) -> Figure:
    """Debts at full value over positive balances after their ratio, P&L and isolated margin out."""
    return notices.loan_to_value(pool.pool)


def standard_margin_rate(pool: PoolFigures) -> Figure:
    """NAV over initial margin less the adjustment factor: closed at 0, higher is safer."""
    initial = pool[M.INITIAL_MARGIN]
    if initial <= 0:
        return not_applicable("nothing is open, so there is no margin to compare with")
    return (pool[M.SUPPORT] - pool[M.MAINTENANCE_MARGIN]) / initial


def _pool(prefix: str, balance_caveat: tuple[Code, str] | None = None) -> PoolRules:
    return (
        STANDARD[M.WALLET_BALANCE].cited(
            f"{prefix}-BAL-001", sources.ACCOUNT, DOCUMENTED, label="balance / position margin"
        ),
        STANDARD[M.EQUITY].cited(f"{prefix}-BAL-002", sources.ACCOUNT, DOCUMENTED, label="equity"),
        STANDARD[M.MARGIN_BALANCE].cited(
            f"{prefix}-BAL-003",
            sources.ACCOUNT,
            DOCUMENTED,
            label="equity of the pool",
            caveat=balance_caveat,
        ),
        STANDARD[M.POSITION_INITIAL_MARGIN].cited(
            f"{prefix}-IM-001", sources.MARGIN, DOCUMENTED, label="usedMargin"
        ),
        STANDARD[M.ORDER_INITIAL_MARGIN].cited(
            f"{prefix}-IM-002", sources.MARGIN, DOCUMENTED, label="freezedMargin"
        ),
        STANDARD[M.SUPPORT].cited(f"{prefix}-RISK-001", sources.RISK, DOCUMENTED),
        STANDARD[M.MAINTENANCE_MARGIN].cited(
            f"{prefix}-MM-001", sources.RISK, DOCUMENTED, label="maintenance margin and closing fee"
        ),
        STANDARD[M.MARGIN_RATIO].cited(
            f"{prefix}-RISK-002", sources.RISK, DOCUMENTED, label="risk", caveat=_FEE_BASE
        ),
        STANDARD[M.VENUE_RATIO].cited(
            f"{prefix}-RISK-003", sources.RISK, DOCUMENTED, label="riskRate"
        ),
    )


SINGLE_POOL: PoolRules = (
    *_pool("BXP"),
    Rule(
        "BXP-AVL-001",
        M.AVAILABLE_BALANCE,
        available,
        "min(balance, equity) - used - frozen (coin-M: equity - used - frozen)",
        sources.READING,
        SECOND_HAND,
        label="availableMargin",
        caveat=_AVAILABLE,
    ),
    absent("BXP-WDR-001", M.WITHDRAWABLE_BALANCE, _NO_WITHDRAW, sources.READING),
)
MULTI_POOL: PoolRules = (
    *_pool("BXM", _JOINT_BALANCE),
    Rule(
        "BXM-LTV-001",
        M.VENUE_RATIO,
        loan_to_value,
        "sum(debts * index) / sum(balances * index * ratio)",
        sources.MULTI_ASSETS,
        DOCUMENTED,
        label="LTV",
        kinds=frozenset({ACCOUNT}),
    ),
    absent("BXM-AVL-001", M.AVAILABLE_BALANCE, _NO_FREE, sources.READING, ACCOUNT),
    absent("BXM-WDR-001", M.WITHDRAWABLE_BALANCE, _NO_WITHDRAW, sources.READING),
)


def _position(prefix: str, source: Citation, maintenance: Citation) -> PositionRules:
    of = STANDARD_OF_POSITION
    return (
        of[M.INITIAL_MARGIN].cited(
            f"{prefix}-IM-003", sources.MARGIN, REPRODUCED, label="initialMargin"
        ),
        of[M.MAINTENANCE_MARGIN].cited(f"{prefix}-MM-002", maintenance, REPRODUCED),
        of[M.LIQUIDATION_PRICE].cited(
            f"{prefix}-LIQ-001", source, DERIVED, label="liquidationPrice"
        ),
        of[M.RETURN_ON_MARGIN].cited(
            f"{prefix}-ROM-001", sources.ACCOUNT, REPRODUCED, label="pnlRatio"
        ),
        absent(f"{prefix}-ADL-001", M.ADL_SCORE, _NO_ADL, sources.READING),
    )


PERPETUAL_POSITION = _position("BXP", sources.RISK, sources.TIERS)
MULTI_POSITION = _position("BXM", sources.RISK, sources.TIERS)

STANDARD_POOL: PoolRules = (
    STANDARD[M.MAINTENANCE_MARGIN].cited(
        "BXS-MM-001", sources.STANDARD, DOCUMENTED, label="adjustment factor * margin"
    ),
    STANDARD[M.SUPPORT].cited("BXS-NAV-001", sources.STANDARD, DOCUMENTED, label="NAV"),
    Rule(
        "BXS-RATE-001",
        M.VENUE_RATIO,
        standard_margin_rate,
        "NAV / initial_margin - adjustment factor",
        sources.STANDARD,
        REPRODUCED,
        label="margin rate",
    ),
    absent("BXS-AVL-001", M.AVAILABLE_BALANCE, _NO_STANDARD_FREE, sources.READING),
    absent("BXS-WDR-001", M.WITHDRAWABLE_BALANCE, _NO_WITHDRAW, sources.READING),
)
STANDARD_POSITION = _position("BXS", sources.STANDARD, sources.STANDARD)

"""BitMEX in multi-asset mode: what differs from single-asset mode.

Requirements, P&L and each asset's own balance are what they are; what stands against a requirement
is not known, because BitMEX assigned the balances to the requirements itself.
"""

from __future__ import annotations

from marginline.core.assessment.facts import leg_facts
from marginline.core.assessment.figures import CommonRule, PoolFigures, PoolRules, PositionRules
from marginline.core.assessment.rules import Evidence, Rule, absent
from marginline.core.findings import Code
from marginline.core.measures import Measure as M
from marginline.core.numbers import ZERO
from marginline.core.pool.exposure import Figure, need
from marginline.core.pool.pool import Kind
from marginline.venues.bitmex.page import single as rules
from marginline.venues.bitmex.page import sources
from marginline.venues.bitmex.pools.resolve import ASSIGNMENT

CROSS = Kind.CROSS
_ONE_HAIRCUT = (
    Code.APPROXIMATE,
    (
        "the announcement of 2025-02-25 states one haircut of 2 % for XBT, USDT and USDC and no"
        " pairs"
    ),
)


NOT_ASSIGNED = (
    M.MARGIN_BALANCE, M.SUPPORT, M.MARGIN_RATIO, M.INITIAL_MARGIN_RATIO, M.BUFFER,
    M.AVAILABLE_BALANCE, M.EXCESS_BALANCE, M.WITHDRAWABLE_BALANCE, M.EFFECTIVE_LEVERAGE,
    M.UNREALIZED_SHARE, M.CREDIT_SHARE,
)  # fmt: skip
NOT_ASSIGNED_OF_POSITION = (
    M.LIQUIDATION_PRICE, M.LIQUIDATION_PRICE_BELOW, M.LIQUIDATION_PRICE_ABOVE, M.BANKRUPTCY_PRICE,
    M.ADL_SCORE, M.EFFECTIVE_LEVERAGE,
)  # fmt: skip
"""What needs the balance that stands behind a cross pool."""


def wallet_balance(pool: PoolFigures) -> Figure:
    """The pool's own asset alone: other assets have pools of their own."""
    return need(pool.pool.legs[0].balance)


def credit(pool: PoolFigures) -> Figure:
    """Bonus in the pool's own asset."""
    return pool.pool.legs[0].credit


def equity(pool: PoolFigures) -> Figure:
    """The pool's own asset less debts, with the P&L of its positions."""
    return pool.pool.legs[0].worth + pool[M.UNREALIZED_PNL]


def collateral_value(pool: PoolFigures) -> Figure:
    """Every asset's margin balance after its haircut for contracts that settle in this one."""
    return sum((leg.value(pool.amount(leg)) for leg in pool.pool.legs), ZERO)


def haircut(pool: PoolFigures) -> Figure:
    """What the haircuts take off, in the pool's asset."""
    legs = pool.pool.legs
    before = sum((pool.amount(leg) * need(leg.index) for leg in legs), ZERO)
    return before - pool[M.COLLATERAL_VALUE]


def _gaps(prefix: str, measures: tuple[M, ...]) -> tuple[CommonRule, ...]:
    return tuple(
        absent(f"{prefix}{number:02}", measure, ASSIGNMENT, sources.MULTI_ASSET, CROSS)
        for number, measure in enumerate(measures, start=1)
    )


def _pool(*, dated: bool) -> PoolRules:
    source = sources.HAIRCUTS_2025 if dated else sources.MULTI_ASSET
    caveat = _ONE_HAIRCUT if dated else None
    own = frozenset({CROSS})
    return (
        *rules.balances("BMMA"),
        *rules.requirement("BMMA"),
        Rule("BMMA-BAL-011", M.WALLET_BALANCE, wallet_balance, "balance of the pool's own asset",
             sources.TERMS, Evidence.DOCUMENTED, label="walletBalance", kinds=own, facts=leg_facts),
        Rule("BMMA-BAL-012", M.CREDIT, credit, "credit in the pool's own asset", sources.READING,
             Evidence.DERIVED, kinds=own, facts=leg_facts),
        Rule("BMMA-BAL-013", M.EQUITY, equity,
             "balance of the pool's own asset - owed + unrealized_pnl", sources.TERMS,
             Evidence.DERIVED, label="marginBalance", kinds=own, facts=leg_facts),
        Rule("BMMA-COL-001", M.COLLATERAL_VALUE, collateral_value,
             "sum((balance + unrealized_pnl of the asset) * rate * ratio by settle asset)", source,
             Evidence.DOCUMENTED, label="foreignMarginBalance", kinds=own, caveat=caveat,
             facts=leg_facts),
        Rule("BMMA-COL-002", M.HAIRCUT, haircut,
             "sum((balance + unrealized_pnl of the asset) * rate) - collateral_value", source,
             Evidence.DOCUMENTED, label="haircut", kinds=own, facts=leg_facts),
        *_gaps("BMMA-GAP-0", NOT_ASSIGNED),
    )  # fmt: skip


POOL_2022, POOL_2025 = _pool(dated=False), _pool(dated=True)
POSITION: PositionRules = (
    *rules.position_rules("BMMA", old=False),
    *_gaps("BMMA-GAP-1", NOT_ASSIGNED_OF_POSITION),
)

"""BitMEX in single-asset mode: what it says beyond the standard measures, in its pages' order.

Balances, margin of a position, risk limits, cross margin, liquidation, deleveraging.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from marginline import formulas
from marginline.core.assessment.facts import (
    fee_facts,
    leverage_facts,
    price_facts,
    tier_facts,
    walk_facts,
)
from marginline.core.assessment.figures import (
    PoolFigures,
    PoolRules,
    PositionFigures,
    PositionRules,
)
from marginline.core.assessment.rules import Evidence, Fact, Rule, absent
from marginline.core.assessment.standard import STANDARD, STANDARD_OF_POSITION
from marginline.core.findings import Code, Gap, unsupported
from marginline.core.measures import Measure as M
from marginline.core.pool.exposure import Figure
from marginline.core.pool.pool import Kind
from marginline.venues.bitmex.page import sources
from marginline.venues.bitmex.pools import prices
from marginline.venues.bitmex.pools.contracts import COMMISSION, FUNDING, TAKER

REPRODUCED, DOCUMENTED = Evidence.REPRODUCED, Evidence.DOCUMENTED
DERIVED, SECOND_HAND = Evidence.DERIVED, Evidence.SECOND_HAND
CROSS, ISOLATED = Kind.CROSS, Kind.ISOLATED

NO_RATIO = unsupported("how BitMEX made its marginUsedPcnt is not in what we could read")
NO_REMOVAL = unsupported("how much margin could be taken off a position is not public")

_CROSS_PARTS = (
    Code.APPROXIMATE,
    (
        "the fee and funding parts of cross maintenance are those that one isolated position of"
        " 2022 shows; no document states them"
    ),
)
_OLD_CROSS = (
    Code.APPROXIMATE,
    (
        "before 2024 BitMEX liquidated cross positions one by one and shared only realized profit"
        " (realized every 10 minutes from 2023-04-11); that system is not public, the rules of"
        " 2024 are applied"
    ),
)


def excess(pool: PoolFigures) -> Figure:
    """Margin balance less the margin of orders and the maintenance margin of positions."""
    return pool[M.MARGIN_BALANCE] - pool[M.ORDER_INITIAL_MARGIN] - pool[M.MAINTENANCE_MARGIN]


def withdrawable(pool: PoolFigures) -> Figure:
    """The smaller of wallet and margin balance less initial margin: no unrealized profit."""
    free = formulas.smaller(pool[M.WALLET_BALANCE], pool[M.MARGIN_BALANCE])
    return formulas.positive_part(free - pool[M.INITIAL_MARGIN] - pool[M.CREDIT])


def maintenance_facts(position: PositionFigures) -> Iterable[Fact]:
    """The step reached, the taker fee and what is reserved for it, the funding part."""
    yield from tier_facts(position)
    for name in (TAKER, COMMISSION, FUNDING):
        figure = position.exposure.own[name]
        yield Fact(name, figure.message if isinstance(figure, Gap) else figure)


def balances(prefix: str) -> PoolRules:
    """Wallet, margin balance, margin of positions and orders, available, excess, withdrawable."""
    orders = STANDARD[M.ORDER_INITIAL_MARGIN].cited(
        f"{prefix}-IM-002",
        sources.ORDERS,
        DOCUMENTED,
        label="initMargin (grossOpenCost, grossOpenPremium)",
    )
    return (
        STANDARD[M.WALLET_BALANCE].cited(
            f"{prefix}-BAL-001", sources.TERMS, DOCUMENTED, label="walletBalance / posMargin"
        ),
        STANDARD[M.UNREALIZED_PNL].cited(
            f"{prefix}-PNL-001", sources.CONTRACTS, DOCUMENTED, label="unrealisedPnl"
        ),
        STANDARD[M.MARGIN_BALANCE].cited(
            f"{prefix}-BAL-002",
            sources.TERMS,
            DOCUMENTED,
            label="marginBalance / maintMargin of an isolated position",
        ),
        STANDARD[M.POSITION_INITIAL_MARGIN].cited(
            f"{prefix}-IM-001", sources.TERMS, DOCUMENTED, label="posInit / position margin"
        ),
        replace(
            orders,
            formula="sum((offers + bids beyond them) * (1 / leverage + 2 * taker fee)),"
            " reducing orders free",
        ),
        STANDARD[M.AVAILABLE_BALANCE].cited(
            f"{prefix}-AVL-001", sources.TERMS, DOCUMENTED, label="availableMargin"
        ),
        Rule(
            f"{prefix}-EXC-001",
            M.EXCESS_BALANCE,
            excess,
            "margin_balance - order_initial_margin - maintenance_margin",
            sources.TERMS,
            DOCUMENTED,
            label="excessMargin",
            kinds=frozenset({CROSS}),
        ),
        Rule(
            f"{prefix}-WDR-001",
            M.WITHDRAWABLE_BALANCE,
            withdrawable,
            "max(0, min(wallet_balance, margin_balance) - initial_margin - credit)",
            sources.TERMS,
            DOCUMENTED,
            label="withdrawableMargin",
            kinds=frozenset({CROSS}),
        ),
        absent(f"{prefix}-WDR-002", M.WITHDRAWABLE_BALANCE, NO_REMOVAL, sources.TERMS, ISOLATED),
    )


def requirement(prefix: str) -> PoolRules:
    """Maintenance margin and the ratio; of cross pools known less well."""
    of = STANDARD[M.MAINTENANCE_MARGIN]
    return (
        of.cited(f"{prefix}-MM-001", sources.PAYLOAD, REPRODUCED, label="posMaint"),
        of.cited(
            f"{prefix}-MM-002", sources.CROSS, SECOND_HAND, label="maintMargin", kinds=(CROSS,)
        ),
        absent(f"{prefix}-RATIO-001", M.VENUE_RATIO, NO_RATIO, sources.API),
    )


def position_rules(prefix: str, *, old: bool) -> PositionRules:
    """A position's margins, prices and rank."""
    caveat = _OLD_CROSS if old else _CROSS_PARTS
    return (
        *_margins(prefix, caveat),
        *_liquidation(prefix, caveat),
        *_bankruptcy(prefix),
        *_returns(prefix),
    )


def _margins(prefix: str, caveat: tuple[Code, str]) -> PositionRules:
    """Value, P&L and margins; maintenance of cross positions known less well."""
    of = STANDARD_OF_POSITION
    maintenance = replace(
        of[M.MAINTENANCE_MARGIN].cited(
            f"{prefix}-MM-003", sources.PAYLOAD, REPRODUCED, label="posMaint"
        ),
        formula="entry value * (rate of the step + max(0, side * funding rate))"
        " + 2 * taker fee * value at the bankruptcy price",
        facts=maintenance_facts,
    )
    return (
        of[M.NOTIONAL].cited(f"{prefix}-VAL-001", sources.CONTRACTS, REPRODUCED, label="markValue"),
        of[M.UNREALIZED_PNL].cited(
            f"{prefix}-PNL-002", sources.CONTRACTS, REPRODUCED, label="unrealisedPnl"
        ),
        Rule(
            f"{prefix}-IM-003",
            M.INITIAL_MARGIN,
            prices.initial_margin,
            "entry value / leverage (none: * the step's initial rate), up to settle_step",
            sources.PAYLOAD,
            REPRODUCED,
            label="posInit",
            facts=leverage_facts,
        ),
        maintenance,
        replace(
            maintenance,
            code=f"{prefix}-MM-004",
            citation=sources.CROSS,
            evidence=SECOND_HAND,
            kinds=frozenset({CROSS}),
            caveat=caveat,
        ),
        of[M.TIER].cited(
            f"{prefix}-RISK-001", sources.RISK_LIMITS, DOCUMENTED, label="risk limit step + 1"
        ),
        of[M.MAINTENANCE_RATE].cited(
            f"{prefix}-RISK-002", sources.RISK_LIMITS, DOCUMENTED, label="maintMarginReq"
        ),
        of[M.MARGIN_BALANCE].cited(
            f"{prefix}-BAL-003", sources.PAYLOAD, REPRODUCED, label="maintMargin", kinds=(ISOLATED,)
        ),
    )


_WALK = "the price where margin_balance = maintenance_margin, on the tick towards entry"
_ENDS = (
    (M.LIQUIDATION_PRICE, prices.liquidation_price),
    (M.LIQUIDATION_PRICE_BELOW, prices.liquidation_price_below),
    (M.LIQUIDATION_PRICE_ABOVE, prices.liquidation_price_above),
)


def _liquidation(prefix: str, caveat: tuple[Code, str]) -> PositionRules:
    own = tuple(
        Rule(
            f"{prefix}-LIQ-00{number}",
            measure,
            compute,
            _WALK,
            sources.PAYLOAD,
            REPRODUCED,
            label="liquidationPrice",
            facts=walk_facts,
        )
        for number, (measure, compute) in enumerate(_ENDS, start=1)
    )
    cross = tuple(
        replace(
            rule,
            code=rule.code.replace("LIQ-00", "LIQ-01"),
            citation=sources.CROSS,
            evidence=DERIVED,
            kinds=frozenset({CROSS}),
            caveat=caveat,
        )
        for rule in own
    )
    return own + cross


def _bankruptcy(prefix: str) -> PositionRules:
    return (
        Rule(
            f"{prefix}-BKR-001",
            M.BANKRUPTCY_PRICE,
            prices.bankruptcy_price_isolated,
            "entry - (posMargin - posComm) / (size * multiplier) (inverse: in 1/price),"
            " on the tick towards entry",
            sources.PAYLOAD,
            REPRODUCED,
            label="bankruptPrice",
            kinds=frozenset({ISOLATED}),
            facts=price_facts,
        ),
        Rule(
            f"{prefix}-BKR-002",
            M.BANKRUPTCY_PRICE,
            prices.bankruptcy_price_cross,
            "the price where margin_balance = 0, on the tick towards entry",
            sources.READING,
            DERIVED,
            label="bankruptPrice",
            kinds=frozenset({CROSS}),
            facts=price_facts,
        ),
    )


def _returns(prefix: str) -> PositionRules:
    """What closing, holding and being deleveraged would bring."""
    of = STANDARD_OF_POSITION
    return (
        Rule(
            f"{prefix}-BE-001",
            M.BREAK_EVEN_PRICE,
            prices.break_even_price,
            "entry - fees / (size * multiplier) (inverse: in 1/price), up to the tick",
            sources.PAYLOAD,
            REPRODUCED,
            label="breakEvenPrice",
            facts=fee_facts,
        ),
        of[M.RETURN_ON_MARGIN].cited(
            f"{prefix}-ROE-001", sources.PAYLOAD, REPRODUCED, label="unrealisedRoePcnt"
        ),
        of[M.FUNDING_NEXT].cited(f"{prefix}-FND-001", sources.FUNDING, DOCUMENTED, label="funding"),
        Rule(
            f"{prefix}-ADL-001",
            M.ADL_SCORE,
            prices.adl_score,
            "pnl * leverage if pnl > 0, else pnl / leverage; pnl = (mark value - entry value)"
            " / |entry value|, leverage = |mark value| / (mark value - bankrupt value)",
            sources.ADL,
            DOCUMENTED,
            label="PnL% * effective leverage (deleveragePercentile)",
            facts=price_facts,
        ),
    )


POOL: PoolRules = (*balances("BMEX"), *requirement("BMEX"))
POSITION_2022 = position_rules("BMEX", old=True)
POSITION_2024 = position_rules("BMEX", old=False)

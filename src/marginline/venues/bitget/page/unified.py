"""Bitget's unified account (v3): basic and advanced, the closing fee inside both margins."""

from __future__ import annotations

from dataclasses import replace

from marginline.core.assessment.figures import PoolRules, PositionRules
from marginline.core.assessment.rules import Evidence, absent
from marginline.core.assessment.standard import STANDARD, STANDARD_OF_POSITION
from marginline.core.findings import Code
from marginline.core.measures import Measure as M
from marginline.venues.bitget.page import sources
from marginline.venues.bitget.page.classic import (
    ACCOUNT,
    BREAK_EVEN,
    CROSS,
    ISOLATED,
    NO_ADL,
    NO_TRANSFER,
    PRICES,
    worst_price_rules,
)

REPRODUCED, DOCUMENTED, DERIVED = Evidence.REPRODUCED, Evidence.DOCUMENTED, Evidence.DERIVED

_RATIO = (
    Code.APPROXIMATE,
    (
        "the exact text of the unified account's ratio could not be read: mmr / effEquity,"
        " liquidation at 100 %, follows from the names of its fields"
    ),
)
_PRICE = (
    Code.APPROXIMATE,
    "no liquidation price of the unified account could be read at Bitget; derived from its ratio",
)


def _pool() -> PoolRules:
    source = sources.API_UNIFIED
    orders = STANDARD[M.ORDER_INITIAL_MARGIN].cited("BGUT-IM-002", sources.READING, DERIVED)
    return (
        STANDARD[M.EQUITY].cited("BGUT-EQ-001", source, REPRODUCED, label="accountEquity"),
        STANDARD[M.UNREALIZED_PNL].cited("BGUT-PNL-001", source, DOCUMENTED, label="unrealisedPnl"),
        STANDARD[M.MARGIN_BALANCE].cited(
            "BGUT-EQ-002", sources.UNIFIED_COLLATERAL, REPRODUCED, label="effEquity"
        ),
        STANDARD[M.POSITION_INITIAL_MARGIN].cited(
            "BGUT-IM-001", source, REPRODUCED, label="positionBalance"
        ),
        replace(orders, formula="sum(opening value * (1 / leverage + taker fee))"),
        STANDARD[M.INITIAL_MARGIN].cited("BGUT-IM-003", source, DOCUMENTED, label="imr"),
        STANDARD[M.MAINTENANCE_MARGIN].cited("BGUT-MM-001", source, DOCUMENTED, label="mmr"),
        STANDARD[M.MARGIN_RATIO].cited(
            "BGUT-RATIO-001", source, DERIVED, label="mgnRatio", caveat=_RATIO
        ),
        STANDARD[M.VENUE_RATIO].cited(
            "BGUT-RATIO-002", source, DERIVED, label="mgnRatio", caveat=_RATIO
        ),
        STANDARD[M.AVAILABLE_BALANCE].cited("BGUT-AVL-001", sources.READING, DERIVED),
        absent("BGUT-WDR-001", M.WITHDRAWABLE_BALANCE, NO_TRANSFER, source),
    )


def _position() -> PositionRules:
    of, source = STANDARD_OF_POSITION, sources.API_UNIFIED
    initial = of[M.INITIAL_MARGIN].cited("BGUT-IM-004", source, REPRODUCED, label="positionBalance")
    maintenance = of[M.MAINTENANCE_MARGIN].cited("BGUT-MM-002", sources.READING, DERIVED)
    slices = "sum(slice * (rate of the slice + taker fee))"
    return (
        replace(initial, formula="size * mark_price * (1 / leverage + taker fee)"),
        replace(maintenance, formula=slices),
        of[M.MAINTENANCE_RATE].cited("BGUT-MM-003", source, DOCUMENTED, label="mmr"),
        *(
            of[m].cited(
                f"BGUT-LIQ-00{n}",
                sources.READING,
                DERIVED,
                label="liquidationPrice",
                kinds=(CROSS, ISOLATED, ACCOUNT),
                caveat=_PRICE,
            )
            for n, m in enumerate(PRICES, start=1)
        ),
        *worst_price_rules("BGUT"),
        replace(BREAK_EVEN, code="BGUT-BE-001", citation=source),
        of[M.RETURN_ON_MARGIN].cited("BGUT-ROE-001", source, REPRODUCED, label="profitRate"),
        absent("BGUT-ADL-001", M.ADL_SCORE, NO_ADL, sources.API_ADL),
    )


UNIFIED_POOL = _pool()
UNIFIED_POSITION = _position()

"""BitMEX's rulebooks by mode and date. All end with the venue, on 2026-09-23."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from marginline.core.account.account import Account
from marginline.core.assessment.assess import Resolved
from marginline.core.assessment.figures import PoolRules, PositionRules
from marginline.venues.bitmex.page import multi as rules_multi
from marginline.venues.bitmex.page import single as rules
from marginline.venues.bitmex.pools.orders import order_cost
from marginline.venues.bitmex.pools.resolve import (
    CROSS_SYSTEM,
    VALUATION,
    resolve_multi,
    resolve_single,
)
from marginline.venues.bitmex.pools.risk_limits import FOLDER
from marginline.venues.resolve import packaged
from marginline.venues.rulebook import Rulebook

PARAMETERS = packaged.texts(FOLDER)
FROM = date(2022, 1, 1)  # the payload that shows how a position's margin is made is of 2022
HAIRCUTS = date(2025, 2, 25)
CLOSED = date(2026, 9, 23)

_NOTES = (
    "Closed on 2026-09-23 04:00 UTC; no new positions from 2026-08-26.",
    "Amounts are in whole XBT and USDT; the venue counts in XBt (1e-8) and USDt (1e-6).",
    "`parameters.fees.taker` is part of every requirement and is not packaged.",
)
_CROSS_NOTE = "The cross system of 2024 is dated without a day: it is taken to begin on 2024-01-01."
_Resolve = Callable[[Account], Resolved]


def _book(
    code: str,
    mode: str,
    title: str,
    own: tuple[PoolRules, PositionRules],
    resolve: _Resolve,
    *,
    since: date,
    until: date,
) -> Rulebook:
    return Rulebook(
        code=code,
        venue="bitmex",
        mode=mode,
        title=f"BitMEX, {title}",
        effective_from=since,
        effective_until=until,
        valuation_asset=VALUATION,
        pool_rules=own[0],
        position_rules=own[1],
        resolve=resolve,
        parameters=PARAMETERS,
        historical=True,
        order_cost=order_cost,
        notes=(*_NOTES, _CROSS_NOTE),
    )


RULEBOOKS = (
    _book(
        "BMEX-SINGLE-2022-01",
        "single_asset",
        "single-asset margin, before the cross system of 2024",
        (rules.POOL, rules.POSITION_2022),
        resolve_single,
        since=FROM,
        until=CROSS_SYSTEM.date(),
    ),
    _book(
        "BMEX-SINGLE-2024-01",
        "single_asset",
        "single-asset margin",
        (rules.POOL, rules.POSITION_2024),
        resolve_single,
        since=CROSS_SYSTEM.date(),
        until=CLOSED,
    ),
    _book(
        "BMMA-MULTI-2022-01",
        "multi_asset",
        "multi-asset margin, haircuts by pair",
        (rules_multi.POOL_2022, rules_multi.POSITION),
        resolve_multi,
        since=FROM,
        until=HAIRCUTS,
    ),
    _book(
        "BMMA-MULTI-2025-02",
        "multi_asset",
        "multi-asset margin, haircuts of 2025-02-25",
        (rules_multi.POOL_2025, rules_multi.POSITION),
        resolve_multi,
        since=HAIRCUTS,
        until=CLOSED,
    ),
)

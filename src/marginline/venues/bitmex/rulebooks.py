"""BitMEX's rulebooks by mode and date. All end with the venue, on 2026-09-23."""

from __future__ import annotations

from datetime import date

from marginline.venues.bitmex.page import lines
from marginline.venues.bitmex.pools.contracts import FOLDER
from marginline.venues.bitmex.pools.resolve import (
    CROSS_SYSTEM,
    VALUATION,
    order_cost,
    resolve_multi,
    resolve_single,
)
from marginline.venues.compare.lines import AnyLine, pool_rules, position_rules
from marginline.venues.resolve import packaged
from marginline.venues.rulebook import Rulebook

PARAMETERS = packaged.texts(FOLDER)
FROM = date(2022, 1, 1)  # the payload that shows how a position's margin is made is of 2022
HAIRCUTS = date(2025, 2, 25)
CLOSED = date(2026, 9, 23)
CROSS_DAY = CROSS_SYSTEM.date()

_NOTES = (
    "Closed on 2026-09-23 04:00 UTC; no new positions from 2026-08-26.",
    "Amounts are in whole XBT and USDT; the venue counts in XBt (1e-8) and USDt (1e-6).",
    "`parameters.fees.taker` is part of every requirement and is not packaged.",
    "The cross system of 2024 is dated without a day: it is taken to begin on 2024-01-01.",
)
_Lines = tuple[AnyLine, ...]


def _book(mode: str, title: str, since: date, until: date, page: tuple[_Lines, _Lines]) -> Rulebook:
    single = mode == "single_asset"
    prefix = "BMEX" if single else "BMMA"
    return Rulebook(
        code=f"{prefix}-{'SINGLE' if single else 'MULTI'}-{since:%Y-%m}",
        venue="bitmex",
        mode=mode,
        title=f"BitMEX, {title}",
        effective_from=since,
        effective_until=until,
        valuation_asset=VALUATION,
        pool_rules=pool_rules(prefix, page[0]),
        position_rules=position_rules(prefix, page[1]),
        resolve=resolve_single if single else resolve_multi,
        parameters=PARAMETERS,
        historical=True,
        order_cost=order_cost,
        notes=_NOTES,
    )


_SINGLE = "single-asset margin"
_OLD = f"{_SINGLE}, before the cross system of 2024"
_PAIRS = "multi-asset margin, haircuts by pair"
_ONE = "multi-asset margin, haircuts of 2025-02-25"
RULEBOOKS = (
    _book("single_asset", _OLD, FROM, CROSS_DAY, (lines.POOL, lines.POSITION_2022)),
    _book("single_asset", _SINGLE, CROSS_DAY, CLOSED, (lines.POOL, lines.POSITION_2024)),
    _book("multi_asset", _PAIRS, FROM, HAIRCUTS, (lines.MULTI_2022, lines.MULTI_POSITION)),
    _book("multi_asset", _ONE, HAIRCUTS, CLOSED, (lines.MULTI_2025, lines.MULTI_POSITION)),
)

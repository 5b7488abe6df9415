"""Bitget's rulebooks by mode and date."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial

from marginline.core.account.account import Account
from marginline.core.assessment.assess import Resolved
from marginline.core.assessment.figures import PositionRules
from marginline.venues.bitget.page import classic as rules
from marginline.venues.bitget.page import unified as rules_unified
from marginline.venues.bitget.pools.orders import order_cost
from marginline.venues.bitget.pools.resolve import (
    ENTRY_BASED,
    MARK_BASED,
    Method,
    resolve_advanced,
    resolve_basic,
    resolve_single,
    resolve_union,
)
from marginline.venues.resolve import packaged
from marginline.venues.rulebook import Rulebook

PARAMETERS = packaged.texts("bitget")

SINGLE_FROM = date(2023, 1, 1)  # the earliest payloads that these rules reproduce are of 2023
FROM = date(2024, 1, 1)
MARK_MARGIN = date(2025, 9, 29)
PROGRESSIVE = date(2025, 11, 10)
SUM_OF_LIABILITIES = date(2026, 6, 25)

_FEE = (
    "The taker fee is part of the maintenance rate: `parameters.fees.taker` is the account's own"
    " and is not packaged."
)
_BONUS = (
    "Any transfer out voids the unused bonus (`credit`), which can itself lead to liquidation. A"
    " bonus offsets a loss only while equity at the close is below initial plus cumulative deposits"
    " plus the bonus left: not followed here."
)
_CUT_OVER = (
    "The change of 2025-11-10 is at 08:00 UTC: before that hour, and for positions opened before"
    " it (`opened_at`), tiers are flat."
)
_LOCKED = "Margin frozen by orders stays in cross equity; it is taken off the available balance."

Resolve = Callable[[Account], Resolved]


def _single(code: str, title: str, begin: date, end: date | None, own: PositionRules) -> Rulebook:
    method = ENTRY_BASED if begin < MARK_MARGIN else MARK_BASED
    return Rulebook(
        code=code,
        venue="bitget_futures",
        mode="single",
        title=f"Bitget classic futures, single mode, {title}",
        effective_from=begin,
        effective_until=end,
        valuation_asset="USD",
        pool_rules=rules.SINGLE_POOL,
        position_rules=own,
        resolve=partial(resolve_single, method=method),
        parameters=PARAMETERS,
        order_cost=order_cost,
        credit_lost_on_withdrawal=True,
        notes=(_FEE, _LOCKED, _BONUS, *((_CUT_OVER,) if begin >= PROGRESSIVE else ())),
    )


def _union(code: str, title: str, begin: date, end: date | None, own: PositionRules) -> Rulebook:
    added = begin >= SUM_OF_LIABILITIES
    method = Method(
        initial_basis=(ENTRY_BASED if begin < MARK_MARGIN else MARK_BASED).initial_basis,
        larger_of_loans=not added,
    )
    return Rulebook(
        code=code,
        venue="bitget_futures",
        mode="union",
        title=f"Bitget classic futures, union (multi-asset) mode, {title}",
        effective_from=begin,
        effective_until=end,
        valuation_asset="USDT",
        pool_rules=rules.UNION_POOL_SUM if added else rules.UNION_POOL_LARGER,
        position_rules=own,
        resolve=partial(resolve_union, method=method),
        parameters=PARAMETERS,
        order_cost=order_cost,
        credit_lost_on_withdrawal=True,
        notes=(_FEE, _LOCKED, _BONUS, *((_CUT_OVER,) if begin >= PROGRESSIVE else ())),
    )


def _unified(mode: str, title: str, resolve: Resolve) -> Rulebook:
    return Rulebook(
        code=f"BGUT-{mode.upper()}-2024-01",
        venue="bitget_unified",
        mode=mode,
        title=f"Bitget unified account, {title}",
        effective_from=FROM,
        effective_until=None,
        valuation_asset="USD",
        pool_rules=rules_unified.UNIFIED_POOL,
        position_rules=rules_unified.UNIFIED_POSITION,
        resolve=resolve,
        parameters=PARAMETERS,
        order_cost=order_cost,
        notes=(_FEE, _LOCKED),
    )


RULEBOOKS = (
    _single("BGCL-SINGLE-2023-01", "margin at entry", SINGLE_FROM, MARK_MARGIN, rules.SINGLE_2023),
    _single(
        "BGCL-SINGLE-2025-09", "margin at the mark", MARK_MARGIN, PROGRESSIVE, rules.SINGLE_2025_09
    ),
    _single(
        "BGCL-SINGLE-2025-11", "progressive maintenance", PROGRESSIVE, None, rules.SINGLE_2025_11
    ),
    _union("BGMA-UNION-2024-01", "margin at entry", FROM, MARK_MARGIN, rules.UNION_2024),
    _union(
        "BGMA-UNION-2025-09", "margin at the mark", MARK_MARGIN, PROGRESSIVE, rules.UNION_2025_09
    ),
    _union(
        "BGMA-UNION-2025-11",
        "progressive maintenance",
        PROGRESSIVE,
        SUM_OF_LIABILITIES,
        rules.UNION_2025_11,
    ),
    _union(
        "BGMA-UNION-2026-06",
        "maintenance of liabilities added",
        SUM_OF_LIABILITIES,
        None,
        rules.UNION_2025_11,
    ),
    _unified("basic", "basic: one pool an asset", resolve_basic),
    _unified("advanced", "advanced: all assets one pool", resolve_advanced),
)

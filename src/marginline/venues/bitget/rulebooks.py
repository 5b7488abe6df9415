"""Bitget's rulebooks by mode and date."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial

from marginline.core.account.account import Account
from marginline.core.assessment.assess import Resolved
from marginline.core.pool.exposure import Basis
from marginline.venues.bitget.page import lines
from marginline.venues.bitget.pools import (
    Method,
    order_cost,
    resolve_advanced,
    resolve_basic,
    resolve_single,
    resolve_union,
)
from marginline.venues.compare.lines import AnyLine, pool_rules, position_rules
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

_Lines = tuple[AnyLine, ...]
_Resolve = Callable[[Account], Resolved]
_ACCOUNTS = {
    "single": ("BGCL", "classic futures, single mode, "),
    "union": ("BGMA", "classic futures, union (multi-asset) mode, "),
    "basic": ("BGUT", "unified account, basic: "),
    "advanced": ("BGUT", "unified account, advanced: "),
}
"""Prefix of rule codes and head of the title, by mode."""


def _book(
    mode: str, title: str, begin: date, end: date | None, page: tuple[_Lines, _Lines],
    *, resolve: _Resolve | None = None,
) -> Rulebook:  # fmt: skip
    """A classic book, which says by its dates what its method is; or a unified one by `resolve`."""
    classic, union = resolve is None, mode == "union"
    method = Method(
        initial_basis=Basis.ENTRY if begin < MARK_MARGIN else Basis.MARK,
        larger_of_loans=union and begin < SUM_OF_LIABILITIES,
    )
    own = partial(resolve_union if union else resolve_single, method=method)
    prefix, named = _ACCOUNTS[mode]
    cut_over = (_CUT_OVER,) if begin >= PROGRESSIVE else ()
    return Rulebook(
        code=f"{prefix}-{mode.upper()}-{begin:%Y-%m}",
        venue="bitget_futures" if classic else "bitget_unified",
        mode=mode,
        title=f"Bitget {named}{title}",
        effective_from=begin,
        effective_until=end,
        valuation_asset="USDT" if union else "USD",
        pool_rules=pool_rules(prefix, page[0]),
        position_rules=position_rules(prefix, page[1]),
        resolve=own if resolve is None else resolve,
        parameters=PARAMETERS,
        order_cost=order_cost,
        credit_lost_on_withdrawal=classic,
        notes=(_FEE, _LOCKED, *((_BONUS, *cut_over) if classic else ())),
    )


_ENTRY, _MARK, _SLICES = "margin at entry", "margin at the mark", "progressive maintenance"
_ADDED = "maintenance of liabilities added"
_ONE, _LARGER, _SUM = lines.SINGLE_POOL, lines.UNION_POOL_LARGER, lines.UNION_POOL_SUM
_UNIFIED = lines.UNIFIED_POOL, lines.UNIFIED_POSITION
RULEBOOKS = (
    _book("single", _ENTRY, SINGLE_FROM, MARK_MARGIN, (_ONE, lines.SINGLE_2023)),
    _book("single", _MARK, MARK_MARGIN, PROGRESSIVE, (_ONE, lines.SINGLE_2025_09)),
    _book("single", _SLICES, PROGRESSIVE, None, (_ONE, lines.SINGLE_2025_11)),
    _book("union", _ENTRY, FROM, MARK_MARGIN, (_LARGER, lines.UNION_2024)),
    _book("union", _MARK, MARK_MARGIN, PROGRESSIVE, (_LARGER, lines.UNION_2025_09)),
    _book("union", _SLICES, PROGRESSIVE, SUM_OF_LIABILITIES, (_LARGER, lines.UNION_2025_11)),
    _book("union", _ADDED, SUM_OF_LIABILITIES, None, (_SUM, lines.UNION_2025_11)),
    _book("basic", "one pool an asset", FROM, None, _UNIFIED, resolve=resolve_basic),
    _book("advanced", "all assets one pool", FROM, None, _UNIFIED, resolve=resolve_advanced),
)

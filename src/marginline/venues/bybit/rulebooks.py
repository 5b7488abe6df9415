"""Bybit's rulebooks by mode and date."""

from __future__ import annotations

from datetime import date
from functools import partial

from marginline.core.assessment.figures import PoolRules, PositionRules
from marginline.core.pool.exposure import Basis
from marginline.venues.bybit.page import inverse, portfolio, unified
from marginline.venues.bybit.pools.inverse import resolve_inverse
from marginline.venues.bybit.pools.orders import FOLDER, order_cost
from marginline.venues.bybit.pools.portfolio import resolve_portfolio
from marginline.venues.bybit.pools.unified import Resolve, resolve_cross, resolve_isolated
from marginline.venues.resolve import packaged
from marginline.venues.rulebook import Rulebook

PARAMETERS = packaged.texts(FOLDER)
FROM = date(2022, 7, 1)  # the oldest payload whose margins these rules reproduce is of July 2022
MARK_BASED = date(2025, 9, 2)
INVERSE_FROM = date(2021, 1, 1)

_BONUS = "A bonus pays losses and fees before own money and cannot be withdrawn."
_ISOLATED_NOTE = (
    "The margin mode is one for the account: every position is isolated, whatever its row says."
)
_PORTFOLIO_NOTES = (
    "`parameters.venue.risk_units` (USD, by underlying) carries what the venue says of each unit.",
    "Auto-repayment at a maintenance rate of 85 % is second-hand and raises no status of its own.",
    _BONUS,
)


def _unified(
    code: str,
    mode: str,
    title: str,
    rules: tuple[PoolRules, PositionRules],
    resolve: Resolve,
    *,
    since: date = FROM,
    until: date | None = None,
    notes: tuple[str, ...] = (_BONUS,),
) -> Rulebook:
    return Rulebook(
        code=code,
        venue="bybit_unified",
        mode=mode,
        title=f"Bybit unified account, {title}",
        effective_from=since,
        effective_until=until,
        valuation_asset="USD",
        pool_rules=rules[0],
        position_rules=rules[1],
        resolve=resolve,
        parameters=PARAMETERS,
        order_cost=order_cost,
        notes=notes,
    )


RULEBOOKS = (
    _unified(
        "BYIS-2022-07",
        "isolated",
        "isolated margin, entry-based",
        (unified.ISOLATED_POOL, unified.ISOLATED_POSITION_ENTRY),
        partial(resolve_isolated, basis=Basis.ENTRY),
        until=MARK_BASED,
        notes=(_ISOLATED_NOTE, _BONUS),
    ),
    _unified(
        "BYIS-2025-09",
        "isolated",
        "isolated margin, maintenance at the mark",
        (unified.ISOLATED_POOL, unified.ISOLATED_POSITION_MARK),
        partial(resolve_isolated, basis=Basis.MARK),
        since=MARK_BASED,
        notes=(_ISOLATED_NOTE, _BONUS),
    ),
    _unified(
        "BYCR-2022-07",
        "cross",
        "cross margin, entry-based",
        (unified.CROSS_POOL_ENTRY, unified.CROSS_POSITION_ENTRY),
        partial(resolve_cross, basis=Basis.ENTRY),
        until=MARK_BASED,
    ),
    _unified(
        "BYCR-2025-09",
        "cross",
        "cross margin, at the mark",
        (unified.CROSS_POOL_MARK, unified.CROSS_POSITION_MARK),
        partial(resolve_cross, basis=Basis.MARK),
        since=MARK_BASED,
    ),
    _unified(
        "BYPM-2022-07",
        "portfolio",
        "portfolio margin",
        (portfolio.POOL, portfolio.POSITION),
        resolve_portfolio,
        notes=_PORTFOLIO_NOTES,
    ),
    Rulebook(
        code="BYIN-2021-01",
        venue="bybit_inverse",
        mode=None,
        title="Bybit classic inverse account",
        effective_from=INVERSE_FROM,
        effective_until=None,
        valuation_asset="USD",
        pool_rules=inverse.POOL,
        position_rules=inverse.POSITION,
        resolve=resolve_inverse,
        parameters=PARAMETERS,
        order_cost=order_cost,
        notes=(_BONUS,),
    ),
)

"""Bybit's rulebooks by mode and date."""

from __future__ import annotations

from datetime import date
from functools import partial

from marginline.core.pool.exposure import Basis
from marginline.venues.bybit.page import lines, portfolio
from marginline.venues.bybit.pools.inverse import resolve_inverse
from marginline.venues.bybit.pools.orders import FOLDER, order_cost
from marginline.venues.bybit.pools.portfolio import resolve_portfolio
from marginline.venues.bybit.pools.unified import resolve_cross, resolve_isolated
from marginline.venues.compare.lines import pool_rules, position_rules
from marginline.venues.resolve import packaged
from marginline.venues.rulebook import Rulebook

_PARAMETERS = packaged.texts(FOLDER)
FROM = date(2022, 7, 1)  # the oldest payload whose margins these rules reproduce is of July 2022
MARK_BASED = date(2025, 9, 2)
INVERSE_FROM = date(2021, 1, 1)

_BONUS = "A bonus pays losses and fees before own money and cannot be withdrawn."
_ISOLATED = (
    "The margin mode is one for the account: every position is isolated, whatever its row says.",
    _BONUS,
)
_PORTFOLIO = (
    "`parameters.venue.risk_units` (USD, by underlying) carries what the venue says of each unit.",
    "Auto-repayment at a maintenance rate of 85 % is second-hand and raises no status of its own.",
    _BONUS,
)
_ENTRY, _MARK, _CLASSIC = "entry-based", "at the mark", "Bybit classic inverse account"
_U = "Bybit unified account"
_BOOKS = (
    ("BYIS", "isolated", f"{_U}, isolated margin, {_ENTRY}", FROM, MARK_BASED, _ISOLATED,
     lines.ISOLATED_POOL, lines.ISOLATED_POSITION_ENTRY,
     partial(resolve_isolated, basis=Basis.ENTRY)),
    ("BYIS", "isolated", f"{_U}, isolated margin, maintenance {_MARK}", MARK_BASED, None, _ISOLATED,
     lines.ISOLATED_POOL, lines.ISOLATED_POSITION_MARK,
     partial(resolve_isolated, basis=Basis.MARK)),
    ("BYCR", "cross", f"{_U}, cross margin, {_ENTRY}", FROM, MARK_BASED, (_BONUS,),
     lines.CROSS_ENTRY, lines.CROSS_POSITION_ENTRY, partial(resolve_cross, basis=Basis.ENTRY)),
    ("BYCR", "cross", f"{_U}, cross margin, {_MARK}", MARK_BASED, None, (_BONUS,),
     lines.CROSS_MARK, lines.CROSS_POSITION_MARK, partial(resolve_cross, basis=Basis.MARK)),
    ("BYPM", "portfolio", f"{_U}, portfolio margin", FROM, None, _PORTFOLIO,
     portfolio.POOL, portfolio.POSITION, resolve_portfolio),
    ("BYIN", None, _CLASSIC, INVERSE_FROM, None, (_BONUS,),
     lines.INVERSE_POOL, lines.INVERSE_POSITION, resolve_inverse),
)  # fmt: skip

RULEBOOKS = tuple(
    Rulebook(
        code=f"{prefix}-{since:%Y-%m}",
        venue="bybit_inverse" if mode is None else "bybit_unified",
        mode=mode,
        title=title,
        effective_from=since,
        effective_until=until,
        valuation_asset="USD",
        pool_rules=pool_rules(prefix, pool),
        position_rules=position_rules(prefix, position),
        resolve=resolve,
        parameters=_PARAMETERS,
        order_cost=order_cost,
        margin_mode=None if mode is None else "isolated" if mode == "isolated" else "cross",
        notes=notes,
    )
    for prefix, mode, title, since, until, notes, pool, position, resolve in _BOOKS
)

"""Binance's rulebooks by mode and date."""

from __future__ import annotations

from datetime import date

from marginline.venues.binance.page import futures, portfolio
from marginline.venues.binance.pools import (
    order_cost,
    resolve_multi,
    resolve_pm,
    resolve_pro,
    resolve_pro_2022,
    resolve_single,
)
from marginline.venues.compare.lines import pool_rules, position_rules
from marginline.venues.resolve import packaged
from marginline.venues.rulebook import Rulebook

_PARAMETERS = packaged.texts("binance")
FROM = date(2020, 8, 14)  # the liquidation price article's examples hold from here

_FUNDING = (
    "Funding follows the formula of its day: divided by (8 / interval hours) since 2025-09-18,"
    " undivided before; `market.funding` carries the rate itself."
)

_OPEN_LOSS = "`parameters.venue.open_loss` (USD) is what resting cross-margin orders would lose."

_NUM = (pool_rules("BNUM", futures.USDM), position_rules("BNUM", futures.USDM_POSITION))
_MULTI = position_rules("BNMA", futures.MULTI_POSITION)
_PRO = (pool_rules("BNPP", portfolio.PRO), position_rules("BNPP", portfolio.PRO_POSITION))
_FUTURES, _ONE = "binance_usdm", "single_asset"
_TIERED = date(2024, 9, 11)
_BOOKS = (
    ("BNUM-SINGLE", _FUTURES, _ONE, "Binance USDS-M futures, single-asset mode", FROM, None, _NUM,
     resolve_single),
    ("BNUM-MULTI", _FUTURES, "multi_assets", "Binance USDS-M futures, multi-assets mode", FROM,
     None, (pool_rules("BNMA", futures.MULTI), (*_NUM[1], *_MULTI)), resolve_multi),
    ("BNCM", "binance_coinm", None, "Binance COIN-M futures", FROM, None,
     (pool_rules("BNCM", futures.COINM), position_rules("BNCM", futures.COINM_POSITION)),
     resolve_single),
    ("BNPM", "binance_pm", None, "Binance Portfolio Margin", date(2023, 5, 4), None,
     (pool_rules("BNPM", portfolio.PM), position_rules("BNPM", portfolio.POSITION)), resolve_pm),
    ("BNPP", "binance_pm_pro", None, "Binance PM Pro, flat collateral rates", date(2022, 4, 18),
     _TIERED, _PRO, resolve_pro_2022),
    ("BNPP", "binance_pm_pro", None, "Binance PM Pro, tiered collateral rates", _TIERED, None,
     _PRO, resolve_pro),
)  # fmt: skip

RULEBOOKS = tuple(
    Rulebook(
        code=f"{prefix}-{since:%Y-%m}",
        venue=venue,
        mode=mode,
        title=title,
        effective_from=since,
        effective_until=until,
        valuation_asset="USD",
        pool_rules=rules[0],
        position_rules=rules[1],
        resolve=resolve,
        order_cost=order_cost if venue in ("binance_usdm", "binance_coinm") else None,
        margin_mode="cross" if venue.startswith("binance_pm") or mode == "multi_assets" else None,
        parameters=_PARAMETERS,
        notes=(_FUNDING, _OPEN_LOSS) if venue == "binance_pm" else (_FUNDING,),
    )
    for prefix, venue, mode, title, since, until, rules, resolve in _BOOKS
)

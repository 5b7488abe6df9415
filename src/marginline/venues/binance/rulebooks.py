"""Binance's rulebooks by mode and date."""

from __future__ import annotations

from datetime import date

from marginline.venues.binance.page import futures, portfolio
from marginline.venues.binance.pools.futures import resolve_multi, resolve_single
from marginline.venues.binance.pools.order_cost import order_cost
from marginline.venues.binance.pools.portfolio import resolve_pm, resolve_pro, resolve_pro_2022
from marginline.venues.resolve import packaged
from marginline.venues.rulebook import Rulebook

PARAMETERS = packaged.texts("binance")
FROM = date(2020, 8, 14)  # the liquidation price article's examples hold from here

_FUNDING = (
    "Funding follows the formula of its day: divided by (8 / interval hours) since 2025-09-18,"
    " undivided before; `market.funding` carries the rate itself."
)

_OPEN_LOSS = "`parameters.venue.open_loss` (USD) is what resting cross-margin orders would lose."

RULEBOOKS = (
    Rulebook(
        code="BNUM-SINGLE-2020-08",
        venue="binance_usdm",
        mode="single_asset",
        title="Binance USDS-M futures, single-asset mode",
        effective_from=FROM,
        effective_until=None,
        valuation_asset="USD",
        pool_rules=futures.USDM_POOL,
        position_rules=futures.USDM_POSITION,
        resolve=resolve_single,
        order_cost=order_cost,
        parameters=PARAMETERS,
        notes=(_FUNDING,),
    ),
    Rulebook(
        code="BNUM-MULTI-2020-08",
        venue="binance_usdm",
        mode="multi_assets",
        title="Binance USDS-M futures, multi-assets mode",
        effective_from=FROM,
        effective_until=None,
        valuation_asset="USD",
        pool_rules=futures.MULTI_POOL,
        position_rules=futures.MULTI_POSITION,
        resolve=resolve_multi,
        order_cost=order_cost,
        parameters=PARAMETERS,
        notes=(_FUNDING,),
    ),
    Rulebook(
        code="BNCM-2020-08",
        venue="binance_coinm",
        mode=None,
        title="Binance COIN-M futures",
        effective_from=FROM,
        effective_until=None,
        valuation_asset="USD",
        pool_rules=futures.COINM_POOL,
        position_rules=futures.COINM_POSITION,
        resolve=resolve_single,
        order_cost=order_cost,
        parameters=PARAMETERS,
        notes=(_FUNDING,),
    ),
    Rulebook(
        code="BNPM-2023-05",
        venue="binance_pm",
        mode=None,
        title="Binance Portfolio Margin",
        effective_from=date(2023, 5, 4),
        effective_until=None,
        valuation_asset="USD",
        pool_rules=portfolio.PM_POOL,
        position_rules=portfolio.PM_POSITION,
        resolve=resolve_pm,
        parameters=PARAMETERS,
        notes=(_FUNDING, _OPEN_LOSS),
    ),
    Rulebook(
        code="BNPP-2022-04",
        venue="binance_pm_pro",
        mode=None,
        title="Binance PM Pro, flat collateral rates",
        effective_from=date(2022, 4, 18),
        effective_until=date(2024, 9, 11),
        valuation_asset="USD",
        pool_rules=portfolio.PRO_POOL,
        position_rules=portfolio.PRO_POSITION,
        resolve=resolve_pro_2022,
        parameters=PARAMETERS,
        notes=(_FUNDING,),
    ),
    Rulebook(
        code="BNPP-2024-09",
        venue="binance_pm_pro",
        mode=None,
        title="Binance PM Pro, tiered collateral rates",
        effective_from=date(2024, 9, 11),
        effective_until=None,
        valuation_asset="USD",
        pool_rules=portfolio.PRO_POOL,
        position_rules=portfolio.PRO_POSITION,
        resolve=resolve_pro,
        parameters=PARAMETERS,
        notes=(_FUNDING,),
    ),
)

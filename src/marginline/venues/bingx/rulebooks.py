"""BingX's rulebooks by venue and mode."""

from __future__ import annotations

from datetime import date

from marginline.venues.bingx.page import perpetual as rules
from marginline.venues.bingx.pools.perpetual import resolve_multi, resolve_single
from marginline.venues.bingx.pools.standard import resolve_standard
from marginline.venues.resolve import packaged
from marginline.venues.rulebook import Rulebook

PARAMETERS = packaged.texts("bingx")
FROM = date(2025, 1, 1)

_SHARE = "`parameters.venue.accrued_profit_share` ({ASSET: amount}) is owed to copied traders."
_TRIAL = "Trial funds are `credit`; how they absorb losses changed on 2024-12-17 and 2026-06-25."

RULEBOOKS = (
    Rulebook(
        code="BXP-2025-01",
        venue="bingx_perpetual",
        mode="single_asset",
        title="BingX perpetual futures",
        effective_from=FROM,
        effective_until=None,
        valuation_asset="USD",
        pool_rules=rules.SINGLE_POOL,
        position_rules=rules.PERPETUAL_POSITION,
        resolve=resolve_single,
        parameters=PARAMETERS,
        notes=(_SHARE, _TRIAL),
    ),
    Rulebook(
        code="BXM-2025-01",
        venue="bingx_perpetual",
        mode="multi_assets",
        title="BingX perpetual futures, multi-assets mode",
        effective_from=FROM,
        effective_until=None,
        valuation_asset="USDT",
        pool_rules=rules.MULTI_POOL,
        position_rules=rules.MULTI_POSITION,
        resolve=resolve_multi,
        parameters=PARAMETERS,
        notes=(_SHARE, _TRIAL),
    ),
    Rulebook(
        code="BXS-2025-01",
        venue="bingx_standard",
        mode=None,
        title="BingX standard futures",
        effective_from=FROM,
        effective_until=None,
        valuation_asset="USD",
        pool_rules=rules.STANDARD_POOL,
        position_rules=rules.STANDARD_OF_POSITION,
        resolve=resolve_standard,
        settles_at_close=True,
        parameters=PARAMETERS,
        notes=(
            "`parameters.venue.adjustment_factor` replaces the packaged one.",
            "Fees and funding settle at close: give them on each position.",
        ),
    ),
)

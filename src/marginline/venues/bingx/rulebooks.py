"""BingX's rulebooks by venue and mode."""

from __future__ import annotations

from datetime import date

from marginline.venues.bingx import page
from marginline.venues.bingx.pools import FOLDER, resolve_multi, resolve_single, resolve_standard
from marginline.venues.compare.lines import pool_rules, position_rules
from marginline.venues.resolve import packaged
from marginline.venues.rulebook import Rulebook

PARAMETERS = packaged.texts(FOLDER)
FROM = date(2025, 1, 1)

_PERPETUAL = (
    "`parameters.venue.accrued_profit_share` ({ASSET: amount}) is owed to copied traders.",
    "Trial funds are `credit`; how they absorb losses changed on 2024-12-17 and 2026-06-25.",
)
_STANDARD = (
    "`parameters.venue.adjustment_factor` replaces the packaged one.",
    "Fees and funding settle at close: give them on each position.",
)
_BOOKS = (
    ("BXP", "single_asset", "perpetual futures", "USD", _PERPETUAL,
     page.SINGLE, page.POSITION, resolve_single),
    ("BXM", "multi_assets", "perpetual futures, multi-assets mode", "USDT", _PERPETUAL,
     page.MULTI, page.POSITION, resolve_multi),
    ("BXS", None, "standard futures", "USD", _STANDARD,
     page.STANDARD_FUTURES, page.STANDARD_POSITION, resolve_standard),
)  # fmt: skip

RULEBOOKS = tuple(
    Rulebook(
        code=f"{prefix}-{FROM:%Y-%m}",
        venue="bingx_standard" if mode is None else "bingx_perpetual",
        mode=mode,
        title=f"BingX {title}",
        effective_from=FROM,
        effective_until=None,
        valuation_asset=valuation,
        pool_rules=pool_rules(prefix, pool),
        position_rules=position_rules(prefix, position),
        resolve=resolve,
        settles_at_close=mode is None,
        parameters=PARAMETERS,
        notes=notes,
    )
    for prefix, mode, title, valuation, notes, pool, position, resolve in _BOOKS
)

"""OKX's rulebooks by mode."""

from __future__ import annotations

from datetime import date

from marginline.venues.okx import page
from marginline.venues.okx.pools import resolve_futures, resolve_multi, resolve_portfolio
from marginline.venues.resolve import packaged
from marginline.venues.rulebook import Rulebook

_PARAMETERS = packaged.texts("okx")
_ORDERS = "What resting orders take is UNSUPPORTED: with one, initial margin is null."
_MODES = (
    ("OKF", "futures", "futures mode", date(2021, 1, 1), page.FUTURES, resolve_futures),
    ("OKM", "multi_currency", "multi-currency margin", date(2021, 1, 1), page.MULTI, resolve_multi),
    ("OKP", "portfolio", "portfolio margin", date(2025, 1, 15), page.PORTFOLIO, resolve_portfolio),
)

RULEBOOKS = tuple(
    Rulebook(
        code=f"{prefix}-{since:%Y-%m}",
        venue="okx",
        mode=mode,
        title=f"OKX {title}",
        effective_from=since,
        effective_until=None,
        valuation_asset="USD",
        pool_rules=pool,
        position_rules=position,
        resolve=resolve,
        parameters=_PARAMETERS,
        notes=(_ORDERS,),
    )
    for prefix, mode, title, since, (pool, position), resolve in _MODES
)

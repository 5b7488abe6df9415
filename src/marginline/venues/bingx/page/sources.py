"""Where BingX's rules were read."""

from __future__ import annotations

from marginline.core.assessment.rules import Citation

_READ = "read 2026-11-21"

ACCOUNT = Citation(
    "BingX: Account Structure (Perpetual Swap)",
    "https://support.bingx.com/hc/en-001/articles/360046487393",
    _READ,
)
MARGIN = Citation("BingX: Margin", "https://bingx.com/en/support/articles/360045900114/", _READ)
RISK = Citation(
    "BingX: Risk and liquidation", "https://bingx.com/en/support/articles/11263299509391", _READ
)
DUAL_PRICE = Citation(
    "BingX: Dual price mechanism", "https://bingx.com/en/support/articles/21830610306585", _READ
)
TIERS = Citation(
    "BingX API: maintMarginRatio",
    "https://github.com/BingX-API/api-ai-skills at d40bcc6ab6e9",
    "of 2026-04-21, " + _READ,
)
MULTI_ASSETS = Citation(
    "BingX: Multi-assets mode, automatic conversion",
    "https://bingx.com/en/support/articles/12140157478927",
    _READ,
)
STANDARD = Citation("BingX: Standard futures, margin rate and liquidation", "", _READ)
TRIAL_FUND = Citation("BingX: Trial fund rules of 2024-12-17 and 2026-06-25", "", _READ)
COPY_TRADING = Citation("BingX: Copy trading, margin of a copied order", "", _READ)
READING = Citation("marginline's reading of an open point", "docs/venues/bingx", "2026-11-21")

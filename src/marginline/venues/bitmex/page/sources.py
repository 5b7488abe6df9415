"""Where BitMEX's rules were read; codes as in the folder's README."""

from __future__ import annotations

from marginline.core.assessment.rules import Citation

_READ = "read 2026-11-21"
_SUPPORT = "https://support.bitmex.com/hc/en-gb/articles/"
_APP = "https://www.bitmex.com/app/"

CONTRACTS = Citation("BitMEX: contract guides, inverse, linear and quanto", _APP, _READ)
TERMS = Citation(
    "BitMEX: Margin Terms Definitions", _SUPPORT + "6131434043421-Margin-Terms-Definitions", _READ
)
ORDERS = Citation("BitMEX: exchange guide, margin of orders", _APP + "exchangeGuide", _READ)
PAYLOAD = Citation(
    "BitMEX position of 2022-05-21 (ETHUSDT, 3x), as ccxt 4.4.90 records it in bitmex.py",
    "https://github.com/ccxt/ccxt/blob/v4.4.90/python/ccxt/bitmex.py",
    _READ,
)
RISK_LIMITS = Citation(
    "BitMEX: risk limits, examples", "https://bitmex.com/app/riskLimitsExamples", _READ
)
CROSS = Citation(
    "BitMEX: how does the cross margining system work",
    _SUPPORT + "19343437697309-How-Does-the-Cross-Margining-System-Work-on-BitMEX",
    _READ,
)
MULTI_ASSET = Citation(
    "BitMEX: what asset margining modes are there",
    _SUPPORT + "24290829184029-What-Asset-Margining-Modes-are-there",
    _READ,
)
HAIRCUTS_2025 = Citation(
    "BitMEX: updates to multi asset margining, from 2025-02-25",
    "https://blog.bitmex.com/site_announcement/updates-to-multi-asset-margining",
    _READ,
)
FUNDING = Citation("BitMEX: perpetual contracts guide", _APP + "perpetualContractsGuide", _READ)
LIQUIDATION = Citation("BitMEX: liquidation", _APP + "liquidation", _READ)
ADL = Citation(
    "BitMEX: what is auto-deleveraging",
    _SUPPORT + "18589621443357-What-is-Auto-Deleveraging",
    _READ,
)
API = Citation(
    "BitMEX API: user/margin and position (swagger)",
    "https://github.com/BitMEX/api-connectors",
    "@9f8f5e69, " + _READ,
)
READING = Citation("marginline's reading of an open point", "docs/venues/bitmex", "2026-11-21")

"""Where Bitget's rules were read; codes as in the folder's README."""

from __future__ import annotations

from marginline.core.assessment.rules import Citation

_READ = "read 2026-11-21"
_ARTICLE = "https://www.bitget.com/support/articles/"
_DOCS = "https://www.bitget.com/api-doc/"


def _article(title: str, number: str, dated: str = "") -> Citation:
    return Citation(f"Bitget: {title}", _ARTICLE + number, ", ".join(filter(None, (dated, _READ))))


RISK = _article("leverage and risk management", "360058821652")
MARK_MARGIN = _article(
    "margin of futures positions at the mark price", "12560603838731", "of 2025-09-29"
)
PROGRESSIVE = Citation(
    "Bitget: progressive maintenance margin of classic futures accounts",
    "https://www.bitget.com/support",
    "in force from 2025-11-10 08:00 UTC, " + _READ,
)
WORST_PRICE = Citation(
    "Bitget: worst acceptable closing price",
    "https://www.bitget.com/news/detail/12560604115513",
    "of 2024-07-24, " + _READ,
)
UNION = _article("multi-asset mode: maintenance of liabilities", "12560603884259", "of 2026-06-25")
UNION_TIERS = _article("multi-asset mode: liability tiers", "12560603884313", "of 2026-06-25")
BONUS = _article("trading bonus", "4407839277593")
UNIFIED_COLLATERAL = _article(
    "collateral ratios of the unified account", "12560603839176", "of 2025-10-06"
)
API_ACCOUNT = Citation(
    "Bitget API: classic futures account and positions (v2 mix)",
    _DOCS + "contract/account/Get-Single-Account",
    "copy of 2025-12-05, " + _READ,
)
API_POSITION = Citation(
    "Bitget API: classic futures positions (v2 mix)",
    _DOCS + "contract/position/get-single-position",
    "copy of 2025-12-05, " + _READ,
)
API_ADL = Citation(
    "Bitget API: ADL rank (v2 mix, v3)",
    _DOCS + "contract/position/Get-Position-ADL-Rank",
    "copy of 2025-12-05, " + _READ,
)
API_UNIFIED = Citation(
    "Bitget API: unified account assets and positions (v3)",
    _DOCS + "uta/account/Get-Account",
    _READ,
)
READING = Citation("marginline's reading of an open point", "docs/venues/bitget", "2026-11-21")

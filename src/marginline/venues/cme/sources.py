"""Where CME's rules were read; codes as in the folder's README."""

from __future__ import annotations

from marginline.core.assessment.rules import Citation

_READ = "read 2026-11-21"

CONTRACT = Citation(
    "CME: bitcoin futures, contract specifications",
    "https://www.cmegroup.com/markets/cryptocurrencies/bitcoin/bitcoin.contractSpecs.html",
    _READ,
)
MICRO = Citation(
    "CME: Micro Bitcoin futures, frequently asked questions (2021-03-30)",
    "https://www.cmegroup.com/education/articles-and-reports/"
    "micro-bitcoin-futures-frequently-asked-questions.html",
    _READ,
)
BONDS = Citation(
    "CME: performance bonds / margins",
    "https://www.cmegroup.com/solutions/risk-management/performance-bonds-margins.html",
    _READ,
)
RULE_930 = Citation("CME/CBOT Rule 930, copy of 2007-11-29", "http://www.cbot.com", _READ)
ADVISORY_930 = Citation(
    "CME audit bulletin 09-02 on Rule 930: acceptance of orders, release of excess",
    "https://www.cmegroup.com/tools-information/lookups/advisories/clearing/AIB09-02.html",
    _READ,
)
SETTLEMENT = Citation(
    "CME: daily settlement, variation margin in cash (common knowledge, no text read)", "", _READ
)
SPAN = Citation(
    "CME: components of SPAN", "http://www.cme.com/clearing/rmspan/span/components.html", _READ
)
READING = Citation("marginline's reading of an open point", "docs/venues/cme", "2026-11-21")

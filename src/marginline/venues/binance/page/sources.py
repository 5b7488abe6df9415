"""Where Binance's rules were read; codes as in the rulebook's README."""

from __future__ import annotations

from marginline.core.assessment.rules import Citation

_READ = "read 2026-11-21"
_FAQ = "https://www.binance.com/en/support/faq/"


def _faq(title: str, page: str) -> Citation:
    return Citation(f"Binance: {title}", _FAQ + page, _READ)


LIQUIDATION_PRICE_USDM = _faq(
    "liquidation price of USDS-M contracts", "b3c689c1f50a44cabb3a84e663b81d93"
)
LIQUIDATION_PRICE_COINM = _faq(
    "liquidation price of COIN-M contracts", "ceccfcfb4e3a45e3b48b0b1bb1a8ae46"
)
LIQUIDATION = _faq("liquidation protocols", "360033525271")
ADL = _faq("auto-deleveraging", "360033525471")
WALLET = _faq("futures wallet balance", "5d62f8be18d24544b5b6156094c16bf7")
ADJUST_MARGIN = _faq("adjusting margin", "360038447311")
WITHDRAW = Citation(
    "Binance blog: most frequently asked questions about Binance Futures",
    "https://www.binance.com/en-IN/blog/futures/421499824684903916",
    "of 2022-08-08, " + _READ,
)
MULTI_ASSETS = _faq("multi-assets mode", "29b45c485d664028b9ca1cdf90b24f6f")
MARGIN_RATIO = _faq("margin ratio", "c983a9268cfa4e70a4916c276bb3b7bc")
MARGIN_REQUIREMENT = _faq("margin requirement of orders", "4f83b65d83654b5e933f85ef12bf769d")
FUNDING = _faq("funding rates", "360033525031")
FUNDING_CHANGE = Citation(
    "Binance announcement on funding and mark price, effective 2025-09-18 08:01 UTC, as relayed",
    "https://www.binance.bh/square/post/29758881844449",
    _READ,
)
BREAK_EVEN = _faq("break-even price", "8a2bc34f411b414888fb10a2db851a9b")
PM_PRO = _faq("PM Pro unified maintenance margin ratio", "5e33af8e6ac04d57a1d0a3398e0a0752")
PM = _faq("Portfolio Margin unified maintenance margin ratio", "4868b2f1aa6c4d08af973328462bb0bd")
PM_RULES = _faq("Portfolio Margin trading rules", "174861644e7049aaa64845f1db2e4376")
PM_WITHDRAW = _faq("PM Pro maximum withdrawal", "446ce2c3357a449599c82436078b0e3b")
BRACKETS = Citation(
    "Binance developer documentation: Notional and Leverage Brackets",
    "https://developers.binance.com/docs/derivatives/",
    _READ,
)
READING = Citation("marginline's reading of an open point", "docs/venues/binance", "2026-11-21")

"""What stands while the market moves: stablecoins and currencies."""

from __future__ import annotations

from marginline.core.account.account import Instrument

_DOLLARS = (
    "USD USDT USDC FDUSD BUSD TUSD USDP DAI USDE PYUSD RLUSD BFUSD USDS USD1 RWUSD LDUSDT USDG GUSD"
    " BNFCR VST"
)
_OTHERS = "EUR EURC EURI GBP TRY BRL JPY AUD CHF CAD PLN ARS MXN"
DOLLARS = frozenset(_DOLLARS.split())
"""The dollar and what is meant to be worth one."""
STANDING = DOLLARS | frozenset(_OTHERS.split())
"""Stablecoins and currencies: they stand while the market moves, even as the base of a contract."""


def moving_base(instrument: Instrument) -> str | None:
    """The base coin of an instrument, whose rate moves with it; None where that stands."""
    return None if instrument.base in STANDING else instrument.base

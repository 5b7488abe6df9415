"""Unified symbols ("BTC/USDT:USDT", as ccxt writes them), made the venue's own.

`BASE/QUOTE:SETTLE` is a perpetual, `-YYMMDD` behind it an expiry, `/both`, `/long`, `/short` behind
it the leg of a position key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from marginline.core.account.account import Account

_UNIFIED = re.compile(
    r"(?P<base>[^/:\s]+)/(?P<quote>[^/:\s]+):(?P<settle>[^/:\s-]+)(-(?P<expiry>[0-9]{6}))?"
    r"(?P<leg>/(?:both|long|short)\S*)?"
)
_MONTHS = "FGHJKMNQUVXZ"
_USDC_PERPETUALS = ("bybit_unified", "bitget_futures", "bitget_unified")


def native(venue: str, symbol: str) -> str:
    """The venue's own name of a unified symbol (or position key); any other text as it is."""
    match = _UNIFIED.fullmatch(symbol)
    if match is None:
        return symbol
    base, quote, settle = match["base"], match["quote"], match["settle"]
    spell = _SPELLINGS.get(venue.partition("_")[0], _joined)
    return spell(venue, base, quote, settle, match["expiry"]) + (match["leg"] or "")


def own_name(account: Account, name: str) -> str:
    """What an account calls an instrument, a position or an asset that a caller names.

    A unified symbol becomes the venue's own; what the account itself so calls stays.
    """
    if "/" not in name or ":" not in name or name in known_names(account):
        return name
    return native(account.venue, name)


def is_unified(name: str) -> bool:
    """Whether a text is a unified symbol, or a position key made of one."""
    return _UNIFIED.fullmatch(name) is not None


def known_names(account: Account) -> frozenset[str]:
    """Every name of an instrument or position that an account knows."""
    held = (name for p in account.positions for name in (p.instrument, p.key))
    listed: Iterable[str] = (*account.instruments, *account.market.mark)
    return frozenset((*held, *listed, *(order.instrument for order in account.orders)))


def _joined(_: str, base: str, quote: str, settle: str, expiry: str | None) -> str:
    if settle == base:
        return f"{base}{quote}_{expiry or 'PERP'}"
    return f"{base}{quote}" + (f"_{expiry}" if expiry else "")


def _bybit(venue: str, base: str, quote: str, settle: str, expiry: str | None) -> str:
    """`BTCUSDT`, `BTCPERP` in USDC, `BTCUSD` inverse; dated ones by day, inverse ones by month."""
    day = None if expiry is None else datetime.strptime(expiry, "%y%m%d").replace(tzinfo=UTC)
    if settle == base:
        return f"{base}{quote}" + ("" if day is None else f"{_MONTHS[day.month - 1]}{day:%y}")
    if day is None:
        short = quote == "USDC" and venue in _USDC_PERPETUALS
        return f"{base}PERP" if short else f"{base}{quote}"
    pair = base if quote == "USDC" else f"{base}{quote}"
    return f"{pair}-{day.day:02d}{day:%b}{day:%y}".upper()


def _bingx(_: str, base: str, quote: str, settle: str, expiry: str | None) -> str:  # noqa: ARG001
    return f"{base}-{quote}"


def _okx(_: str, base: str, quote: str, settle: str, expiry: str | None) -> str:  # noqa: ARG001
    return f"{base}-{quote}-{expiry or 'SWAP'}"


def _bitmex(_: str, base: str, quote: str, settle: str, expiry: str | None) -> str:  # noqa: ARG001
    day = None if expiry is None else datetime.strptime(expiry, "%y%m%d").replace(tzinfo=UTC)
    month = "" if day is None else f"{_MONTHS[day.month - 1]}{day:%y}"
    return (
        f"{'XBT' if base == 'BTC' else base}{quote if day is None or quote != 'USD' else ''}{month}"
    )


_SPELLINGS = {
    "bybit": _bybit,
    "bitget": _bybit,
    "bingx": _bingx,
    "okx": _okx,
    "bitmex": _bitmex,
}

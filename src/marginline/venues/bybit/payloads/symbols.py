"""Contract terms from a Bybit symbol, and from `instruments-info` where that is given.

`BTCUSDT` settles in USDT, `BTCPERP` and `BTC-27DEC24` in USDC, `BTCUSDT-27DEC24` in USDT; `BTCUSD`
and `BTCUSDZ24` are inverse and settle in their base. Dated contracts expire at 08:00 UTC, inverse
ones on the last Friday of their month. `BTC-27DEC24-60000-C` is an option.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from marginline.core.account.account import Instrument
from marginline.core.findings import Code
from marginline.venues.reader.account_draft import Draft
from marginline.venues.reader.fields import Row

_OPTION = re.compile(r"[^-]+-[0-9]{1,2}[A-Z]{3}[0-9]{2}-[0-9.]+-[CP](-[A-Z]+)?")
_DATED = re.compile(r"(?P<pair>[^-]+)-(?P<day>[0-9]{1,2}[A-Z]{3}[0-9]{2})")
_INVERSE = re.compile(r"(?P<base>.+)USD(?P<month>[FGHJKMNQUVXZ][0-9]{2})?")
_MONTHS = "FGHJKMNQUVXZ"
_LINEAR = ("LinearPerpetual", "LinearFutures")


def is_option(symbol: str) -> bool:
    """Whether a symbol names an option."""
    return _OPTION.fullmatch(symbol) is not None


def instrument_of(symbol: str) -> Instrument | None:
    """The contract that a symbol names; None where the symbol does not tell."""
    dated = _DATED.fullmatch(symbol)
    if dated:
        expires_at = _day(dated["day"])
        pair = dated["pair"]
        quote = "USDT" if pair.endswith("USDT") and pair != "USDT" else "USDC"
        base = pair.removesuffix("USDT") or pair
        return None if expires_at is None else _linear(symbol, base, quote, expires_at)
    if symbol.endswith("PERP") and symbol != "PERP":
        return _linear(symbol, symbol.removesuffix("PERP"), "USDC")
    for quote in ("USDT", "USDC"):
        if symbol.endswith(quote) and symbol != quote:
            return _linear(symbol, symbol.removesuffix(quote), quote)
    inverse = _INVERSE.fullmatch(symbol)
    return None if inverse is None else _inverse(symbol, inverse["base"], inverse["month"])


def _linear(symbol: str, base: str, quote: str, expires_at: datetime | None = None) -> Instrument:
    return Instrument(
        symbol=symbol, payoff="linear", base=base, quote=quote, settle=quote, expires_at=expires_at
    )


def _inverse(symbol: str, base: str, month: str | None) -> Instrument:
    expires_at = None if month is None else _last_friday(month)
    return Instrument(
        symbol=symbol, payoff="inverse", base=base, quote="USD", settle=base, expires_at=expires_at
    )


def _day(text: str) -> datetime | None:
    try:
        return datetime.strptime(text.zfill(7).title(), "%d%b%y").replace(hour=8, tzinfo=UTC)
    except ValueError:
        return None


def _last_friday(month: str) -> datetime:
    number, year = _MONTHS.index(month[0]) + 1, 2000 + int(month[1:])
    after = datetime(year + number // 12, number % 12 + 1, 1, 8, tzinfo=UTC)
    last = after - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - 4) % 7)


def described(known: Instrument | None, info: Row) -> Instrument | None:
    """The contract as `instruments-info` has it, over what its symbol tells."""
    symbol, kind = info.name("symbol"), info.text("contractType") or ""
    if known is None:
        if not kind:
            return None
        payoff = "linear" if kind in _LINEAR else "inverse"
        known = Instrument(symbol=symbol, payoff=payoff, quote=info.text("quoteCoin"))
    price, lot = info.row("priceFilter"), info.row("lotSizeFilter")
    base = info.text("baseCoin") or known.base
    return replace(
        known,
        base=base,
        underlying=base,
        quote=info.text("quoteCoin") or known.quote,
        settle=info.text("settleCoin") or known.settle,
        expires_at=info.moment("deliveryTime") if "Futures" in kind else None,
        tick_size=price.number("tickSize") if price else None,
        size_step=lot.number("qtyStep") if lot else None,
    )


def lay_instruments(draft: Draft, infos: Mapping[str, Row]) -> None:
    """Write the terms of every symbol that the account mentions, so that it stands by itself."""
    carried = [p.instrument for p in draft.positions.values()]
    carried += [o.instrument for o in draft.orders]
    for symbol in _mentioned(draft, carried):
        if symbol in draft.instruments and symbol not in infos:
            continue
        found = instrument_of(symbol)
        if symbol in infos:
            found = described(found, infos[symbol])
        if found is not None:
            draft.instruments[symbol] = found
        elif symbol in carried:
            text = f"the symbol {symbol} does not tell its contract; give instruments_info"
            draft.note(Code.MISSING_DATA, f"instruments: {symbol}", text)


def _mentioned(draft: Draft, carried: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys([*carried, *draft.settings, *draft.tiers])

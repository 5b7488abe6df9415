"""Contract terms from a Binance symbol, and from `exchangeInfo` where that is given.

`BTCUSDT` is linear and settles in its quote; `BTCUSD_PERP` and `BTCUSD_201225` are COIN-M, inverse,
settle in their base; `_YYMMDD` expires at 08:00 UTC of that day.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from marginline.core.account.account import Instrument
from marginline.core.findings import Code
from marginline.core.numbers import to_text
from marginline.venues.reader.account_draft import Draft
from marginline.venues.reader.fields import Row

QUOTES = ("USDT", "USDC", "BUSD", "FDUSD", "TUSD", "USDP", "USD1", "BTC")
"""What USDS-M symbols end in; the first that fits is the quote."""

_COINM = re.compile(r"(?P<base>.+)USD_(?P<day>PERP|[0-9]{6})")
_DATED = re.compile(r"(?P<pair>.+)_(?P<day>[0-9]{6})")
_FACE = {"BTC": Decimal(100)}
_FACE_OF_OTHERS = Decimal(10)


def is_coinm(symbol: str) -> bool:
    """Whether a symbol is a COIN-M one."""
    return _COINM.fullmatch(symbol) is not None


def instrument_of(symbol: str, margin_asset: str | None = None) -> Instrument | None:
    """The contract that a symbol names; None where the symbol does not tell."""
    inverse = _COINM.fullmatch(symbol)
    if inverse:
        return _inverse(symbol, inverse["base"], inverse["day"])
    dated = _DATED.fullmatch(symbol)
    pair, day = (dated["pair"], dated["day"]) if dated else (symbol, "PERP")
    expires_at = _expiry(day)
    if dated and expires_at is None:
        return None
    quote = next((q for q in QUOTES if pair.endswith(q) and pair != q), None)
    settle = margin_asset or quote
    if settle is None:
        return None
    base = pair.removesuffix(quote) if quote else None
    return Instrument(
        symbol=symbol, payoff="linear", base=base, quote=quote, settle=settle, expires_at=expires_at
    )


def _inverse(symbol: str, base: str, day: str) -> Instrument | None:
    expires_at = _expiry(day)
    if day != "PERP" and expires_at is None:
        return None
    return Instrument(
        symbol=symbol,
        payoff="inverse",
        base=base,
        quote="USD",
        settle=base,
        contract_size=_FACE.get(base, _FACE_OF_OTHERS),
        expires_at=expires_at,
    )


def _expiry(day: str) -> datetime | None:
    """08:00 UTC of a day written YYMMDD; None for a perpetual and for no day of the calendar."""
    if day == "PERP":
        return None
    try:
        return datetime.strptime(day, "%y%m%d").replace(hour=8, tzinfo=UTC)
    except ValueError:
        return None


def described(instrument: Instrument | None, info: Row) -> Instrument | None:
    """The contract as `exchangeInfo` has it, over what its symbol tells."""
    known = instrument or _bare(info)
    if known is None:
        return None
    steps = {row.text("filterType"): row for row in info.rows("filters")}
    price, lot = steps.get("PRICE_FILTER"), steps.get("LOT_SIZE")
    perpetual = info.text("contractType") == "PERPETUAL"
    size = info.number("contractSize")
    return replace(
        known,
        base=info.text("baseAsset") or known.base,
        quote=info.text("quoteAsset") or known.quote,
        settle=info.text("marginAsset") or known.settle,
        underlying=info.text("baseAsset") or known.underlying,
        contract_size=known.contract_size if size is None else size,
        expires_at=None if perpetual else info.moment("deliveryDate") or known.expires_at,
        tick_size=price.number("tickSize") if price else None,
        size_step=lot.number("stepSize") if lot else None,
    )


def _bare(info: Row) -> Instrument | None:
    quote, symbol = info.text("quoteAsset"), info.name("symbol")
    return None if quote is None else Instrument(symbol=symbol, payoff="linear", quote=quote)


def lay_instruments(
    draft: Draft, margin_assets: dict[str, str | None], infos: dict[str, Row]
) -> None:
    """Write the terms of every symbol that the account mentions, so that it stands by itself."""
    carried = [p.instrument for p in draft.positions.values()] + [
        o.instrument for o in draft.orders
    ]
    for symbol in dict.fromkeys([*carried, *draft.settings, *draft.tiers]):
        if symbol in draft.instruments and symbol not in infos:
            continue
        found = instrument_of(symbol, margin_assets.get(symbol))
        if symbol in infos:
            found = described(found, infos[symbol])
        if found is not None:
            draft.instruments[symbol] = found
        if symbol in carried:
            _note(draft, symbol, found, infos)


def _note(draft: Draft, symbol: str, found: Instrument | None, infos: dict[str, Row]) -> None:
    if found is None:
        text = f"the symbol {symbol} does not tell in what it settles; give exchange_info"
        draft.note(Code.MISSING_DATA, f"instruments: {symbol}", text)
    elif found.payoff == "inverse" and symbol not in infos:
        size = to_text(found.contract_size)
        text = f"contract size {size} USD of {symbol} is packaged; give exchange_info"
        draft.note(Code.PACKAGED_PARAMETER, f"instruments: {symbol}", text)

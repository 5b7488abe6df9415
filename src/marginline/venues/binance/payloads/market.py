"""Prices, rates, tiers, fees and contract terms: from Binance's answers, and from a symbol.

`BTCUSDT` is linear and settles in its quote; `BTCUSD_PERP` and `BTCUSD_201225` are COIN-M, inverse,
settle in their base; `_YYMMDD` expires at 08:00 UTC of that day.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from marginline.core.account.account import Instrument
from marginline.core.account.market import AssetRate, Funding
from marginline.core.account.tables import TierRow, TierTable
from marginline.core.findings import Code
from marginline.core.numbers import ONE, to_text
from marginline.venues.reader import laying
from marginline.venues.reader.account_draft import Draft
from marginline.venues.reader.fields import Row
from marginline.venues.reader.kinds import Answers
from marginline.venues.reader.laying import expiry, inverse, linear
from marginline.venues.resolve.schedules import derived_deductions

QUOTES = ("USDT", "USDC", "BUSD", "FDUSD", "TUSD", "USDP", "USD1", "BTC")
"""What USDS-M symbols end in; the first that fits is the quote."""

_COINM = re.compile(r"(?P<pair>.+)USD_(?P<day>PERP|[0-9]{6})")
_DATED = re.compile(r"(?P<pair>.+)_(?P<day>[0-9]{6})")
_FACE = {"BTC": Decimal(100)}
_FACE_OF_OTHERS = Decimal(10)


def lay_market(draft: Draft, answers: Answers) -> None:
    """Everything that is no balance, position or order."""
    for kind in ("brackets", "um_brackets", "cm_brackets"):
        lay_tiers(draft, answers.rows(kind))
    _lay_prices(draft, answers)
    _lay_asset_rates(draft, answers.rows("asset_index"))
    _drop_idle_wallets(draft)
    for row in answers.rows("commission_rate"):
        maker, taker = row.number("makerCommissionRate"), row.number("takerCommissionRate")
        draft.tell_fees(row.name("symbol"), maker=maker, taker=taker)
    _lay_terms(draft, answers)
    if answers.given("adl_quantile"):
        quantiles = {r.name("symbol"): r.row("adlQuantile") for r in answers.rows("adl_quantile")}
        said = {symbol: dict(row.given) for symbol, row in quantiles.items() if row is not None}
        draft.reported.raw["adl_quantile"] = said


# -- tiers -------------------------------------------------------------------------------------


def lay_tiers(draft: Draft, rows: Iterable[Row]) -> None:
    """Maintenance tiers by symbol; COIN-M's are by value in coin."""
    for row in rows:
        symbol, coefficient = row.name("symbol"), row.number("notionalCoef")
        brackets = sorted(row.rows("brackets"), key=_floor)
        if not brackets:
            text = f"the answer lists no brackets of {symbol}; fetch it again"
            draft.note(Code.MISSING_DATA, f"brackets: {symbol}", text)
            continue
        extra = {} if coefficient is None else {"notionalCoef": to_text(coefficient)}
        tiers = tuple(_tier(each) for each in brackets)
        draft.tiers[symbol] = TierTable(keyed_by="notional", rows=tiers, extra=extra)
        _compare_deductions(draft, symbol, tiers, coefficient)


def _floor(row: Row) -> Decimal:
    for name in ("notionalFloor", "qtyFloor", "qtylFloor"):  # qtylFloor is Binance's own spelling
        if (found := row.number(name)) is not None:
            return found
    raise row.wrong(
        "notionalFloor", "the floor of the bracket is missing", "fetch the brackets again"
    )


def _tier(row: Row) -> TierRow:
    cap = row.number("notionalCap")
    return TierRow(
        floor=_floor(row),
        cap=row.number("qtyCap") if cap is None else cap,
        rate=row.amount("maintMarginRatio"),
        deduction=row.number("cum"),
        max_leverage=row.number("initialLeverage"),
    )


def _compare_deductions(
    draft: Draft, symbol: str, tiers: tuple[TierRow, ...], coefficient: Decimal | None
) -> None:
    """`cum` against the floors; whether these hold `notionalCoef` already is not documented."""
    floors, rates = [tier.floor for tier in tiers], [tier.rate or Decimal(0) for tier in tiers]
    given = [tier.deduction for tier in tiers]
    if follows(given, derived_deductions(floors, rates)):
        return
    text = f"cum of {symbol} does not follow from the floors and rates; the given one is used"
    if coefficient and coefficient != ONE:
        for name, factor in (("times", coefficient), ("over", ONE / coefficient)):
            if follows(given, derived_deductions([floor * factor for floor in floors], rates)):
                text += f" (it follows from the floors {name} notionalCoef {to_text(coefficient)})"
    draft.note(Code.DEDUCTION_DIFFERS, f"brackets: {symbol}", text)


def follows(given: Iterable[Decimal | None], derived: Iterable[Decimal]) -> bool:
    """Whether what an answer gives of each tier is what follows from the others."""
    return all(g is None or g == d for g, d in zip(given, derived, strict=True))


# -- prices and rates --------------------------------------------------------------------------


def _lay_prices(draft: Draft, answers: Answers) -> None:
    """Mark, index and funding. Positions bring their own mark, of the moment of their figures."""
    hours = {
        r.name("symbol"): r.number("fundingIntervalHours") for r in answers.rows("funding_info")
    }
    for row in answers.rows("premium_index"):
        symbol, mark, index = row.name("symbol"), row.number("markPrice"), row.number("indexPrice")
        draft.tell_prices(symbol, mark=mark, index=index)
        rate, next_at = row.number("lastFundingRate"), row.moment("nextFundingTime")
        if rate is not None and next_at is not None:  # a dated contract pays none
            draft.funding[symbol] = Funding(
                rate=rate, next_at=next_at, interval_hours=hours.get(symbol)
            )


def _lay_asset_rates(draft: Draft, rows: Iterable[Row]) -> None:
    """Rates in USD as given (the venue cuts them at 8 decimals), and the auto-exchange buffers."""
    known = draft.venue_parameters.get("auto_exchange")
    exchange: dict[str, object] = dict(known) if isinstance(known, Mapping) else {}
    for row in rows:
        symbol = row.name("symbol")
        asset = symbol.removesuffix("USD")
        if asset in ("", symbol):
            raise row.wrong("symbol", "is no pair of an asset and USD", "such as ADAUSD")
        bid, ask = row.number("bidRate"), row.number("askRate")
        draft.asset_rate[asset] = AssetRate(index=row.number("index"), bid=bid, ask=ask)
        if (buffer := row.number("autoExchangeBidBuffer")) is not None:
            exchange[asset] = {"bid_buffer": to_text(buffer)}
    if exchange:
        draft.venue_parameters["auto_exchange"] = exchange


def _drop_idle_wallets(draft: Draft) -> None:
    """An empty wallet whose asset has no rate tells a joint account nothing; it leaves."""
    if draft.mode != "multi_assets":
        return
    for asset, wallet in list(draft.wallets.items()):
        if wallet.balance == 0 and asset not in draft.asset_rate:
            del draft.wallets[asset]


# -- contract terms ----------------------------------------------------------------------------


def _lay_terms(draft: Draft, answers: Answers) -> None:
    info = answers.first("exchange_info")
    infos = {} if info is None else {row.name("symbol"): row for row in info.rows("symbols")}
    margin_assets: dict[str, str | None] = {}
    for kind in ("position_risk", "um_position_risk", "cm_position_risk"):
        margin_assets |= {row.name("symbol"): row.text("marginAsset") for row in answers.rows(kind)}
    lay_instruments(draft, margin_assets, infos)
    for symbol in draft.instruments:
        if symbol in infos and (fee := infos[symbol].number("liquidationFee")) is not None:
            draft.tell_fees(symbol, liquidation=fee)


def is_coinm(symbol: str) -> bool:
    """Whether a symbol is a COIN-M one."""
    return _COINM.fullmatch(symbol) is not None


def instrument_of(symbol: str, margin_asset: str | None = None) -> Instrument | None:
    """The contract that a symbol names; None where the symbol does not tell."""
    named = _COINM.fullmatch(symbol) or _DATED.fullmatch(symbol)
    pair, day = (named["pair"], named["day"]) if named else (symbol, "PERP")
    expires_at = expiry(day, "%y%m%d")
    if day != "PERP" and expires_at is None:
        return None
    if is_coinm(symbol):
        size = _FACE.get(pair, _FACE_OF_OTHERS)
        return inverse(symbol, pair, contract_size=size, expires_at=expires_at)
    quote = next((q for q in QUOTES if pair.endswith(q) and pair != q), None)
    settle = margin_asset or quote
    if settle is None:
        return None
    base = pair.removesuffix(quote) if quote else None
    return linear(symbol, base, quote, settle=settle, expires_at=expires_at)


def _described(instrument: Instrument | None, info: Row) -> Instrument | None:
    """The contract as `exchangeInfo` has it, over what its symbol tells."""
    symbol, quote = info.name("symbol"), info.text("quoteAsset")
    known = instrument or (None if quote is None else linear(symbol, None, quote, settle=None))
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


def lay_instruments(
    draft: Draft, margin_assets: Mapping[str, str | None], infos: Mapping[str, Row]
) -> None:
    """The terms of every symbol that the account mentions; `margin_assets` where symbols do not."""
    sought = laying.lay_instruments(
        draft, infos, lambda symbol: instrument_of(symbol, margin_assets.get(symbol)), _described
    )
    for symbol, found in sought.items():
        if found is None:
            text = f"the symbol {symbol} does not tell in what it settles; give exchange_info"
            draft.note(Code.MISSING_DATA, f"instruments: {symbol}", text)
        elif found.payoff == "inverse" and symbol not in infos:
            size = to_text(found.contract_size)
            text = f"contract size {size} USD of {symbol} is packaged; give exchange_info"
            draft.note(Code.PACKAGED_PARAMETER, f"instruments: {symbol}", text)

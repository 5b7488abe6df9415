"""Prices, tiers, collateral, fees and contract terms from Bitget's answers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from marginline.core.account.account import Instrument
from marginline.core.account.market import AssetRate, Funding
from marginline.core.account.tables import (
    CollateralRow,
    CollateralTable,
)
from marginline.core.findings import Code
from marginline.core.numbers import to_text
from marginline.venues.bitget.payloads.kinds import CLASSIC, UNIFIED
from marginline.venues.reader.account_draft import Draft
from marginline.venues.reader.fields import Row
from marginline.venues.reader.kinds import Answers
from marginline.venues.reader.laying import inverse, linear, tier_table

_LINEAR = re.compile(r"(?P<base>\w+?)(?P<quote>USDT|USDC)(?:-[0-9]+\w+)?")
_USDC = re.compile(r"(?P<base>\w+?)PERP")
_COIN = re.compile(r"(?P<base>\w+?)USD(?:[A-Z][0-9][0-9])?")
_PLACES_MOST = 20
_TIER = {
    CLASSIC: {"floor": "startUnit", "cap": "endUnit", "rate": "keepMarginRate"},
    UNIFIED: {"floor": "minTierValue", "cap": "maxTierValue", "rate": "mmr"},
}
_DISCOUNT = {CLASSIC: ("discountRateList", "minAmount"), UNIFIED: ("list", "tierStartValue")}


def lay_market(draft: Draft, answers: Answers) -> None:
    """Everything that is no balance, position or order."""
    _lay_terms(draft, answers.rows("contracts"))
    _lay_fees(draft, answers)
    _lay_tiers(draft, answers.rows("tiers"))
    for row in answers.rows("discount_rate"):
        _lay_collateral(draft, row)
    _lay_prices(draft, answers)
    for row in answers.rows("union_config"):
        if (rate := row.number("mmr")) is not None:
            draft.venue_parameters["liability_rate"] = rate
    ranks = answers.rows("adl_rank")
    if ranks:  # `rank` (v3 `adlRank`): nearer to 1 is sooner; classic `adlRank` runs the other way
        draft.reported.raw["adl_rank"] = {
            f"{row.name('symbol')}/{row.text('holdSide') or 'both'}": dict(row.given)
            for row in ranks
        }


# -- tiers and collateral ----------------------------------------------------------------------


def _lay_tiers(draft: Draft, rows: Iterable[Row]) -> None:
    by_symbol: dict[str, list[Row]] = {}
    for row in rows:
        if (symbol := _symbol_of(draft, row)) is None:
            return
        by_symbol.setdefault(symbol, []).append(row)
    for symbol, own in by_symbol.items():
        draft.tiers[symbol] = tier_table(own, max_leverage="leverage", **_TIER[draft.venue])


def _symbol_of(draft: Draft, row: Row) -> str | None:
    """The symbol a row is for; v3 leaves it to the request, so that the one open symbol will do."""
    if (said := row.text("symbol")) is not None:
        return said
    head = row.path.partition("[")[0].partition(".")[0]
    symbols = {p.instrument for p in draft.positions.values()}
    one = symbols.pop() if len(symbols) == 1 else None
    remedy = f"taken for {one}, the only one that is open" if one else "add `symbol` to its rows"
    draft.note(Code.APPROXIMATE, head, f"the answer does not name its symbol; {remedy}")
    return one


def _lay_collateral(draft: Draft, row: Row) -> None:
    """Tiers by value; each ends where the next begins, the last has no end."""
    coin, (below, floor) = row.name("coin"), _DISCOUNT[draft.venue]
    pairs = sorted((each.amount(floor), each.amount("discountRate")) for each in row.rows(below))
    if not pairs:
        text = f"the answer lists no tiers of {coin}; fetch it again"
        draft.note(Code.MISSING_DATA, f"discount_rate: {coin}", text)
        return
    caps = [begin for begin, _ in pairs[1:]] + [None]
    tiers = tuple(
        CollateralRow(floor=begin, cap=cap, ratio=ratio)
        for (begin, ratio), cap in zip(pairs, caps, strict=True)
    )
    draft.collateral[coin] = CollateralTable(keyed_by="value", kind="marginal", rows=tiers)


# -- prices ------------------------------------------------------------------------------------


def _lay_prices(draft: Draft, answers: Answers) -> None:
    """Mark, index and funding. Positions bring their own mark, of the moment of their figures."""
    fresh = set(draft.mark)
    for row in answers.rows("prices"):
        symbol, mark, index = row.name("symbol"), row.number("markPrice"), row.number("indexPrice")
        if mark is not None and symbol not in fresh:
            draft.mark[symbol] = mark
        if index is not None:
            draft.index[symbol] = index
            known = instrument_of(symbol)
            if draft.mode == "union" and known and known.base and known.quote == "USDT":
                draft.asset_rate.setdefault(known.base, AssetRate(index=index))  # valued in USDT
        if (rate := row.number("fundingRate")) is not None:
            draft.funding[symbol] = Funding(rate=rate)
    for row in answers.rows("funding_rate"):
        draft.funding[row.name("symbol")] = Funding(
            rate=row.amount("fundingRate"),
            next_at=row.moment("nextUpdate"),
            interval_hours=row.number("fundingRateInterval"),
        )


# -- terms and fees ----------------------------------------------------------------------------


def instrument_of(symbol: str) -> Instrument | None:
    """The contract that a symbol names; None where the symbol does not tell."""
    if parts := _LINEAR.fullmatch(symbol):
        base, quote = parts["base"], parts["quote"]
    elif parts := _USDC.fullmatch(symbol):
        base, quote = parts["base"], "USDC"
    elif parts := _COIN.fullmatch(symbol):
        return inverse(symbol, parts["base"])
    else:
        return None
    return linear(symbol, base, quote)


def _lay_terms(draft: Draft, rows: Iterable[Row]) -> None:
    for row in rows:
        symbol = row.name("symbol")
        if (known := draft.instruments.get(symbol) or instrument_of(symbol)) is None:
            continue
        step = known.size_step if known.payoff == "inverse" else row.number("sizeMultiplier")
        draft.instruments[symbol] = replace(
            known,
            base=row.text("baseCoin") or known.base,
            quote=row.text("quoteCoin") or known.quote,
            expires_at=row.moment("deliveryTime") or known.expires_at,
            tick_size=_tick(row) or known.tick_size,
            size_step=step,
        )


def _tick(row: Row) -> Decimal | None:
    places, step = row.number("pricePlace"), row.number("priceEndStep")
    if places is None or step is None or not 0 <= places <= _PLACES_MOST:
        return None
    return step.scaleb(-int(places)) or None


def _lay_fees(draft: Draft, answers: Answers) -> None:
    """The account's own fees where they are told, else the standard ones of the contract."""
    open_symbols = {p.instrument for p in draft.positions.values()}
    for row in answers.rows("contracts"):
        symbol = row.name("symbol")
        _fee(draft, symbol, row)
        if symbol in open_symbols and not answers.given("fee_rate"):
            rate = draft.fees[symbol].taker
            shown = "" if rate is None else f" {to_text(rate)}"
            text = f"the taker fee{shown} of {symbol} is the contract's standard one; give fee_rate"
            draft.note(Code.APPROXIMATE, f"contracts: {symbol}", text)
    for row in answers.rows("fee_rate"):
        own = _symbol_of(draft, row)
        if own is not None:
            _fee(draft, own, row)


def _fee(draft: Draft, symbol: str, row: Row) -> None:
    maker, taker = row.number("makerFeeRate"), row.number("takerFeeRate")
    draft.tell_fees(symbol, maker=maker, taker=taker)

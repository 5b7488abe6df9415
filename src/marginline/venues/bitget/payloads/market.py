"""Prices, tiers, collateral, fees and contract terms from Bitget's answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from marginline.core.account.market import Funding
from marginline.core.account.tables import (
    CollateralRow,
    CollateralTable,
    FeeRates,
    TierRow,
    TierTable,
)
from marginline.core.findings import Code
from marginline.core.numbers import to_text
from marginline.venues.bitget.payloads.answers import Answers
from marginline.venues.bitget.payloads.kinds import KEPT
from marginline.venues.bitget.payloads.positions import instrument_of
from marginline.venues.reader.account_draft import Draft
from marginline.venues.reader.fields import Row

_PLACES_MOST = 20


def lay_market(draft: Draft, answers: Answers) -> None:
    """Everything that is no balance, position or order."""
    classic = draft.venue == "bitget_futures"
    _lay_terms(draft, answers.rows("contracts"))
    _lay_fees(draft, answers)
    if classic:
        _lay_classic_tiers(draft, answers.rows("tiers"))
        _lay_classic_collateral(draft, answers.rows("discount_rate"))
    else:
        _lay_unified_tiers(draft, answers.rows("tiers"))
        _lay_unified_collateral(draft, answers.rows("discount_rate"))
    _lay_prices(draft, answers)
    for row in answers.rows("union_config"):
        if (rate := row.number("mmr")) is not None:
            draft.venue_parameters["liability_rate"] = rate
    for kind in KEPT:
        if answers.given(kind):
            draft.extra[kind] = answers.kept(kind)
    _lay_ranks(draft, answers.rows("adl_rank"))


# -- tiers and collateral ----------------------------------------------------------------------


def _lay_classic_tiers(draft: Draft, rows: Iterable[Row]) -> None:
    by_symbol: dict[str, list[TierRow]] = {}
    for row in rows:
        tier = TierRow(
            floor=row.amount("startUnit"),
            cap=row.number("endUnit"),
            rate=row.amount("keepMarginRate"),
            max_leverage=row.number("leverage"),
        )
        by_symbol.setdefault(row.name("symbol"), []).append(tier)
    for symbol, tiers in by_symbol.items():
        _lay_tiers(draft, symbol, tiers)


def _lay_unified_tiers(draft: Draft, rows: Iterable[Row]) -> None:
    by_symbol: dict[str, list[TierRow]] = {}
    for row in rows:
        symbol = _symbol_of(draft, row)
        if symbol is None:
            return
        tier = TierRow(
            floor=row.amount("minTierValue"),
            cap=row.number("maxTierValue"),
            rate=row.amount("mmr"),
            max_leverage=row.number("leverage"),
        )
        by_symbol.setdefault(symbol, []).append(tier)
    for symbol, tiers in by_symbol.items():
        _lay_tiers(draft, symbol, tiers)


def _lay_tiers(draft: Draft, symbol: str, rows: list[TierRow]) -> None:
    rows = sorted(rows, key=lambda row: row.floor)
    draft.tiers[symbol] = TierTable(keyed_by="notional", rows=tuple(rows))


def _symbol_of(draft: Draft, row: Row) -> str | None:
    """The symbol a row is for; v3 leaves it to the request, so that the one open symbol will do."""
    if (said := row.text("symbol")) is not None:
        return said
    head = row.path.partition("[")[0].partition(".")[0]
    symbols = {p.instrument for p in draft.positions.values()}
    if len(symbols) == 1:
        symbol = symbols.pop()
        text = f"the answer does not name its symbol; taken for {symbol}, the only one that is open"
        draft.note(Code.APPROXIMATE, head, text)
        return symbol
    text = "the answer does not name its symbol; add `symbol` to its rows"
    draft.note(Code.APPROXIMATE, head, text)
    return None


def _lay_classic_collateral(draft: Draft, rows: Iterable[Row]) -> None:
    for row in rows:
        tiers = row.rows("discountRateList")
        floors = [tier.amount("minAmount") for tier in tiers]
        _lay_collateral(draft, row, floors, [tier.amount("discountRate") for tier in tiers])


def _lay_unified_collateral(draft: Draft, rows: Iterable[Row]) -> None:
    for row in rows:
        tiers = row.rows("list")
        floors = [tier.amount("tierStartValue") for tier in tiers]
        _lay_collateral(draft, row, floors, [tier.amount("discountRate") for tier in tiers])


def _lay_collateral(draft: Draft, row: Row, floors: list[Decimal], ratios: list[Decimal]) -> None:
    """Tiers by value; each ends where the next begins, the last has no end."""
    coin = row.name("coin")
    if not floors:
        text = f"the answer lists no tiers of {coin}; fetch it again"
        draft.note(Code.MISSING_DATA, f"discount_rate: {coin}", text)
        return
    pairs = sorted(zip(floors, ratios, strict=True))
    caps = [floor for floor, _ in pairs[1:]] + [None]
    tiers = tuple(
        CollateralRow(floor=floor, cap=cap, ratio=ratio)
        for (floor, ratio), cap in zip(pairs, caps, strict=True)
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
        if (rate := row.number("fundingRate")) is not None:
            draft.funding[symbol] = Funding(rate=rate)
    for row in answers.rows("funding_rate"):
        draft.funding[row.name("symbol")] = Funding(
            rate=row.amount("fundingRate"),
            next_at=row.moment("nextUpdate"),
            interval_hours=row.number("fundingRateInterval"),
        )


# -- terms and fees ----------------------------------------------------------------------------


def _lay_terms(draft: Draft, rows: Iterable[Row]) -> None:
    for row in rows:
        symbol = row.name("symbol")
        known = draft.instruments.get(symbol) or instrument_of(symbol)
        if known is None:
            continue
        draft.instruments[symbol] = replace(
            known,
            base=row.text("baseCoin") or known.base,
            quote=row.text("quoteCoin") or known.quote,
            expires_at=row.moment("deliveryTime") or known.expires_at,
            tick_size=_tick(row) or known.tick_size,
            size_step=known.size_step
            if known.payoff == "inverse"
            else row.number("sizeMultiplier"),
        )


def _tick(row: Row) -> Decimal | None:
    places, step = row.number("pricePlace"), row.number("priceEndStep")
    if places is None or step is None or not 0 <= places <= _PLACES_MOST:
        return None
    return step.scaleb(-int(places)) or None


def _lay_fees(draft: Draft, answers: Answers) -> None:
    """The account's own fees where they are told, else the standard ones of the contract."""
    for row in answers.rows("contracts"):
        symbol = row.name("symbol")
        _fee(draft, symbol, row)
        if any(p.instrument == symbol for p in draft.positions.values()) and not answers.given(
            "fee_rate"
        ):
            rate = draft.fees[symbol].taker
            shown = "" if rate is None else f" {to_text(rate)}"
            text = f"the taker fee{shown} of {symbol} is the contract's standard one; give fee_rate"
            draft.note(Code.APPROXIMATE, f"contracts: {symbol}", text)
    for row in answers.rows("fee_rate"):
        own = _symbol_of(draft, row)
        if own is not None:
            _fee(draft, own, row)


def _fee(draft: Draft, symbol: str, row: Row) -> None:
    old = draft.fees.get(symbol, FeeRates())
    maker, taker = row.number("makerFeeRate"), row.number("takerFeeRate")
    draft.fees[symbol] = FeeRates(
        maker=old.maker if maker is None else maker,
        taker=old.taker if taker is None else taker,
        liquidation=old.liquidation,
    )


# -- the rest ----------------------------------------------------------------------------------


def _lay_ranks(draft: Draft, rows: Iterable[Row]) -> None:
    """`rank` (v3 `adlRank`): nearer to 1 is sooner; the classic `adlRank` runs the other way."""
    found = {
        f"{row.name('symbol')}/{row.text('holdSide') or 'both'}": dict(row.given) for row in rows
    }
    if found:
        draft.reported.raw["adl_rank"] = found

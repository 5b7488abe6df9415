"""Prices, rates, tiers, fees and contract terms from Binance's answers."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from marginline.core.account.market import AssetRate, Funding
from marginline.core.account.tables import FeeRates, TierRow, TierTable
from marginline.core.findings import Code
from marginline.core.numbers import ONE, to_text
from marginline.venues.binance.payloads.answers import Answers
from marginline.venues.binance.payloads.symbols import lay_instruments
from marginline.venues.reader.account_draft import Draft
from marginline.venues.reader.fields import Row
from marginline.venues.resolve.schedules import derived_deductions


def lay_market(draft: Draft, answers: Answers) -> None:
    """Everything that is no balance, position or order."""
    for kind in ("brackets", "um_brackets", "cm_brackets"):
        lay_tiers(draft, answers.rows(kind))
    _lay_prices(draft, answers)
    _lay_asset_rates(draft, answers.rows("asset_index"))
    _drop_idle_wallets(draft)
    for row in answers.rows("commission_rate"):
        _lay_fees(draft, row.name("symbol"), row.number("makerCommissionRate"),
                  row.number("takerCommissionRate"), None)  # fmt: skip
    _lay_terms(draft, answers)
    _keep(draft, answers)


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
    if _follows(given, floors, rates):
        return
    text = f"cum of {symbol} does not follow from the floors and rates; the given one is used"
    if coefficient and coefficient != ONE:
        for name, factor in (("times", coefficient), ("over", ONE / coefficient)):
            if _follows(given, [floor * factor for floor in floors], rates):
                text += f" (it follows from the floors {name} notionalCoef {to_text(coefficient)})"
    draft.note(Code.DEDUCTION_DIFFERS, f"brackets: {symbol}", text)


def _follows(given: list[Decimal | None], floors: list[Decimal], rates: list[Decimal]) -> bool:
    return all(
        g is None or g == d for g, d in zip(given, derived_deductions(floors, rates), strict=True)
    )


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
    exchange = dict(_mapping(draft.venue_parameters.get("auto_exchange")))
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


def _mapping(value: object) -> dict[str, object]:
    return {str(k): v for k, v in value.items()} if hasattr(value, "items") else {}


def _drop_idle_wallets(draft: Draft) -> None:
    """An empty wallet whose asset has no rate tells a joint account nothing; it leaves."""
    if draft.mode != "multi_assets":
        return
    for asset, wallet in list(draft.wallets.items()):
        if wallet.balance == 0 and asset not in draft.asset_rate:
            del draft.wallets[asset]


# -- fees and terms ----------------------------------------------------------------------------


def _lay_fees(
    draft: Draft,
    symbol: str,
    maker: Decimal | None,
    taker: Decimal | None,
    liquidation: Decimal | None,
) -> None:
    old = draft.fees.get(symbol, FeeRates())
    draft.fees[symbol] = FeeRates(
        maker=old.maker if maker is None else maker,
        taker=old.taker if taker is None else taker,
        liquidation=old.liquidation if liquidation is None else liquidation,
    )


def _lay_terms(draft: Draft, answers: Answers) -> None:
    info = answers.first("exchange_info")
    infos = {} if info is None else {row.name("symbol"): row for row in info.rows("symbols")}
    margin_assets: dict[str, str | None] = {}
    for kind in ("position_risk", "um_position_risk", "cm_position_risk"):
        margin_assets |= {row.name("symbol"): row.text("marginAsset") for row in answers.rows(kind)}
    lay_instruments(draft, margin_assets, infos)
    for symbol in draft.instruments:
        if symbol in infos and (fee := infos[symbol].number("liquidationFee")) is not None:
            _lay_fees(draft, symbol, None, None, fee)


# -- the rest ----------------------------------------------------------------------------------


def _keep(draft: Draft, answers: Answers) -> None:
    """Answers that nothing in an account depends on stand in `extra` as they came."""
    draft.extra |= answers.kept()
    if answers.given("adl_quantile"):
        rows = answers.rows("adl_quantile")
        quantiles = {row.name("symbol"): row.row("adlQuantile") for row in rows}
        said = {symbol: dict(row.given) for symbol, row in quantiles.items() if row is not None}
        draft.reported.raw["adl_quantile"] = said

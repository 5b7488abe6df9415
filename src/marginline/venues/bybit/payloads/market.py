"""Tiers, rates, prices, fees and risk units from Bybit's answers."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from marginline.core.account.market import AssetRate, Funding
from marginline.core.account.tables import (
    BorrowRow,
    BorrowTable,
    CollateralRow,
    CollateralTable,
    FeeRates,
    TierRow,
    TierTable,
)
from marginline.core.document._scalars import Refused, number_of, preview
from marginline.core.findings import Code
from marginline.core.numbers import ZERO, to_text
from marginline.errors import PayloadError, Problem
from marginline.venues.bybit.page.words import WORDS
from marginline.venues.bybit.payloads.symbols import lay_instruments
from marginline.venues.compare.lines import Of, reported
from marginline.venues.reader.account_draft import Draft
from marginline.venues.reader.fields import Row
from marginline.venues.reader.kinds import Answers

TEN, HUNDRED = Decimal(10), Decimal(100)
_RATIO_STEP = Decimal("0.00000001")  # two printed doubles over each other: the rest is noise


def lay_market(draft: Draft, answers: Answers) -> None:
    """Everything that is no balance, position or order."""
    _lay_tiers(draft, answers.rows("risk_limit"))
    for row in answers.rows("fee_rate"):
        draft.fees[row.name("symbol")] = FeeRates(
            maker=row.number("makerFeeRate"), taker=row.number("takerFeeRate")
        )
    _lay_collateral(draft, answers)
    for row in answers.rows("borrow_tiers"):
        draft.borrow[row.name("currency")] = _borrow(row)
    _lay_tickers(draft, answers.rows("tickers"))
    _lay_units(draft, answers.last("portfolio_margin"))
    lay_instruments(draft, {row.name("symbol"): row for row in answers.rows("instruments_info")})
    draft.extra |= answers.kept()


# -- risk limits -------------------------------------------------------------------------------


def _lay_tiers(draft: Draft, rows: Iterable[Row]) -> None:
    by_symbol: dict[str, list[Row]] = {}
    for row in rows:
        by_symbol.setdefault(row.name("symbol"), []).append(row)
    for symbol, own in by_symbol.items():
        own.sort(key=lambda row: row.amount("riskLimitValue"))
        floor = ZERO
        tiers: list[TierRow] = []
        for row in own:
            cap = row.amount("riskLimitValue")
            if cap == floor and tiers and own[len(tiers) - 1] is not row:
                _compare_twice(draft, symbol, tiers[-1], _tier(draft, row, tiers[-1].floor))
            if cap > floor:  # the same limit twice: the answer was fetched twice
                tiers.append(_tier(draft, row, floor))
                floor = cap
        if tiers:
            draft.tiers[symbol] = TierTable(keyed_by="notional", rows=tuple(tiers))


def _compare_twice(draft: Draft, symbol: str, first: TierRow, again: TierRow) -> None:
    if first.rate != again.rate:
        text = f"two tier tables of {symbol} are given and differ; give one"
        draft.note(Code.CONTRADICTION, f"risk_limit: {symbol}", text)


def _tier(draft: Draft, row: Row, floor: Decimal) -> TierRow:
    """One limit. Without `mmDeduction` ("" in the first tier) it follows from floors and rates."""
    initial, leverage = row.number("initialMargin"), row.number("maxLeverage")
    scale = _scale(draft, row, initial, leverage)
    return TierRow(
        floor=floor,
        cap=row.amount("riskLimitValue"),
        rate=row.amount("maintenanceMargin") / scale,
        deduction=row.number("mmDeduction"),
        initial_rate=None if initial is None else initial / scale,
        max_leverage=leverage,
    )


def _scale(draft: Draft, row: Row, initial: Decimal | None, leverage: Decimal | None) -> Decimal:
    """100 where the answer prints per cent, 1 where it prints fractions.

    Initial margin is 1 / highest leverage: their product is 1 or 100.
    """
    symbol = row.name("symbol")
    if initial is None or leverage is None or not initial:
        text = f"no initialMargin or maxLeverage says whether the rates of {symbol} are per cent"
        draft.note(Code.CONTRADICTION, f"risk_limit: {symbol}", f"{text}; taken as fractions")
        return Decimal(1)
    product = initial * leverage
    scale = HUNDRED if product > TEN else Decimal(1)
    if not scale / 2 <= product <= scale * 2:
        text = (
            f"initialMargin {to_text(initial)} and maxLeverage {to_text(leverage)} of {symbol} do"
            " not belong together: per cent and fraction cannot be told apart for certain"
        )
        draft.note(Code.CONTRADICTION, f"risk_limit: {symbol}", text)
    return scale


# -- collateral and loans ----------------------------------------------------------------------


def _lay_collateral(draft: Draft, answers: Answers) -> None:
    for row in answers.rows("collateral_info"):
        ratio, asset = row.number("collateralRatio"), row.name("currency")
        if ratio is not None:
            draft.collateral[asset] = CollateralTable(ratio=ratio)
    for row in answers.rows("collateral_tiers"):
        rows = sorted(row.rows("collateralRatioList"), key=lambda each: each.amount("minQty"))
        slices = tuple(
            CollateralRow(
                floor=each.amount("minQty"),
                cap=each.number("maxQty"),
                ratio=each.amount("collateralRatio"),
            )
            for each in rows
        )
        if slices:
            draft.collateral[row.name("currency")] = CollateralTable(
                keyed_by="quantity", rows=slices
            )


def _borrow(row: Row) -> BorrowTable:
    floor, rows = ZERO, []
    tiers = sorted(row.rows("positionTiersRatioList"), key=lambda each: each.amount("borrowLimit"))
    for each in tiers:
        cap = each.amount("borrowLimit")
        rows.append(
            BorrowRow(
                floor=floor,
                cap=cap,
                initial_rate=each.amount("positionIMR"),
                maintenance_rate=each.amount("positionMMR"),
            )
        )
        floor = cap
    return BorrowTable(keyed_by="quantity", kind="whole", rows=tuple(rows))


# -- prices ------------------------------------------------------------------------------------


def _lay_tickers(draft: Draft, rows: Iterable[Row]) -> None:
    """Mark, index and funding."""
    for row in rows:
        symbol = row.name("symbol")
        draft.tell_prices(symbol, mark=row.number("markPrice"), index=row.number("indexPrice"))
        rate, next_at = row.number("fundingRate"), row.moment("nextFundingTime")
        if rate is not None:
            hours = row.number("fundingIntervalHour")
            draft.funding[symbol] = Funding(rate=rate, next_at=next_at, interval_hours=hours)
        usd = row.number("usdIndexPrice")
        base = symbol.removesuffix("USDT")
        if usd is not None and base not in ("", symbol):
            draft.asset_rate.setdefault(base, AssetRate(index=usd))


# -- portfolio margin --------------------------------------------------------------------------


def _lay_units(draft: Draft, answer: Row | None) -> None:
    """The venue's own scenario figures by underlying: worst loss, contingency, initial factor."""
    if answer is None:
        return
    units: dict[str, object] = {}
    for row in answer.rows("assetPnlRange"):
        name = row.name("baseCoin")
        units[name] = _unit(row)
        asset = row.row("asset")
        draft.reported.pools[name] = {} if asset is None else dict(reported(asset, WORDS, Of.UNIT))
    if units:
        draft.venue_parameters["risk_units"] = units
    raw: dict[str, object] = {
        "units": {r.name("baseCoin"): _said(r) for r in answer.rows("assetPnlRange")}
    }
    wallet = answer.row("wallet")
    if wallet is not None:
        raw["wallet"] = dict(wallet.given)
    draft.reported.raw["portfolio_margin"] = raw


def _unit(row: Row) -> dict[str, str]:
    unit: dict[str, str] = {}
    losses = [-pnl for pnl in _pnls(row)]
    if losses and _whole_grid(row):
        unit["max_loss"] = to_text(max([ZERO, *losses]))
    contingency, asset = row.row("contingency"), row.row("asset")
    total = None if contingency is None else contingency.number("contingencyComponents")
    if total is not None:
        unit["contingency"] = to_text(total)
    initial = None if asset is None else asset.number("assetIM")
    maintenance = None if asset is None else asset.number("assetMM")
    if initial is not None and maintenance and 0 <= initial / maintenance < HUNDRED:
        unit["initial_factor"] = to_text((initial / maintenance).quantize(_RATIO_STEP))
    return unit


def _whole_grid(row: Row) -> bool:
    """Whether every point of the grid tells its P&L, as many as the others: else a loss is lost."""
    totals = row.row("totalPnlRanges")
    everything = None if totals is None else totals.row("ALL")
    counts = set()
    for point in () if everything is None else everything.rows("pnlRanges"):
        values = point.values.get("pnls")
        counts.add(len(values) if isinstance(values, (list, tuple)) else 0)
    return len(counts) == 1 and 0 not in counts


def _pnls(row: Row) -> Iterable[Decimal]:
    """P&L of the whole unit at every point of the scenario grid."""
    totals = row.row("totalPnlRanges")
    everything = None if totals is None else totals.row("ALL")
    for point in () if everything is None else everything.rows("pnlRanges"):
        values = point.values.get("pnls")
        for value in values if isinstance(values, (list, tuple)) else ():
            yield _pnl(point, value)


def _pnl(point: Row, value: object) -> Decimal:
    try:
        return number_of(value)
    except Refused as refused:
        problem = Problem(f"{point.path}.pnls", preview(value), refused.message, refused.remedy)
        raise PayloadError([problem]) from None


def _said(row: Row) -> dict[str, object]:
    found: dict[str, object] = dict(row.given)
    for name in ("contingency", "asset"):
        part = row.row(name)
        if part is not None:
            found[name] = dict(part.given)
    return found

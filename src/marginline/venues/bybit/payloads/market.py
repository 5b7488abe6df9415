"""Tiers, rates, prices, fees, risk units and contract terms, from Bybit's answers.

`BTCUSDT` settles in USDT, `BTCPERP` and `BTC-27DEC24` in USDC, `BTCUSDT-27DEC24` in USDT; `BTCUSD`
and `BTCUSDZ24` are inverse and settle in their base. Dated contracts expire at 08:00 UTC, inverse
ones on the last Friday of their month. `BTC-27DEC24-60000-C` is an option.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from marginline.core.account.account import Instrument
from marginline.core.account.market import AssetRate
from marginline.core.account.tables import (
    BorrowRow,
    BorrowTable,
    CollateralTable,
    FeeRates,
    TierRow,
    TierTable,
)
from marginline.core.document._scalars import Refused, number_of, preview
from marginline.core.findings import Code
from marginline.core.numbers import ZERO, to_text
from marginline.errors import PayloadError, Problem
from marginline.venues.bybit.page.portfolio import UNIT
from marginline.venues.compare.lines import Of, reported
from marginline.venues.reader.account_draft import Draft
from marginline.venues.reader.fields import Row
from marginline.venues.reader.kinds import Answers
from marginline.venues.reader.laying import (
    expiry,
    inverse,
    lay_instruments,
    lay_ticker,
    linear,
    slices,
)
from marginline.venues.resolve.rows import grouped

OPTION_COINS = ("USDC", "USDT")
"""What options settle in."""
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
    _lay_contracts(draft, answers.rows("instruments_info"))


# -- risk limits -------------------------------------------------------------------------------


def _lay_tiers(draft: Draft, rows: Iterable[Row]) -> None:
    for symbol, told in grouped(rows, lambda row: row.name("symbol")).items():
        floor, own = ZERO, _sorted(told, "riskLimitValue")
        tiers: list[TierRow] = []
        for row in own:
            cap = row.amount("riskLimitValue")
            if cap == floor and tiers and own[len(tiers) - 1] is not row:
                _compare_twice(draft, symbol, tiers[-1], _tier(draft, row, tiers[-1].floor))
            if cap > floor:  # the same limit twice: the answer was fetched twice
                tiers.append(_tier(draft, row, floor))
                floor = cap
        if own[0].text("isLowestRisk") == "0":
            text = (
                f"the lowest risk limit of {symbol} is not among those told: what it covers is"
                " charged by the next; fetch market/risk-limit whole"
            )
            draft.note(Code.APPROXIMATE, f"risk_limit: {symbol}", text)
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
        listed = slices(row.rows("collateralRatioList"), "minQty", "maxQty", "collateralRatio")
        if listed:
            table = CollateralTable(keyed_by="quantity", rows=listed)
            draft.collateral[row.name("currency")] = table


def _sorted(rows: Iterable[Row], name: str) -> list[Row]:
    return sorted(rows, key=lambda row: row.amount(name))


def _borrow(row: Row) -> BorrowTable:
    tiers = _sorted(row.rows("positionTiersRatioList"), "borrowLimit")
    floors = [ZERO, *(each.amount("borrowLimit") for each in tiers)]
    rows = tuple(
        BorrowRow(
            floor=floor,
            cap=each.amount("borrowLimit"),
            initial_rate=each.amount("positionIMR"),
            maintenance_rate=each.amount("positionMMR"),
        )
        for floor, each in zip(floors, tiers, strict=False)
    )
    return BorrowTable(keyed_by="quantity", kind="whole", rows=rows)


# -- prices ------------------------------------------------------------------------------------


def _lay_tickers(draft: Draft, rows: Iterable[Row]) -> None:
    """Mark, index and funding."""
    for row in rows:
        symbol = row.name("symbol")
        lay_ticker(draft, row, "fundingRate", "fundingIntervalHour")
        usd, base = row.number("usdIndexPrice"), symbol.removesuffix("USDT")
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
        draft.reported.pools[name] = {} if asset is None else dict(reported(asset, UNIT, Of.UNIT))
    if units:
        draft.venue_parameters["risk_units"] = units
    wallet = answer.row("wallet")
    draft.reported.raw["portfolio_margin"] = {
        "units": {r.name("baseCoin"): _said(r) for r in answer.rows("assetPnlRange")},
        **({} if wallet is None else {"wallet": dict(wallet.given)}),
    }


def _unit(row: Row) -> dict[str, str]:
    contingency, asset, grid = row.row("contingency"), row.row("asset"), _grid(row)
    whole = len({len(pnls) for pnls in grid}) == 1  # else a point's loss is not told
    losses = [-pnl for pnls in grid for pnl in pnls]
    initial = None if asset is None else asset.number("assetIM")
    maintenance = None if asset is None else asset.number("assetMM")
    factor = None if initial is None or not maintenance else initial / maintenance
    unit = {
        "max_loss": max([ZERO, *losses]) if losses and whole else None,
        "contingency": None if contingency is None else contingency.number("contingencyComponents"),
        "initial_factor": None
        if factor is None or not 0 <= factor < HUNDRED
        else factor.quantize(_RATIO_STEP),
    }
    return {name: to_text(number) for name, number in unit.items() if number is not None}


def _grid(row: Row) -> list[list[Decimal]]:
    """P&L of the whole unit by point of the scenario grid."""
    totals = row.row("totalPnlRanges")
    everything = None if totals is None else totals.row("ALL")
    points = () if everything is None else everything.rows("pnlRanges")
    return [[_pnl(point, value) for value in _values(point)] for point in points]


def _values(point: Row) -> Iterable[object]:
    values = point.values.get("pnls")
    return values if isinstance(values, (list, tuple)) else ()


def _pnl(point: Row, value: object) -> Decimal:
    try:
        return number_of(value)
    except Refused as refused:
        problem = Problem(f"{point.path}.pnls", preview(value), refused.message, refused.remedy)
        raise PayloadError([problem]) from None


def _said(row: Row) -> dict[str, object]:
    parts = {name: row.row(name) for name in ("contingency", "asset")}
    return {**row.given, **{name: dict(own.given) for name, own in parts.items() if own}}


# -- contracts ------------------------------------------------------------------------------------


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
        expires_at = expiry(dated["day"].zfill(7).title(), "%d%b%y")
        pair = dated["pair"]
        quote = "USDT" if pair.endswith("USDT") and pair != "USDT" else "USDC"
        base = pair.removesuffix("USDT") or pair
        return None if expires_at is None else linear(symbol, base, quote, expires_at=expires_at)
    if symbol.endswith("PERP") and symbol != "PERP":
        return linear(symbol, symbol.removesuffix("PERP"), "USDC")
    for quote in ("USDT", "USDC"):
        if symbol.endswith(quote) and symbol != quote:
            return linear(symbol, symbol.removesuffix(quote), quote)
    named = _INVERSE.fullmatch(symbol)
    if named is None:
        return None
    return inverse(symbol, named["base"], expires_at=_last_friday(named["month"]))


def _last_friday(month: str | None) -> datetime | None:
    if month is None:
        return None
    number, year = _MONTHS.index(month[0]) + 1, 2000 + int(month[1:])
    after = datetime(year + number // 12, number % 12 + 1, 1, 8, tzinfo=UTC)
    last = after - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - 4) % 7)


def _described(known: Instrument | None, info: Row) -> Instrument | None:
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


def _lay_contracts(draft: Draft, rows: Iterable[Row]) -> None:
    infos = {row.name("symbol"): row for row in rows}
    for symbol, found in lay_instruments(draft, infos, instrument_of, _described).items():
        if found is None:
            text = f"the symbol {symbol} does not tell its contract; give instruments_info"
            draft.note(Code.MISSING_DATA, f"instruments: {symbol}", text)

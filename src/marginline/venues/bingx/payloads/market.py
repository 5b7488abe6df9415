"""Contracts, tiers, prices, fees, leverages and collateral ratios, from BingX's answers.

`BTC-USDT` is linear, its size in coins; `SOL-USD` is inverse. How many USD an inverse contract is
worth the symbol does not tell: it is packaged where it is known, else `coin_contracts` tells it
(`minTickSize`, the least contract value in USD).
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from marginline.core.account.account import Instrument
from marginline.core.account.market import AssetRate
from marginline.core.account.tables import CollateralTable, FeeRates
from marginline.core.document._scalars import Refused, number_of
from marginline.core.findings import Code
from marginline.venues.bingx.payloads.kinds import PERPETUAL
from marginline.venues.reader.account_draft import Draft
from marginline.venues.reader.fields import Row
from marginline.venues.reader.kinds import Answers
from marginline.venues.reader.laying import inverse, lay_ticker, linear, tier_table
from marginline.venues.resolve import packaged
from marginline.venues.resolve.rows import grouped


def is_coin_margined(symbol: str) -> bool:
    """Whether a symbol is of the coin-M family."""
    return symbol.endswith("-USD")


def instrument_of(symbol: str) -> Instrument | None:
    """The contract that a symbol names; None where it does not tell."""
    known = packaged.instruments("bingx", PERPETUAL).get(symbol)
    if known is not None:
        return known
    base, _, quote = symbol.rpartition("-")
    if not base or quote not in ("USDT", "USDC"):
        return None
    return linear(symbol, base, quote)


def lay_contracts(draft: Draft, answers: Answers) -> None:
    """Coin-M contracts with what one is worth, of those the account has to do with."""
    for row in answers.rows("coin_contracts"):
        symbol, face = row.name("symbol"), row.number("minTickSize")
        if face is not None and is_coin_margined(symbol):
            base = symbol.removesuffix("-USD")
            draft.instruments[symbol] = inverse(symbol, base, contract_size=face)


def known_contract(draft: Draft, symbol: str, where: str) -> Instrument | None:
    """The contract of a symbol, written into the account; noted where it is not known."""
    found = draft.instruments.get(symbol) or instrument_of(symbol)
    if found is None:
        text = (
            f"what a contract of {symbol} is worth is not known, so it is left out; give"
            f" coin_contracts, or an account that describes instruments.{symbol}"
        )
        draft.note(Code.MISSING_DATA, f"{where}: {symbol}", text)
        return None
    draft.instruments[symbol] = found
    return found


def drop_idle(draft: Draft, told: Iterable[str]) -> None:
    """Contracts that an answer listed and nothing in the account mentions."""
    used = {*draft.symbols(), *draft.settings, *draft.tiers}
    for symbol in told:
        if symbol not in used:
            draft.instruments.pop(symbol, None)


_HUNDRED = Decimal(100)
_MARGIN_TYPES = {"CROSSED": "cross", "ISOLATED": "isolated", "SEPARATE_ISOLATED": "isolated"}


def lay_market(draft: Draft, answers: Answers) -> None:
    """Everything that is no balance, position or order."""
    _lay_tiers(draft, answers.rows("tiers"))
    _lay_prices(draft, answers.rows("premium_index"))
    _lay_settings(draft, answers)
    _lay_fees(draft, answers.last("commission"))
    _lay_collateral(draft, answers.rows("multi_assets_rules"))


def _symbol(draft: Draft, row: Row, kind: str) -> str | None:
    """The symbol of a row; BingX leaves it out in some answers: then the only one open."""
    said = row.text("symbol")
    if said is not None:
        return said
    open_ones = {p.instrument for p in draft.positions.values()}
    if len(open_ones) == 1:
        return open_ones.pop()
    text = "the answer does not name its symbol and is left aside; add symbol to its rows"
    draft.note(Code.APPROXIMATE, kind, text)
    return None


def _lay_tiers(draft: Draft, rows: Iterable[Row]) -> None:
    for symbol, own in grouped(rows, lambda row: _symbol(draft, row, "tiers")).items():
        if symbol is None:
            continue
        draft.tiers[symbol] = tier_table(
            own,
            "minPositionVal",
            "marginal",
            cap="maxPositionVal",
            rate="maintMarginRatio",
            deduction="maintAmount",
        )
        if symbol not in draft.instruments and (known := instrument_of(symbol)) is not None:
            draft.instruments[symbol] = known


def _lay_prices(draft: Draft, rows: Iterable[Row]) -> None:
    """Mark, index and funding."""
    for row in rows:
        lay_ticker(draft, row, "lastFundingRate", "fundingIntervalHours")


def _lay_settings(draft: Draft, answers: Answers) -> None:
    for row in answers.rows("leverage"):
        symbol = _symbol(draft, row, "leverage")
        leverage = _leverage(draft, row, symbol)
        if symbol is not None:
            draft.tell_settings(symbol, leverage, None)
    for row in answers.rows("margin_type"):
        symbol, word = _symbol(draft, row, "margin_type"), row.text("marginType")
        if word is not None and word not in _MARGIN_TYPES:
            raise row.wrong("marginType", "is no margin mode", f"known are {[*_MARGIN_TYPES]}")
        if symbol is not None and word is not None:
            draft.tell_settings(symbol, None, _MARGIN_TYPES[word])


def _leverage(draft: Draft, row: Row, symbol: str | None) -> Decimal | None:
    """The leverage of both sides; where they differ, the lower one: it asks for more margin."""
    both = [n for n in (row.number("longLeverage"), row.number("shortLeverage")) if n is not None]
    if len(set(both)) > 1 and symbol is not None:
        text = f"long and short leverage of {symbol} differ; orders go by the lower one"
        draft.note(Code.APPROXIMATE, f"leverage: {symbol}", text)
    return min(both, default=None)


def _lay_fees(draft: Draft, answer: Row | None) -> None:
    """The user's own fees, for every USDT-M symbol that the account mentions."""
    fees = None if answer is None else answer.row("commission")
    if fees is None:
        return
    for symbol in dict.fromkeys([*draft.symbols(), *draft.tiers, *draft.settings]):
        if not is_coin_margined(symbol):
            draft.fees[symbol] = FeeRates(
                maker=fees.number("makerCommissionRate"), taker=fees.number("takerCommissionRate")
            )


# -- multi-assets mode -------------------------------------------------------------------------


def _lay_collateral(draft: Draft, rows: Iterable[Row]) -> None:
    """Collateral ratios, and prices in USDT: BingX's index prices are in USD."""
    rows = tuple(rows)
    index = {row.name("marginAssets"): row.number("indexPrice") for row in rows}
    unit = index.get("USDT")
    for row in rows:
        asset = row.name("marginAssets")
        if (ratio := _percent(row, "collateralValueRatio")) is not None:
            draft.collateral[asset] = CollateralTable(ratio=ratio)
        price = index[asset]
        if price is not None and asset != "USDT":
            draft.asset_rate[asset] = AssetRate(index=price if unit is None else price / unit)
    if rows and unit is None:
        text = "index prices are in USD; without one of USDT they are taken for prices in USDT"
        draft.note(Code.APPROXIMATE, "multi_assets_rules: indexPrice", text)
    if rows:
        draft.reported.raw["multi_assets_rules"] = {
            row.name("marginAssets"): row.plain() for row in rows
        }


def _percent(row: Row, field: str) -> Decimal | None:
    """A share written in per cent, with its sign ("95.00%"): a fraction."""
    said = row.text(field)
    if said is None:
        return None
    if not said.endswith("%"):
        raise row.wrong(field, "is not written in per cent", 'known is "95.00%"')
    try:
        share = number_of(said.removesuffix("%")) / _HUNDRED
    except Refused as refused:
        raise row.wrong(field, refused.message, refused.remedy) from None
    if not 0 <= share <= 1:
        raise row.wrong(field, "is no share", "from 0% to 100%")
    return share

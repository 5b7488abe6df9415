"""Binance's public answers: contracts, prices, funding, tiers, rates."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from marginline.core.numbers import to_text
from marginline.market.views import InstrumentSpec, Quote
from marginline.sandbox.floor import BINANCE, Floor
from marginline.sandbox.wire.calls import Call, Refused
from marginline.sandbox.wire.texts import money, plain

NO_CAP = 9_223_372_036_854_775_807
"""What Binance prints for the end of a last row that has none."""
PERPETUAL_UNTIL = 4_133_404_800_000
DEPTHS = (5, 10, 20, 50, 100, 500, 1000)
MIN_NOTIONAL, MAX_PRICE, MAX_QUANTITY = Decimal(5), Decimal(10_000_000), Decimal(1_000_000_000)
MAX_ORDERS = 200
HIGHEST, LOWEST = Decimal("1.05"), Decimal("0.95")
"""What a limit may be at most of the mark to buy, and at least to sell."""
CONDITIONAL = ("STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET")
ORDER_TYPES = ("LIMIT", "MARKET", *CONDITIONAL)
"""As the venue lists them. A conditional order is refused here, in words that say so."""


def symbol_of(call: Call) -> str:
    """The symbol asked for. Raises Refused where the venue does not list it."""
    symbol = call.text("symbol")
    if not symbol:
        text = "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed."
        raise Refused(400, -1102, text)
    if symbol not in call.floor.world.instruments(BINANCE):
        raise Refused(400, -1121, "Invalid symbol.")
    return symbol


def _symbols(call: Call) -> Iterator[str]:
    """The one asked for, or all."""
    if call.text("symbol"):
        yield symbol_of(call)
    else:
        yield from call.floor.world.instruments(BINANCE)


def one_or_all(call: Call, rows: list[dict[str, object]]) -> object:
    """An object where a symbol was asked for, a list else."""
    return rows[0] if call.text("symbol") else rows


def number(value: Decimal) -> object:
    """A JSON number with no more digits than it has."""
    return int(value) if value == value.to_integral_value() else Decimal(to_text(value))


# -- the venue -----------------------------------------------------------------------------------


def ping(_: Call) -> object:
    """Nothing."""
    return {}


def server_time(call: Call) -> object:
    """The venue's clock."""
    return {"serverTime": call.floor.clock.now() + call.floor.faults.skew(BINANCE)}


def exchange_info(call: Call) -> object:
    """Limits and contracts."""
    specs = call.floor.world.instruments(BINANCE)
    return {
        "timezone": "UTC",
        "serverTime": call.floor.clock.now() + call.floor.faults.skew(BINANCE),
        "futuresType": "U_MARGINED",
        "rateLimits": [
            _limit("REQUEST_WEIGHT", "MINUTE", 1, call.floor.weight_limit),
            _limit("ORDERS", "MINUTE", 1, 1_200),
            _limit("ORDERS", "SECOND", 10, 300),
        ],
        "exchangeFilters": [],
        "assets": [
            {"asset": asset, "marginAvailable": True, "autoAssetExchange": "-5000"}
            for asset in call.floor.world.asset_rates(BINANCE)
        ],
        "symbols": [_contract(spec) for spec in specs.values()],
    }


def _limit(kind: str, interval: str, count: int, limit: int) -> dict[str, object]:
    return {
        "rateLimitType": kind,
        "interval": interval,
        "intervalNum": count,
        "limit": limit,
    }


def _contract(spec: InstrumentSpec) -> dict[str, object]:
    tick, step = to_text(spec.tick_size), to_text(spec.size_step)
    least, most = to_text(spec.min_size), plain(MAX_QUANTITY)
    return {
        "symbol": spec.symbol,
        "pair": spec.symbol,
        "contractType": "PERPETUAL",
        "deliveryDate": PERPETUAL_UNTIL,
        "onboardDate": 1_569_398_400_000,
        "status": "TRADING",
        "baseAsset": spec.base,
        "quoteAsset": spec.quote,
        "marginAsset": spec.settle,
        "pricePrecision": _decimals(spec.tick_size),
        "quantityPrecision": _decimals(spec.size_step),
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "underlyingSubType": [],
        "triggerProtect": "0.0500",
        "marketTakeBound": "0.05",
        "orderTypes": list(ORDER_TYPES),
        "timeInForce": ["GTC", "IOC", "FOK", "GTX"],
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": plain(MAX_PRICE),
             "tickSize": tick},
            {"filterType": "LOT_SIZE", "minQty": least, "maxQty": most, "stepSize": step},
            {"filterType": "MARKET_LOT_SIZE", "minQty": least, "maxQty": most, "stepSize": step},
            {"filterType": "MAX_NUM_ORDERS", "limit": MAX_ORDERS},
            {"filterType": "PERCENT_PRICE", "multiplierUp": f"{HIGHEST:.4f}",
             "multiplierDown": f"{LOWEST:.4f}", "multiplierDecimal": "4"},
            {"filterType": "MIN_NOTIONAL", "notional": plain(MIN_NOTIONAL)},
        ],
    }  # fmt: skip


def _decimals(step: Decimal) -> int:
    exponent = step.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


# -- prices --------------------------------------------------------------------------------------


def premium_index(call: Call) -> object:
    """Mark, index and the funding to come."""
    rows = [premium_row(call.floor, symbol) for symbol in _symbols(call)]
    return one_or_all(call, rows)


def premium_row(floor: Floor, symbol: str) -> dict[str, object]:
    """One instrument's mark, index and funding."""
    quote = floor.world.quote(BINANCE, symbol)
    return {
        "symbol": symbol,
        "markPrice": money(quote.mark),
        "indexPrice": money(quote.index),
        "estimatedSettlePrice": money(quote.index),
        "lastFundingRate": money(quote.funding_rate),
        "interestRate": "0.00010000",
        "nextFundingTime": floor.clock.stamp(quote.next_funding_at),
        "time": floor.clock.stamp(quote.at),
    }


def funding_info(call: Call) -> object:
    """Hours between payments."""
    specs = call.floor.world.instruments(BINANCE).values()
    return [
        {
            "symbol": spec.symbol,
            "adjustedFundingRateCap": "0.02000000",
            "adjustedFundingRateFloor": "-0.02000000",
            "fundingIntervalHours": spec.funding_interval_hours,
            "disclaimer": False,
        }
        for spec in specs
    ]


def funding_rate(call: Call) -> object:
    """Payments of the past, oldest first."""
    floor, start, end = call.floor, call.moment("startTime"), call.moment("endTime")
    rows = [
        row
        for symbol in _symbols(call)
        for row in floor.world.funding_history(BINANCE, symbol, start, end)
    ]
    rows.sort(key=lambda row: (row.at, row.symbol))
    limit = call.most(100, 1_000)
    chosen = rows[:limit] if start is not None else rows[-limit:]
    return [
        {
            "symbol": row.symbol,
            "fundingTime": floor.clock.stamp(row.at),
            "fundingRate": money(row.rate),
            "markPrice": money(row.mark),
        }
        for row in chosen
    ]


def ticker_24hr(call: Call) -> object:
    """The day as far as this run has seen it."""
    return one_or_all(call, [_day(call.floor, symbol) for symbol in _symbols(call)])


def _day(floor: Floor, symbol: str) -> dict[str, object]:
    quote = floor.world.quote(BINANCE, symbol)
    day = floor.tapes[BINANCE].saw(quote)
    change = quote.last - day.first
    average = day.turnover / day.volume if day.volume else quote.last
    return {
        "symbol": symbol,
        "priceChange": plain(change),
        "priceChangePercent": format(change / day.first * 100, ".3f"),
        "weightedAvgPrice": money(average),
        "lastPrice": plain(quote.last),
        "lastQty": "0",
        "openPrice": plain(day.first),
        "highPrice": plain(day.high),
        "lowPrice": plain(day.low),
        "volume": plain(day.volume),
        "quoteVolume": money(day.turnover),
        "openTime": floor.clock.stamp(day.began),
        "closeTime": floor.clock.stamp(quote.at),
        "firstId": 0,
        "lastId": day.trades,
        "count": day.trades,
    }


def ticker_price(call: Call) -> object:
    """Last prices."""
    rows = [_last(call.floor, symbol) for symbol in _symbols(call)]
    return one_or_all(call, rows)


def _last(floor: Floor, symbol: str) -> dict[str, object]:
    quote = floor.world.quote(BINANCE, symbol)
    return {
        "symbol": symbol,
        "price": plain(quote.last),
        "time": floor.clock.stamp(quote.at),
    }


def book_ticker(call: Call) -> object:
    """Best bids and asks."""
    return one_or_all(call, [book_row(call.floor, symbol) for symbol in _symbols(call)])


def book_row(floor: Floor, symbol: str) -> dict[str, object]:
    """One instrument's best bid and ask."""
    quote: Quote = floor.world.quote(BINANCE, symbol)
    bids, asks = floor.world.book(BINANCE, symbol, 1)
    return {
        "symbol": symbol,
        "bidPrice": plain(bids[0][0]),
        "bidQty": plain(bids[0][1]),
        "askPrice": plain(asks[0][0]),
        "askQty": plain(asks[0][1]),
        "time": floor.clock.stamp(quote.at),
        "lastUpdateId": quote.at,
    }


def depth(call: Call) -> object:
    """The book."""
    symbol, levels = symbol_of(call), call.whole("limit", 500)
    if levels not in DEPTHS:
        raise Refused(400, -4021, "Illegal depth limit.")
    bids, asks = call.floor.world.book(BINANCE, symbol, min(levels, 20))
    at = call.floor.clock.stamp(call.floor.world.now)
    return {
        "lastUpdateId": at,
        "E": at,
        "T": at,
        "bids": [[plain(price), plain(size)] for price, size in bids],
        "asks": [[plain(price), plain(size)] for price, size in asks],
    }


def open_interest(call: Call) -> object:
    """Open interest, one side."""
    quote = call.floor.world.quote(BINANCE, symbol_of(call))
    return {
        "openInterest": plain(quote.open_interest),
        "symbol": quote.symbol,
        "time": call.floor.clock.stamp(quote.at),
    }


# -- tables --------------------------------------------------------------------------------------


def leverage_bracket(call: Call) -> object:
    """Maintenance tiers in force."""
    return [
        {
            "symbol": symbol,
            "brackets": [
                {
                    "bracket": index + 1,
                    "initialLeverage": number(row.max_leverage or Decimal(1)),
                    "notionalCap": NO_CAP if row.cap is None else number(row.cap),
                    "notionalFloor": number(row.floor),
                    "maintMarginRatio": number(row.rate or Decimal(0)),
                    "cum": number(row.deduction or Decimal(0)),
                }
                for index, row in enumerate(call.floor.world.tiers(BINANCE, symbol).rows)
            ],
        }
        for symbol in _symbols(call)
    ]


def asset_index(call: Call) -> object:
    """Rates of assets in USD."""
    rows = [asset_row(call.floor, asset) for asset in call.floor.rates(BINANCE)]
    wanted = call.text("symbol")
    if not wanted:
        return rows
    for row in rows:
        if row["symbol"] == wanted:
            return row
    raise Refused(400, -1121, "Invalid symbol.")


def asset_row(floor: Floor, asset: str) -> dict[str, object]:
    """One asset's rates; the buffers are those between index and the two sides."""
    rate = floor.rates(BINANCE)[asset]
    index, bid, ask = rate.index, rate.bid, rate.ask
    assert index is not None
    assert bid is not None
    assert ask is not None
    below, above = 1 - bid / index, ask / index - 1
    return {
        "symbol": f"{asset}USD",
        "time": floor.clock.stamp(floor.world.now),
        "index": money(index),
        "bidBuffer": money(below),
        "askBuffer": money(above),
        "bidRate": plain(bid),
        "askRate": plain(ask),
        "autoExchangeBidBuffer": money(below),
        "autoExchangeAskBuffer": money(above),
        "autoExchangeBidRate": plain(bid),
        "autoExchangeAskRate": plain(ask),
    }

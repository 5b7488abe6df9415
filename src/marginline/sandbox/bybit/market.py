"""Bybit's public answers: contracts, prices, funding, risk limits."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from marginline.core.account.tables import TierRow
from marginline.core.numbers import ONE, to_text
from marginline.market.views import InstrumentSpec
from marginline.sandbox.floor import BYBIT, Floor
from marginline.sandbox.wire.calls import Call, Refused, whole_number
from marginline.sandbox.wire.texts import money, plain

NO_CAP = "1000000000000"
"""The end of a last row that has none: the venue prints a number in every row."""
MIN_NOTIONAL, MAX_PRICE, MAX_QUANTITY = Decimal(5), Decimal(10_000_000), Decimal(1_000_000_000)
_CATEGORIES = ("linear", "inverse", "spot", "option")


def category(call: Call) -> str:
    """The category asked for; contracts of the world are linear, the others are empty."""
    given = call.text("category")
    if given not in _CATEGORIES:
        raise Refused(
            200, 10001, "params error: category only supports linear, inverse, spot, option"
        )
    return given


def symbols(call: Call) -> Iterator[str]:
    """The symbol asked for, or all of the category."""
    listed = call.floor.world.instruments(BYBIT) if category(call) == "linear" else {}
    symbol, base = call.text("symbol"), call.text("baseCoin")
    if symbol and symbol not in listed:
        raise Refused(200, 10001, "params error: symbol invalid")
    for name, spec in listed.items():
        if symbol in ("", name) and base in ("", spec.base):
            yield name


def paged(call: Call, rows: list[dict[str, object]], default: int, most: int) -> dict[str, object]:
    """A page of rows, and the cursor of the next one: "" where there is none."""
    given = call.text("cursor")
    start = whole_number(given) if given else 0
    if start is None:
        raise call.malformed("cursor")
    end = start + call.most(default, most)
    return {
        "category": call.text("category", "linear"),
        "list": rows[start:end],
        "nextPageCursor": str(end) if end < len(rows) else "",
    }


def server_time(call: Call) -> object:
    """The venue's clock."""
    now = call.floor.clock.now() + call.floor.faults.skew(BYBIT)
    return {"timeSecond": str(now // 1_000), "timeNano": str(now * 1_000_000)}


def instruments_info(call: Call) -> object:
    """Contract terms."""
    if call.text("status", "Trading") != "Trading":
        category(call)
        return paged(call, [], 500, 1_000)
    specs = call.floor.world.instruments(BYBIT)
    return paged(call, [_contract(specs[name]) for name in symbols(call)], 500, 1_000)


def _contract(spec: InstrumentSpec) -> dict[str, object]:
    tick, step = to_text(spec.tick_size), to_text(spec.size_step)
    return {
        "symbol": spec.symbol,
        "contractType": "LinearPerpetual",
        "status": "Trading",
        "baseCoin": spec.base,
        "quoteCoin": spec.quote,
        "settleCoin": spec.settle,
        "launchTime": "1585526400000",
        "deliveryTime": "0",
        "deliveryFeeRate": "",
        "priceScale": str(max(0, -_exponent(spec.tick_size))),
        "leverageFilter": {
            "minLeverage": "1",
            "maxLeverage": plain(spec.max_leverage),
            "leverageStep": "1",
        },
        "priceFilter": {"minPrice": tick, "maxPrice": plain(MAX_PRICE), "tickSize": tick},
        "lotSizeFilter": {
            "maxOrderQty": plain(MAX_QUANTITY),
            "minOrderQty": to_text(spec.min_size),
            "qtyStep": step,
            "postOnlyMaxOrderQty": plain(MAX_QUANTITY),
            "maxMktOrderQty": plain(MAX_QUANTITY),
            "minNotionalValue": plain(MIN_NOTIONAL),
        },
        "unifiedMarginTrade": True,
        "fundingInterval": spec.funding_interval_hours * 60,
        "copyTrading": "none",
        "upperFundingRate": "0.02",
        "lowerFundingRate": "-0.02",
        "isPreListing": False,
        "preListingInfo": None,
    }


def _exponent(step: Decimal) -> int:
    exponent = step.normalize().as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


# -- prices --------------------------------------------------------------------------------------


def tickers(call: Call) -> object:
    """Prices and funding of a category."""
    rows = [ticker_row(call.floor, name) for name in symbols(call)]
    return {"category": call.text("category"), "list": rows}


def ticker_row(floor: Floor, symbol: str) -> dict[str, object]:
    """One instrument's prices, funding, and day as far as this run has seen it."""
    quote = floor.world.quote(BYBIT, symbol)
    day = floor.tapes[BYBIT].saw(quote)
    bids, asks = floor.world.book(BYBIT, symbol, 1)
    return {
        "symbol": symbol,
        "lastPrice": plain(quote.last),
        "indexPrice": plain(quote.index),
        "markPrice": plain(quote.mark),
        "prevPrice24h": plain(day.first),
        "price24hPcnt": format(quote.last / day.first - 1, ".6f"),
        "highPrice24h": plain(day.high),
        "lowPrice24h": plain(day.low),
        "prevPrice1h": plain(day.first),
        "openInterest": plain(quote.open_interest),
        "openInterestValue": money(quote.open_interest * quote.mark),
        "turnover24h": money(day.turnover),
        "volume24h": plain(day.volume),
        "fundingRate": plain(quote.funding_rate),
        "nextFundingTime": str(floor.clock.stamp(quote.next_funding_at)),
        "fundingIntervalHour": str(quote.interval_hours),
        "predictedDeliveryPrice": "",
        "basisRate": "",
        "basis": "",
        "deliveryFeeRate": "",
        "deliveryTime": "0",
        "bid1Price": plain(bids[0][0]),
        "bid1Size": plain(bids[0][1]),
        "ask1Price": plain(asks[0][0]),
        "ask1Size": plain(asks[0][1]),
    }


def orderbook(call: Call) -> object:
    """The book."""
    symbol = one_symbol(call)
    bids, asks = call.floor.world.book(BYBIT, symbol, call.most(25, 20))
    stamp = call.floor.clock.stamp(call.floor.world.now)
    return {
        "s": symbol,
        "b": [[plain(price), plain(size)] for price, size in bids],
        "a": [[plain(price), plain(size)] for price, size in asks],
        "ts": stamp,
        "u": call.floor.world.now,
        "seq": call.floor.world.now,
        "cts": stamp,
    }


def one_symbol(call: Call) -> str:
    """A symbol that must be given."""
    found = list(symbols(call)) if call.text("symbol") else []
    if len(found) != 1:
        raise Refused(200, 10001, "params error: symbol invalid")
    return found[0]


def funding_history(call: Call) -> object:
    """Payments of the past, newest first."""
    floor, symbol = call.floor, one_symbol(call)
    start, end = call.moment("startTime"), call.moment("endTime")
    rows = floor.world.funding_history(BYBIT, symbol, start, end)
    limit = call.most(200, 200)
    return {
        "category": "linear",
        "list": [
            {
                "symbol": symbol,
                "fundingRate": plain(row.rate),
                "fundingRateTimestamp": str(floor.clock.stamp(row.at)),
            }
            for row in reversed(rows[-limit:])
        ],
    }


def open_interest(call: Call) -> object:
    """Open interest of now: earlier points are not kept."""
    symbol = one_symbol(call)
    quote = call.floor.world.quote(BYBIT, symbol)
    stamp = str(call.floor.clock.stamp(quote.at))
    row = {"openInterest": plain(quote.open_interest), "timestamp": stamp}
    return {"symbol": symbol, "category": "linear", "list": [row], "nextPageCursor": ""}


def nothing(_: Call) -> object:
    """An empty list: the simulated venue has none of it."""
    return {"list": [], "nextPageCursor": ""}


def no_coins(_: Call) -> object:
    """Coins' networks: no coin moves in or out of the sandbox."""
    return {"rows": []}


# -- risk limits ---------------------------------------------------------------------------------


def risk_limit(call: Call) -> object:
    """Maintenance tiers in force, rates as fractions."""
    rows = [
        _limit_row(name, index, row)
        for name in symbols(call)
        for index, row in enumerate(call.floor.world.tiers(BYBIT, name).rows)
    ]
    return paged(call, rows, 1_000, 1_000)


def _limit_row(symbol: str, index: int, row: TierRow) -> dict[str, object]:
    leverage, rate = row.max_leverage or ONE, row.rate or Decimal(0)
    return {
        "id": index + 1,
        "symbol": symbol,
        "riskLimitValue": NO_CAP if row.cap is None else plain(row.cap),
        "maintenanceMargin": plain(rate),
        "initialMargin": plain(ONE / leverage if row.initial_rate is None else row.initial_rate),
        "isLowestRisk": int(index == 0),
        "maxLeverage": plain(leverage),
        "mmDeduction": plain(row.deduction) if row.deduction else "",
    }

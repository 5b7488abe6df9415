"""Bybit's answers, each once: where it comes from, how it is told, what it says field by field.

One shape serves the generations of an endpoint and its stream. Fields that are only passed on are
named too, so that what is noted as unknown is really new.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from marginline.venues.reader.fields import read_rows, shape
from marginline.venues.reader.kinds import (
    AnswerKind,
    Kinds,
    Message,
    Opened,
    by_address,
    by_fields,
    by_topic,
    first_of,
    refused,
    within,
)

UNIFIED, CLASSIC = "bybit_unified", "bybit_inverse"

# -- account -----------------------------------------------------------------------------------

ACCOUNT_INFO = shape(
    text="marginMode dcpStatus spotHedgingStatus",
    label="unifiedMarginStatus timeWindow smpGroup",
    flag="isMasterTrader",
    moment="updatedTime",
)
COIN = shape(
    text="coin",
    number="equity usdValue walletBalance free locked borrowAmount spotBorrow accruedInterest"
    " totalOrderIM totalPositionIM totalPositionMM unrealisedPnl bonus",
    passed="spotHedgingQty cumRealisedPnl availableToWithdraw availableToBorrow",
    flag="marginCollateral collateralSwitch",
    label="colRes",
    needs="coin",
)
WALLET = shape(
    text="accountType",
    number="totalEquity totalWalletBalance totalMarginBalance totalAvailableBalance totalPerpUPL"
    " totalPerpUpl totalInitialMargin totalMaintenanceMargin accountIMRate accountMMRate",
    passed="totalInitialMarginByMp totalMaintenanceMarginByMp accountIMRateByMp accountMMRateByMp"
    " accountLTV",
    lists={"coin": COIN},
)
POSITION = shape(
    text="symbol side positionStatus tpslMode category",
    label="positionIdx riskId tradeMode autoAddMargin adlRankIndicator seq",
    number="size positionValue positionBalance liqPrice bustPrice positionIM positionMM"
    " positionIMByMp positionMMByMp unrealisedPnl curRealisedPnl riskLimitValue breakEvenPrice",
    passed="cumRealisedPnl takeProfit stopLoss trailingStop delta gamma vega theta",
    positive="avgPrice entryPrice sessionAvgPrice markPrice leverage",
    flag="isReduceOnly",
    moment="mmrSysUpdateTime mmrSysUpdatedTime leverageSysUpdatedTime createdTime updatedTime"
    " openTime",
    needs="symbol size",
)
ORDER = shape(
    text="symbol side orderStatus orderType stopOrderType category timeInForce createType"
    " cancelType rejectReason tpslMode triggerBy tpTriggerBy slTriggerBy smpType placeType"
    " marketUnit ocoTriggerBy orderIv feeCurrency",
    label="orderId orderLinkId blockTradeId positionIdx isLeverage triggerDirection smpGroup"
    " smpOrderId",
    number="qty leavesQty avgPrice",
    passed="leavesValue cumExecQty cumExecValue cumExecFee takeProfit stopLoss tpLimitPrice"
    " slLimitPrice lastPriceOnCreated basePrice",
    positive="price triggerPrice",
    flag="reduceOnly closeOnTrigger",
    moment="createdTime updatedTime",
    needs="symbol side qty",
)

# -- parameters --------------------------------------------------------------------------------

RISK_LIMIT = shape(
    text="symbol",
    label="id isLowestRisk",
    number="riskLimitValue maintenanceMargin initialMargin mmDeduction",
    positive="maxLeverage",
    needs="symbol riskLimitValue maintenanceMargin",
)
FEE_RATE = shape(text="symbol baseCoin", number="takerFeeRate makerFeeRate", needs="symbol")
COLLATERAL_INFO = shape(
    text="currency",
    number="collateralRatio hourlyBorrowRate maxBorrowingAmount freeBorrowingLimit"
    " freeBorrowAmount freeBorrowingAmount borrowAmount otherBorrowAmount borrowUsageRate",
    passed="availableToBorrow",
    flag="borrowable marginCollateral collateralSwitch",
    label="collateralStatus",
    needs="currency",
)
COLLATERAL_TIERS = shape(
    text="currency",
    needs="currency",
    lists={
        "collateralRatioList": shape(
            number="minQty maxQty collateralRatio", needs="minQty collateralRatio"
        )
    },
)
BORROW_TIERS = shape(
    text="currency",
    needs="currency",
    lists={
        "positionTiersRatioList": shape(
            label="tier",
            number="borrowLimit positionMMR positionIMR",
            positive="maxLeverage",
            needs="borrowLimit positionMMR positionIMR",
        )
    },
)
TICKER = shape(
    text="symbol",
    number="fundingRate",
    passed="openInterest",
    positive="lastPrice markPrice indexPrice bid1Price ask1Price fundingIntervalHour usdIndexPrice",
    moment="nextFundingTime deliveryTime",
    needs="symbol",
    open=True,
)
INSTRUMENT = shape(
    text="symbol contractType baseCoin quoteCoin settleCoin",
    moment="deliveryTime",
    objects={
        "priceFilter": shape(positive="tickSize", open=True),
        "lotSizeFilter": shape(positive="qtyStep", open=True),
    },
    needs="symbol",
    open=True,
)

# -- portfolio margin --------------------------------------------------------------------------

_SCALE = shape(passed="priceScale", untyped="pnls")
_RANGES = shape(lists={"pnlRanges": _SCALE}, open=True)
UNIT = shape(
    text="baseCoin",
    passed="maxLossPriceMove maxLossIvShock totalClosePzFee",
    objects={
        "contingency": shape(
            number="contingencyComponents",
            passed="optionContingency futureDeltaContingency optionVegaContingency"
            " usdtUsdcContingency futureContingency",
        ),
        "asset": shape(text="coin", number="assetIM assetMM"),
        "totalPnlRanges": shape(objects={"ALL": _RANGES}, open=True),
    },
    needs="baseCoin",
    open=True,
)
PORTFOLIO_WALLET = shape(
    number="equity accountMMRate accountIMRate",
    passed="cashBalance marginBalance availableBalance accountIM accountMM",
)
PORTFOLIO = shape(objects={"wallet": PORTFOLIO_WALLET}, lists={"assetPnlRange": UNIT})

# -- kept as they are: nothing in an account depends on them -----------------------------------

FUNDING_HISTORY = shape(
    text="symbol", number="fundingRate", moment="fundingRateTimestamp", needs="symbol"
)
ADL_ALERT = shape(
    text="coin symbol",
    number="balance maxBalance insurancePnlRatio pnlRatio adlTriggerThreshold adlStopRatio",
    needs="symbol",
)
EXECUTION = shape(
    text="symbol side execType", number="execQty execPrice", needs="symbol", open=True
)
LIQUIDATION = shape(text="s S", number="v p", moment="T", needs="s")

# -- the kinds ---------------------------------------------------------------------------------

_COMMON = {
    "wallet_balance": AnswerKind(WALLET, "wallet-balance", "totals and coins",
        "totalEquity coin", topic="wallet",
        called="wallet-balance or the wallet stream"),
    "positions": AnswerKind(POSITION, "position/list", "open positions",
        "symbol positionIdx size positionValue", topic="position",
        called="position/list or the position stream"),
    "open_orders": AnswerKind(ORDER, "order/realtime", "resting orders of all categories",
        "orderId symbol orderStatus", topic="order"),
    "risk_limit": AnswerKind(RISK_LIMIT, "risk-limit", "maintenance tiers",
        "symbol riskLimitValue maintenanceMargin"),
    "fee_rate": AnswerKind(FEE_RATE, "fee-rate", "maker and taker fee by symbol",
        "symbol takerFeeRate makerFeeRate"),
    "tickers": AnswerKind(TICKER, "tickers", "mark and index price, funding",
        "symbol lastPrice bid1Price turnover24h", topic="tickers"),
    "instruments_info": AnswerKind(INSTRUMENT, "instruments-info",
        "contract terms, price and size steps", "symbol lotSizeFilter priceFilter"),
    "funding_history": AnswerKind(FUNDING_HISTORY, "funding/history", "past rates, kept",
        "symbol fundingRateTimestamp", kept=True),
    "adl_alert": AnswerKind(ADL_ALERT, "adlAlert",
        "insurance pools and their thresholds, kept", "symbol adlTriggerThreshold",
        topic="adlAlert", kept=True, present=True),
    "executions": AnswerKind(EXECUTION, "execution stream", "fills, liquidations and ADL, kept",
        "execId symbol execType", topic="execution", kept=True),
    "liquidations": AnswerKind(LIQUIDATION, "allLiquidation stream",
        "forced orders of the market, kept", topic="allLiquidation", kept=True),
}  # fmt: skip
ANSWERS: Kinds = _COMMON | {
    "account_info": AnswerKind(ACCOUNT_INFO, "account/info", "margin mode",
        "marginMode unifiedMarginStatus"),
    "collateral_info": AnswerKind(COLLATERAL_INFO, "collateral-info",
        "switches, flat ratio, interest", "currency hourlyBorrowRate", kept=True, present=True),
    "collateral_tiers": AnswerKind(COLLATERAL_TIERS, "spot-margin-trade/collateral",
        "collateral ratios by quantity", "currency collateralRatioList"),
    "borrow_tiers": AnswerKind(BORROW_TIERS, "spot-margin-trade/position-tiers", "margin of loans",
        "currency positionTiersRatioList"),
    "portfolio_margin": AnswerKind(PORTFOLIO, "asset/portfolio-margin",
        "scenarios of the risk units", "wallet assetPnlRange"),
}  # fmt: skip
KINDS: Mapping[str, Kinds] = MappingProxyType({UNIFIED: ANSWERS, CLASSIC: _COMMON})
"""Every kind of answer, by venue."""

# -- the envelope ------------------------------------------------------------------------------

_HEAD = shape(label="retCode retMsg category nextPageCursor", moment="at", open=True)
_WHOLE = ("account_info", "portfolio_margin")  # the result itself is the row


def open_message(kind: str, message: Message, source: str) -> Opened | None:
    """`{retCode, retMsg, result: {list, category, nextPageCursor}, time}`, or a stream's message.

    `{topic, creationTime, data}` is a stream's; the inner object alone, as client libraries hand
    it out, is known by its list.

    Raises:
        PayloadError: Bybit refused the request.
    """
    if "retCode" not in message:
        if "topic" in message and "data" in message:
            at = message.get("creationTime", message.get("ts"))
            head = read_rows(kind, _HEAD, {"at": at}, many=False, source=source)[0]
            return Opened([*within(message["data"])], head.moment("at"), str(message["topic"]))
        if not isinstance(message.get("list"), (list, tuple)):
            return None
        message = {"retCode": 0, "result": message}
    result = message.get("result")
    body: Message = result if isinstance(result, Mapping) else {}
    said = {name: message[name] for name in ("retCode", "retMsg") if name in message}
    said |= {name: body[name] for name in ("category", "nextPageCursor") if name in body}
    said["at"] = message.get("time")
    head = read_rows(kind, _HEAD, said, many=False, source=source)[0]
    if head.text("retCode") != "0":
        raise refused(kind, head.text("retCode"), head.text("retMsg"), source)
    rows: object = [body] if kind in _WHOLE and body else None
    category = head.text("category")
    if kind not in _WHOLE and isinstance(listed := body.get("list"), (list, tuple)):
        rows = [_placed(row, category) for row in listed]
    more = head.text("nextPageCursor") is not None
    return Opened(rows, head.moment("at"), category=category, more=more)


def _placed(row: object, category: str | None) -> object:
    """A row with the category of its envelope, where it names none itself."""
    if category is None or not isinstance(row, Mapping) or "category" in row:
        return row
    return {**row, "category": category} if "symbol" in row and "side" in row else row


# -- which kind an answer is -------------------------------------------------------------------


def sniff(path: str | None, value: object) -> Mapping[str, str]:
    """The venues, likeliest first, that give such an answer, each with its kind there."""
    rows = list(_rows(value))
    if path is not None:
        place = path.partition("?")[0]
        kind = by_address(ANSWERS, place, lambda each: _whole(place, each))
    else:
        found = (by_fields(ANSWERS, row) for row in rows)
        kind = _by_topic(value) or next((each for each in found if each), None)
    if kind is None:
        empty = isinstance(value, Mapping) and {"retCode", "result"} <= value.keys()
        return dict.fromkeys((UNIFIED, CLASSIC), "") if path is None and empty else {}
    return {venue: kind for venue in _venues(kind, rows) if kind in KINDS[venue]}


def _whole(place: str, address: str) -> str:
    """The place itself where an address is its end."""
    return place if place.startswith("/v5/") and place.endswith("/" + address) else ""


def _venues(kind: str, rows: list[Message]) -> tuple[str, ...]:
    """The classic account has inverse contracts alone, and its own account type."""
    if kind == "wallet_balance":
        classic = any(row.get("accountType") == "CONTRACT" for row in rows)
        return (CLASSIC, UNIFIED) if classic else (UNIFIED,)
    inverse = all(_inverse(row.get("symbol")) for row in rows)
    return (UNIFIED, CLASSIC) if inverse or kind not in ("positions", "open_orders") else (UNIFIED,)


def _inverse(symbol: object) -> bool:
    return isinstance(symbol, str) and "USD" in symbol and not symbol.endswith(("USDT", "USDC"))


def _by_topic(value: object) -> str | None:
    first = first_of(value)
    topic = first.get("topic") if isinstance(first, Mapping) else None
    return by_topic(ANSWERS, topic.partition(".")[0]) if isinstance(topic, str) else None


def _rows(value: object) -> Iterator[Message]:
    """The rows in an answer, whatever stands around them."""
    for message in value if isinstance(value, (list, tuple)) else [value]:
        if not isinstance(message, Mapping):
            continue
        if "retCode" in message:
            result = message.get("result")
            inner = result.get("list") if isinstance(result, Mapping) else None
            yield from _rows(result if inner is None else inner)
        elif "topic" in message and "data" in message:
            yield from _rows(message["data"])
        elif isinstance(message.get("list"), (list, tuple)):
            yield from _rows(message["list"])
        else:
            yield message

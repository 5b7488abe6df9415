"""Binance's answers, each once: where it comes from, how it is told, what it says field by field.

One shape serves the versions of an endpoint (v2 and v3 differ by fields left out) and, where the
words agree, USDS-M and COIN-M. Fields that are only passed on are named too, so that what is noted
as unknown is really new.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from marginline.venues.reader.fields import Shape, read_rows, shape
from marginline.venues.reader.kinds import AnswerKind, Kinds, Message, Opened, refused

# -- accounts ----------------------------------------------------------------------------------

TOTALS = (
    "totalInitialMargin totalMaintMargin totalWalletBalance totalUnrealizedProfit"
    " totalMarginBalance totalPositionInitialMargin totalOpenOrderInitialMargin"
    " totalCrossWalletBalance totalCrossUnPnl availableBalance maxWithdrawAmount"
)
ASSET = shape(
    text="asset",
    number="walletBalance unrealizedProfit marginBalance maintMargin initialMargin"
    " positionInitialMargin openOrderInitialMargin crossWalletBalance crossUnPnl"
    " availableBalance maxWithdrawAmount",
    flag="marginAvailable",
    stamp="updateTime",
    needs="asset",
)
POSITION = shape(
    text="symbol positionSide marginAsset marginType pair",
    number="positionAmt unRealizedProfit unrealizedProfit isolatedMargin isolatedWallet notional"
    " notionalValue initialMargin maintMargin positionInitialMargin openOrderInitialMargin"
    " liquidationPrice maxNotional maxNotionalValue maxQty adlQuantile",
    passed="bidNotional askNotional adl",
    positive="entryPrice breakEvenPrice markPrice leverage",
    flag="isolated isAutoAddMargin",
    stamp="updateTime",
    needs="symbol positionAmt",
)
ACCOUNT = shape(
    number=TOTALS,
    flag="canTrade canDeposit canWithdraw multiAssetsMargin dualSidePosition feeBurn",
    label="feeTier tradeGroupId",
    stamp="updateTime",
    lists={"assets": ASSET, "positions": POSITION},
)
BALANCE = shape(
    text="asset",
    label="accountAlias",
    number="balance crossWalletBalance crossUnPnl availableBalance maxWithdrawAmount"
    " withdrawAvailable",
    flag="marginAvailable",
    stamp="updateTime",
    needs="asset",
)
ACCOUNT_CONFIG = shape(
    label="feeTier tradeGroupId",
    flag="canTrade canDeposit canWithdraw dualSidePosition multiAssetsMargin",
    stamp="updateTime",
)
SYMBOL_CONFIG = shape(
    text="symbol marginType",
    flag="isAutoAddMargin",
    positive="leverage",
    number="maxNotionalValue",
    needs="symbol",
)
POSITION_MODE = shape(flag="dualSidePosition")

# -- portfolio margin --------------------------------------------------------------------------

PORTFOLIO = shape(
    number="uniMMR accountEquity actualEquity accountInitialMargin accountMaintMargin"
    " virtualMaxWithdrawAmount totalAvailableBalance totalMarginOpenLoss",
    passed="marginMM otherMM",
    text="accountStatus accountType",
    stamp="updateTime",
    lists={"riskUnitMMList": shape(text="asset", passed="uniMaintainUsd", needs="asset")},
)
PORTFOLIO_BALANCE = shape(
    text="asset",
    number="totalWalletBalance crossMarginAsset crossMarginBorrowed crossMarginFree"
    " crossMarginInterest crossMarginLocked umWalletBalance umUnrealizedPNL cmWalletBalance"
    " cmUnrealizedPNL optionWalletBalance optionEquity",
    passed="negativeBalance",
    stamp="updateTime",
    needs="asset",
)
COLLATERAL_TIER = shape(
    number="tierFloor tierCap collateralRate cum", needs="tierFloor collateralRate"
)
COLLATERAL = shape(
    text="asset",
    number="collateralRate",
    needs="asset",
    lists={"collateralInfo": COLLATERAL_TIER},
)
INDEX_PRICE = shape(text="asset", positive="assetIndexPrice", stamp="time", needs="asset")

# -- orders ------------------------------------------------------------------------------------

ORDER = shape(
    text="symbol pair side positionSide type origType status timeInForce workingType priceMatch"
    " selfTradePreventionMode",
    label="orderId clientOrderId",
    number="origQty executedQty",
    passed="averagePrice lastFilledQty cumQuote cumBase cumQty priceRate avgPrice",
    positive="price stopPrice activatePrice",
    flag="reduceOnly closePosition priceProtect",
    moment="time goodTillDate",
    stamp="updateTime",
    needs="symbol side type origQty executedQty",
)
ALGO_ORDER = shape(
    text="symbol side positionSide orderType algoType algoStatus timeInForce workingType"
    " priceMatch selfTradePreventionMode",
    label="algoId clientAlgoId actualOrderId tpOrderType",
    number="quantity",
    passed="actualPrice icebergQuantity tpTriggerPrice tpPrice slTriggerPrice slPrice callbackRate",
    positive="price triggerPrice activatePrice",
    flag="reduceOnly closePosition priceProtect",
    moment="createTime triggerTime goodTillDate",
    stamp="updateTime",
    needs="symbol side orderType",
)

# -- parameters --------------------------------------------------------------------------------

BRACKET = shape(
    label="bracket",
    number="notionalFloor notionalCap qtyFloor qtylFloor qtyCap maintMarginRatio cum",
    positive="initialLeverage",
    needs="maintMarginRatio",
)
BRACKETS = shape(
    text="symbol pair", number="notionalCoef", needs="symbol", lists={"brackets": BRACKET}
)
ASSET_INDEX = shape(
    text="symbol",
    positive="index bidRate askRate autoExchangeBidRate autoExchangeAskRate",
    number="autoExchangeBidBuffer",
    passed="bidBuffer askBuffer autoExchangeAskBuffer",
    stamp="time",
    needs="symbol",
)
PREMIUM_INDEX = shape(
    text="symbol pair",
    positive="markPrice indexPrice estimatedSettlePrice markPriceMovingAverage",
    number="lastFundingRate",
    passed="interestRate",
    moment="nextFundingTime",
    stamp="time",
    label="symbolType",
    needs="symbol",
)
FUNDING_INFO = shape(
    text="symbol",
    number="adjustedFundingRateCap adjustedFundingRateFloor",
    positive="fundingIntervalHours",
    flag="disclaimer",
    moment="updateTime",
    needs="symbol",
)
FILTER = shape(text="filterType", positive="tickSize stepSize", open=True)
SYMBOL = shape(
    text="symbol contractType baseAsset quoteAsset marginAsset",
    positive="contractSize",
    number="liquidationFee",
    moment="deliveryDate",
    lists={"filters": FILTER},
    needs="symbol",
    open=True,
)
EXCHANGE_INFO = shape(lists={"symbols": SYMBOL}, stamp="serverTime", open=True)
COMMISSION = shape(
    text="symbol",
    number="makerCommissionRate takerCommissionRate",
    passed="rpiCommissionRate",
    needs="symbol",
)

# -- kept as they are: nothing in an account depends on them -----------------------------------

QUANTILES = shape(number="LONG SHORT BOTH", passed="HEDGE")
ADL_QUANTILE = shape(text="symbol", objects={"adlQuantile": QUANTILES}, needs="symbol")
INSURANCE = shape(
    open=True,
    lists={
        "assets": shape(text="asset", number="marginBalance", moment="updateTime", needs="asset")
    },
)
INCOME = shape(
    label="symbol incomeType info tranId tradeId",
    text="asset",
    number="income",
    moment="time",
    needs="asset income",
)
MARGIN_HISTORY = shape(
    text="symbol asset positionSide deltaType",
    label="type clientTranId",
    number="amount",
    moment="time",
    needs="symbol amount",
)
FUNDING_RATE = shape(
    text="symbol", number="fundingRate", positive="markPrice", moment="fundingTime", needs="symbol"
)
FORCED_ORDER = shape(
    text="symbol side positionSide type origType status timeInForce workingType",
    label="orderId clientOrderId",
    number="origQty executedQty lastFilledQty averagePrice",
    passed="cumQuote cumBase avgPrice",
    positive="price stopPrice",
    flag="reduceOnly closePosition priceProtect",
    moment="time updateTime",
    needs="symbol",
)


# -- messages of the private stream -------------------------------------------------------------

_BALANCE_UPDATE = shape(text="a", number="wb cw", passed="bc", needs="a")
_LEG = shape(
    text="s mt ps ma",
    number="pa up iw",
    passed="cr",
    positive="ep bep",
    needs="s pa",
)
_NEAR = shape(text="s mt ps", number="pa iw up mm", positive="mp", needs="s pa")
_ORDER_UPDATE = shape(
    text="s S o f x X N wt ot ps V pm",
    label="c i t si ss gtd er W rp n st",
    number="q z l a",
    passed="cr b",
    positive="p ap sp AP L",
    moment="T",
    flag="m R cp pP",
    needs="s S o q z X",
)


def _message(
    *,
    number: str = "",
    lists: Mapping[str, Shape] | None = None,
    objects: Mapping[str, Shape] | None = None,
) -> Shape:
    return shape(
        text="e fs",
        label="i st",
        stamp="E",
        moment="T",
        number=number,
        needs="e E",
        lists=lists,
        objects=objects,
    )


MESSAGES: Mapping[str, Shape] = MappingProxyType(
    {
        "ACCOUNT_UPDATE": _message(
            objects={"a": shape(text="m S", lists={"B": _BALANCE_UPDATE, "P": _LEG})}
        ),
        "MARGIN_CALL": _message(number="cw", lists={"p": _NEAR}),
        "ORDER_TRADE_UPDATE": _message(objects={"o": _ORDER_UPDATE}),
        "ACCOUNT_CONFIG_UPDATE": _message(
            objects={"ac": shape(text="s", positive="l", needs="s l"), "ai": shape(flag="j")}
        ),
    }
)

# -- kinds of answer ---------------------------------------------------------------------------

EVENTS = "events"
_A = AnswerKind
_PARAMETERS = {
    "exchange_info": _A(EXCHANGE_INFO, "exchangeInfo", "contract terms, price and size steps",
        "symbols rateLimits", single=True),
    "premium_index": _A(PREMIUM_INDEX, "premiumIndex", "mark, index, funding",
        "symbol markPrice lastFundingRate", topic="markPriceUpdate",
        called="premiumIndex or markPrice stream",
        words="E=time s=symbol p=markPrice i=indexPrice P=estimatedSettlePrice r=lastFundingRate"
        " T=nextFundingTime ap=markPriceMovingAverage st=symbolType"),
    "funding_info": _A(FUNDING_INFO, "fundingInfo", "hours between payments",
        "symbol fundingIntervalHours", kept=True),
    "commission_rate": _A(COMMISSION, "commissionRate", "maker and taker fee by symbol",
        "symbol makerCommissionRate"),
    "adl_quantile": _A(ADL_QUANTILE, "adlQuantile", "place in the deleveraging queue",
        "symbol adlQuantile"),
    "income": _A(INCOME, "income", "ledger rows, kept as they are", "incomeType asset", kept=True),
    "margin_history": _A(MARGIN_HISTORY, "positionMargin/history", "isolated margin moved, kept",
        "symbol amount type asset", kept=True),
    "funding_rate": _A(FUNDING_RATE, "fundingRate", "past payments, kept",
        "symbol fundingTime fundingRate", kept=True),
    "force_orders": _A(FORCED_ORDER, "forceOrders", "liquidations, kept",
        "symbol origQty averagePrice lastFilledQty", topic="forceOrder", kept=True,
        called="forceOrders or forceOrder stream",
        words="s=symbol S=side o=type f=timeInForce q=origQty p=price ap=averagePrice X=status"
        " l=lastFilledQty z=executedQty T=time"),
}  # fmt: skip
_FUTURES = {
    "account": _A(ACCOUNT, "account", "balances, positions, totals", "assets positions",
        single=True),
    "balance": _A(BALANCE, "balance", "wallets alone", "asset crossWalletBalance"),
    "position_risk": _A(POSITION, "positionRisk", "positions with entry and mark price",
        "symbol positionAmt"),
    "account_config": _A(ACCOUNT_CONFIG, "accountConfig", "asset and position mode",
        "feeTier tradeGroupId", single=True),
    "symbol_config": _A(SYMBOL_CONFIG, "symbolConfig", "margin mode and leverage by symbol",
        "symbol marginType leverage"),
    "position_mode": _A(POSITION_MODE, "positionSide/dual", "one-way or hedge", "dualSidePosition",
        single=True),
    "open_orders": _A(ORDER, "openOrders", "resting orders", "orderId symbol origQty"),
    "open_algo_orders": _A(ALGO_ORDER, "openAlgoOrders", "conditional orders", "algoId symbol"),
    "brackets": _A(BRACKETS, "leverageBracket", "maintenance tiers", "symbol brackets"),
    **_PARAMETERS,
}  # fmt: skip
_IN_BOOKS = (
    "account", "position_risk", "open_orders", "brackets", "symbol_config", "position_mode",
)  # fmt: skip
_INSURANCE = {
    "insurance_balance": _A(INSURANCE, "insuranceBalance", "the fund's wallets, kept",
        "symbols assets", kept=True),
}  # fmt: skip
_ASSET_INDEX = {
    "asset_index": _A(ASSET_INDEX, "assetIndex", "asset rates", "symbol index",
        topic="assetIndexUpdate", called="assetIndex or its stream",
        words="E=time s=symbol i=index b=bidBuffer a=askBuffer B=bidRate A=askRate"
        " q=autoExchangeBidBuffer g=autoExchangeAskBuffer Q=autoExchangeBidRate"
        " G=autoExchangeAskRate"),
}  # fmt: skip
_PORTFOLIO = {
    "account": _A(PORTFOLIO, "account", "uniMMR, equity, margins", "uniMMR", single=True,
        also="portfolio/account", called="account of portfolio margin"),
    "balance": _A(PORTFOLIO_BALANCE, "balance", "wallets and loans", "asset crossMarginAsset",
        also="portfolio/balance", called="balance of portfolio margin"),
    **{
        f"{book}_{name}": replace(spec, called=f"{book.upper()} {spec.called or spec.address}")
        for book in ("um", "cm")
        for name, spec in _FUTURES.items()
        if name in _IN_BOOKS
    },
    **_ASSET_INDEX,
    "index_price": _A(INDEX_PRICE, "asset-index-price", "price of each asset in USD",
        "asset assetIndexPrice", also="portfolio/asset-index-price"),
    "collateral_rate": _A(COLLATERAL, "collateralRate", "flat (v1) or tiers (v2) by asset",
        "asset collateralRate|asset collateralInfo", also="portfolio/collateralRate"),
    **_PARAMETERS,
}  # fmt: skip
_STREAM = {
    EVENTS: _A(shape(objects=MESSAGES), "events of the private stream",
        "ACCOUNT_UPDATE, MARGIN_CALL, ORDER_TRADE_UPDATE, ..."),
}  # fmt: skip
KINDS: Mapping[str, Kinds] = MappingProxyType(
    {
        "binance_usdm": _FUTURES | _ASSET_INDEX | _INSURANCE | _STREAM,
        "binance_coinm": _FUTURES | _STREAM,
        "binance_pm": _PORTFOLIO,
        "binance_pm_pro": _PORTFOLIO,
    }
)
"""Every kind of answer, by venue."""

# -- messages ----------------------------------------------------------------------------------

_STREAMS = {spec.topic: spec for spec in KINDS["binance_usdm"].values() if spec.topic}
_ERROR = shape(label="code msg")


def open_message(kind: str, message: Message, source: str) -> Opened | None:
    """Answers have no envelope. Raises PayloadError where Binance refused the request."""
    if "code" in message and "msg" in message:
        row = read_rows(kind, _ERROR, dict(message), many=False, source=source)[0]
        raise refused(kind, row.text("code"), row.text("msg"), source)
    return None


def unframed(value: object) -> object:
    """Messages without the frame `{stream, data}` of a stream."""
    if isinstance(value, (list, tuple)):
        return [unframed(item) for item in value]
    framed = isinstance(value, Mapping) and "stream" in value and "data" in value
    return unframed(value["data"]) if framed and isinstance(value, Mapping) else value


def plain(value: object) -> object:
    """The answer unframed, messages of market streams in the words of their endpoint."""
    value = unframed(value)
    return [_spelled(item) for item in value] if isinstance(value, list) else _spelled(value)


def _spelled(message: object) -> object:
    name = message.get("e") if isinstance(message, Mapping) else None
    spec = _STREAMS.get(name) if isinstance(name, str) else None
    if spec is None or not isinstance(message, Mapping):
        return message
    body = message.get("o")
    inner = body if isinstance(body, Mapping) else message
    return spec.spelled({name: value for name, value in inner.items() if name != "e"})


def event_rows(value: object) -> Sequence[object]:
    """The messages in an answer of kind `events`."""
    found = plain(value)
    return found if isinstance(found, list) else [found]

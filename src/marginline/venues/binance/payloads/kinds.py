"""What Binance's answers say, field by field, in Binance's words.

One shape serves the versions of an endpoint (v2 and v3 differ by fields left out) and, where the
words agree, USDS-M and COIN-M. Fields that are only passed on are named too, so that what is noted
as unknown is really new.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from marginline.venues.reader.fields import Shape, shape

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
    " liquidationPrice bidNotional askNotional maxNotional maxNotionalValue maxQty adl adlQuantile",
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
    " virtualMaxWithdrawAmount totalAvailableBalance totalMarginOpenLoss marginMM otherMM",
    text="accountStatus accountType",
    stamp="updateTime",
    lists={"riskUnitMMList": shape(text="asset", number="uniMaintainUsd", needs="asset")},
)
PORTFOLIO_BALANCE = shape(
    text="asset",
    number="totalWalletBalance crossMarginAsset crossMarginBorrowed crossMarginFree"
    " crossMarginInterest crossMarginLocked umWalletBalance umUnrealizedPNL cmWalletBalance"
    " cmUnrealizedPNL negativeBalance optionWalletBalance optionEquity",
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
    number="origQty executedQty cumQuote cumBase cumQty priceRate avgPrice averagePrice"
    " lastFilledQty",
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
    number="quantity actualPrice icebergQuantity tpTriggerPrice tpPrice slTriggerPrice slPrice"
    " callbackRate",
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
    number="bidBuffer askBuffer autoExchangeBidBuffer autoExchangeAskBuffer",
    stamp="time",
    needs="symbol",
)
PREMIUM_INDEX = shape(
    text="symbol pair",
    positive="markPrice indexPrice estimatedSettlePrice markPriceMovingAverage",
    number="lastFundingRate interestRate",
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
    number="makerCommissionRate takerCommissionRate rpiCommissionRate",
    needs="symbol",
)

# -- kept as they are: nothing in an account depends on them -----------------------------------

QUANTILES = shape(number="LONG SHORT BOTH HEDGE")
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
    number="origQty executedQty cumQuote cumBase lastFilledQty averagePrice avgPrice",
    positive="price stopPrice",
    flag="reduceOnly closePosition priceProtect",
    moment="time updateTime",
    needs="symbol",
)


# -- kinds of answer ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of answer: its shape, whether it is a list of such, and a line about it."""

    shape: Shape
    many: bool
    about: str


def _one(shape: Shape, about: str) -> Kind:
    return Kind(shape, many=False, about=about)


def _rows(shape: Shape, about: str) -> Kind:
    return Kind(shape, many=True, about=about)


EVENTS = "events"
_PARAMETERS = {
    "exchange_info": _one(EXCHANGE_INFO, "exchangeInfo: contract terms, price and size steps"),
    "premium_index": _rows(PREMIUM_INDEX, "premiumIndex or markPrice stream: mark, index, funding"),
    "funding_info": _rows(FUNDING_INFO, "fundingInfo: hours between payments"),
    "commission_rate": _rows(COMMISSION, "commissionRate: maker and taker fee by symbol"),
    "adl_quantile": _rows(ADL_QUANTILE, "adlQuantile: place in the deleveraging queue"),
    "income": _rows(INCOME, "income: ledger rows, kept as they are"),
    "margin_history": _rows(MARGIN_HISTORY, "positionMargin/history: isolated margin moved, kept"),
    "funding_rate": _rows(FUNDING_RATE, "fundingRate: past payments, kept"),
    "force_orders": _rows(FORCED_ORDER, "forceOrders or forceOrder stream: liquidations, kept"),
}
_FUTURES = {
    "account": _one(ACCOUNT, "account: balances, positions, totals"),
    "balance": _rows(BALANCE, "balance: wallets alone"),
    "position_risk": _rows(POSITION, "positionRisk: positions with entry and mark price"),
    "account_config": _one(ACCOUNT_CONFIG, "accountConfig: asset and position mode"),
    "symbol_config": _rows(SYMBOL_CONFIG, "symbolConfig: margin mode and leverage by symbol"),
    "position_mode": _one(POSITION_MODE, "positionSide/dual: one-way or hedge"),
    "open_orders": _rows(ORDER, "openOrders: resting orders"),
    "open_algo_orders": _rows(ALGO_ORDER, "openAlgoOrders: conditional orders"),
    "brackets": _rows(BRACKETS, "leverageBracket: maintenance tiers"),
    **_PARAMETERS,
}
_INSURANCE = {"insurance_balance": _rows(INSURANCE, "insuranceBalance: the fund's wallets, kept")}
_ASSET_INDEX = {"asset_index": _rows(ASSET_INDEX, "assetIndex or its stream: asset rates")}
_STREAM = "events of the private stream: ACCOUNT_UPDATE, MARGIN_CALL, ORDER_TRADE_UPDATE, ..."
_PORTFOLIO = {
    "account": _one(PORTFOLIO, "account of portfolio margin: uniMMR, equity, margins"),
    "balance": _rows(PORTFOLIO_BALANCE, "balance of portfolio margin: wallets and loans"),
    **{
        f"{book}_{name}": replace(kind, about=f"{book.upper()} {kind.about}")
        for book in ("um", "cm")
        for name, kind in _FUTURES.items()
        if name
        in ("account", "position_risk", "open_orders", "brackets", "symbol_config", "position_mode")
    },
    **_ASSET_INDEX,
    "index_price": _rows(INDEX_PRICE, "asset-index-price: price of each asset in USD"),
    "collateral_rate": _rows(COLLATERAL, "collateralRate: flat (v1) or tiers (v2) by asset"),
    **_PARAMETERS,
}
STREAM = _rows(shape(), _STREAM)
SPECS: Mapping[str, Mapping[str, Kind]] = MappingProxyType(
    {
        "binance_usdm": _FUTURES | _ASSET_INDEX | _INSURANCE | {EVENTS: STREAM},
        "binance_coinm": _FUTURES | {EVENTS: STREAM},
        "binance_pm": _PORTFOLIO,
        "binance_pm_pro": _PORTFOLIO,
    }
)
KEPT = (
    "insurance_balance",
    "income",
    "margin_history",
    "funding_rate",
    "force_orders",
    "funding_info",
)
"""Answers that go to `extra` by kind, row by row, because nothing in an account depends on them."""

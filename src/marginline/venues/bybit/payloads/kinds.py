"""What Bybit's answers say, field by field, in Bybit's words.

One shape serves the generations of an endpoint and its stream. Fields that are only passed on are
named too, so that what is noted as unknown is really new.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from marginline.venues.reader.fields import Shape, shape

# -- account -----------------------------------------------------------------------------------

ACCOUNT_INFO = shape(
    text="marginMode dcpStatus spotHedgingStatus",
    label="unifiedMarginStatus timeWindow smpGroup",
    flag="isMasterTrader",
    moment="updatedTime",
)
TOTALS = (
    "totalEquity totalWalletBalance totalMarginBalance totalAvailableBalance totalPerpUPL"
    " totalPerpUpl totalInitialMargin totalMaintenanceMargin totalInitialMarginByMp"
    " totalMaintenanceMarginByMp"
)
RATES = "accountIMRate accountMMRate accountIMRateByMp accountMMRateByMp accountLTV"
COIN = shape(
    text="coin",
    number="equity usdValue walletBalance free locked spotHedgingQty borrowAmount spotBorrow"
    " accruedInterest totalOrderIM totalPositionIM totalPositionMM unrealisedPnl cumRealisedPnl"
    " bonus availableToWithdraw availableToBorrow",
    flag="marginCollateral collateralSwitch",
    label="colRes",
    needs="coin",
)
WALLET = shape(text="accountType", number=f"{TOTALS} {RATES}", lists={"coin": COIN})
POSITION = shape(
    text="symbol side positionStatus tpslMode category",
    label="positionIdx riskId tradeMode autoAddMargin adlRankIndicator seq",
    number="size positionValue positionBalance liqPrice bustPrice positionIM positionMM"
    " positionIMByMp positionMMByMp unrealisedPnl curRealisedPnl cumRealisedPnl takeProfit stopLoss"
    " trailingStop riskLimitValue breakEvenPrice delta gamma vega theta",
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
    number="qty leavesQty leavesValue cumExecQty cumExecValue cumExecFee avgPrice takeProfit"
    " stopLoss tpLimitPrice slLimitPrice lastPriceOnCreated basePrice",
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
    number="collateralRatio hourlyBorrowRate maxBorrowingAmount freeBorrowingLimit freeBorrowAmount"
    " freeBorrowingAmount borrowAmount otherBorrowAmount availableToBorrow borrowUsageRate",
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
    number="fundingRate openInterest",
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

_SCALE = shape(number="priceScale")  # its `pnls`, a list of numbers, stands under `unknown`
_RANGES = shape(lists={"pnlRanges": _SCALE}, open=True)
UNIT = shape(
    text="baseCoin",
    number="maxLossPriceMove maxLossIvShock totalClosePzFee",
    objects={
        "contingency": shape(
            number="optionContingency futureDeltaContingency optionVegaContingency"
            " contingencyComponents usdtUsdcContingency futureContingency"
        ),
        "asset": shape(text="coin", number="assetIM assetMM"),
        "totalPnlRanges": shape(objects={"ALL": _RANGES}, open=True),
    },
    needs="baseCoin",
    open=True,
)
PORTFOLIO_WALLET = shape(
    number="equity cashBalance marginBalance availableBalance accountIM accountMM accountMMRate"
    " accountIMRate"
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


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of answer: the shape of its rows, and a line about it."""

    shape: Shape
    about: str


_COMMON = {
    "wallet_balance": Kind(WALLET, "wallet-balance or the wallet stream: totals and coins"),
    "positions": Kind(POSITION, "position/list or the position stream: open positions"),
    "open_orders": Kind(ORDER, "order/realtime: resting orders of all categories"),
    "risk_limit": Kind(RISK_LIMIT, "risk-limit: maintenance tiers"),
    "fee_rate": Kind(FEE_RATE, "fee-rate: maker and taker fee by symbol"),
    "tickers": Kind(TICKER, "tickers: mark and index price, funding"),
    "instruments_info": Kind(INSTRUMENT, "instruments-info: contract terms, price and size steps"),
    "funding_history": Kind(FUNDING_HISTORY, "funding/history: past rates, kept"),
    "adl_alert": Kind(ADL_ALERT, "adlAlert: insurance pools and their thresholds, kept"),
    "executions": Kind(EXECUTION, "execution stream: fills, liquidations and ADL, kept"),
    "liquidations": Kind(LIQUIDATION, "allLiquidation stream: forced orders of the market, kept"),
}
_UNIFIED = {
    "account_info": Kind(ACCOUNT_INFO, "account/info: margin mode"),
    "collateral_info": Kind(COLLATERAL_INFO, "collateral-info: switches, flat ratio, interest"),
    "collateral_tiers": Kind(
        COLLATERAL_TIERS, "spot-margin-trade/collateral: collateral ratios by quantity"
    ),
    "borrow_tiers": Kind(BORROW_TIERS, "spot-margin-trade/position-tiers: margin of loans"),
    "portfolio_margin": Kind(PORTFOLIO, "asset/portfolio-margin: scenarios of the risk units"),
}
SPECS: Mapping[str, Mapping[str, Kind]] = MappingProxyType(
    {"bybit_unified": _COMMON | _UNIFIED, "bybit_inverse": _COMMON}
)
KEPT = ("funding_history", "adl_alert", "executions", "liquidations", "collateral_info")
"""Answers that go to `extra` by kind, row by row."""
PAST = ("funding_history", "executions", "liquidations")
"""Answers about the past: their moment is not the account's."""

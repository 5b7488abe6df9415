"""What BingX's answers say, field by field, in BingX's words.

USDT-M and coin-M answers agree in their words. Fields that are only passed on are named too, so
that what is noted as unknown is really new.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from marginline.venues.reader.fields import Shape, shape
from marginline.venues.reader.kinds import AnswerKind, Kinds

PERPETUAL, STANDARD = "bingx_perpetual", "bingx_standard"

BALANCE = shape(
    text="asset",
    label="userId shortUid",
    number="balance equity unrealizedProfit realisedProfit availableMargin usedMargin"
    " freezedMargin",
    needs="asset",
)
POSITION = shape(
    text="symbol currency positionSide",
    label="positionId",
    number="positionAmt initialMargin margin unrealizedProfit realisedProfit liquidationPrice"
    " pnlRatio riskRate positionValue",
    passed="availableAmt maxMarginReduction",
    positive="avgPrice markPrice leverage",
    flag="isolated onlyOnePosition",
    moment="createTime updateTime",
    needs="symbol positionSide positionAmt",
)
_LINKED = shape(
    text="type workingType",
    number="stopPrice price",
    passed="quantity",
    flag="stopGuaranteed",
    open=True,
)
ORDER = shape(
    text="symbol side type positionSide status workingType orderType triggerOrderId",
    label="orderId orderID clientOrderId clientOrderID leverage positionID advanceAttr",
    number="origQty executedQty avgPrice profit commission",
    passed="cumQuote quantity",
    positive="price stopPrice takeProfitEntrustPrice stopLossEntrustPrice",
    flag="reduceOnly closePosition onlyOnePosition stopGuaranteed",
    moment="time updateTime",
    objects={"takeProfit": _LINKED, "stopLoss": _LINKED},
    needs="symbol side",
)
OPEN_ORDER = Shape(
    ORDER.fields, ORDER.lists, ORDER.objects, frozenset(("symbol", "side", "origQty")), open=True
)
TIER = shape(
    text="symbol",
    label="tier",
    number="minPositionVal maxPositionVal maintMarginRatio maintAmount",
    needs="minPositionVal maintMarginRatio",
)
PREMIUM = shape(
    text="symbol",
    number="lastFundingRate",
    positive="markPrice indexPrice fundingIntervalHours",
    moment="nextFundingTime",
    stamp="time",
    needs="symbol",
)
COMMISSION = shape(number="takerCommissionRate makerCommissionRate")
COMMISSIONS = shape(objects={"commission": COMMISSION})
LEVERAGE = shape(
    text="symbol",
    passed="availableLongVol availableShortVol availableLongVal availableShortVal"
    " maxPositionLongVal maxPositionShortVal",
    positive="longLeverage shortLeverage maxLongLeverage maxShortLeverage",
)
MARGIN_TYPE = shape(text="symbol marginType")
POSITION_MODE = shape(flag="dualSidePosition")
ASSET_MODE = shape(text="assetMode")
MULTI_RULE = shape(
    text="marginAssets",
    label="ltv collateralValueRatio",  # per cent, with the sign: "95.00%"
    passed="maxTransfer",
    positive="indexPrice",
    needs="marginAssets",
)
CONTRACT = shape(text="symbol", positive="minTickSize", needs="symbol", open=True)

# -- kept as they are: nothing in an account depends on them -----------------------------------

MARGIN_ASSET = shape(
    text="currency", number="totalAmount availableTransfer latestMortgageAmount", needs="currency"
)
INCOME = shape(
    text="symbol incomeType asset", label="info tranId tradeId", number="income", moment="time"
)
MARGIN_CHANGE = shape(
    text="symbol changeReason",
    label="positionId",
    number="marginChange marginAfterChange",
    moment="time",
)
FUNDING = shape(
    text="symbol", number="fundingRate", positive="markPrice", moment="fundingTime", needs="symbol"
)
CLOSED = shape(
    text="symbol positionSide",
    label="positionId",
    number="avgClosePrice realizedProfit netProfit positionAmt closePositionAmt positionCommission"
    " totalFunding",
    positive="avgPrice leverage",
    flag="isolated closeAllPositions",
    moment="openTime updateTime",
    needs="symbol",
)

# -- standard futures --------------------------------------------------------------------------

STANDARD_BALANCE = shape(
    text="asset",
    number="balance",
    passed="crossWalletBalance crossUnPnl availableBalance maxWithdrawAmount",
    flag="marginAvailable",
    moment="updateTime",
    needs="asset",
)
STANDARD_POSITION = shape(
    text="symbol positionSide",
    number="positionAmt initialMargin unrealizedProfit",
    positive="currentPrice entryPrice leverage",
    flag="isolated",
    moment="time",
    needs="symbol positionSide positionAmt",
)

# -- the kinds ---------------------------------------------------------------------------------

PERPETUAL_KINDS: Kinds = {
    "balance": AnswerKind(BALANCE, "swap/v3/user/balance", "USDT-M balances by asset",
        "asset balance availableMargin freezedMargin", "balance"),
    "coin_balance": AnswerKind(
        BALANCE, "cswap/v1/user/balance", "coin-M balances by coin", inside="balance"),
    "positions": AnswerKind(POSITION, "swap/v2/user/positions", "open USDT-M positions",
        "symbol positionSide positionAmt isolated availableAmt"),
    "coin_positions": AnswerKind(
        POSITION, "cswap/v1/user/positions", "open coin-M positions"),
    "orders": AnswerKind(OPEN_ORDER, "swap/v2/trade/openOrders", "resting USDT-M orders",
        inside="orders"),
    "coin_orders": AnswerKind(OPEN_ORDER, "cswap/v1/trade/openOrders", "resting coin-M orders",
        inside="orders"),
    "tiers": AnswerKind(TIER, "swap/v1/maintMarginRatio", "maintenance tiers",
        "minPositionVal maintMarginRatio"),
    "premium_index": AnswerKind(
        PREMIUM, "quote/premiumIndex", "mark and index price, funding rate",
        "symbol markPrice lastFundingRate nextFundingTime", also="market/premiumIndex"),
    "commission": AnswerKind(
        COMMISSIONS, "swap/v2/user/commissionRate", "the user's own USDT-M fees",
        "takerCommissionRate makerCommissionRate"),
    "leverage": AnswerKind(LEVERAGE, "trade/leverage", "leverage of a symbol, by side",
        "longLeverage shortLeverage"),
    "margin_type": AnswerKind(MARGIN_TYPE, "trade/marginType", "cross or isolated, of a symbol",
        "marginType"),
    "position_mode": AnswerKind(
        POSITION_MODE, "swap/v1/positionSide/dual", "one-way or hedge", "dualSidePosition"),
    "asset_mode": AnswerKind(
        ASSET_MODE, "swap/v1/trade/assetMode", "single asset or multi-assets", "assetMode"),
    "multi_assets_rules": AnswerKind(MULTI_RULE, "swap/v1/trade/multiAssetsRules",
        "collateral ratios and index prices", "marginAssets collateralValueRatio"),
    "coin_contracts": AnswerKind(CONTRACT, "cswap/v1/market/contracts",
        "what a contract is worth", "symbol minTickSize minTradeValue minQty"),
    "margin_assets": AnswerKind(MARGIN_ASSET, "swap/v1/user/marginAssets", "transferable, kept",
        "currency latestMortgageAmount", kept=True),
    "income": AnswerKind(INCOME, "swap/v2/user/income", "fund flow, kept",
        "incomeType income tranId", kept=True),
    "margin_history": AnswerKind(
        MARGIN_CHANGE, "swap/v1/positionMargin/history", "isolated margin changes, kept",
        "changeReason marginAfterChange", "records", kept=True),
    "funding_history": AnswerKind(FUNDING, "swap/v2/quote/fundingRate", "past rates, kept",
        "symbol fundingRate fundingTime", kept=True),
    "force_orders": AnswerKind(ORDER, "trade/forceOrders", "liquidations and ADL, kept",
        inside="orders", kept=True),
    "position_history": AnswerKind(
        CLOSED, "trade/positionHistory", "closed positions, kept",
        "symbol avgClosePrice closePositionAmt", kept=True),
}  # fmt: skip
STANDARD_KINDS: Kinds = {
    "balance": AnswerKind(
        STANDARD_BALANCE, "contract/v1/balance", "balances of standard futures",
        "asset crossWalletBalance balance"),
    "positions": AnswerKind(
        STANDARD_POSITION, "contract/v1/allPosition", "open standard positions",
        "symbol currentPrice positionAmt initialMargin"),
}  # fmt: skip
KINDS: Mapping[str, Kinds] = MappingProxyType(
    {PERPETUAL: PERPETUAL_KINDS, STANDARD: STANDARD_KINDS}
)
"""Every kind of answer, by venue."""

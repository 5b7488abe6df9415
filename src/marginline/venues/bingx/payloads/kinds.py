"""What BingX's answers say, field by field, in BingX's words.

USDT-M and coin-M answers agree in their words. Fields that are only passed on are named too, so
that what is noted as unknown is really new.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from marginline.venues.reader.fields import Shape, shape

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
    number="positionAmt availableAmt initialMargin margin unrealizedProfit realisedProfit"
    " liquidationPrice pnlRatio maxMarginReduction riskRate positionValue",
    positive="avgPrice markPrice leverage",
    flag="isolated onlyOnePosition",
    moment="createTime updateTime",
    needs="symbol positionSide positionAmt",
)
_LINKED = shape(
    text="type workingType", number="quantity stopPrice price", flag="stopGuaranteed", open=True
)
ORDER = shape(
    text="symbol side type positionSide status workingType orderType triggerOrderId",
    label="orderId orderID clientOrderId clientOrderID leverage positionID advanceAttr",
    number="origQty executedQty avgPrice cumQuote profit commission quantity",
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
    moment="nextFundingTime time",
    needs="symbol",
)
COMMISSION = shape(number="takerCommissionRate makerCommissionRate")
COMMISSIONS = shape(objects={"commission": COMMISSION})
LEVERAGE = shape(
    text="symbol",
    number="availableLongVol availableShortVol availableLongVal availableShortVal"
    " maxPositionLongVal maxPositionShortVal",
    positive="longLeverage shortLeverage maxLongLeverage maxShortLeverage",
)
MARGIN_TYPE = shape(text="symbol marginType")
POSITION_MODE = shape(flag="dualSidePosition")
ASSET_MODE = shape(text="assetMode")
MULTI_RULE = shape(
    text="marginAssets",
    label="ltv collateralValueRatio",  # per cent, with the sign: "95.00%"
    number="maxTransfer",
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


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of answer: its rows, where in `data` they stand, and a line about it."""

    shape: Shape
    about: str
    inside: str | None = None


SPECS: Mapping[str, Kind] = MappingProxyType(
    {
        "balance": Kind(BALANCE, "swap/v3/user/balance: USDT-M balances by asset", "balance"),
        "coin_balance": Kind(BALANCE, "cswap/v1/user/balance: coin-M balances by coin", "balance"),
        "positions": Kind(POSITION, "swap/v2/user/positions: open USDT-M positions"),
        "coin_positions": Kind(POSITION, "cswap/v1/user/positions: open coin-M positions"),
        "orders": Kind(OPEN_ORDER, "swap/v2/trade/openOrders: resting USDT-M orders", "orders"),
        "coin_orders": Kind(
            OPEN_ORDER, "cswap/v1/trade/openOrders: resting coin-M orders", "orders"
        ),
        "tiers": Kind(TIER, "swap/v1/maintMarginRatio: maintenance tiers"),
        "premium_index": Kind(PREMIUM, "quote/premiumIndex: mark and index price, funding rate"),
        "commission": Kind(COMMISSIONS, "swap/v2/user/commissionRate: the user's own USDT-M fees"),
        "leverage": Kind(LEVERAGE, "trade/leverage: leverage of a symbol, by side"),
        "margin_type": Kind(MARGIN_TYPE, "trade/marginType: cross or isolated, of a symbol"),
        "position_mode": Kind(POSITION_MODE, "swap/v1/positionSide/dual: one-way or hedge"),
        "asset_mode": Kind(ASSET_MODE, "swap/v1/trade/assetMode: single asset or multi-assets"),
        "multi_assets_rules": Kind(
            MULTI_RULE, "swap/v1/trade/multiAssetsRules: collateral ratios and index prices"
        ),
        "coin_contracts": Kind(CONTRACT, "cswap/v1/market/contracts: what a contract is worth"),
        "margin_assets": Kind(MARGIN_ASSET, "swap/v1/user/marginAssets: transferable, kept"),
        "income": Kind(INCOME, "swap/v2/user/income: fund flow, kept"),
        "margin_history": Kind(
            MARGIN_CHANGE,
            "swap/v1/positionMargin/history: isolated margin changes, kept",
            "records",
        ),
        "funding_history": Kind(FUNDING, "swap/v2/quote/fundingRate: past rates, kept"),
        "force_orders": Kind(ORDER, "trade/forceOrders: liquidations and ADL, kept", "orders"),
        "position_history": Kind(CLOSED, "trade/positionHistory: closed positions, kept"),
    }
)
KEPT = (
    "margin_assets",
    "income",
    "margin_history",
    "funding_history",
    "force_orders",
    "position_history",
)
"""Answers that go to `extra` by kind, row by row; their moment is not the account's."""

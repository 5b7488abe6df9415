"""What Bitget's answers say, field by field, in Bitget's words.

Classic answers (v2 mix) and unified ones (v3) have shapes of their own. Messages of the private
streams say the same as an endpoint with a few other words; `WORDS` puts them in the endpoint's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from marginline.venues.reader.fields import Shape, shape

# -- classic -----------------------------------------------------------------------------------

UNION_ASSET = shape(text="coin", number="balance available", needs="coin")
CLASSIC_ACCOUNT = shape(
    text="marginCoin marginMode posMode assetMode",
    number="locked available crossedMaxAvailable isolatedMaxAvailable maxOpenPosAvailable"
    " maxTransferOut accountEquity usdtEquity btcEquity crossedRiskRate unrealizedPL coupon"
    " crossedUnrealizedPL isolatedUnrealizedPL isolatedMargin crossedMargin unionTotalMargin"
    " unionAvailable unionMm grant",
    positive="crossedMarginLeverage isolatedLongLever isolatedShortLever",
    lists={"assetList": UNION_ASSET},
    needs="marginCoin",
)
CLASSIC_POSITION = shape(
    text="marginCoin symbol holdSide marginMode posMode assetMode autoMargin",
    label="posId takeProfitId stopLossId grant",
    number="total available locked openDelegateSize marginSize unrealizedPL unrealizedPLR"
    " liquidationPrice keepMarginRate marginRatio breakEvenPrice achievedProfits totalFee"
    " deductedFee takeProfit stopLoss isolatedMarginRate",
    positive="openPriceAvg markPrice leverage",
    moment="cTime uTime",
    needs="symbol marginCoin holdSide total",
)
CLASSIC_ORDER = shape(
    text="symbol side posSide tradeSide orderType marginMode posMode marginCoin reduceOnly status"
    " force orderSource",
    label="orderId clientOid",
    number="size baseVolume",
    positive="price leverage",
    moment="cTime uTime",
    needs="symbol side size orderType",
    open=True,
)
CLASSIC_TIER = shape(
    text="symbol",
    label="level",
    number="startUnit endUnit keepMarginRate",
    positive="leverage",
    needs="symbol startUnit keepMarginRate",
)
CLASSIC_DISCOUNT = shape(
    text="coin",
    number="userLimit totalLimit",
    lists={
        "discountRateList": shape(
            label="tier", number="minAmount maxAmount discountRate", needs="minAmount discountRate"
        )
    },
    needs="coin",
)
CONTRACT = shape(
    text="symbol baseCoin quoteCoin symbolType",
    number="makerFeeRate takerFeeRate pricePlace priceEndStep",
    positive="sizeMultiplier",
    moment="deliveryTime",
    needs="symbol",
    open=True,
)
UNION_CONFIG = shape(number="imr mmr individualLimit individualLimitRatio")

# -- unified -----------------------------------------------------------------------------------

COIN = shape(
    text="coin",
    number="equity usdValue balance available debt borrow locked",
    needs="coin",
)
UNIFIED_ASSETS = shape(
    number="accountEquity usdtEquity btcEquity unrealisedPnl usdtUnrealisedPnl btcUnrealizedPnl"
    " effEquity mmr imr mgnRatio positionMgnRatio",
    lists={"assets": COIN},
)
UNIFIED_POSITION = shape(
    text="category symbol marginCoin holdMode posSide marginMode positionStatus",
    number="positionBalance total available frozen curRealisedPnl unrealisedPnl liquidationPrice"
    " mmr profitRate breakEvenPrice totalFunding openFeeTotal closeFeeTotal",
    positive="leverage avgPrice markPrice",
    moment="createdTime updatedTime",
    needs="symbol marginCoin posSide total",
)
UNIFIED_ORDER = shape(
    text="category symbol orderType side posSide holdMode reduceOnly orderStatus timeInForce",
    label="orderId clientOid",
    number="qty cumExecQty",
    positive="price",
    moment="createdTime updatedTime",
    needs="symbol side qty orderType",
    open=True,
)
UNIFIED_TIER = shape(
    text="symbol",
    label="tier",
    number="minTierValue maxTierValue mmr",
    positive="leverage",
    needs="minTierValue mmr",
)
UNIFIED_DISCOUNT = shape(
    text="coin",
    lists={
        "list": shape(number="tierStartValue discountRate", needs="tierStartValue discountRate")
    },
    needs="coin",
)
SETTINGS = shape(
    text="assetMode accountMode accountLevel holdMode stpMode",
    label="uid",
    lists={
        "symbolConfigList": shape(
            text="category symbol marginMode", positive="leverage", needs="symbol"
        ),
        "coinConfigList": shape(text="coin", positive="leverage", needs="coin"),
    },
)

# -- of both -----------------------------------------------------------------------------------

FUNDING = shape(
    text="symbol",
    number="fundingRate minFundingRate maxFundingRate",
    positive="fundingRateInterval",
    moment="nextUpdate",
    needs="symbol fundingRate",
)
PRICES = shape(
    text="symbol",
    positive="markPrice indexPrice price lastPrice lastPr bidPr askPr bid1Price ask1Price",
    number="fundingRate openInterest holdingAmount",
    needs="symbol",
    open=True,
)
FEE_RATE = shape(text="symbol", number="makerFeeRate takerFeeRate")
RANK = shape(text="symbol marginCoin holdSide", number="adlRank rank", needs="symbol")
ANYTHING = shape(open=True)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of answer: its shape, and a line about it."""

    shape: Shape
    about: str


_BOTH = {
    "funding_rate": Kind(FUNDING, "market/current-fund-rate: next funding by symbol"),
    "prices": Kind(PRICES, "market/symbol-price, ticker(s): mark, index and last price"),
    "fee_rate": Kind(FEE_RATE, "common/trade-rate, account/fee-rate: maker and taker fee"),
    "adl_rank": Kind(RANK, "position/adlRank: place in the deleveraging queue"),
    "position_history": Kind(ANYTHING, "closed positions, kept as they are"),
    "funding_history": Kind(ANYTHING, "past funding rates, kept as they are"),
}
SPECS: Mapping[str, Mapping[str, Kind]] = MappingProxyType(
    {
        "bitget_futures": {
            "accounts": Kind(CLASSIC_ACCOUNT, "account/account(s), stream account: balances"),
            "positions": Kind(CLASSIC_POSITION, "position/all-position, stream positions"),
            "orders": Kind(CLASSIC_ORDER, "order/orders-pending: resting orders"),
            "tiers": Kind(CLASSIC_TIER, "market/query-position-lever: maintenance tiers"),
            "discount_rate": Kind(CLASSIC_DISCOUNT, "market/discount-rate: collateral tiers"),
            "contracts": Kind(CONTRACT, "market/contracts: terms, standard fees"),
            "union_config": Kind(UNION_CONFIG, "account/union-config: rates of liabilities"),
            **_BOTH,
            "bills": Kind(ANYTHING, "account/bill: ledger rows, kept as they are"),
        },
        "bitget_unified": {
            "assets": Kind(UNIFIED_ASSETS, "account/assets, stream account: balances and totals"),
            "positions": Kind(UNIFIED_POSITION, "position/current-position, stream position"),
            "settings": Kind(SETTINGS, "account/settings: modes and leverage"),
            "orders": Kind(UNIFIED_ORDER, "trade/unfilled-orders: resting orders"),
            "tiers": Kind(UNIFIED_TIER, "market/position-tier: maintenance tiers of one symbol"),
            "discount_rate": Kind(UNIFIED_DISCOUNT, "market/discount-rate: collateral tiers"),
            "contracts": Kind(CONTRACT, "market/instruments: terms, standard fees"),
            **_BOTH,
            "funding_assets": Kind(ANYTHING, "account/funding-assets: no margin, kept"),
            "account_info": Kind(ANYTHING, "account/info: no part of an account, left aside"),
            "adl_events": Kind(ANYTHING, "stream adl-notification: kept as they are"),
        },
    }
)
KEPT = ("bills", "position_history", "funding_history", "funding_assets", "adl_events")
"""Answers that go to `extra` by kind, row by row, because nothing in an account depends on them."""
TIMELESS = (
    *KEPT,
    "account_info",
    "contracts",
    "tiers",
    "discount_rate",
    "fee_rate",
    "union_config",
)
"""Answers whose moment says nothing of when the account stood as it is told."""

WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "accounts": {"equity": "accountEquity", "frozen": "locked", "assetsMode": "assetMode",
                     "unionTotalMagin": "unionTotalMargin"},
        "bitget_futures positions": {"instId": "symbol", "frozen": "locked",
                                     "marginRate": "marginRatio"},
        "assets": {"totalEquity": "accountEquity", "unrealisedPnL": "unrealisedPnl",
                   "coin": "assets"},
        "bitget_unified positions": {"size": "total", "liqPrice": "liquidationPrice",
                                     "totalFundingFee": "totalFunding",
                                     "marginSize": "positionBalance"},
    }
)  # fmt: skip
"""A stream's words, put in those of the endpoint that says the same."""
COIN_WORDS = {"debts": "debt"}

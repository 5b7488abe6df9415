"""What BitMEX's answers say, field by field, in BitMEX's words. Amounts are whole XBt, USDt.

REST answers and the rows of the private stream's tables agree in their words.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from marginline.venues.reader.fields import shape
from marginline.venues.reader.kinds import AnswerKind, Kinds

POSITION = shape(
    text="symbol currency underlying quoteCurrency posState timestamp currentTimestamp"
    " openingTimestamp",
    label="account",
    number="commission initMarginReq maintMarginReq riskLimit leverage deleveragePercentile"
    " rebalancedPnl prevRealisedPnl prevUnrealisedPnl prevClosePrice openingQty openingCost"
    " openingComm openOrderBuyQty openOrderBuyCost openOrderBuyPremium openOrderSellQty"
    " openOrderSellCost openOrderSellPremium execBuyQty execBuyCost execSellQty execSellCost"
    " execQty execCost execComm currentQty currentCost currentComm realisedCost unrealisedCost"
    " grossOpenCost grossOpenPremium grossExecCost markValue riskValue homeNotional"
    " foreignNotional posCost posCost2 posCross posInit posComm posLoss posMargin posMaint"
    " posAllowance taxableMargin initMargin maintMargin sessionMargin targetExcessMargin varMargin"
    " realisedGrossPnl realisedTax realisedPnl unrealisedGrossPnl longBankrupt shortBankrupt"
    " taxBase indicativeTaxRate indicativeTax unrealisedTax unrealisedPnl unrealisedPnlPcnt"
    " unrealisedRoePcnt simpleQty simpleCost simpleValue simplePnl simplePnlPcnt lastPrice"
    " lastValue",
    positive="markPrice avgCostPrice avgEntryPrice breakEvenPrice marginCallPrice liquidationPrice"
    " bankruptPrice",
    flag="crossMargin isOpen",
    needs="symbol",
)
MARGIN = shape(
    text="currency timestamp state action",
    label="account",
    number="riskLimit amount prevRealisedPnl grossComm grossOpenCost grossOpenPremium"
    " grossExecCost grossMarkValue riskValue initMargin maintMargin targetExcessMargin realisedPnl"
    " unrealisedPnl walletBalance marginBalance marginBalancePcnt marginLeverage marginUsedPcnt"
    " excessMargin excessMarginPcnt availableMargin withdrawableMargin makerFeeDiscount"
    " takerFeeDiscount foreignMarginBalance foreignRequirement prevUnrealisedPnl unrealisedProfit"
    " syntheticMargin pendingCredit pendingDebit confirmedDebit sessionMargin varMargin"
    " taxableMargin indicativeTax grossLastValue",
    needs="currency",
)
WALLET = shape(
    text="currency timestamp prevTimestamp addr script",
    label="account",
    number="prevDeposited prevWithdrawn prevTransferIn prevTransferOut prevAmount deltaDeposited"
    " deltaWithdrawn deltaTransferIn deltaTransferOut deltaAmount deposited withdrawn transferIn"
    " transferOut amount pendingCredit pendingDebit confirmedDebit",
    lists={"withdrawalLock": shape(open=True)},
    needs="currency",
)
ORDER = shape(
    text="symbol side ordType ordStatus timeInForce execInst contingencyType exDestination"
    " triggered ordRejReason multiLegReportingType transactTime timestamp currency settlCurrency"
    " pegPriceType strategy",
    label="account orderID clOrdID clOrdLinkID text",
    number="simpleOrderQty orderQty displayQty pegOffsetValue simpleLeavesQty leavesQty"
    " simpleCumQty cumQty",
    positive="price stopPx avgPx",
    flag="workingIndicator",
    needs="symbol side leavesQty",
)
INSTRUMENT = shape(
    text="symbol rootSymbol state typ expiry underlying quoteCurrency settlCurrency timestamp"
    " fundingTimestamp fundingInterval positionCurrency",
    number="multiplier initMargin maintMargin riskLimit riskStep makerFee takerFee fundingRate"
    " indicativeFundingRate lotSize",
    positive="tickSize markPrice indicativeSettlePrice bidPrice askPrice lastPrice",
    flag="isQuanto isInverse",
    needs="symbol",
    open=True,
)
FUNDING = shape(
    text="symbol timestamp fundingInterval", number="fundingRate fundingRateDaily", needs="symbol"
)
LIQUIDATION = shape(
    text="symbol side", label="orderID", number="leavesQty", positive="price", needs="symbol"
)
USER = shape(text="username accountName email typ", label="id affiliateID", open=True)


VENUE = "bitmex"
ANSWERS: Kinds = {
    "positions": AnswerKind(POSITION, "position", "positions with their margins (table `position`)",
        "symbol currentQty posMargin", topic="position"),
    "margin": AnswerKind(
        MARGIN, "user/margin", "balances and margins by currency (table `margin`)",
        "currency marginBalance excessMargin", topic="margin"),
    "wallet": AnswerKind(
        WALLET, "user/wallet", "deposits, withdrawals, amount (table `wallet`)",
        "currency deposited transferIn", topic="wallet"),
    "orders": AnswerKind(ORDER, "order", "resting orders (table `order`)",
        "symbol orderID ordType leavesQty", topic="order"),
    "instruments": AnswerKind(
        INSTRUMENT, "instrument", "contract terms, risk limits, fees, prices",
        "symbol isQuanto isInverse riskLimit", topic="instrument", also="instrument/active"),
    "funding": AnswerKind(FUNDING, "funding", "past payments, kept",
        "symbol fundingRate fundingRateDaily", topic="funding", kept=True),
    "liquidations": AnswerKind(LIQUIDATION, "liquidation", "orders of the engine, kept",
        "symbol orderID side price leavesQty", topic="liquidation", kept=True),
    "user": AnswerKind(USER, "user", "the account's name and settings, kept",
        "username preferences TFAEnabled", kept=True),
}  # fmt: skip
KINDS: Mapping[str, Kinds] = MappingProxyType({VENUE: ANSWERS})
"""Every kind of answer, by venue."""

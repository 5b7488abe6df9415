"""BitMEX's answers, each once: where it comes from, how it is told, what it says field by field.

REST answers and the rows of the private stream's tables agree in their words. Amounts are whole XBt
and USDt.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from marginline.venues.reader.fields import shape
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

POSITION = shape(
    text="symbol currency underlying quoteCurrency posState currentTimestamp openingTimestamp",
    dated="timestamp",
    label="account",
    number="commission maintMarginReq riskLimit leverage currentQty currentComm markValue"
    " homeNotional foreignNotional posCost posCross posInit posComm posLoss posMargin posMaint"
    " initMargin maintMargin unrealisedPnl unrealisedRoePcnt",
    passed="initMarginReq deleveragePercentile rebalancedPnl prevRealisedPnl prevUnrealisedPnl"
    " prevClosePrice openingQty openingCost openingComm openOrderBuyQty openOrderBuyCost"
    " openOrderBuyPremium openOrderSellQty openOrderSellCost openOrderSellPremium execBuyQty"
    " execBuyCost execSellQty execSellCost execQty execCost execComm currentCost realisedCost"
    " unrealisedCost grossOpenCost grossOpenPremium grossExecCost riskValue posCost2 posAllowance"
    " taxableMargin sessionMargin targetExcessMargin varMargin realisedGrossPnl realisedTax"
    " realisedPnl unrealisedGrossPnl longBankrupt shortBankrupt taxBase indicativeTaxRate"
    " indicativeTax unrealisedTax unrealisedPnlPcnt simpleQty simpleCost simpleValue simplePnl"
    " simplePnlPcnt lastPrice lastValue",
    positive="markPrice avgCostPrice avgEntryPrice breakEvenPrice marginCallPrice liquidationPrice"
    " bankruptPrice",
    flag="crossMargin isOpen",
    needs="symbol",
)
MARGIN = shape(
    text="currency state action",
    dated="timestamp",
    label="account",
    number="riskLimit amount initMargin maintMargin unrealisedPnl walletBalance marginBalance"
    " marginUsedPcnt excessMargin availableMargin withdrawableMargin foreignMarginBalance"
    " foreignRequirement",
    passed="prevRealisedPnl grossComm grossOpenCost grossOpenPremium grossExecCost grossMarkValue"
    " riskValue targetExcessMargin realisedPnl marginBalancePcnt marginLeverage excessMarginPcnt"
    " makerFeeDiscount takerFeeDiscount prevUnrealisedPnl unrealisedProfit syntheticMargin"
    " pendingCredit pendingDebit confirmedDebit sessionMargin varMargin taxableMargin"
    " indicativeTax grossLastValue",
    needs="currency",
)
WALLET = shape(
    text="currency prevTimestamp addr script",
    dated="timestamp",
    label="account",
    number="amount",
    passed="prevDeposited prevWithdrawn prevTransferIn prevTransferOut prevAmount deltaDeposited"
    " deltaWithdrawn deltaTransferIn deltaTransferOut deltaAmount deposited withdrawn transferIn"
    " transferOut pendingCredit pendingDebit confirmedDebit",
    lists={"withdrawalLock": shape(open=True)},
    needs="currency",
)
ORDER = shape(
    text="symbol side ordType ordStatus timeInForce execInst contingencyType exDestination"
    " triggered ordRejReason multiLegReportingType transactTime currency settlCurrency"
    " pegPriceType strategy",
    dated="timestamp",
    label="account orderID clOrdID clOrdLinkID text",
    number="leavesQty",
    passed="simpleOrderQty orderQty displayQty pegOffsetValue simpleLeavesQty simpleCumQty cumQty",
    positive="price stopPx avgPx",
    flag="workingIndicator",
    needs="symbol side leavesQty",
)
INSTRUMENT = shape(
    text="symbol rootSymbol state typ underlying quoteCurrency settlCurrency positionCurrency",
    date="expiry fundingTimestamp fundingInterval",
    dated="timestamp",
    number="multiplier initMargin maintMargin riskLimit riskStep makerFee takerFee fundingRate"
    " lotSize",
    passed="indicativeFundingRate",
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

# -- units -------------------------------------------------------------------------------------

UNITS: dict[str, tuple[str, Decimal]] = {
    "XBt": ("XBT", Decimal("1E-8")),
    "USDt": ("USDT", Decimal("1E-6")),
    "Gwei": ("ETH", Decimal("1E-9")),
}
"""What BitMEX counts in: the asset, and how much of it one unit is."""
_KNOWN = UNITS | {asset: (asset, unit) for asset, unit in UNITS.values()}


def unit_of(currency: str) -> tuple[str, Decimal] | None:
    """The asset and unit of a currency: `XBt`, `USDt`, `Gwei`, also by the asset's own name."""
    return _KNOWN.get(currency)


# -- messages ----------------------------------------------------------------------------------


def open_message(kind: str, message: Message, source: str) -> Opened | None:
    """Answers have no envelope. Raises PayloadError where BitMEX refused the request."""
    if isinstance(error := message.get("error"), Mapping):
        raise refused(kind, None, error.get("message"), source)
    return None


def plain(value: object) -> object:
    """The rows of an answer; those of stream tables (`table`, `action`, `data`) as they now stand.

    `partial` begins a table, `insert` adds rows, `update` changes the fields it tells, `delete`
    takes rows out.
    """
    messages = value if isinstance(value, (list, tuple)) else [value]
    if not any(isinstance(each, Mapping) and "table" in each for each in messages):
        return list(value) if isinstance(value, (list, tuple)) else value
    found: dict[tuple[str, ...], dict[str, object]] = {}
    for message in messages:
        rows, action = [message], "insert"
        if isinstance(message, Mapping) and "table" in message:
            data, action = message.get("data"), str(message.get("action", "partial"))
            rows = list(data) if isinstance(data, (list, tuple)) else [data]
        if action == "partial":
            found = {}
        for row in rows:
            if isinstance(row, Mapping):
                _apply(found, row, action)
    return list(found.values())


def _apply(found: dict[tuple[str, ...], dict[str, object]], row: Message, action: str) -> None:
    names: tuple[str, ...] = ("account", "symbol") if "symbol" in row else ("account", "currency")
    key = tuple(str(row.get(name)) for name in (("orderID",) if "orderID" in row else names))
    if action == "delete":
        found.pop(key, None)
    else:
        found[key] = {**found.get(key, {}), **row}


_ADDRESS = re.compile(r"/api/v1/([a-zA-Z/]+)")


def sniff(path: str | None, value: object) -> Mapping[str, str]:
    """The kind of an answer of BitMEX, by its address or by its shape; empty where it is none."""
    if path is None:
        kind = _by_shape(value)
    else:
        found = _ADDRESS.fullmatch(path.partition("?")[0])
        kind = None if found is None else by_address(ANSWERS, found[1])
    return {} if kind is None else {VENUE: kind}


def _by_shape(value: object) -> str | None:
    message = first_of(value)
    table = message.get("table") if isinstance(message, Mapping) else None
    if isinstance(table, str):
        return by_topic(ANSWERS, table)
    rows = (row for row in within(plain(value)) if isinstance(row, Mapping))
    return by_fields(ANSWERS, next(rows, {}))

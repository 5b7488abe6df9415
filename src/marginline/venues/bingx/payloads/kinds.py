"""BingX's answers, each once: where it comes from, how it is told, what it says field by field.

USDT-M and coin-M answers agree in their words. Fields that are only passed on are named too, so
that what is noted as unknown is really new. An answer stands in `{code, msg, timestamp, data}`;
`data` is a row, a list of rows, or holds the rows under a name. A row may also come by itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from marginline.venues.reader.fields import Shape, shape
from marginline.venues.reader.kinds import (
    AnswerKind,
    Kinds,
    Message,
    Opened,
    by_address,
    by_fields,
    first_of,
    head_of,
    rows_of,
)

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

# -- the envelope ------------------------------------------------------------------------------

_HEAD = shape(label="code msg", moment="timestamp", open=True)
_ADDRESS = re.compile(r"/openApi/(?P<family>c?swap)/v[0-9]+/(?P<name>[a-zA-Z/]+)")
_HEADS = re.compile(r"^(c?swap/)?(v[0-9]+/)?")
_OWN = frozenset(("symbol", "positionId", "positionAmt", "positionSide", "avgPrice"))
_RESTING = ("PENDING", "NEW", "PARTIALLY_FILLED")
_COIN = {"balance": "coin_balance", "positions": "coin_positions", "orders": "coin_orders"}
STABLE = ("USDT", "USDC", "VST")


def open_message(kind: str, message: Message, source: str) -> Opened | None:
    """What a message says, and when. Raises PayloadError where BingX refused the request."""
    if "code" not in message:
        return None
    head = head_of(kind, _HEAD, message, source)
    return Opened(message.get("data"), head.moment("timestamp"))


# -- which kind an answer is -------------------------------------------------------------------


def sniff(path: str | None, value: object) -> Mapping[str, str]:
    """The venue and kind of an answer of BingX; empty where it is none."""
    if path is not None:
        kind = _by_address(path)
        return {} if kind is None else {PERPETUAL: kind}
    if (standard := _standard(value)) is not None:
        return {STANDARD: standard}
    if (kind := _by_shape(value)) is not None:
        return {PERPETUAL: kind}
    return dict.fromkeys((PERPETUAL, STANDARD), "") if _empty(value) else {}


def _by_address(path: str) -> str | None:
    """The families share most addresses; coin-M has a few of its own."""
    found = _ADDRESS.fullmatch(path.partition("?")[0])
    if found is None:
        return None
    kind = by_address(KINDS[PERPETUAL], found["name"], lambda each: _HEADS.sub("", each))
    return _COIN.get(kind or "", kind) if found["family"] == "cswap" else kind


def _empty(value: object) -> bool:
    """An answer in BingX's envelope that lists nothing: whose it is, not of which kind."""
    if not isinstance(value, Mapping) or "data" not in value:
        return False
    return _said_ok(value) and value["data"] in (None, [], {})


def _said_ok(message: Message) -> bool:
    return str(message.get("code")) == "0" and ("msg" in message or "timestamp" in message)


def _standard(value: object) -> str | None:
    """The kind of an answer of standard futures; None where it is none."""
    message = first_of(value)
    if not isinstance(message, Mapping) or str(message.get("code")) != "0":
        return None
    kinds = (by_fields(KINDS[STANDARD], row) for row in rows_of(message.get("data")))
    return next(filter(None, kinds), None)


def _by_shape(value: object) -> str | None:
    """Answers in BingX's envelope, whose code is 0: others give rows of the same words.

    Of rows alone those are known that carry a symbol with a dash and BingX's own words.
    """
    for message in value if isinstance(value, (list, tuple)) else [value]:
        if not isinstance(message, Mapping):
            return None
        if "code" not in message:
            own = message.keys() >= _OWN and "-" in str(message.get("symbol"))
            return _family("positions", message) if own else None
        if not _said_ok(message) or "data" not in message:
            return None
        for row in rows_of(message["data"]):
            if (kind := _of_row(row, text_code=isinstance(message["code"], str))) is not None:
                return _family(kind, row)
    return None


def _of_row(row: Message, *, text_code: bool) -> str | None:
    """The kind of a row; a text code is many a venue's, so that one field tells nothing then.

    Orders are resting ones where their status says so; forced ones look alike.
    """
    if "instId" in row:
        return None  # OKX, in the same envelope
    found = by_fields(KINDS[PERPETUAL], row, least=2 if text_code else 1)
    if found is None and {"orderId", "origQty", "symbol", "status"} <= row.keys():
        return "orders" if str(row["status"]) in _RESTING else None
    return found


def _family(kind: str, row: Message) -> str:
    """The kind in the family that the row's symbol or asset is of."""
    symbol, asset = row.get("symbol"), row.get("asset")
    named = isinstance(asset, str) and asset not in STABLE
    coin = symbol.endswith("-USD") if isinstance(symbol, str) else named
    return _COIN.get(kind, kind) if coin else kind

"""Bitget's answers, each once: where it comes from, how it is told, what it says field by field.

Classic answers (v2 mix) and unified ones (v3) have shapes of their own. Messages of the private
streams say the same as an endpoint with a few other words, which are put in the endpoint's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
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
    head_of,
)

CLASSIC, UNIFIED = "bitget_futures", "bitget_unified"

# -- classic -----------------------------------------------------------------------------------

CLASSIC_ACCOUNT = shape(
    text="marginCoin marginMode posMode assetMode",
    number="locked available maxTransferOut accountEquity usdtEquity crossedRiskRate unrealizedPL"
    " coupon crossedUnrealizedPL isolatedUnrealizedPL crossedMargin unionTotalMargin unionAvailable"
    " unionMm",
    passed="crossedMaxAvailable isolatedMaxAvailable maxOpenPosAvailable btcEquity isolatedMargin"
    " grant",
    positive="crossedMarginLeverage isolatedLongLever isolatedShortLever",
    lists={"assetList": shape(text="coin", number="balance available", needs="coin")},
    needs="marginCoin",
)
CLASSIC_POSITION = shape(
    text="marginCoin symbol holdSide marginMode posMode assetMode autoMargin",
    label="posId takeProfitId stopLossId grant",
    number="total available locked marginSize unrealizedPL unrealizedPLR liquidationPrice"
    " keepMarginRate marginRatio breakEvenPrice achievedProfits totalFee deductedFee",
    passed="openDelegateSize takeProfit stopLoss isolatedMarginRate",
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
    text="symbol", label="level", number="startUnit endUnit keepMarginRate", positive="leverage",
    needs="symbol startUnit keepMarginRate",
)  # fmt: skip
_RATE = shape(
    label="tier",
    number="minAmount discountRate",
    passed="maxAmount",
    needs="minAmount discountRate",
)
CLASSIC_DISCOUNT = shape(
    text="coin", passed="userLimit totalLimit", lists={"discountRateList": _RATE}, needs="coin"
)
CONTRACT = shape(
    text="symbol baseCoin quoteCoin symbolType",
    number="makerFeeRate takerFeeRate pricePlace priceEndStep",
    positive="sizeMultiplier",
    moment="deliveryTime",
    needs="symbol",
    open=True,
)
UNION_CONFIG = shape(number="imr mmr", passed="individualLimit individualLimitRatio")

# -- unified -----------------------------------------------------------------------------------

COIN = shape(text="coin", number="equity usdValue balance available debt locked", passed="borrow",
    needs="coin")  # fmt: skip
UNIFIED_ASSETS = shape(
    number="accountEquity usdtEquity unrealisedPnl effEquity mmr imr mgnRatio",
    passed="btcEquity usdtUnrealisedPnl btcUnrealizedPnl positionMgnRatio",
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
    text="symbol", label="tier", number="minTierValue maxTierValue mmr", positive="leverage",
    needs="minTierValue mmr",
)  # fmt: skip
_START = shape(number="tierStartValue discountRate", needs="tierStartValue discountRate")
UNIFIED_DISCOUNT = shape(text="coin", lists={"list": _START}, needs="coin")
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
    text="symbol", number="fundingRate", passed="minFundingRate maxFundingRate",
    positive="fundingRateInterval", moment="nextUpdate", needs="symbol fundingRate",
)  # fmt: skip
PRICES = shape(
    text="symbol",
    positive="markPrice indexPrice price lastPrice lastPr bidPr askPr bid1Price ask1Price",
    number="fundingRate",
    passed="openInterest holdingAmount",
    needs="symbol",
    open=True,
)
FEE_RATE = shape(text="symbol", number="makerFeeRate takerFeeRate")
RANK = shape(text="symbol marginCoin holdSide", number="adlRank rank", needs="symbol")
ANYTHING = shape(open=True)

_FEES_AT = "common/trade-rate, account/fee-rate"
_PAST = "closed positions, kept as they are"
_PAID = "past funding rates, kept as they are"
CLASSIC_KINDS: Kinds = {
    "accounts": AnswerKind(CLASSIC_ACCOUNT, "account/accounts", "balances",
        "marginCoin accountEquity crossedRiskRate", topic="account", also="account/account",
        called="account/account(s), stream account",
        words="equity=accountEquity frozen=locked assetsMode=assetMode"
        " unionTotalMagin=unionTotalMargin"),
    "positions": AnswerKind(CLASSIC_POSITION, "position/all-position", "open positions",
        "marginCoin symbol holdSide openPriceAvg total"
        "|marginCoin instId holdSide openPriceAvg total", topic="positions",
        also="position/single-position", called="position/all-position, stream positions",
        words="instId=symbol frozen=locked marginRate=marginRatio"),
    "orders": AnswerKind(CLASSIC_ORDER, "order/orders-pending", "resting orders",
        "orderId symbol marginCoin posMode tradeSide size"),
    "tiers": AnswerKind(CLASSIC_TIER, "market/query-position-lever", "maintenance tiers",
        "symbol startUnit keepMarginRate", timeless=True),
    "discount_rate": AnswerKind(CLASSIC_DISCOUNT, "market/discount-rate", "collateral tiers",
        "coin discountRateList", timeless=True),
    "contracts": AnswerKind(CONTRACT, "market/contracts", "terms, standard fees",
        "symbol supportMarginCoins takerFeeRate", timeless=True),
    "union_config": AnswerKind(UNION_CONFIG, "account/union-config", "rates of liabilities",
        "imr mmr individualLimit", timeless=True),
    "funding_rate": AnswerKind(FUNDING, "market/current-fund-rate", "next funding by symbol"),
    "prices": AnswerKind(PRICES, "market/symbol-price", "mark, index and last price",
        "symbol price indexPrice markPrice ts|symbol lastPr holdingAmount fundingRate",
        also="market/ticker market/tickers", called="market/symbol-price, ticker(s)"),
    "fee_rate": AnswerKind(FEE_RATE, "common/trade-rate", "maker and taker fee", timeless=True,
        called=_FEES_AT),
    "adl_rank": AnswerKind(RANK, "position/adlRank", "place in the deleveraging queue",
        "symbol marginCoin adlRank holdSide"),
    "position_history": AnswerKind(ANYTHING, "position/history-position", _PAST,
        "symbol marginCoin openAvgPrice closeAvgPrice", topic="positions-history", kept=True),
    "funding_history": AnswerKind(ANYTHING, "market/history-fund-rate", _PAID, kept=True),
    "bills": AnswerKind(ANYTHING, "account/bill", "ledger rows, kept as they are",
        "billId symbol amount businessType", kept=True),
}  # fmt: skip
UNIFIED_KINDS: Kinds = {
    "assets": AnswerKind(UNIFIED_ASSETS, "account/assets", "balances and totals",
        "accountEquity effEquity assets", topic="account", called="account/assets, stream account",
        words="totalEquity=accountEquity unrealisedPnL=unrealisedPnl coin=assets"),
    "positions": AnswerKind(UNIFIED_POSITION, "position/current-position", "open positions",
        "symbol posSide avgPrice holdMode total", topic="position",
        called="position/current-position, stream position",
        words="size=total liqPrice=liquidationPrice totalFundingFee=totalFunding"
        " marginSize=positionBalance"),
    "settings": AnswerKind(SETTINGS, "account/settings", "modes and leverage",
        "assetMode holdMode symbolConfigList"),
    "orders": AnswerKind(UNIFIED_ORDER, "trade/unfilled-orders", "resting orders",
        "orderId symbol qty posSide holdMode|orderId symbol qty category orderStatus"),
    "tiers": AnswerKind(UNIFIED_TIER, "market/position-tier", "maintenance tiers of one symbol",
        "minTierValue mmr", timeless=True),
    "discount_rate": AnswerKind(UNIFIED_DISCOUNT, "market/discount-rate", "collateral tiers",
        "coin list", timeless=True),
    "contracts": AnswerKind(CONTRACT, "market/instruments", "terms, standard fees",
        "category symbol priceMultiplier quantityMultiplier", timeless=True),
    "funding_rate": AnswerKind(FUNDING, "market/current-fund-rate", "next funding by symbol"),
    "prices": AnswerKind(PRICES, "market/tickers", "mark, index and last price",
        "category symbol markPrice indexPrice lastPrice",
        called="market/symbol-price, ticker(s)"),
    "fee_rate": AnswerKind(FEE_RATE, "account/fee-rate", "maker and taker fee", timeless=True,
        called=_FEES_AT),
    "adl_rank": AnswerKind(RANK, "position/adlRank", "place in the deleveraging queue",
        "symbol rank posSide"),
    "position_history": AnswerKind(ANYTHING, "position/history-position", _PAST,
        "symbol posSide openPriceAvg closePriceAvg", kept=True),
    "funding_history": AnswerKind(ANYTHING, "market/history-fund-rate", _PAID, kept=True),
    "funding_assets": AnswerKind(ANYTHING, "account/funding-assets", "no margin, kept", kept=True),
    "account_info": AnswerKind(ANYTHING, "account/info", "no part of an account, left aside",
        "userId inviterId permissions", timeless=True),
    "adl_events": AnswerKind(ANYTHING, "adl-notification", "kept as they are",
        topic="adl-notification", kept=True),
}  # fmt: skip
KINDS: Mapping[str, Kinds] = MappingProxyType({CLASSIC: CLASSIC_KINDS, UNIFIED: UNIFIED_KINDS})
"""Every kind of answer, by venue."""

# -- the envelope ------------------------------------------------------------------------------

_SUCCESS = ("00000", "0")
_HEAD = shape(label="code msg", stamp="requestTime ts", open=True)
_AROUND = ("list", "entrustedList", "cursor", "endId", "nextId", "resultList", "orderList")
_LISTS = ("list", "entrustedList", "bills", "resultList", "orderList")


def open_message(kind: str, message: Message, source: str) -> Opened:
    """`{code, msg, requestTime, data}` of an endpoint, `{action, arg, data, ts}` of a stream.

    Rows stand in `data` itself or in a list inside it; they may also come without an envelope.

    Raises:
        PayloadError: Bitget refused the request.
    """
    if not _is_envelope(message):
        return Opened([_mended(row) for row in _rows(message)])
    data = message.get("data")
    if data is None and message.get("code") in _SUCCESS:
        return Opened(None)
    head = head_of(kind, _HEAD, message, source, fine=(*_SUCCESS, None))
    return Opened([_mended(row) for row in _rows(data)], head.newest())


def flat(value: object) -> Iterator[object]:
    """The messages of an answer; rows may also come as lists in a list, null tells nothing."""
    for part in value if isinstance(value, (list, tuple)) else [value]:
        if isinstance(part, (list, tuple)):
            yield from part
        elif part is not None:
            yield part


def _is_envelope(value: object) -> bool:
    return isinstance(value, Mapping) and (
        ("code" in value and "msg" in value) or ("data" in value and "arg" in value)
    )


def _rows(value: object) -> Iterator[object]:
    """The rows in the data of an answer."""
    if isinstance(value, Mapping):
        below = (value[name] for name in _LISTS if isinstance(value.get(name), (list, tuple)))
        if "coin" not in value and isinstance(rows := next(below, None), (list, tuple)):
            yield from rows  # a coin's own `list` is of its tiers
            return
        if value and all(name in _AROUND and value[name] in (None, "") for name in value):
            return  # a flat account: `list: null`, with no cursor beside it
    if isinstance(value, (list, tuple)):
        yield from value
    elif value is not None:
        yield value


def _mended(row: object) -> object:
    """An empty funding fee is documented to be 0; streams call a coin's debt `debts`."""
    if not isinstance(row, Mapping):
        return row
    found = {str(name): value for name, value in row.items()}
    if found.get("totalFee") == "":
        found["totalFee"] = "0"
    for name in ("assets", "coin"):
        if isinstance(coins := found.get(name), (list, tuple)):
            found[name] = [_COIN.spelled(coin) for coin in coins]
    return found


_COIN = AnswerKind(COIN, "account/assets", "a coin", words="debts=debt")

# -- which kind an answer is -------------------------------------------------------------------

_ADDRESS = re.compile(r"/api/(v2|v3)/(?:mix/)?(.+)")
_OKX = frozenset(("mgnMode", "tdMode", "totalEq"))
_FUNDING = {"symbol", "fundingRate", "fundingRateInterval"}
_FEES = {"makerFeeRate", "takerFeeRate"}


def sniff(path: str | None, value: object) -> Mapping[str, str]:
    """The venues that give such an answer, each with its kind there; empty where none does."""
    if path is None:
        first = first_of(value)
        return _by_stream(first) or _by_shape(first)
    parts = _ADDRESS.fullmatch(path.partition("?")[0])
    venue = CLASSIC if parts is not None and parts[1] == "v2" else UNIFIED
    kind = None if parts is None else by_address(KINDS[venue], parts[2])
    return {} if kind is None else {venue: kind}


def _by_stream(message: object) -> dict[str, str]:
    """Classic streams have channels, unified ones topics; OKX's channels have the same names."""
    arg = message.get("arg") if isinstance(message, Mapping) else None
    if not isinstance(arg, Mapping) or not isinstance(message, Mapping):
        return {}
    rows = (row for row in _rows(message.get("data")) if isinstance(row, Mapping))
    if any(_OKX & row.keys() for row in rows):
        return {}
    for venue, name in ((CLASSIC, "channel"), (UNIFIED, "topic")):
        if (kind := by_topic(KINDS[venue], arg.get(name))) is not None:
            return {venue: kind}
    return {}


def _by_shape(message: object) -> dict[str, str]:
    enveloped = isinstance(message, Mapping) and _is_envelope(message)
    data = message.get("data") if enveloped and isinstance(message, Mapping) else message
    row = next(_rows(data), None)
    if not isinstance(row, Mapping):
        return _empty(message, data)
    for venue, kinds in KINDS.items():
        if (kind := by_fields(kinds, row)) is not None:
            return {venue: kind}
    if row.keys() >= _FUNDING:
        return dict.fromkeys(KINDS, "funding_rate")
    return dict.fromkeys(KINDS, "fee_rate") if enveloped and row.keys() >= _FEES else {}


def _empty(answer: object, data: object) -> dict[str, str]:
    """An answer that lists nothing: whose it is, not of which kind. v3 says `list: null`."""
    if not isinstance(answer, Mapping) or answer.get("code") != "00000":
        return {}
    if isinstance(data, Mapping) and "list" in data:
        return {UNIFIED: ""}
    return dict.fromkeys(KINDS, "")

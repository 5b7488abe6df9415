"""Which venue and kind an answer of Bitget is: by the address it came from, else by its shape."""

from __future__ import annotations

import re
from collections.abc import Mapping

from marginline.venues.bitget.payloads.answers import is_envelope, rows_of
from marginline.venues.bitget.payloads.kinds import SPECS

CLASSIC, UNIFIED = "bitget_futures", "bitget_unified"
_ADDRESS = re.compile(r"/api/(v2|v3)/(.+)")
_CLASSIC_NAMES = {
    "mix/account/account": "accounts",
    "mix/account/accounts": "accounts",
    "mix/position/single-position": "positions",
    "mix/position/all-position": "positions",
    "mix/position/history-position": "position_history",
    "mix/position/adlRank": "adl_rank",
    "mix/order/orders-pending": "orders",
    "mix/market/query-position-lever": "tiers",
    "mix/market/discount-rate": "discount_rate",
    "mix/market/contracts": "contracts",
    "mix/market/current-fund-rate": "funding_rate",
    "mix/market/history-fund-rate": "funding_history",
    "mix/market/symbol-price": "prices",
    "mix/market/ticker": "prices",
    "mix/market/tickers": "prices",
    "mix/account/union-config": "union_config",
    "mix/account/bill": "bills",
    "common/trade-rate": "fee_rate",
}
_UNIFIED_NAMES = {
    "account/assets": "assets",
    "account/settings": "settings",
    "account/info": "account_info",
    "account/funding-assets": "funding_assets",
    "account/fee-rate": "fee_rate",
    "position/current-position": "positions",
    "position/history-position": "position_history",
    "position/adlRank": "adl_rank",
    "trade/unfilled-orders": "orders",
    "market/position-tier": "tiers",
    "market/discount-rate": "discount_rate",
    "market/instruments": "contracts",
    "market/current-fund-rate": "funding_rate",
    "market/history-fund-rate": "funding_history",
    "market/tickers": "prices",
}
_CHANNELS = {
    "account": (CLASSIC, "accounts"),
    "positions": (CLASSIC, "positions"),
    "positions-history": (CLASSIC, "position_history"),
}
_TOPICS = {
    "account": (UNIFIED, "assets"),
    "position": (UNIFIED, "positions"),
    "adl-notification": (UNIFIED, "adl_events"),
}

_OKX = frozenset(("mgnMode", "tdMode", "totalEq"))

# A row's venue and kind by fields that only it has, first match first.
_BY_FIELDS: tuple[tuple[str, str, frozenset[str]], ...] = tuple(
    (venue, kind, frozenset(names.split()))
    for venue, kind, names in (
        (CLASSIC, "accounts", "marginCoin accountEquity crossedRiskRate"),
        (CLASSIC, "positions", "marginCoin symbol holdSide openPriceAvg total"),
        (CLASSIC, "tiers", "symbol startUnit keepMarginRate"),
        (CLASSIC, "discount_rate", "coin discountRateList"),
        (CLASSIC, "contracts", "symbol supportMarginCoins takerFeeRate"),
        (UNIFIED, "assets", "accountEquity effEquity assets"),
        (UNIFIED, "positions", "symbol posSide avgPrice holdMode total"),
        (UNIFIED, "settings", "assetMode holdMode symbolConfigList"),
        (UNIFIED, "tiers", "minTierValue mmr"),
        (CLASSIC, "positions", "marginCoin instId holdSide openPriceAvg total"),
        (CLASSIC, "orders", "orderId symbol marginCoin posMode tradeSide size"),
        (UNIFIED, "orders", "orderId symbol qty posSide holdMode"),
        (UNIFIED, "orders", "orderId symbol qty category orderStatus"),
        (UNIFIED, "prices", "category symbol markPrice indexPrice lastPrice"),
        (CLASSIC, "prices", "symbol price indexPrice markPrice ts"),
        (CLASSIC, "prices", "symbol lastPr holdingAmount fundingRate"),
        (UNIFIED, "contracts", "category symbol priceMultiplier quantityMultiplier"),
        (UNIFIED, "discount_rate", "coin list"),
        (CLASSIC, "union_config", "imr mmr individualLimit"),
        (CLASSIC, "adl_rank", "symbol marginCoin adlRank holdSide"),
        (UNIFIED, "adl_rank", "symbol rank posSide"),
        (CLASSIC, "position_history", "symbol marginCoin openAvgPrice closeAvgPrice"),
        (UNIFIED, "position_history", "symbol posSide openPriceAvg closePriceAvg"),
        (CLASSIC, "bills", "billId symbol amount businessType"),
        (UNIFIED, "account_info", "userId inviterId permissions"),
    )
)


def sniff(path: str | None, value: object) -> Mapping[str, str]:
    """The venue that gives such an answer, with its kind there."""
    found = _by_address(path) if path is not None else _by_stream(value) or _by_shape(value)
    return {venue: kind for venue, kind in found.items() if not kind or kind in SPECS[venue]}


def _by_address(path: str) -> dict[str, str]:
    parts = _ADDRESS.fullmatch(path.partition("?")[0])
    if parts is None:
        return {}
    classic = parts[1] == "v2"
    kind = (_CLASSIC_NAMES if classic else _UNIFIED_NAMES).get(parts[2])
    return {} if kind is None else {CLASSIC if classic else UNIFIED: kind}


def _by_stream(value: object) -> dict[str, str]:
    first = value[0] if isinstance(value, (list, tuple)) and value else value
    arg = first.get("arg") if isinstance(first, Mapping) else None
    if not isinstance(arg, Mapping) or not isinstance(first, Mapping):
        return {}
    rows = (row for row in rows_of(first.get("data")) if isinstance(row, Mapping))
    if any(_OKX & row.keys() for row in rows):
        return {}  # its streams have channels of the same names
    found = _CHANNELS.get(str(arg.get("channel"))) or _TOPICS.get(str(arg.get("topic")))
    return {} if found is None else dict([found])


def _by_shape(value: object) -> dict[str, str]:
    first = value[0] if isinstance(value, (list, tuple)) and value else value
    enveloped = is_envelope(first) and isinstance(first, Mapping)
    data = first.get("data") if enveloped and isinstance(first, Mapping) else first
    row = next(rows_of(data), None)
    if not isinstance(row, Mapping):
        return _empty(first, data)
    for venue, kind, needed in _BY_FIELDS:
        if needed <= row.keys():
            return {venue: kind}
    if {"symbol", "fundingRate", "fundingRateInterval"} <= row.keys():
        return dict.fromkeys((CLASSIC, UNIFIED), "funding_rate")
    if enveloped and {"makerFeeRate", "takerFeeRate"} <= row.keys():
        return dict.fromkeys((CLASSIC, UNIFIED), "fee_rate")
    return {}


def _empty(answer: object, data: object) -> dict[str, str]:
    """An answer that lists nothing: whose it is, not of which kind. v3 says `list: null`."""
    if not isinstance(answer, Mapping) or answer.get("code") != "00000":
        return {}
    if isinstance(data, Mapping) and "list" in data:
        return {UNIFIED: ""}
    return dict.fromkeys((CLASSIC, UNIFIED), "")

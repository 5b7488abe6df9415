"""Which kind an answer of BingX is: by the address it came from, else by its shape."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from marginline.venues.bingx.payloads.kinds import PERPETUAL, STANDARD

_ADDRESS = re.compile(r"/openApi/(?P<family>c?swap)/v[0-9]+/(?P<name>[a-zA-Z/]+)")
_NAMES = {
    "user/balance": "balance",
    "user/positions": "positions",
    "trade/openOrders": "orders",
    "maintMarginRatio": "tiers",
    "quote/premiumIndex": "premium_index",
    "market/premiumIndex": "premium_index",
    "user/commissionRate": "commission",
    "trade/leverage": "leverage",
    "trade/marginType": "margin_type",
    "positionSide/dual": "position_mode",
    "trade/assetMode": "asset_mode",
    "trade/multiAssetsRules": "multi_assets_rules",
    "market/contracts": "coin_contracts",
    "user/marginAssets": "margin_assets",
    "user/income": "income",
    "positionMargin/history": "margin_history",
    "quote/fundingRate": "funding_history",
    "trade/forceOrders": "force_orders",
    "trade/positionHistory": "position_history",
}
_OWN = frozenset(("symbol", "positionId", "positionAmt", "positionSide", "avgPrice"))
_RESTING = ("PENDING", "NEW", "PARTIALLY_FILLED")
_COIN = {"balance": "coin_balance", "positions": "coin_positions", "orders": "coin_orders"}
_STABLE = ("USDT", "USDC", "VST")
_BY_FIELDS: tuple[tuple[str, frozenset[str]], ...] = tuple(
    (kind, frozenset(names.split()))
    for kind, names in (
        ("balance", "asset balance availableMargin freezedMargin"),
        ("positions", "symbol positionSide positionAmt isolated availableAmt"),
        ("position_history", "symbol avgClosePrice closePositionAmt"),
        ("tiers", "minPositionVal maintMarginRatio"),
        ("premium_index", "symbol markPrice lastFundingRate nextFundingTime"),
        ("commission", "takerCommissionRate makerCommissionRate"),
        ("coin_contracts", "symbol minTickSize minTradeValue minQty"),
        ("funding_history", "symbol fundingRate fundingTime"),
        ("leverage", "longLeverage shortLeverage"),
        ("margin_type", "marginType"),
        ("position_mode", "dualSidePosition"),
        ("asset_mode", "assetMode"),
        ("multi_assets_rules", "marginAssets collateralValueRatio"),
        ("margin_assets", "currency latestMortgageAmount"),
        ("income", "incomeType income tranId"),
        ("margin_history", "changeReason marginAfterChange"),
    )
)


def sniff(path: str | None, value: object) -> Mapping[str, str]:
    """The kind of an answer of BingX perpetuals; empty where it is none."""
    if path is None and (standard := standard_kind(value)) is not None:
        return {STANDARD: standard}
    kind = _by_shape(value) if path is None else _by_address(path)
    if kind is None and path is None:
        return dict.fromkeys((PERPETUAL, STANDARD), "") if _empty(value) else {}
    return {} if kind is None else {PERPETUAL: kind}


def _empty(value: object) -> bool:
    """An answer in BingX's envelope that lists nothing: whose it is, not of which kind."""
    return (
        isinstance(value, Mapping)
        and str(value.get("code")) == "0"
        and ("msg" in value or "timestamp" in value)
        and value.get("data") in (None, [], {})
        and "data" in value
    )


def standard_kind(value: object) -> str | None:
    """The kind of an answer of standard futures; None where it is none."""
    message = value[0] if isinstance(value, (list, tuple)) and value else value
    if not isinstance(message, Mapping) or str(message.get("code")) != "0":
        return None
    for row in _rows(message.get("data")):
        if {"asset", "crossWalletBalance", "balance"} <= row.keys():
            return "balance"
        if {"symbol", "currentPrice", "positionAmt", "initialMargin"} <= row.keys():
            return "positions"
    return None


def _by_address(path: str) -> str | None:
    found = _ADDRESS.fullmatch(path.partition("?")[0])
    kind = None if found is None else _NAMES.get(found["name"])
    if found is None or kind is None:
        return None
    return _COIN.get(kind, kind) if found["family"] == "cswap" else kind


def _by_shape(value: object) -> str | None:
    """Answers in BingX's envelope, whose code is 0: others give rows of the same words.

    Of rows alone those are known that carry a symbol with a dash and BingX's own words. Orders are
    resting ones where their status says so; forced ones look alike.
    """
    messages = value if isinstance(value, (list, tuple)) else [value]
    for message in messages:
        if not isinstance(message, Mapping):
            return None
        if "code" not in message:
            if message.keys() >= _OWN and "-" in str(message.get("symbol")):
                return _COIN["positions"] if _of_coin(message) else "positions"
            return None
        if str(message["code"]) != "0" or "data" not in message:
            return None
        if "msg" not in message and "timestamp" not in message:
            return None
        for row in _rows(message["data"]):
            kind = _kind_of(row, text_code=isinstance(message["code"], str))
            if kind is not None:
                return _COIN[kind] if kind in _COIN and _of_coin(row) else kind
    return None


def _kind_of(row: Mapping[str, object], *, text_code: bool) -> str | None:
    """The kind of a row; a text code is many a venue's, so that one field tells nothing then."""
    if "instId" in row:
        return None  # OKX, in the same envelope
    for kind, names in _BY_FIELDS:
        if names <= row.keys() and not (text_code and len(names) < 2):
            return kind
    if {"orderId", "origQty", "symbol", "status"} <= row.keys():
        return "orders" if str(row["status"]) in _RESTING else None
    return None


def _of_coin(row: Mapping[str, object]) -> bool:
    symbol, asset = row.get("symbol"), row.get("asset")
    if isinstance(symbol, str):
        return symbol.endswith("-USD")
    return isinstance(asset, str) and asset not in _STABLE


def _rows(body: object) -> Iterator[Mapping[str, object]]:
    """The rows in a body, also one level down."""
    for item in body if isinstance(body, (list, tuple)) else [body]:
        if not isinstance(item, Mapping):
            continue
        yield item
        for inner in item.values():
            for row in inner if isinstance(inner, (list, tuple)) else [inner]:
                if isinstance(row, Mapping):
                    yield row

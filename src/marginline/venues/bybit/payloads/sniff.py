"""Which venue and kind an answer of Bybit is: by the address it came from, else by its shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from marginline.venues.bybit.payloads.kinds import SPECS

UNIFIED, CLASSIC = "bybit_unified", "bybit_inverse"
_PREFIX = "/v5/"
_NAMES = {
    "account/info": "account_info",
    "account/wallet-balance": "wallet_balance",
    "account/fee-rate": "fee_rate",
    "account/collateral-info": "collateral_info",
    "position/list": "positions",
    "order/realtime": "open_orders",
    "market/risk-limit": "risk_limit",
    "market/tickers": "tickers",
    "market/instruments-info": "instruments_info",
    "market/funding/history": "funding_history",
    "market/adlAlert": "adl_alert",
    "spot-margin-trade/collateral": "collateral_tiers",
    "spot-margin-trade/position-tiers": "borrow_tiers",
    "asset/portfolio-margin": "portfolio_margin",
}
_TOPICS = {
    "wallet": "wallet_balance",
    "position": "positions",
    "order": "open_orders",
    "execution": "executions",
    "allLiquidation": "liquidations",
    "tickers": "tickers",
    "adlAlert": "adl_alert",
}
# A row's kind by fields that only it has, first match first.
_BY_FIELDS: tuple[tuple[str, frozenset[str]], ...] = tuple(
    (kind, frozenset(names.split()))
    for kind, names in (
        ("account_info", "marginMode unifiedMarginStatus"),
        ("wallet_balance", "totalEquity coin"),
        ("portfolio_margin", "wallet assetPnlRange"),
        ("positions", "symbol positionIdx size positionValue"),
        ("open_orders", "orderId symbol orderStatus"),
        ("risk_limit", "symbol riskLimitValue maintenanceMargin"),
        ("fee_rate", "symbol takerFeeRate makerFeeRate"),
        ("collateral_tiers", "currency collateralRatioList"),
        ("borrow_tiers", "currency positionTiersRatioList"),
        ("collateral_info", "currency hourlyBorrowRate"),
        ("funding_history", "symbol fundingRateTimestamp"),
        ("adl_alert", "symbol adlTriggerThreshold"),
        ("executions", "execId symbol execType"),
        ("instruments_info", "symbol lotSizeFilter priceFilter"),
        ("tickers", "symbol lastPrice bid1Price turnover24h"),
    )
)


def sniff(path: str | None, value: object) -> Mapping[str, str]:
    """The venues, likeliest first, that give such an answer, each with its kind there."""
    rows = list(_rows(value))
    if path is not None:
        kind = _NAMES.get(path.partition("?")[0].removeprefix(_PREFIX)) if _ours(path) else None
    else:
        kind = _topic(value) or next((k for row in rows if (k := _kind_of(row))), None)
    if kind is None:
        return dict.fromkeys((UNIFIED, CLASSIC), "") if path is None and _empty(value) else {}
    return {venue: kind for venue in _venues(kind, rows) if kind in SPECS[venue]}


def _empty(value: object) -> bool:
    """An answer in Bybit's envelope that lists nothing: whose it is, not of which kind."""
    return isinstance(value, Mapping) and {"retCode", "result"} <= value.keys()


def _ours(path: str) -> bool:
    return path.startswith(_PREFIX)


def _venues(kind: str, rows: list[Mapping[str, object]]) -> tuple[str, ...]:
    """The classic account has inverse contracts alone, and its own account type."""
    if kind == "wallet_balance":
        classic = any(row.get("accountType") == "CONTRACT" for row in rows)
        return (CLASSIC, UNIFIED) if classic else (UNIFIED,)
    if kind in ("positions", "open_orders"):
        inverse = all(_inverse(row.get("symbol")) for row in rows)
        return (UNIFIED, CLASSIC) if inverse else (UNIFIED,)
    return (UNIFIED, CLASSIC)


def _inverse(symbol: object) -> bool:
    return isinstance(symbol, str) and "USD" in symbol and not symbol.endswith(("USDT", "USDC"))


def _topic(value: object) -> str | None:
    first = value[0] if isinstance(value, (list, tuple)) and value else value
    name = first.get("topic") if isinstance(first, Mapping) else None
    return _TOPICS.get(name.partition(".")[0]) if isinstance(name, str) else None


def _kind_of(row: Mapping[str, object]) -> str | None:
    return next((kind for kind, needed in _BY_FIELDS if needed <= row.keys()), None)


def _rows(value: object) -> Iterator[Mapping[str, object]]:
    """The rows in an answer, whatever stands around them."""
    for message in value if isinstance(value, (list, tuple)) else [value]:
        if not isinstance(message, Mapping):
            continue
        if "retCode" in message:
            result = message.get("result")
            inner = result.get("list") if isinstance(result, Mapping) else None
            yield from _rows(result if inner is None else inner)
        elif "topic" in message and "data" in message:
            yield from _rows(message["data"])
        elif isinstance(message.get("list"), (list, tuple)):
            yield from _rows(message["list"])
        else:
            yield message

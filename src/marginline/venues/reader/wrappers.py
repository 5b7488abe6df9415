"""What stands around a raw answer: a WebSocket API's envelope, the objects of client libraries.

Also floats in what was parsed already, and venues that are known by their answers and not built.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from marginline.errors import PayloadError, Problem

_UNIFIED_WORDS = frozenset(
    ("symbol", "side", "contracts", "entryPrice", "free", "used", "total", "datetime", "timestamp")
)


def unwrapped(value: object, source: str) -> object:
    """The answer itself.

    `{id, status, result, ...}` is the envelope of a WebSocket API; a client library's object holds
    the raw answer under `info`.

    Raises:
        PayloadError: the venue answered with an error.
    """
    if isinstance(value, Mapping):
        if {"id", "status"} <= value.keys() and ("result" in value or "error" in value):
            return _result(value, source)
        if _is_object(value):
            return unwrapped(value["info"], source)
        return value
    if isinstance(value, (list, tuple)) and value and all(_is_object(item) for item in value):
        inner = [item["info"] for item in value if isinstance(item, Mapping)]
        same = all(item is inner[0] for item in inner)
        return inner[0] if same and not isinstance(inner[0], Mapping) else inner
    return value


def _result(message: Mapping[str, object], source: str) -> object:
    if str(message["status"]) == "200" and "result" in message:
        return message["result"]
    error = message.get("error")
    said = error if isinstance(error, Mapping) else {}
    text = f"the venue refused the request: {said.get('msg') or 'no message'}"
    code = str(said.get("code", message["status"]))
    raise PayloadError([Problem("status", code, text, "mend it and fetch again")], source)


def _is_object(value: object) -> bool:
    if not isinstance(value, Mapping) or not isinstance(value.get("info"), (Mapping, list, tuple)):
        return False
    return bool(_UNIFIED_WORDS & value.keys())


# -- floats ------------------------------------------------------------------------------------


def has_floats(value: object) -> bool:
    """Whether numbers came as floats: they are read by the shortest text that names them."""
    stack = [value]
    while stack:
        each = stack.pop()
        if isinstance(each, float):
            return True
        if isinstance(each, Mapping):
            stack += each.values()
        elif isinstance(each, (list, tuple)):
            stack += each
    return False


# -- venues that are not built -----------------------------------------------------------------


def _inside(value: object, depth: int = 4) -> Iterator[Mapping[str, object]]:
    """The first objects of an answer, whatever stands around them."""
    if isinstance(value, Mapping):
        yield value
        if depth:
            for inner in list(value.values())[:20]:
                yield from _inside(inner, depth - 1)
    elif isinstance(value, (list, tuple)) and depth:
        for inner in value[:3]:
            yield from _inside(inner, depth - 1)


_BY_FIELDS: tuple[tuple[str, frozenset[str]], ...] = tuple(
    (venue, frozenset(names.split()))
    for venue, names in (
        ("KuCoin", "currentQty maintMarginReq crossMode realLeverage"),
        ("KuCoin", "accountEquity orderMargin positionMargin frozenFunds"),
        ("MEXC", "holdVol positionType openType"),
        ("MEXC", "currency positionMargin cashBalance frozenBalance"),
        ("Phemex", "accountBalanceRv"),
        ("Phemex", "accountBalanceEv"),
        ("Phemex", "posSide avgEntryPriceRp"),
        ("BYDFi", "wallet symbol positionSide markPrice volume"),
        ("Deribit", "jsonrpc usIn usOut"),
        ("Deribit", "instrument_name estimated_liquidation_price"),
        ("Hyperliquid", "marginSummary crossMarginSummary"),
        ("dYdX", "subaccountNumber freeCollateral"),
        ("Kraken Futures", "openPositions serverTime"),
        ("Gate", "entry_price maintenance_rate cross_leverage_limit"),
    )
)
_BY_CODE = {"200000": "KuCoin"}


def not_built(value: object) -> str | None:
    """The name of a venue that gives such answers and has no reader here."""
    for row in _inside(value):
        code = row.get("code")
        if row.get("e") == "ACCOUNT_UPDATE":  # Binance's own are known before
            return "BingX's user stream"
        if isinstance(code, str) and code in _BY_CODE and "data" in row:
            return _BY_CODE[code]
        for venue, names in _BY_FIELDS:
            if names <= row.keys():
                return venue
    return None

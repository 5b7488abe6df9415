"""BingX's envelope, and which kind an answer in it is.

An answer stands in `{code, msg, timestamp, data}`; `data` is a row, a list of rows, or holds the
rows under a name. A row may also come by itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from marginline.venues.bingx.payloads.kinds import KINDS, PERPETUAL, STANDARD
from marginline.venues.reader.fields import read_rows, shape
from marginline.venues.reader.kinds import (
    Message,
    Opened,
    by_address,
    by_fields,
    refused,
    rows_of,
)

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
    said = {n: message[n] for n in ("code", "msg", "timestamp") if n in message}
    head = read_rows(kind, _HEAD, said, many=False, source=source)[0]
    if head.text("code") != "0":
        raise refused(kind, head.text("code"), head.text("msg"), source)
    return Opened(message.get("data"), head.moment("timestamp"))


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
    return (
        isinstance(value, Mapping)
        and _said_ok(value)
        and value.get("data") in (None, [], {})
        and "data" in value
    )


def _said_ok(message: Message) -> bool:
    return str(message.get("code")) == "0" and ("msg" in message or "timestamp" in message)


def _standard(value: object) -> str | None:
    """The kind of an answer of standard futures; None where it is none."""
    message = value[0] if isinstance(value, (list, tuple)) and value else value
    if not isinstance(message, Mapping) or str(message.get("code")) != "0":
        return None
    kinds = (by_fields(KINDS[STANDARD], row) for row in rows_of(message.get("data")))
    return next((kind for kind in kinds if kind is not None), None)


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

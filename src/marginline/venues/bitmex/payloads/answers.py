"""The answers of one request, each read by its shape; which kind an answer is; units of amounts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal

from marginline.core.document._scalars import Refused, moment_of
from marginline.venues.bitmex.payloads.kinds import KEPT, SPECS
from marginline.venues.reader.fields import Row, read_rows
from marginline.venues.reader.kinds import TypedAnswers, refused
from marginline.venues.reader.reading import Request

VENUE = "bitmex"
UNITS: Mapping[str, tuple[str, Decimal]] = {
    "XBt": ("XBT", Decimal("1E-8")),
    "USDt": ("USDT", Decimal("1E-6")),
    "Gwei": ("ETH", Decimal("1E-9")),
}
"""What BitMEX counts in: the asset, and how much of it one unit is."""

_BY_ASSET = dict(UNITS.values())
_ADDRESS = re.compile(r"/api/v1/([a-zA-Z/]+)")
_NAMES = {
    "position": "positions",
    "user/margin": "margin",
    "user/wallet": "wallet",
    "order": "orders",
    "instrument": "instruments",
    "instrument/active": "instruments",
    "funding": "funding",
    "liquidation": "liquidations",
    "user": "user",
}
_BY_FIELDS: tuple[tuple[str, frozenset[str]], ...] = tuple(
    (kind, frozenset(names.split()))
    for kind, names in (
        ("positions", "symbol currentQty posMargin"),
        ("margin", "currency marginBalance excessMargin"),
        ("wallet", "currency deposited transferIn"),
        ("orders", "symbol orderID ordType leavesQty"),
        ("instruments", "symbol isQuanto isInverse riskLimit"),
        ("funding", "symbol fundingRate fundingRateDaily"),
        ("liquidations", "symbol orderID side price leavesQty"),
        ("user", "username preferences TFAEnabled"),
    )
)


def unit_of(currency: str) -> tuple[str, Decimal] | None:
    """The asset and unit of a currency: `XBt`, `USDt`, `Gwei`, also by the asset's own name."""
    found = UNITS.get(currency)
    if found is None and currency in _BY_ASSET:
        return currency, _BY_ASSET[currency]
    return found


class Answers(TypedAnswers):
    """The answers of a request to BitMEX."""

    def __init__(self, request: Request) -> None:
        super().__init__()
        for kind, spec in SPECS.items():
            answer = request.answers.get(kind)
            if answer is None:
                continue
            value = plain(answer.value)
            _refuse_error(kind, answer.source, value)
            self._rows[kind] = read_rows(kind, spec.shape, value, many=True, source=answer.source)

    def newest(self) -> datetime | None:
        """The newest moment at which an answer held; rows of the past do not count."""
        stamps = (
            stamp(row, "timestamp")
            for kind, rows in self._rows.items()
            for row in rows
            if kind not in KEPT
        )
        return max((found for found in stamps if found is not None), default=None)


def stamp(row: Row, field: str) -> datetime | None:
    """A moment written as text; None where the answer says none.

    Raises:
        PayloadError: it is no moment.
    """
    said = row.text(field) if field in row.values else None
    if said is None:
        return None
    try:
        return moment_of(said)
    except Refused as refused:
        raise row.wrong(field, refused.message, refused.remedy) from None


def plain(value: object) -> object:
    """The rows of an answer; those of stream tables (`table`, `action`, `data`) as they now stand.

    `partial` begins a table, `insert` adds rows, `update` changes the fields it tells, `delete`
    takes rows out.
    """
    messages = value if isinstance(value, (list, tuple)) else [value]
    if not any(isinstance(each, Mapping) and "table" in each for each in messages):
        return list(value) if isinstance(value, (list, tuple)) else value
    found: dict[tuple[object, ...], dict[str, object]] = {}
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


def _apply(
    found: dict[tuple[object, ...], dict[str, object]], row: Mapping[str, object], action: str
) -> None:
    names: tuple[str, ...] = ("orderID",) if "orderID" in row else ("account", "symbol", "currency")
    if "symbol" in row and "orderID" not in row:
        names = ("account", "symbol")
    key = tuple(row.get(name) for name in names)
    if action == "delete":
        found.pop(key, None)
    else:
        found[key] = {**found.get(key, {}), **row}


def _refuse_error(kind: str, source: str, value: object) -> None:
    if not isinstance(value, Mapping) or not isinstance(value.get("error"), Mapping):
        return
    message = value["error"].get("message")
    raise refused(kind, None, message, source)


def sniff(path: str | None, value: object) -> Mapping[str, str]:
    """The kind of an answer of BitMEX, by its address or by its shape; empty where it is none."""
    kind = _by_address(path) if path is not None else _by_shape(value)
    return {} if kind is None else {VENUE: kind}


def _by_address(path: str) -> str | None:
    found = _ADDRESS.fullmatch(path.partition("?")[0])
    return None if found is None else _NAMES.get(found[1])


_TABLES = {
    "position": "positions",
    "margin": "margin",
    "wallet": "wallet",
    "order": "orders",
    "instrument": "instruments",
    "funding": "funding",
    "liquidation": "liquidations",
}


def _by_shape(value: object) -> str | None:
    message = value[0] if isinstance(value, (list, tuple)) and value else value
    table = message.get("table") if isinstance(message, Mapping) else None
    if isinstance(table, str):
        return _TABLES.get(table)
    first = next(_rows(plain(value)), {})
    return next((kind for kind, needed in _BY_FIELDS if needed <= first.keys()), None)


def _rows(value: object) -> Iterator[Mapping[str, object]]:
    for row in value if isinstance(value, list) else [value]:
        if isinstance(row, Mapping):
            yield row

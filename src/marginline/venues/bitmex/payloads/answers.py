"""The answers of one request, each read by its shape; which kind an answer is; units of amounts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from marginline.core.document._scalars import Refused, moment_of
from marginline.venues.bitmex.payloads.kinds import ANSWERS, VENUE
from marginline.venues.reader.fields import Row
from marginline.venues.reader.kinds import (
    Answers,
    Message,
    Opened,
    by_address,
    by_fields,
    refused,
    within,
)
from marginline.venues.reader.reading import Request

UNITS: Mapping[str, tuple[str, Decimal]] = {
    "XBt": ("XBT", Decimal("1E-8")),
    "USDt": ("USDT", Decimal("1E-6")),
    "Gwei": ("ETH", Decimal("1E-9")),
}
"""What BitMEX counts in: the asset, and how much of it one unit is."""

_BY_ASSET = dict(UNITS.values())
_ADDRESS = re.compile(r"/api/v1/([a-zA-Z/]+)")


def unit_of(currency: str) -> tuple[str, Decimal] | None:
    """The asset and unit of a currency: `XBt`, `USDt`, `Gwei`, also by the asset's own name."""
    found = UNITS.get(currency)
    if found is None and currency in _BY_ASSET:
        return currency, _BY_ASSET[currency]
    return found


class BitmexAnswers(Answers):
    """The answers of a request to BitMEX, whose moments are texts."""

    def __init__(self, request: Request) -> None:
        super().__init__(request, ANSWERS, open_answer, plain)
        told = (kind for kind, spec in ANSWERS.items() if not spec.kept)
        stamps = (stamp(row, "timestamp") for kind in told for row in self.rows(kind))
        self._at += [found for found in stamps if found is not None]


def open_answer(kind: str, message: Message, source: str) -> Opened | None:
    """Answers have no envelope. Raises PayloadError where BitMEX refused the request."""
    if isinstance(error := message.get("error"), Mapping):
        raise refused(kind, None, error.get("message"), source)
    return None


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


def sniff(path: str | None, value: object) -> Mapping[str, str]:
    """The kind of an answer of BitMEX, by its address or by its shape; empty where it is none."""
    kind = _by_address(path) if path is not None else _by_shape(value)
    return {} if kind is None else {VENUE: kind}


def _by_address(path: str) -> str | None:
    found = _ADDRESS.fullmatch(path.partition("?")[0])
    return None if found is None else by_address(ANSWERS, found[1])


def _by_shape(value: object) -> str | None:
    message = value[0] if isinstance(value, (list, tuple)) and value else value
    table = message.get("table") if isinstance(message, Mapping) else None
    if isinstance(table, str):
        return next((kind for kind, spec in ANSWERS.items() if spec.topic == table), None)
    rows = (row for row in within(plain(value)) if isinstance(row, Mapping))
    return by_fields(ANSWERS, next(rows, {}))

"""Messages of Bybit's private stream, sorted by what they mean for an account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marginline.core.numbers import is_digits
from marginline.feeds.events import Cause
from marginline.feeds.messages import Message, Unreadable
from marginline.feeds.wire.rest import decoded

TOPICS = ("wallet", "position", "order", "execution")
_FORCED = ("BustTrade", "AdlTrade")
_SETTLED = ("Settle", "Delivery", "SessionSettlePnL")
_FILLED = ("Filled", "PartiallyFilled", "PartiallyFilledCanceled")


def sorted_message(text: str) -> Message | None:
    """A frame sorted; None where it is an acknowledgement or a pong.

    Raises:
        Unreadable: it is no message of this stream.
    """
    value = decoded(text)
    if not isinstance(value, dict):
        raise Unreadable("frame", text, "is no message of the private stream")
    topic = value.get("topic")
    if topic is None and ("op" in value or "success" in value):
        return None
    if not isinstance(topic, str):
        raise Unreadable("frame.topic", topic, "names no topic")
    kind = topic.partition(".")[0]
    if kind not in TOPICS:
        raise Unreadable("frame.topic", topic, "is a topic that is not known")
    at, rows = _moment(kind, value.get("creationTime")), _rows(kind, value.get("data"))
    if kind == "execution":
        return _execution(at, text, rows)
    cause = {"position": Cause.POSITION, "order": _order_cause(rows)}.get(kind, Cause.UNKNOWN)
    return Message(kind=kind, at=at, text=text, cause=cause, applies=True, booked=kind == "wallet")


def _moment(kind: str, told: object) -> int:
    if isinstance(told, str) and is_digits(told) and len(told) < 16:
        told = int(told)
    if not isinstance(told, int) or isinstance(told, bool) or told <= 0:
        raise Unreadable(f"{kind}.creationTime", told, "tells no moment")
    return told


def _rows(kind: str, data: object) -> list[Mapping[str, Any]]:
    if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
        raise Unreadable(f"{kind}.data", data, "lists no rows: the event says nothing")
    return data


def _order_cause(rows: list[Mapping[str, Any]]) -> Cause:
    return Cause.FILL if any(row.get("orderStatus") in _FILLED for row in rows) else Cause.ORDER


def _execution(at: int, text: str, rows: list[Mapping[str, Any]]) -> Message:
    """Fills explain; positions and wallets come by their own topics."""
    filled = {str(row.get("symbol")) for row in rows if row.get("execType") in ("Trade", *_SETTLED)}
    forced = {str(row.get("symbol")) for row in rows if row.get("execType") in _FORCED}
    funding = any(row.get("execType") == "Funding" for row in rows)
    return Message(
        kind="execution",
        at=at,
        text=text,
        cause=Cause.FUNDING if funding else Cause.FILL,
        filled=frozenset(filled),
        forced=frozenset(forced),
        booked=True,
    )

"""Messages of Binance's private stream, sorted by what they mean for an account."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from marginline.core.numbers import is_digits
from marginline.feeds.events import Cause
from marginline.feeds.messages import Message, Unreadable
from marginline.feeds.wire.rest import decoded

_CAUSES: Mapping[str, Cause] = MappingProxyType(
    {
        "ORDER": Cause.FILL,
        "FUNDING_FEE": Cause.FUNDING,
        "MARGIN_TYPE_CHANGE": Cause.CONFIG,
        "DEPOSIT": Cause.TRANSFER,
        "WITHDRAW": Cause.TRANSFER,
        "WITHDRAW_REJECT": Cause.TRANSFER,
        "MARGIN_TRANSFER": Cause.TRANSFER,
        "ASSET_TRANSFER": Cause.TRANSFER,
        "COIN_SWAP_DEPOSIT": Cause.TRANSFER,
        "COIN_SWAP_WITHDRAW": Cause.TRANSFER,
    }
)
_IDLE = ("TRADE_LITE", "STRATEGY_UPDATE", "GRID_UPDATE")
"""They say what other messages say too, or what no margin depends on."""
_CONDITIONAL = ("ALGO_UPDATE", "ALGO_ORDER_UPDATE", "CONDITIONAL_ORDER_TRIGGER_REJECT")
_ENDS: Mapping[str, str] = MappingProxyType(
    {
        "listenKeyExpired": "the listen key has expired",
        "eventStreamTerminated": "the venue ended the stream",
    }
)
_FORCED_NAMES = ("autoclose-", "adl_autoclose", "settlement_autoclose-")
_SIDES = {"BOTH": "both", "LONG": "long", "SHORT": "short"}
_FORCED_STATES = ("NEW_ADL", "NEW_INSURANCE")


def sorted_message(text: str) -> Message | None:
    """A frame sorted; None where it is an acknowledgement, or says nothing new.

    Raises:
        Unreadable: it is no message of this stream.
    """
    value = decoded(text)
    if isinstance(value, dict) and "stream" in value and "data" in value:
        value = value["data"]
    if not isinstance(value, dict):
        raise Unreadable("frame", text, "is no message of the private stream")
    kind = value.get("e")
    if kind is None and ("result" in value or "error" in value):
        return None
    if not isinstance(kind, str):
        raise Unreadable("frame.e", kind, "names no event")
    if kind in _IDLE:
        return None
    at = _moment(kind, value.get("E"))
    if kind in _ENDS:
        return Message(kind=kind, at=at, text=text, ends=_ENDS[kind])
    if kind in _CONDITIONAL:
        return Message(kind=kind, at=at, text=text, look="conditional orders changed")
    make = _KINDS.get(kind)
    if make is None:
        raise Unreadable("frame.e", kind, "is an event that is not known")
    return make(kind, at, text, value)


def _moment(kind: str, told: object) -> int:
    if isinstance(told, str) and is_digits(told) and len(told) < 16:
        told = int(told)
    if not isinstance(told, int) or isinstance(told, bool) or told <= 0:
        raise Unreadable(f"{kind}.E", told, "tells no moment")
    return told


def _body(kind: str, name: str, value: Mapping[str, Any]) -> Mapping[str, Any]:
    body = value.get(name)
    if not isinstance(body, dict):
        raise Unreadable(f"{kind}.{name}", body, "is missing: the event says nothing")
    return body


def _account(kind: str, at: int, text: str, value: Mapping[str, Any]) -> Message:
    cause = _CAUSES.get(str(_body(kind, "a", value).get("m")), Cause.UNKNOWN)
    return Message(kind=kind, at=at, text=text, cause=cause, applies=True, booked=True)


def _order(kind: str, at: int, text: str, value: Mapping[str, Any]) -> Message:
    order = _body(kind, "o", value)
    if order.get("x") not in ("TRADE", "CALCULATED"):
        return Message(kind=kind, at=at, text=text, cause=Cause.ORDER, applies=True)
    closes = frozenset({_leg(order)})
    forced = (
        str(order.get("c", "")).startswith(_FORCED_NAMES)
        or order.get("o") == "LIQUIDATION"
        or order.get("X") in _FORCED_STATES
        or order.get("x") == "CALCULATED"
    )
    return Message(
        kind=kind,
        at=at,
        text=text,
        cause=Cause.FILL,
        applies=True,
        filled=frozenset() if forced else closes,
        forced=closes if forced else frozenset(),
        booked=True,
    )


def _leg(order: Mapping[str, Any]) -> str:
    """The position's key, so that in hedge mode one leg explains nothing of the other."""
    side = _SIDES.get(str(order.get("ps")))
    return str(order.get("s")) + (f"/{side}" if side else "")


def _config(kind: str, at: int, text: str, value: Mapping[str, Any]) -> Message:
    look = "the asset mode changed" if "ai" in value else ""
    return Message(kind=kind, at=at, text=text, cause=Cause.CONFIG, applies=True, look=look)


def _call(kind: str, at: int, text: str, _: Mapping[str, Any]) -> Message:
    return Message(kind=kind, at=at, text=text, cause=Cause.POSITION, applies=True)


_KINDS = MappingProxyType(
    {
        "ACCOUNT_UPDATE": _account,
        "ORDER_TRADE_UPDATE": _order,
        "ACCOUNT_CONFIG_UPDATE": _config,
        "MARGIN_CALL": _call,
    }
)

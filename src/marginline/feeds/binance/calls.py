"""Binance's endpoints with their weights, and what its replies say when they are no answers."""

from __future__ import annotations

from collections.abc import Mapping

from marginline.core.numbers import is_digits
from marginline.feeds.wire.allowance import Allowance
from marginline.feeds.wire.door import Manners
from marginline.feeds.wire.rest import (
    Answer,
    CallFailed,
    Endpoint,
    Failure,
    Reply,
    decoded,
    retry_after_ms,
)

VENUE = "binance_usdm"
SOCKETS = "wss://fstream.binance.com"


def _public(path: str, weight: int) -> Endpoint:
    return Endpoint("fapiPublic", path, weight=weight, signed=False)


def _private(path: str, weight: int) -> Endpoint:
    return Endpoint("fapiPrivate", path, weight=weight)


TIME = _public("time", 1)
EXCHANGE_INFO = _public("exchangeInfo", 1)
PREMIUM_INDEX = _public("premiumIndex", 10)
FUNDING_INFO = _public("fundingInfo", 1)
ASSET_INDEX = _public("assetIndex", 10)
RIGHTS = Endpoint("sapi", "account/apiRestrictions")
ACCOUNT = Endpoint("fapiPrivateV3", "account", weight=5)
POSITION_RISK = Endpoint("fapiPrivateV3", "positionRisk", weight=5)
ACCOUNT_CONFIG = _private("accountConfig", 5)
SYMBOL_CONFIG = _private("symbolConfig", 5)
OPEN_ORDERS = _private("openOrders", 40)
OPEN_ALGO_ORDERS = _private("openAlgoOrders", 40)
BRACKETS = _private("leverageBracket", 1)
COMMISSION = _private("commissionRate", 20)
INCOME = _private("income", 30)
NEW_KEY = Endpoint("fapiPrivate", "listenKey", "POST", signed=False)
KEEP_KEY = Endpoint("fapiPrivate", "listenKey", "PUT", signed=False)

UNKNOWN_KEY = -1125
_KEY = (-2014, -2015, -1022, -1002)
_CLOCK = (-1021,)
_BUSY = (-1003, -1015)
_OURS = (-1000, -1001, -1006, -1007, -1008, -1016)
_BAN_MS = 120_000
_PAUSE_MS = 60_000


def judge(path: str, reply: Reply) -> CallFailed | None:
    """What is wrong with a reply; None where it is an answer."""
    value = decoded(reply.text)
    code, message = _error(value)
    if reply.status == 200 and value is not None and not (code is not None and code < 0):
        return None
    failure, wait = _kind(reply, code, readable=value is not None)
    told = message or ("no JSON: " + reply.text[:60] if value is None else "no message")
    return CallFailed(failure, path, told, status=reply.status, code=code, wait_ms=wait)


def _kind(reply: Reply, code: int | None, *, readable: bool) -> tuple[Failure, int | None]:
    wait = retry_after_ms(reply.headers)
    if reply.status == 418:
        return Failure.BUSY, wait or _BAN_MS
    if reply.status == 429 or code in _BUSY:
        return Failure.BUSY, wait or _PAUSE_MS
    if code in _CLOCK:
        return Failure.CLOCK, None
    if code in _KEY:
        return Failure.KEY, None
    if reply.status == 200:
        return (Failure.VENUE if readable else Failure.MALFORMED), wait
    if reply.status >= 500 or code in _OURS or not readable:
        return Failure.VENUE, wait
    return Failure.REQUEST, wait


def _error(value: object) -> tuple[int | None, str]:
    """Code and message of an error body; venues' codes are numbers below zero."""
    if not isinstance(value, dict) or "code" not in value or "msg" not in value:
        return None, ""
    code, message = value["code"], value["msg"]
    return (code if isinstance(code, int) else None), str(message)


def _heard(allowance: Allowance, headers: Mapping[str, str]) -> None:
    used = headers.get("x-mbx-used-weight-1m", "")
    if is_digits(used) and len(used) < 10:
        allowance.heard(int(used))


def _time_of(answer: Answer) -> int | None:
    value = answer.value()
    told = value.get("serverTime") if isinstance(value, dict) else None
    return told if isinstance(told, int) and told > 0 else None


MANNERS = Manners(
    name="binanceusdm",
    socket=SOCKETS,
    weight=2_400,
    window_ms=60_000,
    time=TIME,
    time_of=_time_of,
    judge=judge,
    heard=_heard,
)

"""Bybit's endpoints, its envelopes, and what its replies say when they are no answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marginline.core.numbers import is_digits
from marginline.feeds.wire.allowance import unheard
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

VENUE = "bybit_unified"
SOCKETS = "wss://stream.bybit.com"
PUBLIC_PATH, PRIVATE_PATH = "/v5/public/", "/v5/private"


def _public(path: str) -> Endpoint:
    return Endpoint("public", f"v5/{path}", signed=False)


def _private(path: str) -> Endpoint:
    return Endpoint("private", f"v5/{path}")


TIME = _public("market/time")
INSTRUMENTS = _public("market/instruments-info")
TICKERS = _public("market/tickers")
RISK_LIMIT = _public("market/risk-limit")
COLLATERAL_TIERS = _public("spot-margin-trade/collateral")
BORROW_TIERS = _public("spot-margin-trade/position-tiers")
RIGHTS = _private("user/query-api")
ACCOUNT_INFO = _private("account/info")
WALLET = _private("account/wallet-balance")
COLLATERAL = _private("account/collateral-info")
FEES = _private("account/fee-rate")
POSITIONS = _private("position/list")
ORDERS = _private("order/realtime")
LOG = _private("account/transaction-log")

_KEY = (10003, 10004, 10005, 10007, 10010, 10024, 10029, 33004)
_CLOCK = (10002,)
_BUSY = (10006,)
_BANNED = (10009, 10018)
_OURS = (10000, 10016, 10019)
_BAN_MS = 600_000
_PAUSE_MS = 2_000


def judge(path: str, reply: Reply) -> CallFailed | None:
    """What is wrong with a reply; None where it is an answer. Errors come with status 200, too."""
    value = decoded(reply.text)
    code = value.get("retCode") if isinstance(value, dict) else None
    whole = isinstance(value, dict) and isinstance(code, int) and "result" in value
    if reply.status == 200 and whole and code == 0:
        return None
    code = code if isinstance(code, int) else None
    message = str(value.get("retMsg", "")) if isinstance(value, dict) else ""
    failure, wait = _kind(reply, code)
    told = message or "no answer of the venue: " + reply.text[:60]
    return CallFailed(failure, path, told, status=reply.status, code=code, wait_ms=wait)


def _kind(reply: Reply, code: int | None) -> tuple[Failure, int | None]:
    wait = retry_after_ms(reply.headers)
    if code in _KEY:
        return Failure.KEY, None
    if code in _CLOCK:
        return Failure.CLOCK, None
    if reply.status == 403 or code in _BANNED:
        return Failure.BUSY, wait or _BAN_MS
    if reply.status in (418, 429) or code in _BUSY:
        return Failure.BUSY, wait or _PAUSE_MS
    if reply.status >= 500 or code in _OURS:
        return Failure.VENUE, wait
    if code is None or code == 0:
        return (Failure.MALFORMED if reply.status == 200 else Failure.VENUE), wait
    return Failure.REQUEST, wait


def result_of(answer: Answer) -> Mapping[str, Any]:
    """What stands in the envelope.

    Raises:
        CallFailed: no object does.
    """
    result = answer.keyed().get("result")
    if not isinstance(result, dict):
        raise answer.malformed("the result is no object")
    return result


def listing(answer: Answer) -> Mapping[str, Any]:
    """A result that lists rows.

    Raises:
        CallFailed: it does not.
    """
    result = result_of(answer)
    if not isinstance(result.get("list"), list):
        raise answer.malformed("the result lists nothing")
    return result


def cursor_of(answer: Answer) -> str:
    """The next page's name, "" where this is the last: said, not left out.

    Raises:
        CallFailed: the answer does not say whether it is whole.
    """
    cursor = listing(answer).get("nextPageCursor")
    if not isinstance(cursor, str):
        raise answer.malformed("does not say whether there is a next page")
    return cursor


def _time_of(answer: Answer) -> int | None:
    result = result_of(answer)
    nano = result.get("timeNano")
    if isinstance(nano, str) and is_digits(nano) and len(nano) < 24:
        return int(nano) // 1_000_000
    return None


MANNERS = Manners(
    name="bybit",
    socket=SOCKETS,
    weight=600,
    window_ms=5_000,
    time=TIME,
    time_of=_time_of,
    judge=judge,
    heard=unheard,  # its headers speak of one endpoint and one account
)

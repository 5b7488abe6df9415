"""One REST request of Bybit: limits, key, signature, window, answer in its envelope, headers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from urllib.parse import parse_qsl

from aiohttp import web

from marginline.core.findings import AbsentError
from marginline.core.numbers import exact, to_text
from marginline.sandbox.bybit.routes import ROUTES
from marginline.sandbox.faults.answers import Answer
from marginline.sandbox.faults.script import Status
from marginline.sandbox.floor import BYBIT, Floor
from marginline.sandbox.rest import Rest
from marginline.sandbox.wire.calls import Call, Refused, Route, whole_number
from marginline.sandbox.wire.keys import Credentials, signed
from marginline.sandbox.wire.limits import RollingLimit

IP_LIMIT, IP_SPAN_S = 600, 5.0
_READS_A_SECOND, _ORDERS_A_SECOND = 50, 10
WINDOW_MS = 5_000
_PLACES_MAX = 64
_ERRORS: Mapping[int, tuple[int, str]] = {
    403: (10018, "Exceeded the IP Rate Limit."),
    429: (10006, "Too many visits. Exceeded the API Rate Limit."),
    401: (10003, "API key is invalid."),
}
SERVER_ERROR = (10016, "Server error.")


def malformed(name: str) -> Refused:
    """How a parameter that cannot be read is refused."""
    return Refused(200, 10001, f"params error: {name} invalid")


def check_window(floor: Floor, timestamp: int, window: int) -> None:
    """Refuse what was signed too long ago, or is ahead of the venue's clock."""
    skew = floor.faults.skew(BYBIT)
    if floor.clock.verdict(timestamp, window, skew) is not None:
        now = floor.clock.now() + skew
        text = (
            "invalid request, please check your server timestamp or recv_window param."
            f" req_timestamp[{timestamp}],server_timestamp[{now}],recv_window[{window}]"
        )
        raise Refused(200, 10002, text)


class BybitRest(Rest):
    """Every REST path of Bybit."""

    venue = BYBIT
    key_header = "X-BAPI-API-KEY"

    def __init__(self, floor: Floor) -> None:
        super().__init__(floor)
        self._ip = RollingLimit(IP_LIMIT, floor.seconds, IP_SPAN_S)
        self._limits: dict[tuple[str, str], RollingLimit] = {}

    def answer(self, request: web.Request, body: str) -> Answer:
        """What a path says in its envelope, or why it says nothing."""
        if not self._ip.take():
            return Answer(403, self.envelope(*_ERRORS[403]))
        headers: dict[str, str] = {}
        try:
            result = self._served(request, body, headers)
        except Refused as refused:
            value = self.envelope(refused.code, refused.message, refused.result)
            return Answer(refused.status, value, headers=headers)
        except AbsentError as absent:
            # The world's own account lacks a figure: never printed as 0.
            self.floor.gap(f"bybit {request.path}: {absent.gap.message}")
            return Answer(200, self.envelope(*SERVER_ERROR), headers=headers)
        return Answer(200, self.envelope(0, "OK", result), headers=headers)

    def envelope(self, code: int, message: str, result: object = None) -> dict[str, object]:
        """What stands around every answer."""
        return {
            "retCode": code,
            "retMsg": message,
            "result": {} if result is None else result,
            "retExtInfo": {},
            "time": self.floor.clock.now() + self.floor.faults.skew(BYBIT),
        }

    def _served(self, request: web.Request, body: str, headers: dict[str, str]) -> object:
        route = ROUTES.get((request.method, request.path))
        if route is None:
            self.floor.gap(f"{request.method} {request.path}")
            text = f"no such path: {request.method} {request.path}"
            text += ": the sandbox does not simulate it, if the venue has it."
            raise Refused(200, 10404, text)
        query = request.rel_url.raw_query_string
        owner = self._allowed(request, route, body if request.method == "POST" else query)
        if owner is not None:
            self._limit(owner, request, headers)
        params = _params(request.method, query, body)
        name, key = ("", "") if owner is None else (owner.account, owner.key)
        with exact():
            return route.handler(Call(self.floor, request.path, params, malformed, name, key))

    # -- keys ------------------------------------------------------------------------------

    def _allowed(self, request: web.Request, route: Route, text: str) -> Credentials | None:
        if route.rights == "public":
            return None
        head = request.headers
        owner = self.account(request)
        if owner is None:
            raise Refused(200, *_ERRORS[401])
        given = head.get("X-BAPI-TIMESTAMP", "")
        window = head.get("X-BAPI-RECV-WINDOW", str(WINDOW_MS))
        at, span = whole_number(given), whole_number(window)
        if at is None or span is None:
            raise Refused(200, 10001, "empty value: apiTimestamp[] apiKey[] apiSignature[]")
        check_window(self.floor, at, span)
        signature = head.get("X-BAPI-SIGN", "")
        if not signed(owner.secret, f"{given}{owner.key}{window}{text}", signature):
            text = "error sign! please check your signature generation algorithm."
            raise Refused(200, 10004, text)
        if route.rights == "trade" and not owner.trading:
            text = "Permission denied, please check your API key permissions."
            raise Refused(200, 10005, text)
        return owner

    def _limit(self, owner: Credentials, request: web.Request, headers: dict[str, str]) -> None:
        orders = request.path.startswith("/v5/order/") and request.method == "POST"
        most = _ORDERS_A_SECOND if orders else _READS_A_SECOND
        key = (owner.account, request.path)
        limit = self._limits.setdefault(key, RollingLimit(most, self.floor.seconds, 1.0))
        free = limit.take()
        resets = self.floor.clock.real_now() + int(limit.resets_in() * 1_000)
        headers |= {
            "X-Bapi-Limit": str(most),
            "X-Bapi-Limit-Status": str(limit.left),
            "X-Bapi-Limit-Reset-Timestamp": str(resets),
        }
        if not free:
            raise Refused(200, *_ERRORS[429])

    def error_of(self, fault: Status) -> dict[str, object]:
        """The body of a fault: the venue's usual words, or those that the script gives."""
        code, message = _ERRORS.get(fault.status, SERVER_ERROR)
        if fault.code is not None:
            code = fault.code
        return self.envelope(code, message if fault.message is None else fault.message)


def _params(method: str, query: str, body: str) -> Mapping[str, str]:
    if method != "POST":
        return dict(parse_qsl(query, keep_blank_values=True))
    try:
        given = json.loads(body or "{}", parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError):  # nested or grown beyond anybody's JSON
        raise Refused(200, 10001, "params error: the body is no JSON") from None
    if not isinstance(given, dict):
        raise Refused(200, 10001, "params error: the body is no JSON object")
    return as_texts(given)


def as_texts(given: Mapping[str, object]) -> dict[str, str]:
    """Parameters as text; null is not given, and what is no scalar is refused."""
    texts: dict[str, str] = {}
    for name, value in given.items():
        if isinstance(value, bool):
            texts[name] = str(value).lower()
        elif isinstance(value, Decimal):
            if abs(value.adjusted()) > _PLACES_MAX:  # whose digits would fill the room
                raise malformed(name)
            texts[name] = to_text(value)
        elif isinstance(value, (str, int)):
            texts[name] = str(value)
        elif value is not None:
            raise malformed(name)
    return texts

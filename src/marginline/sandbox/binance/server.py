"""One REST request of Binance: limits, key, signature, window, answer, headers."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from aiohttp import web

from marginline.core.findings import AbsentError
from marginline.core.numbers import exact
from marginline.sandbox.binance.routes import ROUTES
from marginline.sandbox.faults.answers import Answer
from marginline.sandbox.faults.script import Status
from marginline.sandbox.floor import BINANCE, Floor
from marginline.sandbox.rest import Rest
from marginline.sandbox.wire.calls import Call, Refused, Route, whole_number
from marginline.sandbox.wire.keys import Credentials, signed
from marginline.sandbox.wire.limits import RollingLimit, WeightLimit

WEIGHT_LIMIT = 2_400
_WINDOW_MS, _WINDOW_MAX_MS = 5_000, 60_000
_STATE_UNKNOWN = (
    "Timeout waiting for response from backend server. Send status unknown; execution status"
    " unknown."
)
_USE_SOCKETS = "Please use the websocket for live updates to avoid"
_ERRORS: Mapping[int, tuple[int, str]] = {
    400: (-1000, "An unknown error occurred while processing the request."),
    401: (-2015, "Invalid API-key, IP, or permissions for action."),
    403: (-1003, "Forbidden."),
    408: (-1007, _STATE_UNKNOWN),
    418: (-1003, "Way too many requests; IP banned until {until}. " + _USE_SOCKETS + " bans."),
    429: (-1003, "Too many requests; current limit is {limit} request weight per 1 MINUTE. "
          + _USE_SOCKETS + " polling the API."),
    500: (-1000, "An unknown error occurred while processing the request."),
    503: (-1001, "Internal error; unable to process your request. Please try again."),
}  # fmt: skip


def malformed(name: str) -> Refused:
    """How a parameter that cannot be read is refused."""
    return Refused(400, -1130, f"Data sent for parameter '{name}' is not valid.")


def _parsed(text: str) -> dict[str, str]:
    return dict(parse_qsl(text, keep_blank_values=True))


class BinanceRest(Rest):
    """Every REST path of Binance."""

    venue = BINANCE
    key_header = "X-MBX-APIKEY"

    def __init__(self, floor: Floor) -> None:
        super().__init__(floor)
        self._weights = WeightLimit(floor.weight_limit, floor.seconds)
        self._orders_10s: dict[str, RollingLimit] = {}
        self._orders_1m: dict[str, RollingLimit] = {}

    def headers(self) -> dict[str, str]:
        """The weight that is used."""
        return {"X-MBX-USED-WEIGHT-1M": str(self._weights.used)}

    def answer(self, request: web.Request, body: str) -> Answer:
        """What a path says, or why it says nothing."""
        try:
            return self._served(request, body)
        except Refused as refused:
            error = {"code": refused.code, "msg": refused.message}
            return Answer(refused.status, error)
        except AbsentError as absent:
            # The world's own account lacks a figure: never printed as 0.
            self.floor.gap(f"binance {request.path}: {absent.gap.message}")
            code, message = _ERRORS[500]
            return Answer(500, {"code": code, "msg": message})

    def _served(self, request: web.Request, body: str) -> Answer:
        route = ROUTES.get((request.method, request.path))
        if route is None:
            self.floor.gap(f"{request.method} {request.path}")
            text = f"Path {request.path}, Method {request.method} is invalid"
            text += ": the sandbox does not simulate it, if the venue has it."
            raise Refused(404, -5000, text)
        too_many = self._weights.take(route.weight)
        if too_many is not None:
            headers = {"Retry-After": str(too_many.retry_after)}
            value = self._error(too_many.status, too_many.retry_after)
            return Answer(too_many.status, value, headers=headers)
        query = request.rel_url.raw_query_string
        # What stands in both is the query's, as the venue says.
        params = {**_parsed(body), **_parsed(query)}
        owner = self._allowed(request, route, query, body, params)
        headers = self._count_order(request, owner)
        call = Call(
            self.floor,
            request.path,
            params,
            malformed,
            "" if owner is None else owner.account,
            "" if owner is None else owner.key,
        )
        with exact():
            return Answer(200, route.handler(call), headers=headers)

    # -- keys ------------------------------------------------------------------------------

    def _allowed(
        self,
        request: web.Request,
        route: Route,
        query: str,
        body: str,
        params: Mapping[str, str],
    ) -> Credentials | None:
        if route.rights == "public":
            return None
        if not request.headers.get(self.key_header):
            raise Refused(401, -2014, "API-key format invalid.")
        owner = self.account(request)
        if owner is None:
            raise Refused(401, *_ERRORS[401])
        if route.rights != "key":
            self._check_signature(owner, query, body)
            self.check_window(params)
        if route.rights == "trade" and not owner.trading:
            raise Refused(401, *_ERRORS[401])
        return owner

    def _check_signature(self, owner: Credentials, query: str, body: str) -> None:
        text = query + body  # as sent, never re-encoded
        before, found, given = text.rpartition("signature=")
        if not found:
            text = "Mandatory parameter 'signature' was not sent, was empty/null, or malformed."
            raise Refused(400, -1102, text)
        if not signed(owner.secret, before.removesuffix("&"), given.partition("&")[0]):
            raise Refused(400, -1022, "Signature for this request is not valid.")

    def check_window(self, params: Mapping[str, str]) -> None:
        """Refuse a timestamp outside of the window."""
        timestamp = params.get("timestamp", "")
        at = whole_number(timestamp)
        if at is None:
            text = "Mandatory parameter 'timestamp' was not sent, was empty/null, or malformed."
            raise Refused(400, -1102, text)
        given = params.get("recvWindow", "")
        window = whole_number(given) if given else _WINDOW_MS
        if window is None:
            text = "Illegal characters found in parameter 'recvWindow'."
            raise Refused(400, -1100, text)
        if window > _WINDOW_MAX_MS:
            raise Refused(400, -1131, "recvWindow must be less than 60000")
        skew = self.floor.faults.skew(BINANCE)
        verdict = self.floor.clock.verdict(at, window, skew)
        if verdict == "ahead":
            text = "Timestamp for this request was 1000ms ahead of the server's time."
            raise Refused(400, -1021, text)
        if verdict is not None:
            raise Refused(400, -1021, "Timestamp for this request is outside of the recvWindow.")

    def _count_order(self, request: web.Request, owner: Credentials | None) -> dict[str, str]:
        """Orders placed are counted by account, beside the weight."""
        if owner is None or request.method != "POST" or not request.path.endswith("/order"):
            return {}
        seconds = self.floor.seconds
        short = self._orders_10s.setdefault(owner.account, RollingLimit(300, seconds, 10))
        long = self._orders_1m.setdefault(owner.account, RollingLimit(1_200, seconds, 60))
        if not (short.take() and long.take()):
            text = "Too many new orders; current limit is 300 orders per 10 SECOND."
            raise Refused(429, -1015, text)
        return {
            "X-MBX-ORDER-COUNT-10S": str(short.limit - short.left),
            "X-MBX-ORDER-COUNT-1M": str(long.limit - long.left),
        }

    # -- errors ----------------------------------------------------------------------------

    def _error(self, status: int, retry_after: int) -> dict[str, object]:
        code, text = _ERRORS.get(status, _ERRORS[500])
        until = self.floor.clock.now() + retry_after * 1_000
        return {"code": code, "msg": text.format(until=until, limit=self._weights.limit)}

    def error_of(self, fault: Status) -> dict[str, object]:
        """The body of a fault: the venue's usual words, or those that the script gives."""
        usual = self._error(fault.status, fault.retry_after or 0)
        if fault.code is not None:
            usual["code"] = fault.code
        if fault.message is not None:
            usual["msg"] = fault.message
        return usual

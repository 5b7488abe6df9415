"""Binance's request socket `/ws-fapi/v1`: account, positions and orders without REST."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType

from aiohttp import web

from marginline.core.findings import AbsentError
from marginline.core.numbers import exact
from marginline.sandbox.binance import account, market, trading
from marginline.sandbox.binance.server import BinanceRest, malformed
from marginline.sandbox.floor import BINANCE, Floor
from marginline.sandbox.wire.calls import Call, Refused, Route, encoded
from marginline.sandbox.wire.hub import Socket
from marginline.sandbox.wire.keys import signed

METHODS: Mapping[str, Route] = MappingProxyType(
    {
        "ping": Route(market.ping),
        "time": Route(market.server_time),
        "account.status": Route(account.account_v2, 5, "signed"),
        "v2/account.status": Route(account.account_v3, 5, "signed"),
        "account.balance": Route(account.balance, 5, "signed"),
        "v2/account.balance": Route(account.balance, 5, "signed"),
        "account.position": Route(account.position_risk_v2, 5, "signed"),
        "v2/account.position": Route(account.position_risk_v3, 5, "signed"),
        "order.place": Route(trading.place, 1, "trade"),
        "order.cancel": Route(trading.cancel, 1, "trade"),
        "order.status": Route(trading.order, 1, "signed"),
    }
)


class BinanceRequests:
    """Requests over a socket, signed one by one."""

    def __init__(self, floor: Floor, rest: BinanceRest) -> None:
        self.floor = floor
        self._rest = rest

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one socket."""
        return await Socket(self.floor.hub, request, BINANCE, "requests").run(self._told)

    async def _told(self, socket: Socket, text: str) -> None:
        try:
            message = json.loads(text, parse_float=str)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict):
            error = {"code": -1135, "msg": "Invalid JSON Request"}
            socket.control(encoded({"id": None, "status": 400, "error": error}))
            return
        socket.control(encoded(self._answer(message)))

    def _answer(self, message: dict[str, object]) -> dict[str, object]:
        number, given = message.get("id"), message.get("params")
        params = {k: _text(v) for k, v in given.items()} if isinstance(given, dict) else {}
        try:
            with exact():
                result = self._served(str(message.get("method")), params)
        except Refused as refused:
            error = {"code": refused.code, "msg": refused.message}
            return {"id": number, "status": refused.status, "error": error}
        except AbsentError as absent:
            self.floor.gap(f"binance ws-fapi: {absent.gap.message}")
            error = {"code": -1000, "msg": "An unknown error occurred."}
            return {"id": number, "status": 500, "error": error}
        return {"id": number, "status": 200, "result": result, "rateLimits": []}

    def _served(self, method: str, params: dict[str, str]) -> object:
        route = METHODS.get(method)
        if route is None:
            self.floor.gap(f"ws-fapi {method}")
            raise Refused(400, -1100, f"Unknown method {method}.")
        owner = self.floor.keys.find(params.get("apiKey", ""))
        if route.rights != "public":
            if owner is None or owner.venue != BINANCE:
                raise Refused(401, -2015, "Invalid API-key, IP, or permissions for action.")
            text = "&".join(f"{k}={params[k]}" for k in sorted(params) if k != "signature")
            if not signed(owner.secret, text, params.get("signature", "")):
                raise Refused(400, -1022, "Signature for this request is not valid.")
            self._rest.check_window(params)
            if route.rights == "trade" and not owner.trading:
                raise Refused(401, -2015, "Invalid API-key, IP, or permissions for action.")
        name, key = ("", "") if owner is None else (owner.account, owner.key)
        return route.handler(Call(self.floor, method, params, malformed, name, key))


def _text(value: object) -> str:
    """A parameter as it was signed: switches in lower case, numbers as they were written."""
    return str(value).lower() if isinstance(value, bool) else str(value)

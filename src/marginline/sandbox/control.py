"""The control endpoint `/__sandbox__/`: faults, time and the story, for who holds the token."""

from __future__ import annotations

import hmac
import json
from collections.abc import Awaitable, Callable
from decimal import Decimal, InvalidOperation
from typing import Protocol

from aiohttp import web

from marginline.errors import InputError, MarginlineError, shown
from marginline.sandbox.faults.script import FaultScript
from marginline.sandbox.wire.calls import encoded

PREFIX = "/__sandbox__"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_AMOUNT_MAX = Decimal(1_000_000_000_000)
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class Controlled(Protocol):
    """What is asked of a sandbox by its control endpoint."""

    faults: FaultScript

    @property
    def told(self) -> list[tuple[int, str]]:
        """The story so far."""

    def status(self) -> dict[str, object]:
        """What the sandbox has done."""

    def accounts(self) -> tuple[str, ...]:
        """Names of its accounts."""

    def world_now(self) -> int:
        """Milliseconds of world time."""

    @property
    def paused(self) -> bool:
        """Whether the world stands still."""

    def pause(self) -> None:
        """Let the world stand still."""

    def resume(self) -> None:
        """Let it go on."""

    async def step(self, milliseconds: int) -> None:
        """Advance the world by hand."""

    def transfer(self, account: str, asset: str, amount: Decimal) -> None:
        """Pay into an account."""


class Control:
    """What may be asked of a running sandbox from outside."""

    def __init__(self, sandbox: Controlled, token: str) -> None:
        self._sandbox = sandbox
        self._token = token

    def routes(self) -> list[web.RouteDef]:
        """The paths, each behind the token."""
        table: tuple[tuple[str, str, Handler], ...] = (
            ("GET", "/status", self._status),
            ("GET", "/story", self._story),
            ("GET", "/faults", self._faults),
            ("POST", "/faults", self._add),
            ("DELETE", "/faults", self._clear),
            ("DELETE", "/faults/{id}", self._remove),
            ("POST", "/pause", self._pause),
            ("POST", "/resume", self._resume),
            ("POST", "/step", self._step),
            ("POST", "/transfer", self._transfer),
        )
        return [web.route(method, PREFIX + path, self._guarded(h)) for method, path, h in table]

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: web.Request) -> web.StreamResponse:
            host = request.host.rpartition(":")[0] or request.host
            given = request.headers.get("X-Sandbox-Token", "")
            # A page in a browser can reach loopback by a name of its own, which is refused here.
            if host not in _LOOPBACK or not hmac.compare_digest(
                given.encode(), self._token.encode()
            ):
                return _answer({"error": "give the token in X-Sandbox-Token"}, 403)
            try:
                return await handler(request)
            except MarginlineError as wrong:  # what cannot be read, and what the venue refuses
                return _answer({"error": str(wrong)}, 422)

        return guarded

    async def _status(self, _: web.Request) -> web.Response:
        return _answer(self._sandbox.status())

    async def _story(self, _: web.Request) -> web.Response:
        return _answer([{"at": at, "text": text} for at, text in self._sandbox.told])

    async def _faults(self, _: web.Request) -> web.Response:
        return _answer(self._sandbox.faults.document())

    async def _add(self, request: web.Request) -> web.Response:
        given = await _body(request)
        faults = self._sandbox.faults
        added = faults.load(given) if "fault" in given else (faults.add(given),)
        return _answer({"added": list(added)}, 201)

    async def _clear(self, _: web.Request) -> web.Response:
        self._sandbox.faults.clear()
        return _answer({})

    async def _remove(self, request: web.Request) -> web.Response:
        name = request.match_info["id"]
        if self._sandbox.faults.remove(name):
            return _answer({})
        there = ", ".join(each.id for each in self._sandbox.faults) or "none"
        return _answer({"error": f"there is no fault {name!r}; there is: {there}"}, 404)

    async def _pause(self, _: web.Request) -> web.Response:
        self._sandbox.pause()
        return self._stands()

    async def _resume(self, _: web.Request) -> web.Response:
        self._sandbox.resume()
        return self._stands()

    def _stands(self) -> web.Response:
        return _answer({"paused": self._sandbox.paused, "now": self._sandbox.world_now()})

    async def _step(self, request: web.Request) -> web.Response:
        given = (await _body(request)).get("ms")
        if not isinstance(given, int) or not 0 < given <= 86_400_000:
            return _answer({"error": "give ms, from 1 to 86400000"}, 422)
        await self._sandbox.step(given)
        return _answer({"now": self._sandbox.world_now()})

    async def _transfer(self, request: web.Request) -> web.Response:
        given = await _body(request)
        try:
            amount = Decimal(str(given["amount"]))
            account, asset = str(given["account"]), str(given.get("asset", "USDT"))
        except (KeyError, InvalidOperation):
            return _answer({"error": "give account, amount and asset"}, 422)
        if account not in self._sandbox.accounts():
            there = ", ".join(self._sandbox.accounts())
            text = f"there is no account {account!r}; there is: {there}"
            return _answer({"error": text}, 422)
        if not amount.is_finite():
            return _answer({"error": f"amount {amount} is no number"}, 422)
        if not -_AMOUNT_MAX <= amount <= _AMOUNT_MAX:
            text = f"amount {amount} is more than {_AMOUNT_MAX:,} {shown(asset)}; give less"
            return _answer({"error": text}, 422)
        self._sandbox.transfer(account, asset, amount)
        return _answer({})


async def _body(request: web.Request) -> dict[str, object]:
    try:
        given = json.loads(await request.text() or "{}")
    except (ValueError, RecursionError):
        raise InputError("the body is no JSON") from None
    if not isinstance(given, dict):
        raise InputError("the body is no JSON object")
    return given


def _answer(value: object, status: int = 200) -> web.Response:
    return web.Response(status=status, text=encoded(value), content_type="application/json")

"""Who may ask, and how much: Host, Origin, token, size of bodies; headers on every answer.

Loopback alone is not safe: a web page elsewhere can name 127.0.0.1 under a host name of its own
(DNS rebinding), post to it, or open a WebSocket. So Host must name us, and Origin, where a browser
sends one, must be ours. The token travels in a header (`Authorization: Bearer`), of a WebSocket in
the subprotocol `bearer.TOKEN`: never in an address, which ends in logs.
"""

from __future__ import annotations

import hmac
import re
import time
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

import msgspec
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from marginline import web
from marginline.api.answers import Problem
from marginline.api.problems import MEDIA_TYPE, problem
from marginline.api.settings import ApiSettings
from marginline.core.numbers import is_digits

HEADERS = (
    (b"content-security-policy", web.POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
TRIES = 10
"""Wrong tokens in a minute before who sends them is not let in for the rest of it; nobody else."""
_PEERS = 4_096
PROTOCOL = "marginline"
BEARER = "bearer."


class Guard:
    """ASGI: refuses what is not ours to answer, and signs every answer with its headers."""

    def __init__(self, app: ASGIApp, settings: ApiSettings) -> None:
        self.app, self.settings = app, settings
        self._wrong: dict[str, list[float]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request or one WebSocket."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send, refusal)
        elif refusal is not None:
            await _refuse(refusal, send)
        else:
            if scope["method"] == "HEAD":  # answered as a GET, whose body the server leaves out
                scope = {**scope, "method": "GET"}
            await _Limited(self.app, self.settings.body_bytes)(named(scope), receive, send)

    async def _socket(
        self, scope: Scope, receive: Receive, send: Send, refusal: Problem | None
    ) -> None:
        if refusal is None:
            await self.app(scope, receive, send)
            return
        await receive()  # the handshake; closing before it is accepted answers 403
        await send({"type": "websocket.close", "code": 1008, "reason": refusal.detail[:100]})

    def _refusal(self, scope: Scope) -> Problem | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self.settings.allows(host):
            text = "the Host header does not name this server"
            return problem(
                403, text, field="Host", value=host[:80], remedy="ask by 127.0.0.1, or add `hosts`"
            )
        if not self._is_ours(scope, headers):
            text = "the request comes from another site"
            return problem(403, text, field="Origin", value=headers.get("origin", "")[:80])
        if self.settings.token is not None and _is_private(scope["path"], headers):
            return self._wrong_token(scope, headers, self.settings.token)
        return None

    @staticmethod
    def _is_ours(scope: Scope, headers: Headers) -> bool:
        """Whether Origin, where there is one, is the Host asked; no page of others may read us."""
        origin = headers.get("origin")
        if origin is not None:
            return urlsplit(origin).netloc.lower() == headers.get("host", "").lower()
        if headers.get("sec-fetch-site", "none") in ("none", "same-origin"):
            return True
        return scope["type"] == "http" and headers.get("sec-fetch-mode") == "navigate"

    def _wrong_token(self, scope: Scope, headers: Headers, token: str) -> Problem | None:
        now = time.monotonic()
        recent = {who: [at for at in times if now - at < 60] for who, times in self._wrong.items()}
        self._wrong = {who: times for who, times in recent.items() if times}
        peer = str((scope.get("client") or ("",))[0])
        if peer not in self._wrong and len(self._wrong) >= _PEERS:
            peer = ""
        if len(self._wrong.get(peer, ())) >= TRIES:
            text = "too many wrong tokens from your address"
            return problem(429, text, field="Authorization", remedy="wait a minute")
        offered = list(_given(headers))
        if any(hmac.compare_digest(given.encode(), token.encode()) for given in offered):
            return None
        if offered:  # who brings none guesses nothing
            self._wrong.setdefault(peer, []).append(now)
        socket = scope["type"] == "websocket"
        remedy = f"subprotocol {BEARER}TOKEN" if socket else "Authorization: Bearer TOKEN"
        return problem(401, "a token is needed", field="Authorization", remedy=f"send {remedy}")


SLASH = "\0"
"""Stands for a `/` that is part of an account's name until the route has been found."""
_NAMED = ("/api/v1/accounts/", "/accounts/")


def named(scope: Scope) -> Scope:
    """The request with `%2F` in an account's name kept apart from the slashes of the path."""
    raw: bytes = scope.get("raw_path", b"").partition(b"?")[0]
    if b"%2f" not in raw.lower() or not scope["path"].startswith(_NAMED):
        return scope
    path = unquote(re.sub(r"%2f", "%00", raw.decode("ascii", "replace"), flags=re.IGNORECASE))
    return {**scope, "path": path}


class AccountName(StringConvertor):
    """An account's name in an address: whatever it is called."""

    def convert(self, value: str) -> str:
        """With its slashes."""
        return value.replace(SLASH, "/")


register_url_convertor("account", AccountName())


def _is_private(path: str, headers: Headers) -> bool:
    """The page's own files hold nothing of anybody; all else needs the token."""
    if path.startswith("/api/") or path == "/metrics" or path.endswith(".json"):
        return True
    return wants_json(headers)


def wants_json(headers: Headers) -> bool:
    """Whether JSON is asked for and not HTML; a browser that opens a page asks for HTML."""
    accept = headers.get("accept", "")
    return "application/json" in accept and "text/html" not in accept


def _given(headers: Headers) -> Iterable[str]:
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        yield value.strip()
    for protocol in headers.get("sec-websocket-protocol", "").split(","):
        if protocol.strip().startswith(BEARER):
            yield protocol.strip().removeprefix(BEARER)


async def _refuse(found: Problem, send: Send) -> None:
    content = msgspec.json.encode(found)
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", str(len(content)).encode()),
        (b"cache-control", b"no-store"),
        *HEADERS,
    ]
    if found.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": found.status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


class _TooLargeError(Exception):
    pass


class _Limited:
    """One request whose body ends at a limit, and whose answer carries our headers."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self.app, self.most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started, seen = False, 0
        length = Headers(scope=scope).get("content-length", "0")
        if not is_digits(length) or int(length) > self.most:
            await _refuse(self._too_large(), send)
            return

        async def limited() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self.most:
                raise _TooLargeError
            return message

        async def signed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = list(message.get("headers", []))
                names = {name.lower() for name, _ in headers}
                headers += [each for each in HEADERS if each[0] not in names]
                if b"cache-control" not in names:
                    headers.append((b"cache-control", b"no-store"))
                message = {**message, "headers": headers}
            await send(message)

        try:
            await self.app(scope, limited, signed)
        except _TooLargeError:
            if not started:
                await _refuse(self._too_large(), send)

    def _too_large(self) -> Problem:
        return problem(
            413, f"the body is larger than {self.most} bytes", unit="bytes", remedy="ask for less"
        )

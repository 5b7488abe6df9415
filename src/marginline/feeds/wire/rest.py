"""Signed requests, and answers that are taken for answers only when they prove to be.

ccxt signs and knows the addresses (its `sign`, with the keys that it supports); the request itself
goes out on our own aiohttp session. Its own `fetch` would give the text as well, but it writes
addresses with their signatures into its log and its exceptions, keeps one instance of 240 kB and
one session per account, and lets an HTML page with status 200 pass for an empty account.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any, NamedTuple

import aiohttp
import msgspec

from marginline.core.numbers import is_digits
from marginline.feeds.timing import Timer
from marginline.feeds.wire.allowance import Allowance
from marginline.feeds.wire.connection import Connection, Redactor

_MOST_BYTES = 32 * 1024 * 1024
_LONGEST_S = 86_400


class Failure(StrEnum):
    """Why a call gave nothing, by what can be done about it.

    UNREACHABLE, TIMEOUT, VENUE (its own fault), BUSY (too many requests): later. CLOCK: measure
    the clock, then again. MALFORMED: the answer cannot be what was asked for; later. KEY: never,
    without another key. REQUEST: refused for what was asked.
    """

    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    BUSY = "busy"
    CLOCK = "clock"
    KEY = "key"
    MALFORMED = "malformed"
    VENUE = "venue"
    REQUEST = "request"


class CallFailed(Exception):
    """A call gave no answer that may be used. Its text is free of secrets."""

    def __init__(
        self,
        failure: Failure,
        path: str,
        message: str,
        *,
        status: int | None = None,
        code: int | None = None,
        wait_ms: int | None = None,
    ) -> None:
        self.failure = failure
        self.path = path
        self.message = message
        self.status = status
        self.code = code
        self.wait_ms = wait_ms
        told = "" if status is None else f" (status {status})"
        super().__init__(f"{path}: {failure.value}{told}: {message}")

    def kept(self) -> str:
        """As a recording holds it."""
        told = {"failure": self.failure, "message": self.message, "status": self.status}
        return msgspec.json.encode({**told, "code": self.code}).decode()


class Endpoint(NamedTuple):
    """An address of the venue: ccxt's name of the group, path, verb, weight, whether signed.

    A group within a group is written with a dot: "private.mix".
    """

    group: str
    path: str
    verb: str = "GET"
    weight: int = 1
    signed: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole, true answer: its text, and when it was asked for and came (the feed's clock)."""

    path: str
    text: str
    began: int
    ended: int

    def value(self) -> Any:  # Any: parsed JSON, for a look; floats in it, so never for figures
        """What the text says."""
        return msgspec.json.decode(self.text)

    def malformed(self, message: str) -> CallFailed:
        """The answer is not what was asked for."""
        return CallFailed(Failure.MALFORMED, self.path, message, status=200)

    def listed(self) -> list[Any]:  # Any: rows of parsed JSON
        """The rows of a list.

        Raises:
            CallFailed: it is no list.
        """
        value = self.value()
        if not isinstance(value, list):
            raise self.malformed(f"a list was expected, there is {_kind(value)}")
        return value

    def keyed(self, *lists: str, flags: tuple[str, ...] = ()) -> Mapping[str, Any]:
        """An object that has these lists and switches.

        Raises:
            CallFailed: it is no object, or one of them is missing.
        """
        value = self.value()
        if not isinstance(value, dict):
            raise self.malformed(f"an object was expected, there is {_kind(value)}")
        for name in lists:
            if not isinstance(value.get(name), list):
                raise self.malformed(f"{name} is no list, there is {_kind(value.get(name))}")
        for name in flags:
            if not isinstance(value.get(name), bool):
                raise self.malformed(f"{name} is no switch, there is {_kind(value.get(name))}")
        return value


def _kind(value: object) -> str:
    return "nothing" if value is None else f"a {type(value).__name__}"


class Reply(NamedTuple):
    """What came over the wire: status, headers in small letters, text."""

    status: int
    headers: Mapping[str, str]
    text: str


Judge = Callable[[str, Reply], CallFailed | None]


class Rest:
    """Calls to one venue at one address.

    Args:
        name: ccxt's name of the venue.
        address: replaces scheme and host of all the venue's addresses.
        judge: says what is wrong with a reply, in the venue's words; None where nothing is.
        heard: told every reply's headers (limits).
        timestamp: what signed requests are dated by.
    """

    def __init__(
        self,
        name: str,
        session: aiohttp.ClientSession,
        timer: Timer,
        *,
        redact: Redactor,
        allowance: Allowance,
        judge: Judge,
        heard: Callable[[Mapping[str, str]], None] = lambda _: None,
        timestamp: Callable[[], int],
        address: str | None = None,
        timeout_ms: int = 10_000,
    ) -> None:
        self._session = session
        self._timer = timer
        self._redact = redact
        self._judge = judge
        self._heard = heard
        self._timeout = aiohttp.ClientTimeout(total=timeout_ms / 1000)
        self.allowance = allowance
        self._signer = _signer(name, address, timestamp)

    async def call(
        self, endpoint: Endpoint, connection: Connection | None = None, **params: object
    ) -> Answer:
        """The answer to a request; `None` parameters are left out.

        Raises:
            CallFailed: there is none that may be used.
        """
        path = endpoint.path
        await self.allowance.ask(endpoint.weight)
        signed = self._signed(endpoint, connection, params)
        began = self._timer.now()
        reply = await self._reply(path, signed)
        self._heard(reply.headers)
        failed = self._judge(path, reply)
        if failed is None:
            return Answer(path, reply.text, began, self._timer.now())
        if failed.failure is Failure.BUSY:
            self.allowance.pause(failed.wait_ms or 60_000)
        raise CallFailed(
            failed.failure, path, self._redact.shown(failed.message, 200),
            status=reply.status, code=failed.code, wait_ms=failed.wait_ms,
        ) from None  # fmt: skip

    # Any: ccxt's description of a request.
    def _signed(
        self, endpoint: Endpoint, connection: Connection | None, params: Mapping[str, object]
    ) -> dict[str, Any]:
        signer = self._signer
        signer.apiKey = connection.key if connection else ""
        signer.secret = connection.secret if connection else ""
        signer.password = connection.passphrase if connection else ""
        given = {name: value for name, value in params.items() if value is not None}
        try:
            signed: dict[str, Any] = signer.sign(
                endpoint.path, endpoint.group.split("."), endpoint.verb, given
            )
        except Exception as wrong:  # noqa: BLE001 - ccxt's errors, and those of an unreadable private key
            message = self._redact.shown(f"cannot be signed: {wrong}", 200)
            raise CallFailed(Failure.KEY, endpoint.path, message) from None
        finally:
            signer.apiKey = signer.secret = signer.password = ""
        return signed

    def seal(self, connection: Connection, text: str) -> str:
        """HMAC-SHA256 of a text in hex, or its RSA signature where the secret is a private key."""
        secret = connection.secret
        if "PRIVATE KEY" in secret:
            sealed: str = self._signer.rsa(text, secret, "sha256")
            return sealed
        return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()

    async def _reply(self, path: str, signed: Mapping[str, Any]) -> Reply:
        from yarl import URL  # noqa: PLC0415 - it comes with aiohttp

        try:
            async with self._session.request(
                signed["method"],
                URL(signed["url"], encoded=True),
                data=signed["body"] or None,
                headers=signed["headers"],
                timeout=self._timeout,
                allow_redirects=False,
            ) as response:
                body = await response.content.read(_MOST_BYTES + 1)
                while not response.content.at_eof() and len(body) <= _MOST_BYTES:
                    body += await response.content.read(_MOST_BYTES + 1 - len(body))
                headers = {name.lower(): value for name, value in response.headers.items()}
                status = response.status
        except TimeoutError:
            raise CallFailed(Failure.TIMEOUT, path, "no answer in time") from None
        except (aiohttp.ClientError, OSError, asyncio.IncompleteReadError) as wrong:
            message = self._redact.shown(f"{type(wrong).__name__}: {wrong}", 200)
            raise CallFailed(Failure.UNREACHABLE, path, message) from None
        if len(body) > _MOST_BYTES:
            raise CallFailed(Failure.MALFORMED, path, "the answer has more than 32 MiB")
        return Reply(status, headers, body.decode("utf-8", "replace"))


# Any: ccxt has no types that a strict checker could follow.
def _signer(name: str, address: str | None, timestamp: Callable[[], int]) -> Any:
    """A ccxt exchange that signs: it never sees a network, and its log is not used."""
    exchange = getattr(importlib.import_module("ccxt"), name)({"enableRateLimit": False})
    exchange.nonce = timestamp
    if address is not None:
        exchange.urls["api"] = _moved(exchange.urls["api"], address.rstrip("/"))
    return exchange


def _moved(value: Any, address: str) -> Any:  # Any: a tree of addresses
    if isinstance(value, dict):
        return {name: _moved(each, address) for name, each in value.items()}
    if isinstance(value, str) and "://" in value:
        _, _, path = value.partition("://")[2].partition("/")
        return f"{address}/{path}" if path else address
    return value


def decoded(text: str) -> Any:  # Any: parsed JSON
    """Parsed JSON; None where the text is none (HTML, cut, empty, with NaN)."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def retry_after_ms(headers: Mapping[str, str]) -> int | None:
    """How long the venue asks to wait; None where it does not say, at most a day.

    Seconds, or a date: by the answer's own `Date`, because our clock may be another.
    """
    told = headers.get("retry-after", "").strip()
    if is_digits(told):
        return min(int(told[:9]), _LONGEST_S) * 1000
    until = _dated(told)
    if until is None:
        return None
    wait = until - (_dated(headers.get("date", "")) or datetime.now(UTC))
    return int(min(max(wait.total_seconds(), 0), _LONGEST_S)) * 1000


def _dated(text: str) -> datetime | None:
    """A date of HTTP; None where the text is none."""
    try:
        found = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)

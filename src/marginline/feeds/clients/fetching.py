"""`ml.fetch`: an account by way of the user's own ccxt client, read from the raw text.

The client signs, paces and sends as it is set up to; nothing of it is changed. Its unified methods
are not used: they take an empty answer or an HTML page for an account that holds nothing.
"""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Generator, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from marginline.core.account.account import Account
from marginline.core.unified import native
from marginline.errors import InputError, Problem, VenueError
from marginline.feeds.clients.failing import venue_error
from marginline.feeds.clients.tap import hearing, tapped
from marginline.feeds.messages import Unreadable
from marginline.feeds.plans import bitget
from marginline.feeds.plans.asking import Ask, Gathered
from marginline.feeds.plans.venues import EXCHANGES, VENUES, Venue
from marginline.feeds.wire.connection import Redactor
from marginline.feeds.wire.rest import Answer, CallFailed, Endpoint, Failure, Reply

_CLASSES = {"binanceusdm", "binancecoinm"}


class Client(Protocol):
    """A client of `ccxt`, or of `ccxt.async_support` (and `ccxt.pro`), of a known exchange."""

    id: str


def fetch(
    exchange: Client, *, venue: str | None = None, symbols: Iterable[str] = (),
    name: str | None = None,
) -> Any:  # fmt: skip # Any: an account, or what `await` makes one
    """The account behind a ccxt client; of an async client, an awaitable of it.

    Asks for everything that an assessment needs, by the venue's own calls; the key needs the right
    to read and no other. What may be missing and is stands among the findings of the assessment.
    The moment of the account is the venue's own time before the first of its answers.

    Args:
        exchange: a client of binanceusdm, binancecoinm, binance, bybit, bitget, bingx or okx.
        venue: which account of the exchange, where it has several; else told by the client's
            options (`defaultType`, `portfolioMargin`, `uta`) or found out from the exchange.
        symbols: contracts wanted beside those in use, so that orders in them can be tried;
            the venue's names or unified ones ("BTC/USDT:USDT").
        name: what to call the account.

    Raises:
        VenueError: the venue gave no answer that may be used; says why and what to do.
        InputError: the client is of no exchange that can be asked.
    """
    steps = _conversation(exchange, venue, tuple(symbols))
    if inspect.iscoroutinefunction(getattr(exchange, "fetch", None)):
        return _fetched_async(exchange, steps, name)
    return _fetched(exchange, steps, name)


# -- what is said ------------------------------------------------------------------------------

_Talk = Generator[tuple[Venue, Ask], Answer | CallFailed, Gathered]


# Any: a ccxt client.
def _conversation(exchange: Any, venue: str | None, symbols: tuple[str, ...]) -> _Talk:
    """One request after the other, ending with what was gathered."""
    chosen = _venue_of(exchange, venue)
    if chosen is None:
        chosen = yield from _found_out(str(exchange.id))
    spoken = VENUES[chosen]
    reply = yield spoken, Ask("", spoken.manners.time)
    if isinstance(reply, CallFailed):
        raise reply
    at = spoken.manners.time_of(reply)
    if at is None:
        raise reply.malformed("tells no time")
    steps = spoken.plan(frozenset(native(chosen, symbol) for symbol in symbols))
    batch = next(steps)
    while True:
        replies: list[Answer | CallFailed] = []
        for each in batch:
            replies.append((yield spoken, each))  # noqa: PERF401 - a generator cannot yield in one
        try:
            batch = steps.send(replies)
        except StopIteration as done:
            gathered: Gathered = done.value
            gathered.at = at
            return gathered


def _venue_of(exchange: Any, venue: str | None) -> str | None:  # Any: a ccxt client
    """The venue that the caller or the client's options name; None where it must be found out."""
    name = str(getattr(exchange, "id", type(exchange).__name__))
    there = EXCHANGES.get(name)
    if there is None:
        remedy = f"clients of {', '.join(EXCHANGES)} can be asked"
        raise InputError([Problem("exchange", name, "cannot be asked for an account", remedy)])
    options = dict(getattr(exchange, "options", None) or {})
    if venue is None and name.startswith("binance"):
        return _binance(name, options)
    if venue is None and name == "bitget" and isinstance(options.get("uta"), bool):
        return "bitget_unified" if options["uta"] else "bitget_futures"
    if venue is None:
        return there[0] if len(there) == 1 else None
    allowed = (*there, "binance_pm") if name in _CLASSES else there
    if venue not in allowed:
        remedy = f"of {name} there is: {', '.join(allowed)}"
        raise InputError([Problem("venue", venue, f"is no account of {name}", remedy)])
    return venue


def _binance(name: str, options: dict[str, Any]) -> str:  # Any: ccxt's options
    if options.get("portfolioMargin"):
        return "binance_pm"
    inverse = name == "binancecoinm" or (
        name == "binance"
        and "inverse" in (options.get("defaultSubType"), options.get("defaultType"))
    )
    coined = inverse or (name == "binance" and options.get("defaultType") == "delivery")
    return "binance_coinm" if coined else "binance_usdm"


def _found_out(name: str) -> Generator[tuple[Venue, Ask], Answer | CallFailed, str]:
    """Which account of several an exchange has for this key."""
    classic, unified = EXCHANGES[name][:2] if name == "bitget" else EXCHANGES[name][1::-1]
    spoken = VENUES[unified]
    probe = bitget.SETTINGS if name == "bitget" else spoken.probe
    reply = yield spoken, Ask("", probe)
    if isinstance(reply, CallFailed):
        if name == "bitget" and reply.failure is Failure.REQUEST:
            return classic
        raise reply
    if name == "bitget":
        return unified
    told = reply.value().get("result") or {}
    return unified if told.get("uta") or told.get("unified") else classic


# -- how it is said ----------------------------------------------------------------------------


def method_of(endpoint: Endpoint) -> str:
    """Ccxt's name of the implicit method of an endpoint: `fapiPrivateV3GetAccount`."""
    first, *others = endpoint.group.split(".")
    words = "".join(_capital(part) for part in others)
    parts = "".join(c if c.isascii() and c.isalnum() else " " for c in endpoint.path).split()
    return f"{first}{words}{endpoint.verb.capitalize()}{''.join(map(_capital, parts))}"


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]


def _fetched(exchange: Any, steps: _Talk, name: str | None) -> Account:  # Any: a ccxt client
    with tapped(exchange):
        gathered = _driven(steps, lambda venue, asked: _called(exchange, venue, asked))
    return gathered.account(name)


def _driven(steps: _Talk, call: Any) -> Gathered:  # Any: who makes a call
    try:
        venue, asked = next(steps)
        while True:
            venue, asked = steps.send(call(venue, asked))
    except StopIteration as done:
        gathered: Gathered = done.value
        return gathered
    except CallFailed as failed:
        raise venue_error(failed) from None
    except Unreadable as wrong:
        raise VenueError("malformed", wrong.field, wrong.reason) from None


async def _fetched_async(exchange: Any, steps: _Talk, name: str | None) -> Account:  # Any: as above
    with tapped(exchange):
        gathered = await _driven_async(steps, exchange)
    return await asyncio.to_thread(gathered.account, name)


async def _driven_async(steps: _Talk, exchange: Any) -> Gathered:  # Any: a ccxt client
    try:
        venue, asked = next(steps)
        while True:
            venue, asked = steps.send(await _called_async(exchange, venue, asked))
    except StopIteration as done:
        gathered: Gathered = done.value
        return gathered
    except CallFailed as failed:
        raise venue_error(failed) from None
    except Unreadable as wrong:
        raise VenueError("malformed", wrong.field, wrong.reason) from None


def _called(exchange: Any, venue: Venue, asked: Ask) -> Answer | CallFailed:  # Any: as above
    call, began = _call_of(exchange, asked), _now()
    wrong: Exception | None = None
    with hearing() as heard:
        try:
            call(_params(asked))
        except Exception as raised:  # noqa: BLE001 - ccxt's own; the reply is judged by its text
            wrong = raised
    return _judged(_Call(exchange, venue, asked, began), heard, wrong)


async def _called_async(exchange: Any, venue: Venue, asked: Ask) -> Answer | CallFailed:
    call, began = _call_of(exchange, asked), _now()
    wrong: Exception | None = None
    with hearing() as heard:
        try:
            await call(_params(asked))
        except Exception as raised:  # noqa: BLE001 - as above
            wrong = raised
    return _judged(_Call(exchange, venue, asked, began), heard, wrong)


def _params(asked: Ask) -> dict[str, object]:
    return {name: value for name, value in asked.params.items() if value is not None}


def _call_of(exchange: Any, asked: Ask) -> Any:  # Any: a method of a ccxt client
    endpoint = asked.endpoint
    method = getattr(exchange, method_of(endpoint), None)
    if method is not None:
        return method
    return lambda params: exchange.request(
        endpoint.path, endpoint.group.split("."), endpoint.verb, params
    )


@dataclass(frozen=True, slots=True)
class _Call:
    """One call: by which client, to which venue, since when."""

    exchange: Any  # a ccxt client
    venue: Venue
    asked: Ask
    began: int


def _judged(call: _Call, heard: list[Reply], wrong: Exception | None) -> Answer | CallFailed:
    path = call.asked.endpoint.path
    redact = Redactor(
        str(secret)
        for field in ("apiKey", "secret", "password")
        if (secret := getattr(call.exchange, field, None))
    )
    if not heard:
        return _unheard(path, wrong, redact)
    reply = heard[-1]
    failed = call.venue.manners.judge(path, reply)
    if failed is None:
        return Answer(path, reply.text, call.began, _now())
    return CallFailed(
        failed.failure, path, redact.shown(failed.message, 200),
        status=failed.status, code=failed.code, wait_ms=failed.wait_ms,
    )  # fmt: skip


_UNSIGNED = ("AuthenticationError", "ArgumentsRequired")
_LATE = ("RequestTimeout",)


def _unheard(path: str, wrong: Exception | None, redact: Redactor) -> CallFailed:
    """There was no reply at all: the request was never signed, never sent, or never answered."""
    kinds = {kind.__name__ for kind in type(wrong).__mro__} if wrong is not None else set()
    text = "nothing came" if wrong is None else f"{type(wrong).__name__}: {wrong}"
    failure = Failure.UNREACHABLE
    if kinds & set(_UNSIGNED):
        failure = Failure.KEY
    elif kinds & set(_LATE):
        failure = Failure.TIMEOUT
    with suppress(ValueError):
        text = text[: text.index("?")]  # an address: what follows may be a signature
    return CallFailed(failure, path, redact.shown(text, 200))


def _now() -> int:
    return time.time_ns() // 1_000_000

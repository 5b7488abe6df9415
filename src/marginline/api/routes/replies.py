"""How a route answers: encoded once, and heavy questions in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from marginline.api.problems import BodyError
from marginline.core.document.misfit import misfit
from marginline.core.numbers import is_digits
from marginline.errors import InputError, Problem
from marginline.monitor.run import Monitor

A = TypeVar("A")
T = TypeVar("T")
_ENCODER = msgspec.json.Encoder()
_AT_ONCE = 4
"""Heavy questions answered at once; more wait."""


def reply(content: object, status: int = 200) -> Response:
    """A struct or a document as JSON."""
    return Response(_ENCODER.encode(content), status, media_type="application/json")


def monitor_of(request: Request) -> Monitor:
    """The monitor that this app serves."""
    found = request.app.state.monitor
    assert isinstance(found, Monitor)
    return found


async def in_thread(request: Request, ask: Callable[[], A]) -> A:
    """Answer a question that takes milliseconds beside the loop, a few at once."""
    gate = request.app.state.gate
    async with gate:
        return await asyncio.to_thread(ask)


def gate() -> asyncio.Semaphore:
    """At most so many heavy questions at once."""
    return asyncio.Semaphore(_AT_ONCE)


async def body_of(request: Request, kind: type[T]) -> T:
    """The JSON body as a struct.

    Raises:
        InputError: it is not JSON, nested too deep, or not of that form; the problem names where.
    """
    raw = await request.body()
    deepest = request.app.state.settings.depth
    if _depth(raw) > deepest:
        text = f"nested more than {deepest} levels deep"
        raise InputError([Problem("body", "", text, "flatten the question")])
    if not raw.strip():
        raise InputError([Problem("body", "", "is empty", "send JSON")])
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        found = misfit(str(error), "body", _WRITTEN, _SCHEMA)
        remedy = _KINDS.get(found.message, found.remedy)
        raise BodyError([replace(found, remedy=remedy)]) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError([Problem("body", "", f"not JSON: {error}", "send JSON")]) from None


_SCHEMA = "/api/v1/openapi.json says what there may be"
_WRITTEN = 'numbers are written as text, such as "1.5"'
_KINDS = {
    "must be a whole number": "write it without quotes and without a point, such as 60",
    "must be true or false": "write true or false, without quotes",
    "must be a list": "write [...], even of one",
    "must be an object": "write {...}",
}


def _depth(raw: bytes) -> int:
    """How deep brackets nest, strings left out."""
    deepest = depth = 0
    quoted = escaped = False
    for byte in raw:
        if quoted:
            if escaped:
                escaped = False
            elif byte == 0x5C:
                escaped = True
            elif byte == 0x22:
                quoted = False
        elif byte == 0x22:
            quoted = True
        elif byte in (0x5B, 0x7B):
            depth += 1
            deepest = max(deepest, depth)
        elif byte in (0x5D, 0x7D):
            depth -= 1
    return deepest


SPANS: Mapping[str, int] = {"1h": 3_600, "24h": 86_400, "7d": 604_800, "30d": 2_592_000}


def span_ms(text: str) -> int:
    """A span as seconds or one of 1h, 24h, 7d, 30d, in milliseconds.

    Raises:
        InputError: it is neither, or beyond 30 days.
    """
    seconds = SPANS.get(text) or (int(text) if is_digits(text) else 0)
    if not 0 < seconds <= SPANS["30d"]:
        remedy = "write seconds, or one of 1h, 24h, 7d, 30d"
        raise InputError([Problem("span", text[:40], "is no span of at most 30 days", remedy)])
    return seconds * 1000

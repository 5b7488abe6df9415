"""The raw text of a ccxt client's answers: heard before ccxt parses it.

Ccxt's parsed JSON holds floats where the venue sent numbers, and an HTML page with status 200 is no
error to it. Its own hook `on_rest_response` sees status, headers and text first; here it is
listened to for as long as an account is fetched, by the calls of that fetching alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from marginline.feeds.wire.rest import Reply

_HOOK = "on_rest_response"
_heard: ContextVar[list[Reply] | None] = ContextVar("_heard", default=None)


class _Tap:
    """In the place of a client's own hook: tells the reply to whoever asked, then goes on."""

    def __init__(self, own: Any) -> None:  # Any: ccxt's method
        self.own = own
        self.users = 0

    def __call__(self, *told: Any) -> Any:  # Any: ccxt's own signature of eight things
        heard = _heard.get()
        if heard is not None:
            code, _, _, _, headers, body, *_ = told
            named = {str(name).lower(): str(value) for name, value in dict(headers or {}).items()}
            heard.append(Reply(int(code), named, body if isinstance(body, str) else ""))
        return self.own(*told)


@contextmanager
def tapped(exchange: Any) -> Iterator[None]:  # Any: a ccxt client
    """Listen to a client; its own hook is back when the last of several listeners has gone."""
    tap = exchange.__dict__.get(_HOOK)
    if not isinstance(tap, _Tap):
        before = tap
        tap = _Tap(getattr(exchange, _HOOK))
        setattr(exchange, _HOOK, tap)
        if before is not None:
            tap.own = before
    tap.users += 1
    try:
        yield
    finally:
        tap.users -= 1
        if tap.users == 0:
            _put_back(exchange, tap)


def _put_back(exchange: Any, tap: _Tap) -> None:  # Any: a ccxt client
    delattr(exchange, _HOOK)
    if tap.own != getattr(exchange, _HOOK, None):
        setattr(exchange, _HOOK, tap.own)  # it was the user's own, set on this very client


@contextmanager
def hearing() -> Iterator[list[Reply]]:
    """The replies to the calls made inside, oldest first."""
    replies: list[Reply] = []
    token = _heard.set(replies)
    try:
        yield replies
    finally:
        _heard.reset(token)

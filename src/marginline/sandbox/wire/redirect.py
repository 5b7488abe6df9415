"""Point an unmodified ccxt client at the sandbox.

Every address under `urls['api']` keeps its path and gets the sandbox's scheme and host; nothing
else of the client is touched.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Protocol
from urllib.parse import urlsplit


class Client(Protocol):
    """What is needed of a ccxt client: the addresses it dials."""

    urls: MutableMapping[str, object]


def redirect(client: Client, rest_url: str, ws_url: str) -> None:
    """Rewrite the client's addresses in place; call it before the first request."""
    client.urls["api"] = _moved(client.urls["api"], rest_url, ws_url)


def _moved(value: object, rest_url: str, ws_url: str) -> object:
    if isinstance(value, dict):
        return {name: _moved(each, rest_url, ws_url) for name, each in value.items()}
    if not isinstance(value, str):
        return value
    scheme, _, rest = value.partition("://")
    path = "/" + rest.partition("/")[2] if "/" in rest else ""
    base = ws_url if scheme in ("ws", "wss") else rest_url
    return base + path


def host_of(url: str) -> str:
    """Host and port of an address."""
    return urlsplit(url).netloc

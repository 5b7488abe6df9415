"""Whose account is watched, with which key; and nothing of the key in any text.

A listen key reads an account for an hour and a signature can be replayed within its window, so
both are secrets like the key itself. Every text that leaves the feeds passes a `Redactor`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from marginline.errors import shown

_HIDDEN = "[hidden]"
_SHORTEST = 6
_NAMED = re.compile(
    r"""(?i)(["']?(?:signature|sign|listenkey|listentoken|apikey|api_key|secret|x-mbx-apikey"""
    r"""|x-bapi-sign|x-bapi-api-key|x-bx-apikey|passphrase|(?:ok-)?access-(?:key|sign|passphrase))"""
    r"""["']?\s*[=:]\s*["']?)([^\s&"',}\])]+)"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One account at one venue.

    `account` is the name it is known by; without a `key` only public data is read. `rest_url` and
    `ws_url` replace the venue's own addresses. `accept_trading` takes a key that may trade or
    withdraw; without it such a key is refused before anything else is asked.
    """

    account: str
    venue: str
    key: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    passphrase: str = field(default="", repr=False)
    rest_url: str | None = None
    ws_url: str | None = None
    accept_trading: bool = False


class Redactor:
    """Takes secrets out of texts: those it is told, and whatever stands where secrets stand."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: dict[str, None] = {}
        for secret in secrets:
            self.hide(secret)

    def __repr__(self) -> str:
        return f"Redactor({len(self._secrets)} secrets)"

    def hide(self, secret: str) -> None:
        """Never let this text out again. Texts shorter than six characters are no secrets."""
        if len(secret) >= _SHORTEST:
            self._secrets[secret] = None

    def text(self, value: object) -> str:
        """The value as text without secrets, of any length."""
        found = value if isinstance(value, str) else str(value)
        for secret in self._secrets:
            found = found.replace(secret, _HIDDEN)
        return _NAMED.sub(rf"\g<1>{_HIDDEN}", found)

    def shown(self, value: object, limit: int = 120) -> str:
        """The value as one printable line without secrets, cut."""
        return shown(self.text(value), limit)

"""Where the API listens, and what it lets in."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from marginline.errors import InputError, Problem

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
SHORTEST_TOKEN = 32


def asked_by(host: str) -> str:
    """The name under which an address begins from this machine: a bind to all of them is none."""
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return host
    if address.is_unspecified:
        return "127.0.0.1" if address.version == 4 else "[::1]"
    return f"[{address}]" if address.version == 6 else str(address)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    """Bind, token and limits.

    Loopback is the default and needs no token. Any other bind needs a token of at least 32
    characters, and TLS (`certificate`, `key`) or the explicit `insecure`. `hosts` are further names
    under which the page may be asked for; Host and Origin are checked against them.

    Raises:
        InputError: a bind that is not safe; the message says what it needs.
    """

    host: str = "127.0.0.1"
    port: int = 8765
    token: str | None = None
    insecure: bool = False
    certificate: str | None = None
    key: str | None = None
    hosts: tuple[str, ...] = ()
    body_bytes: int = 1_048_576
    depth: int = 32
    changes: int = 100
    readers: int = 200
    frame_bytes: int = 65_536

    def __post_init__(self) -> None:
        problems = []
        if not 0 <= self.port <= 65_535:
            text = "must be a port, 0 to 65535"
            problems.append(Problem("port", str(self.port), text, "0 takes any free one"))
        if self.token is not None and len(self.token) < SHORTEST_TOKEN:
            text = f"must have at least {SHORTEST_TOKEN} characters"
            remedy = "make one: python -c 'import secrets; print(secrets.token_urlsafe(32))'"
            problems.append(Problem("token", "", text, remedy))
        if self.key is not None and self.certificate is None:
            text = "is no use without a certificate: nothing would be encrypted"
            problems.append(Problem("key", self.key, text, "give certificate too"))
        if not self.is_loopback:
            problems += self._exposed()
        if problems:
            raise InputError(problems)

    def _exposed(self) -> list[Problem]:
        found = []
        if self.token is None:
            text = "is not loopback: whoever reaches it would read your accounts"
            found.append(Problem("host", self.host, text, "give a token, or bind 127.0.0.1"))
        if not self.insecure and (self.certificate is None or self.key is None):
            text = "is not loopback, and nothing is encrypted"
            remedy = "give certificate and key, or say insecure where a proxy encrypts"
            found.append(Problem("host", self.host, text, remedy))
        return found

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return False

    def allows(self, host: str) -> bool:
        """Whether a Host header names us; the port does not matter."""
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        own = asked_by(self.host).lower()
        return name.lower() in {*LOOPBACK_NAMES, own, *(each.lower() for each in self.hosts)}

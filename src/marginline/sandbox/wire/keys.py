"""Keys of the simulated accounts, and the signatures that both venues ask for.

Keys follow from the names, so that a script written against the sandbox runs again tomorrow. They
open nothing but a world on this machine.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping

import msgspec


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """The key of one account at one venue. `trading` False: it may read and nothing else."""

    key: str
    secret: str
    venue: str
    account: str
    trading: bool

    def __repr__(self) -> str:
        """Without the secret: a log is no place for one."""
        rights = "trading" if self.trading else "read-only"
        return f"Credentials({self.account!r}, {self.venue!r}, {rights})"


class KeyRing:
    """Every account's two keys: one that reads, one that trades."""

    def __init__(self, accounts: Mapping[str, Iterable[str]]) -> None:
        self._by_key: dict[str, Credentials] = {}
        self._by_name: dict[tuple[str, bool], Credentials] = {}
        for venue, names in accounts.items():
            for name in names:
                for trading in (False, True):
                    made = _credentials(venue, name, trading=trading)
                    self._by_key[made.key] = made
                    self._by_name[name, trading] = made

    def of(self, account: str, *, trading: bool = False) -> Credentials:
        """The key of an account. Raises KeyError naming those there are."""
        found = self._by_name.get((account, trading))
        if found is None:
            names = ", ".join(dict.fromkeys(name for name, _ in self._by_name)) or "none"
            raise KeyError(f"no account {account!r}; there is: {names}")
        return found

    def find(self, key: str) -> Credentials | None:
        """Whose key it is."""
        return self._by_key.get(key)

    def all(self) -> tuple[Credentials, ...]:
        """Every key."""
        return tuple(self._by_name.values())


def _credentials(venue: str, account: str, *, trading: bool) -> Credentials:
    key = f"{account.replace(' ', '-')}.{'trade' if trading else 'read'}"
    secret = hashlib.sha256(f"marginline sandbox|{venue}|{key}".encode()).hexdigest()[:32]
    return Credentials(key=key, secret=secret, venue=venue, account=account, trading=trading)


def signature(secret: str, text: str) -> str:
    """HMAC-SHA256 in hex, as both venues have it."""
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def signed(secret: str, text: str, given: str) -> bool:
    """Whether the signature given belongs to the text."""
    return hmac.compare_digest(signature(secret, text).encode(), given.lower().encode())

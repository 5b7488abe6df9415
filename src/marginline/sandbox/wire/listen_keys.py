"""Listen keys of Binance's private stream: an hour from POST or PUT, one an account."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

LIFE_S = 3_600.0


class ListenKeys:
    """The keys in force, and what the fault script does to them."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._until: dict[str, tuple[str, float]] = {}
        self._made = 0
        self._again: dict[str, str] = {}

    def post(self, account: str) -> str:
        """The key in force, extended; a new one where there is none."""
        kept = self._until.get(account)
        if kept is None or kept[1] <= self._seconds():
            self._made += 1
            digest = hashlib.sha256(f"listen key {account} {self._made}".encode()).hexdigest()
            kept = (self._again.pop(account, digest), 0.0)
        self._until[account] = (kept[0], self._seconds() + LIFE_S)
        return kept[0]

    def put(self, account: str) -> str | None:
        """Extend the key in force; None where there is none."""
        key = self.of(account)
        if key is not None:
            self._until[account] = (key, self._seconds() + LIFE_S)
        return key

    def delete(self, account: str) -> str | None:
        """End the key in force."""
        key = self.of(account)
        self._until.pop(account, None)
        return key

    def of(self, account: str) -> str | None:
        """The key in force of an account."""
        kept = self._until.get(account)
        return None if kept is None or kept[1] <= self._seconds() else kept[0]

    def account_of(self, key: str) -> str | None:
        """Whose key it is, if it is in force."""
        now = self._seconds()
        found = (a for a, (own, until) in self._until.items() if own == key and until > now)
        return next(found, None)

    def due(self) -> list[tuple[str, str]]:
        """Accounts and keys whose hour is over; they are forgotten with this."""
        now = self._seconds()
        over = [(account, key) for account, (key, until) in self._until.items() if until <= now]
        for account, _ in over:
            del self._until[account]
        return over

    def expire(self, account: str, *, same_key: bool) -> str | None:
        """End a key before its time; `same_key`: the next POST gives the same text."""
        key = self.delete(account)
        if key is not None and same_key:
            self._again[account] = key
        return key

    def accounts(self) -> tuple[str, ...]:
        """Accounts that have a key."""
        return tuple(self._until)

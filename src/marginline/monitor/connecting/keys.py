"""A key is kept once its venue has said what it may do; secrets go in and never come out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

import msgspec

from marginline.errors import InputError, Problem, shown
from marginline.feeds.plans.carrying import rights_of
from marginline.feeds.plans.rights import Rights
from marginline.feeds.wire.connection import Connection
from marginline.store.secrets.records import KeyRecord, Keys

LONGEST = 60


class Accepted(NamedTuple):
    """Which rights beyond reading the user accepts."""

    trading: bool = False
    withdrawal: bool = False

    def allows(self, rights: Rights) -> bool:
        """Whether a key with these rights may be kept."""
        traded = self.trading or not rights.trading
        return traded and (self.withdrawal or not rights.withdrawal)


class Tested(NamedTuple):
    """What a venue said of a key that is kept; `accepted`: no more than was accepted."""

    record: KeyRecord
    rights: Rights
    accepted: bool


def connection_from(record: KeyRecord, url: str | None = None) -> Connection:
    """The connection of a key that is kept; another address is that of its sockets as well."""
    rest_url = url or record.url
    return Connection(
        account=record.name,
        venue=record.venue,
        key=record.key,
        secret=record.secret,
        passphrase=record.passphrase,
        rest_url=rest_url,
        ws_url=None if rest_url is None else f"ws{rest_url.removeprefix('http')}",
        accept_trading=bool(record.trading or record.withdrawal),
    )


def too_many_rights(rights: Rights, remedy: str) -> InputError:
    """The key may do more than read: what to do about it."""
    text = f"this key may {rights.words()}; a key that is stolen trades against its owner"
    better = "make a key that may only read and works from your address alone (IP allow-list)"
    return InputError([Problem("rights", shown(rights.beyond, 120), text, f"{better}, {remedy}")])


class Watching(Protocol):
    """What a running monitor watches with keys, by their names; see `connecting.roster`."""

    def of(self, key: str) -> tuple[str, ...]:
        """The accounts that are watched with it."""

    def check(self, key: str) -> None:
        """Raises InputError where none may be watched with a key of that name."""

    async def watch(self, record: KeyRecord) -> tuple[str, ...]:
        """Watch with it from now on; the names of its accounts. Raises InputError."""

    async def leave(self, key: str) -> None:
        """Watch with it no longer."""


class KeyDesk:
    """Keys kept in one place; one change at a time. Calls may raise InputError, VenueError.

    `url` replaces the venues' own addresses for keys that are added here: a sandbox. `watching`:
    what a running monitor watches with them; None where none runs.
    """

    def __init__(
        self, keys: Callable[[], Keys], url: str | None = None, watching: Watching | None = None
    ) -> None:
        self._keys, self.url, self.watching = keys, url, watching
        self._one = asyncio.Lock()

    async def listed(self) -> tuple[str, list[KeyRecord]]:
        """Where keys are kept, and all of them."""
        async with self._one:
            return await asyncio.to_thread(self._listed)

    def _listed(self) -> tuple[str, list[KeyRecord]]:
        there = self._keys()
        found = [record for name in there.names() if (record := there.get(name)) is not None]
        return there.place, found

    async def add(
        self,
        record: KeyRecord,
        accepted: Accepted,
        remedy: str,
        *,
        replace: bool = False,
        watch: bool = False,
    ) -> tuple[KeyRecord, Rights, str]:
        """Keep a key once its venue has said what it may do; the key, its rights, where it is.

        Args:
            record: as it was given, not probed yet.
            accepted: which rights beyond reading it may have.
            remedy: how a key that may do more can be kept all the same, in the door's words.
            replace: whether one of that name may go; what is watched with it is then watched
                with this one.
            watch: whether its account is to be watched from now on.

        Raises:
            InputError: a name that cannot be, or is taken; more rights than were accepted; no
                monitor runs that could watch.
        """
        name = record.name
        if not name.strip() or len(name) > LONGEST or not name.isprintable() or name[0] in "-@":
            text = f"must have 1 to {LONGEST} printable characters, the first neither - nor @"
            raise InputError([Problem("key.name", shown(name, LONGEST), text)])
        if record.url is None and self.url is not None:
            record = msgspec.structs.replace(record, url=self.url)
        if watch:
            self._watching().check(name)
        async with self._one:
            there = self._keys()
            if not replace and await asyncio.to_thread(there.get, name) is not None:
                raise InputError([Problem("key.name", name, "is kept already", "replace it")])
            rights = await rights_of(connection_from(record))
            if not accepted.allows(rights):
                raise too_many_rights(rights, remedy)
            kept = _with(record, rights)
            await asyncio.to_thread(there.put, kept)
            if watch or self.accounts_of(name):
                await self._watching().watch(kept)
            return kept, rights, there.place

    def accounts_of(self, name: str) -> tuple[str, ...]:
        """The accounts that are watched with a key now."""
        return () if self.watching is None else self.watching.of(name)

    def _watching(self) -> Watching:
        if self.watching is None:
            text = "no monitor runs here that could watch it"
            raise InputError([Problem("watch", "", text, "marginline monitor")])
        return self.watching

    async def watch(self, name: str) -> KeyRecord:
        """Watch the account of a key that is kept, from now on. Raises InputError."""
        watching = self._watching()
        async with self._one:
            record = await self._record(name)
            if not self.accounts_of(name):
                await watching.watch(record)
            return record

    async def _record(self, name: str) -> KeyRecord:
        there = self._keys()
        record = await asyncio.to_thread(there.get, name)
        if record is None:
            raise await asyncio.to_thread(_unknown, there, name)
        return record

    async def test(self, name: str, url: str | None = None) -> Tested:
        """Ask the venue again what a key may do; kept where it is no more than was accepted."""
        async with self._one:
            there, record = self._keys(), await self._record(name)
            rights = await rights_of(connection_from(record, url))
            accepted = Accepted(bool(record.trading), bool(record.withdrawal)).allows(rights)
            if accepted:
                record = _with(record, rights)
                await asyncio.to_thread(there.put, record)
            return Tested(record, rights, accepted)

    async def remove(self, name: str) -> None:
        """Forget a key, and watch with it no longer. At the venue it stays valid."""
        async with self._one:
            there = self._keys()
            if not await asyncio.to_thread(there.remove, name):
                raise await asyncio.to_thread(_unknown, there, name)
            if self.watching is not None:
                await self.watching.leave(name)


def _unknown(there: Keys, name: str) -> InputError:
    names = ", ".join(there.names()) or "none"
    text = f"no key of that name in {there.place}: {names}"
    return InputError([Problem("name", shown(name, LONGEST), text)])


def _with(record: KeyRecord, rights: Rights) -> KeyRecord:
    now = int(datetime.now(UTC).timestamp() * 1000)
    return msgspec.structs.replace(
        record, trading=rights.trading, withdrawal=rights.withdrawal, bound=rights.bound,
        probed_at=now,
    )  # fmt: skip

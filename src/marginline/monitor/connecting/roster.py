"""Which accounts are watched by which key, while a monitor runs: more of them, others no longer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from marginline.errors import InputError, Problem, shown
from marginline.feeds.opening import Feeds
from marginline.feeds.wire.connection import Connection
from marginline.monitor.connecting.keys import connection_from
from marginline.monitor.run import Monitor
from marginline.monitor.settings import Watching
from marginline.monitor.taking.commands import Forget, Watch
from marginline.store.secrets.records import KeyRecord

REMOVED = "its key was removed, so it is not watched any more"
REPLACED = "its key was replaced"


def watching_of(connection: Connection) -> Watching:
    """A connection's account, as a monitor watches it."""
    source = connection.rest_url or connection.venue
    return Watching(name=connection.account, venue=connection.venue, source=source)


class Roster:
    """What a running monitor watches by keys that are kept.

    Args:
        monitor: who watches.
        feeds: how; `run` by whoever made them.
        by_key: the connections that are open already, by the name of their key.
        placed: the accounts of those whose addresses are not their key's own.
    """

    def __init__(
        self,
        monitor: Monitor,
        feeds: Feeds,
        by_key: Mapping[str, Sequence[Connection]] = MappingProxyType({}),
        placed: frozenset[str] = frozenset(),
    ) -> None:
        self._monitor, self._feeds = monitor, feeds
        self._open = {key: tuple(found) for key, found in by_key.items()}
        self._placed = placed
        self._left: dict[str, tuple[Connection, ...]] = {}
        self._one = asyncio.Lock()

    def of(self, key: str) -> tuple[str, ...]:
        """The accounts that are watched with a key."""
        return tuple(each.account for each in self._open.get(key, ()))

    def check(self, key: str) -> None:
        """Whether an account may be watched with a key of this name.

        Raises:
            InputError: an account of that name is watched otherwise.
        """
        known = {*self.of(key), *(each.account for each in self._left.get(key, ()))}
        if not known and key in self._monitor.state.accounts:
            text = "an account of this name is watched already, and not with this key"
            remedy = "give the key another name, or leave it to the settings"
            raise InputError([Problem("key.name", shown(key, 60), text, remedy)])

    async def watch(self, record: KeyRecord) -> tuple[str, ...]:
        """Watch the account of a key from now on; those that its name had before, with this one.

        Every one of them is unknown until the venue has told it whole. Returns their names.

        Raises:
            InputError: as `check`.
        """
        async with self._one:
            self.check(record.name)
            await self._close(record.name, REPLACED)
            fresh = connection_from(record)
            found = self._left.pop(record.name, ()) or (fresh,)
            after = tuple(self._renewed(each, fresh) for each in found)
            for each in after:
                await self._monitor.ask(Watch(watching_of(each), anew=True))
                try:
                    self._feeds.open(each)
                except InputError:
                    await self._monitor.ask(Forget(each.account))
                    raise
            self._open[record.name] = after
            return self.of(record.name)

    async def leave(self, key: str, reason: str = REMOVED) -> None:
        """Watch with this key no longer: its accounts stay in sight as unknown, and say why."""
        async with self._one:
            await self._close(key, reason)

    async def _close(self, key: str, reason: str) -> None:
        found = self._open.pop(key, ())
        for each in found:
            await self._feeds.close(each.account, reason)
        if found:
            self._left[key] = found

    def _renewed(self, before: Connection, fresh: Connection) -> Connection:
        """The account with its new key, under the name that it had."""
        name = before.account
        if before.venue != fresh.venue or name not in self._placed:
            return replace(fresh, account=name)
        return replace(fresh, account=name, rest_url=before.rest_url, ws_url=before.ws_url)

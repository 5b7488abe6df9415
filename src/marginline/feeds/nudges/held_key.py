"""A listen key: had by REST, opened as a socket, renewed before it ends."""

from __future__ import annotations

from collections.abc import Callable

from marginline.feeds.timing import Backoff
from marginline.feeds.wire.connection import Connection
from marginline.feeds.wire.door import Door
from marginline.feeds.wire.lines import Line, LineClosed
from marginline.feeds.wire.rest import CallFailed, Endpoint, decoded


class HeldKey:
    """One connection's listen key. It reads the account for an hour: it is a secret.

    `endpoint` by verb; `is_unknown`: whether the venue says that it does not know the key;
    `named`: the venue wants to be told which key is renewed.
    """

    def __init__(
        self,
        door: Door,
        connection: Connection,
        endpoint: Callable[[str], Endpoint],
        is_unknown: Callable[[CallFailed], bool],
        *,
        named: bool = False,
    ) -> None:
        self._door, self._connection = door, connection
        self._endpoint, self._is_unknown, self._named = endpoint, is_unknown, named
        self._key = ""

    async def open(self, path: str) -> Line:
        """A key and a socket on it, at a path before it; being open is all that acknowledges."""
        answer = await self._door.call(self._endpoint("POST"), self._connection)
        value = decoded(answer.text)
        key = value.get("listenKey") if isinstance(value, dict) else None
        if not isinstance(key, str) or not key.isalnum():
            raise answer.malformed("tells no listen key")
        self._door.desk.redact.hide(key)
        self._key = key
        return await self._door.line(path + key)

    async def renew(self) -> None:
        """Renew it as long as the line lives; LineClosed when the venue knows it no more."""
        cadence, timer = self._door.cadence, self._door.timer
        while True:
            await timer.sleep(cadence.renew_listen_key)
            backoff = Backoff(cadence.backoff, cadence.backoff_most)
            until = timer.now() + cadence.listen_key - cadence.renew_listen_key
            while not await self._renewed():
                if timer.now() > until:
                    raise LineClosed("the listen key could not be renewed in time")
                await timer.sleep(backoff.next())

    async def _renewed(self) -> bool:
        named = {"listenKey": self._key} if self._named else {}
        try:
            await self._door.call(self._endpoint("PUT"), self._connection, **named)
        except CallFailed as failed:
            if self._is_unknown(failed):
                raise LineClosed("the venue does not know the listen key any more") from None
            self._door.desk.refuse(self._connection.account, f"listen key: {failed.path}",
                                   failed.status or "", failed.message)  # fmt: skip
            return False
        return True

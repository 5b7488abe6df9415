"""What of an account's ledger the store holds, so that feeds go on where the run before ended."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from marginline.errors import StoreError
from marginline.feeds.booking import LATE_MS, Booked
from marginline.feeds.messages import Unreadable
from marginline.store.rows import LedgerRow
from marginline.store.store import Store

log = logging.getLogger(__name__)
WAIT_S, WAIT_STEPS = 0.05, 200
GIVEN_UP_S = 300.0
"""So long rows wait for a store; then its ledger counts as empty, which the log says."""


class StoreKnown:
    """Asks a store that may still be being opened: for ten seconds the first time.

    So long as it cannot be read no row is told, and none is lost; the account is watched meanwhile.
    After five minutes nothing counts as known: rows are told from then on, and the log says so.
    """

    def __init__(self, store: Callable[[], Store | None]) -> None:
        self._open = store
        self._until: float | None = None

    async def __call__(self, account: str) -> Booked | None:
        """What is kept of an account; None where nothing is.

        Raises:
            Unreadable: it cannot be read yet; to be asked again.
        """
        now = asyncio.get_running_loop().time
        steps = WAIT_STEPS if self._until is None else 1
        self._until = self._until or now() + GIVEN_UP_S
        try:
            return await asyncio.to_thread(_booked, await self._opened(steps), account)
        except StoreError as problem:
            if now() < self._until:
                raise Unreadable(
                    "history", "", f"rows wait until it can be read: {problem}"
                ) from None
            log.error("the ledger of %s is followed from now on: %s", account, problem)
            return None

    async def _opened(self, steps: int) -> Store:
        for _ in range(steps):
            store = self._open()
            if store is not None:
                return store
            await asyncio.sleep(WAIT_S)
        raise StoreError("the history", "is not open", "the log says why")


def _booked(store: Store, account: str) -> Booked | None:
    newest = store.read.rows(LedgerRow, account=account, newest=1)
    if not newest:
        return None
    at = newest[0].at
    rows = store.read.rows(LedgerRow, account=account, since=at - 2 * LATE_MS)
    return Booked(at, frozenset(row.id for row in rows))

"""What of an account's ledger the store holds, so that feeds go on where the run before ended."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from marginline.errors import StoreError
from marginline.feeds.booking import LATE_MS, Booked
from marginline.store.rows import LedgerRow
from marginline.store.store import Store

log = logging.getLogger(__name__)
WAIT_S, WAIT_STEPS = 0.05, 200


class StoreKnown:
    """Asks a store that is still being opened, for ten seconds at most.

    Without an answer nothing is known: rows are then told from now on, and the log says so.
    """

    def __init__(self, store: Callable[[], Store | None]) -> None:
        self._open = store

    async def __call__(self, account: str) -> Booked | None:
        """What is kept of an account; None where nothing is, or it cannot be read."""
        for _ in range(WAIT_STEPS):
            store = self._open()
            if store is not None:
                break
            await asyncio.sleep(WAIT_S)
        else:
            log.error("the ledger of %s is followed from now on: no history is open", account)
            return None
        try:
            return await asyncio.to_thread(_booked, store, account)
        except StoreError as problem:
            log.error("the ledger of %s is followed from now on: %s", account, problem)
            return None


def _booked(store: Store, account: str) -> Booked | None:
    newest = store.read.rows(LedgerRow, account=account, newest=1)
    if not newest:
        return None
    at = newest[0].at
    rows = store.read.rows(LedgerRow, account=account, since=at - 2 * LATE_MS)
    return Booked(at, frozenset(row.id for row in rows))

"""A store that is open: one writer, many readers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from types import TracebackType

from sqlalchemy import Engine

from marginline.errors import StoreError
from marginline.store.forgetting import forgotten
from marginline.store.reading import Reader
from marginline.store.rows import Part, Row
from marginline.store.writing import Writer


class Store:
    """Rows in, rows out; see `open_store`.

    ```python
    with open_store("sqlite:///history.db") as store:
        store.write([LedgerRow(account="main", id="1", ...)]).result()
        store.read.rows(LedgerRow, account="main")
    ```

    `read` may be used from any thread. In an event loop: `await asyncio.wrap_future(store.write(
    rows))`, and `await asyncio.to_thread(store.read.rows, ...)`.

    Attributes:
        where: the file or the address, without a password.
        read: the queries.
    """

    def __init__(
        self, where: str, writing: Mapping[Part, Engine], reading: Mapping[Part, Engine]
    ) -> None:
        self.where = where
        self._engines = (*writing.values(), *reading.values())
        self._writer = Writer(dict(writing), where)
        self.read = Reader(reading, where)

    def write(self, rows: Iterable[Row]) -> Future[None]:
        """Have rows written, from any thread; the future is done when they are durable.

        Rows of one call are written together. What is booked is on the disk by then, telemetry
        survives the end of this program. A row whose key is there already changes nothing
        (roll-ups: the worse moment stays; gaps: the newest). Where it cannot be, the future raises
        StoreError, nothing of that part was written, and the same rows may be given again.

        Raises:
            InputError: a row holds an amount that is no number.
        """
        return self._writer.write(rows)

    def forget(self, kind: type[Row], before: int, **equal: object) -> int:
        """Delete telemetry of a kind from before a moment; returns how many rows went.

        In small transactions, between which what is written goes in. Raises StoreError.
        """
        assert kind.part == "telemetry", "what is booked stays"
        gone = 0
        while True:
            count: int = self._writer.run(
                kind.part, lambda c: forgotten(c, kind, before, equal)
            ).result()
            gone += count
            if count == 0:
                return gone

    @property
    def trouble(self) -> StoreError | None:
        """Why the newest commit failed; None where it did not."""
        return self._writer.trouble

    def close(self) -> None:
        """Write what waits, then let go of every file and connection."""
        self._writer.close()
        for engine in self._engines:
            engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

"""An account file that changes on disk: every change is a snapshot, or is refused with its reason.

The file is looked at again and again, by its time, size and content; a program that writes it
should write beside and rename. While it cannot be read, what it said before stays known and ages.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

from marginline.core.account.account import Account
from marginline.core.account.file import MAX_BYTES, load
from marginline.errors import InputError, Problem, shown
from marginline.feeds.event_queue import EventQueue
from marginline.feeds.events import AccountSnapshot, Life, Stream, StreamState
from marginline.feeds.telling import Desk, Vital
from marginline.feeds.timing import SystemTimer, Timer, ms_of
from marginline.feeds.wire.connection import Redactor
from marginline.venues.reader import notes

_UNKNOWN_VENUE = "file"


class FileFeed:
    """One account file, watched until cancelled.

    Args:
        path: the file; a name that ends in .toml is TOML, all else JSON.
        queue: where its events go.
        account: what the account is called; the file's own `name`, else the file's name.
        clock: the feed's clock.
        poll_ms: milliseconds between two looks.
        limit_ms: age of the last good look at which the file counts as silent.
        max_age: an account that describes an older moment is not known; None: of any age.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        queue: EventQueue,
        *,
        account: str | None = None,
        clock: Timer | None = None,
        poll_ms: int = 1_000,
        limit_ms: int = 30_000,
        max_age: timedelta | None = None,
    ) -> None:
        self.path = Path(path)
        self.account = account or self.path.stem
        self._named = account is not None
        self._timer = clock or SystemTimer()
        self._poll_ms = poll_ms
        self._desk = Desk(_UNKNOWN_VENUE, queue, self._timer, Redactor())
        self.life = Vital(self._desk, Stream.FILE, self.account, limit_ms)
        self._looked: tuple[int, int, int] | None = None
        self._digest = b""
        self._told_at = 0
        self._max_age = max_age
        self._state: Account | None = None
        self._said: Account | None = None

    def streams(self) -> tuple[StreamState, ...]:
        """How the file stands."""
        return (self.life.now(),)

    async def run(self) -> None:
        """Watch until cancelled."""
        try:
            while True:
                await self._look()
                self.life.look()
                await self._timer.sleep(self._poll_ms)
        finally:
            self.life.turn(Life.CLOSED, "the feed ended")

    async def _look(self) -> None:
        try:
            content = await asyncio.to_thread(self._changed)
            if content is None:
                self._unchanged()
                return
            state = await asyncio.to_thread(_read, content, self.path.name)
        except InputError as wrong:
            self._desk.refuse_input(self.account, "file", wrong)
            self.life.turn(Life.GAP, f"cannot be read: {wrong}")
            return
        except Exception as wrong:  # noqa: BLE001 - a fault of ours in one file ends no other account
            reason = f"cannot be read: {type(wrong).__name__}: {wrong}"
            self._desk.refuse(self.account, "file", "", reason, "report this")
            self.life.turn(Life.GAP, reason)
            return
        self._state = state
        self._tell(self._aged(state))

    def _aged(self, state: Account) -> Account:
        """With a note where it is too old by now, or of a moment still to come."""
        now = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=self._timer.now())
        return notes.aged(state, now, self._max_age)

    def _changed(self) -> bytes | None:
        """The content where it is new; None where it is as it was."""
        try:
            found = self.path.stat()
            mark = (found.st_mtime_ns, found.st_size, found.st_ino)
            if mark == self._looked and self.life.trusted:
                return None
            if not stat.S_ISREG(found.st_mode):  # a pipe would be waited for without end
                raise _wrong(self.path.name, "is no file", "put an account file there")
            if found.st_size > MAX_BYTES:
                raise _wrong(f"{found.st_size} bytes", "is too large", "split it by account")
            content = self.path.read_bytes()
        except OSError as wrong:
            reason = f"cannot be read: {wrong.strerror or type(wrong).__name__}"
            raise _wrong(self.path.name, reason, "put the file there again") from None
        digest = hashlib.sha256(content).digest()
        if digest == self._digest and self.life.trusted:
            self._looked = mark
            return None
        self._looked, self._digest = mark, digest
        return content

    def _unchanged(self) -> None:
        now = self._timer.now()
        if self._state is not None and self._said is self._state:
            state = self._aged(self._state)
            if state is not self._state:  # too old from now on, though the file is as it was
                self._tell(state)
                return
        if now - self._told_at >= self.life.limit_ms // 3:
            self._told_at = now
            self.life.confirm("unchanged")

    def _tell(self, state: Account) -> None:
        self._desk.venue = state.venue
        if state.name and not self._named:
            self.account = self.life.account = state.name
        self._desk.tell(AccountSnapshot, at=ms_of(state.as_of), account=self.account, state=state)
        self._told_at, self._said = self._timer.now(), state
        self.life.heal("the file was read")


def _read(content: bytes, name: str) -> Account:
    source = io.BytesIO(content)
    source.name = name
    return load(source)


def _wrong(value: str, message: str, remedy: str) -> InputError:
    return InputError([Problem("file", shown(value), message, remedy)])

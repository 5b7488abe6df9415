"""A private stream as a nudge: from it alone no account can be rebuilt, but it says when to look.

Polling goes on beside it, so a stream that is deaf, refused or gone costs seconds, never the truth.
It is found deaf when two visits differ and it has not said a word about it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from marginline.feeds.events import Life, Stream
from marginline.feeds.messages import Unreadable
from marginline.feeds.telling import Desk, Vital
from marginline.feeds.timing import Backoff, Cadence
from marginline.feeds.wire.connection import Connection
from marginline.feeds.wire.door import Door
from marginline.feeds.wire.keeper import Keeper, RefusedForGood
from marginline.feeds.wire.lines import Line


@dataclass(frozen=True, slots=True)
class Nudge:
    """Why the account must be looked at; `settings`: leverage, modes or conditional orders, too."""

    reason: str
    settings: bool = False


class Ear(Protocol):
    """How one venue's private stream is spoken."""

    async def open(self) -> Line:
        """A socket, logged in, its subscriptions acknowledged. May raise `LineClosed`."""

    async def tend(self, line: Line) -> None:
        """Keep it alive for as long as it is."""

    def said(self, text: str) -> Nudge | None:
        """What a frame means; None where nothing changed (an acknowledgement, a pong).

        Raises:
            LineClosed: nothing more will come on this line.
            Unreadable: it is no message of this stream.
        """


Ears = Callable[[Door, Connection], Ear]


class Listening:
    """Keeps an ear on a venue's private stream; `run` until cancelled or refused for good."""

    def __init__(
        self, account: str, ear: Ear, desk: Desk, cadence: Cadence, look: Callable[[Nudge], None]
    ) -> None:
        self._account, self._ear, self._desk = account, ear, desk
        self._look, self._cadence = look, cadence
        self.life = Vital(desk, Stream.PRIVATE, account, cadence.listen_key)
        self.heard_at = 0
        self._keeper = Keeper(self, desk.timer, cadence)

    async def run(self) -> None:
        """Listen; a stream that the venue refuses is left, and polling goes on without it."""
        backoff = Backoff(self._cadence.backoff, self._cadence.backoff_most)
        while True:
            try:
                await self._keeper.run()
            except RefusedForGood as refused:
                self._desk.refuse(self._account, "private stream", "", str(refused),
                                  "the account is polled without it")  # fmt: skip
                self.life.turn(Life.REFUSED, str(refused))
                return
            except Exception as wrong:  # noqa: BLE001 - the account is polled on, and this one told
                reason = f"it failed: {type(wrong).__name__}: {wrong}"
                self._desk.refuse(self._account, "private stream", "", reason, "report this")
                self.lost(reason)
                await self._desk.timer.sleep(backoff.next())

    def deaf(self, reason: str) -> None:
        """The account changed and the stream did not tell: it is left for a new one."""
        if self.life.trusted:
            self._keeper.leave(reason)

    async def open(self) -> Line:
        """A line, logged in and subscribed."""
        return await self._ear.open()

    async def tend(self, line: Line) -> None:
        """Keep it alive."""
        await self._ear.tend(line)

    def opened(self) -> None:
        """What changed while nobody listened is looked at now."""
        self.heard_at = self._desk.timer.now()
        self.life.heal("logged in and subscribed")
        self._look(Nudge("its private stream is connected", settings=True))

    def lost(self, reason: str) -> None:
        """No line is open."""
        self.life.retry += 1
        known = self.life.state is not Life.CONNECTING
        self.life.turn(Life.GAP if known else Life.CONNECTING, reason)

    async def read(self, line: Line) -> None:
        """Take every frame until the line ends."""
        while True:
            text = await line.receive()
            received = self._desk.timer.now()
            self._desk.keep(Stream.PRIVATE, self._account, received, text)
            self.life.beat()
            try:
                nudge = self._ear.said(text)
            except Unreadable as wrong:
                where = f"private stream: {wrong.field}"
                self._desk.refuse(self._account, where, wrong.value, wrong.reason)
                nudge = Nudge("a message could not be read")
            if nudge is not None:
                self.heard_at = received
                self._look(nudge)

"""Readers of the stream: one slot each, in which the newest row wins.

A slow reader never slows the monitor and never makes it remember more: its slot holds the names of
what has changed since it last read, and what it is sent is as of then.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Iterable

from marginline.monitor.messages import StoryLine
from marginline.monitor.state import State, StreamKey

STORY = 200
"""Story lines kept."""
FOLLOW_S = 1.0
"""How long documents that follow figures wait for a message to go with."""


class Subscription:
    """One reader's slot. `watching`: accounts whose pools it wants with every row.

    `accounts`: whose rows are news, and whether the whole row is; `owed`: those of them that are
    sent because it asked, whatever became of them since it last read.
    """

    def __init__(self, close: Callable[[Subscription], None]) -> None:
        self.accounts: dict[str, bool] = {}
        self.owed: frozenset[str] = frozenset()
        self.gone: dict[str, None] = {}
        self.alerts: dict[str, None] = {}
        self.streams: dict[StreamKey, None] = {}
        self.story: deque[StoryLine] = deque(maxlen=STORY)
        self.since = 0
        self.started = False
        self.watching: frozenset[str] = frozenset()
        self._news = asyncio.Event()
        self._close = close
        self._follows: asyncio.TimerHandle | None = None

    def changed(
        self,
        state: State,
        gone: Collection[str],
        streams: Collection[StreamKey],
    ) -> None:
        """Note what of a new state is newer than what the reader has.

        Documents that follow figures already told go with the next message, `FOLLOW_S` later at
        most; everything else at once.
        """
        for name in gone:
            self.accounts.pop(name, None)
            self.gone[name] = None
        for name in state.touched:
            self.gone.pop(name, None)
            self.accounts[name] = self.accounts.get(name, False) or name not in state.moved
        self.alerts.update(dict.fromkeys(state.alerts_touched))
        self.streams.update(dict.fromkeys(streams))
        if gone or streams or state.alerts_touched or len(state.touched) > len(state.followed):
            self._news.set()
        elif state.touched and self._follows is None:
            self._follows = asyncio.get_running_loop().call_later(FOLLOW_S, self._news.set)

    def delivered(self, alerts: Iterable[str]) -> None:
        """Something became of alerts on their way, or alerting itself stands otherwise."""
        self.alerts.update(dict.fromkeys(alerts))
        self._news.set()

    def tell(self, line: StoryLine) -> None:
        """A new line of the story; of a reader that is far behind the oldest is dropped."""
        self.story.append(line)
        self._news.set()

    def watch(self, accounts: Iterable[str], known: Iterable[str]) -> None:
        """Send the pools of these from now on, the first time at once."""
        self.watching = frozenset(accounts)
        self.owed |= self.watching.intersection(known)
        self.accounts.update(dict.fromkeys(self.owed, True))
        self._news.set()

    async def news(self, at_most_s: float) -> None:
        """Wait until there is something new, or for so many seconds: then a sign of life is due."""
        try:
            async with asyncio.timeout(at_most_s):
                await self._news.wait()
        except TimeoutError:
            return

    def clear(self, seq: int) -> None:
        """The reader has it all, as of `seq`."""
        for held in (self.accounts, self.gone, self.alerts, self.streams, self.story):
            held.clear()
        self._news.clear()
        self._forget_timer()
        self.since, self.started, self.owed = seq, True, frozenset()

    def close(self) -> None:
        """The reader is gone."""
        self._forget_timer()
        self._close(self)

    def _forget_timer(self) -> None:
        if self._follows is not None:
            self._follows.cancel()
            self._follows = None

"""Readers of the stream: one slot each, in which the newest row wins.

A slow reader never slows the monitor and never makes it remember more: its slot holds the names of
what has changed since it last read, and what it is sent is as of then.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable

from marginline.monitor.messages import StoryLine
from marginline.monitor.state import StreamKey

STORY = 200
"""Story lines kept."""


class Subscription:
    """One reader's slot. `watching`: accounts whose pools it wants with every row."""

    def __init__(self, close: Callable[[Subscription], None]) -> None:
        self.accounts: dict[str, None] = {}
        self.gone: dict[str, None] = {}
        self.alerts: dict[str, None] = {}
        self.streams: dict[StreamKey, None] = {}
        self.story: deque[StoryLine] = deque(maxlen=STORY)
        self.since = 0
        self.started = False
        self.watching: frozenset[str] = frozenset()
        self._news = asyncio.Event()
        self._close = close

    def changed(
        self,
        accounts: Iterable[str],
        gone: Iterable[str],
        alerts: Iterable[str],
        streams: Iterable[StreamKey],
    ) -> None:
        """Note what is newer than what the reader has."""
        for name in gone:
            self.accounts.pop(name, None)
            self.gone[name] = None
        for name in accounts:
            self.gone.pop(name, None)
            self.accounts[name] = None
        self.alerts.update(dict.fromkeys(alerts))
        self.streams.update(dict.fromkeys(streams))
        if self.accounts or self.gone or self.alerts or self.streams:
            self._news.set()

    def tell(self, line: StoryLine) -> None:
        """A new line of the story; of a reader that is far behind the oldest is dropped."""
        self.story.append(line)
        self._news.set()

    def watch(self, accounts: Iterable[str], known: Iterable[str]) -> None:
        """Send the pools of these from now on, the first time at once."""
        self.watching = frozenset(accounts)
        self.accounts.update(dict.fromkeys(name for name in known if name in self.watching))
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
        self.since, self.started = seq, True

    def close(self) -> None:
        """The reader is gone."""
        self._close(self)

"""How many requests a venue allows, by its own answer headers; one per venue and address of ours.

All accounts of a venue share it, because the venue counts by IP. A request waits while the venue
has asked for a pause, and while what is used comes near the limit: a ban would silence everything.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping

from marginline.feeds.timing import Timer

_SHARE = 0.8


class Allowance:
    """Weight used within a window.

    Args:
        timer: the feed's clock.
        of: weight allowed in a window; the venue may tell another (`allow`).
        window_ms: length of the window.
        told: called with (used, of, until) when a pause begins or use passes a step of the limit.
    """

    def __init__(
        self,
        timer: Timer,
        of: int,
        window_ms: int,
        told: Callable[[int, int, int | None], None] = lambda *_: None,
    ) -> None:
        self.of = of
        self._timer = timer
        self._window_ms = window_ms
        self._told = told
        self._sent: deque[tuple[int, int]] = deque()
        self._sum = 0
        self._venue_used = 0
        self._venue_at = -window_ms
        self._until = 0
        self._step = 0

    @property
    def until(self) -> int | None:
        """End of the pause that the venue asked for; None where there is none."""
        return self._until if self._until > self._timer.now() else None

    @property
    def used(self) -> int:
        """Weight used in this window: as the venue says, or as we count, whichever is more."""
        now = self._timer.now()
        while self._sent and self._sent[0][0] <= now - self._window_ms:
            self._sum -= self._sent.popleft()[1]
        told = self._venue_used if self._venue_at > now - self._window_ms else 0
        return max(self._sum, told)

    def allow(self, of: int) -> None:
        """The venue states its limit."""
        if of > 0:
            self.of = of

    async def ask(self, weight: int) -> None:
        """Wait until a request of this weight may go, then count it."""
        while (wait := self._wait(weight)) > 0:
            await self._timer.sleep(wait)
        self._sent.append((self._timer.now(), weight))
        self._sum += weight
        self._say()

    def _wait(self, weight: int) -> int:
        now = self._timer.now()
        if self._until > now:
            return self._until - now
        used = self.used
        if not used or used + weight <= self.of * _SHARE:
            return 0
        own = self._sent[0][0] + self._window_ms - now if self._sent else self._window_ms
        venue = self._venue_at + self._window_ms - now if self._venue_used >= used else own
        return max(1, min(self._window_ms, max(own, venue)))

    def heard(self, used: int) -> None:
        """The venue says how much is used."""
        self._venue_used, self._venue_at = used, self._timer.now()
        self._say()

    def pause(self, ms: int) -> None:
        """The venue asked for quiet: no request goes out before; a shorter pause ends no longer."""
        until = self._timer.now() + ms
        if until > self._until:
            self._until = until
            self._told(self.used, self.of, until)

    def _say(self) -> None:
        used = self.used
        step = 10 * used // self.of
        if step != self._step:
            self._step = step
            self._told(used, self.of, self.until)


def unheard(_: Allowance, __: Mapping[str, str]) -> None:
    """The headers say nothing of an allowance, and our own count holds."""

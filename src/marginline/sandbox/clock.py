"""The venue's clock: what the wire says of time, and which signed timestamps pass.

At speed 1 the world's time is shifted once so that it is now: a bot on this machine needs no
offset. At any other speed (or driven by hand) the wire carries world time as it is; then a signed
timestamp passes by the real clock, or by world time as a client that measured an offset has it.
"""

from __future__ import annotations

from collections.abc import Callable

AHEAD_MS = 1_000
"""A timestamp this much ahead of the venue is refused (both venues, as documented)."""


class VenueClock:
    """World milliseconds to the milliseconds on the wire."""

    def __init__(
        self,
        world_now: Callable[[], int],
        real_now: Callable[[], int],
        *,
        speed: float | None,
    ) -> None:
        self._world_now = world_now
        self.real_now = real_now
        self.speed = speed
        self._began = world_now()
        self._shift = real_now() - world_now() if speed == 1 else 0
        self._framed_at = real_now()
        self._paused = False

    # -- from world to wire ----------------------------------------------------------------

    def stamp(self, at: int) -> int:
        """A world moment as the wire carries it."""
        return at + self._shift

    def world(self, stamp: int) -> int:
        """A moment on the wire as the world knows it."""
        return stamp - self._shift

    def now(self) -> int:
        """Milliseconds that the venue's clock shows, between two frames of the world as well."""
        if self.speed is None or self._paused:
            return self.stamp(self._world_now())
        run = max(0, self.real_now() - self._framed_at) * self.speed
        return self.stamp(self._world_now()) + int(min(run, 2_000 * self.speed))

    def framed(self) -> None:
        """The world was advanced to now."""
        self._framed_at = self.real_now()

    def pause(self) -> None:
        """The world stands still."""
        self._paused = True

    def resume(self) -> None:
        """It goes on; at speed 1 the shift makes up for what was missed."""
        self._paused = False
        self.framed()
        if self.speed == 1:
            self._shift = self.real_now() - self._world_now()

    # -- windows ---------------------------------------------------------------------------

    def verdict(self, timestamp: int, window: int, skew: int = 0) -> str | None:
        """Why a signed timestamp is refused: "ahead" or "old"; None where it passes.

        `window` in ms; `skew` is by how much a fault has put the clock off.
        """
        real = self.real_now() + skew
        if self.speed != 1 and self._began - window <= timestamp - skew <= self.now() + AHEAD_MS:
            return None  # no one clock is right here: what refuses is having been shown by neither
        if timestamp >= real + AHEAD_MS:
            return "ahead"
        return "old" if timestamp < real - window else None

"""Time in the sandbox: the world is advanced frame by frame, at real time or faster.

A frame is at least one world second and a quarter of a real one. Where the world stops early (an
account is triggered, a cue of the story) the streams tell it before time goes on, and while a
forced close runs the world is slowed down, so that no speed hides it.
"""

from __future__ import annotations

import asyncio

from marginline.market.events import Event, LiquidationStage
from marginline.sandbox.floor import Floor

FRAME_S = 0.25
LENS_SPEED = 5.0
_LENS_S = 30.0
_BEHIND_S = 2.0
_STEP_MS = 1_000


class Driver:
    """Runs the world of a floor at a speed."""

    def __init__(self, floor: Floor, speed: float) -> None:
        self._floor = floor
        self.speed = speed
        self._lens_until = 0.0
        self._owed = 0.0
        self._going = asyncio.Event()
        self._going.set()
        floor.subscribers.append(self._watch)

    @property
    def frame_s(self) -> float:
        """Real seconds between two frames."""
        return max(FRAME_S, min(1.0, 1.0 / self.speed))

    @property
    def paused(self) -> bool:
        """Whether the world stands still until `resume`."""
        return not self._going.is_set()

    def pause(self) -> None:
        """Let the world stand still."""
        self._going.clear()
        self._floor.clock.pause()

    def resume(self) -> None:
        """Let it go on."""
        self._floor.clock.resume()
        self._going.set()

    async def run(self) -> None:
        """Advance until cancelled."""
        floor = self._floor
        before = floor.seconds()
        while True:
            await asyncio.sleep(self.frame_s)
            if not self._going.is_set():
                await self._going.wait()
                before = floor.seconds()
                continue
            now = floor.seconds()
            elapsed, before = now - before, now
            if self.speed != 1:  # at speed 1 the world is of now, whatever the machine did
                elapsed = min(elapsed, _BEHIND_S)  # else a pause of the machine is no jump
            await self._advance(elapsed * 1_000 * self._pace())

    def _pace(self) -> float:
        slow = self._floor.seconds() < self._lens_until
        return min(self.speed, LENS_SPEED) if slow else self.speed

    async def _advance(self, milliseconds: float) -> None:
        """Whole world seconds; what is left over is owed to the next frame."""
        floor = self._floor
        self._owed += milliseconds
        whole = int(self._owed) // _STEP_MS * _STEP_MS
        if not whole:
            return
        self._owed -= whole
        until = floor.world.now + whole
        while floor.world.now < until:
            floor.advance(until)
            floor.framed()
            await asyncio.sleep(0)  # let the frames out before time goes on
            if floor.world.now < until and self.speed > LENS_SPEED:
                return

    def _watch(self, event: Event) -> None:
        if isinstance(event, LiquidationStage):
            over = event.stage == "over"
            self._lens_until = 0.0 if over else self._floor.seconds() + _LENS_S

"""How accounts stood after each round, on its way into the record: figures that wait go first."""

from __future__ import annotations

from marginline.monitor.history import Recorder
from marginline.monitor.state import State, Watched
from marginline.monitor.why.kept import Keeper

WAIT_MS = 1_000
"""How long a point waits for the rounds after its own, at most."""


class Points:
    """Points of the rounds in which a price goes through many accounts, a part at a time."""

    def __init__(self, recorder: Recorder, keeper: Keeper) -> None:
        self._recorder, self._keeper = recorder, keeper
        self._waiting: list[tuple[Watched, int]] = []

    def take(self, state: State) -> None:
        """Whom the round touched; recorded when nobody waits for figures, each as of its round."""
        accounts, waiting = state.accounts, self._waiting
        waiting += [(accounts[name], state.now) for name in state.touched if name in accounts]
        if not waiting or (state.behind and state.now - waiting[0][1] < WAIT_MS):
            return
        self._waiting = []
        for watched, now in waiting:
            name = watched.watching.name
            if name in accounts:
                self._recorder.point(watched, now)
                self._keeper.of(name).point(watched)

"""What a live command says in the terminal while accounts live."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from marginline.cli.live.sentences import said
from marginline.cli.page.words import counted
from marginline.market.scenarios import Scenario
from marginline.monitor.answers import Judged, MonitorRecord
from marginline.monitor.run import Monitor

_WORD = {"margin_call": "Margin call"}


class Console:
    """A line for the start, a line for each turn of the story and of an account."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._statuses: dict[str, str] = {}
        self._met: set[str] = set()
        self._title = ""

    def line(self, text: str) -> None:
        """One line, at once."""
        print(text, file=self._out, flush=True)

    def missing(self, files: Iterable[str]) -> None:
        """Which account files are not there."""
        for file in (each for each in files if not Path(each).exists()):
            self.line(f"{file}: is not there; unknown until it is, and then read at once")

    def head(self, story: Scenario, address: str, *, seed: int, speed: float) -> None:
        """Where the page is, and what is shown."""
        self.line(f"marginline   {address}   (Ctrl-C ends it)")
        self.line(f"{story.title}: {story.story}")
        self._title = story.story
        self.line(
            f"Simulated accounts on two simulated venues; seed {seed}, {speed:g} times as fast as"
            " life, times of the world."
        )

    def story(self, at: int, text: str) -> None:
        """A line of the story, at world milliseconds; what the head said is not said again."""
        if text == self._title:
            return
        self.line(f"{datetime.fromtimestamp(at / 1000, UTC):%H:%M:%S}  {text}")

    def follow(self, monitor: Monitor, began: float) -> None:
        """Say when the first account was judged, and every change of a status."""
        waiting = [True]

        def heard(records: tuple[MonitorRecord, ...]) -> None:
            judged = any(isinstance(r, Judged) and r.status != "unknown" for r in records)
            if waiting and judged:
                waiting.clear()
                self.line(f"First account judged after {time.monotonic() - began:.1f} s.")
            self.hear(monitor, records)

        monitor.listeners.append(heard)

    def hear(self, monitor: Monitor, records: tuple[MonitorRecord, ...]) -> None:
        """Say every change of a status among these records."""
        for judged in records:
            if isinstance(judged, Judged):
                self._changed(monitor, judged)

    def _changed(self, monitor: Monitor, judged: Judged) -> None:
        before = self._statuses.get(judged.account)
        self._statuses[judged.account] = judged.status
        first = before in {None, "unknown"} and judged.account not in self._met
        if judged.status != "unknown":
            self._met.add(judged.account)
        if before == judged.status or (first and judged.status in {"unknown", "healthy"}):
            return
        row, world = monitor.row(judged.account), monitor.world()
        # of the clock that the story is told by; what was judged is of a moment before
        moment = datetime.fromisoformat(judged.at if world is None else world.now)
        word = _word(judged.status)
        self.line(f"{moment:%H:%M:%S}  {word}: {judged.account} {said(row.sentence)}")

    def end(self, monitor: Monitor) -> None:
        """How many accounts stood how."""
        statuses: list[str] = [row.status for row in monitor.snapshot().accounts]
        counts = ", ".join(f"{statuses.count(s)} {_word(s).lower()}" for s in _once(statuses))
        self.line(f"Ended: {counted(len(statuses), 'account')}, {counts or 'none judged'}.")


def _once(statuses: Iterable[str]) -> list[str]:
    return sorted(dict.fromkeys(statuses))


def _word(status: str) -> str:
    return _WORD.get(status, status.capitalize())

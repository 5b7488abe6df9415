"""A round as its listeners get it, and how the history stands."""

from __future__ import annotations

from dataclasses import dataclass

from marginline.core.account.moments import wire_moment
from marginline.feeds.events import Event
from marginline.monitor.answers import MonitorRecord
from marginline.monitor.state import State
from marginline.monitor.taking.commands import Command


@dataclass(frozen=True, slots=True)
class Round:
    """One round: what went in, in its order, the states around it, the records that came out."""

    batch: tuple[Event | Command, ...]
    before: State
    state: State
    records: tuple[MonitorRecord, ...]


@dataclass(slots=True)
class Kept:
    """How the history stands; `since` is when it was last not written, None where it is."""

    where: str
    since: int | None = None
    reason: str = ""
    remedy: str = ""
    written: int = 0
    lost: int = 0

    @property
    def sentence(self) -> str:
        """What is wrong in one line; "" where nothing is."""
        if self.since is None:
            return ""
        text = f"history not written since {wire_moment(self.since)}: {self.reason}"
        return f"{text}; {self.remedy}"

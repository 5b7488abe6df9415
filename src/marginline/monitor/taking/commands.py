"""What people and the wiring ask of the monitor; they travel in a batch, like events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from marginline.monitor.judging.hourly import HourlyMarks
from marginline.monitor.settings import Bands, Watching
from marginline.monitor.state import Silence


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Somebody has seen an alert: it stays, and speaks no more until it gets worse."""

    alert: str


@dataclass(frozen=True, slots=True)
class Mute:
    """An alert is not to speak until a moment; None: until it is re-armed. `until` 0 unmutes."""

    alert: str
    until: int | None


@dataclass(frozen=True, slots=True)
class Hush:
    """Alerts of an account and a kind are not to speak for a while; `until` 0 ends it."""

    silence: Silence


@dataclass(frozen=True, slots=True)
class SetBands:
    """The bands of one account, or (`account` None) of all that have none of their own."""

    account: str | None
    bands: Bands


@dataclass(frozen=True, slots=True)
class Watch:
    """One more account is to be watched; `anew` one of that name, as unknown as at first."""

    watching: Watching
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Forget:
    """An account is no longer to be watched."""

    account: str


@dataclass(frozen=True, slots=True)
class QueueState:
    """The queue before the monitor was full when it was emptied; it counts as that a minute."""

    full: bool


@dataclass(frozen=True, slots=True)
class RecallMarks:
    """The hourly marks of a venue that earlier runs have kept, by symbol, oldest first."""

    venue: str
    hourly: Mapping[str, HourlyMarks]


Command = Acknowledge | Mute | Hush | SetBands | Watch | Forget | QueueState | RecallMarks

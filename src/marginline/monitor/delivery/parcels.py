"""What is on its way: a message, its parcel for each target, and what became of an attempt."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from marginline.monitor.delivery.quiet import QuietHours
from marginline.monitor.wire import AlertLevel

ParcelState = Literal["waiting", "sending", "sent", "unsure", "failed", "dropped"]
"""`unsure`: an attempt was made, and it is not known whether it arrived."""
GRAVITY: dict[AlertLevel, int] = {"line": 4, "call": 3, "act": 2, "unknown": 1, "warn": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One thing to tell, once to each target.

    `key` names it for ever: the same event has the same key after a restart. `at` when it was
    spoken, milliseconds since the epoch.
    """

    key: str
    alert: str
    level: AlertLevel
    at: int
    title: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A message for one target.

    `due` is when it is next sent (None: it is not), `tries` how many attempts were begun, `at` when
    it last changed, `again` that an earlier attempt may have arrived.
    """

    key: str
    target: str
    state: ParcelState
    at: int
    due: int | None = None
    tries: int = 0
    detail: str = ""
    again: bool = False
    step: int = 0

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done."""
        return self.state in ("waiting", "sending")


@dataclass(frozen=True, slots=True)
class Attempted:
    """What became of an attempt: it arrived, it did not, or nobody knows; why, without secrets.

    `retry_after_ms`: how long the service asked to be left alone.
    """

    kind: Literal["arrived", "refused", "unsure"]
    detail: str = ""
    retry_after_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A target by its name, the service behind it, and the group that it is asked in (1 first)."""

    name: str
    service: str
    group: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How messages are told; times in milliseconds.

    The n-th retry waits `base_ms` doubled n - 1 times, at most `most_ms`, by up to a quarter more
    or less. After `second_after` attempts that failed at each target of a group the next group is
    asked too. What reached nobody within `broken_ms` makes alerting broken; what could not be
    delivered within `give_up_ms` is given up.
    """

    base_ms: int = 2_000
    most_ms: int = 300_000
    second_after: int = 2
    broken_ms: int = 45_000
    give_up_ms: int = 86_400_000
    quiet: QuietHours | None = field(default=None)

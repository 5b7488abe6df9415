"""Where alerts and parcels are kept before anything is acknowledged or sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from marginline.core.numbers import is_digits
from marginline.monitor.delivery.parcels import Message, Parcel
from marginline.monitor.state import Alert, Silence, Slot


@dataclass(frozen=True, slots=True)
class Kept:
    """What an outbox held at the start."""

    alerts: Mapping[str, Alert] = field(default_factory=dict)
    slots: Mapping[tuple[str, str], Slot] = field(default_factory=dict)
    messages: Sequence[Message] = ()
    parcels: Sequence[Parcel] = ()
    silences: tuple[Silence, ...] = ()

    @property
    def sequence(self) -> int:
        """The highest number that names one of its alerts; 0 without any."""
        numbers = [int(name[1:]) for name in self.alerts if is_digits(name[1:])]
        return max(numbers, default=0)


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be kept together: alerts with their slots, new messages, parcels as they stand.

    `silences`: all there are, where they changed.
    """

    at: int
    alerts: Sequence[tuple[Alert, Slot]] = ()
    messages: Sequence[Message] = ()
    parcels: Sequence[Parcel] = ()
    silences: tuple[Silence, ...] | None = None


class Outbox(Protocol):
    """Keeps changes; `keep` returns when they would survive a kill."""

    async def load(self) -> Kept:
        """What is there. Raises StoreError where it cannot be read."""
        ...

    async def keep(self, change: Change) -> None:
        """Keep it. Raises StoreError where it cannot be kept."""
        ...


class MemoryOutbox:
    """Keeps what is open for as long as the process lives: where there is no store."""

    async def load(self) -> Kept:
        """Nothing: it was made a moment ago."""
        return Kept()

    async def keep(self, change: Change) -> None:
        """The post itself remembers."""

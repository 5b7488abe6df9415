"""What cannot be processed, as people see it."""

from __future__ import annotations

from marginline.feeds.events import Event, Refused
from marginline.monitor.taking.commands import Command


def unprocessable(event: Event | Command, error: Exception, now: int) -> Refused:
    """An event that could not be taken in, as a refusal that people see."""
    return Refused(
        venue=getattr(event, "venue", ""),
        received=now,
        sequence=0,
        account=getattr(event, "account", None),
        field=type(event).__name__,
        value="",
        reason=f"could not be processed: {type(error).__name__}: {error}"[:500],
        remedy="report it; what was known before is kept",
    )

"""The outside world as events: venues' streams and answers in, a queue of typed events out."""

from marginline.feeds.event_queue import EventQueue
from marginline.feeds.events import (
    AccountChanged,
    AccountSnapshot,
    AssetRate,
    Cause,
    Clock,
    Event,
    Funding,
    Gap,
    LedgerEvent,
    Life,
    Limits,
    MarkPrice,
    Refused,
    Stream,
    StreamState,
    VanishedPosition,
)

__all__ = [
    "AccountChanged",
    "AccountSnapshot",
    "AssetRate",
    "Cause",
    "Clock",
    "Event",
    "EventQueue",
    "Funding",
    "Gap",
    "LedgerEvent",
    "Life",
    "Limits",
    "MarkPrice",
    "Refused",
    "Stream",
    "StreamState",
    "VanishedPosition",
]

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
from marginline.feeds.files import FileFeed
from marginline.feeds.opening import (
    AccountFeed,
    BinanceFeed,
    BybitFeed,
    Feeds,
    MarketFeed,
    open_feeds,
)
from marginline.feeds.timing import Cadence, SystemTimer, Timer
from marginline.feeds.wire.connection import Connection

__all__ = [
    "AccountChanged",
    "AccountFeed",
    "AccountSnapshot",
    "AssetRate",
    "BinanceFeed",
    "BybitFeed",
    "Cadence",
    "Cause",
    "Clock",
    "Connection",
    "Event",
    "EventQueue",
    "Feeds",
    "FileFeed",
    "Funding",
    "Gap",
    "LedgerEvent",
    "Life",
    "Limits",
    "MarkPrice",
    "MarketFeed",
    "Refused",
    "Stream",
    "StreamState",
    "SystemTimer",
    "Timer",
    "VanishedPosition",
    "open_feeds",
]

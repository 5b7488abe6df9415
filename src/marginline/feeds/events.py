"""What the outside world tells: one tagged union of events.

Every event names its venue and carries three positions in time and order: `at`, the venue's own
moment (milliseconds since the epoch, UTC; None where the venue told none), `received`, the feed's
clock at arrival, and `sequence`, which rises by one with every event of one feed, so that a missing
event is seen. Numbers are exact. `account` is the name of the configured account.

A price, a rate or a state that cannot be read is never an event of its own kind: it is `Refused`,
and what was known before stays known, with its age.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec

from marginline.core.account.account import Account


class Stream(StrEnum):
    """The streams that live and age by themselves.

    `public`, `public_coin`: sockets beside polling; MARKS is of whatever brings the marks.
    """

    MARKS = "marks"
    ASSET_RATES = "asset_rates"
    ACCOUNT = "account"
    PROBE = "probe"
    LISTEN_KEY = "listen_key"
    TIERS = "tiers"
    PRIVATE = "private"
    PUBLIC = "public"
    PUBLIC_COIN = "public_coin"
    LEDGER = "ledger"
    FILE = "file"


class Life(StrEnum):
    """How a stream stands; only LIVE and HEALED say that its data may be trusted.

    CONNECTING: no data yet. SILENT: older than its limit, whatever the socket says. GAP: something
    was missed. REFUSED: the venue, or we, will not serve it; nothing comes without a change by
    hand. CLOSED: the feed ended.
    """

    CONNECTING = "connecting"
    LIVE = "live"
    SILENT = "silent"
    GAP = "gap"
    HEALED = "healed"
    REFUSED = "refused"
    CLOSED = "closed"


class Cause(StrEnum):
    """Why an account changed, as far as the venue says."""

    FILL = "fill"
    FUNDING = "funding"
    TRANSFER = "transfer"
    ORDER = "order"
    POSITION = "position"
    CONFIG = "config"
    UNKNOWN = "unknown"


class Told(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What every event carries: whose it is, when it held, when it came, and its place in order."""

    venue: str
    at: int | None = None
    received: int
    sequence: int


LAST_MS = 253_402_300_799_999
"""The last millisecond that a calendar has: 9999-12-31."""


def held_at(event: Told, otherwise: int) -> int:
    """When it held; `otherwise` where that is not told, or is a moment that no calendar has."""
    at = event.at
    return at if at is not None and 0 <= at <= LAST_MS else otherwise


class MarkPrice(Told, frozen=True, kw_only=True, gc=False, tag=True):
    """The mark price of an instrument, greater than 0, in its quote asset."""

    instrument: str
    mark: Decimal
    index: Decimal | None = None


class Funding(Told, frozen=True, kw_only=True, gc=False, tag=True):
    """The next funding payment of a perpetual: a fraction of notional, positive: longs pay.

    `next_at` in milliseconds since the epoch.
    """

    instrument: str
    rate: Decimal
    next_at: int | None = None
    interval_hours: Decimal | None = None


class AssetRate(Told, frozen=True, kw_only=True, gc=False, tag=True):
    """An asset's price in USD: the index, and the rates that a debt or a credit is valued at."""

    asset: str
    rate: Decimal | None = None
    bid: Decimal | None = None
    ask: Decimal | None = None


class AccountSnapshot(Told, frozen=True, kw_only=True, tag=True):
    """The whole account as REST answers told it, with the venue's own figures in `reported`.

    Events that came while the answers were fetched are laid on it already. `at` is the moment from
    which newer events count.
    """

    account: str
    state: Account


class AccountChanged(Told, frozen=True, kw_only=True, tag=True):
    """The whole account after one message of its private stream; `raw_kind` in the venue's words.

    The state's venue figures are those that the message left standing.
    """

    account: str
    state: Account
    cause: Cause
    raw_kind: str


class LedgerEvent(Told, frozen=True, kw_only=True, tag=True):
    """One row of the venue's own ledger, told once: `id` is unique within the account.

    `kind` in the venue's words (FUNDING_FEE, TRADE, ...); `amount` signed, in `asset`, None where
    the venue did not say. `row`: the row's fields as JSON, for the ledger's own reader.
    """

    account: str
    kind: str
    asset: str
    amount: Decimal | None
    id: str
    text: str
    row: str = ""


class VanishedPosition(Told, frozen=True, kw_only=True, tag=True):
    """A position is gone and no order of the account's own explains it.

    Liquidated, deleveraged, or closed while the stream was deaf: nothing may be attributed to the
    trader until the ledger says what it was.
    """

    account: str
    key: str
    reason: str


class StreamState(Told, frozen=True, kw_only=True, tag=True):
    """A stream's life changed, or its age was looked at.

    `account` is None for what all accounts of a venue share. `since` is when it entered the state,
    `retry` counts attempts since it last lived, `age_ms` is the age of its newest data (None
    before the first), `limit_ms` the age at which it is silent.
    """

    stream: Stream
    account: str | None
    state: Life
    reason: str
    since: int
    retry: int = 0
    age_ms: int | None = None
    limit_ms: int | None = None


class Gap(Told, frozen=True, kw_only=True, tag=True):
    """Between `start` and `end` (the feed's clock) messages may have been missed.

    Told when it is found (`healed_at` None) and again when a whole snapshot has closed it. Of the
    ledger by the venue's clock, and for ever: those rows nobody tells any more.
    """

    stream: Stream
    account: str | None
    start: int
    end: int
    healed_at: int | None
    reason: str


class Refused(Told, frozen=True, kw_only=True, tag=True):
    """Something was not taken: a key with too many rights, an answer that cannot be true.

    `field` is where, `value` what stood there (cut, printable, without secrets), `reason` what is
    wrong with it, `remedy` what to do. What was known before is kept and ages.
    """

    account: str | None
    field: str
    value: str
    reason: str
    remedy: str = ""


class Clock(Told, frozen=True, kw_only=True, gc=False, tag=True):
    """The venue's clock less the feed's, measured over the least round trip of late."""

    offset_ms: int
    round_trip_ms: int


class Limits(Told, frozen=True, kw_only=True, gc=False, tag=True):
    """How much of the venue's request allowance is used; `until` is the end of a pause, if any."""

    used: int
    of: int | None
    until: int | None


Event = (
    MarkPrice
    | Funding
    | AssetRate
    | AccountSnapshot
    | AccountChanged
    | LedgerEvent
    | VanishedPosition
    | StreamState
    | Gap
    | Refused
    | Clock
    | Limits
)

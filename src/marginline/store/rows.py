"""What is kept: one frozen row a kind, and what makes two rows the same one.

Moments are milliseconds since the epoch, UTC. Amounts are exact: what was written is read, trailing
zeros included (an exponent above 0 is written out: `1E+3` is read as `1000`). None means that it
was not known or does not apply, never 0. `run` is the monitor's run (its `boot`): with `sequence`,
the number of a record in that run, it makes a record unique for ever.

Two parts. *Telemetry* (assessments, roll-ups, events, raw messages, parameters, gaps) may lose its
last moments when the power fails. What is *booked* (ledger, alerts, deliveries) is on the disk
before it is acknowledged.
"""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Literal

import msgspec

Part = Literal["telemetry", "booked"]
Again = Literal["keep", "worse", "newest"]
"""A row whose key is there already: the first stays, the worse moment stays, the newest stays."""


class Row(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A row of the store."""

    part: ClassVar[Part] = "telemetry"
    table: ClassVar[str]
    key: ClassVar[tuple[str, ...]]
    again: ClassVar[Again] = "keep"


class AssessmentRow(Row, frozen=True, kw_only=True, gc=False):
    """One judgement of one account, its worst pool's figures, and what makes it reproducible.

    Attributes:
        cause: what led to it ("mark", "account", "interval", ...).
        status: the account's; `stale` says in words what was too old, as a JSON list.
        judged_by: "rules", or "venue" where the venue's own figure is worse.
        pool: the worst pool; the figures are its, in `asset`.
        ratio: requirement / support, 1 is the line. `nearest` is the signed move to the line.
        events: how many events of the account had gone in.
        rulebook: the rules' code, `digest` their source's.
        document: the account file judged, market included; only where something but prices changed.
    """

    table: ClassVar[str] = "assessments"
    key: ClassVar[tuple[str, ...]] = ("account", "run", "sequence")

    account: str
    run: str
    sequence: int
    at: int
    cause: str
    status: str
    judged_by: str
    pool: str | None = None
    asset: str | None = None
    ratio: Decimal | None = None
    support: Decimal | None = None
    requirement: Decimal | None = None
    buffer: Decimal | None = None
    nearest: Decimal | None = None
    stale: str = "[]"
    events: int = 0
    rulebook: str | None = None
    digest: str | None = None
    document: bytes | None = None


class RollupRow(Row, frozen=True, kw_only=True, gc=False):
    """The worst moment of one account in one step of time.

    `slot` is the step's beginning, `step` its length in milliseconds. Of two moments in a step the
    one with the graver status stays (`rank`), then the higher ratio (`weight`, -1: not known).
    """

    table: ClassVar[str] = "rollups"
    key: ClassVar[tuple[str, ...]] = ("account", "step", "slot")
    again: ClassVar[Again] = "worse"

    account: str
    step: int
    slot: int
    rank: int
    weight: float
    at: int
    status: str
    pool: str | None = None
    asset: str | None = None
    ratio: Decimal | None = None
    support: Decimal | None = None
    requirement: Decimal | None = None
    buffer: Decimal | None = None
    nearest: Decimal | None = None


class EventRow(Row, frozen=True, kw_only=True, gc=False):
    """Something that happened to an account, for the axis of its picture.

    `amount` signed, received positive, in `asset`; `words` the venue's own or ours.
    """

    table: ClassVar[str] = "events"
    key: ClassVar[tuple[str, ...]] = ("account", "run", "sequence")

    account: str
    run: str
    sequence: int
    at: int
    kind: str
    words: str
    amount: Decimal | None = None
    asset: str | None = None


class RawRow(Row, frozen=True, kw_only=True, gc=False):
    """One line of a recording: `stream` names where from, `data` is what came, untouched.

    Of stream "recording" `data` is a line of our own: what went into a round, so that the run can
    be lived again. `sequence` rises by one with every line of a run, so that a missing one is seen.
    """

    table: ClassVar[str] = "raw"
    key: ClassVar[tuple[str, ...]] = ("run", "sequence")

    run: str
    sequence: int
    received: int
    venue: str
    account: str | None
    stream: str
    data: bytes


class ParameterRow(Row, frozen=True, kw_only=True, gc=False):
    """A venue's table as it stood from a moment on: tiers, haircuts, fees, steps.

    `subject` is the instrument or coin, `kind` the table, `at` when it was first seen so,
    `document` its rows as JSON, `digest` of them. One row a change; the newest at or before a date
    is in force. `account` is "" where the table is every account's.
    """

    table: ClassVar[str] = "parameters"
    key: ClassVar[tuple[str, ...]] = ("venue", "account", "kind", "subject", "at")

    venue: str
    account: str = ""
    kind: str
    subject: str
    at: int
    digest: str
    document: bytes


class GapRow(Row, frozen=True, kw_only=True, gc=False):
    """Between `start` and `end` something may have been missed; `healed_at` when it was made good.

    `stream` "history" means that this store was not written.
    """

    table: ClassVar[str] = "gaps"
    key: ClassVar[tuple[str, ...]] = ("venue", "account", "stream", "start")
    again: ClassVar[Again] = "newest"

    venue: str
    account: str = ""
    stream: str
    start: int
    end: int
    healed_at: int | None = None
    reason: str = ""


class MarkRow(Row, frozen=True, kw_only=True, gc=False):
    """The first mark of an hour of the venue's time (`hour`: hours since the epoch, UTC)."""

    table: ClassVar[str] = "marks"
    key: ClassVar[tuple[str, ...]] = ("venue", "symbol", "hour")

    venue: str
    symbol: str
    hour: int
    at: int
    mark: Decimal


class LedgerRow(Row, frozen=True, kw_only=True, gc=False):
    """One row of the venue's own ledger; `id` is unique within the account.

    `kind` in the venue's words, `amount` signed, None where the venue did not say; `at` the venue's
    moment, `received` ours.
    """

    part: ClassVar[Part] = "booked"
    table: ClassVar[str] = "ledger"
    key: ClassVar[tuple[str, ...]] = ("account", "id")

    account: str
    id: str
    venue: str
    at: int
    received: int
    kind: str
    asset: str
    amount: Decimal | None = None
    text: str = ""


class SourceRow(Row, frozen=True, kw_only=True, gc=False):
    """The row behind a `LedgerRow` of the same key as the venue told it: its fields as JSON.

    What it says is read by the ledger's own reader, so that a better reader reads old rows, too.
    """

    part: ClassVar[Part] = "booked"
    table: ClassVar[str] = "sources"
    key: ClassVar[tuple[str, ...]] = ("account", "id")

    account: str
    id: str
    venue: str
    at: int
    data: bytes


class AlertRow(Row, frozen=True, kw_only=True, gc=False):
    """One change of one alert; the newest `change` of an `id` is how it stands.

    `id` must be unique over all runs. `document` is the whole alert as JSON, in the form of whoever
    writes alerts; the other columns are for finding it.
    """

    part: ClassVar[Part] = "booked"
    table: ClassVar[str] = "alerts"
    key: ClassVar[tuple[str, ...]] = ("id", "change")

    id: str
    change: int
    at: int
    account: str | None
    pool: str | None = None
    kind: str
    level: str
    state: str
    since: int
    document: bytes = b"{}"


class DeliveryRow(Row, frozen=True, kw_only=True, gc=False):
    """One step of telling one thing on one channel; the newest `step` is how it stands.

    `message` names what is told (an alert and its change, a heartbeat), so that nothing is told
    twice. `state` is what the step is ("due", "sent", "failed", "given up"), `attempt` how many
    were made, `next_at` when the next is due, `reason` why it failed, `document` what is sent.
    """

    part: ClassVar[Part] = "booked"
    table: ClassVar[str] = "deliveries"
    key: ClassVar[tuple[str, ...]] = ("message", "channel", "step")

    message: str
    channel: str
    step: int
    at: int
    alert: str | None = None
    state: str
    attempt: int = 0
    next_at: int | None = None
    reason: str = ""
    document: bytes = b""


KINDS: tuple[type[Row], ...] = (
    AssessmentRow, RollupRow, EventRow, RawRow, ParameterRow, GapRow,
    LedgerRow, AlertRow, DeliveryRow, SourceRow, MarkRow,
)  # fmt: skip

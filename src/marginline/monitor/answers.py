"""What the monitor answers when asked: its history, and bands tried on it."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from marginline.monitor.wire import (
    AlertKind,
    AlertLevel,
    Bands,
    Digits,
    Moment,
    Reason,
    SentencePart,
    StatusName,
    Wire,
)

HistoryKind = Annotated[
    Literal[
        "fill", "funding", "transfer", "order", "config", "liquidation", "status", "gap", "alert",
        "ledger",
    ],
    Meta(title="HistoryKind", description="What happened to an account."),
]  # fmt: skip


class HistoryPoint(Wire, frozen=True, kw_only=True):
    """The worst pool of one account at one moment; null where it was not known."""

    at: Moment
    status: StatusName
    pool: str | None
    ratio: Digits | None
    support: Digits | None
    requirement: Digits | None
    buffer: Digits | None
    nearest: Digits | None


class HistoryEvent(Wire, frozen=True, kw_only=True):
    """Something that happened to the account: for the axis of the picture."""

    at: Moment
    kind: HistoryKind
    amount: Digits | None
    asset: str | None
    sentence: list[SentencePart]


class History(Wire, frozen=True, kw_only=True):
    """What was recorded of one account, in this run and in those before that kept a history.

    At most 600 points, oldest first. `start`: the first moment recorded. `thinned`:
    points were left out (of each slice the first, the last, and the highest and lowest ratio stay).
    """

    account: str
    asset: str | None
    start: Moment | None
    span_s: int
    points: list[HistoryPoint]
    events: list[HistoryEvent]
    thinned: bool


class ThreeFigures(Wire, frozen=True, kw_only=True):
    """A pool's figures at one moment, in its asset; null where one is not known."""

    margin_balance: Digits | None
    requirement: Digits | None
    buffer: Digits | None


class CausePart(Wire, frozen=True, kw_only=True):
    """What one cause did to a pool's figures within a span, in its asset; plus raises the figure.

    `where`: of a price, the key of its position; else empty.
    """

    cause: str
    title: str
    where: str
    margin_balance: Digits
    requirement: Digits
    buffer: Digits


class CausesAt(Wire, frozen=True, kw_only=True):
    """What each cause has done to the margin balance from the beginning of the span to `at`."""

    at: Moment
    margin_balance: dict[str, Digits]


class CausesGap(Wire, frozen=True, kw_only=True):
    """From `start` to `end` nothing was recorded, or not all."""

    start: Moment
    end: Moment
    reason: str


class Causes(Wire, frozen=True, kw_only=True):
    """Why a pool's figures moved within a span of the record, in its asset.

    `parts` sum to `after` less `before`, of each figure, to the last digit; the last is what is
    not explained, also where it is 0. `sentences` by figure. `start`: where the span begins in the
    record, with a history that of earlier runs, too; `gaps`: when nothing was recorded in it.
    Without parts `reasons` say why.
    """

    account: str
    pool: str | None
    asset: str | None
    span_s: int
    start: Moment | None
    end: Moment | None
    before: ThreeFigures | None
    after: ThreeFigures | None
    parts: list[CausePart]
    over_time: list[CausesAt]
    sentences: dict[str, list[SentencePart]]
    unexplained: Digits | None
    gaps: list[CausesGap]
    notes: list[str]
    reasons: list[Reason]


class Fired(Wire, frozen=True, kw_only=True):
    """A moment at which a band would have fired."""

    at: Moment
    level: AlertLevel
    ratio: Digits


class BandsTried(Wire, frozen=True, kw_only=True):
    """What bands would have told on this run's record, beside what those in force would have."""

    account: str
    bands: Bands
    start: Moment | None
    end: Moment | None
    fired: list[Fired]
    fired_now: list[Fired]


class Judged(Wire, frozen=True, kw_only=True, tag="record", tag_field="type"):
    """One judgement, with all that is needed to make it again.

    `sequence` counts the records of this run; `rules_digest` is that of the rulebook with its
    parameters, null while nothing is judged; `age_marks`, `age_account`, `age_tiers` those of the
    oldest inputs in seconds; `events` how often the account was told. The document itself is in
    the recording of the run: there any figure is made again (`marginline replay`).
    `nearest` is null also where it was not looked for: where many accounts move at once, a record
    of cause `whole` tells it a moment later.
    """

    sequence: int
    at: Moment
    account: str
    status: StatusName
    judged_by: Literal["rules", "venue"]
    rulebook: str | None
    rules_digest: str | None
    worst: str | None
    ratio: Digits | None
    support: Digits | None
    requirement: Digits | None
    buffer: Digits | None
    nearest: Digits | None
    age_marks: Digits | None
    age_account: Digits | None
    age_tiers: Digits | None
    stale: list[str]
    events: int
    cause: str


class AlertChanged(Wire, frozen=True, kw_only=True, tag="alert", tag_field="type"):
    """An alert that began, changed its state, or ended.

    `judgement`: the sequence of the newest judgement of its account, whose record has the rulebook
    and the ages; null where it is of no account, or of one that was never judged.
    """

    sequence: int
    at: Moment
    judgement: int | None
    id: str
    account: str | None
    kind: AlertKind
    level: AlertLevel
    state: str
    sentence: list[SentencePart]


class StreamChanged(Wire, frozen=True, kw_only=True, tag="stream", tag_field="type"):
    """A stream that changed its state, a gap found or healed, a refusal."""

    sequence: int
    at: Moment
    name: str
    venue: str
    account: str | None
    state: str
    reason: str


MonitorRecord = Judged | AlertChanged | StreamChanged

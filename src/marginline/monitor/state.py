"""What the monitor knows between two batches: immutable, made anew by `process`.

Times are milliseconds since the epoch by the monitor's clock; `at` is the venue's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from marginline.core.account.account import Account
from marginline.core.account.market import Funding
from marginline.core.assessment.assessment import Assessment, PoolAssessment
from marginline.core.findings import Status
from marginline.monitor.judging.hourly import HourlyMarks
from marginline.monitor.settings import Bands, MonitorSettings, Watching
from marginline.monitor.wire import (
    AlertKind,
    AlertLevel,
    AlertState,
    Plan,
    Reason,
    SentencePart,
    Way,
)


@dataclass(frozen=True, slots=True)
class Price:
    """A mark (and index) with its moments."""

    mark: Decimal
    index: Decimal | None
    at: int | None
    received: int


@dataclass(frozen=True, slots=True)
class Rate:
    """An asset's rate with its moments; None where it was not told."""

    index: Decimal | None
    bid: Decimal | None
    ask: Decimal | None
    at: int | None
    received: int


@dataclass(frozen=True, slots=True)
class VenueMarket:
    """What a venue's public streams have told: newest prices by symbol, rates by asset.

    `hourly`: the first mark of each hour, of what accounts hold, for volatility.
    """

    prices: Mapping[str, Price] = field(default_factory=dict)
    rates: Mapping[str, Rate] = field(default_factory=dict)
    funding: Mapping[str, Funding] = field(default_factory=dict)
    hourly: Mapping[str, HourlyMarks] = field(default_factory=dict)


StreamKey = tuple[str, str, str]
"""Venue, account ("" for what all accounts share), name of the stream."""


@dataclass(frozen=True, slots=True)
class StreamView:
    """A stream as last told: its life, since when, and when its newest data came."""

    venue: str
    account: str | None
    name: str
    life: str
    since: int
    reason: str
    retries: int
    seen: int | None
    limit_ms: int
    gaps: int


@dataclass(frozen=True, slots=True)
class Gone:
    """What the venue's own figures differed by when last compared, in a pool's asset.

    Theirs less ours of support and requirement; `count` snapshots in a row have said so.
    """

    pool: str
    support: Decimal
    requirement: Decimal
    message: str
    count: int


@dataclass(frozen=True, slots=True)
class Move:
    """A signed relative move to the line and what moves."""

    move: Decimal
    way: Way
    instrument: str | None = None
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """One end of a safe range: the move, or why none; `open`: no move that way leads there."""

    move: Decimal | None
    open: bool
    reason: str


@dataclass(frozen=True, slots=True)
class PoolDistance:
    """Moves to the line of one pool, every price together, and what is nearest of all ways."""

    below: Edge
    above: Edge
    alone: Move | None
    together: Move | None
    with_orders: Move | None
    nearest: Move | None
    reasons: Mapping[str, str] = field(default_factory=dict)


class Judgement(Struct, frozen=True):
    """An account as judged at one moment, from data that were fresh enough.

    `ratio`, `support`, `requirement`, `buffer` are those judged: the venue's where they are worse
    and nobody knows why (`judged_by` "venue"), of the worst pool. They, the status and who judged
    are of `at`; the documents behind them (assessment, pool, distances, account) of `whole_at`,
    a moment before unless `whole`: where many accounts moved at once. `orders_at`: when the moves
    with resting orders filled were found; `told_events`: how often the account had been told then.
    """

    at: int
    whole_at: int
    assessment: Assessment
    status: Status
    judged_by: str
    pool: PoolAssessment | None
    ratio: Decimal | None
    support: Decimal | None
    requirement: Decimal | None
    buffer: Decimal | None
    distances: Mapping[str, PoolDistance]
    account: Account
    orders_at: int = 0
    told_events: int = 0
    whole: bool = True

    @property
    def nearest(self) -> Move | None:
        """The smallest move that leads any pool to the line."""
        found = [d.nearest for d in self.distances.values() if d.nearest is not None]
        if len(found) == 1:  # as nearly always, and asked at every price
            return found[0]
        return min(found, key=lambda move: abs(move.move), default=None)


@dataclass(frozen=True, slots=True)
class Sample:
    """The worst pool's buffer and balance at one moment, for speeds."""

    at: int
    pool: str
    buffer: Decimal
    balance: Decimal | None


@dataclass(frozen=True, slots=True)
class AgesOf:
    """When the newest inputs came, and which are beyond their limit; why it cannot be judged."""

    marks: int | None = None
    account: int | None = None
    tiers: int | None = None
    stale: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    expires: int | None = None


@dataclass(frozen=True, slots=True)
class Happening:
    """Things of one sort that happened to an account within a minute, the newest at `at`."""

    at: int
    items: tuple[tuple[SentencePart, ...], ...]


@dataclass(frozen=True, slots=True)
class Drain:
    """A funding payment that takes a pool over a band (`crosses`), or near it.

    `at` of the venue's clock; `paid` until then, in `asset`, as `enough`: what keeps the pool at
    the band. `ratio` after it, None where nothing is left.
    """

    at: int
    pool: str
    asset: str
    band: Literal["warn", "act"]
    level: Decimal
    paid: Decimal
    ratio: Decimal | None
    enough: Decimal
    crosses: bool


class Watched(Struct, frozen=True):
    """One account: what was told of it, and what was made of it.

    `happened` by slot of the alert that tells it; `adl` the place in the deleveraging queue by
    position; `drain` as found at `drain_at`; `unread` why something that was told of it could not
    be taken in, until it is told anew.
    """

    watching: Watching
    told: Account | None = None
    symbols: frozenset[str] = frozenset()
    assets: frozenset[str] = frozenset()
    told_received: int | None = None
    told_events: int = 0
    status: Status = Status.UNKNOWN
    since: int = 0
    judged: Judgement | None = None
    ages: AgesOf = AgesOf()
    gone: Gone | None = None
    samples: tuple[Sample, ...] = ()
    hourly: tuple[Decimal, ...] = ()
    plan: Plan | None = None
    plan_at: int | None = None
    plan_for: object = None
    liquidated_at: int | None = None
    happened: Mapping[str, Happening] = {}
    adl: Mapping[str, int] = {}
    drain: Drain | None = None
    drain_at: int = 0
    unread: str = ""
    sequence: int = 0

    @property
    def known(self) -> bool:
        """Whether the newest judgement may be shown as of now."""
        return self.judged is not None and not self.ages.stale


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert; see `messages.AlertRow`."""

    id: str
    account: str | None
    slot: str
    pool: str | None
    kind: AlertKind
    level: AlertLevel
    state: AlertState
    since: int
    status: Status
    sentence: tuple[SentencePart, ...]
    told: int | None = None
    until: int | None = None
    muted_until: int | None = None
    acknowledged_at: int | None = None
    plan: Plan | None = None


@dataclass(frozen=True, slots=True)
class Silence:
    """No word of an account (None: of any) and a kind (None: of any) until then (None: for ever).

    What is told by the line and the call comes through, unless the kind `status` is named.
    """

    account: str | None
    kind: AlertKind | None
    until: int | None

    def covers(self, alert: Alert, now: int) -> bool:
        """Whether an alert is not to speak."""
        if self.until is not None and now >= self.until:
            return False
        if self.account not in (None, alert.account) or self.kind not in (None, alert.kind):
            return False
        return self.kind == "status" or alert.level not in ("line", "call")


@dataclass(frozen=True, slots=True)
class Slot:
    """One thing that can alert of one account: armed or not, since when it holds, who speaks.

    `event`: the moment of what was told, where it tells of something that happened.
    """

    armed: bool = True
    since: int | None = None
    fired: int | None = None
    alert: str | None = None
    event: int | None = None

    @property
    def at_rest(self) -> bool:
        """Whether it is armed and nothing is under way."""
        return self.armed and self.since is None and self.alert is None


@dataclass(frozen=True, slots=True)
class ClockView:
    """A venue's clock less ours."""

    offset_ms: int
    round_trip_ms: int
    at: int


@dataclass(frozen=True, slots=True)
class LimitView:
    """How much of a venue's allowance is used."""

    used: int
    of: int | None
    until: int | None
    at: int


@dataclass(frozen=True, slots=True)
class RefusedView:
    """Something a feed did not take."""

    venue: str
    account: str | None
    field: str
    value: str
    reason: str
    remedy: str
    at: int


@dataclass(frozen=True, slots=True)
class State:
    """Everything the monitor knows. `sequence` counts its records.

    `touched`: the accounts whose row the last batch changed; `moved`: those of them of which
    nothing but the figures is new, `followed` those whose documents follow figures told before;
    `behind`: the accounts that a price has moved and that are not judged since, with the cause;
    `queue_full`: the queue of events was full within the last minute, last at `queue_full_at`;
    `caught_up_at`: when documents that waited were last made, or none was found to wait;
    `alerts_touched`: its alerts.
    """

    settings: MonitorSettings = field(default_factory=MonitorSettings)
    now: int = 0
    sequence: int = 0
    accounts: Mapping[str, Watched] = field(default_factory=dict)
    markets: Mapping[str, VenueMarket] = field(default_factory=dict)
    streams: Mapping[StreamKey, StreamView] = field(default_factory=dict)
    alerts: Mapping[str, Alert] = field(default_factory=dict)
    slots: Mapping[tuple[str, str], Slot] = field(default_factory=dict)
    bands: Mapping[str, Bands] = field(default_factory=dict)
    silences: tuple[Silence, ...] = ()
    clocks: Mapping[str, ClockView] = field(default_factory=dict)
    limits: Mapping[str, LimitView] = field(default_factory=dict)
    refusals: tuple[RefusedView, ...] = ()
    queue_full: bool = False
    queue_full_at: int = 0
    touched: tuple[str, ...] = ()
    moved: frozenset[str] = frozenset()
    followed: frozenset[str] = frozenset()
    behind: Mapping[str, str] = field(default_factory=dict)
    caught_up_at: int = 0
    alerts_touched: tuple[str, ...] = ()

    def bands_of(self, account: str) -> Bands:
        """The bands in force for an account."""
        return self.bands.get(account, self.settings.bands)


def start(watching: tuple[Watching, ...], settings: MonitorSettings, now: int) -> State:
    """The state before the first batch: every account is unknown."""
    return State(
        settings=settings,
        now=now,
        accounts={each.name: Watched(each, since=now) for each in watching},
        bands=dict(settings.own_bands),
    )

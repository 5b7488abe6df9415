"""What the monitor says to the page, the terminal and anybody on the socket.

The first frame of a connection is a `Snapshot`, every later one a `Change`. TypeScript types are
generated from here and from `wire` (`python -m marginline.api.typescript`), so each thing is
described once.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from marginline.monitor.wire import (
    Ages,
    AlertKind,
    AlertLevel,
    AlertRef,
    AlertState,
    Bands,
    Digits,
    Distance,
    Last,
    Moment,
    Nearest,
    Odds,
    Plan,
    Range,
    Reason,
    Rulebook,
    SentencePart,
    Shares,
    Sigma,
    Speed,
    StatusName,
    StreamStateName,
    Wire,
)

# ------------------------------------------------------------------------------------- accounts


class PositionRow(Wire, frozen=True, kw_only=True):
    """One open position. `share_of_requirement` of its pool; `alone`: this price moving alone.

    `adl_rank`: place in the deleveraging queue, 1 to 5, 5 is next, 0 outside it; `measures` as in
    the assessment.
    """

    key: str
    instrument: str
    side: str
    size: Digits
    entry_price: Digits | None
    mark: Digits | None
    leverage: Digits | None
    margin_mode: str
    tick_size: Digits | None
    measures: dict[str, Digits | None]
    alone: Range
    share_of_requirement: Digits | None
    adl_rank: int | None


class PoolRow(Wire, frozen=True, kw_only=True):
    """What is liquidated together. `status` null: a risk unit, which has none."""

    id: str
    kind: str
    asset: str
    status: StatusName | None
    ratio: Digits | None
    support: Digits | None
    requirement: Digits | None
    buffer: Digits | None
    measures: dict[str, Digits | None]
    positions: list[PositionRow]
    joint: Range
    distance: Distance | None


class AccountRow(Wire, frozen=True, kw_only=True):
    """One account as judged now; its figures are those of its worst pool (`worst`).

    `as_of` is the moment judged, `source` where the account comes from (a file, a connection).
    `judged_by` is `venue` where the venue's own reported figures are worse than ours and count
    until it is known why. `whole_at` is null where the row is of one moment; where many accounts
    move at once, status, ratio, support, requirement and buffer are of now, all else of `whole_at`,
    seconds before. `sequence` is of the newest event in it; `equity_usd` at index; `net_usd` is the
    signed value of all positions together, null where a part of it is not known.

    `margin_mode` is the one that every position has, where it is the account's: no position can be
    in another; null: each position has its own, or it is not known.

    `pools`: the worst first. Null: left out because there are many accounts (over 30) and this
    reader does not watch this one: send a `WatchAccounts`, or ask `GET /api/v1/accounts/{name}`.
    """

    name: str
    venue: str
    mode: str | None
    position_mode: str
    margin_mode: Literal["cross", "isolated"] | None
    status: StatusName
    status_since: Moment
    judged_by: Literal["rules", "venue"]
    source: str
    as_of: Moment | None
    asset: str | None
    worst: str | None
    ratio: Digits | None
    support: Digits | None
    requirement: Digits | None
    buffer: Digits | None
    venue_ratio: Digits | None
    joint: Range | None
    nearest: Nearest | None
    sigma: Sigma | None
    odds: Odds | None
    speed: Speed | None
    shares: Shares | None
    plan: Plan | None
    ages: Ages
    whole_at: Moment | None
    last: Last | None
    alert: AlertRef | None
    liquidated_at: Moment | None
    bands: Bands
    reasons: list[Reason]
    sentence: list[SentencePart]
    pools: list[PoolRow] | None
    sequence: int
    rulebook: Rulebook | None
    equity_usd: Digits | None
    requirement_usd: Digits | None
    unrealized_usd: Digits | None
    net_usd: Digits | None
    net_by_coin: dict[str, Digits] | None


class AccountMoved(Wire, frozen=True, kw_only=True):
    """New figures of an account of whose row nothing else is new; fields as in `AccountRow`.

    `sentence` null: it is not sent of an account that this reader does not watch while there are
    over 30; what it has stands until the next whole row.
    """

    name: str
    ratio: Digits | None
    support: Digits | None
    requirement: Digits | None
    buffer: Digits | None
    ages: Ages
    whole_at: Moment | None
    sentence: list[SentencePart] | None
    sequence: int

    def onto(self, row: AccountRow) -> AccountRow:
        """The row with these figures."""
        return msgspec.structs.replace(
            row,
            ratio=self.ratio,
            support=self.support,
            requirement=self.requirement,
            buffer=self.buffer,
            ages=self.ages,
            whole_at=self.whole_at,
            sentence=row.sentence if self.sentence is None else self.sentence,
            sequence=self.sequence,
        )


class Delivery(Wire, frozen=True, kw_only=True):
    """What became of an alert on one channel; `page` is this page.

    `unsure`: an attempt was made that may have arrived. `dropped`: over before quiet hours ended.
    """

    channel: str
    state: Literal["sent", "waiting", "unsure", "failed", "dropped"]
    at: Moment
    detail: str


class ChannelRow(Wire, frozen=True, kw_only=True):
    """A channel beside the page: its service, its group (1 is asked first), how it stands.

    `set`: nothing was sent yet. `at`: its newest attempt. `waiting`: messages on their way.
    """

    name: str
    service: str
    group: int
    state: Literal["set", "works", "failing"]
    at: Moment | None
    detail: str
    waiting: int


class HeartbeatRow(Wire, frozen=True, kw_only=True):
    """The sign of life to a dead-man's switch; `trouble` is why the newest one was not taken."""

    every_s: Digits
    at: Moment | None
    trouble: str | None


class Delivering(Wire, frozen=True, kw_only=True):
    """How alerting itself stands.

    `page`: no channel is set beside the page. `partly`: a channel or the heartbeat fails, others
    work. `broken`: an alert reached nobody, no channel works, or alerts cannot be kept.
    """

    state: Literal["page", "works", "partly", "broken"]
    reason: str
    since: Moment | None
    channels: list[ChannelRow]
    heartbeat: HeartbeatRow | None


PAGE_ALONE = Delivering(state="page", reason="", since=None, channels=[], heartbeat=None)


class Tested(Wire, frozen=True, kw_only=True):
    """What became of a test message on one channel."""

    channel: str
    service: str
    group: int
    state: Literal["sent", "unsure", "failed"]
    detail: str


class AlertRow(Wire, frozen=True, kw_only=True):
    """One alert. `since` when it began, `told` when it was told (null: held), `until` when over.

    `muted_until` null in state `muted`: until it is re-armed. `account` null: of no one account.
    """

    id: str
    account: str | None
    pool: str | None
    kind: AlertKind
    level: AlertLevel
    state: AlertState
    since: Moment
    told: Moment | None
    until: Moment | None
    muted_until: Moment | None
    acknowledged_at: Moment | None
    status: StatusName
    sentence: list[SentencePart]
    plan: Plan | None
    deliveries: list[Delivery]


class StreamRow(Wire, frozen=True, kw_only=True):
    """One stream of data, by the age of its data; `age` and `limit` in seconds."""

    name: str
    venue: str
    account: str | None
    state: StreamStateName
    age: Digits | None
    limit: Digits
    since: Moment
    reason: str
    retries: int
    gaps: int


class StoryLine(Wire, frozen=True, kw_only=True):
    """A sentence of the demo's story, at world time."""

    at: Moment
    text: str


class World(Wire, frozen=True, kw_only=True):
    """The simulated world behind a demo, or a recorded run lived again (`replayed`).

    `speed`: its seconds a second.
    """

    scenario: str
    title: str
    speed: Digits
    now: Moment
    replayed: bool = False


class Limits(Wire, frozen=True, kw_only=True):
    """Ages in seconds beyond which an input is stale, and the hold time of an alert that may heal.

    In a sped-up world these are world seconds.
    """

    marks: Digits
    account: Digits
    tiers: Digits
    hold: Digits


class Settings(Wire, frozen=True, kw_only=True):
    """What the page must know of this installation."""

    version: str
    limits: Limits
    bands: Bands
    channels: list[str]


# ------------------------------------------------------------------------------------- messages


class Snapshot(Wire, frozen=True, kw_only=True, tag="snapshot", tag_field="type"):
    """Everything, once, at the start of a connection.

    `boot` names this run of the server: when it changes, sequence numbers start again.
    """

    seq: int
    now: Moment
    boot: str
    accounts: list[AccountRow]
    alerts: list[AlertRow]
    streams: list[StreamRow]
    story: list[StoryLine] | None
    world: World | None
    settings: Settings
    delivering: Delivering


class Change(Wire, frozen=True, kw_only=True, tag="change", tag_field="type"):
    """What changed after `since`: whole rows, names of accounts that are gone, new story lines.

    `moved`: accounts of which only the figures are new, as they mostly are when a price comes; none
    of them is in `accounts`. `since` is the `seq` of the message before on this connection; a slow
    reader's changes are merged, the newest row wins. An empty change is a sign of life, one a
    second at least.
    """

    seq: int
    since: int
    now: Moment
    accounts: list[AccountRow]
    moved: list[AccountMoved]
    gone: list[str]
    alerts: list[AlertRow]
    streams: list[StreamRow]
    story: list[StoryLine]
    world: World | None
    delivering: Delivering


class WatchAccounts(Wire, frozen=True, kw_only=True, tag="watch", tag_field="type"):
    """From the reader: of these accounts send the pools with every row, from now on."""

    accounts: list[str]


Message = Snapshot | Change

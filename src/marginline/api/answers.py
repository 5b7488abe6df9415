"""What the API answers beside the monitor's own messages and the documents of each question."""

from __future__ import annotations

from marginline.monitor.messages import AccountRow, AlertRow, Delivering, StreamRow, Tested, World
from marginline.monitor.wire import AlertKind, Bands, Digits, Moment, Reason, Wire


class Problem(Wire, frozen=True, kw_only=True):
    """What went wrong, after RFC 9457: which field, its value, the unit, and what to do instead.

    `field`, `value`, `unit` and `remedy` are null where the fault is not in a field.
    """

    type: str
    title: str
    status: int
    detail: str
    field: str | None = None
    value: str | None = None
    unit: str | None = None
    remedy: str | None = None


class Accounts(Wire, frozen=True, kw_only=True):
    """Every account, nearest to the line first."""

    seq: int
    now: Moment
    accounts: list[AccountRow]


class Alerts(Wire, frozen=True, kw_only=True):
    """Every alert of this run that is not over, and those over for less than a day."""

    seq: int
    now: Moment
    alerts: list[AlertRow]
    channels: list[str]
    silences: list[SilenceRow]
    delivering: Delivering


class SilenceRow(Wire, frozen=True, kw_only=True):
    """What is muted: an account (null: every), a kind (null: every), until (null: for ever)."""

    account: str | None
    kind: AlertKind | None
    until: Moment | None


class TestedAll(Wire, frozen=True, kw_only=True):
    """What became of a test message on every channel beside the page."""

    channels: list[Tested]


class KeyRow(Wire, frozen=True, kw_only=True):
    """A key that is kept, by the last four characters of it; nothing else of it is ever told.

    `trading`, `withdrawal`: what it may do beyond reading, in the venue's words. `bound`: it works
    from certain addresses alone (null: the venue does not say). `url` replaces the venue's address.
    `accounts`: those that this run watches with it.
    """

    name: str
    venue: str
    ends_in: str
    trading: list[str]
    withdrawal: list[str]
    bound: bool | None
    probed_at: Moment | None
    url: str | None
    accounts: list[str]


class KeyVenue(Wire, frozen=True, kw_only=True):
    """A venue whose keys can be kept; `passphrase`: its keys have one."""

    venue: str
    title: str
    passphrase: bool


class KeyList(Wire, frozen=True, kw_only=True):
    """The keys that are kept and where; without a place `reason` says why none can be.

    `watches`: whether this run can watch more accounts.
    """

    place: str | None
    reason: str | None
    watches: bool
    keys: list[KeyRow]
    venues: list[KeyVenue]


class KeyTested(Wire, frozen=True, kw_only=True):
    """What a venue says of a key: what it `may` do, in words; `accepted`: no more than was."""

    key: KeyRow
    may: str
    beyond: list[str]
    accepted: bool


class HistoryState(Wire, frozen=True, kw_only=True):
    """Where history is kept, and whether it is.

    `since` null: it is written; else since when it is not, why, and what to do. `written` counts
    rows of this run, `lost` booked rows that could not wait any longer.
    """

    where: str
    since: Moment | None
    reason: str
    remedy: str
    written: int
    lost: int


class Connections(Wire, frozen=True, kw_only=True):
    """Every stream by age, oldest first; refusals of keys and answers, newest last.

    `behind_s`: how far marginline itself is behind its feeds, not the venues; 0 below a second.
    `history` null: this run keeps none.
    """

    seq: int
    now: Moment
    streams: list[StreamRow]
    clocks: list[ClockRow]
    limits: list[RateLimitRow]
    refusals: list[Refusal]
    behind_s: Digits
    world: World | None
    history: HistoryState | None


class ClockRow(Wire, frozen=True, kw_only=True):
    """How far a venue's clock is from ours, in milliseconds; plus is ahead."""

    venue: str
    offset_ms: int
    round_trip_ms: int
    at: Moment


class RateLimitRow(Wire, frozen=True, kw_only=True):
    """How much of a venue's rate limit is used.

    `of` null: the venue does not say; `until` where it has told us to wait.
    """

    venue: str
    used: int
    of: int | None
    until: Moment | None
    at: Moment


class Refusal(Wire, frozen=True, kw_only=True):
    """A key, a field or an answer that was refused, and why; secrets are never in it."""

    venue: str
    account: str | None
    field: str
    value: str
    reason: str
    remedy: str
    at: Moment


class BandsOf(Wire, frozen=True, kw_only=True):
    """The bands of each account, and those of accounts that have none of their own."""

    default: Bands
    accounts: dict[str, Bands]


class GridAxis(Wire, frozen=True, kw_only=True):
    """One axis of the two-move map: what moves, and the moves, signed fractions."""

    of: str
    moves: list[Digits]


class Studied(Wire, frozen=True, kw_only=True):
    """An instrument of which hourly marks are recorded, and how many days of them."""

    venue: str
    symbol: str
    days: Digits


class Studies(Wire, frozen=True, kw_only=True):
    """What a margin-rate study may be asked of, and by which terms."""

    instruments: list[Studied]
    methods: list[str]
    sides: list[str]
    brakes: list[str]
    jurisdictions: list[str]


class Grid(Wire, frozen=True, kw_only=True):
    """Two moves at once: the requirement over the support at each, and the nearest to the line.

    `ratio[row][column]`: rows follow `y`, columns `x`. Null: there the support is gone. Floats, for
    a picture; the line itself is exact in the joint moves. `at_line` is 1.
    """

    account: str
    pool: str
    x: GridAxis
    y: GridAxis
    ratio: list[list[float | None]]
    steps: int
    reasons: list[Reason]


class RuleRow(Wire, frozen=True, kw_only=True):
    """A rulebook: whose, from which day until which, digest of rules and parameters."""

    code: str
    venue: str
    mode: str | None
    effective_from: str
    effective_until: str | None
    digest: str


class Rules(Wire, frozen=True, kw_only=True):
    """Every rulebook there is; `in_force`: those that judge an account now."""

    rulebooks: list[RuleRow]
    in_force: list[str]


class Health(Wire, frozen=True, kw_only=True):
    """Whether the process answers."""

    status: str
    version: str


class Ready(Wire, frozen=True, kw_only=True):
    """Whether accounts are being judged; `waiting` names what is not there yet.

    `troubles`: what is wrong beside judging, which goes on: history that is not written.
    """

    ready: bool
    accounts: int
    unknown: int
    waiting: list[str]
    troubles: list[str]

"""The small things that messages are made of: numbers and moments as text, ranges, plans, ages.

Numbers travel as decimal strings, exact, fractions as fractions ("0.005" is 0.5 %). `None` (null)
means unknown or not applicable, never zero; why is said by a `reason` beside it or in `reasons`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

Digits = Annotated[str, Meta(title="Digits", description="An exact decimal number as text.")]
Moment = Annotated[str, Meta(title="Moment", description="RFC 3339 in UTC, with milliseconds, Z.")]

StatusName = Annotated[
    Literal["healthy", "watch", "unknown", "margin_call", "liquidation"],
    Meta(title="StatusName", description="How near forced action is; worst last."),
]
AlertState = Annotated[
    Literal["held", "firing", "acknowledged", "muted", "over"],
    Meta(
        title="AlertState",
        description="`held`: seen, not yet told, because it may heal within the hold time, or "
        "because its band was told within the cooldown.",
    ),
]
AlertKind = Annotated[
    Literal[
        "status", "band", "stale", "unknown", "contradiction", "liquidated", "vanished", "tiers",
        "adl", "funding", "queue",
    ],
    Meta(
        title="AlertKind",
        description="What an alert is about. `stale`: data are too old to judge by; `unknown`: it "
        "cannot be judged for another reason; `vanished`: a position is gone without an own order; "
        "`tiers`: terms of what is held changed; `adl`: next in the deleveraging queue; `funding`: "
        "payments that will take it over a band; `queue`: of no account, marginline itself takes "
        "in less than the venues send.",
    ),
]  # fmt: skip
AlertLevel = Annotated[
    Literal["warn", "act", "call", "line", "unknown"],
    Meta(
        title="AlertLevel",
        description="`warn`, `act`: the bands; `call`: called; `line`: the venue acts; "
        "`unknown`: it cannot be judged.",
    ),
]
Way = Annotated[
    Literal["alone", "together", "with_orders"],
    Meta(title="Way", description="What moves: one instrument, all prices, or with its orders."),
]
StreamStateName = Annotated[
    Literal["connecting", "live", "silent", "gap", "healed", "refused", "closed"],
    Meta(title="StreamStateName", description="State of a stream by the age of its data."),
]


class Wire(Struct, frozen=True, kw_only=True):
    """Base of everything on the wire."""


# ---------------------------------------------------------------------------------- one figure


class SentencePart(Wire, frozen=True, kw_only=True):
    """A piece of a sentence: `text` as it stands, or a `value` that the reader formats.

    `amount` and `price` carry `asset` (of a price: its instrument, whose tick it is cut to);
    `enough` is an amount, and `share` a fraction, that must suffice: round up. `move` is a signed
    fraction, round towards zero; `ratio` a fraction that never rounds onto a line. `time` is a
    `Moment`, `span` seconds.
    """

    kind: Literal[
        "text", "account", "amount", "enough", "share", "price", "size", "ratio", "move", "time",
        "span", "status", "instrument",
    ]  # fmt: skip
    text: str | None = None
    value: str | None = None
    asset: str | None = None


class Reason(Wire, frozen=True, kw_only=True):
    """Why something is as it is: a finding, in the assessment's own words.

    `where` is a pool id, a position key, a path, a stream or "account"; `measure` what it explains.
    """

    code: str
    severity: Literal["info", "warning", "error"]
    where: str
    measure: str | None
    message: str


class End(Wire, frozen=True, kw_only=True):
    """One end of a safe range: the signed move to it, or why there is none.

    `move` null with `open` true: no move that way leads to the line. Null with `open` false: it is
    not known.
    """

    move: Digits | None
    open: bool
    reason: str


class Range(Wire, frozen=True, kw_only=True):
    """How far prices may move, down (`below`, negative) and up (`above`)."""

    below: End
    above: End


class Nearest(Wire, frozen=True, kw_only=True):
    """The smallest move that leads to the line, and what moves.

    `instrument` and `price` where one instrument moves alone. `move` 0: it is past the line.
    """

    move: Digits
    instrument: str | None
    price: Digits | None
    way: Way


class Distance(Wire, frozen=True, kw_only=True):
    """The smallest moves to the line of one pool, by what moves; null where none leads there."""

    alone: Nearest | None
    together: Nearest | None
    with_orders: Nearest | None
    nearest: Nearest | None
    reasons: dict[str, str]


class Sigma(Wire, frozen=True, kw_only=True):
    """One standard deviation of a day's joint move, with its source and days of data behind it."""

    value: Digits
    source: str
    days: Digits


class Odds(Wire, frozen=True, kw_only=True):
    """Chance that the line is touched within 1, 8, 24 hours and 7 days; fractions.

    `s1`, `s2`, `s3`: hours after which a move of 1, 2, 3 σ reaches the nearer end of the joint
    move; null where there is no end.
    """

    h1: Digits
    h8: Digits
    h24: Digits
    d7: Digits
    s1: Digits | None
    s2: Digits | None
    s3: Digits | None
    method: str
    source: str


class Speed(Wire, frozen=True, kw_only=True):
    """How fast the buffer and the balance move, in the pool's asset an hour.

    Over the last `over_s` seconds (at most an hour). `usual_low` and `usual_high`: the middle 90 %
    of this run's hourly speeds, null until there is an hour of them. `left_hours`: until the buffer
    is gone at that speed, null where it does not fall.
    """

    per_hour: Digits
    balance_per_hour: Digits | None
    over_s: Digits
    usual_low: Digits | None
    usual_high: Digits | None
    left_hours: Digits | None


class Shares(Wire, frozen=True, kw_only=True):
    """What the worst pool's balance is made of; fractions that sum to 1.

    Own money, coins whose price moves, what haircuts take off, unrealized profit, credit.
    """

    own: Digits
    coins: Digits
    haircut: Digits
    unrealized: Digits
    credit: Digits


class Payment(Wire, frozen=True, kw_only=True):
    """An amount to pay in."""

    amount: Digits
    asset: str


class Cut(Wire, frozen=True, kw_only=True):
    """An order that closes part of one position, at the mark."""

    instrument: str
    position: str
    side: Literal["buy", "sell"]
    size: Digits


class Plan(Wire, frozen=True, kw_only=True):
    """The ways back to `target_ratio`; each does it alone, each is the least that does.

    `target_move`: where the line is near in price and the ratio is well, a fraction that prices may
    then move without reaching it; null: the ratio alone counts.

    `close_share`: the fraction of every position of the pool; `closes` the orders that do it; `cut`
    the cheapest single cut. Null ways have their reason under the way's name.
    """

    pool: str
    target_ratio: Digits
    pay_in: Payment | None
    close_share: Digits | None
    closes: list[Cut]
    cut: Cut | None
    reasons: dict[str, str]
    at: Moment
    target_move: Digits | None = None


class Ages(Wire, frozen=True, kw_only=True):
    """How old the newest data are, in seconds, and how old they may be.

    Null: never seen, or not needed. `oldest` is of those that the judgement needs; `stale` names
    the inputs beyond their limit.
    """

    marks: Digits | None
    account: Digits | None
    tiers: Digits | None
    oldest: Digits | None
    stale: list[str]


class Last(Wire, frozen=True, kw_only=True):
    """The last figures that were known, of an account that cannot be judged now."""

    at: Moment
    status: StatusName
    ratio: Digits | None
    support: Digits | None
    requirement: Digits | None
    buffer: Digits | None
    nearest: Nearest | None


class Bands(Wire, frozen=True, kw_only=True):
    """Where alerts fire, as fractions of the support in use, and how they keep quiet.

    `target`: where plans lead back to. `rearm`: how far below a band the ratio must fall before it
    can fire again. `dwell_s`: how long it must last. `cooldown_s`: at most one of a band in that
    time. `remind_s`: an unacknowledged act band speaks again after it.
    """

    target: Digits
    warn: Digits
    act: Digits
    rearm: Digits
    dwell_s: int
    cooldown_s: int
    remind_s: int


class AlertRef(Wire, frozen=True, kw_only=True):
    """The gravest alert of an account."""

    id: str
    state: AlertState


class Rulebook(Wire, frozen=True, kw_only=True):
    """Which rules made the figures."""

    code: str
    digest: str

"""What this run has recorded of each account: bounded, coarser the older it is.

Kept are the last 5 minutes by second, the last hour by 15 seconds, the last day by 5 minutes, the
last 30 days by the hour; at each step the worst moment is kept, not the mean. Points are floats in
one array each: they place things in pictures. Exact figures are in the records. What earlier runs
have kept in a store is read back before it (`keeping`).
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from marginline.core.account.moments import wire_moment
from marginline.core.findings import Status
from marginline.core.numbers import to_text
from marginline.feeds.events import (
    AccountChanged,
    Cause,
    Event,
    Gap,
    LedgerEvent,
    VanishedPosition,
    held_at,
)
from marginline.monitor.answers import History, HistoryEvent, HistoryKind, HistoryPoint
from marginline.monitor.state import Watched
from marginline.monitor.wire import SentencePart, StatusName

LEVELS = ((1_000, 300), (15_000, 240), (300_000, 288), (3_600_000, 720))
"""Step in milliseconds and how many points of it are kept."""
STEPS = tuple(step for step, _ in LEVELS)
POINTS = 600
EVENTS = 200
_FIELDS = ("ratio", "support", "requirement", "buffer", "nearest")
_WIDTH = 2 + len(_FIELDS)
_STATUSES: tuple[StatusName, ...] = ("healthy", "watch", "unknown", "margin_call", "liquidation")
assert tuple(status.value for status in Status) == _STATUSES
_NAN = float("nan")


@dataclass(slots=True)
class _Level:
    """A ring of points, `_WIDTH` floats each: at, status, then the figures (NaN: not known)."""

    step: int
    most: int
    flat: array[float] = field(default_factory=lambda: array("d"))

    def add(self, point: array[float]) -> None:
        """Append, or keep the worse of two in one step."""
        flat = self.flat
        if flat and flat[-_WIDTH] // self.step == point[0] // self.step:
            if _gravity(point[1], point[2]) >= _gravity(flat[1 - _WIDTH], flat[2 - _WIDTH]):
                flat[-_WIDTH:] = point
            return
        flat.extend(point)
        if len(flat) > self.most * _WIDTH * 5 // 4:
            del flat[: len(flat) - self.most * _WIDTH]

    def before(self, rows: Iterable[list[float]]) -> None:
        """Put older points before those that are there; of a step in both the worse one stays."""
        new = self.flat
        self.flat = array("d")
        for row in rows:
            if not new or row[0] < new[0]:
                self.add(array("d", row))
        if new:
            self.add(new[:_WIDTH])
            self.flat.extend(new[_WIDTH:])

    def points(self, start: float) -> list[list[float]]:
        """The points from `start` on, oldest first."""
        rows = range(0, len(self.flat), _WIDTH)
        return [self.flat[i : i + _WIDTH].tolist() for i in rows if self.flat[i] >= start]


def _gravity(status: float, ratio: float) -> tuple[float, float]:
    return status, ratio if ratio == ratio else -1.0  # noqa: PLR0124 - NaN alone differs from itself


def _gravity_of(point: list[float]) -> tuple[float, float]:
    return _gravity(point[1], point[2])


@dataclass(slots=True)
class _Recorded:
    start: int
    pool: str | None = None
    asset: str | None = None
    levels: tuple[_Level, ...] = field(
        default_factory=lambda: tuple(_Level(step, most) for step, most in LEVELS)
    )
    events: deque[HistoryEvent] = field(default_factory=lambda: deque(maxlen=EVENTS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Recollection:
    """What earlier runs have kept of one account.

    `levels` holds, by the steps of `LEVELS`, points oldest first: at, rank of the status, ratio,
    support, requirement, buffer, nearest (NaN: not known). `start` is the first moment there is.
    """

    account: str
    start: int | None
    pool: str | None
    asset: str | None
    levels: list[list[list[float]]]
    events: list[HistoryEvent]


class Recorder:
    """The history of every account in this run."""

    def __init__(self) -> None:
        self._of: dict[str, _Recorded] = {}

    def point(self, watched: Watched, now: int) -> None:
        """Record an account as it stands after a batch."""
        name = watched.watching.name
        found = self._of.get(name)
        if found is None:
            found = self._of[name] = _Recorded(now)
        judged = watched.judged if watched.known else None
        if judged is not None and judged.pool is not None:
            found.pool, found.asset = judged.pool.id, judged.pool.asset
        values: tuple[Decimal | None, ...] = (None,) * len(_FIELDS)
        if judged is not None:
            nearest = judged.nearest
            move = nearest.move if nearest else None
            values = (judged.ratio, judged.support, judged.requirement, judged.buffer, move)
        row = array("d", (now, watched.status.rank, *map(_number, values)))
        for level in found.levels:
            level.add(row)

    def event(self, account: str, event: HistoryEvent, now: int) -> None:
        """Record that something happened to an account."""
        self._of.setdefault(account, _Recorded(now)).events.append(event)

    def recall(self, old: Recollection) -> None:
        """Put what earlier runs have kept before what this one has recorded."""
        found = self._of.get(old.account)
        if found is None:
            if old.start is None:
                return
            found = self._of[old.account] = _Recorded(old.start)
        found.start = min(found.start, old.start or found.start)
        found.pool, found.asset = found.pool or old.pool, found.asset or old.asset
        for level, rows in zip(found.levels, old.levels, strict=True):
            level.before(rows)
        kept = {(event.at, event.kind) for event in found.events}
        older = [event for event in old.events if (event.at, event.kind) not in kept]
        found.events = deque([*older, *found.events], maxlen=EVENTS)

    def forget(self, account: str) -> None:
        """Drop an account's history."""
        self._of.pop(account, None)

    def of(self, account: str, span_ms: int, now: int) -> History:
        """The history of the last `span_ms`, thinned to at most 600 points."""
        found = self._of.get(account)
        if found is None:
            return History(
                account=account,
                asset=None,
                start=None,
                span_s=span_ms // 1000,
                points=[],
                events=[],
                thinned=False,
            )
        rows, whole = self._rows(found, span_ms, now)
        first = wire_moment(now - span_ms)
        return History(
            account=account,
            asset=found.asset,
            start=wire_moment(found.start),
            span_s=span_ms // 1000,
            points=[_point(row, found.pool) for row in rows],
            events=[event for event in found.events if event.at >= first],
            thinned=not whole,
        )

    @staticmethod
    def _rows(found: _Recorded, span_ms: int, now: int) -> tuple[list[list[float]], bool]:
        start = float(now - span_ms)
        reach = min(span_ms, now - found.start)  # a young record is told by its finest points
        level = next((each for each in found.levels if each.step * each.most >= reach), None)
        level = level or found.levels[-1]
        rows = level.points(start)
        thin = thinned(rows, POINTS)
        return thin, len(thin) == len(rows) and level is found.levels[0]

    def ratios(self, account: str) -> list[tuple[int, float]]:
        """Every moment known with its ratio (NaN: not known), the finest there is, oldest first."""
        found = self._of.get(account)
        if found is None:
            return []
        rows: list[tuple[int, float]] = []
        for level in found.levels:
            older = [(int(r[0]), r[2]) for r in level.points(0) if not rows or r[0] < rows[0][0]]
            rows = older + rows
        return rows


def thinned(rows: list[list[float]], most: int) -> list[list[float]]:
    """At most `most` rows: of each slice the worst by status and ratio; both ends stay."""
    if len(rows) <= most:
        return rows
    inner, slots = rows[1:-1], most - 2
    kept = [max(_slice(inner, n, slots), key=_gravity_of) for n in range(slots)]
    return [rows[0], *kept, rows[-1]]


def _slice(rows: list[list[float]], n: int, of: int) -> Iterable[list[float]]:
    return rows[n * len(rows) // of : (n + 1) * len(rows) // of]


def _number(value: Decimal | None) -> float:
    return _NAN if value is None else float(value)


def _point(row: list[float], pool: str | None) -> HistoryPoint:
    texts = {name: _text(value) for name, value in zip(_FIELDS, row[2:], strict=True)}
    status = _STATUSES[int(row[1])]
    return HistoryPoint(at=wire_moment(int(row[0])), status=status, pool=pool, **texts)


def _text(value: float) -> str | None:
    """A float of a picture as a decimal text of at most 15 digits; NaN is None."""
    return None if value != value else to_text(Decimal(f"{value:.15g}"))  # noqa: PLR0124


_CAUSES: Mapping[Cause, HistoryKind] = {
    Cause.FILL: "fill",
    Cause.FUNDING: "funding",
    Cause.TRANSFER: "transfer",
    Cause.CONFIG: "config",
}


def event_of(event: Event, now: int) -> tuple[str, HistoryEvent, int] | None:
    """What an event is to an account's history: whose, what, when; None: nothing to mark."""
    found = marked(event)
    if found is None:
        return None
    account, kind, words, amount, asset = found
    at = held_at(event, now)
    part = SentencePart(kind="text", text=words)
    found_there = HistoryEvent(
        at=wire_moment(at),
        kind=kind,
        amount=None if amount is None else to_text(amount),
        asset=asset,
        sentence=[part],
    )
    return account, found_there, now


_Marked = tuple[str, HistoryKind, str, Decimal | None, str | None]


def marked(event: Event) -> _Marked | None:
    """Whose history an event marks: account, kind, words, amount, asset; None: nothing to mark."""
    if isinstance(event, AccountChanged):
        kind = _CAUSES.get(event.cause)
        return None if kind is None else (event.account, kind, event.raw_kind, None, None)
    if isinstance(event, LedgerEvent):
        words = event.text or event.kind
        return event.account, "ledger", words, event.amount, event.asset
    if isinstance(event, VanishedPosition):
        return event.account, "liquidation", event.reason, None, None
    if isinstance(event, Gap) and event.account is not None and event.healed_at is None:
        return event.account, "gap", event.reason, None, None
    return None

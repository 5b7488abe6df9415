"""What is sent: rows made and encoded once, sent to all."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import msgspec

from marginline.core.account.moments import wire_moment
from marginline.core.findings import Status
from marginline.monitor.messages import (
    PAGE_ALONE,
    AccountRow,
    AlertRow,
    Delivering,
    Delivery,
    Settings,
    StoryLine,
    World,
)
from marginline.monitor.rows import (
    account_row,
    alert_row,
    by_gravity,
    moved_row,
    stream_row,
    with_sentence,
)
from marginline.monitor.slots import Subscription
from marginline.monitor.state import Alert, State, StreamKey, Watched
from marginline.monitor.wire import Reason

log = logging.getLogger(__name__)
MANY = 30
"""Beyond this many accounts their pools travel only to who watches them."""
_ENCODER = msgspec.json.Encoder()
_NO_POOLS = b"null"


@dataclass(slots=True)
class _Row:
    """A whole row, what has moved since it was made, and both as they were encoded."""

    row: AccountRow
    full: msgspec.Raw | None = None
    slim: msgspec.Raw | None = None
    moved: bool = False
    news: dict[bool, msgspec.Raw] = field(default_factory=dict)


class Frames:
    """Rows of the newest state, made when first asked for and kept until they change."""

    def __init__(
        self,
        state: State,
        deliveries: Callable[[str], list[Delivery]] = lambda _: [],
        delivering: Callable[[], Delivering] = lambda: PAGE_ALONE,
    ) -> None:
        self.state = state
        self._deliveries, self._delivering = deliveries, delivering
        self.version = 0
        self._rows: dict[str, _Row] = {}
        self._said: dict[object, bytes] = {}

    def outdate(self) -> None:
        """Something beside the accounts is news: no message of before may be sent again."""
        self.version += 1
        self._said.clear()

    def advance(self, state: State, touched: tuple[str, ...], gone: set[str]) -> None:
        """Take a newer state; rows of `touched` are made anew when they are next asked for."""
        self.state = state
        self.outdate()
        for name in (*touched, *gone):
            row = self._rows.get(name)
            if row is None:
                continue
            if name in state.moved:
                row.moved = True
                row.news.clear()
            else:
                del self._rows[name]

    def prepare(self, names: Iterable[str]) -> None:
        """Make and encode rows that the next message carries: a few now, not all of them then."""
        for name in names:
            self._encoded(name, frozenset())

    def row(self, name: str, still_ms: int = 0) -> AccountRow:
        """One account's row. Raises KeyError for a name that is not watched.

        `still_ms`: so long nothing has been judged; then it is unknown, and `last` has what was.
        """
        if still_ms:
            text = f"marginline has judged nothing for {still_ms // 1000} s; see its log"
            late = self.state.accounts[name]
            return self._shown(name, lambda: _late_row(self.state, late, text))
        return self._made(name).row

    def rows(self, still_ms: int = 0) -> list[AccountRow]:
        """Every account, nearest to the line first."""
        return by_gravity([self.row(name, still_ms) for name in self.state.accounts])

    def _made(self, name: str) -> _Row:
        found, state = self._rows.get(name), self.state
        if found is None:
            found = _Row(self._row(name))
            self._rows[name] = found
        elif found.moved:
            watched, row = state.accounts[name], found.row
            found.row = self._shown(
                name, lambda: with_sentence(moved_row(watched, state), watched).onto(row)
            )
            found.full, found.slim, found.moved = None, None, False
        return found

    def _row(self, name: str) -> AccountRow:
        """The whole row."""
        state = self.state
        watched = state.accounts[name]
        return self._shown(name, lambda: account_row(state, watched, state.now))

    def _shown(self, name: str, make: Callable[[], AccountRow]) -> AccountRow:
        """The row; where none can be made, one without figures: the others are shown."""
        try:
            return make()
        except Exception as error:
            log.exception("no row of %s can be made", name)
            return _bare_row(self.state, self.state.accounts[name], error)

    def _is_full(self, name: str, watching: frozenset[str]) -> bool:
        """Whether this reader has the pools of an account, and its sentence, with every message."""
        return len(self.state.accounts) <= MANY or name in watching

    def _encoded(self, name: str, watching: frozenset[str]) -> msgspec.Raw:
        found = self._made(name)
        if self._is_full(name, watching):
            if found.full is None:
                found.full = msgspec.Raw(_ENCODER.encode(found.row))
            return found.full
        if found.slim is None:
            slim = msgspec.structs.replace(found.row, pools=None)
            found.slim = msgspec.Raw(_ENCODER.encode(slim))
        return found.slim

    def _news(self, name: str, watching: frozenset[str]) -> msgspec.Raw:
        """What is new of an account of which only the figures are."""
        found = self._rows.get(name) or self._made(name)
        full = self._is_full(name, watching)
        if full not in found.news:
            watched = self.state.accounts[name]
            moved = moved_row(watched, self.state)
            told = with_sentence(moved, watched) if full else moved
            found.news[full] = msgspec.Raw(_ENCODER.encode(told))
        return found.news[full]

    def _rows_told(self, slot: Subscription) -> tuple[list[msgspec.Raw], list[msgspec.Raw]]:
        """The whole rows that a reader is owed, and what is new of the others.

        Of whom that cannot be made the row is told, which then says so.
        """
        whole, moved = [], []
        for name in (each for each in slot.accounts if each in self.state.accounts):
            if not slot.accounts[name]:
                try:
                    moved.append(self._news(name, slot.watching))
                    continue
                except Exception:
                    log.exception("what is new of %s cannot be told", name)
            whole.append(self._encoded(name, slot.watching))
        return whole, moved

    def _alert(self, alert: Alert) -> AlertRow:
        return alert_row(alert, self._deliveries(alert.id))

    def snapshot(
        self,
        watching: frozenset[str],
        boot: str,
        story: list[StoryLine] | None,
        world: World | None,
        settings: Settings,
    ) -> bytes:
        """The first message of a connection."""
        state = self.state
        return _ENCODER.encode(
            {
                "type": "snapshot",
                "seq": self.version,
                "now": wire_moment(state.now),
                "boot": boot,
                "accounts": [self._encoded(name, watching) for name in state.accounts],
                "alerts": [self._alert(alert) for alert in state.alerts.values()],
                "streams": [stream_row(state, each, state.now) for each in state.streams.values()],
                "story": story,
                "world": world,
                "settings": settings,
                "delivering": self._delivering(),
            }
        )

    def change(self, slot: Subscription, now: int, world: World | None) -> bytes:
        """What changed since the reader last read, as of now; its slot is cleared.

        Made once for all readers that know the same.
        """
        knows = (slot.since, slot.watching, len(slot.story), slot.owed)
        found = self._said.get(knows)
        if found is None:
            found = self._said[knows] = self._changed(slot, now, world)
        slot.clear(self.version)
        return found

    def _changed(self, slot: Subscription, now: int, world: World | None) -> bytes:
        state = self.state
        alerts, streams = state.alerts, state.streams
        whole, moved = self._rows_told(slot)
        return _ENCODER.encode(
            {
                "type": "change",
                "seq": self.version,
                "since": slot.since,
                "now": wire_moment(now),
                "accounts": whole,
                "moved": moved,
                "gone": list(slot.gone),
                "alerts": [self._alert(alerts[key]) for key in slot.alerts if key in alerts],
                "streams": [
                    stream_row(state, streams[key], now) for key in slot.streams if key in streams
                ],
                "story": list(slot.story),
                "world": world,
                "delivering": self._delivering(),
            }
        )


def _bare_row(state: State, watched: Watched, error: Exception) -> AccountRow:
    """A row without figures, of an account of which none can be made for a fault of ours."""
    what = f"{type(error).__name__}: {error}"[:300]
    text = f"a fault of marginline: its figures cannot be shown ({what}); report it with the log"
    why = Reason(code="UNSUPPORTED", severity="error", where="account", measure=None, message=text)
    ages = replace(watched.ages, stale=(*watched.ages.stale, "row: account"), reasons=(why,))
    bare = Watched(
        watched.watching, status=Status.UNKNOWN, since=watched.since, ages=ages,
        sequence=watched.sequence,
    )  # fmt: skip
    return account_row(state, bare, state.now)


def _late_row(state: State, watched: Watched, text: str) -> AccountRow:
    why = Reason(code="STALE", severity="error", where="account", measure=None, message=text)
    ages = replace(watched.ages, stale=(*watched.ages.stale, "judging"), reasons=(why,))
    late = msgspec.structs.replace(watched, status=Status.UNKNOWN, ages=ages)
    return account_row(state, late, state.now)


def streams_of(state: State, before: State) -> list[StreamKey]:
    """The streams whose view is not what it was."""
    return [key for key, view in state.streams.items() if before.streams.get(key) is not view]

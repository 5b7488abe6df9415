"""What a feed says: events stamped with venue, arrival and sequence; and how its streams stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from marginline.core.account.moments import span_text
from marginline.errors import InputError
from marginline.feeds.event_queue import EventQueue
from marginline.feeds.events import Event, Life, Refused, Stream, StreamState
from marginline.feeds.timing import Timer
from marginline.feeds.wire.connection import Redactor

_AGAIN_MS = 60_000


class Asked(NamedTuple):
    """What an answer was asked for by: when (the feed's clock), with which parameters, as text.

    Never key, signature or timestamp: those are put on where the request is signed.
    """

    began: int
    params: Mapping[str, str]


class Came(NamedTuple):
    """A message as it came, its text without secrets.

    `stream`: one of `Stream`, or "answer" and the endpoint of a REST answer, or "failed" and that
    of a request that got none (the text says why, as JSON); these two were `asked` for.
    """

    venue: str
    stream: str
    account: str | None
    received: int
    text: str
    asked: Asked | None = None


Raw = Callable[[Came], None]
"""Gets every message before it is read."""
_HIDDEN = "[hidden]"


class Desk:
    """Where one feed tells its events.

    `raw`, where given, gets every message before it is read; see `Raw`. `owner`: the account whose
    alone the feed is; None where accounts share it.
    """

    def __init__(
        self,
        venue: str,
        queue: EventQueue,
        timer: Timer,
        redact: Redactor,
        raw: Raw | None = None,
        *,
        owner: str | None = None,
    ) -> None:
        self.owner = owner
        self.venue = venue
        self.queue = queue
        self.timer = timer
        self.redact = redact
        self.sequence = 0
        self._raw = raw
        self._refused: dict[tuple[str | None, str, str], int] = {}

    # Any: the fields of the event, which it checks itself.
    def tell(self, kind: type[Event], /, *, at: int | None = None, **fields: Any) -> None:
        """Put an event into the queue, stamped."""
        self.sequence += 1
        self.queue.put(
            kind(
                venue=self.venue,
                at=at,
                received=self.timer.now(),
                sequence=self.sequence,
                **fields,
            )
        )

    def keep(
        self,
        stream: str,
        account: str | None,
        received: int,
        text: str,
        asked: Asked | None = None,
    ) -> None:
        """Hand on the raw message, before anything may fail over it."""
        if self._raw is None:
            return
        if asked is not None:
            shown = {name: self._shown(name, value) for name, value in asked.params.items()}
            asked = Asked(asked.began, shown)
        text = self.redact.text(text)
        self._raw(Came(self.venue, stream, account, received, text, asked))

    def _shown(self, name: str, value: str) -> str:
        """A parameter's value, where neither it nor what its name means is secret."""
        told = f"{name}={value}"
        return value if self.redact.text(told) == told else _HIDDEN

    def refuse(
        self, account: str | None, field: str, value: object, reason: str, remedy: str = ""
    ) -> None:
        """Say that something was not taken; the same again is said once a minute."""
        now, key = self.timer.now(), (account, field, reason)
        last = self._refused.get(key)
        if last is not None and now - last < _AGAIN_MS:
            return
        if len(self._refused) > 1000:
            self._refused.clear()
        self._refused[key] = now
        self.tell(
            Refused,
            account=account,
            field=self.redact.shown(field),
            value=self.redact.shown(value),
            reason=self.redact.shown(reason, 300),
            remedy=self.redact.shown(remedy, 300),
        )

    def refuse_input(self, account: str | None, field: str, wrong: InputError) -> None:
        """Say what a reader found wrong with an answer: at most its first three problems."""
        for problem in wrong.problems[:3]:
            where = f"{field}: {problem.path}" if problem.path else field
            self.refuse(account, where, problem.value, problem.message, problem.remedy)


class Vital:
    """The life of one stream: how old its data is, and what it says of itself when that changes."""

    def __init__(self, desk: Desk, stream: Stream, account: str | None, limit_ms: int) -> None:
        self._desk = desk
        self.stream = stream
        self.account = account
        self.limit_ms = limit_ms
        self.state = Life.CONNECTING
        self.reason = "not yet connected"
        self.since = desk.timer.now()
        self.retry = 0
        self._beat: int | None = None
        self._quiet_since = self.since

    @property
    def age_ms(self) -> int | None:
        """Age of the newest data; None before the first."""
        return None if self._beat is None else max(0, self._desk.timer.now() - self._beat)

    @property
    def trusted(self) -> bool:
        """Whether what the stream last told may be taken for now."""
        return self.state in (Life.LIVE, Life.HEALED)

    def beat(self, delay_ms: int = 0) -> None:
        """Data came, so old on arrival. It ends silence; a gap is ended by `heal` alone."""
        moment = self._desk.timer.now() - delay_ms
        self._beat = moment if self._beat is None else max(self._beat, moment)
        fresh = (self.age_ms or 0) <= self.limit_ms
        if fresh and self.state in (Life.CONNECTING, Life.SILENT):
            self.retry = 0
            self.turn(Life.LIVE, "data arrives")

    def heal(self, reason: str) -> None:
        """A whole snapshot has closed the gap; before the first data this is life itself."""
        self._beat = self._desk.timer.now()
        self.retry = 0
        self.turn(Life.HEALED if self.state is Life.GAP else Life.LIVE, reason)

    def confirm(self, reason: str) -> None:
        """Looked at and found as known; said every time, because it makes the data new."""
        self._beat = self._desk.timer.now()
        if self.state in (Life.CONNECTING, Life.SILENT, Life.HEALED):
            self.turn(Life.LIVE, reason)
        else:
            self.say()

    def turn(self, state: Life, reason: str) -> None:
        """Enter a state; said at once where it is another, or for another reason."""
        reason = self._desk.redact.shown(reason, 300)
        if state is not self.state:
            self.since = self._desk.timer.now()
        elif reason == self.reason and state is not Life.CONNECTING:
            return
        self.state, self.reason = state, reason
        if state is not Life.SILENT:
            self._quiet_since = self._desk.timer.now()
        self.say()

    def look(self, late_ms: int = 0) -> bool:
        """True once when its data has become older than the limit, or never came within it.

        `late_ms`: how much later than due this look comes. What arrived in that time may wait
        unread in the socket: the venue is not silent because this process was busy.
        """
        if self.state in (Life.SILENT, Life.REFUSED, Life.CLOSED):
            return False
        newest = self._quiet_since if self._beat is None else self._beat
        age = self._desk.timer.now() - newest
        if age <= self.limit_ms + late_ms:
            return False
        self.turn(Life.SILENT, _unheard(age, self.limit_ms))
        return True

    def now(self) -> StreamState:
        """How it stands, as an event that is not put into the queue."""
        desk = self._desk
        return StreamState(
            venue=desk.venue, received=desk.timer.now(), sequence=desk.sequence, **self._fields()
        )

    def say(self) -> None:
        """Tell how it stands."""
        self._desk.tell(StreamState, **self._fields())

    def _fields(self) -> dict[str, Any]:  # Any: the fields of StreamState
        return {
            "stream": self.stream,
            "account": self.account,
            "state": self.state,
            "reason": self.reason,
            "since": self.since,
            "retry": self.retry,
            "age_ms": self.age_ms,
            "limit_ms": self.limit_ms,
        }


class Vitals(tuple[Vital, ...]):
    """The streams of one feed, which begin and end together."""

    __slots__ = ()

    def states(self) -> tuple[StreamState, ...]:
        """How each stands."""
        return tuple(vital.now() for vital in self)

    def turn(self, state: Life, reason: str) -> None:
        """Enter a state, all of them."""
        for vital in self:
            vital.turn(state, reason)

    def end(self) -> None:
        """The feed has ended; what was refused or closed before says why itself."""
        for vital in self:
            if vital.state not in (Life.REFUSED, Life.CLOSED):
                vital.turn(Life.CLOSED, "the feed ended")


def _unheard(age: int, limit: int) -> str:
    return f"no data for {span_text(age)}, the limit is {span_text(limit)}"

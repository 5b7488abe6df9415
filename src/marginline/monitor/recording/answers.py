"""Recorded answers, by what they were asked for; and a door behind which they answer again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec

from marginline.feeds.event_queue import EventQueue
from marginline.feeds.telling import Desk
from marginline.feeds.timing import Cadence
from marginline.feeds.wire.connection import Connection, Redactor
from marginline.feeds.wire.door import ANSWER, FAILED, Door, Manners, place_of, texts_of
from marginline.feeds.wire.rest import Answer, CallFailed, Endpoint, Failure
from marginline.monitor.recording.lines import Raw

_KEPT = 32
"""Answers kept of each request, the newest: a round follows its answers within a moment."""


class Absent(Exception):
    """The recording does not hold an answer that is needed; says which."""


class _Failed(msgspec.Struct, frozen=True):
    failure: Failure
    message: str
    status: int | None = None
    code: int | None = None


class Recorded(NamedTuple):
    """What came of a request: an answer, or why there was none."""

    began: int
    ended: int
    came: Answer | CallFailed


class Answers:
    """What was answered so far, by account, endpoint and parameters."""

    def __init__(self) -> None:
        self._found: dict[tuple[str | None, str, frozenset[tuple[str, str]]], deque[Recorded]] = {}

    def take(self, line: Raw) -> bool:
        """Take a line in; False where it is no answer of which is known what was asked."""
        what, _, place = line.stream.partition(" ")
        if what not in (ANSWER, FAILED) or line.asked is None or line.began is None:
            return False
        path = place.partition("/")[2]
        came: Answer | CallFailed = Answer(path, line.text, line.began, line.received)
        if what == FAILED:
            told = msgspec.json.decode(line.text, type=_Failed)
            came = CallFailed(told.failure, path, told.message, status=told.status, code=told.code)
        key = (line.account, place, frozenset(line.asked.items()))
        rows = self._found.setdefault(key, deque(maxlen=_KEPT))
        rows.append(Recorded(line.began, line.received, came))
        return True

    def of(
        self, account: str | None, endpoint: Endpoint, params: Mapping[str, object]
    ) -> tuple[Recorded, ...]:
        """What came of a request, in order."""
        key = (account, place_of(endpoint), frozenset(texts_of(params).items()))
        return tuple(self._found.get(key, ()))

    def shared(self, began: int, until: int) -> tuple[int, ...]:
        """When answers came that accounts share, from a moment on until one; in order."""
        found = {
            each.ended
            for (owner, _, _), rows in self._found.items()
            if owner is None
            for each in rows
            if began < each.ended <= until
        }
        return tuple(sorted(found))

    def during(self, account: str, endpoint: Endpoint, began: int, until: int) -> bool:
        """Whether an endpoint was asked, whatever for, from a moment on, and answered until one."""
        place = place_of(endpoint)
        return any(
            began <= each.began and each.ended <= until
            for (owner, where, _), rows in self._found.items()
            if owner == account and where == place
            for each in rows
        )


class _Still:
    """The clock of a moment that was recorded."""

    def __init__(self) -> None:
        self.moment = 0

    def now(self) -> int:
        return self.moment

    async def sleep(self, ms: float) -> None:
        raise Absent(f"a wait of {ms:g} ms that was not recorded")


class RecordedDoor(Door):
    """A venue's door as it was at a moment of a recording: it asks nobody.

    Args:
        manners: the venue's.
        answers: what was recorded.
        owner: the account whose alone the door was; None where accounts shared it.
    """

    def __init__(self, manners: Manners, answers: Answers, owner: str | None = None) -> None:
        self._still = _Still()
        desk = Desk("", EventQueue(), self._still, Redactor(), owner=owner)
        super().__init__(manners, desk, Cadence())
        self._answers = answers
        self._as_of = self._began = 0

    def stand(self, told: int, as_of: int, began: int | None = None) -> None:
        """Be at the moment at which an account was told, as of the venue's; asked from `began`."""
        self._still.moment, self._as_of = told, as_of
        self._began = told if began is None else began
        self._kept.clear()  # what all were given is chosen anew at each moment

    async def call(
        self, endpoint: Endpoint, connection: Connection | None = None, **params: object
    ) -> Answer:
        """The newest answer of before the moment. Raises CallFailed as it was raised, Absent."""
        owner = self.desk.owner if connection is None else connection.account
        return self._of(owner, endpoint, params, lambda found: found[-1])

    async def _common(
        self, endpoint: Endpoint, max_age_ms: int, params: Mapping[str, object]
    ) -> Answer:
        """The answer that all who asked then were given: young enough, or asked for just then."""

        def chosen(found: tuple[Recorded, ...]) -> Recorded:
            there = [each for each in found if each.ended <= self._began]
            later = [each for each in found if each.ended > self._began]
            if there and (self._began - there[-1].began <= max_age_ms or not later):
                return there[-1]
            return later[0]

        return self._of(None, endpoint, params, chosen)

    def _of(
        self,
        owner: str | None,
        endpoint: Endpoint,
        params: Mapping[str, object],
        chosen: Callable[[tuple[Recorded, ...]], Recorded],
    ) -> Answer:
        moment = self._still.moment
        found = self._answers.of(owner, endpoint, params)
        found = tuple(each for each in found if each.ended <= moment)
        if not found:
            raise Absent(f"no answer to {place_of(endpoint)} of before that moment")
        came = chosen(found).came
        if isinstance(came, CallFailed):
            raise came
        return came

    async def measure(self, *, again: bool = True) -> None:
        """Nothing: the moment is known."""

    async def before(self) -> int:
        """The moment that the account was told as of."""
        return self._as_of

    def surely_before(self) -> int:
        """As `before`."""
        return self._as_of

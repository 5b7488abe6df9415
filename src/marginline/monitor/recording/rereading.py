"""Recorded raw messages read again by our readers; what they give beside what was told then.

Whoever mended a reader sees what it makes of a day that is over: for each snapshot and each change
of an account "the same", or the figures that differ.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from marginline.core.account.account import Account
from marginline.core.account.file import to_dict
from marginline.errors import InputError, StoreError
from marginline.feeds.binance import calls as binance
from marginline.feeds.binance.account import BinanceAccount
from marginline.feeds.bybit import calls as bybit
from marginline.feeds.bybit.account import BybitAccount
from marginline.feeds.bybit.market import BybitMarket
from marginline.feeds.events import AccountChanged, AccountSnapshot, Stream
from marginline.feeds.messages import AccountDialect, Message, Unreadable
from marginline.feeds.plans.asking import Ask, Reply
from marginline.feeds.plans.carrying import conversed
from marginline.feeds.plans.polled import PRIVATE_NOTE
from marginline.feeds.plans.venues import VENUES
from marginline.feeds.telling import Vital
from marginline.feeds.timing import ms_of
from marginline.feeds.wire.connection import Connection
from marginline.feeds.wire.rest import CallFailed, Endpoint
from marginline.monitor.recording.answers import Absent, Answers, RecordedDoor
from marginline.monitor.recording.lines import Head, Raw, Turn, given, line_of
from marginline.monitor.recording.sinks import Found
from marginline.monitor.settings import Watching

_FIRST: Mapping[str, Endpoint] = {
    binance.VENUE: binance.ACCOUNT_CONFIG,
    bybit.VENUE: bybit.ACCOUNT_INFO,
}
"""What a streamed account is asked for by its snapshots alone, among the first."""
_FRAMES = 4_096
_MOMENTS = 8
_SHORTLY_MS = 5_000  # before a snapshot: ten times what an answer may lag (`Cadence.unsure`)
_SHOWN = 20
_UNKNOWN = (InputError, Unreadable, CallFailed, Absent, LookupError)
OLD = "the recording is of an older version: its answers stand without what was asked for"
NO_RAW = "the recording holds no raw answers (`record --no-raw`)"


@dataclass(frozen=True, slots=True)
class Differing:
    """A figure that differs, by its place in the account: what was told then, what is read now."""

    where: str
    told: str
    read: str


@dataclass(frozen=True, slots=True)
class Unlike:
    """One snapshot or change that is read otherwise now; `count` of figures, the first of them."""

    at: int
    kind: str
    count: int
    figures: tuple[Differing, ...]


@dataclass(slots=True)
class Reread:
    """What became of one account: how many were told, are read the same, otherwise, or not.

    `unread` counts what could not be read again, by its reason in words.
    """

    name: str
    venue: str
    told: int = 0
    same: int = 0
    unlike: list[Unlike] = field(default_factory=list)
    unread: dict[str, int] = field(default_factory=dict)


class _Account:
    """One account of a recording: how it is read, what came of its stream, what was last told."""

    def __init__(self, watching: Watching, answers: Answers) -> None:
        self.watching, self.answers = watching, answers
        self.found = Reread(watching.name, watching.venue)
        self.last: Account | None = None
        self._frames: deque[tuple[int, str]] = deque(maxlen=_FRAMES)
        self._unlaid: deque[tuple[int, str]] = deque(maxlen=_FRAMES)
        self._fees: dict[str, str] = {}

    def hear(self, received: int, text: str) -> None:
        """A message of its stream came."""
        self._frames.append((received, text))
        self._unlaid.append((received, text))

    @property
    def _streamed(self) -> bool:
        return self.watching.venue in _FIRST

    # -- reading ----------------------------------------------------------------------------

    async def snapshots(self, told: AccountSnapshot) -> AsyncIterator[Account]:
        """What the answers of then give; raises one of `_UNKNOWN`.

        More than one where accounts share answers: of a moment before a shared answer came, and
        of one after it, because which of the two it was is not recorded; and where messages came
        shortly before, which were laid on where an answer might not have known of them.
        """
        if not self._streamed:
            yield await self._polled(told)
            return
        began = self._began(told.received)
        for moment in (began, *self.answers.shared(began, told.received)[:_MOMENTS]):
            for since in (began, *self._shortly_before(began)):
                yield await self._whole(told, began, moment, since)

    def _shortly_before(self, began: int) -> list[int]:
        """When the newest messages of before a snapshot came, newest first."""
        came = {at for at, _ in self._frames if began - _SHORTLY_MS <= at < began}
        return sorted(came, reverse=True)[:_MOMENTS]

    async def _polled(self, told: AccountSnapshot) -> Account:
        name, venue = self.watching.name, VENUES[self.watching.venue]
        connection = Connection(account=name, venue=self.watching.venue)
        door = RecordedDoor(venue.manners, self.answers, name)
        door.stand(told.received, ms_of(told.state.as_of))

        async def reply(asked: Ask) -> Reply:
            signed = connection if asked.endpoint.signed else None
            try:
                return await door.call(asked.endpoint, signed, **asked.params)
            except CallFailed as failed:
                return failed

        gathered = await conversed(venue.plan(frozenset()), reply)
        gathered.at = await door.before()
        return gathered.account(name)

    async def _whole(self, told: AccountSnapshot, began: int, moment: int, since: int) -> Account:
        as_of = ms_of(told.state.as_of)
        connection = Connection(account=self.watching.name, venue=self.watching.venue)
        door = RecordedDoor(VENUES[self.watching.venue].manners, self.answers)
        door.stand(told.received, as_of, moment)
        dialect = self._dialect(door, connection, began, told.received)
        state = await dialect.snapshot()
        for message in self._meanwhile(dialect, since, as_of, told.received):
            state = dialect.apply(state, message)
        return state

    def _began(self, told: int) -> int:
        first = _FIRST[self.watching.venue]
        found = self.answers.of(self.watching.name, first, {})
        before = [each.began for each in found if each.ended <= told]
        if not before:
            raise Absent(f"no answer to {first.group}/{first.path} of before that moment")
        return before[-1]

    def _dialect(
        self, door: RecordedDoor, connection: Connection, began: int, told: int
    ) -> AccountDialect:
        life = Vital(door.desk, Stream.LISTEN_KEY, connection.account, 0)
        if self.watching.venue == bybit.VENUE:
            return BybitAccount(connection, door, life, BybitMarket(door))
        asked = self.answers.during(connection.account, binance.COMMISSION, began, told)
        if not asked:  # fees are asked for where the allowance lets them be
            door.allowance.heard(door.allowance.of)
        return BinanceAccount(connection, door, life, fees=self._fees)

    def _meanwhile(
        self, dialect: AccountDialect, since: int, as_of: int, told: int
    ) -> list[Message]:
        """What the stream said from then until the snapshot was told, as it was laid on."""
        found = []
        for received, text in self._frames:
            message = _sorted(dialect, text) if since <= received <= told else None
            if message is not None and message.applies:
                if message.at is None or message.at >= as_of:
                    found.append(message)
        return sorted(found, key=lambda each: each.at or 0)

    def changed(self, told: AccountChanged) -> Account:
        """The account after the message that changed it. Raises one of `_UNKNOWN`."""
        if self.last is None:
            raise Absent("what it was before stands in an earlier part")
        door = RecordedDoor(VENUES[self.watching.venue].manners, self.answers)
        connection = Connection(account=self.watching.name, venue=self.watching.venue)
        dialect = self._dialect(door, connection, told.received, told.received)
        while self._unlaid and self._unlaid[0][0] <= told.received:
            _, text = self._unlaid.popleft()
            message = _sorted(dialect, text)
            if message is not None and (message.kind, message.at) == (told.raw_kind, told.at):
                return dialect.apply(self.last, message)
        raise Absent("its message is not in the recording")

    # -- comparing --------------------------------------------------------------------------

    async def take(self, told: AccountSnapshot | AccountChanged) -> None:
        """Read it again, and note how it compares."""
        self.found.told += 1
        try:
            unlike = await self._unlike(told)
        except _UNKNOWN as wrong:
            reason = str(wrong).splitlines()[0]
            self.found.unread[reason] = self.found.unread.get(reason, 0) + 1
        else:
            if unlike is None:
                self.found.same += 1
            else:
                self.found.unlike.append(unlike)
        self.last = told.state

    async def _unlike(self, told: AccountSnapshot | AccountChanged) -> Unlike | None:
        """How it is read otherwise than it was told; None where it is the same."""
        if isinstance(told, AccountChanged):
            return _compared(told, "change", self.changed(told))
        first: Unlike | None = None
        async for read in self.snapshots(told):
            found = _compared(told, "snapshot", read)
            if found is None:
                return None
            first = first or found
        return first


def _compared(told: AccountSnapshot | AccountChanged, kind: str, read: Account) -> Unlike | None:
    figures = tuple(differing(_document(told.state), _document(read)))
    return Unlike(told.received, kind, len(figures), figures[:_SHOWN]) if figures else None


class Rereader:
    """Reads lines of a recording again; `found` says what became of each account.

    `files`: accounts that no venue told, so that nothing of them was asked for.
    """

    def __init__(self) -> None:
        self.runs = self.messages = 0
        self.files: set[str] = set()
        self.cut: StoreError | None = None
        self._of: dict[str, _Account] = {}
        self._found: list[Reread] = []
        self._answers = Answers()
        self._asked = self._unasked = 0
        self._run = ""

    @property
    def found(self) -> list[Reread]:
        """By account's name, those of an earlier run first."""
        own = [each.found for _, each in sorted(self._of.items()) if each.found.told]
        return [*self._found, *own]

    @property
    def why(self) -> str:
        """Why nothing of it can be read; "" where something can."""
        if self._asked:
            return ""
        return OLD if self._unasked else NO_RAW

    async def read(self, lines: Iterable[Found], since: int | None, until: int | None) -> None:
        """All of it; accounts told from `since` on are compared, until `until`."""
        try:
            for place, text in lines:
                if not await self._line(place, text, since, until):
                    return
        except StoreError as cut:
            self.cut = cut

    async def _line(self, place: str, text: bytes, since: int | None, until: int | None) -> bool:
        try:
            line = line_of(text)
            batch = [given(each) for each in line.batch] if isinstance(line, Turn) else []
        except ValueError as wrong:
            remedy = "what stands before that place was read"
            raise StoreError(place, str(wrong), remedy) from None
        if isinstance(line, Head):
            self._head(line)
        elif isinstance(line, Raw):
            self._raw(line)
        elif isinstance(line, Turn):
            if until is not None and line.now >= until:
                return False
            for event in batch:
                if isinstance(event, (AccountSnapshot, AccountChanged)):
                    await self._told(event, late=since is None or line.now >= since)
        return True

    def _head(self, head: Head) -> None:
        if head.run == self._run:
            return
        self._run, self.runs = head.run, self.runs + 1
        self._found = self.found
        self.files |= {each.name for each in head.watching if each.kind == "file"}
        self._of, self._answers = {}, Answers()

    def _raw(self, line: Raw) -> None:
        self.messages += 1
        if self._answers.take(line):
            self._asked += 1
        elif line.asked is None and " " in line.stream:
            self._unasked += 1
        elif line.account is not None and line.stream == Stream.ACCOUNT.value:
            self._account(line.account, line.venue).hear(line.received, line.text)

    def _account(self, name: str, venue: str) -> _Account:
        found = self._of.get(name)
        if found is None or found.watching.venue != venue:
            watching = Watching(name=name, venue=venue, source="recording")
            found = self._of[name] = _Account(watching, self._answers)
        return found

    async def _told(self, event: AccountSnapshot | AccountChanged, *, late: bool) -> None:
        if event.account in self.files or event.venue not in VENUES:
            return
        account = self._account(event.account, event.venue)
        if late:
            await account.take(event)
        else:
            account.last = event.state


def _sorted(dialect: AccountDialect, text: str) -> Message | None:
    try:
        return dialect.message(text)
    except (InputError, Unreadable):
        return None


def _document(account: Account) -> Any:  # Any: the account's document, as JSON has it
    """An account as it is compared: without what the feed itself says of how it listens."""
    found = msgspec.json.decode(msgspec.json.encode(to_dict(account)))
    notes = found.get("extra", {}).get("notes")
    if notes is not None:
        found["extra"]["notes"] = [each for each in notes if each.get("where") != PRIVATE_NOTE]
    return found


def differing(told: Any, read: Any, where: str = "") -> Iterable[Differing]:  # Any: documents
    """The places in which two documents differ."""
    if isinstance(told, dict) and isinstance(read, dict):
        for name in dict.fromkeys([*told, *read]):
            place = f"{where}.{name}" if where else str(name)
            yield from differing(told.get(name), read.get(name), place)
    elif isinstance(told, list) and isinstance(read, list) and len(told) == len(read):
        for number, (one, other) in enumerate(zip(told, read, strict=True)):
            yield from differing(one, other, f"{where}[{number}]")
    elif told != read:
        yield Differing(where, _text(told), _text(read))


def _text(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()[:200]

"""A recorded run lived again: its rounds through the same step, on the clock that was recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import msgspec

from marginline.core.account.moments import wire_moment
from marginline.errors import InputError, Problem, StoreError
from marginline.feeds.event_queue import EventQueue
from marginline.feeds.events import Event
from marginline.monitor.answers import MonitorRecord
from marginline.monitor.keeping.kept import Round
from marginline.monitor.messages import World
from marginline.monitor.recording.lines import (
    SCHEMA,
    AnyLine,
    End,
    Head,
    Raw,
    Story,
    Turn,
    bands_read,
    given,
    line_of,
    settings_read,
)
from marginline.monitor.recording.recorder import Digest
from marginline.monitor.recording.sinks import Found
from marginline.monitor.run import Monitor
from marginline.monitor.state import start
from marginline.monitor.taking.commands import Command

_REMEDY = "what stands before that place was replayed"


def _damaged(place: str, reason: str) -> StoreError:
    return StoreError(place, reason, _REMEDY)


@dataclass(slots=True)
class Replayed:
    """How far a replay came, and whether its records are those of the run itself.

    `differs`: the first round whose records are not the run's to the byte, in words. `ended`: the
    run was recorded until its own end. `gaps`: how often lines were missing that were never
    written. `lost`: of those, how many the recorder counted.
    """

    runs: int = 0
    rounds: int = 0
    records: int = 0
    events: int = 0
    messages: int = 0
    gaps: int = 0
    lost: int = 0
    first: int | None = None
    last: int | None = None
    differs: str | None = None
    ended: bool = False


class Again(Monitor):
    """A monitor that is told its rounds. It takes no commands: what was done then is recorded.

    Args:
        title: what the page calls it.
        speed: how many recorded seconds pass in one of ours, as the page shows it.
    """

    def __init__(self, title: str, speed: str) -> None:
        self._title, self._speed = title, speed
        self._of: World | None = None
        self._now: str | None = None
        super().__init__(EventQueue(), clock=self._moment, world=self._shown)

    def _moment(self) -> int:
        return self.state.now if hasattr(self, "state") else 0

    def _shown(self) -> World:
        moment = self._now or wire_moment(self.state.now)
        if self._of is None:
            name = "replay"
            return World(
                scenario=name, title=self._title, speed=self._speed, now=moment, replayed=True
            )
        return msgspec.structs.replace(self._of, now=moment, speed=self._speed, replayed=True)

    def begin(self, head: Head) -> None:
        """Stand as the run stood at this head."""
        settings = replace(
            settings_read(head.settings),
            own_bands={name: bands_read(each) for name, each in head.bands.items()},
        )
        before = self.state
        state = replace(
            start(tuple(head.watching), settings, head.at),
            sequence=head.sequence,
            alerts={alert.id: alert for alert in head.alerts},
            slots={(each.account, each.name): each.slot for each in head.slots},
            silences=tuple(head.silences),
        )
        for name in before.accounts:
            self._judge.forget(name)
        self._of = head.world
        self._publish(before, replace(state, touched=tuple(state.accounts)), (), ())

    async def live(
        self, now: int, batch: tuple[Event | Command, ...], world: str | None = None
    ) -> tuple[MonitorRecord, ...]:
        """One recorded round."""
        before = self.state
        self._now = world
        state, records = self._processed(before, batch, now)
        events = tuple(each for each in batch if isinstance(each, Event))
        self.counts.take(events, records, 0.0)
        self._publish(before, state, events, records)
        for listen in self.rounds:
            listen(Round(batch, before, state, records))
        return records

    async def ask(self, command: Command) -> None:
        """Refused. Raises InputError."""
        text = "this is a replay: what was done then is recorded, nothing can be done now"
        problem = Problem(type(command).__name__, "", text, "ask the monitor that runs now")
        raise InputError([problem])

    async def run(self) -> None:
        """Wait: rounds come by `live`."""
        await asyncio.Event().wait()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which of it: rounds before `since` are lived at once and are not told; until `until`."""

    since: int | None = None
    until: int | None = None


class Player:
    """Plays found lines into a monitor.

    Args:
        monitor: who lives them.
        pace: waits before a round, given its moment; None where rounds follow at once.
        wanted: from when and until when.
    """

    def __init__(
        self,
        monitor: Again,
        *,
        pace: Callable[[int], Awaitable[None]] | None = None,
        wanted: Wanted | None = None,
    ) -> None:
        self.monitor, self.done = monitor, Replayed()
        self.told: list[Callable[[int, tuple[MonitorRecord, ...]], None]] = []
        self._pace, self._wanted = pace, wanted or Wanted()
        self._number: int | None = None
        self._run = ""
        self._digest = Digest()
        self._exact = False

    async def play(self, found: Iterable[Found]) -> Replayed:
        """All of it, or until the end that is wanted.

        Raises:
            StoreError: it is cut or damaged, or lines are missing; says where. What came before
                has been lived.
        """
        for place, text in found:
            try:
                line = line_of(text)
            except ValueError as wrong:
                raise _damaged(place, str(wrong)) from None
            if not await self._line(place, line):
                break
        return self.done

    async def _line(self, place: str, line: AnyLine) -> bool:
        if isinstance(line, Head):
            self._head(place, line)
            return True
        if self._number is None:
            raise _damaged(place, "a recording begins with a head, and this is none")
        if line.number != self._number + 1:
            missing = f"lines {self._number + 1} to {line.number - 1} are missing"
            raise _damaged(place, missing)
        self._number = line.number
        match line:
            case Turn():
                return await self._turn(place, line)
            case Raw():
                self.done.messages += 1
            case Story():
                if self._told_of(line.at) or self._wanted.since is None:
                    self.monitor.tell(line.at, line.text)
            case End():
                self.done.ended, self.done.lost = True, self.done.lost + line.lost
        return True

    def _head(self, place: str, head: Head) -> None:
        if head.schema != SCHEMA:
            raise _damaged(place, f"is of {head.schema}, and this version reads {SCHEMA}")
        follows = head.run == self._run and self._number is not None
        if follows and head.number == (self._number or 0) + 1:
            self._number = head.number  # the same run goes on: it stands as it did
            return
        self.done.gaps += follows
        if head.run != self._run:
            self.done.runs += 1
        self._run, self._number, self.done.ended = head.run, head.number, False
        self._digest, self._exact = Digest(head.before), head.part == 1
        try:
            self.monitor.begin(head)
            carried = tuple(given(each) for each in head.carried)
        except (InputError, msgspec.ValidationError, LookupError, ValueError) as wrong:
            raise _damaged(place, f"its head cannot be used by this version: {wrong}") from None
        if carried:
            state, _ = self.monitor._processed(self.monitor.state, carried, head.at)  # noqa: SLF001
            state = replace(state, sequence=head.sequence)
            self.monitor._publish(self.monitor.state, state, (), ())  # noqa: SLF001

    async def _turn(self, place: str, turn: Turn) -> bool:
        wanted = self._wanted
        if wanted.until is not None and turn.now >= wanted.until:
            return False
        try:
            batch = tuple(given(each) for each in turn.batch)
        except ValueError as wrong:
            raise _damaged(place, str(wrong)) from None
        shown = self._told_of(turn.now)
        if shown and self._pace is not None:
            await self._pace(turn.now)
        elif self.done.rounds % 200 == 0:
            await asyncio.sleep(0)  # whoever serves a page is served
        records = await self.monitor.live(turn.now, batch, turn.world)
        done = self.done
        done.rounds += 1
        done.events += len(batch)
        done.records += len(records)
        done.first = turn.now if done.first is None else done.first
        done.last = turn.now
        if self._exact and done.differs is None and self._digest.of(records) != turn.digest:
            done.differs = f"{place}: {len(records)} records, and the run had {turn.records}"
        if shown:
            for tell in self.told:
                tell(turn.now, records)
        return True

    def _told_of(self, now: int) -> bool:
        return self._wanted.since is None or now >= self._wanted.since


def heads(found: Iterable[Found]) -> Iterator[Head]:
    """The heads among lines; a recording that ends badly ends here quietly."""
    try:
        for _, text in found:
            if text.startswith(b'{"line":"head"'):
                line = line_of(text)
                if isinstance(line, Head):
                    yield line
    except (StoreError, ValueError):
        return

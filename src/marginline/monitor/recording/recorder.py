"""Writes down a run as it happens: rounds, raw messages, the story. Judging never waits for it."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, Protocol

import msgspec

from marginline.core.account.moments import milliseconds
from marginline.errors import StoreError
from marginline.feeds import events
from marginline.feeds.events import Event
from marginline.feeds.telling import Came
from marginline.monitor.answers import MonitorRecord
from marginline.monitor.keeping.kept import Round
from marginline.monitor.messages import World
from marginline.monitor.recording.lines import (
    SCHEMA,
    End,
    Head,
    Line,
    Raw,
    Spoken,
    Story,
    Turn,
    bands_written,
    settings_written,
    told_again,
    written,
)
from marginline.monitor.run import Monitor
from marginline.monitor.state import State

log = logging.getLogger(__name__)
FLUSH_S = 0.5
WAITING_MOST = 200_000
"""Lines that wait for a disk that cannot write; beyond that they are lost, and counted."""

Late = Callable[[], Line]
"""A line that costs something to make: made in the thread that writes it."""


class Sink(Protocol):
    """Where lines go. Every method may raise StoreError, and blocks."""

    def ready(self) -> bool:
        """Whether lines may come; until then they wait."""

    def over(self, at: int) -> bool:
        """Whether a new part is to begin."""

    def begin(self, at: int) -> None:
        """Begin one."""

    def write(self, lines: Sequence[Line]) -> None:
        """Write lines: all of them, or none."""

    def close(self) -> None:
        """End it."""


class Digest:
    """Of all records of a run so far, each as it is encoded."""

    def __init__(self, before: str = "") -> None:
        self._text = before

    def of(self, records: Iterable[MonitorRecord]) -> str:
        """The digest with these records."""
        for record in records:
            told = self._text.encode() + msgspec.json.encode(record)
            self._text = hashlib.sha256(told).hexdigest()
        return self._text


@dataclass(slots=True)
class Counted:
    """What was recorded; `trouble` is why the newest write failed, None where it did not."""

    rounds: int = 0
    messages: int = 0
    lines: int = 0
    lost: int = 0
    trouble: StoreError | None = None


@dataclass(slots=True)
class _Waiting:
    at: int
    line: Late


@dataclass(slots=True)
class _Run:
    """What the newest head tells, and what is written into the next."""

    part: int = 0
    digest: Digest = field(default_factory=Digest)
    known: str = ""


class Recorder:
    """Records a monitor into a sink; `run` it beside the monitor, and give feeds its `raw`.

    Args:
        monitor: whose rounds.
        sink: where lines go.
        raw: whether messages are kept as they came, too.
    """

    def __init__(self, monitor: Monitor, sink: Sink, *, raw: bool = True) -> None:
        self.monitor, self.sink = monitor, sink
        self._keeps_raw = raw
        self.counted = Counted()
        self._waiting: list[_Waiting] = []
        self._number = 0
        self._run = _Run()
        self._early: list[Callable[[], None]] = []
        self._head_waits = False
        self._anew = True
        self._headless = False
        self._lock = threading.Lock()
        monitor.rounds.append(self._round)

    # -- what happens, in the loop ----------------------------------------------------------

    def raw(self, came: Came) -> None:
        """Note a message as it came, before it is read; of an answer also what was asked."""
        if not self._keeps_raw:
            return
        if self._anew:
            self._before_head(lambda: self.raw(came))
            return
        self.counted.messages += 1
        number, asked = self._next(), came.asked
        self._note(
            came.received,
            lambda: Raw(
                number=number, received=came.received, venue=came.venue, stream=came.stream,
                account=came.account, text=came.text,
                began=None if asked is None else asked.began,
                asked=None if asked is None else dict(asked.params),
            ),
        )  # fmt: skip

    def tell(self, at: int, text: str) -> None:
        """Note a sentence of a simulated world's story, at its milliseconds."""
        if self._anew:
            self._before_head(lambda: self.tell(at, text))
            return
        number = self._next()
        self._note(self.monitor.now(), lambda: Story(number=number, at=at, text=text))

    def _before_head(self, note: Callable[[], None]) -> None:
        """A head begins every recording, and the first round writes it: until then this waits."""
        if len(self._early) >= WAITING_MOST:
            self.counted.lost += 1
            return
        self._early.append(note)

    def _round(self, found: Round) -> None:
        world = self.monitor.world()
        now = found.state.now
        if self._anew or (not self._head_waits and self.sink.over(now)):
            self._head(found.before, now, world)
        early, self._early = self._early, []
        for note in early:
            note()
        self.counted.rounds += 1
        number, run = self._next(), self._run
        told = None if world is None else world.now

        def line() -> Turn:
            run.known = run.digest.of(found.records)
            return Turn(
                number=number,
                now=now,
                world=told,
                batch=[written(each) for each in found.batch],
                records=len(found.records),
                digest=run.known,
            )

        self._note(now, line)

    def _head(self, state: State, at: int, world: World | None) -> None:
        number, run = self._next(), self._run
        run.part += 1
        self._head_waits, self._anew = True, False
        part, boot = run.part, self.monitor.boot

        def line() -> Head:
            begins = _Begins(number=number, part=part, run=boot, at=at, before=run.known)
            return _head(state, world, begins)

        self._note(at, line)

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _note(self, at: int, line: Late) -> None:
        if len(self._waiting) >= WAITING_MOST:
            self.counted.lost += 1
            return
        self._waiting.append(_Waiting(at, line))

    # -- writing, in a thread ---------------------------------------------------------------

    async def run(self) -> None:
        """Write until cancelled; then what waits, and the end."""
        try:
            while True:
                await asyncio.sleep(FLUSH_S)
                await self.flush()
        finally:
            self.close()

    async def flush(self) -> None:
        """Write what was noted; returns when it is written, or has failed."""
        if self._waiting and self.sink.ready():
            await asyncio.to_thread(self._write)

    def _write(self) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, []
            self._written(waiting)

    def _written(self, waiting: list[_Waiting]) -> None:
        lines: list[Line] = []
        try:
            for each in waiting:
                line = each.line()
                if isinstance(line, Head):
                    self._hand_on(lines)
                    lines = []
                    self.sink.begin(each.at)
                    self._head_waits = self._headless = False
                if self._headless:  # noted before the loop knew that a head must come first
                    self.counted.lost += 1
                else:
                    lines.append(line)
            self._hand_on(lines)
        except StoreError as problem:
            self._lost(waiting, problem)
        except Exception as error:  # a line of which none can be made: the monitor goes on
            log.exception("a line of the recording cannot be made")
            text = f"a line cannot be made: {type(error).__name__}: {error}"
            self._lost(waiting, StoreError("the recording", text[:300], "report it with the log"))
        else:
            if self.counted.trouble is not None:
                log.warning("the recording is written again")
            self.counted.trouble = None

    def _hand_on(self, lines: list[Line]) -> None:
        if lines:
            self.sink.write(lines)
            self.counted.lines += len(lines)

    def _lost(self, waiting: list[_Waiting], problem: StoreError) -> None:
        """Lines that could not be written are gone: their numbers are missing, a head follows."""
        if self.counted.trouble is None:
            log.error("the recording is not written: %s", problem)
        self.counted.trouble = problem
        self.counted.lost += len(waiting)
        self._anew, self._headless, self._head_waits = True, True, False

    def close(self) -> None:
        """Write what waits and the end, and let go of the sink."""
        if self._round not in self.monitor.rounds:
            return
        self.monitor.rounds.remove(self._round)
        if not self._anew:
            number, counted, at = self._next(), self.counted, self.monitor.now()
            self._note(
                at, lambda: End(number=number, at=at, rounds=counted.rounds, lost=counted.lost)
            )
        self._write()
        self.sink.close()


# -- heads -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begins:
    """Where in its run a part begins."""

    number: int
    part: int
    run: str
    at: int
    before: str


def _head(state: State, world: World | None, begins: _Begins) -> Head:
    return Head(
        number=begins.number,
        schema=SCHEMA,
        version=version("marginline"),
        run=begins.run,
        part=begins.part,
        at=begins.at,
        sequence=state.sequence,
        watching=[watched.watching for watched in state.accounts.values()],
        settings=settings_written(state.settings),
        bands={name: bands_written(bands) for name, bands in state.bands.items()},
        alerts=list(state.alerts.values()),
        slots=[Spoken(account, name, slot) for (account, name), slot in state.slots.items()],
        silences=list(state.silences),
        world=world,
        before=begins.before,
        carried=told_again(known(state)) if begins.part > 1 else [],
    )


def known(state: State) -> Iterator[Event]:
    """Events that say again what a state knows of the outside world."""
    for venue, market in state.markets.items():
        for symbol, price in market.prices.items():
            yield events.MarkPrice(
                instrument=symbol, mark=price.mark, index=price.index,
                **_told(venue, price.at, price.received),
            )  # fmt: skip
        for asset, rate in market.rates.items():
            yield events.AssetRate(
                asset=asset, rate=rate.index, bid=rate.bid, ask=rate.ask,
                **_told(venue, rate.at, rate.received),
            )  # fmt: skip
        for symbol, funding in market.funding.items():
            if funding.rate is not None:
                due = None if funding.next_at is None else milliseconds(funding.next_at)
                yield events.Funding(
                    instrument=symbol, rate=funding.rate, next_at=due,
                    interval_hours=funding.interval_hours, **_told(venue, None, state.now),
                )  # fmt: skip
    for view in state.streams.values():
        yield events.StreamState(
            stream=events.Stream(view.name), account=view.account, state=events.Life(view.life),
            reason=view.reason, since=view.since, retry=view.retries,
            age_ms=None if view.seen is None else state.now - view.seen, limit_ms=view.limit_ms,
            **_told(view.venue, None, state.now),
        )  # fmt: skip
    for name, watched in state.accounts.items():
        if watched.told is not None:
            yield events.AccountSnapshot(
                account=name, state=watched.told,
                **_told(watched.watching.venue, milliseconds(watched.told.as_of),
                        watched.told_received or state.now),
            )  # fmt: skip


def _told(venue: str, at: int | None, received: int) -> dict[str, Any]:
    return {"venue": venue, "at": at, "received": received, "sequence": 0}

"""The wiring: a queue of events in, `process` in a thread of its own, readers out."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.metadata import version

from marginline.core.account.account import Account
from marginline.core.account.moments import wire_moment
from marginline.core.assessment.assessment import Assessment
from marginline.errors import InputError, Problem
from marginline.feeds.event_queue import EventQueue
from marginline.feeds.events import Event, LedgerEvent
from marginline.monitor.alerts.trying import fired
from marginline.monitor.answers import (
    AlertChanged,
    BandsTried,
    Causes,
    History,
    MonitorRecord,
)
from marginline.monitor.counts import Counts
from marginline.monitor.delivery.dispatch import Dispatch
from marginline.monitor.delivery.outbox import Kept as KeptAlerts
from marginline.monitor.frames import Frames, streams_of
from marginline.monitor.history import Recollection, Recorder, event_of
from marginline.monitor.judging.ages import told_late
from marginline.monitor.judging.hourly import HourlyMarks
from marginline.monitor.judging.judge import Judge, Ticking
from marginline.monitor.judging.market import merged, overlay
from marginline.monitor.keeping.kept import Kept, Round
from marginline.monitor.keeping.points import Points
from marginline.monitor.messages import (
    PAGE_ALONE,
    AccountRow,
    AlertRow,
    Delivering,
    Settings,
    Snapshot,
    StoryLine,
    World,
)
from marginline.monitor.messages import Delivery as SentTo
from marginline.monitor.process import waiting
from marginline.monitor.rows import alert_row, stream_row
from marginline.monitor.settings import Bands, MonitorSettings, Watching
from marginline.monitor.slots import STORY, Subscription
from marginline.monitor.state import State, start
from marginline.monitor.taking.apart import processed
from marginline.monitor.taking.commands import Command, QueueState
from marginline.monitor.taking.refusing import checked, no_alert
from marginline.monitor.why.causes import NO_GROUPS, Groups, causes_of
from marginline.monitor.why.kept import Keeper
from marginline.store.reading import Reader
from marginline.venues.assessing import assess

log = logging.getLogger(__name__)
REST_S = 0.01
WAIT_MS = 250  # how long a round waits for events: time alone makes data old


def system_clock() -> int:
    """Milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


class Monitor:
    """Watches accounts: feeds put events into `queue`, readers subscribe.

    Args:
        queue: what the feeds fill.
        watching: the accounts, from the first moment unknown.
        settings: limits and bands.
        clock: milliseconds since the epoch, the same that the feeds stamp `received` with.
        judge: gives assessments; see `judging.judge`.
        world: the simulated world of a demo, as of now.
        delivery: how alerts reach people beside the page; whoever made it also runs it.
    """

    def __init__(
        self,
        queue: EventQueue,
        watching: Sequence[Watching] = (),
        settings: MonitorSettings | None = None,
        *,
        clock: Callable[[], int] = system_clock,
        judge: Judge | None = None,
        world: Callable[[], World] | None = None,
        delivery: Dispatch | None = None,
    ) -> None:
        self.queue, self.clock = queue, clock
        self.state = start(tuple(watching), settings or MonitorSettings(), clock())
        self.counts = Counts()
        self.boot = secrets.token_hex(8)
        self.frames, self.delivery = Frames(self.state, self.deliveries, self.delivering), delivery
        if delivery is not None:
            delivery.changed, delivery.still = self._delivered, lambda: self.still_ms
        self.listeners: list[Callable[[tuple[MonitorRecord, ...]], None]] = []
        self.rounds: list[Callable[[Round], None]] = []
        self.kept: Kept | None = None
        self._judge: Judge = judge or Ticking()
        self._world = world
        self._story: deque[StoryLine] | None = None if world is None else deque(maxlen=STORY)
        self._recorder = Recorder()
        self._keeper = Keeper()
        self._points = Points(self._recorder, self._keeper)
        self._subscriptions: list[Subscription] = []
        self._commands: list[tuple[Command, asyncio.Future[None] | None]] = []

    # -- the loop ---------------------------------------------------------------------------

    async def run(self) -> None:
        """Judge until cancelled, with the alerts of the run before where they were kept."""
        if self.delivery is not None:
            self.restore(await self.delivery.load())
        with ThreadPoolExecutor(1, thread_name_prefix="judge") as thread:
            while True:
                batch = await self.queue.get_batch(self._wait_ms())
                await self._round(batch, thread)
                if batch:  # a short rest: prices that come meanwhile are one round's work
                    await asyncio.sleep(min(self.counts.last_seconds, REST_S))

    @property
    def late_ms(self) -> int:
        """How far this process is behind its feeds; 0 below a second, which is its usual pace."""
        return self.counts.late_ms(self.clock())

    @property
    def still_ms(self) -> int:
        """How long one round has taken, where that is longer than a mark may be old; else 0."""
        took = self.counts.round_ms(self.clock())
        return took if took > self.state.settings.marks_ms else 0

    def _wait_ms(self) -> int:
        """How long a round waits for events: as long as documents took, while some are due.

        Not at all while accounts wait to be judged.
        """
        if self.state.behind:
            return 0
        due = waiting(self.state.accounts, self.state.settings, self.clock())
        return max(1, min(WAIT_MS, int(1e3 * self.counts.last_seconds))) if due else WAIT_MS

    async def step(self) -> tuple[MonitorRecord, ...]:
        """One round of what waits now, in this thread: for tests and replays on a clock by hand."""
        return await self._round(self.queue.take(), None)

    async def _round(
        self, batch: tuple[Event, ...], thread: ThreadPoolExecutor | None
    ) -> tuple[MonitorRecord, ...]:
        asked, self._commands = self._commands, []
        commands: list[Command] = [command for command, _ in asked]
        if self.queue.was_full and batch:
            commands.append(QueueState(full=True))
        now, before = self.clock(), self.state
        self.counts.behind_ms = max((now - each.received for each in batch), default=0)
        began, self.counts.began = time.perf_counter(), now
        work = (self.state, (*commands, *batch), now)
        if thread is None:
            state, records = self._processed(*work)
        else:
            loop = asyncio.get_running_loop()
            state, records = await loop.run_in_executor(thread, self._processed, *work)
        self.counts.take(batch, records, time.perf_counter() - began)
        await self._keep_alerts(before, state, records)
        gone = self._tell_readers(before, state)
        if thread is not None:
            await asyncio.sleep(0)  # they go first: what is kept of it may wait for them
        self._remember(batch, gone, records)
        for follow in self.rounds:
            with self.counts.spared("history or recording"):
                follow(Round(work[1], before, state, records))
        for _, done in asked:
            if done is not None and not done.done():
                done.set_result(None)
        return records

    async def _keep_alerts(
        self, before: State, state: State, records: Iterable[MonitorRecord]
    ) -> None:
        """Have alerts that changed kept before anybody hears of them."""
        names = dict.fromkeys(each.id for each in records if isinstance(each, AlertChanged))
        changed = [state.alerts[name] for name in names if name in state.alerts]
        if self.delivery is not None and changed:
            await self.delivery.keep(changed, state.slots, state.now)
        if self.delivery is not None and state.silences != before.silences:
            await self.delivery.hush(state.silences, state.now)

    def _delivered(self, alerts: Iterable[str]) -> None:
        self.frames.outdate()
        names = [name for name in alerts if name in self.state.alerts]
        for slot in self._subscriptions:
            slot.delivered(names)

    def _processed(
        self, state: State, batch: tuple[Event | Command, ...], now: int
    ) -> tuple[State, tuple[MonitorRecord, ...]]:
        """The batch processed, without what of it is at fault."""
        state, records, dropped = processed(state, batch, now, self._judge)
        self.counts.dropped += dropped
        return state, records

    def _tell_readers(self, before: State, state: State) -> set[str]:
        """The newest state to who reads it; the accounts that are gone."""
        self.state = state
        gone = set(before.accounts) - set(state.accounts)
        self.frames.advance(state, state.touched, gone)
        streams = streams_of(state, before)
        for slot in self._subscriptions:
            slot.changed(state, gone, streams)
        return gone

    def _publish(
        self,
        before: State,
        state: State,
        batch: Iterable[Event],
        records: tuple[MonitorRecord, ...],
    ) -> None:
        self._remember(batch, self._tell_readers(before, state), records)

    def _remember(
        self, batch: Iterable[Event], gone: Iterable[str], records: tuple[MonitorRecord, ...]
    ) -> None:
        """Keep what the round has shown, and make rows that are soon asked for."""
        state = self.state
        for name in gone:
            self._recorder.forget(name)
            self._keeper.forget(name)
            self._judge.forget(name)
        with self.counts.spared("the record of the run"):
            self._points.take(state)
        for event in batch:
            with self.counts.spared("the record of an event"):
                self._note(event)
        if self._subscriptions:
            with self.counts.spared("a row"):
                self.frames.prepare(state.followed)
        for listen in self.listeners:
            with self.counts.spared("a listener"):
                listen(records)

    def _note(self, event: Event) -> None:
        found = event_of(event, self.state.now)
        if found is not None:
            self._recorder.event(*found)
        if isinstance(event, LedgerEvent) and event.account in self.state.accounts:
            self._keeper.of(event.account).book(event)

    # -- what readers ask -------------------------------------------------------------------

    def subscribe(self) -> Subscription:
        """A slot for one reader; `close` it when the reader is gone."""
        slot = Subscription(self._subscriptions.remove)
        self._subscriptions.append(slot)
        return slot

    @property
    def readers(self) -> int:
        """How many readers are subscribed."""
        return len(self._subscriptions)

    def frame(self, slot: Subscription) -> bytes:
        """The next message for a reader: the whole at first, then what changed."""
        if slot.started:
            return self.frames.change(slot, self.now(), self.world())
        slot.clear(self.frames.version)
        story = None if self._story is None else list(self._story)
        return self.frames.snapshot(
            slot.watching, self.boot, story, self.world(), self.page_settings()
        )

    @property
    def channels(self) -> tuple[str, ...]:
        """Where alerts go, the page first."""
        own = () if self.delivery is None else tuple(self.delivery.post.places)
        return ("page", *own)

    def deliveries(self, alert: str) -> list[SentTo]:
        """What became of an alert on the channels beside the page."""
        return [] if self.delivery is None else self.delivery.of(alert)

    def delivering(self) -> Delivering:
        """How alerting itself stands."""
        return PAGE_ALONE if self.delivery is None else self.delivery.condition(self.now())

    def restore(self, kept: KeptAlerts) -> None:
        """Go on with the alerts of a run before, as they stood; before the first round."""
        self.state = replace(
            self.state,
            alerts=dict(kept.alerts),
            slots=dict(kept.slots),
            silences=tuple(kept.silences),
            sequence=max(self.state.sequence, kept.sequence),
        )
        self.frames.state = self.state

    def snapshot(self) -> Snapshot:
        """Everything, as the first message of a connection says it."""
        state = self.state
        return Snapshot(
            seq=self.frames.version,
            now=wire_moment(self.now()),
            boot=self.boot,
            accounts=self.frames.rows(self.still_ms),
            alerts=[self.alert(alert.id) for alert in state.alerts.values()],
            streams=[stream_row(state, view, self.now()) for view in state.streams.values()],
            story=None if self._story is None else list(self._story),
            world=self.world(),
            settings=self.page_settings(),
            delivering=self.delivering(),
        )

    def alert(self, name: str) -> AlertRow:
        """One alert's row. Raises InputError for one that there is not, or no longer."""
        found = self.state.alerts.get(name)
        if found is None:
            raise no_alert(name)
        return alert_row(found, self.deliveries(name))

    def now(self) -> int:
        """The monitor's clock, never before the newest judgement."""
        return max(self.clock(), self.state.now)

    def world(self) -> World | None:
        """The simulated world behind a demo."""
        return None if self._world is None else self._world()

    def page_settings(self) -> Settings:
        """What the page must know of this installation."""
        settings = self.state.settings
        return Settings(
            version=version("marginline"),
            limits=settings.limits(),
            bands=settings.bands.wire(),
            channels=list(self.channels),
        )

    def tell(self, at: int, text: str) -> None:
        """A line of the demo's story."""
        line = StoryLine(at=wire_moment(at), text=text)
        self._story = self._story or deque(maxlen=STORY)
        self._story.append(line)
        self.frames.outdate()
        for slot in self._subscriptions:
            slot.tell(line)

    def row(self, name: str) -> AccountRow:
        """One account's row. Raises InputError naming those there are."""
        return self.frames.row(self._known(name), self.still_ms)

    def account(self, name: str) -> Account:
        """The account document of now, prices included; while it cannot be judged, notes say why.

        Raises:
            InputError: no such account, or nothing was told of it yet.
        """
        watched = self.state.accounts[self._known(name)]
        if watched.judged is not None and watched.known and watched.judged.whole:
            return watched.judged.account
        if watched.told is None:
            text = "nothing was told of this account yet"
            raise InputError([Problem("name", name, text, "wait for its first snapshot")])
        market = self.state.markets.get(watched.watching.venue)
        return told_late(merged(watched.told, overlay(watched.told, market)), watched.ages)

    def assessment(self, name: str) -> Assessment:
        """The assessment of now. Raises InputError as `account`, or where no rulebook covers it."""
        watched = self.state.accounts[self._known(name)]
        if watched.judged is not None and watched.known and watched.judged.whole:
            return watched.judged.assessment
        return assess(self.account(name))

    def told(self, name: str) -> Account:
        """The account as its feed last told it, with the venue's own figures; as `account`."""
        watched = self.state.accounts[self._known(name)]
        return self.account(name) if watched.told is None else watched.told

    def recall(self, old: Iterable[Recollection], marks: Iterable[Command], reader: Reader) -> None:
        """Put what earlier runs have kept before what this one has recorded."""
        for each in old:
            if each.account in self.state.accounts:
                self._recorder.recall(each)
        self._commands += [(command, None) for command in marks]
        self._keeper.reader = reader

    def _known(self, name: str) -> str:
        if name not in self.state.accounts:
            names = ", ".join(sorted(self.state.accounts)) or "none"
            problem = Problem("name", name, "there is no such account", f"there is: {names}")
            raise InputError([problem])
        return name

    def history(self, name: str, span_ms: int) -> History:
        """What this run has recorded of an account, at most 600 points."""
        return self._recorder.of(self._known(name), span_ms, self.now())

    def hourly(self, name: str) -> Mapping[str, HourlyMarks]:
        """The recorded hourly marks of what the account's venue trades."""
        market = self.state.markets.get(self.state.accounts[self._known(name)].watching.venue)
        return {} if market is None else market.hourly

    def causes(
        self, name: str, span_ms: int | None, pool: str | None = None, groups: Groups = NO_GROUPS
    ) -> Causes:
        """Why a pool's figures moved (default: the worst pool's); `span_ms` None: all there is."""
        watched = self.state.accounts[self._known(name)]
        if pool is None and watched.judged is not None and watched.judged.pool is not None:
            pool = watched.judged.pool.id
        return causes_of(name, self._keeper.of(name), pool, span_ms, self.now(), groups=groups)

    def bands_tried(self, name: str, bands: Bands) -> BandsTried:
        """When bands would have spoken on this run's record, beside those in force."""
        moments = self._recorder.ratios(self._known(name))
        return BandsTried(
            account=name,
            bands=bands.wire(),
            start=wire_moment(moments[0][0]) if moments else None,
            end=wire_moment(moments[-1][0]) if moments else None,
            fired=fired(moments, bands),
            fired_now=fired(moments, self.state.bands_of(name)),
        )

    # -- what people ask to be done -----------------------------------------------------------

    async def ask(self, command: Command) -> None:
        """Have a command done in the next round; returns when it is.

        Raises:
            InputError: it names an alert or an account that there is not.
        """
        checked(command, self.state)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._commands.append((command, done))
        await done

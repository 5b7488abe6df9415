"""The way of an alert: kept, sent by a thread, its fate kept, and how alerting itself stands."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

from marginline.core.account.moments import wire_moment
from marginline.errors import StoreError
from marginline.monitor.delivery.heartbeat import Heartbeat
from marginline.monitor.delivery.outbox import Change, Kept, MemoryOutbox, Outbox
from marginline.monitor.delivery.parcels import Attempted, Manner, Message, Parcel, Place
from marginline.monitor.delivery.post import Post
from marginline.monitor.delivery.sending import Sender
from marginline.monitor.messages import ChannelRow, Delivering, Delivery, HeartbeatRow, Tested
from marginline.monitor.state import Alert, Silence, Slot
from marginline.monitor.wire import SentencePart

log = logging.getLogger(__name__)
THREADS = 8
UNKEPT = 10_000
"""Changes that wait for a store that cannot keep them, at most."""
ENDING_S = 10.0
LOOK_S = 1.0
"""How often it is looked at how alerting stands, where nothing is due."""
AGAIN = " (Sent again: it is not known whether it arrived before.)"
_WORDS = {"line": "the line", "call": "margin call", "act": "act", "warn": "warn"}
_TESTED: Mapping[str, Literal["sent", "unsure", "failed"]] = {
    "arrived": "sent",
    "unsure": "unsure",
    "refused": "failed",
}
_STATES = {"waiting": "waiting", "sending": "waiting", "dropped": "dropped"}


class Dispatch:
    """Tells people of alerts, by targets in groups.

    Args:
        sender: how a message is handed over; its calls block and run in at most 8 threads. None
            where there are no places.
        places: the targets, in groups.
        say: a sentence in words.
        clock: milliseconds since the epoch.
        manner: when and how often it is tried again.
        outbox: keeps what is told before it is sent; memory alone where none is given.
        seed: of the jitter between attempts.

    Attributes:
        heartbeat: a sign of life to a dead-man's switch; None where there is none.
    """

    def __init__(
        self,
        sender: Sender | None,
        places: Sequence[Place],
        say: Callable[[Iterable[SentencePart]], str],
        *,
        clock: Callable[[], int],
        manner: Manner | None = None,
        outbox: Outbox | None = None,
        seed: int = 0,
    ) -> None:
        self.post = Post(places, manner or Manner(), seed)
        self.heartbeat: Heartbeat | None = None
        self.changed: Callable[[Iterable[str]], None] = lambda _: None
        self.still: Callable[[], int] = lambda: 0
        self.fault: str | None = None
        self._sender, self._say, self._clock = sender, say, clock
        self._outbox = outbox or MemoryOutbox()
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._since: int | None = None
        self._unkept: deque[Change] = deque(maxlen=UNKEPT)
        self._keeping = asyncio.Lock()

    # -- in ---------------------------------------------------------------------------------

    async def load(self) -> Kept:
        """What was kept before; its parcels go on their way. Nothing where it cannot be read."""
        now = self._clock()
        try:
            kept = await self._outbox.load()
        except StoreError as error:
            self.fault = f"alerts of before cannot be read: {error}"
            log.error("%s", self.fault)
            return Kept()
        self.post.restore(kept.messages, kept.parcels, now)
        self.post.follow_all(now)
        self._wake.set()
        return kept

    async def hush(self, silences: tuple[Silence, ...], now: int) -> None:
        """Keep the silences there are, so that they outlive a restart."""
        await self._keep(Change(now, silences=silences))

    async def keep(
        self, alerts: Sequence[Alert], slots: Mapping[tuple[str, str], Slot], now: int
    ) -> None:
        """Keep alerts that changed, and what is to be told of them; returns when they are kept."""
        messages, parcels = [], []
        for alert in alerts:
            if alert.state == "firing" and alert.told is not None:
                message = self._message(alert, alert.told)
                made = self.post.take(message, now)
                if made:
                    messages.append(message)
                    parcels += made
            elif alert.state in ("over", "acknowledged", "muted"):
                parcels += self.post.settle(alert.id, now)
        rows = [(a, slots.get((a.account or "", a.slot), Slot())) for a in alerts]
        await self._keep(Change(now, rows, messages, parcels))
        self._wake.set()

    def _message(self, alert: Alert, told: int) -> Message:
        named = f"{alert.account}/{alert.slot}/{alert.since}/{told}"
        of = "" if alert.account is None else f"{alert.account}: "
        return Message(
            key=hashlib.blake2s(named.encode(), digest_size=12).hexdigest(),
            alert=alert.id,
            level=alert.level,
            at=told,
            title=f"marginline: {of}{_WORDS.get(alert.level, alert.level)}",
            body=self._say(alert.sentence),
        )

    async def _keep(self, change: Change | None = None) -> None:
        """Keep a change, after those that could not be kept before; they wait, in order."""
        if change is not None:
            self._unkept.append(change)
        async with self._keeping:
            while self._unkept:
                try:
                    await self._outbox.keep(self._unkept[0])
                except StoreError as error:
                    if self.fault is None:
                        log.error("alerts cannot be kept: %s", error)
                    self.fault = f"alerts cannot be kept: {error}"
                    return
                self._unkept.popleft()
            self.fault = None

    def parts(self) -> tuple[Callable[[], Coroutine[object, object, None]], ...]:
        """What is to run beside the monitor."""
        return (self.run, *(() if self.heartbeat is None else (self.heartbeat.run,)))

    # -- the loop ---------------------------------------------------------------------------

    async def run(self) -> None:
        """Send what is due until cancelled; attempts under way are waited for."""
        with ThreadPoolExecutor(THREADS, thread_name_prefix="deliver") as threads:
            try:
                while True:
                    await self._turn(threads)
                    due = self.post.next_due()
                    wait = LOOK_S if due is None else (due - self._clock()) / 1000
                    await self._sleep(max(0.0, min(LOOK_S, wait)))
            finally:
                if self._tasks:  # an attempt that is under way is waited for: its end is then known
                    await asyncio.wait(self._tasks, timeout=ENDING_S)

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()

    async def _turn(self, threads: ThreadPoolExecutor) -> None:
        now = self._clock()
        begun = self.post.begin(now)
        if begun:
            # kept as begun before it is: after a kill it is known that it may have arrived
            await self._keep(Change(now, parcels=begun))
        for parcel in begun:
            task = asyncio.create_task(self._attempt(parcel, threads))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self.post.sweep(now)
        if self._unkept and not begun:
            await self._keep()
        state = self.condition(now).state
        if (state == "broken") is not (self._since is not None):
            self._since = now if state == "broken" else None
            self.changed(())

    async def _attempt(self, parcel: Parcel, threads: ThreadPoolExecutor) -> None:
        message = self.post.messages[parcel.key]
        body = message.body + (AGAIN if parcel.again else "")
        loop, sender = asyncio.get_running_loop(), self._sender
        assert sender is not None, "a parcel has a place, and a place a sender"
        outcome = await loop.run_in_executor(
            threads,
            lambda: sender.send(
                parcel.target, message.title, body, level=message.level, key=message.key
            ),
        )
        now = self._clock()
        changed = self.post.done(parcel.key, parcel.target, outcome, now)
        await self._keep(Change(now, parcels=changed))
        if outcome.kind != "arrived":
            log.warning("an alert to %s: %s", parcel.target, outcome.detail)
        self.changed((message.alert,))
        self._wake.set()

    # -- what people ask ----------------------------------------------------------------------

    async def test(self) -> list[Tested]:
        """A message that says it is a test, to every target at once; what became of each."""
        now = self._clock()
        body = f"A test of marginline at {wire_moment(now)}: alerts arrive here."
        key = f"test-{now}"

        async def one(place: Place) -> Tested:
            assert self._sender is not None
            outcome = await asyncio.to_thread(
                self._sender.send, place.name, "marginline: test", body, level=None, key=key
            )
            return self._tested(place, outcome, key)

        found = await asyncio.gather(*(one(place) for place in self.post.places.values()))
        self.changed(())
        return list(found)

    def _tested(self, place: Place, outcome: Attempted, key: str) -> Tested:
        now = self._clock()
        state = _TESTED[outcome.kind]
        parcel = Parcel(key=key, target=place.name, state=state, at=now, detail=outcome.detail)
        self.post.note(parcel, outcome)
        return Tested(
            channel=place.name,
            service=place.service,
            group=place.group,
            state=state,
            detail=outcome.detail,
        )

    def of(self, alert: str) -> list[Delivery]:
        """What became of an alert on every channel but the page."""
        return [
            Delivery(
                channel=parcel.target,
                state=_STATES.get(parcel.state, parcel.state),  # type: ignore[arg-type]
                at=wire_moment(parcel.at),
                detail=parcel.detail,
            )
            for parcel in self.post.of(alert)
        ]

    def condition(self, now: int) -> Delivering:
        """How alerting itself stands, and why."""
        why, troubled = self._broken(now), self.post.troubled
        works = "works" if self.post.places or self.heartbeat else "page"
        state = "broken" if why else "partly" if troubled or self._heart_fails() else works
        if not why and troubled:
            why = "; ".join(f"{name}: {detail}" for name, detail in sorted(troubled.items()))
        if not why and self._heart_fails():
            why = f"the heartbeat is {self.heartbeat.trouble}" if self.heartbeat else ""
        return Delivering(
            state=state,  # type: ignore[arg-type]
            reason=why,
            since=None if self._since is None else wire_moment(self._since),
            channels=[self._channel(place) for place in self.post.places.values()],
            heartbeat=self._heart(),
        )

    def unwell(self) -> str | None:
        """Why no sign of life may be given; None: all is well."""
        if still := self.still():
            return f"nothing has been judged for {still // 1000} s"
        return self._broken(self._clock()) or None

    def _broken(self, now: int) -> str:
        if self.fault is not None:
            return self.fault
        late = self.post.unreached(now)
        if late:
            first = min(late, key=lambda message: message.at)
            count = "An alert has" if len(late) == 1 else f"{len(late)} alerts have"
            return f"{count} reached nobody, the oldest of {wire_moment(first.at)[11:19]} UTC"
        if self.post.places and self.post.troubled.keys() >= self.post.places.keys():
            return "every channel failed at its last attempt"
        return ""

    def _channel(self, place: Place) -> ChannelRow:
        last, trouble = self.post.last.get(place.name), self.post.troubled.get(place.name)
        return ChannelRow(
            name=place.name,
            service=place.service,
            group=place.group,
            state="failing" if trouble is not None else "set" if last is None else "works",
            at=None if last is None else wire_moment(last.at),
            detail=trouble or "",
            waiting=self.post.waits(place.name),
        )

    def _heart_fails(self) -> bool:
        return self.heartbeat is not None and self.heartbeat.trouble is not None

    def _heart(self) -> HeartbeatRow | None:
        heart = self.heartbeat
        if heart is None:
            return None
        return HeartbeatRow(
            every_s=str(heart.settings.every_s),
            at=None if heart.last is None else wire_moment(heart.last),
            trouble=heart.trouble,
        )

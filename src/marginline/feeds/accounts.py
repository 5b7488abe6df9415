"""One account, watched: its private stream, looked after by REST, healed by snapshots.

Order on connect: socket, login, acknowledgements, then the snapshot, then what came meanwhile and
is newer. From then on every message is laid on the account; a look by REST every few seconds finds
out whether the stream is deaf, because a socket that answers pings proves nothing, and a venue
whose messages carry no sequence number never shows that one is missing.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque

from marginline.core.account.account import Account
from marginline.core.findings import Code
from marginline.errors import InputError
from marginline.feeds.booking import Booking, Known, nothing
from marginline.feeds.events import (
    AccountChanged,
    AccountSnapshot,
    Gap,
    Life,
    Stream,
    StreamState,
    VanishedPosition,
)
from marginline.feeds.messages import AccountDialect, Message, Seen, Unreadable
from marginline.feeds.telling import Desk, Vital, Vitals
from marginline.feeds.timing import Backoff, Cadence, either, late_after, ms_of
from marginline.feeds.vanishing import Vanishing
from marginline.feeds.wire.keeper import Keeper, RefusedForGood
from marginline.feeds.wire.lines import Line
from marginline.feeds.wire.rest import CallFailed, Failure
from marginline.venues.reader.notes import notes_of

_FRAMES_KEPT = 1024
_STATES_KEPT = 512
_ASKED_AGAIN = 2
_HEARD_MS = 30_000  # as old as an account may be: no answer lags further behind its stream


class AccountStream:
    """The private side of one connection; `run` until cancelled or refused for good."""

    def __init__(
        self, account: str, dialect: AccountDialect, desk: Desk, cadence: Cadence,
        *, accept_trading: bool = False, key: Vital | None = None, known: Known = nothing,
    ) -> None:  # fmt: skip
        self._account = account
        self._dialect = dialect
        self._desk = desk
        self._timer = desk.timer
        self._cadence = cadence
        self._accept_trading = accept_trading
        self.life = Vital(desk, Stream.ACCOUNT, account, cadence.account)
        self.probed = Vital(desk, Stream.PROBE, account, cadence.account)
        self.tiers = Vital(desk, Stream.TIERS, account, cadence.tiers)
        own = () if key is None else (key,)
        self._vitals = Vitals((self.life, self.probed, self.tiers, *own))
        self._backoff = Backoff(cadence.backoff, cadence.backoff_most)
        self._state: Account | None = None
        self._states: deque[tuple[int, Seen]] = deque(maxlen=_STATES_KEPT)
        self._began = 0
        self._latest: dict[str, int] = {}
        self._frames: OrderedDict[int, None] = OrderedDict()
        self._heard: deque[tuple[int, Message]] = deque()
        self._unbroken = 0
        self._keeper = Keeper(self, desk.timer, cadence)
        self._work = asyncio.Event()
        self._new_tiers = asyncio.Event()
        self._outdated: set[str] = set()
        self._want = ""
        self._heard_at: int | None = None
        self._confirmed_at = 0
        self._gap: tuple[int, int, str] | None = None
        self._as_of = 0
        self._contradicted = 0
        self._booking = Booking(account, dialect, desk, known)
        self._vanishing = Vanishing(desk.timer.now, cadence.grace)

    def streams(self) -> tuple[StreamState, ...]:
        """How the streams of this account stand."""
        return self._vitals.states()

    def closed(self, reason: str) -> None:
        """Say why nothing more will come; to be ended at once."""
        self._vitals.turn(Life.CLOSED, reason)

    async def run(self) -> None:
        """Watch until cancelled; returns only when refused for good."""
        self._vitals.turn(Life.CONNECTING, "starting")
        if self._state is not None:
            self.lost("the feed had ended")
        try:
            await self._admit()
            async with asyncio.TaskGroup() as group:
                for loop in (self._keeper.run(), self._look(), self._watch(), self._renew_tiers()):
                    group.create_task(loop)
        except* RefusedForGood as refused:
            reason = str(refused.exceptions[0])
            self._desk.refuse(self._account, "key", "", reason, "mend the key, then start again")
            self._vitals.turn(Life.REFUSED, reason)
        finally:
            self._vitals.end()

    # -- rights ----------------------------------------------------------------------------

    async def _admit(self) -> None:
        """Nothing is asked with a key before it is known what it may do."""
        while True:
            try:
                rights = await self._dialect.rights()
            except CallFailed as failed:
                await self._fail("key rights", failed)
                continue
            except (InputError, Unreadable) as wrong:
                self._refuse("key rights", wrong)
                await self._timer.sleep(self._backoff.next())
                continue
            break
        self._backoff.reset()
        if rights and not self._accept_trading:
            remedy = "make a key that may only read, or set accept_trading for this connection"
            self._desk.refuse(self._account, "key rights", rights, "more than reading", remedy)
            raise RefusedForGood(f"the key may do more than read: {rights}")

    async def _fail(self, what: str, failed: CallFailed) -> None:
        """Say what failed, give up where that is final, else wait."""
        self._desk.refuse(self._account, f"{what}: {failed.path}", failed.status or "",
                          failed.message)  # fmt: skip
        if failed.failure is Failure.KEY:
            raise RefusedForGood(f"{failed.path}: {failed.message}")
        self.probed.retry += 1
        await self._timer.sleep(self._backoff.next(failed.wait_ms))

    def _refuse(self, what: str, wrong: InputError | Unreadable) -> None:
        if isinstance(wrong, InputError):
            self._desk.refuse_input(self._account, what, wrong)
        else:
            self._desk.refuse(self._account, f"{what}: {wrong.field}", wrong.value, wrong.reason)

    # -- the line --------------------------------------------------------------------------

    async def open(self) -> Line:
        """A line, logged in and subscribed."""
        return await self._dialect.open()

    async def tend(self, line: Line) -> None:
        """Keep it alive for as long as it is."""
        await self._dialect.tend(line)

    def opened(self) -> None:
        """Now the snapshot may be taken: what comes from here on is heard."""
        if self._heard_at is None:
            self._heard_at = self._timer.now()
        self._unbroken = self._timer.now()
        self._look_at("connected")

    def lost(self, reason: str) -> None:
        """The line is gone: from its last message on, something may be missed."""
        self.life.retry += 1
        if self._state is None:
            self.life.turn(Life.CONNECTING, reason)
            return
        now = self._timer.now()
        self._open_gap(self._heard_at or now, now, reason)

    def _open_gap(self, start: int, end: int, reason: str) -> None:
        if self._gap is not None:
            start = min(start, self._gap[0])
        else:
            self._tell_gap(start, end, None, reason)
        self._gap, self._unbroken = (start, end, reason), end
        self.life.turn(Life.GAP, reason)

    def _tell_gap(self, start: int, end: int, healed_at: int | None, reason: str) -> None:
        reason = self._desk.redact.shown(reason, 300)
        self._desk.tell(Gap, stream=Stream.ACCOUNT, account=self._account, start=start, end=end,
                        healed_at=healed_at, reason=reason)  # fmt: skip

    async def read(self, line: Line) -> None:
        """Take every message, whatever it says, until the line ends."""
        while True:
            await self._desk.queue.room()
            text = await line.receive()
            received = self._timer.now()
            self._heard_at = received
            self._desk.keep(Stream.ACCOUNT, self._account, received, text)
            try:
                self._take(text)
            except (InputError, Unreadable) as wrong:
                self._refuse("stream", wrong)
                self._look_at("a message could not be read")

    # -- messages --------------------------------------------------------------------------

    def _take(self, text: str) -> None:
        message = self._dialect.message(text)
        if message is None or self._again(text):
            return
        if message.look:
            self._look_at(message.look)
        if message.booked:
            self._booking.wanted = True
            self._work.set()
        self._vanishing.explain(message)
        if message.ends:
            self._desk.refuse(self._account, f"stream: {message.kind}", "", message.ends)
            self._leave_line(message.ends)
        if not message.applies:
            return
        self._heard.append((self._timer.now(), message))
        if self._state is not None and self.life.trusted:
            self._lay(message)

    def _again(self, text: str) -> bool:
        """Whether the very same message came before; its text has its moment in it."""
        mark = hash(text)
        if mark in self._frames:
            return True
        self._frames[mark] = None
        if len(self._frames) > _FRAMES_KEPT:
            self._frames.popitem(last=False)
        return False

    def _lay(self, message: Message) -> None:
        assert self._state is not None
        if message.at is not None and message.at < self._as_of:
            return  # the snapshot tells it already
        if self._late(message):
            self._look_at(f"{message.kind} came out of order")
            return
        state = self._dialect.apply(self._state, message)
        self.life.beat()
        self._adopt(state, message.at)
        self._desk.tell(
            AccountChanged, at=message.at, account=self._account, state=state,
            cause=message.cause, raw_kind=message.kind,
        )  # fmt: skip

    def _late(self, message: Message) -> bool:
        """Whether a later message of its kind is on the account already.

        Laying it on would undo that one, and leaving it out may leave something out.
        """
        if message.at is None:
            return False
        if message.at < self._latest.get(message.kind, 0):
            return True
        self._latest[message.kind] = message.at
        return False

    def _adopt(self, state: Account, at: int | None) -> None:
        if self._state is not None:
            self._vanishing.compare(self._state, state, at)
        self._state = state
        self._fetch_outdated()
        states, first = self._states, self._began - self._cadence.grace
        states.append((self._timer.now(), Seen.of(state)))
        while len(states) > 1 and states[0][0] < first and states[1][0] < first:
            states.popleft()  # no look asks for it any more: one follows the other

    # -- looks by REST ---------------------------------------------------------------------

    def _look_at(self, reason: str) -> None:
        """Ask for a whole snapshot, soon."""
        self._want = reason
        self._work.set()

    def _leave_line(self, reason: str) -> None:
        self._look_at(reason)
        self._keeper.leave(reason)

    async def _look(self) -> None:
        whole_at = 0
        while True:
            await either(self._work, self._timer, self._cadence.probe)
            if not self._keeper.up:
                continue
            try:
                if self._want or self._state is None or self._timer.now() >= whole_at:
                    await self._whole()
                    whole_at = self._timer.now() + self._cadence.snapshot
                else:
                    await self._glance()
                await self._booking.spared(self._booking.look)
            except CallFailed as failed:
                await self._fail("answer", failed)
                self._work.set()
            except (InputError, Unreadable) as wrong:
                self._refuse("answer", wrong)
                await self._timer.sleep(self._backoff.next())
                self._look_at("an answer could not be read")
            else:
                self._backoff.reset()
                self.probed.confirm("answers")

    def _look_begins(self) -> int:
        self._began = self._timer.now()
        return self._began

    async def _whole(self) -> None:
        """Take a snapshot, lay on it what came meanwhile, and close what gap there was."""
        await self._booking.spared(self._booking.begin)
        reason, line = self._want, self._keeper.opened
        began, known = self._look_begins(), 0 if self.life.trusted else self._unbroken
        while self._heard and self._heard[0][0] < began - _HEARD_MS:
            self._heard.popleft()
        state = self._complete(await self._dialect.snapshot())
        lost = await self._lost_against(Seen.of(state), began)
        if line != self._keeper.opened or not self._keeper.up:
            self._look_at("the line changed while the snapshot was taken")
            return
        if self._want == reason:
            self._want = ""
        state = self._with(state, began if lost else min(known, began))
        if lost:
            self._open_gap(self._confirmed_at, began, f"the stream did not tell: {lost}")
        self._confirmed_at = began
        self._adopt(state, self._as_of)
        self._desk.tell(AccountSnapshot, at=self._as_of, account=self._account, state=state)
        if self._gap is not None:
            start, end, why = self._gap
            self._gap = None
            self._tell_gap(start, end, self._timer.now(), why)
        self.life.heal(reason or "a snapshot")
        if self.tiers.state is Life.CONNECTING:
            self.tiers.confirm("fetched with the first snapshot")
        self._booking.wanted = True

    def _complete(self, state: Account) -> Account:
        """The snapshot itself, where it says what an account must say; else what was known stays.

        Answers that contradict each other were not of one moment: they are asked for again, twice.
        """
        for wallet in state.wallets:
            if wallet.balance is None:
                raise Unreadable(f"wallets.{wallet.asset}.balance", "", "is not told")
        known = state.extra.get("known")
        for part in ("wallets", "positions", "orders"):
            if not isinstance(known, (list, tuple)) or part not in known:
                raise Unreadable(part, "", "no answer tells them")
        for note in notes_of(state):
            if note.code is Code.CONTRADICTION and self._contradicted < _ASKED_AGAIN:
                self._contradicted += 1
                raise Unreadable(note.where, "", note.message)
        self._contradicted = 0
        return state

    def _with(self, state: Account, since: int) -> Account:
        """The snapshot with the messages that came `since`, as far as it may not tell them.

        That is while it was taken and, since an answer may lag a little, shortly before; not those
        of before a break: the answer tells what came after them, too.
        """
        self._latest = {}
        self._as_of = as_of = ms_of(state.as_of)
        later = [each for came, each in self._heard if came >= since and (each.at or 0) >= as_of]
        for message in sorted(later, key=lambda m: m.at or 0):
            try:
                state = self._dialect.apply(state, message)
            except (InputError, Unreadable) as wrong:
                self._refuse("stream", wrong)
                self._look_at("a message could not be read")
            else:
                self._latest[message.kind] = message.at or as_of
        return state

    async def _lost_against(self, seen: Seen, began: int) -> str:
        """What an answer shows that the stream has not told, not even after its grace."""
        if not (self.life.trusted and self._state is not None):
            return ""
        if not seen.unlike(self._known_since(began)):
            return ""
        await self._timer.sleep(self._cadence.grace)
        return ", ".join(seen.unlike(self._known_since(began))[:5])

    def _known_since(self, began: int) -> list[Seen]:
        """The states that were true from a little before a moment until now."""
        first = began - self._cadence.grace
        held = [seen for at, seen in self._states if at >= first]
        before = [seen for at, seen in self._states if at < first]
        return [*before[-1:], *held]

    async def _glance(self) -> None:
        """Compare balances and sizes; a difference that stays is a deaf stream."""
        began, heard = self._look_begins(), self._heard_at
        seen = await self._dialect.probe()
        lost = await self._lost_against(seen, began)
        if not self.life.trusted:
            self._look_at(self._want or self.life.reason)
            return
        if not lost:
            self._confirmed_at = began
            self.life.confirm("looked at and found as known")
            return
        reason = f"the stream did not tell: {lost}"
        self._open_gap(self._confirmed_at, began, reason)
        self._look_at(reason)
        if self._heard_at == heard:
            self._leave_line(reason)  # nothing at all came: the line is deaf

    # -- ages ------------------------------------------------------------------------------

    async def _watch(self) -> None:
        """Notice what has grown old, and what has not come back."""
        while True:
            late = await late_after(self._timer, self._cadence.look)
            for key, reason, at in self._vanishing.due():
                self._desk.tell(VanishedPosition, at=at, account=self._account, key=key,
                                reason=reason)  # fmt: skip
            for vital in self._vitals:
                if vital.look(late) and vital is self.life:
                    self._leave_line("the account was not confirmed in time")

    def tiers_changed(self, instrument: str) -> None:
        """The venue told of new tiers: they are fetched at once, or as soon as they matter."""
        self._outdated.add(instrument)
        self._fetch_outdated()

    def _fetch_outdated(self) -> None:
        state = self._state
        if state is None or not self._outdated:
            return
        held = {position.instrument for position in state.positions}
        held |= {order.instrument for order in state.orders}
        if held & self._outdated:
            self._new_tiers.set()

    async def _renew_tiers(self) -> None:
        while True:
            await either(self._new_tiers, self._timer, self._cadence.renew_tiers)
            backoff = Backoff(self._cadence.backoff, self._cadence.backoff_most)
            while True:
                self._outdated.clear()
                try:
                    await self._dialect.renew_tiers()
                except CallFailed as failed:
                    self._desk.refuse(self._account, f"tiers: {failed.path}", failed.status or "",
                                      failed.message)  # fmt: skip
                    await self._timer.sleep(backoff.next(failed.wait_ms))
                except (InputError, Unreadable) as wrong:
                    self._refuse("tiers", wrong)
                    await self._timer.sleep(backoff.next())
                else:
                    break
            self.tiers.confirm("fetched afresh")
            self._look_at("tiers fetched afresh")

"""An account watched by asking again and again: where no stream tells it whole.

Every few seconds, and at once when its private stream speaks, the venue's plan is carried out; each
visit is a whole snapshot with its marks; those of between are told by `feeds.prices`. What else
happens between two visits is not seen: causes, and orders that come and go. The streams say
"polled", and so does a note on the account. What is booked is told row by row, from where the run
before ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from marginline.core.account.account import Account
from marginline.core.findings import Code, Finding
from marginline.errors import InputError, Problem
from marginline.feeds.booking import Booking, Known, nothing
from marginline.feeds.event_queue import EventQueue
from marginline.feeds.events import AccountSnapshot, AssetRate, Funding, Life, MarkPrice, Stream
from marginline.feeds.events import StreamState as State
from marginline.feeds.logs.paging import SOON_MS
from marginline.feeds.messages import LedgerRow, Seen, Unreadable
from marginline.feeds.nudges.listening import Listening, Nudge
from marginline.feeds.plans.asking import Ask, Reply
from marginline.feeds.plans.carrying import conversed
from marginline.feeds.plans.venues import VENUES
from marginline.feeds.prices.feed import PriceFeed, contracts
from marginline.feeds.telling import Desk, Raw, Vital, Vitals
from marginline.feeds.timing import Backoff, Cadence, SystemTimer, Timer, beside, either, ms_of
from marginline.feeds.wire.connection import Connection, Redactor
from marginline.feeds.wire.door import Door
from marginline.feeds.wire.rest import Answer, CallFailed, Endpoint, Failure
from marginline.venues.reader.notes import noted

_MINUTE_MS = 60_000
PRIVATE_NOTE = "private stream"
"""Where the note stands that says how the account is listened to."""
GATHER_MS = 250
"""Messages of one fill come together: the visit waits for the last of them."""
_TERMS = """
    leverageBracket um/leverageBracket cm/leverageBracket exchangeInfo commissionRate
    portfolio/collateralRate v5/market/instruments-info v5/market/risk-limit v5/account/fee-rate
    v2/mix/market/contracts v2/mix/market/query-position-lever v2/mix/market/discount-rate
    v2/common/trade-rate v2/mix/account/union-config v3/market/instruments v3/market/position-tier
    v3/market/discount-rate v3/account/fee-rate maintMarginRatio user/commissionRate
    market/contracts trade/multiAssetsRules public/instruments public/position-tiers
    public/discount-rate-interest-free-quota account/trade-fee
"""
_SLOW = frozenset(_TERMS.split())
"""Paths of terms, which change seldom: tiers, ratios, fees, steps."""
_SET = """
    positionSide/dual um/positionSide/dual um/symbolConfig cm/symbolConfig openAlgoOrders
    trade/leverage trade/marginType trade/assetMode account/leverage-info account/config
    v3/account/settings
"""
_SETTINGS = frozenset(_SET.split())
"""Paths of settings, asked for once a minute."""


class PolledFeed:
    """One account by polling, until cancelled or refused for good."""

    def __init__(
        self,
        connection: Connection,
        queue: EventQueue,
        *,
        clock: Timer | None = None,
        cadence: Cadence | None = None,
        raw: Raw | None = None,
        known: Known = nothing,
        prices: PriceFeed,
    ) -> None:
        if not (connection.key and connection.secret):
            remedy = "give key and secret of a key that may only read"
            raise InputError([Problem("key", "", "there is none", remedy)])
        self.connection = connection
        self.cadence = cadence or Cadence()
        timer = clock or SystemTimer()
        secrets = (connection.key, connection.secret, connection.passphrase)
        self.desk = Desk(
            connection.venue, queue, timer, Redactor(secrets), raw, owner=connection.account
        )
        self._venue = VENUES[connection.venue]
        self.told_ms = self._venue.told_ms
        self._door = Door(
            self._venue.manners, self.desk, self.cadence,
            rest_url=connection.rest_url, ws_url=connection.ws_url,
        )  # fmt: skip
        name = connection.account
        self._life = Vital(self.desk, Stream.ACCOUNT, name, self.cadence.account)
        self.market = prices
        self._tiers = Vital(self.desk, Stream.TIERS, name, self.cadence.tiers)
        self._booking = Booking(name, self, self.desk, known)
        self._booked_at = 0
        self._seen: Seen | None = None
        self._unheard = ""
        self._changed_since = self._visited_at = 0
        self._nudged = asyncio.Event()
        self._known_key = asyncio.Event()
        self._ear = self._listening()
        own = () if self._ear is None else (self._ear.life,)
        self._vitals = Vitals((self._life, self._tiers, *own))
        self._backoff = Backoff(self.cadence.backoff, self.cadence.backoff_most)
        self._kept: dict[tuple[str, str], Answer] = {}
        at_once = "" if self._ear is None else ", at once when its private stream speaks"
        self._told = f"polled every {self.cadence.poll / 1000:g} s{at_once}"

    def _listening(self) -> Listening | None:
        """The private stream, where it is spoken; at an address of one's own only by `ws_url`."""
        ear, own = self._venue.ear, self.connection
        if ear is None or not self._door.streams:
            return None
        return Listening(own.account, ear(self._door, own), self.desk, self.cadence, self._nudge)

    def _nudge(self, nudge: Nudge) -> None:
        if nudge.settings:
            stale = [key for key in self._kept if key[0].split()[-1] in _SETTINGS]
            for key in stale:
                del self._kept[key]
        self._booking.wanted = True
        self._nudged.set()

    def streams(self) -> tuple[State, ...]:
        """How its streams stand."""
        return self._vitals.states()

    def closed(self, reason: str) -> None:
        """Say why nothing more will come; to be ended at once."""
        self._vitals.turn(Life.CLOSED, reason)

    async def run(self) -> None:
        """Watch until cancelled; returns when refused for good."""
        self._vitals.turn(Life.CONNECTING, "starting")
        self._known_key.clear()
        try:
            async with self._door:
                await beside(self._watch(), self._look(), self._listen())
        finally:
            self._vitals.end()

    async def _listen(self) -> None:
        """The private stream, once it is known what the key may do."""
        await self._known_key.wait()
        if self._ear is not None:
            await self._ear.run()

    async def _watch(self) -> None:
        admitted = False
        while True:
            try:
                if not admitted:
                    if not await self._admitted():
                        return
                    admitted = True
                    self._known_key.set()
                await self._look_at_all()
            except CallFailed as failed:
                where = f"polling: {failed.path}"
                self.desk.refuse(self.connection.account, where, failed.status or "",
                                 failed.message)  # fmt: skip
                if failed.failure is Failure.KEY:
                    self._refused(f"{failed.path}: {failed.message}")
                    return
                await self._door.timer.sleep(self._backoff.next(failed.wait_ms))
            except InputError as wrong:
                self.desk.refuse_input(self.connection.account, "polling", wrong)
                await self._door.timer.sleep(self._backoff.next())
            except Unreadable as wrong:
                self.desk.refuse(
                    self.connection.account, f"polling: {wrong.field}", wrong.value, wrong.reason
                )
                await self._door.timer.sleep(self._backoff.next())
            else:
                self._backoff.reset()
                await either(self._nudged, self._door.timer, self.cadence.poll)
                await self._door.timer.sleep(min(GATHER_MS, self.cadence.poll))

    async def _admitted(self) -> bool:
        """Nothing is asked with a key before it is known what it may do."""
        await self._door.measure(again=False)
        rights = self._venue.rights(await self._door.call(self._venue.probe, self.connection))
        if rights.reads_only or self.connection.accept_trading:
            return True
        remedy = "make a key that may only read, or set accept_trading for this connection"
        self.desk.refuse(self.connection.account, "key rights", rights.beyond,
                         "more than reading", remedy)  # fmt: skip
        self._refused(f"the key may do more than read: {rights.beyond}")
        return False

    def _refused(self, reason: str) -> None:
        self._vitals.turn(Life.REFUSED, reason)

    # -- a visit ---------------------------------------------------------------------------

    async def _look_at_all(self) -> None:
        """One visit, then what was booked since the last."""
        await self._booking.spared(self._booking.begin)
        began = self._door.timer.now()
        account = await self._visit()
        self._compare(Seen.of(account), began)
        self._tell(account)
        if began - self._booked_at >= _MINUTE_MS:
            self._booking.wanted = True
        if self._booking.wanted:
            self._booked_at = began
        await self._booking.spared(self._booking.look)

    def _compare(self, seen: Seen, began: int) -> None:
        """What changed is booked somewhere; a stream that says nothing of it is deaf.

        The message may come a little after the answer: it has until the next visit.
        """
        changed = () if self._seen is None else seen.unlike([self._seen])
        self._seen = seen
        if changed:
            self._booking.wanted = True
        if self._ear is None:
            return
        changed = tuple(name for name in changed if self._venue.tells(name))
        if self._unheard and self._ear.heard_at < self._changed_since:
            self._ear.deaf(f"the stream did not tell: {self._unheard}")
        self._unheard, self._changed_since = ", ".join(changed[:5]), self._visited_at
        self._visited_at = began

    def past(self) -> int:
        """A moment of the venue's clock that is over for certain."""
        return self._door.surely_before()

    async def ledger(self, since: int) -> Sequence[LedgerRow]:
        """Rows booked from a moment of the venue's clock on, oldest first."""

        async def call(endpoint: Endpoint, **params: object) -> Answer:
            return await self._door.call(endpoint, self.connection, **params)

        return await self._venue.log(call, since, self._door.venue_now() + SOON_MS)

    async def _visit(self) -> Account:
        await self._door.measure()
        at = await self._door.before()
        gathered = await conversed(self._venue.plan(frozenset()), self._reply)
        gathered.at = at
        return await asyncio.to_thread(gathered.account, self.connection.account)

    async def _reply(self, asked: Ask) -> Reply:
        """The answer; of terms and settings one that is young enough."""
        path = asked.endpoint.path
        age = self.cadence.renew_tiers if path in _SLOW else _MINUTE_MS if path in _SETTINGS else 0
        key = (f"{asked.endpoint.group} {path}", str(sorted(asked.params.items(), key=str)))
        kept = self._kept.get(key)
        if kept is not None and self._door.timer.now() - kept.began <= age:
            return kept
        try:
            signed = self.connection if asked.endpoint.signed else None
            answer = await self._door.call(asked.endpoint, signed, **asked.params)
        except CallFailed as failed:
            return failed
        if age:
            self._kept[key] = answer
        return answer

    def _tell(self, account: Account) -> None:
        """The account whole, its marks, funding and rates; then that all of them are of now."""
        text = f"{self._told}: what happens between two visits is not seen"
        account = noted(account, Finding(Code.NOT_APPLICABLE, PRIVATE_NOTE, text))
        at = ms_of(account.as_of)
        name = self.connection.account
        self.desk.tell(AccountSnapshot, at=at, account=name, state=account)
        self._tell_market(account, at)
        terms = [each.began for (path, _), each in self._kept.items() if path.split()[-1] in _SLOW]
        age = self._door.timer.now() - min(terms) if terms else 0
        self._life.heal(self._told)
        self.market.visited(name, account)
        self._tiers.beat(age)

    def _tell_market(self, account: Account, at: int) -> None:
        market = account.market
        for symbol in contracts(account):
            mark = market.mark.get(symbol)
            if mark is None:
                continue
            self.desk.tell(MarkPrice, at=at, instrument=symbol, mark=mark,
                           index=market.index.get(symbol))  # fmt: skip
            funding = market.funding.get(symbol)
            if funding is None or funding.rate is None or self.market.tells_funding(symbol):
                continue
            next_at = None if funding.next_at is None else ms_of(funding.next_at)
            self.desk.tell(Funding, at=at, instrument=symbol, rate=funding.rate, next_at=next_at,
                           interval_hours=funding.interval_hours)  # fmt: skip
        for asset, rate in market.asset_rate.items():
            self.desk.tell(AssetRate, at=at, asset=asset, rate=rate.index, bid=rate.bid,
                           ask=rate.ask)  # fmt: skip

    async def _look(self) -> None:
        while True:
            await self._door.timer.sleep(self.cadence.look)
            for vital in (self._life, self._tiers):
                vital.look()
